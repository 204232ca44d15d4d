"""What changed between two texts, word by word: for whoever translates, reviews or looks back.

A pure comparison for reading. Whether a translation is outdated is decided by hashes (content.freshness), not here.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import pairwise, takewhile

from content.facts import PLACEHOLDER
from content.freshness import Text

LONGEST_WORD = 40  # what is longer is a text without spaces
_MOST_WORK = 150_000.0  # under a second on a slow machine, whatever the texts
_WORD = re.compile(r"\S+\s*|\s+")
_SENTENCE = re.compile(r"[^.!?。！？؟۔።\n]*(?:[.!?。！？؟۔።]+|\n|$)\s*")
_JOINER = "\u200d"


class RunKind(StrEnum):
    """What became of a piece of text."""

    SAME = "same"
    GONE = "gone"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of text, never empty; neighbours are of different kinds, and what is gone stands before what is new."""

    kind: RunKind
    text: str


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """A field of a text that is not as before: title, short, full, applies_to, next_steps.0, referral.whom."""

    field: str
    runs: tuple[Run, ...]


_Change = tuple[str, str, str]  # what is the same, then what is gone, then what is new
_Opcodes = Sequence[tuple[str, int, int, int, int]]
_Within = Callable[[str, str], Iterator[_Change]]


def word_difference(before: str, after: str) -> tuple[Run, ...]:
    """What stayed, went and came: same and gone make exactly `before`, same and new exactly `after`.

    Words are compared (in texts without spaces, letters with their marks); a placeholder is never cut. Where that would
    take long, lines and sentences are compared first, then the words of those that changed; a part that repeats itself
    too often for that is gone and new as a whole. Two texts of 20,000 characters take less than two seconds.
    """
    return tuple(_runs(_compare(before, after, limit=_MOST_WORK)))


def text_difference(before: Text, after: Text) -> tuple[FieldDifference, ...]:
    """Every field in which the texts differ, in the order in which they are read.

    Line endings are made equal first, and a field that only differs in spaces or the Unicode form is no difference:
    the same rule as for freshness. Next steps are compared by their place.
    """
    old, new = fields_of(before), fields_of(after)
    return tuple(
        FieldDifference(name, word_difference(_one_line_ending(old.get(name, "")), _one_line_ending(new.get(name, ""))))
        for name in _in_order(old, new)
        if Text("", old.get(name, "")).hash() != Text("", new.get(name, "")).hash()
    )


def fields_of(text: Text) -> dict[str, str]:
    """What a resident reads, by the names of the fields in the editor, in the order in which they are read."""
    return {
        "title": text.title,
        "short": text.short,
        "full": text.full,
        "easy": text.easy,
        "applies_to": text.applies_to,
        **{f"next_steps.{place}": step for place, step in enumerate(text.next_steps)},
        **{f"referral.{key}": words for key, words in text.referral.items()},
    }


def _in_order(old: dict[str, str], new: dict[str, str]) -> list[str]:
    """The names of both, a further next step before the referral."""
    return sorted({**old, **new}, key=lambda name: name.startswith("referral."))


def _one_line_ending(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _runs(changes: Iterator[_Change]) -> Iterator[Run]:
    """Joined, so that between two pieces that are the same there is at most one that went and one that came."""
    gone, new, same = "", "", ""
    for kept, left, came in changes:
        if kept:
            if gone or new:
                yield from _filled((RunKind.SAME, same), (RunKind.GONE, gone), (RunKind.NEW, new))
                gone, new, same = "", "", ""
            same += kept
        gone, new = gone + left, new + came
    yield from _filled((RunKind.SAME, same), (RunKind.GONE, gone), (RunKind.NEW, new))


def _filled(*pieces: tuple[RunKind, str]) -> Iterator[Run]:
    return (Run(kind, text) for kind, text in pieces if text)


def _compare(before: str, after: str, *, limit: float) -> Iterator[_Change]:
    """Word by word where that is quick, otherwise word by word within the sentences that changed."""
    size = len(before) + len(after)

    def words_within(left: str, came: str) -> Iterator[_Change]:
        share = limit * (len(left) + len(came)) / size
        return _match(_words(left), _words(came), _whole, limit=share) or _whole(left, came)

    words, others = _words(before), _words(after)
    head, tail = _same_at_both_ends(words, others)
    yield from ((unit, "", "") for unit in words[:head])
    old, new = words[head : len(words) - tail], others[head : len(others) - tail]
    left, came = "".join(old), "".join(new)
    yield from (
        _match(old, new, _whole, limit=limit)
        or _match(_sentences(left), _sentences(came), words_within, limit=limit)
        or _whole(left, came)
    )
    yield from ((unit, "", "") for unit in words[len(words) - tail :])


def _same_at_both_ends(old: list[str], new: list[str]) -> tuple[int, int]:
    """How many units at the beginning and at the end are the same, the ones at the beginning counted first."""
    head = sum(1 for _unit in takewhile(_is_pair, zip(old, new, strict=False)))
    ends = zip(reversed(old[head:]), reversed(new[head:]), strict=False)
    return head, sum(1 for _unit in takewhile(_is_pair, ends))


def _is_pair(both: tuple[str, str]) -> bool:
    return both[0] == both[1]


def _whole(left: str, came: str) -> Iterator[_Change]:
    yield "", left, came


def _match(old: list[str], new: list[str], within: _Within, *, limit: float) -> Iterator[_Change] | None:
    """Align two rows of units by their letters, or None where that would take long.

    `within` says what becomes of the units that have no counterpart.
    """
    keys = [unit.rstrip() for unit in old], [unit.rstrip() for unit in new]
    if _work(*keys) > limit:
        return None
    return _aligned(old, new, SequenceMatcher(None, *keys, autojunk=False).get_opcodes(), within)


def _aligned(old: list[str], new: list[str], opcodes: _Opcodes, within: _Within) -> Iterator[_Change]:
    for kind, first, last, start, end in opcodes:
        if kind == "equal":
            yield from (_pair(*both) for both in zip(old[first:last], new[start:end], strict=True))
        else:
            yield from within("".join(old[first:last]), "".join(new[start:end]))


def _pair(old: str, new: str) -> _Change:
    """The same word; the space after it may be another."""
    if old == new:
        return old, "", ""
    length = len(old.rstrip())
    return old[:length], old[length:], new[length:]


def _work(old: list[str], new: list[str]) -> float:
    """How long matching may take: the units and the pairs of equal ones, times about how often each is looked at."""
    counts, others = Counter(old), Counter(new)
    pairs = sum(count * others[unit] for unit, count in counts.items())
    return float((len(old) + pairs) * (counts & others).total() ** 0.5)


def _sentences(text: str) -> list[str]:
    return [match[0] for match in _SENTENCE.finditer(text) if match[0]]


def _words(text: str) -> list[str]:
    """Words with the space after them; together they are the text."""
    return [unit for match in _WORD.finditer(text) for unit in _units(match[0])]


def _units(word: str) -> Iterator[str]:
    if len(word.rstrip()) <= LONGEST_WORD:
        yield word
        return
    done = 0
    for match in PLACEHOLDER.finditer(word):
        yield from _letters(word[done : match.start()])
        yield match[0]
        done = match.end()
    yield from _letters(word[done:])


def _letters(text: str) -> Iterator[str]:
    """Single characters, each with the marks and spaces that follow it."""
    starts = (place for place, (one, other) in enumerate(pairwise(text), start=1) if not _belongs(one, other))
    yield from (text[start:end] for start, end in pairwise([0, *starts, len(text)]) if start < end)


def _belongs(one: str, other: str) -> bool:
    return other.isspace() or _JOINER in (one, other) or unicodedata.category(other).startswith("M")
