#!/usr/bin/env python3
"""Installs into a folder of its own, moves that folder, and uses it as a user outside the tree does.

    install_test.py --build BUILD_FOLDER --source SOURCE_FOLDER [--cmake CMAKE]
"""

import argparse
import os
import shutil
import tempfile
from pathlib import Path

from installed_pipeline import PROJECT, check, check_names_no_build_folder, check_second_run_is_cached, run


def check_contents(prefix, source, build):
    include = prefix / "include"
    wanted = {p.relative_to(source / "cpp/include") for p in (source / "cpp/include/stepcache").rglob("*.h")}
    found = {p.relative_to(include) for p in include.rglob("*") if p.is_file()}
    check(found == wanted, f"installed headers are not those of cpp/include: {sorted(map(str, found ^ wanted))}")
    for name in ("bin/stepcache", "lib/libstepcache.a", "lib/stepcache/sdk.json", "share/doc/stepcache/copyright"):
        check((prefix / name).is_file(), f"{name} was not installed")
    check_names_no_build_folder([prefix / "lib/stepcache/sdk.json", *(prefix / "lib/cmake").rglob("*.cmake")],
                                [build, source, prefix])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, required=True)
    parser.add_argument("--source", type=Path, required=True)
    parser.add_argument("--cmake", default="cmake")
    arguments = parser.parse_args()

    with tempfile.TemporaryDirectory(prefix="stepcache install ") as folder:
        folder = Path(folder)
        run(arguments.cmake, "--install", arguments.build, "--prefix", folder / "first")
        check_contents(folder / "first", arguments.source, arguments.build)
        # An installation works wherever it is moved.
        prefix = folder / "moved"
        (folder / "first").rename(prefix)

        project = folder / "project"
        shutil.copytree(PROJECT, project)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("STEPCACHE_")}
        run(arguments.cmake, "-S", project, "-B", project / "build", "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={prefix}",
            "-DCMAKE_BUILD_TYPE=Release", environment=environment)
        run(arguments.cmake, "--build", project / "build", environment=environment)
        check_second_run_is_cached([project / "build/squares", "run", "--json"], project, environment)

        # Without CMake: the installed program compiles the same file.
        alone = folder / "alone"
        alone.mkdir()
        shutil.copy(PROJECT / "squares.cpp", alone)
        check_second_run_is_cached([prefix / "bin/stepcache", "run", "squares.cpp", "--json"], alone, environment)
    print("An installed Stepcache builds, runs and caches a project outside the tree.")


if __name__ == "__main__":
    main()
