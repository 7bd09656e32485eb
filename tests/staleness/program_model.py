"""A random C++ program as data: JSON that is drawn by generator.py, changed by edits.py and written by program_text.py.

    {"settings": {"compiler", "optimisation", "pie", "linker", "debug"},
     "files":    {"part_0.cpp": {"archive": false}, "inline_0.h": {...}},
     "entities": {"fn_3_": {"kind": "function", "name": "fn_3_", "file": "part_0.cpp", "rank": 7, ...}}}

An entity is a function, a step, a table, a table of functions, a class, a thrower, a global or a registrar. Its id never
changes; its name may (a renaming adds "r1_"). Both end in "_", so that they are found in mangled names. The model knows
its own call graph: what a step can reach is decided here, without looking at any machine code.
"""

import copy

STEPS = 14
# Steps whose input is the output of another one.
UPSTREAM = {10: 0, 11: 10}
# Steps that fill a vector of doubles rather than return a number.
FILLING = (12, 13)


def step_name(number):
    return f"step_{number}_"


def is_header(file):
    return file.endswith(".h")


def is_code(entity):
    """Has a list of operations."""
    return "ops" in entity


def operations(program, kind):
    """(entity id, index, operation) of every operation of that kind."""
    return [(name, index, op) for name, entity in sorted(program["entities"].items()) if is_code(entity)
            for index, op in enumerate(entity["ops"]) if op["op"] == kind]


def references(entity):
    """Ids that the text of an entity names, in order; those of its dynamic initialiser as well."""
    found = []
    for op in entity.get("ops", ()):
        if op.get("to"):
            found.append(op["to"])
    found += entity.get("functions", ())
    for key in ("function", "call"):
        if entity.get(key):
            found.append(entity[key])
    return list(dict.fromkeys(found))


def has_initialiser(entity):
    """Code runs before main for it."""
    return entity["kind"] == "registrar" or bool(entity.get("call"))


def initialiser_of(file):
    """The node of the call graph that stands for a file's static initialiser: one serves all of its globals."""
    return f"init:{file}"


def reads_registry(entity):
    return any(op["op"] == "registry" for op in entity.get("ops", ()))


def reach(program, start):
    """Ids and initialisers that code starting at `start` can reach. A file's initialiser joins when it writes anything
    that is reached: to a fixed point."""
    entities = program["entities"]
    initialised = {}
    for name, entity in entities.items():
        if has_initialiser(entity):
            initialised.setdefault(entity["file"], []).append(name)
    seen = set()
    pending = [start]
    registry = False
    while pending:
        while pending:
            name = pending.pop()
            if name in seen or (not name.startswith("init:") and name not in entities):
                continue
            seen.add(name)
            if name.startswith("init:"):
                for member in initialised.get(name[5:], ()):
                    pending.append(member)
                    # A registrar's constructor writes the registry.
                    registry = registry or entities[member]["kind"] == "registrar"
            else:
                entity = entities[name]
                registry = registry or reads_registry(entity)
                pending += references(entity)
        for file, members in initialised.items():
            touches = any(member in seen for member in members)
            touches = touches or (registry and any(entities[m]["kind"] == "registrar" for m in members))
            if touches and initialiser_of(file) not in seen:
                pending.append(initialiser_of(file))
    return seen


def main_reach(program):
    """What `main` itself can reach before the steps: the globals that it sets."""
    return {name for name, entity in program["entities"].items() if entity.get("set_by_main") is not None}


def entry_values(program, reached):
    """The values that main gave to reached globals: part of what a step's result depends on, though no code."""
    values = []
    for name in sorted(reached & main_reach(program)):
        values.append((name, program["entities"][name]["set_by_main"]))
    return values


def without_section(program, reached):
    """Whether code is reached that was built without a section for each function."""
    entities = program["entities"]
    return any(program["files"][entities[n]["file"]].get("archive") for n in reached if n in entities)


def refuses_cache(program, reached):
    """Reaches a pointer that main set: such a step cannot be cached soundly."""
    return any(program["entities"][n].get("pointer") for n in reached if n in program["entities"])


def set_path(program, path, value):
    """Sets (value None: removes) what stands at `path`; gives the value that was there. KeyError when nothing leads there."""
    *parents, last = path
    place = program
    for key in parents:
        place = place[key]
    if isinstance(place, list):
        if last == "+":
            place.append(copy.deepcopy(value))
            return None
        if not 0 <= last < len(place):
            raise KeyError(last)
        before = place[last]
        place[last] = copy.deepcopy(value)
        return before
    before = place.get(last)
    if value is None:
        if last not in place:
            raise KeyError(last)
        del place[last]
    else:
        place[last] = copy.deepcopy(value)
    return before


def is_whole(program):
    """Everything that is named is there, and nothing static is named from another file."""
    entities = program["entities"]
    for entity in entities.values():
        if entity["file"] not in program["files"]:
            return False
        for name in references(entity):
            other = entities.get(name)
            if other is None or (other.get("static") and other["file"] != entity["file"]):
                return False
    return all(step_name(n) in entities for n in range(STEPS))
