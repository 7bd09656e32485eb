"""Draws edits of a program. An edit is data, and applies to any program in which its paths lead somewhere:

    {"kind": "table_value", "category": "result", "names": ["tbl_4_"], "patch": [[["entities", "tbl_4_", ...], 77]]}

Categories: `result` (meant to change what a step returns), `code` (other machine code, the same results), `nothing`
(nothing that a step runs). They only name the rows of the table of rates: what an edit really did is told by running and
by reference.py."""

import copy

from program_model import (has_initialiser, is_code, is_header, is_whole, operations, reach, set_path, step_name, STEPS)

LOCALS = ("x", "value", "total", "sum_so_far", "acc", "running", "number")


def apply(program, edit):
    """The edited program, or None when the edit does not apply (any more). The given one stays as it is."""
    edited = copy.deepcopy(program)
    try:
        for path, value in edit["patch"]:
            set_path(edited, path, value)
    except (KeyError, IndexError, TypeError):
        return None
    return edited if is_whole(edited) and edited != program else None


def edit(kind, category, names, *patch):
    return {"kind": kind, "category": category, "names": list(names), "patch": [list(p) for p in patch]}


def reached_by_steps(program):
    found = set()
    for number in range(STEPS):
        found |= reach(program, step_name(number))
    return found


class Drawing:
    """Draws edits for one program. Each method gives an edit, or None when the program offers nothing for it."""

    def __init__(self, program, random_source):
        self.program = program
        self.entities = program["entities"]
        self.random = random_source
        self.reached = reached_by_steps(program)

    def fresh(self):
        return self.random.randint(2, 60000)

    def pick(self, choices):
        choices = list(choices)
        return self.random.choice(choices) if choices else None

    def those(self, test):
        return [name for name, entity in sorted(self.entities.items()) if test(name, entity)]

    def sources(self):
        return [file for file, facts in sorted(self.program["files"].items())
                if not is_header(file) and not facts.get("archive")]

    def op_edit(self, kind, names_and_index, key, value, category="result"):
        name, index, _ = names_and_index
        return edit(kind, category, [name], (["entities", name, "ops", index, key], value))

    def of_operation(self, operation, test=lambda name, op: True):
        return self.pick((n, i, op) for n, i, op in operations(self.program, operation)
                         if n in self.reached and test(n, op))

    # --- Edits that are meant to change results ---

    def constant_where(self, kind, test):
        found = self.of_operation("mix", lambda name, op: test(self.entities[name]))
        return found and self.op_edit(kind, found, self.random.choice("ab"), self.fresh() | 1)

    def constant(self):
        return self.constant_where("constant", lambda e: e["kind"] == "function" and not is_header(e["file"]))

    def constant_of_step(self):
        return self.constant_where("constant_of_step", lambda e: e["kind"] == "step")

    def inline_function(self):
        return self.constant_where("inline_function", lambda e: is_header(e["file"]) and not e.get("template"))

    def template(self):
        return self.constant_where("template", lambda e: e.get("template"))

    def virtual_override(self):
        return self.constant_where("virtual_override", lambda e: e["kind"] == "class")

    def archived(self):
        return self.constant_where("archived", lambda e: self.program["files"][e["file"]].get("archive"))

    def registered(self):
        functions = {e["function"] for e in self.entities.values() if e["kind"] == "registrar"}
        names = {self.entities[f]["name"] for f in functions}
        return self.constant_where("registered", lambda e: e["name"] in names)

    def registration(self):
        """One more entry of the registry, or one less."""
        registrars = self.those(lambda n, e: e["kind"] == "registrar")
        if len(registrars) > 2:
            name = self.pick(registrars)
            return edit("registration", "result", [name, self.entities[name]["function"]], (["entities", name], None))
        function = self.pick(self.those(lambda n, e: e["kind"] == "function" and not e.get("static")
                                        and not e.get("template")))
        name = f"reg_{self.next_number()}_"
        return edit("registration", "result", [name], (["entities", name], {
            "kind": "registrar", "name": name, "file": self.pick(self.sources()), "rank": 500, "function": function}))

    def table(self, kind, at):
        name = self.pick(self.those(lambda n, e: e["kind"] == "table" and n in self.reached))
        if not name:
            return None
        index = at(len(self.entities[name]["values"]))
        value = (self.entities[name]["values"][index] + self.random.randint(1, 249)) % 250 + 1
        return edit(kind, "result", [name], (["entities", name, "values", index], value))

    def table_value(self):
        return self.table("table_value", self.random.randrange)

    def table_end(self):
        return self.table("table_end", lambda count: count - 1)

    def function_pointers(self):
        name = self.pick(self.those(lambda n, e: e["kind"] == "pointers" and n in self.reached))
        order = list(self.entities[name]["functions"]) if name else []
        self.random.shuffle(order)
        return name and edit("function_pointers", "result", [name], (["entities", name, "functions"], order))

    def string(self):
        found = self.of_operation("string")
        if not found:
            return None
        text = list(found[2]["text"])
        text[self.random.randrange(len(text))] = self.random.choice("abcdefghijklmnopqrstuvwxyz")
        return self.op_edit("string", found, "text", "".join(text))

    def real_number(self):
        found = self.of_operation("real")
        return found and self.op_edit("real_number", found, "value", self.random.randint(1, 4000) / 16 + 0.5)

    def switch_labels(self):
        """Two cases change places: often only the table of jump targets differs."""
        found = self.of_operation("switch")
        if not found:
            return None
        cases = copy.deepcopy(found[2]["cases"])
        one, other = self.random.sample(range(len(cases)), 2)
        cases[one][0], cases[other][0] = cases[other][0], cases[one][0]
        return self.op_edit("switch_labels", found, "cases", cases)

    def catch_type(self):
        found = self.of_operation("try")
        return found and self.op_edit("catch_type", found, "type", self.pick(
            t for t in ("error_a", "error_b", "error_c") if t != found[2]["type"]))

    def thrown_type(self):
        name = self.pick(self.those(lambda n, e: e["kind"] == "thrower" and n in self.reached))
        return name and edit("thrown_type", "result", [name], (["entities", name, "throws"], self.pick(
            t for t in ("error_a", "error_b", "error_c") if t != self.entities[name]["throws"])))

    def lambda_constant(self):
        found = self.of_operation("lambda")
        return found and self.op_edit("lambda_constant", found, "a", self.fresh())

    def call_target(self):
        found = self.of_operation("call")
        if not found:
            return None
        name, _, op = found
        # Only what was drawn earlier, so that calls make no cycles.
        before = self.those(lambda n, e: e["kind"] == "function" and not e.get("static") and not e.get("template")
                            and n != op["to"] and e["rank"] < self.entities[name]["rank"] and e["rank"] < 400)
        to = self.pick(before)
        return to and self.op_edit("call_target", found, "to", to)

    def global_of(self, kind, key, test):
        name = self.pick(self.those(lambda n, e: e["kind"] == "global" and test(e)))
        return name and edit(kind, "result", [name], (["entities", name, key], self.fresh()))

    def global_set_by_main(self):
        return self.global_of("global_set_by_main", "set_by_main", lambda e: e.get("set_by_main") and not e.get("pointer"))

    def initialiser(self):
        return self.global_of("initialiser", "initial", lambda e: e.get("call"))

    def initial_value(self):
        return self.global_of("initial_value", "initial", lambda e: not e.get("call") and not e.get("set_by_main")
                              and not e.get("thread"))

    def thread_local(self):
        return self.global_of("thread_local", "initial", lambda e: e.get("thread"))

    # --- Edits that change code and no result ---

    def dead_branch(self):
        found = self.of_operation("dead")
        return found and self.op_edit("dead_branch", found, "a", self.fresh(), "code")

    def new_dead_branch(self):
        name = self.pick(self.those(lambda n, e: e["kind"] == "function" and n in self.reached))
        return name and edit("new_dead_branch", "code", [name],
                             (["entities", name, "ops", "+"], {"op": "dead", "a": self.fresh()}))

    def inlining(self):
        name = self.pick(self.those(lambda n, e: e["kind"] == "function" and n in self.reached))
        return name and edit("inlining", "code", [name],
                             (["entities", name, "noinline"], not self.entities[name].get("noinline")))

    # --- Edits that change nothing that runs ---

    def layout(self, kind, key, value):
        name = self.pick(self.those(lambda n, e: is_code(e)))
        return edit(kind, "nothing", [name], (["entities", name, key], value))

    def comment(self):
        return self.layout("comment", "comment", f"Note {self.fresh()}: see above.")

    def blank_lines(self):
        return self.layout("formatting", "blank", self.random.randint(1, 9))

    def indentation(self):
        return self.layout("formatting", "indent", self.random.choice((3, 4, 6, 8)))

    def file_comment(self):
        file = self.pick(sorted(self.program["files"]))
        return edit("comment", "nothing", [], (["files", file, "comment"], f"Part {self.fresh()}."))

    def renamed_local(self):
        return self.layout("renamed_local", "local", self.random.choice(LOCALS))

    def renamed_function(self):
        name = self.pick(self.those(lambda n, e: e["kind"] in ("function", "table", "class", "thrower")))
        return edit("renamed", "nothing", [name], (["entities", name, "name"], f"{name}r{self.fresh()}_"))

    def moved_in_file(self):
        name = self.pick(self.those(lambda n, e: is_code(e) and e["kind"] != "step" and e["rank"] < 400))
        # Ranks order calls too (call_target): only the place in the text moves.
        return edit("moved", "nothing", [name], (["entities", name, "place"], self.random.randint(0, 2000)))

    def moved_to_file(self):
        name = self.pick(self.those(lambda n, e: e["kind"] == "function" and e["file"] in self.sources()
                                    and not e.get("static")))
        return edit("moved_to_file", "nothing", [name], (["entities", name, "file"], self.pick(self.sources())))

    def added(self, label, prefix, **entity):
        name = f"{prefix}_{self.next_number()}_"
        return edit(label, "nothing", [name], (["entities", name], {
            "name": name, "file": self.pick(self.sources()), "rank": 400, "place": self.random.randint(0, 2000), **entity}))

    def mixes(self):
        return [{"op": "mix", "a": self.fresh() | 1, "b": self.fresh()}]

    def added_function(self):
        callee = self.pick(self.those(lambda n, e: e["kind"] == "function" and not e.get("static")
                                      and not e.get("template")))
        ops = self.mixes() + [{"op": "call", "to": callee, "a": 1}] * self.random.randint(0, 1)
        ops += [{"op": "string", "text": f"unrelated {self.fresh()}", "width": 1}]
        return self.added("added_function", "fn", kind="function", ops=ops, local="x")

    def added_table(self):
        return self.added("added_table", "tbl", kind="table", element="word",
                          values=[self.random.randint(1, 250) for _ in range(6)])

    def added_class(self):
        return self.added("added_class", "cls", kind="class", ops=self.mixes(), local="x")

    def added_initialiser(self):
        """A global of its own with code before main, in a file that has no such code yet."""
        busy = {e["file"] for e in self.entities.values() if has_initialiser(e)}
        file = self.pick(f for f in self.sources() if f not in busy)
        callee = self.pick(self.those(lambda n, e: e["kind"] == "function" and e.get("noinline")
                                      and not e.get("static")))
        return file and callee and self.added("added_initialiser", "glo", kind="global", initial=self.fresh(),
                                              call=callee, file=file)

    def unreached_function(self):
        found = self.pick((n, i, op) for n, i, op in operations(self.program, "mix") if n not in self.reached)
        return found and self.op_edit("unreached_function", found, "b", self.fresh(), "nothing")

    def next_number(self):
        return 1 + max(int(name.split("_")[1]) for name in self.entities)


RESULT = ("constant", "constant", "constant_of_step", "inline_function", "template", "virtual_override", "archived",
          "registered", "registration", "table_value", "table_end", "function_pointers", "string", "real_number",
          "switch_labels", "catch_type", "thrown_type", "lambda_constant", "call_target", "global_set_by_main",
          "initialiser", "initial_value", "thread_local")
CODE = ("dead_branch", "new_dead_branch", "inlining")
NOTHING = ("comment", "file_comment", "blank_lines", "indentation", "renamed_local", "renamed_function", "moved_in_file",
           "moved_to_file", "added_function", "added_table", "added_class", "added_initialiser", "unreached_function")


def draw_edit(program, random_source, earlier, wanted=None):
    """An edit that applies. `earlier` holds the programs before: now and then one of them comes back. `wanted`: kinds to
    choose from, where the program offers something for them."""
    drawing = Drawing(program, random_source)
    for attempt in range(100):
        roll = random_source.random()
        if wanted and attempt < 50:
            drawn = getattr(drawing, random_source.choice(wanted))()
        elif roll < 0.05 and earlier:
            before = random_source.choice(earlier[-4:])
            drawn = edit("reverted", "nothing", [], (["entities"], before["entities"]), (["files"], before["files"]))
        else:
            kinds = RESULT if roll < 0.55 else CODE if roll < 0.65 else NOTHING
            drawn = getattr(drawing, random_source.choice(kinds))()
        if drawn and apply(program, drawn) is not None:
            return drawn
    raise RuntimeError("no edit applies to this program")
