"""A workspace that version 0.1.0 made (format 1): three runs of the scenarios' probe, the second with --factor 3, the third
with a step that threw; run 1 has a tag and a note. Every later version has to read it, or to refuse it by name."""

import contextlib
import pathlib
import shutil
import sqlite3
import tarfile

from scenario import PROGRAMS, Scenario, ran, statuses

HERE = pathlib.Path(__file__).parent


class Format1(Scenario):
    def setUp(self):
        super().setUp()
        with tarfile.open(HERE / "workspace-1.tar.gz") as archive:
            archive.extractall(self.folder)
        (self.folder / ".stepcache").chmod(0o700)
        self.write("numbers.txt", "1 2 3\n")

    def format(self):
        with contextlib.closing(sqlite3.connect(self.folder / ".stepcache/metadata.db")) as database:
            return database.execute("PRAGMA user_version").fetchone()[0]

    def test_it_is_whole(self):
        self.ok(self.stepcache("verify"))

    def test_who_only_reads_leaves_it_as_it_is(self):
        self.ok(self.stepcache("runs"))
        self.ok(self.stepcache("show", "1"))
        self.assertEqual(self.format(), 1)

    def test_migrating_it_keeps_every_cached_result(self):
        # Today's programs have other code, so other keys: that these are found again, the tests of the store see.
        def entries():
            with contextlib.closing(sqlite3.connect(self.folder / ".stepcache/metadata.db")) as database:
                return database.execute("SELECT key, execution, outputs FROM cache_entries ORDER BY key").fetchall()

        before = entries()
        self.assertTrue(before)
        self.ok(self.stepcache("tag", "1", "kept"))
        self.assertEqual(self.format(), 2)
        self.assertEqual(entries(), before)
        self.ok(self.stepcache("verify"))
        self.assertEqual(self.ok(self.stepcache("cat", "1/total", "--raw")).output, "12000.0")

    def test_its_records_read_as_they_were_written(self):
        runs = self.ok(self.stepcache("runs", "--json")).json()["runs"]
        self.assertEqual([(r["run_id"], r["status"]) for r in runs], [(3, "failed"), (2, "completed"), (1, "completed")])
        first = self.ok(self.stepcache("show", "1", "--json")).json()
        self.assertEqual((first["tags"], first["note"]), (["first"], "kept for later versions"))
        third = self.ok(self.stepcache("show", "3", "--json")).json()
        self.assertEqual(statuses(third)["report"], "failed")
        self.assertEqual(statuses(third)["save"], "skipped")
        self.assertIn("told to throw", next(s for s in third["steps"] if s["name"] == "report")["error"])
        self.assertIn("factor: 2.0 -> 3.0", self.ok(self.stepcache("why", "2/scale")).output)
        self.assertEqual(self.ok(self.stepcache("cat", "1/total", "--raw")).output, "12000.0")
        self.assertEqual(self.ok(self.stepcache("cat", "2/total", "--raw")).output, "18000.0")
        self.ok(self.stepcache("lineage", "2/total", "--format", "json")).json()

    def test_a_run_goes_on_in_it(self):
        run = self.run_json(PROGRAMS / "probe")
        self.assertEqual((run["run_id"], run["status"]), (4, "completed"))
        self.assertEqual(ran(self.run_json(PROGRAMS / "probe")), [])
        self.ok(self.stepcache("verify"))
        self.ok(self.stepcache("gc", "--keep-runs", "1"))
        self.assertEqual(ran(self.run_json(PROGRAMS / "probe")), [])
