"""Reads forms: days, lines, boxes; and puts what is wrong, or was saved meanwhile, beside its field."""

from collections.abc import Iterable, Mapping
from datetime import date

from content.editing_answers import SourceDetails
from content.editing_checks import wrong
from content.meanwhile import Kind, Merged
from core.i18n import Translator
from core.issues import Issue, Severity
from editor.showing import day
from editor.visits import Visit


def read_day(visit: Visit, name: str, issues: list[Issue]) -> date | None:
    """A day; None when the field is empty, or holds none (then there is an issue more)."""
    given = visit.field(name)
    try:
        return date.fromisoformat(given) if given else None
    except ValueError:
        issues.append(wrong(name, "day_wrong"))
        return None


def read_lines(visit: Visit, name: str) -> tuple[str, ...]:
    """The lines that are not empty, each once."""
    lines = (" ".join(line.split()) for line in visit.field(name).split("\n"))
    return tuple(dict.fromkeys(line for line in lines if line))


def read_boxes(visit: Visit, name: str, known: Iterable[str]) -> tuple[str, ...]:
    """Which of the known values are ticked; a box is called ``name.value``."""
    return tuple(value for value in known if visit.field(f"{name}.{value}"))


def read_numbers(visit: Visit, group: str) -> list[int]:
    """The numbers of a group's fields that were sent (``group.3``, ``group.3.name``), however many, in order."""
    parts = [name.split(".") for name in visit.form]
    found = {part[1] for part in parts if part[0] == group and len(part) > 1}
    return sorted(int(one) for one in found if one.isascii() and one.isdecimal() and len(one) < 5)


def meanwhile(merged: Merged[Kind], t: Translator, *, words: Mapping[str, Mapping[str, str]]) -> list[Issue]:
    """What somebody else has saved meanwhile, beside its fields; ``words`` are those for the values of a field."""
    notes = [Issue(name, "meanwhile_theirs", Severity.ADVICE) for name in sorted(merged.theirs)]
    for name, value in merged.both.items():
        theirs = _in_words(value, t, words.get(name, {}))
        if theirs:
            notes.append(Issue(name, "meanwhile_both", Severity.SAVING, {"theirs": theirs}))
        else:
            notes.append(Issue(name, "meanwhile_emptied", Severity.SAVING))
    return notes


def _in_words(value: object, t: Translator, words: Mapping[str, str]) -> str:
    match value:
        case None:
            return ""
        case bool():
            return t("yes") if value else t("no")
        case date():
            return day(value, t)
        case tuple():
            return ", ".join(_in_words(one, t, words) for one in value)
        case SourceDetails():
            return " · ".join(part for part in (value.url, value.name, value.note) if part)
        case _:
            return words.get(str(value), str(value))


def by_field(issues: Iterable[Issue]) -> dict[str, list[Issue]]:
    """Issues beside the fields they are about."""
    found: dict[str, list[Issue]] = {}
    for issue in issues:
        found.setdefault(issue.field, []).append(issue)
    return found
