"""Mistakes and damage: a clear message that names the step, file or option, the documented status, nothing lost."""

import os
import pathlib
import shutil
import unittest

from scenario import BIN, BOSTON_CSV, PROGRAMS, Scenario, flip_a_byte, ran, statuses, step

BOSTON = BIN / "boston_housing"
PROBE = PROGRAMS / "probe"


class Arguments(Scenario):
    def setUp(self):
        super().setUp()
        self.write("numbers.txt", "1 2 3\n")

    def test_two_steps_of_one_name(self):
        self.refused(self.run_program(PROGRAMS / "broken", "run"), 2, "same", "two steps")

    def test_a_step_without_its_arguments(self):
        self.refused(self.run_program(PROGRAMS / "broken", "run", "unfinished"), 2, "unfinished", "arguments")

    def test_an_unknown_parameter(self):
        self.refused(self.probe("run", "--factr", "3"), 2, "factr", "factor")
        self.refused(self.probe("run", "--set", "factr=3"), 2, "factr", "factor")

    def test_a_value_of_the_wrong_type_or_out_of_range(self):
        self.refused(self.probe("run", "--factor", "many"), 2, "factor", "many")
        self.refused(self.probe("run", "--factor", "101"), 2, "factor", "100")
        self.refused(self.probe("run", "--meddle", "perhaps"), 2, "meddle", "perhaps")
        self.refused(self.run_program(BOSTON, "run", "--epochs", "99999999999999999999"), 2, "epochs")
        self.refused(self.run_program(BOSTON, "run", "--epochs", "2.5"), 2, "epochs", "2.5")

    def test_an_unknown_command_or_option(self):
        self.refused(self.stepcache("rnus"), 2, "rnus", "runs")
        self.refused(self.probe("rum"), 2, "rum")
        self.refused(self.stepcache("runs", "--jsn"), 2, "--jsn")

    def test_an_unknown_run_step_or_artifact(self):
        self.ok(self.probe("run"))
        self.refused(self.stepcache("show", "99"), 2, "99")
        self.refused(self.stepcache("why", "scael"), 2, "scael", "scale")
        self.refused(self.probe("why", "scael"), 2, "scael", "scale")
        self.refused(self.stepcache("cat", "deadbeefdeadbeef"), 2, "deadbeefdeadbeef")
        self.refused(self.stepcache("lineage", "latest~9"), 2, "latest~9")

    def test_a_failure_before_a_run_is_one_object_under_json(self):
        outcome = self.refused(self.probe("run", "--json", "--factor", "many"), 2)
        error = outcome.json()
        self.assertEqual(set(error), {"schema", "error"})
        self.assertEqual(error["error"]["code"], "invalid_argument")

    def test_nothing_has_run_here(self):
        for command in (["show"], ["why", "scale"], ["cat", "scale"], ["verify"]):
            self.refused(self.stepcache(*command), 2, ".stepcache")
        self.assertFalse((self.folder / ".stepcache").exists())


class Files(Scenario):
    def test_a_missing_file(self):
        outcome = self.refused(self.probe("run", "--numbers", "nowhere.txt"), 2)
        self.assertIn("nowhere.txt", outcome.output + outcome.errors)
        run = self.run_json(PROBE, "--numbers", "nowhere.txt", status=2)
        self.assertEqual(statuses(run)["read_numbers"], "failed")
        self.assertEqual(statuses(run)["scale"], "skipped")
        self.assertEqual(step(run, "scale")["reason"]["code"], "upstream_failed")
        # What does not need the file ran.
        self.assertIn(statuses(run)["greet"], ("completed", "cached"))
        self.assertIn("nowhere.txt", step(run, "read_numbers")["error"])

    def test_an_unreadable_file(self):
        self.write("numbers.txt", "1 2 3\n").chmod(0)
        outcome = self.as_plain_user(PROBE, "run", "--json")
        self.assertIn(outcome.status, (1, 2), str(outcome))
        run = outcome.json()
        self.assertEqual(statuses(run)["read_numbers"], "failed")
        self.assertEqual(statuses(run)["greet"], "completed")
        self.assertIn("numbers.txt", step(run, "read_numbers")["error"])

    def test_a_folder_where_a_file_should_be(self):
        (self.folder / "numbers.txt").mkdir()
        run = self.run_json(PROBE, status=2)
        self.assertIn("folder", step(run, "read_numbers")["error"])

    def test_a_file_that_changes_while_the_step_reads_it(self):
        self.write("numbers.txt", "1 2 3\n")
        run = self.run_json(PROBE, "--meddle", "true")
        meddle = step(run, "meddle")
        self.assertEqual(meddle["status"], "completed")
        self.assertFalse(meddle["cacheable"])
        self.assertIn("numbers.txt", meddle["why_not"])
        again = self.run_json(PROBE, "--meddle", "true")
        self.assertEqual(step(again, "meddle")["status"], "completed")

    def test_a_short_row_and_a_non_number(self):
        rows = BOSTON_CSV.read_text().splitlines(keepends=True)
        short = rows[:]
        short[7] = ",".join(short[7].split(",")[:5]) + "\n"
        (self.folder / "short.csv").write_text("".join(short))
        run = self.run_json(BOSTON, "--csv", "short.csv", status=1)
        self.assertEqual(statuses(run)["importer"], "failed")
        self.assertRegex(step(run, "importer")["error"], r"short\.csv.*8|8.*short\.csv")
        word = rows[:]
        fields = word[3].split(",")
        fields[2] = "many"
        word[3] = ",".join(fields)
        (self.folder / "word.csv").write_text("".join(word))
        run = self.run_json(BOSTON, "--csv", "word.csv", status=1)
        self.assertIn("many", step(run, "importer")["error"])

    def test_names_with_spaces_quotes_newlines_and_other_bytes(self):
        for name in (b"a b.txt", b"it's.txt", b'"quoted".txt', b"new\nline.txt", b"bytes \xff\xfe.txt", "\u00fcmlaut.txt".encode()):
            path = os.path.join(os.fsencode(self.folder), name)
            with open(path, "wb") as file:
                file.write(b"1 2 3\n")
            run = self.run_json(PROBE, "--numbers", os.fsdecode(name))
            self.assertEqual(run["status"], "completed", name)
            self.ok(self.stepcache("show"))
            self.ok(self.stepcache("show", "--json")).json()
            self.ok(self.stepcache("lineage", "latest", "--format", "svg"))
            self.ok(self.stepcache("lineage", "latest", "--format", "json")).json()

    def test_a_workspace_in_a_folder_with_other_bytes(self):
        folder = pathlib.Path(os.fsdecode(os.fsencode(self.folder) + b"/odd \xff'\n\"folder"))
        folder.mkdir()
        (folder / "numbers.txt").write_text("1\n")
        self.ok(self.probe("run", folder=folder))
        self.ok(self.stepcache("runs", folder=folder))
        again = self.run_json(PROBE, folder=folder)
        self.assertEqual(ran(again), [])


class Steps(Scenario):
    def setUp(self):
        super().setUp()
        self.write("numbers.txt", "1 2 3\n")

    def test_a_step_that_throws(self):
        run = self.run_json(PROBE, "--mood", "throw", status=1)
        self.assertEqual(run["status"], "failed")
        report = step(run, "report")
        self.assertEqual(report["status"], "failed")
        self.assertIn("told to throw", report["error"])
        self.assertEqual(statuses(run)["save"], "skipped")
        self.assertEqual(statuses(run)["greet"], "completed")
        # What finished is kept, and the fixed step runs.
        fixed = self.run_json(PROBE)
        self.assertEqual(ran(fixed), ["report", "save"])
        text = self.refused(self.probe("run", "--mood", "throw"), 1)
        self.assertIn("told to throw", text.output + text.errors)

    def test_a_step_that_throws_something_else(self):
        run = self.run_json(PROBE, "--mood", "throw int", status=1)
        self.assertEqual(statuses(run)["report"], "failed")

    def test_a_step_that_ends_the_program(self):
        self.refused(self.probe("run", "--mood", "exit"), 1, "report", "exit()")
        self.assertEqual(self.probe("run", "--json", "--mood", "exit").status, 1)
        runs = self.ok(self.stepcache("runs", "--json")).json()["runs"]
        self.assertEqual(runs[-1]["status"], "interrupted")
        # What finished is kept.
        self.assertEqual(ran(self.run_json(PROBE)), ["report", "save"])

    def test_fail_fast_starts_nothing_more(self):
        run = self.run_json(PROBE, "--mood", "throw", "--fail-fast", status=1)
        self.assertEqual(statuses(run)["save"], "skipped")

    def test_an_output_file_that_cannot_be_put_back(self):
        self.ok(self.probe("run"))
        (self.folder / "report.txt").unlink()
        (self.folder / "report.txt").mkdir()
        (self.folder / "report.txt/in the way").write_text("x")
        run = self.run_json(PROBE, status=1)
        self.assertIn("report.txt", step(run, "save")["error"])


class Damage(Scenario):
    def setUp(self):
        super().setUp()
        self.write("numbers.txt", "1 2 3\n")
        self.before = self.run_json(PROBE)
        self.workspace = self.folder / ".stepcache"

    def outputs(self, run):
        return {s["name"]: s["outputs"] for s in run["steps"]}

    def test_a_missing_object(self):
        for path in self.objects():
            path.unlink()
        run = self.run_json(PROBE)
        self.assertEqual(step(run, "scale")["reason"]["code"], "damaged")
        self.assertEqual(self.outputs(run), self.outputs(self.before))

    def test_an_object_with_a_flipped_byte(self):
        flip_a_byte(self.objects()[0], 200)
        outcome = self.ok(self.probe("run"))
        self.assertIn("damaged", outcome.output + outcome.errors)
        self.assertEqual(self.outputs(self.run_json(PROBE)), self.outputs(self.before))
        self.ok(self.stepcache("verify"))

    def test_a_truncated_database(self):
        self.stepcache("runs")
        database = self.workspace / "metadata.db"
        data = database.read_bytes()
        for length in (len(data) // 2, 1000, 100, 10):
            for name in ("metadata.db-wal", "metadata.db-shm"):
                (self.workspace / name).unlink(missing_ok=True)
            database.write_bytes(data[:length])
            outcome = self.probe("run", "--json")
            if outcome.status == 0:
                self.assertEqual(self.outputs(outcome.json()), self.outputs(self.before))
            else:
                self.assertEqual(outcome.status, 3, str(outcome))
                self.assertIn("verify --repair", outcome.output + outcome.errors)
            self.assertIn(self.stepcache("verify", "--repair").status, (0, 3))
            repaired = self.run_json(PROBE)
            self.assertEqual(self.outputs(repaired), self.outputs(self.before))
            self.ok(self.stepcache("verify"))

    def test_a_newer_format(self):
        (self.workspace / "format").write_text("stepcache workspace 99\n")
        self.refused(self.probe("run"), 3, "99")
        self.refused(self.stepcache("show"), 3, "99")

    def test_a_file_in_place_of_the_workspace(self):
        shutil.rmtree(self.workspace)
        self.workspace.write_text("a file")
        self.refused(self.probe("run"), 2, ".stepcache", "file")
        self.assertEqual(self.workspace.read_text(), "a file")

    def test_a_read_only_workspace_still_answers(self):
        self.run_json(PROBE)
        for path in [*self.workspace.rglob("*"), self.workspace]:
            path.chmod(0o555 if path.is_dir() else 0o444)
        for command in (["show"], ["why", "scale"], ["cat", "scale"], ["lineage", "latest"], ["runs"], ["verify"]):
            self.ok(self.as_plain_user(BIN / "stepcache", *command))
        self.refused(self.as_plain_user(PROBE, "run"), 1, ".stepcache")

    def test_a_workspace_that_others_can_write(self):
        self.workspace.chmod(0o777)
        self.refused(self.probe("run"), 2, "chmod")
        self.ok(self.stepcache("show"))


if __name__ == "__main__":
    unittest.main()
