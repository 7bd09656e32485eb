"""The commits of a library, read from its git repository. Nothing is written into the repository."""

import dataclasses
import pathlib
import shutil
import subprocess


@dataclasses.dataclass(frozen=True)
class Commit:
    name: str     # full hash
    day: str      # 2026-05-01
    subject: str  # first line of its message

    @property
    def short(self):
        return self.name[:9]


class Repository:
    """A clone with or without a work tree."""

    def __init__(self, folder):
        folder = pathlib.Path(folder).resolve()
        self.folder = folder / ".git" if (folder / ".git").exists() else folder

    def git(self, *arguments):
        done = subprocess.run(["git", f"--git-dir={self.folder}", *arguments], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, check=False)
        if done.returncode != 0:
            raise SystemExit(f"history: git {arguments[0]} failed in {self.folder}:\n"
                             f"{done.stderr.decode(errors='replace').strip()}")
        return done.stdout

    def last_commits(self, sources, count, until="HEAD"):
        """The last `count` commits of the main line that touch `sources`, oldest first; before them the one that the
        oldest is compared with, its first parent. A merge counts as one commit."""
        def log(*arguments):
            text = self.git("log", "--first-parent", "--format=%H%x09%cs%x09%s", *arguments).decode(errors="replace")
            return [Commit(*line.split("\t", 2)) for line in text.splitlines()]

        commits = log(f"--max-count={count}", until, "--", *sources)[::-1]
        if not commits:
            raise SystemExit(f"history: no commit of {until} touches {' '.join(sources)} in {self.folder}")
        start = log("--max-count=2", commits[0].name)[1:]
        return start + commits

    def lay_out(self, commit, sources, folder):
        """Puts the sources as they were at a commit into `folder`, and nothing else."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        subprocess.run(["tar", "-x", "-C", folder], input=self.git("archive", commit.name, "--", *sources), check=True)
