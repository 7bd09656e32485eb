"""The published rates: how often a result was stale, and how often a step ran again without need, by kind of edit."""

import json

from edits import CODE, NOTHING
from history import Tally

# The names under which edits.py counts them.
MERGED = {"file_comment": "comment", "blank_lines": "formatting", "indentation": "formatting",
          "renamed_function": "renamed", "moved_in_file": "moved"}
BEGIN, END = "<!-- rates: begin -->", "<!-- rates: end -->"


def category(kind):
    if kind in {MERGED.get(name, name) for name in NOTHING}:
        return "nothing that runs"
    if kind == "reverted":
        return "back to an earlier version"
    return "code, not results" if kind in CODE else "results"


def table(tallies):
    """Markdown: a row for each kind, and the sums."""
    lines = ["| edit | meant to change | edits | steps with another result | stale | chances for a needless rerun | "
             "needless | of these in code without sections |", "|---|---|--:|--:|--:|--:|--:|--:|"]
    total = Tally()
    order = ("results", "code, not results", "nothing that runs", "back to an earlier version")
    for kind in sorted((k for k in tallies if k != "start"), key=lambda k: (order.index(category(k)), k)):
        tally = tallies[kind]
        total.add(tally)
        lines.append(row(kind.replace("_", " "), category(kind), tally))
    lines.append(row("**all**", "", total))
    return "\n".join(lines)


def row(name, meant, t):
    return (f"| {name} | {meant} | {t.edits:,} | {t.other_results:,} | {t.stale:,} | {t.chances:,} | {t.needless:,} | "
            f"{t.needless_archived:,} |")


def hole_table(hunt):
    lines = ["| left out | first seen stale at edit | by a change of |", "|---|--:|---|"]
    for name in hunt.names:
        found = hunt.found.get(name)
        lines.append(f"| {name} | {found['edits']:,} | {found['kind'].replace('_', ' ')} |" if found
                     else f"| {name} | not seen in {hunt.edits:,} | |")
    return "\n".join(lines)


def write_page(page, text):
    """Puts the measured text between the marks of docs/staleness.md."""
    before, rest = page.read_text().split(BEGIN)
    page.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.split(END)[1]}")


def write_json(file, tallies, summary):
    file.write_text(json.dumps({**summary, "kinds": {k: t.as_json() for k, t in sorted(tallies.items())}}, indent=1) + "\n")
