#!/usr/bin/env python3
"""Links programs with the flags of sdk.json, and looks at what is in them.

    linking_test.py --sdk SDK_JSON [--full]

Without --full: g++ and clang at -O2 with each linker that is installed. With it: all levels, fixed addresses, slow headers,
shared objects, debuggers, a program of 70,000 sections; about ten minutes.
"""

import argparse
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from linked_file import LinkedFile

HERE = Path(__file__).resolve().parent
LINKERS = {"bfd": ("ld.bfd",), "lld": ("ld.lld", "ld.lld-19"), "mold": ("ld.mold",)}
COMPILERS = {"gcc": ("g++",), "clang": ("clang++-19", "clang++")}
# Objects that must lie alone, in the language that names them plainly and in the other.
ALONE = (".data.counter", ".bss.buffer", ".rodata.c_table", ".data.str1", ".data.rel")
arguments = None


def first_of(names):
    return next((path for path in map(shutil.which, names) if path), None)


class Tools:
    """The compilers and linkers that there are, and the SDK's flags for them."""

    def __init__(self, folder):
        self.folder = folder
        self.sdk = json.loads(arguments.sdk.read_text().replace("${prefix}", str(arguments.sdk.parents[2])))
        self.compilers = {name: first_of(names) for name, names in COMPILERS.items() if first_of(names)}
        self.linkers = {name: first_of(names) for name, names in LINKERS.items() if first_of(names)}
        # Debian names lld with its version, and compilers look for it without.
        bin_folder = folder / "bin"
        bin_folder.mkdir()
        if "lld" in self.linkers:
            (bin_folder / "ld.lld").symlink_to(self.linkers["lld"])
        self.environment = {**os.environ, "PATH": f"{bin_folder}:{os.environ['PATH']}", "LC_ALL": "C"}
        self.objects = {}

    def run(self, *command):
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, env=self.environment, cwd=self.folder)
        if done.returncode != 0:
            raise AssertionError(f"{' '.join(map(str, command))}: status {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def compile(self, compiler, options, *sources):
        objects = []
        for source in sources:
            key = (compiler, *options, source.name)
            if key not in self.objects:
                self.objects[key] = self.folder / f"{len(self.objects)}.o"
                flags = self.sdk["compile"] + (self.sdk["compile_gcc"] if compiler == "gcc" else [])
                self.run(self.compilers[compiler], *flags, *options, "-c", source, "-o", self.objects[key])
            objects.append(self.objects[key])
        return objects

    def link(self, compiler, linker, options, objects, name, plain=False):
        flags = [] if plain else self.sdk["linkers"][linker]
        self.run(self.compilers[compiler], f"-fuse-ld={linker}", *options, *objects, *flags, "-lpthread", "-o", self.folder / name)
        return self.folder / name


class Linking(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory(prefix="stepcache linking ")
        cls.addClassCleanup(cls.temporary.cleanup)
        cls.tools = Tools(Path(cls.temporary.name))

    def settings(self):
        """Compiler, linker, options of the compiler, options of the link."""
        levels = ("-O0", "-O1", "-O2", "-O3") if arguments.full else ("-O2",)
        places = (("-fPIE", "-pie"), ("-fno-pie", "-no-pie")) if arguments.full else (("-fPIE", "-pie"),)
        for compiler, level, place, linker in itertools.product(self.tools.compilers, levels, places, self.tools.linkers):
            # mold stops with a failed assertion.
            if (compiler, linker, place[1]) != ("gcc", "mold", "-no-pie"):
                yield compiler, linker, (level, place[0]), (place[1],)

    def sources(self):
        return HERE / "hazards.cpp", HERE / ("slow_headers.cpp" if arguments.full else "plain_headers.cpp")

    def test_programs_do_the_same_and_tell_their_objects_apart(self):
        for compiler, linker, options, link in self.settings():
            with self.subTest(compiler=compiler, linker=linker, options=options):
                objects = self.tools.compile(compiler, options, *self.sources())
                plain = self.tools.link(compiler, linker, link, objects, "plain", plain=True)
                program = self.tools.link(compiler, linker, link, objects, "program")
                self.assertEqual(self.tools.run(program), self.tools.run(plain))
                linked = LinkedFile(program)
                for name in ALONE:
                    self.assertEqual(len(linked.named(name)), 1, name)
                self.check_relocations(linked, (compiler, options))
                self.tools.run("strip", program, "-o", self.tools.folder / "stripped")
                self.assertEqual(self.tools.run(self.tools.folder / "stripped"), self.tools.run(plain))

    def check_relocations(self, linked, setting):
        self.assertGreater(sum(1 for _ in linked.relocations()), 200)
        vague = [(r.symbol, linked.sections[r.symbol.section].name) for r in linked.vague_relocations()]
        # Two files that have a static of one name: lld and mold give both one section, which then is one unit.
        vague = [(s, name) for s, name in vague if name not in (".rodata._ZL9k_squares", ".data._ZL6bumped")]
        self.assertEqual(vague, [], setting)

    def test_a_plain_link_would_not_tell_them_apart(self):
        objects = self.tools.compile("gcc", ("-O2", "-fPIE"), *self.sources())
        flags = self.tools.sdk["linkers"]["bfd"]
        self.tools.sdk["linkers"]["bfd"] = ["-Wl,--emit-relocs", "-Wl,--gc-sections"]
        self.addCleanup(self.tools.sdk["linkers"].update, bfd=flags)
        linked = LinkedFile(self.tools.link("gcc", "bfd", ("-pie",), objects, "together"))
        self.assertGreater(len(list(linked.vague_relocations())), 10)

    def test_statics_of_two_files_stay_two_with_gnu_ld(self):
        objects = self.tools.compile("gcc", ("-O2", "-fPIE"), *self.sources())
        linked = LinkedFile(self.tools.link("gcc", "bfd", ("-pie",), objects, "program"))
        self.assertEqual(len(linked.named(".data._ZL6bumped")), 2)

    def test_places_in_the_source_are_found(self):
        source = self.tools.folder / "place.cpp"
        source.write_text("int counted;\n\n__attribute__((noinline)) int place(int i) {\n  return counted += i;\n}\n"
                          "int main(int count, char**) { return place(count) - 1; }\n")
        for linker in self.tools.linkers:
            with self.subTest(linker=linker):
                program = self.tools.link("gcc", linker, ("-pie",), self.tools.compile("gcc", ("-O1", "-fPIE"), source), "place")
                address = next(s.value for s in LinkedFile(program).symbols if s.name == "_Z5placei")
                self.assertRegex(self.tools.run("addr2line", "-Cfe", program, hex(address)), r"place\(int\)\n.*place.cpp:[34]")
                self.tools.run(program)

    @unittest.skipUnless("--full" in sys.argv, "--full")
    def test_shared_objects_load(self):
        library = self.tools.folder / "library.cpp"
        library.write_text("#include <stdexcept>\nstatic int table[3] = {4, 5, 6};\nstatic const char* names[2] = {\"a\", \"b\"};\n"
                           "struct Base { virtual int f(int i) { return table[i - 1]++; } virtual ~Base() = default; };\n"
                           "extern \"C\" int call(int i) { Base* b = new Base; int v = b->f(i) + names[i - 1][0];\n"
                           "  try { if (i == 2) throw std::runtime_error(\"x\"); } catch (std::exception&) { v += 100; }\n"
                           "  delete b; return v; }\n")
        user = self.tools.folder / "user.cpp"
        user.write_text("#include <dlfcn.h>\nint main(int, char** a) { auto f = (int (*)(int))dlsym(dlopen(a[1], RTLD_NOW), \"call\");\n"
                        "return f(1) == 101 && f(1) == 102 && f(2) == 203 ? 0 : 1; }\n")
        program = self.tools.folder / "user"
        self.tools.run(self.tools.compilers["gcc"], user, "-ldl", "-o", program)
        for compiler, linker in itertools.product(self.tools.compilers, self.tools.linkers):
            with self.subTest(compiler=compiler, linker=linker):
                objects = self.tools.compile(compiler, ("-O2", "-fPIC"), library)
                shared = self.tools.link(compiler, linker, ("-shared",), objects, "library.so")
                self.tools.run(program, shared)
                self.assertEqual(list(LinkedFile(shared).vague_relocations()), [])

    @unittest.skipUnless("--full" in sys.argv, "--full")
    def test_seventy_thousand_sections_link_and_run(self):
        count = 70_000
        source = self.tools.folder / "many.cpp"
        source.write_text("".join(f"static int volatile v{i} = {i + 1};\n" for i in range(count)) + "int main() { long sum = 0;\n" +
                          "".join(f"sum += v{i};\n" for i in range(count)) + f"return sum == {count * (count + 1) // 2} ? 0 : 1; }}\n")
        objects = self.tools.compile("gcc", ("-O0", "-fPIE"), source)
        # mold crashes.
        for linker in self.tools.linkers.keys() - {"mold"}:
            with self.subTest(linker=linker):
                program = self.tools.link("gcc", linker, ("-pie",), objects, "many")
                self.tools.run(program)
                linked = LinkedFile(program)
                self.assertGreater(len(linked.sections), count)
                self.assertEqual(list(linked.vague_relocations()), [])

    @unittest.skipUnless("--full" in sys.argv and shutil.which("valgrind"), "--full, valgrind")
    def test_valgrind_finds_names_and_lines(self):
        source = self.tools.folder / "unset.cpp"
        source.write_text("static int table[2];\nint main(int i, char**) {\n  int* p = new int[2];\n  if (p[i] + table[i]) return 1;\n  return 0;\n}\n")
        for linker in self.tools.linkers:
            with self.subTest(linker=linker):
                program = self.tools.link("gcc", linker, ("-pie",), self.tools.compile("gcc", ("-O0", "-fPIE"), source), "unset")
                done = subprocess.run(["valgrind", program], capture_output=True, text=True, env=self.tools.environment)
                self.assertIn("main (unset.cpp:4)", done.stderr)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sdk", type=Path, required=True)
    parser.add_argument("--full", action="store_true")
    arguments, others = parser.parse_known_args()
    arguments.sdk = arguments.sdk.resolve()
    unittest.main(argv=[sys.argv[0], *others], verbosity=2)
