"""Compiles and links generated programs, with the flags that the product gives to users (sdk.json)."""

import hashlib
import json
import pathlib
import shutil
import subprocess

from program_model import is_header
from program_text import pipeline_text, texts

# Assembly for the reference: a section for each function and object, also where the program is built without.
SECTIONS = ["-ffunction-sections", "-fdata-sections"]


class BuildError(Exception):
    """The compiler or linker refused a generated program: a mistake of the generator."""


class LinkerAborted(Exception):
    """The linker broke down: no program of ours, and nothing to learn from."""


def run(command, folder):
    done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        raise BuildError(f"{' '.join(map(str, command))}\n{done.stdout.decode(errors='replace')[-4000:]}")
    return done.stdout


def read_sdk(bin_folder, settings):
    """What the SDK tells users to compile and to link with (engine/program/sdk.h)."""
    file = pathlib.Path(bin_folder).parent / "lib/stepcache/sdk.json"
    sdk = json.loads(file.read_text().replace("${prefix}", str(file.parent.parent.parent)))
    of_gcc = [] if "clang" in settings["compiler"] else sdk.get("compile_gcc", [])
    return sdk["compile"] + of_gcc, sdk.get("linkers", {}).get(settings["linker"], []) + sdk["link"]


class Builder:
    """One program under edits, in a folder of its own. `shared` is a folder for pipeline.o, the same for all programs."""

    def __init__(self, folder, shared, bin_folder, settings):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.shared = pathlib.Path(shared)
        self.settings = settings
        compile_arguments, self.link_arguments = read_sdk(bin_folder, settings)
        self.flags = compile_arguments + [settings["optimisation"], "-fPIE" if settings["pie"] else "-fno-pie"]
        if settings["debug"]:
            self.flags.append("-g")
        self.known = {}     # file -> text
        self.assembly = {}  # source -> text of its assembly

    @property
    def program(self):
        return self.folder / "fuzzed"

    def pipeline_object(self):
        """Compiled once for each compiler and its flags."""
        text = pipeline_text()
        command = [self.settings["compiler"], *self.flags]
        name = hashlib.sha256(json.dumps([command, text]).encode()).hexdigest()[:16]
        made = self.shared / f"{name}.o"
        if not made.exists():
            self.shared.mkdir(parents=True, exist_ok=True)
            (self.folder / "pipeline.cpp").write_text(text)
            launcher = [shutil.which("ccache")] if shutil.which("ccache") else []
            run([*launcher, *command, "-c", "pipeline.cpp", "-o", "pipeline.o"], self.folder)
            (self.folder / "pipeline.o").replace(made)
        return made

    def build(self, program):
        """Compiles what changed and links. Gives the sources that were compiled."""
        written = texts(program)
        changed = {file for file, text in written.items() if self.known.get(file) != text}
        for file in changed:
            (self.folder / file).write_text(written[file])
        self.known = written
        changed_headers = {file for file in changed if is_header(file)}
        stale = [source for source, text in written.items() if not is_header(source)
                 and (source in changed or self.includes(written, source) & changed_headers)]
        for source in stale:
            self.compile(source, program["files"].get(source, {}).get("archive"))
        if not stale and self.program.exists():
            return stale
        self.link(program)
        return stale

    def includes(self, written, source):
        """Headers that a file includes, and they in turn."""
        found, pending = set(), [source]
        while pending:
            for line in written[pending.pop()].splitlines():
                if line.startswith('#include "') and (name := line.split('"')[1]) not in found:
                    found.add(name)
                    pending.append(name)
        return found

    def compile(self, source, archived):
        compiler, name = self.settings["compiler"], source.removesuffix(".cpp")
        command = [compiler, *self.flags]
        own = archived or "clang" in compiler or any("__LINE__" in self.known[f] for f in
                                                     {source} | self.includes(self.known, source) - {"base.h"})
        # Line numbers only reach messages of assertions: the reference does not see them.
        reference = ["-Wno-builtin-macro-redefined", "-D__LINE__=1"] if own else []
        run([*command, *SECTIONS, *reference, *(["-fPIC"] if archived else []), "-S", source, "-o", f"{name}.s"], self.folder)
        self.assembly[source] = (self.folder / f"{name}.s").read_text()
        if archived:
            without = ["-fno-function-sections", "-fno-data-sections", "-fPIC"]
            run([*command, *without, "-c", source, "-o", f"{name}.o"], self.folder)
        elif own:
            run([*command, "-c", source, "-o", f"{name}.o"], self.folder)
        else:
            run([compiler, "-c", f"{name}.s", "-o", f"{name}.o"], self.folder)

    def link(self, program):
        sources = sorted(s for s in self.known if not is_header(s))
        archived = [s for s in sources if program["files"].get(s, {}).get("archive")]
        objects = [s.removesuffix(".cpp") + ".o" for s in sources if s not in archived]
        libraries = []
        for source in archived:
            library = self.folder / f"lib{source.removesuffix('.cpp')}.a"
            library.unlink(missing_ok=True)
            run(["ar", "rcsD", library.name, source.removesuffix(".cpp") + ".o"], self.folder)
            libraries.append(library.name)
        linker = ["-fuse-ld=mold"] if self.settings["linker"] == "mold" else []
        try:
            run([self.settings["compiler"], "-pie" if self.settings["pie"] else "-no-pie", *linker, self.pipeline_object(),
                 *objects, *libraries, *self.link_arguments, "-o", "fuzzed"], self.folder)
        except BuildError as error:
            if "terminated with signal" in str(error):
                raise LinkerAborted(str(error)) from error
            raise
