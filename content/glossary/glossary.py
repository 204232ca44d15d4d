"""What residents can look up: the published words, and which word somebody means. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from content.finding.features import words
from content.models import Origin
from core import languages

LEAST_FOR_A_MISTAKE = 5  # letters; in a shorter word one wrong letter makes another word


@dataclass(frozen=True, slots=True)
class Explained:
    """A word explained in one language."""

    word: str
    language: str
    origin: Origin
    term: str
    forms: tuple[str, ...]
    meaning: str


@dataclass(frozen=True, slots=True)
class Glossary:
    """All published words."""

    texts: Mapping[str, Mapping[str, Explained]]  # by word, then language
    norwegian: Mapping[str, str]  # each form as it is compared, and the word that it is of
    by_length: Mapping[int, Sequence[str]]  # the same forms

    @classmethod
    def of(cls, several: Iterable[Explained]) -> "Glossary":
        """The words, ready to be looked up."""
        texts: dict[str, dict[str, Explained]] = {}
        for one in several:
            texts.setdefault(one.word, {})[one.language] = one
        norwegian: dict[str, str] = {}
        for word in texts:  # a word itself goes before a form of another
            norwegian.setdefault(_compared(word), word)
        for word, by_language in texts.items():
            for form in _forms(by_language, "nb", "nn"):
                norwegian.setdefault(_compared(form), word)
        by_length: dict[int, list[str]] = {}
        for form in norwegian:
            by_length.setdefault(len(form), []).append(form)
        return cls(texts, norwegian, by_length)

    def text_for(self, word: str, language: str) -> Explained:
        """The explanation that serves this reader best: own language, or down the chain of fallbacks."""
        there = self.texts[word]
        return there[languages.first_available(language, there) or "nb"]

    def find_norwegian(self, said: Iterable[str]) -> str | None:
        """The word whose form these compared words are."""
        return self.norwegian.get(" ".join(said))

    def find_misspelt(self, said: Iterable[str]) -> str | None:
        """The only word whose form these compared words are but for one letter."""
        meant = " ".join(said)
        if len(meant) < LEAST_FOR_A_MISTAKE:
            return None
        lengths = range(max(len(meant) - 1, LEAST_FOR_A_MISTAKE), len(meant) + 2)
        near = {
            self.norwegian[form]
            for form in chain.from_iterable(self.by_length.get(length, ()) for length in lengths)
            if is_one_letter_off(meant, form)
        }
        return near.pop() if len(near) == 1 else None

    def find_term(self, said: Iterable[str], *codes: str) -> str | None:
        """The only word whose term or form in one of these languages these compared words are."""
        meant = list(said)
        found = {
            word
            for word, by_language in self.texts.items()
            if any(fits(form, meant) for form in _forms(by_language, *codes))
        }
        return found.pop() if len(found) == 1 else None

    def is_named(self, word: str, text: str) -> bool:
        """Whether the Norwegian word stands in this text, in one of its forms."""
        inside = f" {_compared(text)} "
        return any(of == word and f" {form} " in inside for form, of in self.norwegian.items())


NO_GLOSSARY = Glossary({}, {}, {})


def fits(form: str, said: list[str]) -> bool:
    """Whether compared words are this form; ``*`` in a form stands for any letters."""
    wanted = wanted_words(form)
    return len(wanted) == len(said) and all(map(_is_like, wanted, said))


@lru_cache(maxsize=10_000)
def wanted_words(form: str) -> tuple[str, ...]:
    """The compared words of a form. Kept: every question is held against the forms of a whole language."""
    return tuple(part for piece in form.split() for part in _parts(piece))


def is_one_letter_off(one: str, other: str) -> bool:
    """Whether the texts differ by one letter that is wrong, missing or too many, or by two that changed places."""
    if len(one) > len(other):
        one, other = other, one
    if len(other) - len(one) > 1:
        return False
    start = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))
    if len(one) < len(other):
        return one[start:] == other[start + 1 :]
    rest, rest_of_other = one[start:], other[start:]
    return rest[1:] == rest_of_other[1:] or (rest[1::-1], rest[2:]) == (rest_of_other[:2], rest_of_other[2:])


def _forms(by_language: Mapping[str, Explained], *codes: str) -> Iterator[str]:
    for code in codes:
        if code in by_language:
            yield by_language[code].term
            yield from by_language[code].forms


def _compared(text: str) -> str:
    return " ".join(words(text))


def _parts(piece: str) -> list[str]:
    """The compared words of a piece of a form, with the stars at its ends."""
    several = words(piece)
    if several and piece.startswith("*"):
        several[0] = "*" + several[0]
    if several and piece.endswith("*"):
        several[-1] += "*"
    return several


def _is_like(wanted: str, word: str) -> bool:
    stem = wanted.strip("*")
    match wanted.startswith("*"), wanted.endswith("*"):
        case True, True:
            return stem in word
        case True, False:
            return word.endswith(stem)
        case False, True:
            return word.startswith(stem)
        case _:
            return word == stem
