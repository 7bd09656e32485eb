#!/usr/bin/env python3
"""Compiles programs that must not compile, and reads what the compiler says.

Each case is a .cc file. Its first lines say what the first error has to contain, with the lines that lead up to it:

    // expect: words of the message
    // here: some code          the line of the case that the compiler must point to, by its text
    // compiles                 instead: the program is right, and nothing is reported

Exit status 0 when every case is as it says.
"""

import argparse
import concurrent.futures
import re
import subprocess
import sys
from pathlib import Path


def expectations(text):
    expected = re.findall(r"^// expect: (.*)$", text, re.M)
    places = re.findall(r"^// here: (.*)$", text, re.M)
    compiles = re.search(r"^// compiles$", text, re.M) is not None
    return expected, places, compiles


def first_error(output):
    """The first error, with the lines before it, which name the template's types and the user's line."""
    lines = output.splitlines()
    for number, line in enumerate(lines):
        if re.search(r"\berror: ", line):
            return "\n".join(lines[:number + 1]), line
    return "", ""


def check(case, arguments):
    text = case.read_text()
    expected, places, compiles = expectations(text)
    if not expected and not compiles:
        return [f"{case.name}: says neither what to expect nor that it compiles"]
    command = [arguments.compiler, "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-I", arguments.include]
    for folder in arguments.system_include:
        command += ["-isystem", folder]
    done = subprocess.run([*command, str(case)], capture_output=True, text=True, env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"})
    if compiles:
        return [] if done.returncode == 0 else [f"{case.name}: should compile:\n{done.stderr}"]
    if done.returncode == 0:
        return [f"{case.name}: compiles, but must not"]
    context, error = first_error(done.stderr)
    problems = []
    for words in expected:
        if words not in context:
            problems.append(f"{case.name}: the first error does not say '{words}':\n{context}")
    for place in places:
        line = next((n for n, code in enumerate(text.splitlines(), 1) if place in code and not code.startswith("//")), None)
        if f"{case.name}:{line}:" not in context:
            problems.append(f"{case.name}: the first error does not point to line {line}:\n{context}")
    errors = len(re.findall(r"\berror: ", done.stderr))
    if errors > arguments.most_errors:
        problems.append(f"{case.name}: {errors} errors for one mistake:\n{done.stderr}")
    if len(error) > 500:
        problems.append(f"{case.name}: the error's line has {len(error)} characters:\n{error}")
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--compiler", default="g++")
    parser.add_argument("--include", required=True)
    parser.add_argument("--system-include", action="append", default=[])
    parser.add_argument("--most-errors", type=int, default=2)
    parser.add_argument("cases", type=Path)
    arguments = parser.parse_args()
    cases = sorted(arguments.cases.glob("*.cc"))
    if not cases:
        sys.exit(f"no cases in {arguments.cases}")
    failures = 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for case, problems in zip(cases, pool.map(lambda case: check(case, arguments), cases)):
            print(f"{'FAILED' if problems else 'ok'}  {case.name}")
            for problem in problems:
                print(problem)
            failures += bool(problems)
    print(f"{len(cases)} cases, {failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
