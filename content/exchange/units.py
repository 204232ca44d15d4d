"""What a translator gets: a text cut into units, in the order in which it is read, and put together again.

Keys: ``title``, ``short``, ``full.0`` (one for each paragraph), ``easy.0`` (one for each line), ``applies_to``,
``next_steps.0``, ``referral.whom``.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from content.checks import LONGEST_SHORT, LONGEST_TITLE
from content.easy_texts import MOST_WORDS, lines_of
from content.facts import PLACEHOLDER
from content.freshness import Text

_BETWEEN_PARAGRAPHS = "\n\n"
_STEP = re.compile(r"next_steps\.(\d{1,3})")
_EASY = re.compile(r"easy\.(\d{1,3})")
_REFERRAL = re.compile(r"referral\.([a-z_]{1,40})")
_EXPLAINED = {
    "title": f"Title, on a button: at most {LONGEST_TITLE} characters.",
    "short": f"The short answer: at most {LONGEST_SHORT} characters.",
    "full": "One paragraph of the full answer.",
    "easy": f"One line of the easy text: a short sentence, at most {MOST_WORDS} words, one thing in it.",
    "applies_to": "Whom this is for.",
    "next_steps": "One step to take, as an instruction.",
    "referral.whom": "Whom to contact.",
    "referral.how": "How to make contact.",
    "referral.when": "When there is somebody to answer.",
    "referral.bring": "What to bring.",
    "referral.interpreter": "How to get an interpreter.",
}


@dataclass(frozen=True, slots=True)
class Unit:
    """One field, or one paragraph of it, in both languages. An empty target has not been translated."""

    key: str
    source: str
    target: str
    note: str


@dataclass(frozen=True, slots=True)
class PackedAnswer:
    """The units of one answer, and the hash of the source text that they were cut from.

    In a file that came back, an empty hash says that the file has lost it. When it is not the hash of the source text
    as it is now, the translator has read another text.
    """

    answer_id: str
    source_hash: str
    units: tuple[Unit, ...]


@dataclass(frozen=True, slots=True)
class Package:
    """What one file holds. From a file, nothing in it is known to be true: not the ids, not the languages."""

    source_language: str
    target_language: str
    answers: tuple[PackedAnswer, ...]


def pack(answer_id: str, source: Text, target: Text | None) -> PackedAnswer:
    """One answer as it goes to a translator, with what is translated already."""
    return PackedAnswer(answer_id, source.hash(), units(answer_id, source, target))


def units(answer_id: str, source: Text, target: Text | None) -> tuple[Unit, ...]:
    """One unit for each field that has words in either language. The notes say what it is and which answer it is of.

    A translation with more paragraphs or easy lines than its source has those that are over in the last unit.
    """
    mine = {**dict.fromkeys(_fields(source), ""), **(_fields(target, like=source) if target else {})}
    theirs = _fields(source)
    return tuple(
        Unit(key, theirs.get(key, ""), mine[key], _note(answer_id, key, theirs.get(key, "")))
        for key in _in_order(mine)
        if theirs.get(key) or mine[key]
    )


def text_from(units: Iterable[Unit], template: Text) -> Text:
    """The translated text. What nobody has translated stays empty and keeps its place.

    Only behind the last translated paragraph and the last translated step nothing empty follows.

    The template is the source text: it says how many paragraphs there are. Keys that no text has are left out.
    """
    targets = {unit.key: unit.target for unit in units}
    steps = {int(match[1]): target for key, target in targets.items() if (match := _STEP.fullmatch(key))}
    easy = {int(match[1]): target for key, target in targets.items() if (match := _EASY.fullmatch(key))}
    own = [index for index in sorted(steps) if index >= len(template.next_steps)]
    referral = {match[1]: target for key, target in targets.items() if target and (match := _REFERRAL.fullmatch(key))}
    return Text(
        title=targets.get("title", ""),
        short=targets.get("short", ""),
        full=_BETWEEN_PARAGRAPHS.join(
            _without_end(targets.get(f"full.{index}", "") for index in range(len(_paragraphs(template))))
        ),
        easy="\n".join(easy[index] for index in sorted(easy) if easy[index].strip()),
        applies_to=targets.get("applies_to", ""),
        next_steps=_without_end(steps.get(index, "") for index in (*range(len(template.next_steps)), *own)),
        referral={**dict.fromkeys(template.referral, ""), **referral},
    )


def _fields(text: Text, *, like: Text | None = None) -> dict[str, str]:
    paragraphs = _no_more(_paragraphs(text), _paragraphs(like) if like else None, _BETWEEN_PARAGRAPHS)
    easy = _no_more(lines_of(text.easy), lines_of(like.easy) if like else None, "\n")
    return {
        "title": text.title,
        "short": text.short,
        **{f"full.{index}": paragraph for index, paragraph in enumerate(paragraphs)},
        **{f"easy.{index}": line for index, line in enumerate(easy)},
        "applies_to": text.applies_to,
        **{f"next_steps.{index}": step for index, step in enumerate(text.next_steps)},
        **{f"referral.{part}": words for part, words in text.referral.items()},
    }


def _no_more(parts: list[str], like: list[str] | None, between: str) -> list[str]:
    """As many parts as the source text has, or one where it has none: what is over stands in the last."""
    last = max(len(like), 1) - 1 if like is not None else len(parts)
    return [*parts[:last], between.join(parts[last:])] if len(parts) > last else parts


def _paragraphs(text: Text) -> list[str]:
    return text.full.split(_BETWEEN_PARAGRAPHS)


def _in_order(keys: Iterable[str]) -> Iterator[str]:
    """As a resident reads them; Python keeps the order of the rest."""
    fields = ("title", "short", "full", "easy", "applies_to", "next_steps", "referral")
    return iter(sorted(keys, key=lambda key: (fields.index(_field(key)), _number(key))))


def _field(key: str) -> str:
    return key.partition(".")[0]


def _number(key: str) -> int:
    after = key.partition(".")[2]
    return int(after) if after.isdigit() else 0


def _without_end(parts: Iterable[str]) -> tuple[str, ...]:
    """Without the empty ones at the end."""
    kept = list(parts)
    while kept and not kept[-1]:
        kept.pop()
    return tuple(kept)


def _note(answer_id: str, key: str, source: str) -> str:
    explained = _EXPLAINED.get(key) or _EXPLAINED.get(_field(key), "Part of the referral.")
    placeholders = sorted({match[0] for match in PLACEHOLDER.finditer(source)})
    keep = f" Keep exactly as it is: {', '.join(placeholders)}" if placeholders else ""
    return f"{answer_id}: {explained}{keep}"
