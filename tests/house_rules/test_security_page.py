"""The threat model points to code and tests that are there."""

import re

from tests.house_rules.project import ROOT

PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
TESTS = "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "tests").rglob("test_*.py"))


def test_every_file_that_it_names_is_there() -> None:
    named = set(re.findall(r"`([\w/]+\.(?:py|txt)|Makefile)`", PAGE))

    assert len(named) > 10
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


def test_every_test_that_it_names_is_there() -> None:
    named = set(re.findall(r"`(test_\w+)`", PAGE))

    assert len(named) > 20
    assert [name for name in sorted(named) if f"def {name}(" not in TESTS] == []
