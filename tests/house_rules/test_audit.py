"""The audit of dependencies says what it has seen, and never that all is well when it could not look."""

import json

import pytest

from tests import audit
from tests.audit import read_report

HOLE = {"id": "PYSEC-1", "fix_versions": ["2.0"], "aliases": ["CVE-1"], "description": "..."}
CLEAN = {"name": "good", "version": "1.0", "vulns": []}
BROKEN = {"name": "bad", "version": "1.9", "vulns": [HOLE]}
UNKNOWN = {"name": "ours", "skip_reason": "not found"}


def report(*dependencies: object) -> str:
    return json.dumps({"dependencies": dependencies, "fixes": []})


def test_a_known_hole_is_named_with_the_version_that_mends_it() -> None:
    found = read_report(report(CLEAN, BROKEN, UNKNOWN))

    assert found.holes == ("bad 1.9: PYSEC-1, mended in 2.0",)
    assert "bad 1.9" in found.words


def test_without_a_hole_it_says_how_much_was_looked_at() -> None:
    assert "no known hole in 1 of 2 packages" in read_report(report(CLEAN, UNKNOWN)).words


@pytest.mark.parametrize("said", ["", "ERROR: no connection", report(UNKNOWN, UNKNOWN), "[]"])
def test_a_database_that_cannot_be_reached_is_no_good_news(said: str) -> None:
    assert "could not be reached" in read_report(said).words


def test_a_hole_that_was_accepted_fails_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(audit.ACCEPTED, "CVE-1", "we do not use that part")

    assert read_report(report(BROKEN)).holes == ()
