"""What the finder sees of a text: character n-grams within words, words and pairs of words, weighted by tf-idf.

Letters that people use for one another are made equal first (accents off the keyboard, Arabic and Persian forms,
digits), so that "soknad", "søknad" and "SØKNAD" meet.
"""

import itertools
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

Floats = NDArray[np.float32]

SHORTEST, LONGEST = 2, 5
LONGEST_NUMBER = 1000  # digits; Python refuses to read numbers that are much longer
MOST_CHARACTERS = 1000  # of a question; more than anybody needs to say what it is about
_WORD = re.compile(r"[^\W_]+")
# Ge'ez rows of syllables that people write for one another, and the fourth vowel of the throat sounds for the first.
_GEEZ_ROWS = (("ሐ", "ሀ"), ("ኀ", "ሀ"), ("ሠ", "ሰ"), ("ዐ", "አ"), ("ፀ", "ጸ"), ("ቐ", "ቀ"))
_GEEZ = {chr(ord(row) + vowel): chr(ord(same) + vowel) for row, same in _GEEZ_ROWS for vowel in range(7)}
_GEEZ |= {"ሃ": "ሀ", "ሓ": "ሀ", "ኃ": "ሀ", "ኣ": "አ", "ዓ": "አ"}
_SAME_LETTER = str.maketrans(
    {
        "ø": "o", "æ": "ae", "å": "a", "ł": "l", "đ": "d", "ı": "i", "ß": "ss",
        "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ی": "ي", "ئ": "ي", "ؤ": "و", "ة": "ه", "ۀ": "ه", "ہ": "ه",
        "ھ": "ه", "ک": "ك", "گ": "ك", "ـ": "", "ё": "е", "ґ": "г",
    }
    | _GEEZ
)  # fmt: skip

_MARKS = dict.fromkeys(code for code in range(0x20000) if unicodedata.combining(chr(code)))


def words(text: str, *, most: int | None = MOST_CHARACTERS) -> list[str]:
    """The words of a text in the form in which they are compared; of its first ``most`` characters."""
    plain = unicodedata.normalize("NFKC", text[:most]).casefold().translate(_SAME_LETTER)
    # й and ї are letters of their own; everything else loses its marks.
    kept = plain if plain.isascii() else unicodedata.normalize("NFKD", plain).translate(_MARKS)
    return [
        str(int(word)) if word.isdecimal() and len(word) <= LONGEST_NUMBER else word for word in _WORD.findall(kept)
    ]


def grams(text: str) -> list[str]:
    """All n-grams of a text: of each word with its borders, the words themselves, and neighbouring pairs."""
    several = words(text)
    return [*(gram for word in several for gram in _of_word(word)), *_of_pairs(several)]


def _of_pairs(several: Sequence[str]) -> Iterator[str]:
    return map(" ".join, itertools.pairwise(several))


def _of_word(word: str) -> list[str]:
    bordered = f"<{word}>"
    sizes = range(SHORTEST, LONGEST + 1)
    return [*(bordered[at : at + size] for size in sizes for at in range(len(bordered) - size + 1)), f"={word}"]


class Vectoriser:
    """Turns texts into rows of tf-idf weights of length one. Unknown n-grams are passed over."""

    def __init__(self, vocabulary: Sequence[str], rarity: Floats) -> None:
        self.vocabulary = vocabulary
        self.rarity = rarity
        self._place = {gram: place for place, gram in enumerate(vocabulary)}

    def extended(self, texts: Iterable[str]) -> "Vectoriser":
        """The same, with what is new in these texts added at the end; as rare as anything known."""
        new = list(dict.fromkeys(gram for text in texts for gram in grams(text) if gram not in self._place))
        rarity = np.full(len(new), self.rarity.max(initial=1.0), dtype=np.float32)
        return Vectoriser([*self.vocabulary, *new], np.concatenate([self.rarity, rarity]))

    def rows(self, texts: Sequence[str]) -> sp.csr_matrix:
        """The rows of several texts."""
        several = [self.row(count(text)) for text in texts]
        pointers = np.cumsum([0, *(len(places) for places, _weights in several)])
        places = np.concatenate([np.zeros(0, dtype=np.int32), *(places for places, _weights in several)])
        weights = np.concatenate([np.zeros(0, dtype=np.float32), *(weights for _places, weights in several)])
        return sp.csr_matrix((weights, places, pointers), shape=(len(texts), len(self.vocabulary)))

    def row(self, counted: Counter[str]) -> tuple[NDArray[np.int32], Floats]:
        """Places and weights of one text; both empty when nothing in it is known."""
        found = list(map(self._place.get, counted))
        places = np.array([place for place in found if place is not None], dtype=np.int32)
        often = [n for place, n in zip(found, counted.values(), strict=True) if place is not None]
        weights = (1 + np.log(np.array(often, dtype=np.float32))) * self.rarity[places]
        length = float(np.sqrt(weights @ weights)) if len(weights) else 0.0
        return places, weights / length if length else weights


def count(text: str) -> Counter[str]:
    """How often each n-gram stands in a text."""
    return Counter(grams(text))
