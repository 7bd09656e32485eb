"""Every command, end to end, its JSON held against its schema."""

import json
import os
import subprocess
import sys
import unittest

from scenario import BIN, PROGRAMS, SOURCE, Scenario, ran, statuses

PROBE = PROGRAMS / "probe"
CHECK_SCHEMA = SOURCE / "tests/formats/check_schema.py"


class Commands(Scenario):
    def setUp(self):
        super().setUp()
        self.write("numbers.txt", "1 2 3\n")

    def fits(self, schema, outcome):
        """The output is one JSON object that fits docs/formats/SCHEMA.schema.json, and nothing else."""
        done = subprocess.run([sys.executable, CHECK_SCHEMA, schema], input=outcome.output.encode(errors="surrogateescape"),
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual(done.returncode, 0, f"{done.stdout.decode()}\n{outcome}")
        return json.loads(outcome.output)

    def test_run_and_plan_and_why_of_a_pipeline(self):
        plan = self.fits("plan", self.ok(self.probe("plan", "--json")))
        self.assertEqual(plan["steps"][0]["decision"], "run")
        self.fits("run", self.ok(self.probe("run", "--json")))
        plan = self.fits("plan", self.ok(self.probe("plan", "--json")))
        self.assertEqual({s["decision"] for s in plan["steps"]}, {"reuse"})
        plan = self.fits("plan", self.ok(self.probe("plan", "--factor", "5", "--json")))
        self.assertEqual([s["decision"] for s in plan["steps"]][:3], ["reuse", "run", "undetermined"])
        self.assertGreaterEqual(plan["steps"][1]["expected_seconds"], 0)
        why = self.fits("why", self.ok(self.probe("why", "scale", "--factor", "5", "--json")))
        changed = [p for p in why["parts"] if not p["same"]]
        self.assertEqual([(p["kind"], p["name"], p["before"], p["now"]) for p in changed], [("parameter", "factor", "2.0", "5.0")])
        text = self.ok(self.probe("why", "scale", "--factor", "5")).output
        for word in ("factor", "2.0", "5.0"):
            self.assertIn(word, text)
        # Asking recorded nothing.
        self.assertEqual(len(json.loads(self.ok(self.stepcache("runs", "--json")).output)["runs"]), 1)

    def test_the_program_stepcache_runs_a_program(self):
        self.ok(self.stepcache("run", PROBE))
        again = self.fits("run", self.ok(self.stepcache("run", PROBE, "--json")))
        self.assertEqual(ran(again), [])
        self.fits("plan", self.ok(self.stepcache("plan", PROBE, "--json")))
        self.fits("why", self.ok(self.stepcache("why", PROBE, "scale", "--json")))
        self.fits("lineage", self.ok(self.stepcache("graph", PROBE, "--format", "json")))

    def test_records(self):
        self.ok(self.probe("run"))
        self.ok(self.probe("run", "--factor", "3"))
        runs = self.fits("runs", self.ok(self.stepcache("runs", "--json")))
        self.assertEqual([r["run_id"] for r in runs["runs"]], [2, 1])
        show = self.fits("show", self.ok(self.stepcache("show", "--json")))
        self.assertEqual(statuses(show)["scale"], "completed")
        self.assertEqual(statuses(show)["read_numbers"], "cached")
        self.assertIn("read_numbers", self.ok(self.stepcache("show", "1")).output)
        diff = self.fits("diff", self.ok(self.stepcache("diff", "1", "2", "--json")))
        self.assertIn("scale", [s["step"] for s in diff["steps"]])
        self.assertIn("factor", self.ok(self.stepcache("diff", "1", "2")).output)
        self.assertEqual(self.fits("why", self.ok(self.stepcache("why", "2/read_numbers", "--json")))["made_by_run"], 1)
        self.assertIn("run 1", self.ok(self.stepcache("why", "2/read_numbers")).output)
        artifacts = self.fits("artifacts", self.ok(self.stepcache("artifacts", "--json")))
        digest = artifacts["artifacts"][0]["digest"]
        self.assertEqual(self.ok(self.stepcache("cat", digest[:8], "--raw")).output,
                         self.ok(self.stepcache("cat", digest, "--raw")).output)
        self.assertEqual(self.ok(self.stepcache("cat", "report", "--raw")).output, '"positive"')
        self.ok(self.stepcache("cat", "scale"))
        for form in ("text", "dot", "svg", "json"):
            self.ok(self.stepcache("lineage", "latest", "--format", form))
            self.ok(self.stepcache("lineage", "scale", "--format", form))
            self.ok(self.probe("graph", "--format", form))
        self.fits("lineage", self.ok(self.stepcache("lineage", "total", "--format", "json")))

    def test_upkeep(self):
        self.ok(self.probe("run"))
        self.fits("verify", self.ok(self.stepcache("verify", "--json")))
        self.fits("gc", self.ok(self.stepcache("gc", "--dry-run", "--json")))
        config = self.fits("config", self.ok(self.stepcache("config", "--json", environment={"STEPCACHE_KEEP_RUNS": "9"})))
        keep = next(s for s in config["settings"] if s["name"] == "keep_runs")
        self.assertEqual((keep["value"], keep["origin"]), ("9", "environment STEPCACHE_KEEP_RUNS"))
        self.refused(self.probe("run", environment={"STEPCACHE_KEEP_RUNS": "many"}), 2, "keep_runs", "many")

    def test_labels(self):
        self.ok(self.probe("run"))
        self.fits("labels", self.ok(self.stepcache("tag", "1", "baseline", "--json")))
        self.fits("labels", self.ok(self.stepcache("note", "1", "the first one", "--json")))
        self.fits("labels", self.ok(self.stepcache("pin", "1", "--json")))
        self.fits("labels", self.ok(self.stepcache("pin", "scale", "--json")))
        self.fits("labels", self.ok(self.stepcache("pin", "scale", "--remove", "--json")))
        self.fits("cat", self.ok(self.stepcache("cat", "scale", "--json")))
        show = self.fits("show", self.ok(self.stepcache("show", "1", "--json")))
        self.assertEqual(show["tags"], ["baseline"])
        self.assertEqual(show["note"], "the first one")

    def test_help_of_every_command_has_an_example(self):
        text = self.ok(self.stepcache("--help")).output
        for command in ("run", "plan", "graph", "why", "signature", "runs", "show", "diff", "lineage", "artifacts", "cat", "verify", "gc", "config"):
            self.assertIn(command, text)
            self.assertIn("xample", self.ok(self.stepcache(command, "--help")).output, command)
        for command in ("run", "plan", "why", "signature", "graph"):
            self.assertIn("xample", self.ok(self.probe(command, "--help")).output, command)

    def test_version(self):
        version = self.ok(self.stepcache("--version")).output.strip()
        self.assertRegex(version, r"\d+\.\d+\.\d+")
        self.fits("version", self.ok(self.stepcache("--version", "--json")))
        self.assertFalse((self.folder / ".stepcache").exists())

    def test_the_workspace_is_found_upward_named_or_set(self):
        self.ok(self.probe("run"))
        below = self.folder / "a/b"
        below.mkdir(parents=True)
        self.assertIn("probe", self.ok(self.stepcache("runs", folder=below)).output)
        other = self.folder / "other/.stepcache"
        other.parent.mkdir()
        self.ok(self.probe("run", "--workspace", other))
        self.assertTrue((other / "metadata.db").exists())
        self.ok(self.stepcache("runs", "--workspace", other, folder="/"))
        self.ok(self.stepcache("runs", folder="/", environment={"STEPCACHE_WORKSPACE": str(other)}))

    def test_a_trace_in_chromes_format(self):
        self.ok(self.probe("run", "--trace", "trace.json"))
        trace = json.loads((self.folder / "trace.json").read_text())
        events = trace["traceEvents"] if isinstance(trace, dict) else trace
        self.assertIn("scale", {e["name"] for e in events})

    def test_quiet_and_verbose(self):
        self.assertEqual(self.ok(self.probe("run", "-q")).output.replace("read 3 numbers\n", ""), "")
        self.ok(self.probe("run", "-v"))

    def test_output_to_a_closed_pipe_ends_quietly(self):
        self.ok(self.probe("run"))
        done = subprocess.run(f"'{BIN / 'stepcache'}' lineage latest --format json | head -c 1 >/dev/null; echo ${{PIPESTATUS[0]}}",
                              shell=True, executable="/bin/bash", cwd=self.folder, env=self.environment,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.stderr, "")

    def test_cancelling_marks_the_run(self):
        import signal
        import time
        boston = BIN / "boston_housing"
        child = subprocess.Popen([boston, "run", "--csv", SOURCE / "examples/boston_housing/boston_housing.csv", "--epochs", "100000"],
                                 cwd=self.folder, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(200):
            time.sleep(0.05)
            shown = self.stepcache("runs", "--json")
            if shown.status == 0 and json.loads(shown.output)["runs"]:
                break
        time.sleep(0.3)
        child.send_signal(signal.SIGINT)
        self.assertEqual(child.wait(timeout=60), 130)
        runs = self.ok(self.stepcache("runs", "--json")).json()["runs"]
        self.assertEqual(runs[0]["status"], "cancelled")
        # What finished before is kept.
        again = self.run_json(boston, "--csv", SOURCE / "examples/boston_housing/boston_housing.csv", "--epochs", "1")
        self.assertEqual(statuses(again)["importer"], "cached")


if __name__ == "__main__":
    unittest.main()
