"""Plants holes in the walker: it is told to leave out one source of edges, and must then be seen stale.

All holes are looked for over the same binaries: signature_probe gives each step's signature under each list of sources.
A hole is found when two versions of a step have one signature and one input, and different outputs. Without a hole that
must never be seen."""

from history import Failure
from signer import ask, key_of
from program_model import STEPS, step_name

# Name -> what signature_probe is told (the fields of EdgeSources), and the kinds of edits that should show it.
HOLES = {
    "vtables": ({"vtables": False}, ("virtual_override",)),
    "exception_tables": ({"exception_tables": False}, ("catch_type",)),
    "constants": ({"constants": False}, ("string", "real_number")),
    "initialisers": ({"initialisers": False}, ("registered", "initialiser", "registration")),
    "entry_state": ({"entry_state": False}, ("global_set_by_main",)),
    "jump_tables": ({"jump_tables": False}, ("switch_labels",)),
    "unrelocated_branches": ({"unrelocated_branches": False}, ("archived",)),
    "R_X86_64_PLT32": ({"left_out_types": [4]}, ("constant", "call_target")),
    "R_X86_64_PC32": ({"left_out_types": [2]}, ("table_value", "initial_value")),
    "R_X86_64_64": ({"left_out_types": [1]}, ("function_pointers", "virtual_override")),
    "shrink_8": ({"shrink_units_by": 8}, ("table_end",)),
    "shrink_32": ({"shrink_units_by": 32}, ("table_end", "table_value")),
}


class HoleHunt:
    """Over many histories. `found` maps each hole to the number of the edit at which it was first seen stale."""

    def __init__(self, probe, names=tuple(HOLES)):
        self.probe = probe
        self.names = list(names)
        self.found = {}
        self.edits = 0
        self.refused = {}  # reason -> how often the walker gave no exact signature
        self.failures = []
        self.seen = None

    def missing(self):
        return [name for name in self.names if name not in self.found]

    def kinds(self):
        """Kinds of edits for the holes that are still missing, in turn."""
        kinds = [kind for name in self.missing() for kind in HOLES[name][1]]
        return kinds and [kinds[self.edits % len(kinds)]]

    def begin_history(self):
        self.seen = {}

    def observe(self, version, history):
        """To be given to a History as `observe`, after begin_history()."""
        self.edits += 1
        wanted = ["none", *self.missing()]
        answer = ask(self.probe, history.builder.program, {name: HOLES[name][0] if name in HOLES else {} for name in wanted})
        for hole in wanted:
            result = answer[hole]
            if "error" in result:
                text = f"{hole}: {result['error']}"
                self.refused[text] = self.refused.get(text, 0) + 1
                continue
            self.compare(hole, result["steps"], version, history)

    def compare(self, hole, steps, version, history):
        for number, signed in enumerate(steps):
            step = step_name(number)
            key = (hole, step, *key_of(signed, version.program), version.inputs(step))
            outputs = version.outputs(step)
            if self.seen.setdefault(key, outputs) == outputs:
                continue
            edit = history.applied[-1]
            if hole == "none":
                if not signed["why_not"]:
                    self.failures.append(Failure("stale_signature", step, len(history.applied), edit,
                                                 "two outputs under one signature, with no hole planted"))
            else:
                self.found.setdefault(hole, {"edits": self.edits, "kind": edit["kind"], "step": step})
