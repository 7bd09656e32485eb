"""What the runs over a history say: one line for each commit, and the table at the end."""

import collections

# Of a rerun by its reason's code, where the code itself did not change.
REASONS = {
    "input_changed": "only an input",
    "no_earlier_execution": "a new step",
    "uncacheable": "not cacheable",
}


def kind_of_rerun(step, why):
    """Which class a rerun counts to, by what `why` names first, and the words for it."""
    if step.code != "code_changed":
        return REASONS.get(step.code, step.code), step.text
    code = why.get("code")
    if not code or not code["primary"]:
        return "code, not told apart", step.text
    primary = code["primary"]
    if code["only_machine_code"]:
        return "only machine code", f"{primary['name']}: {step.text}"
    edited = any(part["edited"] for part in code["changed"])
    if primary["kind"] == "function" and (edited or primary["inlined_into"]):
        kind = "the text of a function" + (", inlined" if primary["inlined_into"] else "")
    elif primary["change"] != "changed":
        kind = f"a {primary['kind']} is {primary['change']}"
    else:
        kind = f"a {primary['kind']}"
    return kind, step.text


class Tally:
    """Counts over the commits of one library. A commit is compared with the one before it that builds."""

    def __init__(self, library, compiler):
        self.library = library
        self.compiler = compiler
        self.range = []               # first and last commit
        self.commits = 0              # that were compared
        self.skipped = []             # lines about commits that do not build
        self.steps = 0                # times commits
        self.reran = 0
        self.changed = 0              # outputs that differ from those of the commit before
        self.reran_and_changed = 0
        self.stale = []               # lines
        self.unstable = []            # lines: two executions of the same program disagree
        self.kinds = collections.Counter()
        self.quiet = collections.Counter()   # of the reruns of a kind: those whose output is the same
        self.untouched = 0            # commits where no step reran

    def skip(self, commit, reason):
        line = f"{commit.short} {commit.day}  does not build: {reason}"
        self.skipped.append(line)
        return line

    def start(self, commit):
        self.range = [commit, commit]
        return f"{commit.short} {commit.day}  all steps run: the commit that the first is compared with\n"

    def add(self, commit, before, cached, full, why_of):
        """One commit: outputs of the commit before, the cached run, the full run, and `why` by step. Gives its lines."""
        self.range[1] = commit
        self.commits += 1
        reran = [name for name, step in cached.items() if not step.cached]
        changed = [name for name, step in full.items() if name in before and step.outputs != before[name].outputs]
        stale = [name for name, step in cached.items() if step.cached and step.outputs != full[name].outputs]
        unstable = [name for name in reran if cached[name].outputs != full[name].outputs]
        self.steps += len(cached)
        self.reran += len(reran)
        self.changed += len(changed)
        self.reran_and_changed += len(set(reran) & set(changed))
        self.untouched += not reran
        self.stale += [f"{commit.short} {name}" for name in stale]
        self.unstable += [f"{commit.short} {name}" for name in unstable]

        lines = [f"{commit.short} {commit.day}  {len(reran):2} of {len(cached)} reran, {len(changed)} changed, "
                 f"{len(stale)} stale  {commit.subject}"]
        if changed:
            lines.append(f"    outputs changed: {', '.join(changed)}")
        if stale:
            lines.append(f"    STALE: {', '.join(stale)}")
        if unstable:
            lines.append(f"    differ between two executions: {', '.join(unstable)}")
        by_words = collections.defaultdict(list)
        for name in reran:
            kind, words = kind_of_rerun(cached[name], why_of(name))
            self.kinds[kind] += 1
            self.quiet[kind] += name not in changed
            by_words[kind, words].append(name)
        lines += [f"    {', '.join(names)}: {kind}: {words}" for (kind, words), names in by_words.items()]
        return "\n".join(lines) + "\n"

    def numbers(self):
        """For programs."""
        return {
            "library": self.library, "compiler": self.compiler, "from": self.range[0].name, "to": self.range[1].name,
            "commits": self.commits, "skipped": len(self.skipped), "steps": self.steps, "reran": self.reran,
            "changed": self.changed, "reran_and_changed": self.reran_and_changed, "untouched": self.untouched,
            "stale": self.stale, "unstable": self.unstable, "kinds": dict(self.kinds), "quiet": dict(self.quiet),
        }

    def table(self):
        """Markdown."""
        def percent(part):
            return f"{part} ({100 * part / self.steps:.0f} %)" if self.steps else str(part)

        first, last = (commit.short for commit in self.range)
        rows = [("commits", f"{self.commits}, {first} to {last}"), ("commits that do not build", len(self.skipped)),
                ("steps x commits, all of which a rule by files reruns", self.steps), ("reran", percent(self.reran)),
                ("outputs changed", percent(self.changed)), ("reran, and its output changed", self.reran_and_changed),
                ("commits at which nothing reran", self.untouched), ("**stale**", f"**{len(self.stale)}**")]
        text = f"| {self.library}, {self.compiler} | |\n|---|---|\n"
        text += "".join(f"| {name} | {value} |\n" for name, value in rows)
        text += "\n| reruns by reason | | output unchanged |\n|---|---|---|\n"
        text += "".join(f"| {kind} | {count} | {self.quiet[kind]} |\n" for kind, count in self.kinds.most_common())
        if self.unstable:
            text += f"\nDiffer between two executions of one program: {'; '.join(self.unstable)}\n"
        return text
