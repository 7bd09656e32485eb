"""A reference that is independent of the product: which functions and objects are what, by the compiler's assembly.

Each source is compiled to assembly with a section for each function and object. The text of each section is normalised
(no debugging information, unwinding directives or comments; local labels numbered by first use; constants by their
value; entities by their ids, whatever they are called now) and digested, by entity of the model. What a step depends on is
then the digests of all entities that the *model* says it can reach. No rule of the walker is used."""

import hashlib
import re

from program_model import entry_values, initialiser_of, is_header, reach

ENTITY = re.compile(r"\d*(?:use_)?((?:fn|tbl|ptb|cls|thr|glo|tls|reg|step)_\d+_)(?:r\d+_)?")
# Labels of one file, and what compilers number through a file: tables made of switches, exception tables.
LOCAL_LABEL = re.compile(r"\.L[\w.$]+|\bCSWTCH\.\d+")
NUMBERED = re.compile(r"\bGCC_except_table\d+")
DROPPED = (".file", ".loc", ".cfi_", ".ident", ".addrsig", ".globl", ".local", ".hidden", ".weak", ".type", ".size",
           ".p2align", ".align", ".text", ".data", ".bss", ".section", ".previous", ".pushsection", ".popsection",
           ".intel_syntax", ".att_syntax", ".lcomm")
INITIALISER = re.compile(r"_GLOBAL__sub_I_|_GLOBAL__I_|__static_initialization_and_destruction|__cxx_global_var_init|\.init_array")


def entity_in(text):
    found = ENTITY.search(text)
    return found.group(1) if found else None


def sections_of(assembly):
    """Splits at sections and at the labels of symbols: [(section, symbol or "", lines)]."""
    chunks, section, symbol, lines = [], ".text", "", []

    def close():
        if lines:
            chunks.append((section, symbol, list(lines)))
            lines.clear()

    for raw in assembly.splitlines():
        line = raw.split("#", 1)[0].strip() if '"' not in raw else raw.strip()
        if not line:
            continue
        word = line.split()[0]
        if word == ".section" or word in (".text", ".data", ".bss"):
            close()
            section, symbol = (line.split()[1].split(",")[0] if word == ".section" else word), ""
            continue
        if line.endswith(":") and not line.startswith("."):
            close()
            symbol = line[:-1].strip('"')
            continue
        if word in (".comm", ".set") or re.match(r"[\w.$]+ = ", line):
            close()
            chunks.append((section, line.replace(",", " ").split()[1] if word != ".set" else line, [line]))
            continue
        if not word.startswith(DROPPED) or word in (".data.rel",):
            lines.append(line)
    close()
    return [c for c in chunks if not c[0].startswith((".debug", ".note", ".comment", ".llvm"))]


def constants_of(chunks):
    """Local labels of constants that are merged by value (.LC0, .L.str, .LCPI0_0) -> their text."""
    values = {}
    for section, symbol, lines in chunks:
        if symbol.startswith("CSWTCH."):
            values[symbol] = ";".join(lines)
            continue
        if not re.search(r"\.rodata.*(str\d|cst\d+)|\.rodata\.cst|\.rodata\.str", section) and ".rodata" != section[:7]:
            continue
        label = None
        for line in lines:
            if line.endswith(":"):
                label = line[:-1]
                if re.match(r"\.LC|\.L\.str|\.LCPI|\.L__const", label):
                    values[label] = section.rsplit(".", 1)[-1] + ":"
                else:
                    label = None
            elif label in values:
                values[label] += line + ";"
    return values


def normalise(lines, constants):
    """Lines with entities by id, constants by value, other local labels by number."""
    used = {label for line in lines if not line.endswith(":") for label in LOCAL_LABEL.findall(line)}
    numbers, out = {}, []

    def label(match):
        name = match.group(0)
        if name.endswith(".DW.stub"):  # clang's way to a caught type
            return name
        if name in constants:
            return "<" + constants[name] + ">"
        return f"L{numbers.setdefault(name, len(numbers))}"

    for line in lines:
        if line.endswith(":") and (line[:-1] not in used or line[:-1] in constants):
            continue
        line = LOCAL_LABEL.sub(label, line)
        out.append(ENTITY.sub(r"@\1", line))
    return out


def digests_of_file(assembly, file):
    """Entity id (or initialiser) -> digest of its assembly in this file."""
    chunks = sections_of(assembly)
    constants = constants_of(chunks)
    texts = {}
    for section, symbol, lines in chunks:
        if INITIALISER.search(symbol) or INITIALISER.search(section):
            owner = initialiser_of(file)
        else:
            owner = entity_in(symbol) or entity_in(section)
        if owner is None:
            continue
        if all(line.endswith(":") and line[:-1] in constants or not line.endswith(":") for line in lines) and any(
                line.endswith(":") for line in lines) and re.search(r"(str\d\.\d+|cst\d+)$", section):
            continue  # nothing but constants: they are in the text of those that use them
        texts.setdefault(owner, []).append((NUMBERED.sub("table", ENTITY.sub(r"@\1", symbol)), ENTITY.sub(r"@\1", section), lines))
    digests = {}
    for owner, parts in texts.items():
        # Clones and parts in a fixed order; labels are numbered over all of them together.
        parts.sort(key=lambda part: (part[0], part[1]))
        joined = []
        for symbol, section, lines in parts:
            joined += [f"== {symbol} {re.sub(r'[.](unlikely|hot|startup|exit)', '', section)}"] + lines
        digests[owner] = hashlib.sha256("\n".join(normalise(joined, constants)).encode()).hexdigest()
    return digests


class Reference:
    """Digests of the entities of one version of a program."""

    def __init__(self, program, digests_by_source):
        self.program = program
        self.digests = {}
        # The linker takes the first copy of an inline function.
        for source in sorted(digests_by_source):
            for owner, digest in digests_by_source[source].items():
                self.digests.setdefault(owner, digest)

    def of_step(self, step):
        """(digest of all that the step can reach, {entity: digest}, reached ids)."""
        reached = reach(self.program, step)
        by_entity = {name: self.digests[name] for name in reached if name in self.digests}
        values = entry_values(self.program, reached)
        text = repr((sorted(by_entity.items()), values))
        by_entity.update({name: str(value) for name, value in values})
        return hashlib.sha256(text.encode()).hexdigest(), by_entity, reached

    def changed_since(self, earlier, step):
        """Names of what differs within the step's reach, now or then."""
        _, now, _ = self.of_step(step)
        _, before, _ = earlier.of_step(step)
        return {name for name in now.keys() | before.keys() if now.get(name) != before.get(name)}
