"""Prints the part of constraints.txt that runs Brobygger, hashes and all: for the image, without tools and tests.

    python ops/runtime_packages.py pyproject.toml constraints.txt > runtime.txt

Which package needs which stands below each in constraints.txt ("# via"). Standard library only: it runs before anything
is installed.
"""

import re
import sys
import tomllib
from pathlib import Path

_NAME = re.compile(r"[A-Za-z0-9._-]+")


def runtime_packages(pyproject: str, constraints: str) -> str:
    """The entries of the packages that pyproject's dependencies need, in the order of constraints.txt."""
    entries = [(_name(entry), entry) for entry in re.split(r"\n(?=\S)", constraints.strip())]
    wanted = {_name(one) for one in tomllib.loads(pyproject)["project"]["dependencies"]}
    while more := {name for name, entry in entries if _needed_by(entry) & wanted} - wanted:
        wanted |= more
    return "".join(f"{entry}\n" for name, entry in entries if name in wanted)


def _name(words: str) -> str:
    found = _NAME.match(words)
    return re.sub(r"[-_.]+", "-", found[0]).lower() if found else ""


def _needed_by(entry: str) -> set[str]:
    return {
        _name(line.strip("# ").removeprefix("via").strip()) for line in entry.splitlines() if line.startswith("    #")
    }


if __name__ == "__main__":
    sys.stdout.write(runtime_packages(*(Path(file).read_text(encoding="utf-8") for file in sys.argv[1:3])))
