"""Every setting can be found by an operator."""

import ast
import re

import pytest

from core.settings import Settings
from tests.house_rules.project import ROOT

NAME = re.compile(r"(?:BROBYGGER|TELEGRAM|DATABASE)_[A-Z0-9_]+")
CODE = ast.parse((ROOT / "core" / "settings.py").read_text(encoding="utf-8"))
NAMES = sorted(
    {node.value for node in ast.walk(CODE) if isinstance(node, ast.Constant) and NAME.fullmatch(str(node.value))}
)
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
DOCUMENT = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")


def values() -> dict[str, str]:
    """The lines of .env.example that are not remarks."""
    return dict(line.split("=", 1) for line in EXAMPLE.splitlines() if line and not line.startswith("#"))


def test_there_is_a_setting_for_every_field() -> None:
    assert len(NAMES) == len(Settings.__dataclass_fields__)


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_stands_in_the_example_and_in_the_document(name: str) -> None:
    assert name in values()
    assert f"| `{name}` |" in DOCUMENT


def test_the_example_and_the_document_name_no_setting_that_is_not_there() -> None:
    documented = set(re.findall(r"^\| `([A-Z_]+)` \|", DOCUMENT, re.MULTILINE))
    mentioned = {name.removesuffix("_FILE") for name in NAME.findall(EXAMPLE + DOCUMENT)}

    assert set(values()) == documented == set(NAMES)
    assert mentioned <= set(NAMES)


def test_the_example_has_the_defaults() -> None:
    assert Settings.from_env(values()) == Settings.from_env({})
