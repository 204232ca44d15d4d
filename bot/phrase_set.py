"""Looks for many phrases in a message at once."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from content.finding.features import words

_APOSTROPHE = re.compile(r"(?<=\w)['’‘ʼ`´′](?=\w)")


def readings(text: str) -> list[list[str]]:
    """The words of a text as phrases are compared.

    Twice where an apostrophe may part words ("l'incendie") or stand in one ("can't", "cant").
    """
    return [words(form, most=None) for form in _forms(text)]


def with_norwegian_letters(message: Sequence[str]) -> list[str]:
    """The message with aa and oe read as å and ø, which are compared as a and o."""
    return [word.replace("aa", "a").replace("oe", "o") for word in message]


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    has_any_ending: bool

    def fits(self, word: str) -> bool:
        return word.startswith(self.text) if self.has_any_ending else word == self.text


class PhraseSet:
    """Phrases whose words stand in a message in their order, a few others between neighbours; ``*``: any ending.

    A message is one of its readings. Every phrase is filed under its first word, so that thousands of
    phrases cost no more than the few that begin like a word of the message.
    """

    def __init__(self, phrases: Iterable[str], *, between: int) -> None:
        """``between``: how many other words may stand between two neighbours of a phrase."""
        self._between = between
        self._whole: dict[str, list[Sequence[_Word]]] = defaultdict(list)
        self._stems: dict[str, list[Sequence[_Word]]] = defaultdict(list)
        for phrase in sorted(set(phrases)):
            for parts in filter(None, map(_parts, _forms(phrase))):
                under = self._stems if parts[0].has_any_ending else self._whole
                under[parts[0].text].append(parts[1:])
        self._words = {word for parts in chain(*self._whole.values(), *self._stems.values()) for word in parts}
        # Most words begin no phrase: two letters say so.
        self._stem_lengths = sorted(set(map(len, self._stems)))
        self._shortest = min([2, *self._stem_lengths])
        self._beginnings = {stem[: self._shortest] for stem in self._stems}

    def are_in(self, message: Sequence[str]) -> bool:
        """Whether any phrase stands in the message."""
        return any(self._end(message, start) is not None for start in range(len(message)))

    def begin(self, message: Sequence[str]) -> bool:
        """Whether the message begins with a phrase, and goes on with words of phrases only."""
        end = self._end(message, 0) if message else None
        return end is not None and all(map(self._is_known, message[end:]))

    def without(self, message: Sequence[str]) -> list[str]:
        """The message without the phrases that stand in it, and without what stands between their words."""
        kept, place = [], 0
        while place < len(message):
            end = self._end(message, place)
            if end is None:
                kept.append(message[place])
            place = place + 1 if end is None else end
        return kept

    def _is_known(self, word: str) -> bool:
        return any(known.fits(word) for known in self._words)

    def _end(self, message: Sequence[str], start: int) -> int | None:
        """Where a phrase that begins at this place ends; None when none does."""
        first = message[start]
        begun = [*self._whole.get(first, ())]
        if first[: self._shortest] in self._beginnings:
            for length in self._stem_lengths:
                begun += self._stems.get(first[:length], ()) if length <= len(first) else ()
        if not begun:
            return None
        ends = (self._end_of(rest, message, start + 1) for rest in begun)
        return next((end for end in ends if end is not None), None)

    def _end_of(self, rest: Sequence[_Word], message: Sequence[str], start: int) -> int | None:
        if not rest:
            return start
        for place in range(start, min(start + self._between + 1, len(message))):
            if rest[0].fits(message[place]):
                end = self._end_of(rest[1:], message, place + 1)
                if end is not None:
                    return end
        return None


def _parts(phrase: str) -> tuple[_Word, ...]:
    parts: list[_Word] = []
    for piece in phrase.split():
        parts += [_Word(text, has_any_ending=False) for text in words(piece)]
        if parts and piece.rstrip('"').endswith("*"):
            parts[-1] = _Word(parts[-1].text, has_any_ending=True)
    return tuple(parts)


def _forms(text: str) -> list[str]:
    return list(dict.fromkeys((text, _APOSTROPHE.sub("", text))))
