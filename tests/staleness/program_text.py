"""Writes a program model as C++: one text for each file. No header of the SDK or of the standard library is included
outside of pipeline.cpp, so that an edit compiles in a few hundredths of a second."""

from program_model import FILLING, STEPS, UPSTREAM, is_header, references, step_name

BASE_H = """#pragma once
using word = unsigned long;
struct shape {
  virtual word eval(word x) const = 0;
  virtual word other(word x) const;
};
struct error_a { word value; };
struct error_b { word value; };
struct error_c : error_a {};
struct registrar {
  explicit registrar(word (*function)(word));
  word (*function)(word);
  registrar* next;
};
extern registrar* registry_head;
word call_shape(const shape& object, word x);
word apply(word (*function)(word), word x);
extern "C" [[noreturn]] void __assert_fail(const char*, const char*, unsigned, const char*) noexcept;
"""

BASE_CPP = """#include "base.h"
registrar* registry_head = nullptr;
registrar::registrar(word (*f)(word)) : function(f), next(registry_head) { registry_head = this; }
word shape::other(word x) const { return x + 1; }
word call_shape(const shape& object, word x) { return object.eval(x) + 3; }
word apply(word (*function)(word), word x) { return function(x) ^ 5; }
"""

CASES = ("{v} += {c} ^ i;", "{v} ^= {c};", "{v} = {v} * {c};", "{v} -= i * {c};", "{v} = ({v} << 1) + {c};",
         "{v} = ~{v} + {c};", "{v} |= {c};", "{v} = {v} % {c} + 1;")


def pipeline_text():
    """The same for every program: compiled once for each compiler and its settings."""
    lines = ["#include <stepcache/stepcache.h>", "#include <vector>", "void prepare();"]
    for n in range(STEPS):
        lines.append(f"void {step_name(n)}(long seed, double* out, int count);" if n in FILLING
                     else f"long {step_name(n)}(long x);")
    lines += ["int main(int argc, char** argv) {", "  prepare();", '  stepcache::Pipeline fuzzed("fuzzed");']
    for n in range(STEPS):
        if n in FILLING:
            lines.append(f'  fuzzed.step("{step_name(n)}", [](long seed) {{ std::vector<double> out(16); '
                         f'{step_name(n)}(seed, out.data(), 16); return out; }})({n + 2}L);')
        else:
            given = f"out_{UPSTREAM[n]}" if n in UPSTREAM else f"{n * 7 + 1}L"
            lines.append(f'  auto out_{n} = fuzzed.step("{step_name(n)}", {step_name(n)})({given});')
    lines += ["  return stepcache::main(fuzzed, argc, argv);", "}", ""]
    return "\n".join(lines)


def name_of(program, identifier):
    return program["entities"][identifier]["name"]


def operation_text(program, op, v):
    """One operation on the variable `v`: a list of lines."""
    kind = op["op"]
    to = name_of(program, op["to"]) if op.get("to") else None
    target = program["entities"].get(op.get("to"), {})
    if kind == "mix":
        return [f"{v} = {v} * {op['a']} + {op['b']};"]
    if kind == "call":
        return [f"{v} += {to}({v} ^ {op['a']});"]
    if kind == "template":
        return [f"{v} += {to}<{op['type']}>(({op['type']}){v});"]
    if kind == "table":
        count = len(target["values"])
        if op["mode"] == "bias":
            return [f"for (word i = 1; i <= {count}; ++i) {v} = {v} * 3 + (word){to}[i - 1];"]
        if op["mode"] == "end":
            return [f"for (auto p = {to}; p != {to} + {count}; ++p) {v} = {v} * 5 + (word)*p;"]
        return [f"{v} += (word){to}[{v} % {count}];", f"{v} ^= (word){to}[{count - 1}];"]
    if kind == "pointers":
        return [f"for (word i = 0; i < {len(target['functions'])}; ++i) {v} = {v} * 3 + {to}[i]({v});"]
    if kind == "virtual":
        return [f"{v} += use_{to}({v});"]
    if kind == "string":
        prefix, character = {1: ("", "char"), 2: ("u", "char16_t"), 4: ("U", "char32_t")}[op["width"]]
        return [f'for (const {character}* s = {prefix}"{op["text"]}"; *s; ++s) {v} = {v} * 7 + (word)*s;']
    if kind == "real":
        return [f"{v} += (word)((double)({v} % 1000) * {op['value']});"]
    if kind == "switch":
        lines = ["for (word i = 0; i < 8; ++i)", f"  switch (({v} + i) & 7) {{"]
        for number, (label, constant) in enumerate(op["cases"]):
            lines.append(f"    case {label}: {CASES[number].format(v=v, c=constant)} break;")
        return lines + ["  }"]
    if kind == "try":
        return [f"try {{ {v} += {to}({v}); }}",
                f"catch (const {op['type']}& e) {{ {v} += e.value * {op['a']}; }}",
                f"catch (...) {{ {v} ^= {op['b']}; }}"]
    if kind == "lambda":
        called = f" + {to}(y)" if to else ""
        return [f"{v} += apply([](word y) {{ return y * {op['a']} + {op['b']}{called}; }}, {v});"]
    if kind == "registry":
        return [f"for (const registrar* r = registry_head; r; r = r->next) {v} = {v} * 31 + r->function({v});"]
    if kind == "global":
        return [f"{v} += {'*' if target.get('pointer') else ''}{to} * 9;"]
    if kind == "static_local":
        return [f"{{ static const word kept = {to}({op['a']}); {v} += kept; }}"]
    if kind == "dead":
        return [f"if ({v} == 0x7edc0000{op['a']:08x}ul) return {op['a']};"]
    if kind == "assert":
        return [f'if ({v} == 0x7edcffff{op["a"]:08x}ul) __assert_fail("value", "part.cpp", __LINE__, "function");']
    raise ValueError(f"no such operation: {kind}")


def body(program, entity, v):
    lines = []
    if entity.get("comment"):
        lines.append(f"// {entity['comment']}")
    lines += [""] * entity.get("blank", 0)
    for op in entity["ops"]:
        lines += operation_text(program, op, v)
    return [" " * entity.get("indent", 2) + line for line in lines]


def element(entity):
    return entity.get("element", "word")


def declaration(program, entity):
    """As other entities of a file have to know it; empty for what cannot be named before it is defined."""
    name, kind = entity["name"], entity["kind"]
    storage = "static " if entity.get("static") else "inline " if is_header(entity["file"]) else ""
    if kind in ("function", "thrower"):
        return f"template <class T> T {name}(T x);" if entity.get("template") else f"{storage}word {name}(word x);"
    if kind == "class":
        return f"word use_{name}(word x);"
    if kind == "table" and not entity.get("static"):
        return f"extern const {element(entity)} {name}[{len(entity['values'])}];"
    if kind == "pointers" and not entity.get("static"):
        return f"extern word (*const {name}[{len(entity['functions'])}])(word);"
    if kind == "global" and not entity.get("static"):
        return f"extern {'thread_local ' if entity.get('thread') else ''}{global_type(entity)} {name};"
    return ""


def global_type(entity):
    return "const word*" if entity.get("pointer") else "word"


def data_text(program, entity):
    name, kind = entity["name"], entity["kind"]
    storage = "static " if entity.get("static") else ""
    if kind == "table":
        values = ", ".join(f"{value}" for value in entity["values"])
        return [f"{storage}const {element(entity)} {name}[{len(entity['values'])}] = {{{values}}};"]
    if kind == "pointers":
        functions = ", ".join(name_of(program, f) for f in entity["functions"])
        return [f"{storage}word (*const {name}[{len(entity['functions'])}])(word) = {{{functions}}};"]
    if kind == "registrar":
        return [f"static registrar {name}({name_of(program, entity['function'])});"]
    initial = f"{name_of(program, entity['call'])}({entity['initial']})" if entity.get("call") else entity["initial"]
    if entity.get("pointer"):
        initial = "nullptr"
    return [f"{storage}{'thread_local ' if entity.get('thread') else ''}{global_type(entity)} {name} = {initial};"]


def code_text(program, entity):
    name, kind, v = entity["name"], entity["kind"], entity.get("local", "x")
    storage = "static " if entity.get("static") else "inline " if is_header(entity["file"]) else ""
    keep = "__attribute__((noinline)) " if entity.get("noinline") else ""
    if kind == "step":
        number = int(name.split("_")[1])
        if number in FILLING:
            return ([f"void {name}(long seed, double* out, int count) {{", f"  word {v} = (word)seed;",
                     "  for (int at = 0; at < count; ++at) {", f"    {v} = [](word {v}) -> word {{"]
                    + body(program, entity, v)
                    + [f"    return {v}; }}({v});", f"    out[at] = (double)({v} % 1000003);", "  }", "}"])
        return ([f"long {name}(long given) {{", f"  word {v} = (word)given;"] + body(program, entity, v)
                + [f"  return (long)({v} % 1000000007);", "}"])
    if kind == "thrower":
        lines = [f"{storage}{keep}word {name}(word {v}) {{"] + body(program, entity, v)
        return lines + [f"  if ({v} != 0x7edc) throw {entity['throws']}{{{v}}};" if entity["throws"] != "error_c" else
                        f"  if ({v} != 0x7edc) throw error_c{{{{{v}}}}};", f"  return {v};", "}"]
    if kind == "class":
        return ([f"struct {name} : shape {{", "  word eval(word x) const override;", "};",
                 f"word {name}::eval(word {v}) const {{"] + body(program, entity, v) + [f"  return {v};", "}",
                 f"word use_{name}(word x) {{", f"  {name} object;", "  return call_shape(object, x);", "}"])
    if entity.get("template"):
        return ([f"template <class T> {keep}T {name}(T given) {{", f"  word {v} = (word)given;"]
                + body(program, entity, v) + [f"  return (T){v};", "}"])
    return [f"{storage}{keep}word {name}(word {v}) {{"] + body(program, entity, v) + [f"  return {v};", "}"]


def file_text(program, file):
    entities = [e for e in program["entities"].values() if e["file"] == file]
    entities.sort(key=lambda e: (e.get("place", e["rank"]), e["name"]))
    used = {name for entity in entities for name in references(entity)}
    used |= {name for name, e in program["entities"].items() if e["file"] == file}
    headers = sorted({program["entities"][name]["file"] for name in used if is_header(program["entities"][name]["file"])}
                     - {file})
    lines = ["#pragma once"] if is_header(file) else []
    lines += ['#include "base.h"'] + [f'#include "{header}"' for header in headers]
    lines += [f"// {program['files'][file].get('comment', 'A part of the program.')}"]
    lines += sorted(filter(None, (declaration(program, program["entities"][name]) for name in used)))
    code = [e for e in entities if "ops" in e]
    for entity in [e for e in entities if "ops" not in e]:
        lines += data_text(program, entity)
    for entity in code:
        lines += code_text(program, entity)
    return "\n".join(lines) + "\n"


def prepare_text(program):
    """What main runs before the steps."""
    lines, sets = ['#include "base.h"'], []
    for name, entity in sorted(program["entities"].items()):
        value = entity.get("set_by_main")
        if value is None:
            continue
        lines.append(declaration(program, entity))
        if entity.get("pointer"):
            lines.append("static const word pointed_at[4] = {4, 3, 2, 1};")
            sets.append(f"  {entity['name']} = pointed_at + {value % 4};")
        else:
            sets.append(f"  {entity['name']} = {value};")
    return "\n".join(lines + ["void prepare() {"] + sets + ["}", ""])


def texts(program):
    """File name -> text, without pipeline.cpp."""
    written = {"base.h": BASE_H, "base.cpp": BASE_CPP, "prepare.cpp": prepare_text(program)}
    for file in program["files"]:
        written[file] = file_text(program, file)
    return written
