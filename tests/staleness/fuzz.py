#!/usr/bin/env python3
"""The staleness fuzzer: are cached results ever stale, and do steps ever run again without need?

    tests/staleness/fuzz.py --seconds 600          new histories for ten minutes
    tests/staleness/fuzz.py --edits 2000           at least so many edits
    tests/staleness/fuzz.py --seed 7 --edits 60    one history after another from seed 7
    tests/staleness/fuzz.py --holes                also leave out each source of edges, and see that it is found
    tests/staleness/fuzz.py --replay FILE          run a saved history again
    tests/staleness/fuzz.py --edits 2000 --page docs/staleness.md    write the measured rates into the page

Each history is a random C++ program (generator.py) and random edits (edits.py). After each edit the program is built, run
with the cache and fully without, and held against a reference that knows nothing of the product (history.py,
reference.py). A history that fails is made small (shrink.py) and saved as a replay file.

Exit status: 0 all held; 1 something failed; 2 a hole was not found, or the command line is wrong.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import random
import shutil
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from build import LinkerAborted  # noqa: E402
from generator import draw_program, draw_settings  # noqa: E402
from history import Failure, History, Tally  # noqa: E402
from holes import HOLES, HoleHunt  # noqa: E402
from rates import hole_table, table, write_json, write_page  # noqa: E402
from shrink import shrink  # noqa: E402
from signer import Signer  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
# What is needless or unexplained in code that was built without sections is counted, and fails nothing.
FATAL = ("stale", "needless", "unexplained", "crashed", "stale_signature")


class Fuzzer:
    def __init__(self, options, folder):
        self.options = options
        self.folder = pathlib.Path(folder)
        self.lock = threading.Lock()
        self.tallies = {}
        self.failures = []
        self.edits = 0
        self.started = time.monotonic()
        self.hunt = HoleHunt(options.probe, options.hole or tuple(HOLES)) if options.holes else None

    def settings(self, seed):
        if self.options.settings:
            return json.loads(self.options.settings[seed % len(self.options.settings)])
        return draw_settings(random.Random(seed), compilers(), linkers())

    def done(self):
        if self.options.until_found and self.hunt and not self.hunt.missing():
            return True
        spent = time.monotonic() - self.started
        if self.options.seconds is not None and spent >= self.options.seconds:
            return True
        return self.options.edits is not None and self.edits >= self.options.edits

    def new_history(self, program, name, observe):
        signer = Signer(self.options.probe) if self.options.walker_only else None
        return History(program, self.folder / name, self.folder / "shared", self.options.bin,
                       self.options.explanations and not signer, observe, signer)

    def run_history(self, seed):
        """Draws and runs one history; its failures are saved."""
        program = draw_program(seed, self.settings(seed))
        replay = {"program": program, "edits": []}
        hunt = self.hunt
        if hunt:
            hunt.begin_history()
        history = self.new_history(program, f"history_{seed}", hunt.observe if hunt else None)
        failures = []
        try:
            history.start()
            for number in range(self.options.length):
                if self.done():
                    break
                replay["edits"].append(history.draw(seed * 1_000_003 + number, hunt and hunt.kinds()))
                with self.lock:
                    self.edits += 1
                if any(f.kind in FATAL for f in history.failures) and not self.options.keep_going:
                    break
            failures = history.failures
        except LinkerAborted as error:
            failures = history.failures
            print(f"seed {seed}, {json.dumps(program['settings'])}: the linker aborted: {str(error)[-300:]}", flush=True)
        except Exception as error:  # a program that does not build or run fails its history, not the fuzzer
            failures = [*history.failures, crash(history, error)]
        self.finish(seed, history, replay, failures)

    def finish(self, seed, history, replay, failures):
        with self.lock:
            for kind, tally in history.tallies.items():
                self.tallies.setdefault(kind, Tally()).add(tally)
            self.failures += [(seed, f) for f in failures]
        shutil.rmtree(history.folder, ignore_errors=True)
        reported = set()
        for failure in failures:
            if failure.kind in FATAL and failure.kind not in reported:
                reported.add(failure.kind)
                print(f"seed {seed}, {json.dumps(replay['program']['settings'])}\n  {failure}", flush=True)
                self.save(seed, replay, failure)

    def save(self, seed, replay, failure):
        saved = {**replay, "edits": replay["edits"][:failure.at]}
        if self.options.shrink:
            saved = shrink(replay, failure, lambda small: self.run_replay(small, f"shrink_{seed}"), self.options.shrink)
        self.options.replays.mkdir(parents=True, exist_ok=True)
        file = self.options.replays / f"{failure.kind}_{seed}.json"
        file.write_text(json.dumps({"failure": str(failure), **saved}, indent=1) + "\n")
        print(f"  saved: {file} ({len(saved['edits'])} edits, {len(saved['program']['entities'])} entities)", flush=True)

    def run_replay(self, replay, name):
        """Runs a saved history to its end; gives what failed."""
        history = self.new_history(replay["program"], name, None)
        try:
            history.start()
            for edit in replay["edits"]:
                history.edit(edit)
        except Exception as error:
            return [*history.failures, crash(history, error)]
        return history.failures

    def run(self):
        seed = self.options.seed
        if self.hunt:  # one after another: holes are compared within a history
            while not self.done():
                self.run_history(seed)
                seed += 1
            return
        with concurrent.futures.ThreadPoolExecutor(self.options.jobs) as pool:
            running = set()
            while not self.done() or running:
                while len(running) < self.options.jobs and not self.done():
                    running.add(pool.submit(self.run_history, seed))
                    seed += 1
                ended, running = concurrent.futures.wait(running, return_when=concurrent.futures.FIRST_COMPLETED)
                for future in ended:
                    future.result()


def crash(history, error):
    edit = history.applied[-1] if history.applied else None
    return Failure("crashed", "-", len(history.applied), edit, f"{type(error).__name__}: {error}")


def compilers():
    return [c for c in ("g++", "clang++-19") if shutil.which(c)]


def linkers():
    return ["bfd"] + (["mold"] if shutil.which("mold") else [])


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--edits", type=int)
    parser.add_argument("--seed", type=int, default=None, help="of the first history; default: another one each time")
    parser.add_argument("--length", type=int, default=50, help="edits in one history")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--bin", type=pathlib.Path, default=ROOT / "build/release/bin", help="where the SDK was built")
    parser.add_argument("--probe", type=pathlib.Path, default=None, help="signature_probe")
    parser.add_argument("--holes", action="store_true", help="plant every hole; fail when one is not found")
    parser.add_argument("--until-found", action="store_true", help="end when every hole was found")
    parser.add_argument("--hole", action="append", choices=sorted(HOLES), help="only this one")
    parser.add_argument("--settings", action="append", help="JSON: settings of histories, in turn")
    parser.add_argument("--walker-only", action="store_true", help="ask the walker alone what would run: no cache, no store")
    parser.add_argument("--no-explanations", dest="explanations", action="store_false")
    parser.add_argument("--keep-going", action="store_true", help="do not end a history at its first failure")
    parser.add_argument("--shrink", type=int, default=120, metavar="TRIES", help="0: save failing histories as they are")
    parser.add_argument("--replay", type=pathlib.Path, action="append")
    parser.add_argument("--replays", type=pathlib.Path, default=pathlib.Path("build/staleness"), help="where to save")
    parser.add_argument("--page", type=pathlib.Path, help="a page to write the rates into")
    parser.add_argument("--json", type=pathlib.Path, help="a file to write the rates to")
    options = parser.parse_args(arguments)
    options.probe = options.probe or options.bin.parent / "tests/signature_probe"
    if options.seconds is None and options.edits is None:
        options.edits = 200
    if options.seed is None:
        options.seed = random.SystemRandom().randrange(1_000_000)
    return options


def replay_all(fuzzer, files):
    failed = 0
    for file in files:
        failures = fuzzer.run_replay(json.loads(file.read_text()), "replay")
        fatal = [f for f in failures if f.kind in FATAL]
        print(f"{file.name}: {'; '.join(map(str, fatal)) if fatal else 'holds'}")
        failed += bool(fatal)
    return 1 if failed else 0


def report(fuzzer):
    """Prints and writes what was counted; gives the exit status."""
    spent = time.monotonic() - fuzzer.started
    count = lambda kind: sum(f.kind == kind for _, f in fuzzer.failures)
    print(table(fuzzer.tallies))
    explained = sum(t.explained for t in fuzzer.tallies.values())
    unexplained = sum(t.unexplained for t in fuzzer.tallies.values())
    line = (f"{fuzzer.edits:,} edits in {spent:.0f} s ({fuzzer.edits / spent * 60:.0f} a minute), seeds from "
            f"{fuzzer.options.seed}: {count('stale')} stale, {count('needless')} needless "
            f"(and {count('needless_archived')} in code built without sections), {count('unexplained')} unexplained of "
            f"{explained + unexplained} (and {count('unexplained_archived')} there), {count('crashed')} crashed.")
    print("\n" + line)
    text = table(fuzzer.tallies) + "\n\n" + line
    status = 1 if any(f.kind in FATAL for _, f in fuzzer.failures) else 0
    if fuzzer.hunt:
        hunt = fuzzer.hunt
        print("\n" + hole_table(hunt))
        text += "\n\n" + hole_table(hunt)
        for reason, times in hunt.refused.items():
            print(f"no exact signature ({times} times): {reason}")
        for failure in hunt.failures:
            print(failure)
        status = status or (1 if hunt.failures else 2 if hunt.missing() else 0)
    if fuzzer.options.page:
        write_page(fuzzer.options.page, text)
    if fuzzer.options.json:
        write_json(fuzzer.options.json, fuzzer.tallies, {"edits": fuzzer.edits, "seconds": round(spent, 1)})
    return status


def main(arguments=None):
    options = parse(arguments)
    with tempfile.TemporaryDirectory(prefix="stepcache_staleness_") as folder:
        fuzzer = Fuzzer(options, folder)
        if options.replay:
            return replay_all(fuzzer, options.replay)
        fuzzer.run()
        return report(fuzzer)


if __name__ == "__main__":
    sys.exit(main())
