"""gc and verify --repair on stores that real runs made, and what is kept between them."""

import sqlite3
import unittest

from scenario import PROGRAMS, Scenario, flip_a_byte, ran, statuses, step

PROBE = PROGRAMS / "probe"


class Store(Scenario):
    def setUp(self):
        super().setUp()
        self.write("numbers.txt", "1 2 3\n")

    def test_gc_frees_what_only_old_runs_need(self):
        self.run_json(PROBE, "--factor", "1")
        self.run_json(PROBE, "--factor", "2")
        self.assertEqual(len(self.objects()), 2)
        dry = self.ok(self.stepcache("gc", "--keep-runs", "1", "--dry-run", "--json")).json()
        self.assertEqual(dry["runs"], [1])
        self.assertEqual(len(self.objects()), 2)
        self.ok(self.stepcache("gc", "--keep-runs", "1"))
        self.assertEqual(len(self.objects()), 1)
        self.assertEqual(ran(self.run_json(PROBE, "--factor", "2")), [])
        self.assertIn("scale", ran(self.run_json(PROBE, "--factor", "1")))
        self.ok(self.stepcache("verify"))

    def test_gc_by_age_and_by_size(self):
        for factor in (1, 2, 3):
            self.run_json(PROBE, "--factor", factor)
        self.assertEqual(self.ok(self.stepcache("gc", "--older-than", "1d", "--json")).json()["runs"], [])
        freed = self.ok(self.stepcache("gc", "--max-size", "30kB", "--json")).json()
        self.assertEqual(freed["runs"], [1, 2])
        self.assertEqual(len(self.objects()), 1)
        self.refused(self.stepcache("gc", "--older-than", "soon"), 2, "--older-than", "soon")
        self.refused(self.stepcache("gc", "--max-size", "big"), 2, "--max-size", "big")

    def test_gc_honours_pins(self):
        self.run_json(PROBE, "--factor", "1")
        self.run_json(PROBE, "--factor", "2")
        self.ok(self.stepcache("pin", "1"))
        self.ok(self.stepcache("gc", "--keep-runs", "0"))
        runs = self.ok(self.stepcache("runs", "--json")).json()["runs"]
        self.assertEqual([r["run_id"] for r in runs], [1])
        self.assertEqual(ran(self.run_json(PROBE, "--factor", "1")), [])

    def test_gc_removes_leftovers_of_a_crash(self):
        self.run_json(PROBE)
        (self.folder / ".stepcache/tmp/leftover").write_text("x" * 10_000)
        self.ok(self.stepcache("gc"))
        self.assertFalse((self.folder / ".stepcache/tmp/leftover").exists())
        self.assertEqual(ran(self.run_json(PROBE)), [])

    def test_verify_finds_and_repairs_an_object(self):
        self.run_json(PROBE)
        self.ok(self.stepcache("verify"))
        flip_a_byte(self.objects()[0], 500)
        found = self.stepcache("verify", "--json")
        self.assertEqual(found.status, 3, str(found))
        self.assertIn(self.objects()[0].name[:12], found.output)
        self.assertEqual(self.stepcache("verify", "--repair").status, 3)
        self.ok(self.stepcache("verify"))
        self.assertEqual(ran(self.run_json(PROBE)), ["scale"])

    def test_a_flipped_row_is_found_and_never_served(self):
        before = self.run_json(PROBE)
        database = sqlite3.connect(self.folder / ".stepcache/metadata.db")
        key, outputs = database.execute("SELECT key, outputs FROM cache_entries ORDER BY execution LIMIT 1").fetchone()
        damaged = bytearray(outputs)
        damaged[5] ^= 4
        database.execute("UPDATE cache_entries SET outputs = ? WHERE key = ?", (bytes(damaged), key))
        database.commit()
        database.close()
        again = self.run_json(PROBE)
        self.assertEqual(len(ran(again)), 1)
        self.assertEqual({s["name"]: s["outputs"] for s in again["steps"]}, {s["name"]: s["outputs"] for s in before["steps"]})

    def test_a_flipped_artifact_row_is_never_served(self):
        before = self.run_json(PROBE)
        sign = step(before, "sign")["outputs"][0]["digest"]
        database = sqlite3.connect(self.folder / ".stepcache/metadata.db")
        changed = database.execute("UPDATE artifacts SET content = x'38' WHERE digest = ?", (bytes.fromhex(sign),)).rowcount
        self.assertEqual(changed, 1)
        database.commit()
        database.close()
        self.assertEqual(self.stepcache("verify").status, 3)
        self.assertNotEqual(self.stepcache("cat", "sign").status, 0)
        # `report` has to load it: its producer runs again first.
        again = self.run_json(PROBE, "--mood", "other")
        self.assertEqual(step(again, "sign")["status"], "completed")
        self.assertEqual(step(again, "sign")["outputs"][0]["digest"], sign)
        self.assertEqual(step(again, "report")["status"], "completed")
        self.ok(self.stepcache("verify"))

    def test_a_cached_run_restores_the_output_file(self):
        self.run_json(PROBE)
        text = (self.folder / "report.txt").read_text()
        (self.folder / "report.txt").unlink()
        self.assertEqual(ran(self.run_json(PROBE)), [])
        self.assertEqual((self.folder / "report.txt").read_text(), text)

    def test_a_variable_counts_and_stays_secret(self):
        secret = "a very secret value"
        self.run_json(PROBE, environment={"PROBE_NAME": secret})
        self.assertEqual(ran(self.run_json(PROBE, environment={"PROBE_NAME": "other"})), ["greet"])
        why = self.ok(self.stepcache("why", "greet"))
        self.assertIn("PROBE_NAME", why.output)
        self.assertEqual(ran(self.run_json(PROBE, environment={"PROBE_NAME": secret})), [])
        self.assertNotIn(secret, why.output + self.stepcache("why", "1/greet", "--json").output)

    def test_the_same_bytes_cut_off_what_is_below(self):
        self.run_json(PROBE, "--factor", "2")
        again = self.run_json(PROBE, "--factor", "3")
        self.assertEqual(ran(again), ["scale", "total", "sign"])
        self.assertEqual(step(again, "report")["status"], "cached")

    def test_functions_of_one_type_are_told_apart(self):
        twins = PROGRAMS / "twins"
        first = self.run_json(twins)
        self.assertEqual(statuses(first), {"plus": "completed", "times": "completed", "hundred": "completed",
                                           "two_hundred": "completed", "plus_again": "cached", "a": "completed", "b": "completed"})
        for name, value in (("plus", "6"), ("times", "50"), ("hundred", "105"), ("two_hundred", "205"), ("plus_again", "6")):
            self.assertEqual(self.ok(self.stepcache("cat", name, "--raw")).output, value, name)
        self.assertEqual(((self.folder / "a.txt").read_text(), (self.folder / "b.txt").read_text()), ("a5", "b5"))
        self.assertEqual(ran(self.run_json(twins)), [])

    def test_a_step_that_prints_keeps_json_clean(self):
        run = self.run_json(PROBE)
        self.assertEqual(run["schema"].split("/")[0], "stepcache.run")
        logs = list((self.folder / ".stepcache/logs").rglob("*.log"))
        self.assertEqual([log.read_text() for log in logs], ["read 3 numbers\n"])


if __name__ == "__main__":
    unittest.main()
