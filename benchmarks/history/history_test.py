"""history.py over a repository of a few commits that is made here."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
BIN = os.environ.get("STEPCACHE_TEST_BIN", str(HERE.parents[1] / "build/release/bin"))
CXX = os.environ.get("STEPCACHE_TEST_CXX", "g++")

LIBRARY = """
int twice(int value) { return 2 * value; }
int thrice(int value) { return 3 * value; }
"""
PIPELINE = """
#include <stepcache/stepcache.h>
int twice(int value);
int thrice(int value);
int double_it(int value) { return twice(value); }
int triple_it(int value) { return thrice(value); }
int main(int argc, char** argv) {
  stepcache::Pipeline pipeline("toy");
  auto number = pipeline.parameter("number", 7);
  pipeline.step("double_it", double_it)(number);
  pipeline.step("triple_it", triple_it)(number);
  return stepcache::main(pipeline, argc, argv);
}
"""


class HistoryTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="stepcache-history-test-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.repository = self.folder / "toy"
        (self.repository / "src").mkdir(parents=True)
        self.git("init", "--quiet")
        steps = self.folder / "steps"
        steps.mkdir()
        (steps / "pipeline.cpp").write_text(PIPELINE)
        (steps / "steps.json").write_text(json.dumps({
            "library": "toy", "sources": ["src"], "include": ["src"], "compile": ["src/toy.cpp"],
            "pipeline": "pipeline.cpp"}))

    def git(self, *arguments):
        environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        done = subprocess.run(["git", "-C", self.repository, "-c", "user.name=toy", "-c", "user.email=toy@example.org",
                               *arguments], env=environment, stdout=subprocess.PIPE, text=True, check=True)
        return done.stdout

    def commit(self, subject, file, text):
        (self.repository / file).write_text(text)
        self.git("add", ".")
        self.git("commit", "--quiet", "-m", subject)

    def history(self, *arguments):
        numbers = self.folder / "numbers.json"
        done = subprocess.run([sys.executable, "-B", HERE / "history.py", self.repository, self.folder / "steps", "--bin",
                               BIN, "--compiler", CXX, "--json", numbers, *arguments], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)
        return json.loads(numbers.read_text()), done.stdout

    def test_counts_what_reran_what_changed_and_what_does_not_build(self):
        self.commit("Begin", "src/toy.cpp", LIBRARY)
        self.commit("Say what it is", "src/toy.cpp", "// Products.\n" + LIBRARY)
        self.commit("Write about it", "readme", "no source\n")
        self.commit("Break it", "src/toy.cpp", LIBRARY + "#error not done yet\n")
        self.commit("Triple more", "src/toy.cpp", LIBRARY.replace("3 * value", "3 * value + 1"))
        numbers, text = self.history()
        self.assertEqual(numbers["commits"], 2, text)
        self.assertEqual(numbers["skipped"], 1, text)
        self.assertEqual(numbers["steps"], 4, text)
        self.assertEqual(numbers["reran"], 1, text)
        self.assertEqual(numbers["changed"], 1, text)
        self.assertEqual(numbers["reran_and_changed"], 1, text)
        self.assertEqual(numbers["untouched"], 1, text)
        self.assertEqual(numbers["stale"], [], text)
        self.assertEqual(sum(numbers["kinds"].values()), 1, text)
        self.assertIn("outputs changed: triple_it", text)
        self.assertIn("not done yet", text)
        self.assertNotIn("Write about it", text)
        self.assertEqual(self.git("status", "--porcelain"), "", "the repository was written into")


if __name__ == "__main__":
    unittest.main()
