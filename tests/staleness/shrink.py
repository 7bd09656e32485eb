"""Makes a failing history small: drops edits, then parts of the program, while the same failure stays."""

import copy

from program_model import STEPS, is_whole, references, step_name


def still_fails(replay, failure, run, tries):
    """Whether `run(replay)`, which gives failures, shows one of the same kind."""
    if tries[0] <= 0:
        return False
    tries[0] -= 1
    try:
        return any(found.kind == failure.kind for found in run(replay))
    except Exception:  # a program that no longer compiles or runs shows nothing
        return False


def drop_runs(items, keeps_failing):
    """Removes stretches of items, long ones first, while keeps_failing(items) holds."""
    size = max(1, len(items) // 2)
    while True:
        at = 0
        while at < len(items):
            fewer = items[:at] + items[at + size:]
            if keeps_failing(fewer):
                items = fewer
            else:
                at += size
        if size == 1:
            return items
        size //= 2


def smaller_programs(program, step):
    """Programs with one thing less, the large things first."""
    for number in range(STEPS):
        name = step_name(number)
        if name != step and program["entities"][name]["ops"]:
            smaller = copy.deepcopy(program)
            smaller["entities"][name]["ops"] = []
            yield smaller
    for name, entity in program["entities"].items():
        for index in range(len(entity.get("ops", ()))):
            smaller = copy.deepcopy(program)
            del smaller["entities"][name]["ops"][index]
            yield smaller


def without_unnamed(program, edits):
    """Drops entities that nothing names, neither the program nor an edit; again, until none is left."""
    mentioned = repr(edits)
    program = copy.deepcopy(program)
    while True:
        entities = program["entities"]
        named = {to for entity in entities.values() for to in references(entity)}
        idle = [n for n, e in entities.items() if n not in named and e["kind"] not in ("step", "registrar")
                and n not in mentioned]
        if not idle:
            return program
        for name in idle:
            del entities[name]


def shrink(replay, failure, run, tries=150):
    """The smallest replay found: {"program", "edits"}. `run(replay)` runs one and gives its failures."""
    left = [tries]
    edits = replay["edits"][:failure.at]
    attempt = lambda program, some: still_fails({"program": program, "edits": some}, failure, run, left)
    if not attempt(replay["program"], edits):
        return replay
    edits = drop_runs(edits, lambda fewer: attempt(replay["program"], fewer))
    program = replay["program"]
    again = True
    while again and left[0] > 0:
        again = False
        for smaller in smaller_programs(program, failure.step):
            smaller = without_unnamed(smaller, edits)
            if is_whole(smaller) and attempt(smaller, edits):
                program, again = smaller, True
                break
    return {"program": program, "edits": edits}
