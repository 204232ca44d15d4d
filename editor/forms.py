"""Reads forms: days, lines, boxes; and puts what is wrong beside its field."""

from collections.abc import Iterable
from datetime import date

from content.editing_checks import wrong
from content.inspecting import Issue
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


def by_field(issues: Iterable[Issue]) -> dict[str, list[Issue]]:
    """Issues beside the fields they are about."""
    found: dict[str, list[Issue]] = {}
    for issue in issues:
        found.setdefault(issue.field, []).append(issue)
    return found
