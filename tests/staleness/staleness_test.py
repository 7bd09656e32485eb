"""The fuzzer's own parts on hand-made programs, so that a fuzzer that sees nothing is not taken for a product that is right."""

import os
import pathlib
import random
import shutil
import tempfile
import unittest

from build import run
from edits import CODE, NOTHING, RESULT, apply, draw_edit
from generator import draw_program
from history import History
from program_model import STEPS, is_whole, reach, step_name
from program_text import texts
from reference import Reference, digests_of_file
from shrink import drop_runs, shrink

BIN = pathlib.Path(os.environ.get("STEPCACHE_TEST_BIN", "build/release/bin"))
SETTINGS = {"compiler": "g++", "optimisation": "-O2", "pie": True, "linker": "bfd", "debug": False}


class ReferenceTest(unittest.TestCase):
    """What counts as other code, by the compiler's assembly alone."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="stepcache reference "))
        self.addCleanup(shutil.rmtree, self.folder)

    def digests(self, text, *flags):
        (self.folder / "part.cpp").write_text("using word = unsigned long;\n" + text)
        run(["g++", "-std=c++20", "-O2", "-ffunction-sections", "-fdata-sections", *flags, "-S", "part.cpp", "-o", "part.s"],
            self.folder)
        return digests_of_file((self.folder / "part.s").read_text(), "part.cpp")

    def assert_same(self, before, now, *names):
        for name in names:
            self.assertEqual(before[name], now[name], name)

    def test_comments_formatting_locals_and_debugging_information_change_nothing(self):
        before = self.digests("word fn_1_(word x) { return x * 7 + 5; }")
        now = self.digests("// A comment.\n\nword fn_1_(word other)\n{\n  return other * 7 + 5;\n}", "-g")
        self.assert_same(before, now, "fn_1_")

    def test_a_constant_changes_its_function_and_those_that_inline_it_and_no_other(self):
        text = ("static word fn_1_(word x) {{ return x * {}; }} word fn_2_(word x) {{ return fn_1_(x) + 1; }}"
                "__attribute__((noinline)) word fn_3_(word x) {{ return x ^ 9; }}")
        before, now = self.digests(text.format(77)), self.digests(text.format(78))
        self.assertNotEqual(before["fn_2_"], now["fn_2_"])
        self.assert_same(before, now, "fn_3_")

    def test_a_string_counts_by_its_value_wherever_it_lies(self):
        text = 'const char* use(); extern "C" word strlen_(const char*); word fn_1_() {{ return strlen_("{}"); }}'
        before = self.digests(text.format("anchor"))
        more = 'extern "C" word strlen_(const char*); word fn_9_() { return strlen_("first"); }'
        self.assert_same(before, self.digests(more + text.format("anchor")), "fn_1_")
        self.assertNotEqual(before["fn_1_"], self.digests(text.format("anchos"))["fn_1_"])

    def test_a_floating_point_constant_counts_by_its_value(self):
        text = "double fn_1_(double x) {{ return x * {}; }}"
        self.assertNotEqual(self.digests(text.format("2.5"))["fn_1_"], self.digests(text.format("2.75"))["fn_1_"])

    def test_a_caught_type_changes_the_function_that_catches(self):
        text = ("struct error_a {{ word v; }}; struct error_b {{ word v; }}; word fn_1_(word);"
                "word fn_2_(word x) {{ try {{ return fn_1_(x); }} catch (const {}& e) {{ return e.v; }} }}")
        self.assertNotEqual(self.digests(text.format("error_a"))["fn_2_"], self.digests(text.format("error_b"))["fn_2_"])

    def test_cases_that_change_places_change_the_function(self):
        text = ("word fn_1_(word x) {{ switch (x & 7) {{ case {}: return x * 3; case {}: return x ^ 77; case 2: return ~x;"
                "case 3: return x - 9; case 4: return x << 3; case 5: return x * x; default: return 0; }} }}")
        self.assertNotEqual(self.digests(text.format(0, 1))["fn_1_"], self.digests(text.format(1, 0))["fn_1_"])

    def test_a_renaming_changes_nothing(self):
        before = self.digests("extern word fn_1_(word); word fn_2_(word x) { return fn_1_(x) + 1; }")
        now = self.digests("extern word fn_1_r2_(word); word fn_2_r77_(word x) { return fn_1_r2_(x) + 1; }")
        self.assert_same(before, now, "fn_2_")

    def test_an_initialiser_belongs_to_its_file_and_not_to_the_first_global(self):
        now = self.digests("word fn_1_(word); word glo_2_ = fn_1_(5);")
        before = self.digests("word fn_1_(word); word glo_2_ = fn_1_(6);")
        self.assertNotEqual(before["init:part.cpp"], now["init:part.cpp"])
        self.assert_same(before, now, "glo_2_")

    def test_a_table_counts_by_all_of_its_values(self):
        text = "extern const word tbl_1_[3]; const word tbl_1_[3] = {{1, 2, {}}};"
        self.assertNotEqual(self.digests(text.format(3))["tbl_1_"], self.digests(text.format(4))["tbl_1_"])


class ReachTest(unittest.TestCase):
    def test_registered_functions_are_reached_by_the_step_that_reads_the_registry_and_no_other(self):
        program = draw_program(5, SETTINGS)
        registrars = {n for n, e in program["entities"].items() if e["kind"] == "registrar"}
        self.assertTrue(registrars <= reach(program, step_name(3)))
        self.assertTrue(any(not registrars & reach(program, step_name(n)) for n in range(STEPS)))

    def test_what_is_added_and_named_by_nothing_is_reached_by_no_step(self):
        program = draw_program(5, SETTINGS)
        program["entities"]["fn_900_"] = {"kind": "function", "name": "fn_900_", "file": "part_0.cpp", "rank": 1, "ops": []}
        self.assertFalse(any("fn_900_" in reach(program, step_name(n)) for n in range(STEPS)))

    def test_main_values_count_only_where_they_are_read(self):
        program = draw_program(5, SETTINGS)
        main_global = next(n for n, e in program["entities"].items() if e.get("set_by_main"))
        changed = apply(program, {"patch": [[["entities", main_global, "set_by_main"], 4711]]})
        before, now = Reference(program, {}), Reference(changed, {})
        differing = [n for n in range(STEPS) if before.of_step(step_name(n))[0] != now.of_step(step_name(n))[0]]
        self.assertEqual(differing, [n for n in range(STEPS) if main_global in reach(program, step_name(n))])
        self.assertTrue(differing)


class DrawingTest(unittest.TestCase):
    def test_a_seed_gives_the_same_program_and_the_same_edits(self):
        for seed in range(3):
            one, other = draw_program(seed, SETTINGS), draw_program(seed, SETTINGS)
            self.assertEqual(one, other)
            self.assertEqual(draw_edit(one, random.Random(seed), []), draw_edit(other, random.Random(seed), []))

    def test_every_edit_leaves_a_whole_program_and_every_kind_is_drawn(self):
        kinds = set()
        for seed in range(8):
            program = draw_program(seed, SETTINGS)
            earlier = []
            for number in range(60):
                edit = draw_edit(program, random.Random(seed * 100 + number), earlier)
                earlier.append(program)
                program = apply(program, edit)
                self.assertTrue(is_whole(program))
                kinds.add(edit["kind"])
        self.assertGreaterEqual(len(kinds), len(set(RESULT + CODE + NOTHING)) - 3)

    def test_helpers_include_no_header_of_the_sdk(self):
        for file, text in texts(draw_program(1, SETTINGS)).items():
            self.assertNotIn("#include <", text, file)


class HistoryTest(unittest.TestCase):
    """What is made of a program's answers."""

    def history(self, cached_runs, full_runs):
        """One whose compiler and program are canned: each run is (status of step_0_, its output)."""
        history = History(draw_program(5, SETTINGS), tempfile.mkdtemp(), "unused", BIN, check_explanations=False)
        self.addCleanup(shutil.rmtree, history.folder)
        runs = [run for pair in zip(full_runs, cached_runs) for run in pair]

        def answer(*arguments):
            status, output = runs.pop(0)
            return {"steps": [{"name": step_name(n), "status": status if n == 0 else "cached", "inputs": [],
                               "reason": {"code": "code_changed", "text": "code changed"},
                               "outputs": [{"digest": output if n == 0 else "same"}]} for n in range(STEPS)]}

        history.builder.build = lambda program: []
        history.run_program = answer
        history.start()
        return history

    comment = {"kind": "comment", "names": [], "patch": [[["files", "part_0.cpp", "comment"], "Other."]]}

    def test_a_cached_output_that_a_full_run_does_not_give_is_stale(self):
        history = self.history([("completed", "a"), ("cached", "a")], [("completed", "a"), ("completed", "b")])
        history.edit(self.comment)
        self.assertEqual([(f.kind, f.step) for f in history.failures], [("stale", "step_0_")])

    def test_a_rerun_of_what_has_run_before_is_needless(self):
        history = self.history([("completed", "a"), ("completed", "a")], [("completed", "a"), ("completed", "a")])
        history.edit(self.comment)
        self.assertEqual([(f.kind, f.step) for f in history.failures], [("needless", "step_0_")])

    def test_a_rerun_of_other_code_is_neither(self):
        history = self.history([("completed", "a"), ("completed", "b")], [("completed", "a"), ("completed", "b")])
        history.digests = {"part_0.cpp": {"step_0_": "other assembly"}}
        history.builder.known = {"part_0.cpp": ""}
        history.edit(self.comment)
        self.assertEqual(history.failures, [])
        self.assertEqual(history.tallies["comment"].other_results, 1)


class ShrinkTest(unittest.TestCase):
    def test_drops_what_the_failure_does_not_need(self):
        self.assertEqual(drop_runs(list(range(40)), lambda some: 7 in some and 31 in some), [7, 31])

    def test_a_replay_becomes_small(self):
        class Failed:
            kind, step, at = "stale", step_name(0), 9

        def run(replay):
            return [Failed] if any(e["kind"] == "culprit" for e in replay["edits"]) else []

        edits = [{"kind": "other", "patch": []}] * 8 + [{"kind": "culprit", "patch": []}]
        small = shrink({"program": draw_program(3, SETTINGS), "edits": edits}, Failed, run, tries=400)
        self.assertEqual([e["kind"] for e in small["edits"]], ["culprit"])
        self.assertLess(len(small["program"]["entities"]), 35)


if __name__ == "__main__":
    unittest.main()
