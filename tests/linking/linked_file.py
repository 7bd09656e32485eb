"""What a linked file holds, as far as its sections, symbols and kept relocations tell."""

import collections
import struct

Section = collections.namedtuple("Section", "index name type flags address offset size link info align width")
Symbol = collections.namedtuple("Symbol", "name kind section value size")
Relocation = collections.namedtuple("Relocation", "place offset kind symbol addend")

RELA, SYMTAB, SYMTAB_SHNDX = 4, 2, 18
ALLOC, EXECUTE, MERGE = 2, 4, 0x10
OBJECT, FUNCTION, SECTION, INDIRECT = 1, 2, 3, 10


class LinkedFile:
    def __init__(self, path):
        self.data = data = path.read_bytes()
        (headers,) = struct.unpack_from("<Q", data, 40)
        count, names = struct.unpack_from("<HH", data, 60)
        first = self._header(headers)
        # From 65,280 sections on, the first section's header has what has no room in the file's.
        count = count or first[5]
        names = first[6] if names == 0xFFFF else names
        raw = [self._header(headers + 64 * i) for i in range(count)]
        self.sections = [Section(i, self._text(raw[names][4], r[0]), *r[1:]) for i, r in enumerate(raw)]
        self.symbols = self._symbols()

    def _header(self, at):
        return struct.unpack_from("<IIQQQQIIQQ", self.data, at)

    def _text(self, table, at):
        return self.data[table + at:self.data.index(b"\0", table + at)].decode("latin1")

    def _symbols(self):
        table = next((s for s in self.sections if s.type == SYMTAB), None)
        if table is None:
            return []
        wide = next((s for s in self.sections if s.type == SYMTAB_SHNDX), None)
        texts = self.sections[table.link].offset
        symbols = []
        for i in range(table.size // 24):
            name, info, _, section, value, size = struct.unpack_from("<IBBHQQ", self.data, table.offset + 24 * i)
            if section == 0xFFFF:
                (section,) = struct.unpack_from("<I", self.data, wide.offset + 4 * i)
            symbols.append(Symbol(self._text(texts, name), info & 15, section, value, size))
        return symbols

    def named(self, name):
        return [s for s in self.sections if s.name == name]

    def relocations(self):
        """Those that the link kept, of what is loaded."""
        for table in self.sections:
            if table.type != RELA or table.flags & ALLOC or not self.sections[table.info].flags & ALLOC:
                continue
            for i in range(table.size // 24):
                offset, info, addend = struct.unpack_from("<QQq", self.data, table.offset + 24 * i)
                yield Relocation(self.sections[table.info], offset, info & 0xFFFFFFFF, self.symbols[info >> 32], addend)

    def vague_relocations(self):
        """Relocations that name a section from which it cannot be told which object, or which constant, is meant."""
        objects = collections.defaultdict(set)
        for symbol in self.symbols:
            if symbol.kind in (OBJECT, FUNCTION, INDIRECT) and symbol.section < len(self.sections):
                objects[symbol.section].add((symbol.value, symbol.size))
        for relocation in self.relocations():
            if relocation.symbol.kind != SECTION or relocation.place.name.startswith((".eh_frame", ".gcc_except_table")):
                continue
            section = self.sections[relocation.symbol.section]
            if section.flags & MERGE:
                # Merged: entries are told apart by their width, which is in the header or in the name.
                told = section.width in (1, 2, 4, 8, 16, 32, 64) or section.name.rpartition(".")[2].startswith("cst") or (
                    section.name.split(".")[-2].startswith("str"))
            elif section.flags & EXECUTE or section.name in (".bss", ".data", ".tm_clone_table"):
                # Code has symbols for all that is meant; plain .data and .bss are the start-up files'.
                told = True
            else:
                # A section that has one object, or none: then it is the object.
                told = all(value == section.address and size == section.size for value, size in objects[section.index])
            if not told:
                yield relocation
