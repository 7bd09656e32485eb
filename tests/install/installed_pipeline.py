"""What the tests of an installed Stepcache share: running commands, and reading what a run reports."""

import json
import subprocess
from pathlib import Path

PROJECT = Path(__file__).resolve().parent / "project"


def run(*command, folder=None, environment=None):
    """The standard output of a command that must succeed; on failure, all it said."""
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          stdin=subprocess.DEVNULL, check=False)
    if done.returncode != 0:
        raise SystemExit(f"FAILED (exit status {done.returncode}): {' '.join(words)}\n{done.stdout}{done.stderr}")
    return done.stdout


def check(condition, message):
    if not condition:
        raise SystemExit(f"FAILED: {message}")


def statuses(run_json):
    report = json.loads(run_json)
    check(report["status"] == "completed", f"the run is {report['status']}")
    return {step["name"]: step["status"] for step in report["steps"]}


def check_second_run_is_cached(command, folder, environment=None):
    """Runs the squares pipeline twice with `command`, then with another count."""
    first = statuses(run(*command, folder=folder, environment=environment))
    check(first == {"squares": "completed", "sum": "completed"}, f"first run: {first}")
    second = statuses(run(*command, folder=folder, environment=environment))
    check(second == {"squares": "cached", "sum": "cached"}, f"second run: {second}")
    third = statuses(run(*command, "--count", "11", folder=folder, environment=environment))
    check(third == {"squares": "completed", "sum": "completed"}, f"run with another count: {third}")


def check_names_no_build_folder(files, forbidden):
    """No installed text may know where it was built: it would stop working once the build folder is gone."""
    for file in files:
        text = Path(file).read_text(encoding="utf-8")
        for folder in forbidden:
            check(str(folder) not in text, f"{file} names the build's folder {folder}")
