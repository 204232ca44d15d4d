"""Reads glossary/<language>.yaml of a library: Norwegian words, each with its term and one sentence."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from content.glossary.glossary import Explained
from content.models import Origin
from content.yaml_files import Section

# A word is part of an address at the desk, and of a button's action.
WORD = re.compile(r"[^\W_][\w .’'-]{0,49}")
LONGEST_ACTION = 64  # bytes of "word:" and the word
LONGEST_FORM = 80  # of a term, too


@dataclass(frozen=True, slots=True)
class ExplanationEntry(Explained):
    """A word explained in one language, and where that stands in the files."""

    shown_as: str  # the file's name in messages
    line: int


def is_word(word: str) -> bool:
    """Whether it can stand in an address of the desk and on a button."""
    return WORD.fullmatch(word) is not None and len(f"word:{word}".encode()) <= LONGEST_ACTION


def read_words(s: Section, language: str) -> Iterator[ExplanationEntry]:
    """The words of one file, whose language is known already."""
    origin = s.choice("origin", Origin, Origin.WRITTEN)
    several = s.section("words")
    for word in several.keys() if several else ():
        one = several.section(word) if several else None
        if one is None:
            continue
        one.only("term", "forms", "meaning", "origin")
        if not is_word(word):
            one.complain("term", f"'{word[:60]}' may have letters, digits, spaces and hyphens, at most 50 of them")
        forms = one.texts("forms")
        if any(len(form) > LONGEST_FORM for form in forms):
            one.complain("forms", f"a form may have at most {LONGEST_FORM} characters")
        term, meaning = one.text("term", most=LONGEST_FORM), one.text("meaning", most=1000)
        its_origin = one.choice("origin", Origin, origin)
        yield ExplanationEntry(word, language, its_origin, term, forms, meaning, s.path, one.line)
