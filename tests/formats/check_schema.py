#!/usr/bin/env python3
"""Holds one JSON text against docs/formats/NAME.schema.json.

    tests/formats/check_schema.py NAME [FILE]      FILE, else standard input; exit status 0 when it fits

A schema says what readers may count on and lets them ignore what they do not know; this is stricter: a field that the
schema does not name is a mistake too, so that none is printed undescribed. A field given twice is a mistake.
"""

import json
import pathlib
import sys

import jsonschema

FORMATS = pathlib.Path(__file__).resolve().parents[2] / "docs/formats"
# What `graph` prints is a lineage.
ALIASES = {"graph": "lineage"}


def strict(schema):
    """The schema with every object closed that does not say otherwise."""
    if isinstance(schema, list):
        return [strict(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: strict(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        closed.setdefault("additionalProperties", False)
    return closed


def once(pairs):
    names = [name for name, _ in pairs]
    twice = {name for name in names if names.count(name) > 1} if len(names) != len(set(names)) else ()
    if twice:
        raise ValueError(f"fields given twice: {', '.join(sorted(twice))}")
    return dict(pairs)


def no_constant(text):
    raise ValueError(f"{text} is not JSON")


def problems(name, text):
    """What is wrong with a JSON text, as lines; none when it fits."""
    path = FORMATS / f"{ALIASES.get(name, name)}.schema.json"
    if not path.is_file():
        return [f"there is no {path}"]
    schema = json.loads(path.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    try:
        document = json.loads(text.decode("utf-8"), object_pairs_hook=once, parse_constant=no_constant)
    except ValueError as error:
        return [f"not one JSON text: {error}"]
    errors = jsonschema.Draft202012Validator(strict(schema)).iter_errors(document)
    return [f"{'/'.join(map(str, error.absolute_path)) or '(the document)'}: {error.message[:500]}"
            for error in sorted(errors, key=lambda error: list(map(str, error.absolute_path)))]


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    text = pathlib.Path(sys.argv[2]).read_bytes() if len(sys.argv) == 3 else sys.stdin.buffer.read()
    found = problems(sys.argv[1], text)
    for problem in found:
        print(problem)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
