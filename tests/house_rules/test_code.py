"""How the code is written."""

import ast
import importlib
import pkgutil
from collections import Counter
from collections.abc import Iterator

import pytest

from core.errors import RuleBroken
from tests.house_rules.project import ROOMS, modules, without_docstring

MODULES = dict(modules())


@pytest.mark.parametrize("path", [path for path in MODULES if not path.startswith("migrations/versions/")])
def test_a_module_that_people_write_has_at_most_five_hundred_lines(path: str) -> None:
    assert len(MODULES[path].splitlines()) <= 500


@pytest.mark.parametrize("path", MODULES)
def test_every_module_and_public_function_says_what_it_promises(path: str) -> None:
    tree = ast.parse(MODULES[path])

    missing = list(without_docstring(tree))

    assert ast.get_docstring(tree) or not tree.body
    # A migration's upgrade() is what the module's docstring says.
    assert missing == (["upgrade"] if path.startswith("migrations/versions/0") else [])


def rules() -> Iterator[type[RuleBroken]]:
    """Every class of the one family of errors."""
    for room in ROOMS:
        package = importlib.import_module(room)
        for found in pkgutil.walk_packages(package.__path__, f"{room}."):
            if not found.name.startswith("migrations.") and not found.name.endswith("__main__"):
                importlib.import_module(found.name)
    waiting: list[type[RuleBroken]] = [RuleBroken]
    while waiting:
        rule = waiting.pop()
        waiting += [one for one in rule.__subclasses__() if one.__module__.split(".")[0] in ROOMS]
        yield rule


def test_every_broken_rule_has_a_code_of_its_own_and_says_what_it_is() -> None:
    several = list(rules())

    codes = Counter(rule.__dict__.get("code") for rule in several)

    assert len(several) > 2
    assert None not in codes
    assert set(codes.values()) == {1}
    assert all(rule.__doc__ for rule in several)


@pytest.mark.parametrize("path", [path for path in MODULES if path.startswith("brobygger/")])
def test_whoever_opens_the_database_brings_the_key_of_its_addresses(path: str) -> None:
    """Without it, everybody who writes would be written down a second time, readable."""
    calls = [node for node in ast.walk(ast.parse(MODULES[path])) if isinstance(node, ast.Call)]

    opening = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "Database"]

    assert all(len(call.args) + len(call.keywords) == 2 for call in opening)
