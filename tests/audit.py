"""Whether a known hole stands in what we depend on: `make check` asks once a day, and fails on one.

    python -m tests.audit

It asks about every pinned version of constraints.txt. Where the database of holes cannot be reached (no network, or a
mirror without it), it says so in one line and lets the check go on. What is accepted stands in ACCEPTED.
"""

import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PINNED = ROOT / "constraints.txt"
KEPT = ROOT / ".venv" / ".audited"
KEPT_SECONDS = 24 * 3600
LONGEST_SECONDS = 90
ACCEPTED: dict[str, str] = {}  # a hole's id, and why it does not concern us; each goes when there is a mended version


@dataclass(frozen=True, slots=True)
class Audited:
    """What came of asking: how many versions are known there, and the holes in them."""

    known: int
    asked: int
    holes: Sequence[str]

    @property
    def words(self) -> str:
        """One line, or one for each hole."""
        if self.holes:
            return "\n".join(["Known holes in what we depend on:", *(f"  {one}" for one in self.holes)])
        if not self.known:
            return "Audit of dependencies: the database of known holes could not be reached; nothing was looked at."
        return f"Audit of dependencies: no known hole in {self.known} of {self.asked} packages (else not known there)."


def read_report(report: str) -> Audited:
    """What pip-audit has written as JSON; nothing, when it could not ask."""
    try:
        asked = json.loads(report)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return Audited(0, 0, ())
    known = [one for one in asked if "skip_reason" not in one]
    holes = [
        f"{one['name']} {one['version']}: {hole['id']}, mended in {', '.join(hole['fix_versions']) or 'no version yet'}"
        for one in known
        for hole in one["vulns"]
        if ACCEPTED.keys().isdisjoint({hole["id"], *hole.get("aliases", ())})
    ]
    return Audited(len(known), len(asked), tuple(holes))


def ask() -> Audited:
    """Ask now; pip-audit installs nothing and resolves nothing."""
    options = ("-r", str(PINNED), "--require-hashes", "--disable-pip", "--format=json", "--progress-spinner=off")
    command = (sys.executable, "-m", "pip_audit", *options, "--timeout=5")
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return Audited(0, 0, ())
    return read_report(done.stdout)


def main() -> int:
    """The exit status: 1 with a hole."""
    fingerprint = hashlib.sha256(PINNED.read_bytes() + repr(ACCEPTED).encode()).hexdigest()
    is_young = KEPT.exists() and time.time() - KEPT.stat().st_mtime < KEPT_SECONDS
    if is_young and KEPT.read_text(encoding="utf-8").split("\n", 1)[0] == fingerprint:
        print(KEPT.read_text(encoding="utf-8").split("\n", 1)[1])
        return 0
    audited = ask()
    print(audited.words)
    if not audited.holes:
        KEPT.write_text(f"{fingerprint}\n{audited.words}", encoding="utf-8")
    return 1 if audited.holes else 0


if __name__ == "__main__":
    sys.exit(main())
