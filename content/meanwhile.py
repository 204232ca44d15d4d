"""Two people change the same details at once: whoever saves later is told what the other saved, and loses no words.

A form carries a fingerprint of what it was opened with, field by field. Fields of details are short and stand by
themselves: what only one of the two has changed is theirs without a question. (Texts are kept whole: content.drafting.)
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Generic, TypeVar

from core.errors import RuleBroken


@dataclass(frozen=True, slots=True)
class Details:
    """What a form shows and sends back; each kind of details is one of these."""


Kind = TypeVar("Kind", bound=Details)


class ChangedMeanwhile(RuleBroken):
    """Somebody else has saved since the form was opened."""

    code = "changed_meanwhile"


@dataclass(frozen=True, slots=True)
class Merged(Generic[Kind]):
    """What to look at before saving again: mine, but theirs where only they have changed something.

    Names of fields are those of the form: of a group by language "names.nb". ``both`` has what they saved where I have
    changed the same field to something else.
    """

    details: Kind
    theirs: frozenset[str]
    both: Mapping[str, object]


def fingerprint(details: Details) -> str:
    """A short word for each field, for a form to bring back."""
    return " ".join(f"{name}={_short(value)}" for name, value in sorted(_parts(details).items()))


def check_unchanged(now: Kind, wanted: Kind, *, seen: str | None) -> None:
    """Raise ChangedMeanwhile when what is ``wanted`` was written over something else than what is there ``now``.

    ``seen`` is the fingerprint of what the form was opened with; None for a program that has just looked itself.
    """
    if seen is not None and seen != fingerprint(now) and wanted != now:
        raise ChangedMeanwhile


def merge(mine: Kind, theirs: Kind, *, seen: str) -> Merged[Kind]:
    """Both changes of what had this fingerprint. Without a fingerprint everything counts as changed by both."""
    was = dict(part.split("=", 1) for part in seen.split() if "=" in part)
    ours, others = _parts(mine), _parts(theirs)
    differing = {name for name in {**ours, **others} if ours.get(name, "") != others.get(name, "")}
    untouched = frozenset(name for name in differing if _short(ours.get(name, "")) == was.get(name, _EMPTY))
    both = {
        name: others.get(name, "")
        for name in differing - untouched
        if _short(others.get(name, "")) != was.get(name, _EMPTY)
    }
    return Merged(_with(mine, {name: others.get(name, "") for name in untouched}), untouched, both)


def _parts(details: Details) -> dict[str, object]:
    """By the names of the form's fields."""
    found: dict[str, object] = {}
    for one in fields(details):
        value = getattr(details, one.name)
        if isinstance(value, Mapping):
            found |= {f"{one.name}.{key}": text for key, text in value.items()}
        else:
            found[one.name] = value
    return found


def _with(details: Kind, parts: Mapping[str, object]) -> Kind:
    changed: dict[str, object] = {}
    for one in fields(details):
        value, group = getattr(details, one.name), f"{one.name}."
        if isinstance(value, Mapping):
            new = {name.removeprefix(group): text for name, text in parts.items() if name.startswith(group)}
            changed[one.name] = {key: text for key, text in {**value, **new}.items() if text}
        elif one.name in parts:
            changed[one.name] = parts[one.name]
    return replace(details, **changed)


def _short(value: object) -> str:
    return hashlib.sha256(repr(value).encode()).hexdigest()[:12]


_EMPTY = _short("")
