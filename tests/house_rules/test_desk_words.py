"""Whatever the desk can say to staff has words: no page shows a code."""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator, Mapping

import pytest

from core.errors import RuleBroken
from core.i18n import Catalogues
from editor import words
from editor.access.logging_in import RefusalReason
from editor.access.passwords import PasswordProblem
from editor.app import FOLDER
from tests.house_rules.project import ROOT, modules

T = Catalogues(FOLDER / "locales").translator("en")
READ_BY_STAFF = ("editor", "broadcasts", "content", "core")
MODULES = {path: ast.parse(text) for path, text in modules() if path.split("/")[0] in READ_BY_STAFF}
# What staff never read: it stops a command, is caught where it is raised, or is the base of others.
NOT_SHOWN = frozenset({"rule_broken", "setup_problem", "library_unreadable", "link_not_visited", "no_such_answer"})


def rule_codes() -> set[str]:
    """The codes of all rules that editor and content can break."""
    for room in ("editor", "content"):
        package = importlib.import_module(room)
        for found in pkgutil.walk_packages(package.__path__, f"{room}."):
            importlib.import_module(found.name)
    waiting, codes = [RuleBroken], set()
    while waiting:
        rule = waiting.pop()
        waiting += rule.__subclasses__()
        if rule.__module__.split(".")[0] in READ_BY_STAFF:
            codes.add(rule.code)
    return codes


def refusal_codes() -> set[str]:
    """What editor.guard's Refused is raised with."""
    return {
        str(call.args[1].value)
        for path, tree in MODULES.items()
        if path.startswith("editor/")
        for call in calls(tree, "Refused")
        if len(call.args) == 2 and isinstance(call.args[1], ast.Constant)
    }


def issue_codes() -> set[str]:
    """What forms find wrong: the second thing that an Issue is made with, as a pattern."""
    return {
        pattern
        for path, tree in MODULES.items()
        if not path.startswith("core/")
        for call in calls(tree, "Issue")
        for given in (*call.args[1:2], *(one.value for one in call.keywords if one.arg == "code"))
        for pattern in patterns(given)
    }


def patterns(given: ast.expr) -> Iterator[str]:
    """The words that an expression can be, as regular expressions: "title_long", or ".+_long" where it is put together.

    A bare name is not followed.
    """
    if isinstance(given, ast.Constant) and isinstance(given.value, str):
        yield re.escape(given.value)
    elif isinstance(given, ast.IfExp):
        yield from patterns(given.body)
        yield from patterns(given.orelse)
    elif isinstance(given, ast.JoinedStr):
        yield "".join(re.escape(str(one.value)) if isinstance(one, ast.Constant) else ".+" for one in given.values)


def has_words(pattern: str, known: Mapping[str, str]) -> bool:
    """Whether there is a sentence for it."""
    return any(words for key, words in known.items() if re.fullmatch(pattern, key))


def events() -> dict[str, str]:
    """What is written to the timeline, and where; a name that is no literal stands for the function's callers."""
    found = {}
    for path, tree in MODULES.items():
        for function in ast.walk(tree):
            if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            for call in calls(function, "record"):
                if len(call.args) >= 2 and ast.unparse(call.args[0]) == "session":
                    for name in names_given(tree, function, call.args[1]):
                        found[name] = f"{path}:{call.lineno}"
    return found


def names_given(tree: ast.Module, function: ast.FunctionDef | ast.AsyncFunctionDef, given: ast.expr) -> Iterator[str]:
    """The strings that an expression can be: itself, either branch, or what callers in the module hand over."""
    if isinstance(given, ast.Constant):
        yield str(given.value)
    elif isinstance(given, ast.IfExp):
        yield from names_given(tree, function, given.body)
        yield from names_given(tree, function, given.orelse)
    elif isinstance(given, ast.Name):
        parameters = [one.arg for one in (*function.args.posonlyargs, *function.args.args)]
        if given.id in parameters:
            place = parameters.index(given.id)
            for call in calls(tree, function.name):
                if len(call.args) > place:
                    yield from names_given(tree, function, call.args[place])
                else:
                    yield from (str(one.value.value) for one in call.keywords if is_word(one, given.id))
        else:
            for node in ast.walk(function):
                if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == given.id:
                    yield from names_given(tree, function, node.value)


def is_word(keyword: ast.keyword, name: str) -> bool:
    return keyword.arg == name and isinstance(keyword.value, ast.Constant)


def calls(tree: ast.AST, name: str) -> list[ast.Call]:
    return [
        node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == name
    ]


def done_keys() -> set[str]:
    """What pages say was done, as patterns."""
    return {
        pattern
        for path, tree in MODULES.items()
        if path.startswith("editor/pages/")
        for call in calls(tree, "go")
        for keyword in call.keywords
        if keyword.arg == "done"
        for pattern in patterns(keyword.value)
    }


@pytest.mark.parametrize("code", sorted(rule_codes() - NOT_SHOWN))
def test_a_broken_rule_has_words(code: str) -> None:
    assert words.rules(T).get(code)


@pytest.mark.parametrize("code", sorted({*RefusalReason, *PasswordProblem, *refusal_codes()}))
def test_a_refusal_has_words(code: str) -> None:
    assert words.rules(T).get(code)


@pytest.mark.parametrize("pattern", sorted(issue_codes()))
def test_what_a_form_finds_wrong_has_words(pattern: str) -> None:
    assert has_words(pattern, words.issues(T))


@pytest.mark.parametrize("event", sorted(events()))
def test_a_line_of_the_timeline_has_words(event: str) -> None:
    assert words.events(T).get(event), events()[event]


@pytest.mark.parametrize("pattern", sorted(done_keys()))
def test_what_was_done_has_words(pattern: str) -> None:
    assert has_words(pattern, words.done(T))


def test_every_way_to_write_the_timeline_is_understood_here() -> None:
    texts = {path: (ROOT / path).read_text(encoding="utf-8") for path in MODULES}
    writing = {path for path, text in texts.items() if "import record" in text or ", record" in text}
    understood = {place.split(":")[0] for place in events().values()}

    assert len(events()) > 30
    assert len(issue_codes()) > 15
    assert {path for path in writing if "record(session" in texts[path]} <= understood
