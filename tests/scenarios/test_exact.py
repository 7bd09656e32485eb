"""Exact signatures on the example: its sources are edited and compiled for real, and only what an edit reaches runs."""

import shutil
import subprocess
import unittest

from scenario import BOSTON_CSV, SOURCE, Scenario, ran, statuses, step

EXAMPLE = SOURCE / "examples/boston_housing/cpp"
SOURCES = ["boston_housing.cc", "dataset.cc", "network.cc"]


class ExactSignatures(Scenario):
    def setUp(self):
        super().setUp()
        shutil.copy(BOSTON_CSV, self.folder)
        for file in EXAMPLE.iterdir():
            shutil.copy(file, self.folder)
        # A loop of the trainer's becomes a template in a header of its own.
        self.write("uniform.h", "#pragma once\n"
                                "\n"
                                "// The sum of `count` uniform numbers in [0, 1).\n"
                                "template <class Random>\n"
                                "double sum_of_uniform(Random& random, int count) {\n"
                                "  double sum = 0;\n"
                                "  for (int i = 0; i < count; ++i) sum += static_cast<double>(random()) / 4294967296.0;\n"
                                "  return sum;\n"
                                "}\n")
        self.edit("network.cc", '#include "network.h"\n', '#include "network.h"\n#include "uniform.h"\n')
        self.edit("network.cc", "    double sum = -6;\n"
                                "    for (int i = 0; i < 12; ++i) sum += static_cast<double>(random()) / 4294967296.0;\n"
                                "    return sum;\n", "    return sum_of_uniform(random, 12) - 6;\n")

    def edit(self, name, before, after):
        text = (self.folder / name).read_text()
        self.assertEqual(text.count(before), 1, f"{name}: {before}")
        self.write(name, text.replace(before, after))

    def flags(self, *more):
        eigen = subprocess.run(["pkg-config", "--cflags", "eigen3"], stdout=subprocess.PIPE, text=True, check=True)
        return ["--", *SOURCES[1:], *eigen.stdout.split(), *more]

    def run_example(self, *more):
        outcome = self.ok(self.stepcache("run", "boston_housing.cc", "--cache", "--epochs", "2", "--json",
                                         *self.flags(*more)))
        self.assertNotIn("as a whole", outcome.errors)
        return outcome.json()

    def test_only_what_an_edit_reaches_runs_again(self):
        self.assertEqual(len(ran(self.run_example())), 4)
        self.assertEqual(ran(self.run_example()), [])

        # What cannot change a result: above the assertion and in the evaluator's own code.
        self.edit("boston_housing.cc", "double mean_absolute_error(",
                  "// The mean of the distances, in thousands of dollars,\n// over all rows.\n\n"
                  "inline double nobody_calls_this(double x) { return 2 * x; }\n\n"
                  "double mean_absolute_error(")
        self.edit("boston_housing.cc", "  return (predicted - actual).cwiseAbs().mean();",
                  "  return (predicted - actual)\n      .cwiseAbs()\n      .mean();")
        self.assertEqual(ran(self.run_example()), [], "a comment, an unrelated function, other formatting")
        self.assertEqual(ran(self.run_example("-g")), [], "-g")

        # A constant in the evaluator's helper.
        self.edit("boston_housing.cc", "      .mean();", "      .mean() * 1.0625;")
        run = self.run_example()
        self.assertEqual(ran(run), ["evaluator"])
        self.assertEqual(step(run, "evaluator")["reason"]["code"], "code_changed")
        self.assertIn("mean_absolute_error", step(run, "evaluator")["reason"]["text"])
        why = self.ok(self.stepcache("why", "evaluator")).output
        self.assertIn("* 1.0625", why)

        # The loop of a template in a header.
        self.edit("uniform.h", "for (int i = 0; i < count; ++i)", "for (int i = 1; i < count; ++i)")
        run = self.run_example()
        self.assertEqual(statuses(run)["importer"], "cached")
        self.assertIn("trainer", ran(run))
        why = self.ok(self.stepcache("why", "trainer")).output
        self.assertRegex(why, r"sum_of_uniform.*changed \(uniform\.h:\d+\)")
        self.assertRegex(why, r"7 -   for \(int i = 0; i < count; \+\+i\)")
        self.assertRegex(why, r"7 \+   for \(int i = 1; i < count; \+\+i\)")
        report = self.ok(self.stepcache("why", "trainer", "--json")).json()
        self.assertIn("sum_of_uniform", report["code"]["primary"]["name"])
        self.assertEqual(report["code"]["primary"]["file"], "uniform.h")
        tree = self.ok(self.stepcache("signature", "trainer")).output
        self.assertIn("train_network", tree)

        # Back again: all of it was seen before.
        self.edit("uniform.h", "for (int i = 1; i < count; ++i)", "for (int i = 0; i < count; ++i)")
        self.assertEqual(ran(self.run_example()), [])

    def test_a_stripped_program_is_compared_as_a_whole_and_says_so_once(self):
        self.write("one.cpp", "#include <stepcache/stepcache.h>\n"
                              "int first() { return 1; }\nint second(int x) { return x + 1; }\n"
                              "int main(int argc, char** argv) {\n"
                              '  stepcache::Pipeline one("one");\n'
                              '  one.step("second", second)(one.step("first", first)());\n'
                              "  return stepcache::main(one, argc, argv);\n}\n")
        stripped = self.ok(self.stepcache("run", "one.cpp", "--", "-s"))
        self.assertEqual(stripped.errors.count("compared as a whole"), 1, str(stripped))
        self.assertIn("-s", stripped.errors)
        exact = self.ok(self.stepcache("run", "one.cpp"))
        self.assertNotIn("compared as a whole", exact.errors)

    def program(self, level="3", harmless=""):
        return self.write("state.cpp", f"""#include <stepcache/stepcache.h>
#include <cstdlib>
#include <string>
namespace settings {{ int level = 1; std::string name; }}
int leveled(int x) {{ return x * settings::level; }}
int named(int x) {{ return x + static_cast<int>(settings::name.size()); }}
int plain(int x) {{ return x + 1; }}
int homely(int x) {{ return std::getenv("HOME") == nullptr ? 0 : x; }}
int main(int argc, char** argv) {{
  settings::level = {level};
  settings::name = "a name that is longer than what fits into the string itself";
  stepcache::Pipeline state("state");
  {harmless}
  state.step("leveled", leveled)(2);
  state.step("named", named)(2);
  state.step("plain", plain)(2);
  state.step("homely", homely)(2);
  return stepcache::main(state, argc, argv);
}}
""")

    def test_what_main_leaves_in_globals_counts_and_addresses_cannot_be_compared(self):
        self.program()
        first = self.ok(self.stepcache("run", "state.cpp", "--json"))
        self.assertEqual(len(ran(first.json())), 4)
        self.assertIn("homely: it can call getenv", first.errors)
        again = self.ok(self.stepcache("run", "state.cpp", "--json"))
        self.assertEqual(ran(again.json()), ["named"])
        self.assertNotIn("getenv", again.errors, "said once")
        named = step(again.json(), "named")
        self.assertFalse(named["cacheable"])
        self.assertIn("settings::name", named["why_not"])
        self.assertIn(".harmless(", named["why_not"])

        self.program(level="4")
        other = self.ok(self.stepcache("run", "state.cpp", "--json")).json()
        self.assertEqual(ran(other), ["leveled", "named"])
        self.program(level="3", harmless='state.harmless("settings::na*");')
        self.assertIn("named", ran(self.ok(self.stepcache("run", "state.cpp", "--json")).json()))
        self.assertEqual(ran(self.ok(self.stepcache("run", "state.cpp", "--json")).json()), [])
        self.assertIn("settings::name", self.ok(self.stepcache("signature", "named")).output)


if __name__ == "__main__":
    unittest.main()
