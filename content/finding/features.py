"""What the finder sees of a text: character n-grams within words, words and pairs of words, weighted by tf-idf.

Letters that people use for one another are made equal first (accents off the keyboard, Arabic and Persian forms,
digits), so that "soknad", "søknad" and "SØKNAD" meet.
"""

import itertools
import math
import re
import unicodedata
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import compress

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

    @classmethod
    def learn(cls, texts: Iterable[Sequence[str]], *, seen_at_least: int = 2) -> tuple["Vectoriser", sp.csr_matrix]:
        """Learn which n-grams there are and how rare each is, from the ``words`` of texts; and the rows of these."""
        places: defaultdict[str, int] = defaultdict(itertools.count().__next__)
        place_of = places.__getitem__  # each call of Python counts here: there are millions of n-grams
        of_words: dict[str, array[int]] = {}  # most words of tens of thousands of wordings are the same few thousand
        columns, pointers = array("i"), array("i", [0])
        for several in texts:
            for word in several:
                if word not in of_words:
                    of_words[word] = array("i", map(place_of, _of_word(word)))
                columns.extend(of_words[word])
            columns.extend(map(place_of, _of_pairs(several)))
            pointers.append(len(columns))
        shape = (len(pointers) - 1, len(places))
        rows = sp.csr_matrix((np.ones(len(columns), np.float32), np.array(columns), np.array(pointers)), shape=shape)
        rows.sum_duplicates()
        occurs = np.bincount(rows.indices, minlength=len(places))
        is_kept = occurs >= seen_at_least
        rarity = (np.log((1 + shape[0]) / (1 + occurs[is_kept])) + 1).astype(np.float32)
        return cls(list(compress(places, is_kept)), rarity), _weighted(rows, is_kept, rarity)

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
        known = [(self._place[gram], n) for gram, n in counted.items() if gram in self._place]
        places = np.array([place for place, _n in known], dtype=np.int32)
        weights = np.array([1 + math.log(n) for _place, n in known], dtype=np.float32) * self.rarity[places]
        length = float(np.sqrt(weights @ weights)) if len(weights) else 0.0
        return places, weights / length if length else weights


def _weighted(counted: sp.csr_matrix, is_kept: NDArray[np.bool_], rarity: Floats) -> sp.csr_matrix:
    """Rows of length one out of how often each n-gram occurs; of those that are kept."""
    new_places = np.cumsum(is_kept, dtype=np.int32) - 1
    taken = is_kept[counted.indices]
    places = new_places[counted.indices[taken]]
    pointers = np.concatenate([np.zeros(1, np.int32), np.cumsum(taken, dtype=np.int32)])[counted.indptr]
    weights = (1 + np.log(counted.data[taken])) * rarity[places]
    row_of = np.repeat(np.arange(counted.shape[0]), np.diff(pointers))
    lengths = np.sqrt(np.bincount(row_of, weights * weights, minlength=counted.shape[0])).astype(np.float32)
    return sp.csr_matrix((weights / lengths[row_of], places, pointers), shape=(counted.shape[0], len(rarity)))


def count(text: str) -> Counter[str]:
    """How often each n-gram stands in a text."""
    return Counter(grams(text))
