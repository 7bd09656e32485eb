"""Runs one history: a program, and edits one after another. After each the program is built and run with the cache, and
fully without it, and three things must hold:

    never stale      the outputs of both runs are equal
    never wasteful   a step ran again only when what the reference says of its reach, or its input, was never run before
    explained        the reason for running again names something that was edited

A step that ran for another reason (an input with other bytes, no cache allowed) asks for no explanation of code.
"""

import copy
import json
import pathlib
import random
import shutil
import subprocess

from build import Builder
from edits import apply, draw_edit
from program_model import STEPS, refuses_cache, step_name, without_section
from reference import ENTITY, INITIALISER, Reference, digests_of_file


class Failure:
    """One step at which something did not hold. `kind`: stale, needless, unexplained, crashed, stale_signature; needless_archived and
    unexplained_archived where an archive is reached that was built without sections."""

    def __init__(self, kind, step, at, edit, text):
        self.kind, self.step, self.at, self.edit, self.text = kind, step, at, edit, text

    def __str__(self):
        return f"{self.kind}: {self.step} after edit {self.at} ({self.edit['kind'] if self.edit else 'start'}): {self.text}"


class Tally:
    """Counts of one kind of edit; `chances` are (edit, step) pairs in which nothing called for a rerun."""

    FIELDS = ("edits", "edits_with_other_results", "other_results", "stale", "chances", "needless", "archived_chances",
              "needless_archived", "edits_needless", "explained", "unexplained")

    def __init__(self):
        for field in self.FIELDS:
            setattr(self, field, 0)

    def add(self, other):
        for field in self.FIELDS:
            setattr(self, field, getattr(self, field) + getattr(other, field))

    def as_json(self):
        return {field: getattr(self, field) for field in self.FIELDS}


class Version:
    """One state of the program: what ran, what came out, and what the reference says."""

    def __init__(self, program, reference, cached, full):
        self.program, self.reference = program, reference
        self.cached = {step["name"]: step for step in cached["steps"]}
        self.full = {step["name"]: step for step in full["steps"]}

    def outputs(self, step, run="full"):
        return [output["digest"] for output in getattr(self, run)[step]["outputs"]]

    def inputs(self, step):
        return tuple(port["digest"] for port in self.full[step]["inputs"])


class History:
    """`observe(version, history)`, when given, sees every version after its runs: holes are looked for there. `signer`,
    when given, takes the place of the cached run (signer.py)."""

    def __init__(self, program, folder, shared, bin_folder, check_explanations=True, observe=None,
                 signer=None):
        self.program = copy.deepcopy(program)
        self.folder = folder
        shutil.rmtree(folder, ignore_errors=True)
        self.builder = Builder(folder, shared, bin_folder, program["settings"])
        self.check_explanations = check_explanations
        self.stepcache = pathlib.Path(bin_folder) / "stepcache"
        self.observe = observe
        self.signer = signer
        self.tallies = {}
        self.failures = []
        self.digests = {}
        self.ran = {step_name(n): set() for n in range(STEPS)}  # (reference, inputs) that a result exists for
        self.versions = []
        self.applied = []
        self.programs = []

    def start(self):
        self.step_forward(self.program, None)

    def draw(self, seed, wanted=None):
        """One more edit, drawn for the program as it is now; applies it. Gives the edit."""
        edit = draw_edit(self.program, random.Random(seed), self.programs[:-1], wanted)
        self.edit(edit)
        return edit

    def edit(self, edit):
        """Applies an edit and checks; False when it does not apply."""
        edited = apply(self.program, edit)
        if edited is None:
            return False
        self.applied.append(edit)
        self.step_forward(edited, edit)
        return True

    def run_program(self, *arguments):
        done = subprocess.run([self.builder.program, "run", "--json", *arguments], cwd=self.folder,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
        try:
            run = json.loads(done.stdout)
            return run if "steps" in run and done.returncode == 0 else self.crash(done)
        except ValueError:
            return self.crash(done)

    def crash(self, done):
        text = (done.stdout + done.stderr).decode(errors="replace")[-1500:]
        raise RuntimeError(f"the program ended with {done.returncode}: {text}")

    def step_forward(self, program, edit):
        for source in self.builder.build(program):
            self.digests[source] = digests_of_file(self.builder.assembly[source], source)
        self.digests = {source: d for source, d in self.digests.items() if source in self.builder.known}
        self.program = program
        reference = Reference(program, self.digests)
        full = self.run_program("--no-cache", "--workspace", "fully")
        cached = self.signer.run(self, full) if self.signer else self.run_program()
        version = Version(program, reference, cached, full)
        tally = self.tallies.setdefault(edit["kind"] if edit else "start", Tally())
        tally.edits += 1
        before = self.versions[-1] if self.versions else None
        needless_before, other_before = tally.needless, tally.other_results
        for number in range(STEPS):
            self.check_step(step_name(number), version, before, edit, tally)
        tally.edits_needless += tally.needless > needless_before
        tally.edits_with_other_results += tally.other_results > other_before
        if self.observe:
            self.observe(version, self)
        self.versions = [*self.versions[-1:], version]
        self.programs.append(program)

    def fail(self, kind, step, edit, text):
        self.failures.append(Failure(kind, step, len(self.applied), edit, text))

    def check_step(self, step, version, before, edit, tally):
        digest, _, reached = version.reference.of_step(step)
        state = (digest, version.inputs(step))
        status = version.cached[step]["status"]
        if before and before.outputs(step) != version.outputs(step):
            tally.other_results += 1
        if version.outputs(step, "cached") != version.outputs(step):
            tally.stale += 1
            self.fail("stale", step, edit, f"{status}, and its output is not that of a full run")
        ran_before = state in self.ran[step]
        self.ran[step].add(state)
        if not ran_before and before and status == "completed":
            self.check_explanation(step, version, before, edit, tally)
        if not ran_before or refuses_cache(version.program, reached):
            return
        archived = without_section(version.program, reached)
        tally.chances += 1
        tally.archived_chances += archived
        if status != "cached":
            reason = version.cached[step]["reason"]["text"]
            tally.needless += 1
            tally.needless_archived += archived
            self.fail("needless_archived" if archived else "needless", step, edit, f"{status}: {reason}")

    def check_explanation(self, step, version, before, edit, tally):
        reason = version.cached[step]["reason"]
        if not self.check_explanations or reason["code"] != "code_changed":
            return
        wanted = version.reference.changed_since(before.reference, step) | set(edit["names"])
        # From the records: the program itself would compare with the run that has just ended.
        done = subprocess.run([self.stepcache, "why", f"latest/{step}", "--json"], cwd=self.folder,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=120)
        text = reason["text"] + "\n" + explanation_text(done.stdout)
        named = {match.group(1) for match in ENTITY.finditer(text)}
        # Compilers name a file's initialiser after the file, or after its first global.
        if INITIALISER.search(text):
            named |= {name for name in wanted if name.startswith("init:")}
        tally.explained += bool(named & wanted)
        if not named & wanted:
            tally.unexplained += 1
            # Data of an archive without sections of its own has no name: its whole section is the unit.
            archived = without_section(version.program, version.reference.of_step(step)[2])
            self.fail("unexplained_archived" if archived else "unexplained", step, edit, f"edited: {sorted(wanted)}; named: {sorted(named)}; {reason['text']}")


def explanation_text(output):
    """Names of what `why --json` says has changed, one a line."""
    try:
        code = json.loads(output).get("code") or {}
    except ValueError:
        return ""
    return "\n".join(str(part["name"]) for part in [code.get("primary"), *code.get("changed", ())] if part)
