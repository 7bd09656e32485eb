"""`run --check` finds steps that give other bytes by themselves; `accept` lets an edit that changes no result rerun nothing."""

import subprocess
import sys
import unittest

from scenario import SOURCE, Scenario, ran, step

CHECK_SCHEMA = SOURCE / "tests/formats/check_schema.py"
PIPELINE = """\
#include <stepcache/stepcache.h>
#include <random>
#include <vector>
std::vector<double> numbers(int count) { return std::vector<double>(count, 0.5); }
std::vector<double> shuffle(const std::vector<double>& numbers) {
  std::random_device random;
  std::vector<double> made = numbers;
  for (double& number : made) number += random();
  return made;
}
double total(const std::vector<double>& numbers) {
  double sum = 0;
  for (double number : numbers) sum += number;
  return sum;
}
int main(int argc, char** argv) {
  stepcache::Pipeline p("noisy");
  auto made = p.step("numbers", numbers)(p.parameter("count", 3));
  p.step("shuffle", shuffle)(made);
  p.step("total", total)(made);
  return stepcache::main(p, argc, argv);
}
"""
# The same sum, with other instructions.
EDITED = PIPELINE.replace("for (double number : numbers) sum += number;",
                          "for (std::size_t i = numbers.size(); i-- > 0;) sum = numbers[i] + sum;")


class CheckAndAccept(Scenario):
    def setUp(self):
        super().setUp()
        self.write("noisy.cpp", PIPELINE)

    def json(self, schema, *arguments):
        outcome = self.ok(self.stepcache(*arguments, "--json"))
        done = subprocess.run([sys.executable, CHECK_SCHEMA, schema], input=outcome.output.encode(), stdout=subprocess.PIPE)
        self.assertEqual(done.returncode, 0, f"{done.stdout.decode()}\n{outcome}")
        return outcome.json()

    def test_a_check_runs_every_hit_and_marks_the_step_that_differs(self):
        self.json("run", "run", "noisy.cpp")
        outcome = self.ok(self.stepcache("run", "noisy.cpp", "--check", "100%"))
        self.assertIn("shuffle: it is nondeterministic", outcome.errors)
        self.assertNotIn("numbers:", outcome.errors)
        self.assertIn("checked: it gave the same bytes as run 1", outcome.output)
        checked = self.json("run", "run", "noisy.cpp", "--check=100")
        self.assertEqual(ran(checked), ["numbers", "shuffle", "total"])
        self.assertEqual({s["reason"]["code"] for s in checked["steps"]}, {"checked"})
        self.assertIsNone(step(checked, "total")["nondeterministic"])
        found = step(checked, "shuffle")["nondeterministic"]
        self.assertEqual((found["output"], found["first_run"]), ("output", 2))
        self.assertRegex(found["difference"], r"^element 0: [0-9.e+]+ -> [0-9.e+]+$")
        # The records say so from then on.
        self.assertEqual(ran(self.json("run", "run", "noisy.cpp")), [])
        self.assertEqual(self.json("why", "why", "shuffle")["nondeterministic"], found)
        self.assertIsNone(self.json("why", "why", "total")["nondeterministic"])
        self.assertEqual(step(self.json("show", "show"), "shuffle")["nondeterministic"], found)
        self.assertEqual(self.json("why", "why", "noisy.cpp", "shuffle")["nondeterministic"], found)
        for command in (["why", "shuffle"], ["show"]):
            self.assertIn("nondeterministic: ", self.ok(self.stepcache(*command)).output)

    def test_a_step_whose_cache_is_off_is_marked_too(self):
        self.json("run", "run", "noisy.cpp")
        again = self.json("run", "run", "noisy.cpp", "--no-cache")
        self.assertEqual(step(again, "shuffle")["nondeterministic"]["first_run"], 1)
        self.assertEqual(step(again, "shuffle")["reason"]["code"], "cache_disabled")

    def test_a_share_that_is_none_is_refused(self):
        for share in ("0", "0%", "101", "-5", "many", "", "5%%"):
            self.refused(self.stepcache("run", "noisy.cpp", "--check", share), 2, "--check", "5%")
        self.refused(self.stepcache("plan", "noisy.cpp", "--check", "5%"), 2, "--check")

    def test_an_accepted_edit_reruns_nothing_until_it_is_revoked(self):
        self.json("run", "run", "noisy.cpp")
        self.refused(self.stepcache("accept", "noisy.cpp", "total", "--yes"), 2, "nothing to accept")
        self.write("noisy.cpp", EDITED)
        refused = self.refused(self.stepcache("accept", "noisy.cpp", "total"), 2, "--yes")
        self.assertIn("of run 1", refused.output)
        self.assertEqual(self.json("accept", "accept", "--list")["acceptances"], [])
        made = self.json("accept", "accept", "noisy.cpp", "total", "--yes", "--note", "from the back")["acceptances"]
        self.assertEqual([(a["id"], a["pipeline"], a["step"], a["note"], a["revoked"]) for a in made],
                         [(1, "noisy", "total", "from the back", None)])
        accepted = step(self.json("run", "run", "noisy.cpp"), "total")
        self.assertEqual((accepted["status"], accepted["reason"]["code"]), ("cached", "accepted"))
        self.assertRegex(accepted["reason"]["text"], r"^its code counts as that of run 1 \(accepted by .+, 20\d\d-\d\d-\d\d\)$")
        self.assertEqual(self.json("why", "why", "total")["reason"]["code"], "accepted")
        self.refused(self.stepcache("accept", "noisy.cpp", "total", "--yes"), 2, "already (acceptance 1)")
        self.assertIn("from the back", self.ok(self.stepcache("accept", "--list")).output)
        self.assertIsNotNone(self.json("accept", "accept", "--revoke", "1")["acceptances"][0]["revoked"])
        self.assertEqual(step(self.json("run", "run", "noisy.cpp"), "total")["status"], "completed")

    def test_what_accept_refuses(self):
        self.json("run", "run", "noisy.cpp")
        self.refused(self.stepcache("accept", "noisy.cpp", "totl", "--yes"), 2, "total")
        self.refused(self.stepcache("accept", "noisy.cpp"), 2, "accept STEP")
        self.refused(self.stepcache("accept"), 2, "pipeline")
        self.refused(self.stepcache("accept", "--revoke", "7"), 2, "acceptance 7")
        self.refused(self.stepcache("accept", "--revoke", "x"), 2, "--revoke")
        self.assertIn("--revoke", self.ok(self.stepcache("accept", "--help")).output)


if __name__ == "__main__":
    unittest.main()
