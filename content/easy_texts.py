"""Easy texts: what stands in place of the short and the full text for residents who read easily. Pure.

One sentence a line, one fact a sentence, few and short lines. That forbids nothing: a longer line is better than a
wrong one. But in danger it says whom to call, as the short text does.
"""

from content.facts import PLACEHOLDER, names_in
from content.freshness import Text

MOST_WORDS, MOST_LINES = 12, 12
LONGEST = 2000  # characters that can be kept


def lines_of(easy: str) -> list[str]:
    """Its lines; empty ones say nothing."""
    return [line.strip() for line in easy.splitlines() if line.strip()]


def long_lines(easy: str) -> list[str]:
    """The lines of more than twelve words. A fact is one word, however it is written out."""
    return [line for line in lines_of(easy) if _count_words(line) > MOST_WORDS]


def numbers_left_out(text: Text) -> list[str]:
    """The facts of the short text that an easy one leaves out; for people in danger they are whom to call."""
    there = set(names_in(text.easy))
    return [name for name in dict.fromkeys(names_in(text.short)) if text.easy.strip() and name not in there]


def _count_words(line: str) -> int:
    words = PLACEHOLDER.sub("X", line).split()
    return sum(any(character.isalnum() for character in word) for word in words)
