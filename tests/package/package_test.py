#!/usr/bin/env python3
"""Builds the Debian package, installs it into a root of its own, uses it there, and removes it without a trace.

    package_test.py --build BUILD_FOLDER --source SOURCE_FOLDER [--cpack CPACK]

Nothing of the machine is touched: dpkg gets a root and a database in a temporary folder. Dependencies are compared with
what is expected and not installed (no network); the machine's own compiler and libraries serve.
"""

import argparse
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "install"))
from installed_pipeline import PROJECT, check, check_names_no_build_folder, check_second_run_is_cached, run  # noqa: E402

SDK_NEEDS = {"g++", "libsqlite3-dev", "libssl-dev", "libfmt-dev", "libdw1", "libzydis4.0"}


def build_package(arguments, folder):
    run(arguments.cpack, "--config", arguments.build / "CPackConfig.cmake", "-G", "DEB", "-B", folder)
    packages = list(folder.glob("*.deb"))
    check(len(packages) == 1, f"cpack made {len(packages)} packages")
    return packages[0]


def check_fields(package):
    fields = dict(re.findall(r"^([A-Z][\w-]*): (.*)$", run("dpkg-deb", "--field", package), re.M))
    depends = {re.split(r"[ (|]", part.strip())[0] for part in fields["Depends"].split(",")}
    check(SDK_NEEDS <= depends, f"Depends lacks {SDK_NEEDS - depends}")
    check(any(re.fullmatch(r"libstdc\+\+-\d+-dev", name) for name in depends), f"no libstdc++ to compile with: {depends}")
    check("libc6" in depends, f"the program's shared libraries are not among the dependencies: {depends}")
    check(fields["Maintainer"].startswith("Stepcache developers"), f"Maintainer: {fields['Maintainer']}")


def make_root(folder):
    (folder / "var/lib/dpkg/info").mkdir(parents=True)
    (folder / "var/lib/dpkg/updates").mkdir()
    (folder / "var/lib/dpkg/status").touch()
    return folder


def dpkg(root, *action):
    run("dpkg", f"--root={root}", f"--log={root}/dpkg.log", "--force-depends", "--force-not-root", "--force-bad-path",
        *action)


def files_in(root):
    return {str(p.relative_to(root)) for p in root.rglob("*") if not p.is_relative_to(root / "var/lib/dpkg")}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, required=True)
    parser.add_argument("--source", type=Path, required=True)
    parser.add_argument("--cpack", default="cpack")
    arguments = parser.parse_args()

    with tempfile.TemporaryDirectory(prefix="stepcache_package_") as folder:
        folder = Path(folder)
        package = build_package(arguments, folder / "packages")
        check_fields(package)

        root = make_root(folder / "root")
        dpkg(root, "--unpack", package)
        dpkg(root, "--configure", "stepcache")
        check((root / "usr/share/doc/stepcache/copyright").is_file(), "the package holds no copyright file")
        check_names_no_build_folder([root / "usr/lib/stepcache/sdk.json", *(root / "usr/lib/cmake").rglob("*.cmake")],
                                    [arguments.build, arguments.source])

        user = folder / "user"
        user.mkdir()
        shutil.copy(PROJECT / "squares.cpp", user)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("STEPCACHE_")}
        check_second_run_is_cached([root / "usr/bin/stepcache", "run", "squares.cpp", "--json"], user, environment)

        dpkg(root, "--remove", "stepcache")
        dpkg(root, "--purge", "stepcache")
        left = {name for name in files_in(root) if "stepcache" in name}
        check(not left, f"left behind after removal: {sorted(left)}")
        check((user / ".stepcache").is_dir(), "removing the package took the user's data with it")
    print("The package installs, runs a pipeline, and is removed without a trace.")


if __name__ == "__main__":
    main()
