"""The pipeline over the library: described by steps.json, compiled and run through `stepcache`."""

import dataclasses
import json
import os
import pathlib
import shutil
import subprocess


@dataclasses.dataclass(frozen=True)
class Description:
    """steps.json. Paths of the library are relative to its top folder, that of the pipeline to the file."""
    library: str     # how it is called in tables
    sources: list    # what is laid out; a commit counts that touches one of them
    include: list    # include folders
    compile: list    # source files compiled with the pipeline
    pipeline: pathlib.Path


def read_description(path):
    path = pathlib.Path(path)
    if path.is_dir():
        path = path / "steps.json"
    try:
        fields = json.loads(path.read_text())
        return Description(fields["library"], fields["sources"], fields["include"], fields["compile"],
                           (path.parent / fields["pipeline"]).resolve())
    except (OSError, ValueError, KeyError) as error:
        raise SystemExit(f"history: {path} is no description of steps: {error!r}") from error


class DoesNotBuild(Exception):
    """The compiler refused a commit. The text is its first error."""


class Pipeline:
    """Runs of one description in `folder`, which is made and may be deleted by the caller."""

    def __init__(self, description, stepcache, compiler, flags, folder):
        self.description = description
        self.stepcache = pathlib.Path(stepcache).resolve()
        self.flags = flags
        self.library = folder / "library"
        self.kept = folder / "kept"
        self.fresh = folder / "fresh"
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("STEPCACHE_")}
        self.environment.update(CXX=compiler, XDG_CONFIG_HOME=str(folder / "no_settings"), NO_COLOR="1")

    def ask(self, program, *arguments):
        """The JSON that a command prints, its exit status, and what it said besides."""
        done = subprocess.run([program, *arguments], env=self.environment, cwd=self.library, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        messages = done.stderr.decode(errors="replace")
        try:
            return json.loads(done.stdout), done.returncode, messages
        except ValueError:
            raise SystemExit(f"history: {program} {' '.join(arguments)} ended with {done.returncode}:\n"
                             f"{messages}") from None

    def run_cached(self):
        """Compiles, and runs in the workspace that is kept from commit to commit. Raises DoesNotBuild."""
        described = self.description
        words = [f"-I{self.library / folder}" for folder in described.include]
        words += [str(self.library / source) for source in described.compile]
        run, status, messages = self.ask(self.stepcache, "run", str(described.pipeline), "--json", "--workspace", str(self.kept),
                               "--", *self.flags, *words)
        if "error" in run:
            errors = [line.split("error:", 1)[1].strip() for line in messages.splitlines() if "error:" in line]
            raise DoesNotBuild(errors[0] if errors else run["error"]["message"])
        return self.steps_of(run, status)

    def run_fully(self):
        """Runs every step of the program that run_cached compiled, in a workspace of its own."""
        shown, _, _ = self.ask(self.stepcache, "show", "latest", "--json", "--workspace", str(self.kept))
        shutil.rmtree(self.fresh, ignore_errors=True)
        run, status, _ = self.ask(shown["program"], "run", "--no-cache", "--json", "--workspace", str(self.fresh))
        return self.steps_of(run, status)

    def why(self, step):
        return self.ask(self.stepcache, "why", f"latest/{step}", "--json", "--workspace", str(self.kept))[0]

    def steps_of(self, run, status):
        if status != 0:
            failed = [f"{step['name']}: {step['error']}" for step in run.get("steps", []) if step["error"]]
            raise SystemExit(f"history: a run ended with {status}: {'; '.join(failed) or run.get('error')}")
        return {step["name"]: Step(step["status"] == "cached", step["reason"]["code"], step["reason"]["text"],
                                   tuple(output["digest"] for output in step["outputs"])) for step in run["steps"]}


@dataclasses.dataclass(frozen=True)
class Step:
    cached: bool
    code: str        # of the reason
    text: str
    outputs: tuple   # digests
