"""`stepcache run FILE.cpp`: compiled when, and only when, something that the program is made of changed."""

import os
import pathlib
import shutil
import subprocess
import unittest

from scenario import BIN, CXX, SOURCE, Scenario, ran

PIPELINE = """\
#include <stepcache/stepcache.h>
#include "factor.h"
int number() { return 20; }
int times(int value) { return value * k_factor; }
int main(int argc, char** argv) {
  stepcache::Pipeline p("file");
  p.step("times", times)(p.step("number", number)());
  return stepcache::main(p, argc, argv);
}
"""


class RunFile(Scenario):
    def setUp(self):
        super().setUp()
        self.write("pipeline.cpp", PIPELINE)
        self.write("factor.h", "constexpr int k_factor = 2;\n")
        # A compiler that counts what it compiles.
        self.log = self.folder / "compiled"
        compiler = self.write("c++ counting", f"#!/bin/sh\nfor a; do case $a in *.cpp) echo \"$a\" >>'{self.log}';; esac; done\nexec {CXX} \"$@\"\n")
        compiler.chmod(0o755)
        self.environment["CXX"] = str(compiler)

    def compiled(self):
        count = len(self.log.read_text().splitlines()) if self.log.exists() else 0
        self.log.unlink(missing_ok=True)
        return count

    def run_file(self, *arguments):
        outcome = self.ok(self.stepcache("run", "pipeline.cpp", "--json", *arguments))
        return outcome.json()

    def test_it_compiles_once(self):
        self.assertEqual(sorted(ran(self.run_file())), ["number", "times"])
        self.assertGreater(self.compiled(), 0)
        self.assertEqual(ran(self.run_file()), [])
        self.assertEqual(self.compiled(), 0)
        (self.folder / "pipeline.cpp").touch()
        (self.folder / "factor.h").touch()
        self.run_file()
        self.assertEqual(self.compiled(), 0)

    def test_a_source_a_header_and_a_flag(self):
        self.run_file()
        self.compiled()
        self.write("factor.h", "constexpr int k_factor = 3;\n")
        self.assertIn("times", ran(self.run_file()))
        self.assertGreater(self.compiled(), 0)
        self.write("pipeline.cpp", PIPELINE.replace("return 20", "return 21"))
        self.assertIn("number", ran(self.run_file()))
        self.assertGreater(self.compiled(), 0)
        self.run_file("--", "-DSOMETHING=1")
        self.assertGreater(self.compiled(), 0)
        self.run_file("--", "-DSOMETHING=1")
        self.assertEqual(self.compiled(), 0)
        self.run_file()
        self.assertEqual(self.compiled(), 0)

    def test_more_sources(self):
        self.write("pipeline.cpp", PIPELINE.replace("int number() { return 20; }", "int number();"))
        self.write("number.cpp", "int number() { return 5; }\n")
        self.run_file("--", "number.cpp")
        self.compiled()
        self.run_file("--", "number.cpp")
        self.assertEqual(self.compiled(), 0)
        self.write("number.cpp", "int number() { return 6; }\n")
        self.run_file("--", "number.cpp")
        self.assertGreater(self.compiled(), 0)

    def test_another_compiler_or_sdk(self):
        self.run_file()
        self.compiled()
        other = self.folder / "other compiler"
        shutil.copy(self.folder / "c++ counting", other)
        with open(other, "a") as file:
            file.write("# another\n")
        self.environment["CXX"] = str(other)
        self.run_file()
        self.assertGreater(self.compiled(), 0)
        sdk = (BIN.parent / "lib/stepcache/sdk.json").read_text().replace("-std=c++20", "-std=c++20\", \"-DANOTHER_SDK")
        self.write("sdk/lib/stepcache/sdk.json", sdk)
        self.environment["STEPCACHE_SDK"] = str(self.folder / "sdk/lib/stepcache/sdk.json")
        self.run_file()
        self.assertGreater(self.compiled(), 0)

    def test_two_at_once_compile_once(self):
        command = [BIN / "stepcache", "run", "pipeline.cpp", "--json"]
        children = [subprocess.Popen(command, cwd=self.folder, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                    for _ in range(2)]
        for child in children:
            output, errors = child.communicate(timeout=240)
            self.assertEqual(child.returncode, 0, errors.decode())
        self.assertEqual(self.compiled(), 1)

    def test_a_source_that_does_not_compile(self):
        self.write("pipeline.cpp", PIPELINE.replace("return 20", "return twenty"))
        self.refused(self.stepcache("run", "pipeline.cpp"), 2, "pipeline.cpp", "twenty")
        self.write("pipeline.cpp", PIPELINE)
        self.run_file()

    def test_names_of_other_files(self):
        self.refused(self.stepcache("run", "nowhere.cpp"), 2, "nowhere.cpp")
        self.write("pipeline.txt", "text")
        self.refused(self.stepcache("run", "pipeline.txt"), 2, "pipeline.txt")

    def test_odd_paths(self):
        folder = self.folder / "it's an \"odd\"\nfolder"
        folder.mkdir()
        for name in ("pipeline.cpp", "factor.h"):
            shutil.copy(self.folder / name, folder)
        self.ok(self.stepcache("run", "pipeline.cpp", folder=folder))

    def run_example(self, page, name):
        """Writes the page's example under its name, and runs the page's commands; gives their outputs."""
        text = (SOURCE / page).read_text()
        source = text.split(f"<!-- example: {name} -->\n```cpp\n", 1)[1].split("```", 1)[0]
        commands = text.split(f"<!-- commands: {name} -->\n```\n", 1)[1].split("```", 1)[0]
        self.write(name, source)
        environment = {"PATH": f"{BIN}:{os.environ['PATH']}"}
        outputs = []
        for command in commands.splitlines():
            command = command.split(" #")[0].strip()
            outputs.append(self.ok(self.run_program("/bin/sh", "-c", command, environment=environment)).output)
        return outputs

    def test_the_readmes_example(self):
        self.run_example("README.md", "sum.cpp")
        self.assertIn("<svg", (self.folder / "lineage.svg").read_text())
        total = float(self.ok(self.stepcache("cat", "root_of_sum", "--raw")).output)
        self.assertAlmostEqual(total, (2000 * 2001 / 2) ** 0.5)

    def test_the_guides_example(self):
        outputs = self.run_example("docs/guide.md", "guide.cpp")
        self.assertIn("3 of 3 steps reused", outputs[2])
        self.assertIn("3 of 3 steps reused", outputs[4])
        self.assertTrue((self.folder / "summary.txt").exists())


if __name__ == "__main__":
    unittest.main()
