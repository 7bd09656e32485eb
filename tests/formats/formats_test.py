"""The golden JSON files against their schemas, the schemas against JSON Schema, the reasons' list against the code."""

import json
import pathlib
import re
import unittest

import jsonschema

from check_schema import FORMATS, problems

ROOT = FORMATS.parents[1]
GOLDEN = [ROOT / "engine/report/golden", ROOT / "engine/lineage/golden"]
EVERY_FORM = ["run", "plan", "why", "runs", "show", "diff", "lineage", "artifacts", "cat", "verify", "gc", "config",
              "labels", "error", "signature", "version", "accept"]


def schema_of(path):
    return json.loads(path.read_text(encoding="utf-8"))["schema"].split("/")[0].removeprefix("stepcache.")


class Formats(unittest.TestCase):
    def test_every_schema_is_one(self):
        for path in sorted(FORMATS.glob("*.schema.json")):
            with self.subTest(path.name):
                schema = json.loads(path.read_text(encoding="utf-8"))
                jsonschema.Draft202012Validator.check_schema(schema)
                name = path.name.removesuffix(".schema.json")
                self.assertEqual(schema["properties"]["schema"], {"const": f"stepcache.{name}/1"})
                self.assertIn("schema", schema["required"])

    def test_every_form_has_a_schema_and_a_golden_file_that_fits_it(self):
        seen = set()
        for folder in GOLDEN:
            for path in sorted(folder.glob("*.json")):
                with self.subTest(path.name):
                    name = schema_of(path)
                    seen.add(name)
                    self.assertEqual(problems(name, path.read_bytes()), [])
        self.assertEqual(sorted(seen), sorted(EVERY_FORM))

    def test_what_does_not_fit_is_seen(self):
        good = (GOLDEN[0] / "run.json").read_bytes()
        document = json.loads(good)
        for change in (lambda d: d.pop("status"), lambda d: d.update(run_id="1"), lambda d: d.update(unknown=1),
                       lambda d: d["steps"][0].update(status="done"), lambda d: d["steps"][0].update(unknown=1),
                       lambda d: d["steps"][0]["reason"].update(code="no such reason")):
            changed = json.loads(good)
            change(changed)
            self.assertNotEqual(problems("run", json.dumps(changed).encode()), [])
        self.assertEqual(problems("run", json.dumps(document).encode()), [])
        self.assertNotEqual(problems("run", good + good), [])
        self.assertNotEqual(problems("run", good.replace(b'"status"', b'"status": "x", "status"', 1)), [])
        self.assertNotEqual(problems("run", b'{"schema": NaN}'), [])
        self.assertNotEqual(problems("nothing", good), [])

    def test_the_reasons_are_those_of_the_code(self):
        header = (ROOT / "engine/cache/explanation.h").read_text()
        body = re.search(r"enum class ReasonCode[^{]*\{(.*?)\};", header, re.S).group(1)
        in_code = re.findall(r"^\s*(\w+),", body, re.M)
        page = (FORMATS / "reasons.md").read_text()
        self.assertEqual(re.findall(r"^\| `(\w+)`", page, re.M), in_code)
        for name in ("run", "plan", "why", "show"):
            reason = json.loads((FORMATS / f"{name}.schema.json").read_text())["$defs"]["reason"]
            self.assertEqual(reason["properties"]["code"]["enum"], in_code, name)


if __name__ == "__main__":
    unittest.main()
