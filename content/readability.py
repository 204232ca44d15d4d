"""How hard a Norwegian text is to read: LIX, and the words that make it hard. For Bokmål and Nynorsk.

LIX (C. H. Björnsson, "Läsbarhet", 1968) is the words in a sentence on average, plus the percentage of words of more
than six letters. The number says nothing about whether a text is understood; klarspråk (Språkrådet, sprakradet.no)
therefore looks at the words as well: content/plain_words.yaml has words of offices, and a plain one for each.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

import yaml

from content.facts import PLACEHOLDER

LONG, HARD = 6, 12  # a word of more letters than this
_PLAIN_WORDS = Path(__file__).with_name("plain_words.yaml")
_WORD = re.compile(r"[^\W_]+(?:[-'’.][^\W_]+)*")
_LINK = re.compile(r"(?:https?://|www\.)[^\s<>]*[^\s<>.,:;!?)]|[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+")
_ITEM = re.compile(r"\s*(?:[-*•–]|\d{1,3}[.)])\s+")
# "f.eks. barn", "1. mars" and "kl. {fact:opens}" go on; so does whatever has no space after the stop.
_END = re.compile(r"(?<!\bca)(?<!\bkl)(?<!\bnr)(?<!\btlf)\.(?=[\s\"»”)]+[^\sa-zæøå]|[\s\"»”)]*$)|[!?:](?=\W|$)")
_SHORT_WORD = "X"  # a capital: after a full stop it begins a sentence


class Level(StrEnum):
    """What a LIX stands for, on Björnsson's scale: children's books are very easy, laws very hard."""

    VERY_EASY = "very_easy"
    EASY = "easy"
    MEDIUM = "medium"
    HARD = "hard"
    VERY_HARD = "very_hard"


@dataclass(frozen=True, slots=True)
class HardWord:
    """A word or phrase to mark, as it is first written in the text, and a plain one for it when we know one."""

    word: str
    plain: str | None


@dataclass(frozen=True, slots=True)
class Readability:
    """How hard a text is, and why. Every word once: the long ones by length, the hard ones as in the text."""

    lix: int
    level: Level
    long_words: tuple[str, ...]
    hard_words: tuple[HardWord, ...]


def readability(text: str) -> Readability:
    """LIX and the words to look at. A text without words has LIX 0.

    A sentence ends at . ! ? : and where a paragraph or a line of a list ends. A placeholder, a link and an e-mail
    address are one short word each. A name (a capital within a sentence) is long but not hard: nobody can change it.
    """
    sentences = list(_sentences(text))
    words = [word for sentence in sentences for word in sentence]
    several = [word for word in words if _letters(word) > LONG]
    lix = round(len(words) / len(sentences) + 100 * len(several) / len(words)) if words else 0
    return Readability(
        lix=lix,
        level=_level(lix),
        long_words=tuple(sorted(_once(several), key=_letters, reverse=True)),
        hard_words=tuple(_hard_words(text, sentences)),
    )


def _level(lix: int) -> Level:
    limits = ((30, Level.VERY_EASY), (40, Level.EASY), (50, Level.MEDIUM), (60, Level.HARD))
    return next((level for limit, level in limits if lix < limit), Level.VERY_HARD)


def _sentences(text: str) -> Iterator[list[str]]:
    """The words of every sentence that has any."""
    for paragraph in _paragraphs(_plain(text)):
        for sentence in _END.split(paragraph):
            if words := _WORD.findall(sentence):
                yield words


def _paragraphs(text: str) -> Iterator[str]:
    """What a sentence never goes beyond: a line of a list, or the lines between two empty ones."""
    lines: list[str] = []
    for line in text.splitlines():
        item = _ITEM.match(line)
        if item or not line.strip():
            yield " ".join(lines)
            lines = []
        if item:
            yield line[item.end() :]
        else:
            lines.append(line)
    yield " ".join(lines)


def _plain(text: str) -> str:
    return _LINK.sub(_SHORT_WORD, PLACEHOLDER.sub(_SHORT_WORD, text))


def _letters(word: str) -> int:
    return sum(character.isalpha() for character in word)


def _once(words: list[str]) -> list[str]:
    first: dict[str, str] = {}
    for word in words:
        first.setdefault(word.casefold(), word)
    return list(first.values())


def _hard_words(text: str, sentences: list[list[str]]) -> Iterator[HardWord]:
    """Words of offices and over-long words, in the order of the text."""
    plain = " ".join(_plain(text).split())
    found = {match[0].casefold(): (match.start(), match[0]) for match in reversed(list(_offices().finditer(plain)))}
    for sentence in sentences:
        for place, word in enumerate(sentence):
            is_name = place > 0 and word[0].isupper()
            if _letters(word) > HARD and not is_name:
                found.setdefault(word.casefold(), (plain.find(word), word))
    for folded, (_place, word) in sorted(found.items(), key=lambda one: one[1]):
        yield HardWord(word, _plain_words().get(folded))


@cache
def _plain_words() -> Mapping[str, str]:
    read: dict[str, str] = yaml.load(_PLAIN_WORDS.read_text(encoding="utf-8"), Loader=yaml.CBaseLoader)  # noqa: S506
    return read


@cache
def _offices() -> re.Pattern[str]:
    longest_first = sorted(_plain_words(), key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b", re.IGNORECASE)
