"""Is a translation up to date with the text it was made from? Computed from hashes, never from clocks.

A translation remembers the hash of the source text it was made from. Line endings, spaces at line ends, repeated
spaces and the Unicode form do not count: changing them outdates nothing.
"""

import hashlib
import json
import re
import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum

_SPACES = re.compile(r"[\t\u00a0][ \t\u00a0]*| [ \t\u00a0]+")  # a lone space is what it is to become already
_EMPTY_LINES = re.compile(r"\n{3,}")


class Freshness(StrEnum):
    """How a translation stands towards its source."""

    FRESH = "fresh"
    OUTDATED = "outdated"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Text:
    """The words of a revision that a resident reads. The asked-as wordings are not among them."""

    title: str
    short: str
    full: str = ""
    applies_to: str = ""
    next_steps: tuple[str, ...] = ()
    referral: dict[str, str] = field(default_factory=dict)
    easy: str = ""  # in place of short and full for who reads easily; content.easy_texts

    def hash(self) -> str:
        """Sixty-four hexadecimal digits that change exactly when the meaning may have changed.

        The easy text does not count: it says no more than the plain text, and has a hash of its own.
        """
        words = [
            self.title,
            self.short,
            self.full,
            self.applies_to,
            list(self.next_steps),
            sorted((key, value) for key, value in self.referral.items() if value.strip()),  # empty says nothing
        ]
        return hash_of(words)

    def easy_hash(self) -> str:
        """The same for the easy text alone, by which easy texts are outdated; empty lines do not count."""
        return hash_of([line for line in self.easy.splitlines() if line.strip()])

    def identity(self) -> str:
        """The hash of all the words, the easy ones too: whether two texts are the same, not whether one is outdated."""
        return hash_of([self.hash(), self.easy]) if self.easy.strip() else self.hash()


def hash_of(words: object) -> str:
    """The hash of words in lists, by the same rule: what does not count in a text does not count here either."""
    normal = json.dumps(_normalise(words), ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(normal.encode()).hexdigest()


def freshness(*, made_from: str | None, source: str, exists: bool = True) -> Freshness:
    """Compare the hash a translation was made from with the hash of the source text as it is now.

    Wrong: comparing dates of editing (a typing correction outdates, a bulk import freshens).
    Correct: comparing what was read with what now stands there.
    """
    if not exists:
        return Freshness.MISSING
    return Freshness.FRESH if made_from == source else Freshness.OUTDATED


def is_easy_outdated(*, easy_from: str | None, source_easy: str | None) -> bool:
    """Whether an easy text was made from another easy text than the source has now.

    None on one side: nobody has said what it was made from, or what the source has. Then nothing is claimed.
    """
    return easy_from is not None and source_easy is not None and easy_from != source_easy


def _normalise(value: object) -> object:
    if isinstance(value, str):
        plain = unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n"))
        lines = [_SPACES.sub(" ", line).strip() for line in plain.split("\n")]
        return (_EMPTY_LINES.sub("\n\n", "\n".join(lines)) if len(lines) > 1 else lines[0]).strip()
    if isinstance(value, list | tuple):
        return [_normalise(one) for one in value]
    return value
