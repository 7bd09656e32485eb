"""What the scenarios share: a project folder of its own for each test, and the programs run in it."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

BIN = pathlib.Path(os.environ.get("STEPCACHE_TEST_BIN", "build/release/bin")).resolve()
PROGRAMS = pathlib.Path(os.environ.get("STEPCACHE_TEST_PROGRAMS", "build/release/tests")).resolve()
SOURCE = pathlib.Path(os.environ.get("STEPCACHE_TEST_SOURCE", ".")).resolve()
CXX = os.environ.get("STEPCACHE_TEST_CXX", "c++")
BOSTON_CSV = SOURCE / "examples/boston_housing/boston_housing.csv"


class Outcome:
    def __init__(self, done):
        self.status = done.returncode
        self.output = done.stdout
        self.errors = done.stderr

    def json(self):
        return json.loads(self.output)

    def __str__(self):
        return f"status {self.status}\n--- output\n{self.output}\n--- errors\n{self.errors}"


class Scenario(unittest.TestCase):
    """One empty folder a test. `self.stepcache(...)`, `self.probe(...)` run in it and give an Outcome."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="stepcache scenario "))
        self.addCleanup(self.remove)
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("STEPCACHE_")}
        self.environment.update(HOME=str(self.folder / "home"), NO_COLOR="1")

    def remove(self):
        subprocess.run(["chmod", "-R", "u+rwX", self.folder], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def run_program(self, program, *arguments, folder=None, environment=None, stdin=None):
        done = subprocess.run([program, *map(os.fsencode, map(str, arguments))], cwd=folder or self.folder,
                              env={**self.environment, **(environment or {})}, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300)
        done.stdout = done.stdout.decode(errors="surrogateescape")
        done.stderr = done.stderr.decode(errors="surrogateescape")
        outcome = Outcome(done)
        self.assertGreaterEqual(done.returncode, 0, f"{program} crashed\n{outcome}")
        self.assertLess(done.returncode, 134, f"{program} crashed\n{outcome}")
        return outcome

    def as_plain_user(self, program, *arguments, **options):
        """As somebody to whom permissions apply: root without the capabilities to pass over them."""
        if os.geteuid() != 0:
            return self.run_program(program, *arguments, **options)
        return self.run_program("/usr/bin/setpriv", "--bounding-set=-dac_override,-dac_read_search", program, *arguments, **options)

    def stepcache(self, *arguments, **options):
        return self.run_program(BIN / "stepcache", *arguments, **options)

    def probe(self, *arguments, **options):
        return self.run_program(PROGRAMS / "probe", *arguments, **options)

    def ok(self, outcome):
        self.assertEqual(outcome.status, 0, str(outcome))
        return outcome

    def refused(self, outcome, status, *words):
        """The exit status, and words that the message has to have; one line each of cause and cure is enough."""
        self.assertEqual(outcome.status, status, str(outcome))
        for word in words:
            self.assertIn(word, outcome.errors, str(outcome))
        return outcome

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def run_json(self, program, *arguments, status=0, **options):
        outcome = self.run_program(program, "run", "--json", *arguments, **options)
        self.assertEqual(outcome.status, status, str(outcome))
        return outcome.json()

    def objects(self):
        return sorted(p for p in (self.folder / ".stepcache/objects").rglob("*") if p.is_file())


def statuses(run):
    return {step["name"]: step["status"] for step in run["steps"]}


def step(run, name):
    return next(step for step in run["steps"] if step["name"] == name)


def flip_a_byte(path, offset):
    path.chmod(0o600)
    data = bytearray(path.read_bytes())
    data[offset] ^= 1
    path.write_bytes(data)


def ran(run):
    return [step["name"] for step in run["steps"] if step["status"] == "completed"]


def without_times(text):
    return re.sub(r"[0-9.]+ (ns|us|ms|s|min)", "TIME", text)
