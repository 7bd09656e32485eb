#!/usr/bin/python3
"""Runs a pipeline over the last commits of a library, with the cache and fully without, and compares.

benchmarks/history/history.py REPOSITORY STEPS [--commits 30] [--until COMMIT] [--compiler g++] [--flag WORD]...
                              [--bin DIR] [--out FILE] [--json FILE] [--keep DIR]

REPOSITORY is a clone of the library; nothing is written into it. STEPS is a folder with steps.json, or such a file
(pipeline.py describes it). For each of the last commits of the main line that touch the library's sources, oldest
first: lays the sources out in one folder, compiles the pipeline, runs it in a workspace that is kept from commit to
commit, then runs every step again in an empty one. Printed are, by commit, the steps that reran and why, the outputs
that changed, and what was stale: served from the cache with other bytes than the full run made.

Exit status: 0; 1 when something was stale or differed between two executions; 2 for a mistake in the arguments."""

import argparse
import json
import pathlib
import shutil
import sys
import tempfile

from commits import Repository
from pipeline import DoesNotBuild, Pipeline, read_description
from tally import Tally

ROOT = pathlib.Path(__file__).resolve().parents[2]


def run_over(repository, description, options, folder, say):
    """Gives the tally. `say` takes each line as it is known."""
    commits = repository.last_commits(description.sources, options.commits, options.until)
    pipeline = Pipeline(description, options.bin / "stepcache", options.compiler, options.flag, folder)
    tally = Tally(description.library, " ".join([options.compiler, *options.flag]))
    before = None
    for commit in commits:
        repository.lay_out(commit, description.sources, pipeline.library)
        try:
            cached = pipeline.run_cached()
        except DoesNotBuild as error:
            say(tally.skip(commit, error))
            continue
        full = pipeline.run_fully()
        say(tally.start(commit) if before is None else tally.add(commit, before, cached, full, pipeline.why))
        before = full
    return tally


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repository")
    parser.add_argument("steps")
    parser.add_argument("--commits", type=int, default=30, help="how many (30)")
    parser.add_argument("--until", default="HEAD", help="the last one (HEAD)")
    parser.add_argument("--compiler", default="g++")
    parser.add_argument("--flag", action="append", default=[], help="a further word for the compiler, as --flag=-O3")
    parser.add_argument("--bin", type=pathlib.Path, default=ROOT / "build/release/bin", help="where stepcache is")
    parser.add_argument("--out", type=pathlib.Path, help="file for what is printed")
    parser.add_argument("--json", type=pathlib.Path, help="file for the numbers")
    parser.add_argument("--keep", type=pathlib.Path, help="folder to work in, kept afterwards")
    options = parser.parse_args()
    if options.commits < 1:
        parser.error("--commits takes a number from 1")
    if not (options.bin / "stepcache").exists():
        parser.error(f"there is no stepcache in {options.bin}: build it, or say where with --bin")

    out = options.out.open("w") if options.out else None

    def say(text):
        for stream in filter(None, (sys.stdout, out)):
            print(text.rstrip("\n"), file=stream, flush=True)

    folder = (options.keep or pathlib.Path(tempfile.mkdtemp(prefix="stepcache-history-"))).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        tally = run_over(Repository(options.repository), read_description(options.steps), options, folder, say)
    finally:
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)
    say("\n" + tally.table())
    if options.json:
        options.json.write_text(json.dumps(tally.numbers(), indent=2) + "\n")
    return 1 if tally.stale or tally.unstable else 0


if __name__ == "__main__":
    sys.exit(main())
