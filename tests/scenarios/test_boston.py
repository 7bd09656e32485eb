"""The main job: the example on the 506 rows, run again, edited, moved, cloned, rebuilt."""

import json
import shutil
import subprocess
import unittest

from scenario import BIN, BOSTON_CSV, CXX, SOURCE, Scenario, ran, statuses, step

BOSTON = BIN / "boston_housing"


class Boston(Scenario):
    def setUp(self):
        super().setUp()
        shutil.copy(BOSTON_CSV, self.folder)

    def run_boston(self, *arguments, **options):
        return self.run_json(BOSTON, "--epochs", "3", *arguments, **options)

    def test_first_run_completes_and_second_reuses(self):
        first = self.run_boston()
        self.assertEqual(set(statuses(first).values()), {"completed"})
        self.assertEqual([s["name"] for s in first["steps"]], ["importer", "trainer", "evaluator", "deployer"])
        self.assertEqual(sum(len(s["outputs"]) for s in first["steps"]), 6)
        second = self.run_boston()
        self.assertEqual(statuses(second), {"importer": "cached", "trainer": "completed", "evaluator": "cached",
                                            "deployer": "cached"})
        importer = step(second, "importer")
        self.assertGreater(importer["seconds_saved"], 0)
        self.assertEqual(importer["produced_by_run"], first["run_id"])
        self.assertEqual(step(second, "trainer")["reason"]["code"], "cache_disabled")
        # Reused because the model came out byte-identical.
        self.assertEqual(step(first, "trainer")["outputs"], step(second, "trainer")["outputs"])

    def test_what_depends_on_the_trainer_runs_when_the_model_differs(self):
        self.run_boston()
        other = self.run_json(BOSTON, "--epochs", "4")
        self.assertEqual(ran(other), ["trainer", "evaluator", "deployer"])
        why = self.ok(self.stepcache("why", "evaluator", "--json")).json()
        self.assertEqual(why["reason"]["code"], "input_changed")

    def test_the_file_counts_by_its_content(self):
        self.run_boston()
        csv = self.folder / "boston_housing.csv"
        original = csv.read_text()
        csv.touch()
        self.assertEqual(ran(self.run_boston()), ["trainer"])
        lines = original.splitlines(keepends=True)
        fields = lines[1].strip().split(",")
        fields[-1] = "25.5"
        lines[1] = ",".join(fields) + "\n"
        csv.write_text("".join(lines))
        changed = self.run_boston()
        self.assertIn("importer", ran(changed))
        self.assertEqual(step(changed, "importer")["reason"]["code"], "file_changed")
        csv.write_text(original)
        self.assertEqual(ran(self.run_boston()), ["trainer"])

    def test_moving_and_cloning_keep_the_hits(self):
        project = self.folder / "project"
        project.mkdir()
        shutil.move(self.folder / "boston_housing.csv", project)
        self.run_boston(folder=project)
        project.rename(self.folder / "moved")
        self.assertEqual(ran(self.run_boston(folder=self.folder / "moved")), ["trainer"])
        shutil.copytree(self.folder / "moved", self.folder / "clone", symlinks=True)
        self.assertEqual(ran(self.run_boston(folder=self.folder / "clone")), ["trainer"])

    def test_a_rebuild_with_debug_information_or_elsewhere_keeps_the_hits(self):
        def build(name, *flags):
            folder = self.folder / name
            folder.mkdir()
            shutil.copy(SOURCE / "tests/scenarios/pipelines/probe.cc", folder / "probe.cc")
            self.write("numbers.txt", "1 2 3\n")
            description = json.loads((BIN.parent / "lib/stepcache/sdk.json").read_text())
            if any(argument.startswith("-fsanitize") for argument in description["compile"]):
                self.skipTest("a sanitizer writes the source's path into the program")
            compile_arguments = [a.replace("${prefix}", str(BIN.parent)) for a in description["compile"]]
            link_arguments = [a.replace("${prefix}", str(BIN.parent)) for a in description["link"]]
            subprocess.run([CXX, *compile_arguments, "-O2", *flags, str(folder / "probe.cc"), "-o", str(folder / "probe"),
                            f"-fmacro-prefix-map={folder}/=", *link_arguments], check=True, cwd=folder)
            return folder / "probe"

        self.assertIn("scale", ran(self.run_json(build("first"))))
        self.assertEqual(ran(self.run_json(build("second", "-g"))), [])

    def test_the_test_error_is_that_of_a_real_model(self):
        run = self.run_json(BOSTON)
        self.assertEqual(run["status"], "completed")
        error = float(self.ok(self.stepcache("cat", "evaluator", "--raw")).output)
        self.assertGreater(error, 1.0)
        self.assertLess(error, 3.5)

    def test_the_lineage_of_the_second_run_is_drawn_in_the_seeds_colours(self):
        self.run_boston()
        self.run_boston()
        svg = self.ok(self.stepcache("lineage", "2", "--format", "svg")).output
        for word in ("#22577A", "#BFD7B5", "#FFB100", "#AD5D4E", "importer", "trainer", "evaluator", "deployer", "stroke-dasharray"):
            self.assertIn(word, svg)


if __name__ == "__main__":
    unittest.main()
