"""Draws random programs: several files and headers, helpers in call chains, constants, tables, virtual functions,
templates, lambdas, exceptions, registries, globals that initialisers or main set, and an archive that was built without
sections of its own."""

import random

from program_model import FILLING, STEPS, step_name

WORDS = ("anchor", "bottle", "candle", "drift", "ember", "fathom", "gravel", "harbour", "island", "jetty")


class Draw:
    """One program in the making."""

    def __init__(self, seed, settings):
        self.random = random.Random(seed)
        self.number = 0
        parts = self.random.randint(3, 5)
        self.program = {"settings": settings, "files": {}, "entities": {}}
        self.sources = [f"part_{n}.cpp" for n in range(parts)]
        self.headers = [f"inline_{n}.h" for n in range(2)]
        for file in self.sources + self.headers:
            self.program["files"][file] = {"archive": False}
        self.program["files"]["archived.cpp"] = {"archive": True}

    def constant(self):
        return self.random.randint(2, 60000)

    def add(self, prefix, kind, file, **more):
        self.number += 1
        name = f"{prefix}_{self.number}_"
        self.program["entities"][name] = {"kind": kind, "name": name, "file": file, "rank": self.number, **more}
        return name

    def of_kind(self, *kinds, user_file=None):
        """Entities that code in `user_file` may name."""
        return [n for n, e in self.program["entities"].items() if e["kind"] in kinds
                and (not e.get("static") or e["file"] == user_file)]

    def functions(self, user_file=None):
        return [n for n in self.of_kind("function", user_file=user_file)
                if not self.program["entities"][n].get("template")]

    def mix(self):
        return {"op": "mix", "a": self.constant() | 1, "b": self.constant()}

    def operation(self, file):
        """A random operation on what was drawn so far (so calls make no cycles); None when there is nothing for it."""
        kind = self.random.choice(("mix", "mix", "call", "call", "call", "table", "table", "template", "string", "real",
                                   "switch", "lambda", "dead", "assert"))
        if kind == "mix":
            return self.mix()
        if kind == "call" and self.functions(file):
            return {"op": "call", "to": self.random.choice(self.functions(file)), "a": self.constant()}
        if kind == "table" and self.of_kind("table", user_file=file):
            return {"op": "table", "to": self.random.choice(self.of_kind("table", user_file=file)),
                    "mode": self.random.choice(("bias", "end", "index"))}
        if kind == "template":
            templates = [n for n in self.of_kind("function") if self.program["entities"][n].get("template")]
            if templates:
                return {"op": "template", "to": self.random.choice(templates),
                        "type": self.random.choice(("word", "unsigned", "long"))}
        if kind == "string":
            text = " ".join(self.random.choice(WORDS) for _ in range(3))
            return {"op": "string", "text": text, "width": self.random.choice((1, 1, 2, 4))}
        if kind == "real":
            return {"op": "real", "value": self.random.randint(1, 4000) / 16 + 0.5}
        if kind == "switch":
            return self.switch()
        if kind == "lambda":
            to = self.random.choice(self.functions(file) or [None])
            return {"op": "lambda", "a": self.constant(), "b": self.constant(), "to": to}
        if kind in ("dead", "assert"):
            return {"op": kind, "a": self.constant()}
        return None

    def switch(self):
        labels = list(range(8))
        self.random.shuffle(labels)
        return {"op": "switch", "cases": [[label, self.constant()] for label in labels]}

    def operations(self, file, count):
        return [self.mix()] + [op for op in (self.operation(file) for _ in range(count)) if op]

    def table(self, file, static=False):
        element = self.random.choice(("word", "word", "double", "unsigned char", "int"))
        values = [self.random.randint(1, 250) for _ in range(self.random.randint(4, 12))]
        return self.add("tbl", "table", file, element=element, values=values, static=static)

    def function(self, file, count=2, **more):
        return self.add("fn", "function", file, ops=self.operations(file, count), local="x", **more)

    def draw(self):
        choose = self.random.choice
        for file in self.sources:
            self.table(file)
            self.table(file, static=True)
        for header in self.headers:
            self.function(header, 1)
            self.function(header, 1, template=True)
        # An archive without sections: functions of one file call each other without a relocation.
        table = self.table("archived.cpp", static=True)
        inner = self.add("fn", "function", "archived.cpp", ops=[self.mix(), {"op": "table", "to": table, "mode": "end"}],
                         local="x", static=True, noinline=True)
        archived = self.add("fn", "function", "archived.cpp", local="x",
                            ops=[{"op": "call", "to": inner, "a": self.constant()}])
        for _ in range(self.random.randint(12, 18)):
            self.function(choose(self.sources), static=self.random.random() < 0.25, noinline=self.random.random() < 0.4)
        special = self.special(archived)
        for number in range(STEPS):
            file = choose(self.sources)
            ops = self.operations(file, 1 if number in FILLING else 2)
            ops += special.get(number, [])
            name = step_name(number)
            self.program["entities"][name] = {"kind": "step", "name": name, "file": file, "rank": 1000 + number,
                                              "ops": ops, "local": "x"}
        return self.program

    def special(self, archived):
        """Operations by step: each way in which code and data are reached has a step of its own at least."""
        choose = self.random.choice
        plain = self.functions()
        throwers = [self.add("thr", "thrower", choose(self.sources), ops=[self.mix()], local="x", noinline=True,
                             throws=choose(("error_a", "error_b", "error_c"))) for _ in range(2)]
        catchers = [self.add("fn", "function", choose(self.sources), local="x", noinline=True,
                             ops=[{"op": "try", "to": thrower, "type": choose(("error_a", "error_b")),
                                   "a": self.constant(), "b": self.constant()}]) for thrower in throwers]
        classes = [self.add("cls", "class", choose(self.sources), local="x", ops=self.operations("", 1))
                   for _ in range(3)]
        pointers = self.add("ptb", "pointers", choose(self.sources), functions=self.random.sample(plain, 3))
        registered = [self.function(choose(self.sources), 1) for _ in range(3)]
        for function in registered:
            self.add("reg", "registrar", choose(self.sources), function=function)
        dynamic = self.add("glo", "global", choose(self.sources), initial=self.constant(),
                           call=self.function(choose(self.sources), 1, noinline=True))
        by_main = [self.add("glo", "global", choose(self.sources), initial=1, set_by_main=self.constant())
                   for _ in range(2)]
        thread = self.add("tls", "global", choose(self.sources), initial=self.constant(), thread=True)
        plain_global = self.add("glo", "global", choose(self.sources), initial=self.constant())
        switched = self.add("fn", "function", choose(self.sources), local="x", noinline=True, ops=[self.switch()])
        call = lambda to: {"op": "call", "to": to, "a": self.constant()}
        special = {
            0: [{"op": "virtual", "to": classes[0]}], 1: [call(catchers[0])],
            2: [{"op": "pointers", "to": pointers}], 3: [{"op": "registry"}],
            4: [{"op": "global", "to": dynamic}], 5: [{"op": "global", "to": by_main[0]}, call(switched)],
            6: [call(archived)], 7: [{"op": "global", "to": thread}, {"op": "global", "to": plain_global}],
            8: [{"op": "static_local", "to": choose(plain), "a": self.constant()}],
            9: [{"op": "virtual", "to": classes[1]}, call(catchers[1])],
            12: [{"op": "virtual", "to": classes[2]}], 13: [{"op": "global", "to": by_main[1]}],
        }
        if self.random.random() < 0.15:
            pointer = self.add("glo", "global", choose(self.sources), initial=0, set_by_main=1, pointer=True)
            special[11] = [{"op": "global", "to": pointer}]
        # What no step reaches, for edits that cannot matter.
        for _ in range(3):
            self.function(choose(self.sources), 2)
        return special


def draw_settings(random_source, compilers, linkers):
    compiler = random_source.choice(compilers)
    pie = random_source.random() < 0.75
    usable = [l for l in linkers if not (l == "mold" and not pie)]
    return {"compiler": compiler, "optimisation": random_source.choice(("-O0", "-O1", "-O2", "-O2", "-O3")),
            "pie": pie, "linker": random_source.choice(usable), "debug": random_source.random() < 0.3}


def draw_program(seed, settings):
    return Draw(seed, settings).draw()
