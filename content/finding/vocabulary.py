"""Learns which n-grams there are in all wordings at once, where ``features`` looks at one text.

There are some fifteen million in a town's wordings. They are counted as numbers: first in each different word, then,
by a product of matrices, in each text.
"""

import itertools
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from content.finding.features import LONGEST, SHORTEST, Floats, Vectoriser


def learn_vocabulary(texts: Iterable[Sequence[str]], *, seen_at_least: int = 2) -> tuple[Vectoriser, sp.csr_matrix]:
    """From the ``words`` of texts: the n-grams that stand in so many of them, how rare each is; and the texts' rows."""
    numbers: defaultdict[str, int] = defaultdict(itertools.count().__next__)
    one_by_one, lengths = array("i"), array("i")
    for several in texts:
        one_by_one.extend(map(numbers.__getitem__, several))
        lengths.append(len(several))
    words = _Words.of(list(numbers))
    in_texts, pairs = _words_and_pairs(np.array(one_by_one), np.array(lengths), len(numbers))
    rows = in_texts @ sp.block_diag((words.grams, sp.identity(len(pairs), np.float32)), format="csr")
    occurs = np.bincount(rows.indices, minlength=rows.shape[1])
    is_kept = occurs >= seen_at_least
    rarity = (np.log((1 + rows.shape[0]) / (1 + occurs[is_kept])) + 1).astype(np.float32)
    of_words, of_pairs = np.split(is_kept, [words.grams.shape[1]])
    names = [*words.spelled(np.flatnonzero(of_words)), *words.paired(pairs[of_pairs])]
    return Vectoriser(names, rarity), _weighted(rows, is_kept, rarity)


@dataclass(frozen=True, slots=True)
class _Words:
    """Different words, and how often each n-gram stands in each of them."""

    words: Sequence[str]
    text: str  # all of them with their borders, one after another
    starts: NDArray[np.int64]  # where in it each n-gram stands for the first time
    ends: NDArray[np.int64]
    grams: sp.csr_matrix  # (words, n-grams and then the words themselves)

    @classmethod
    def of(cls, words: Sequence[str]) -> "_Words":
        """An n-gram is told from others by a shorter one and the letter that follows: two numbers, never a string."""
        text = "".join(f"<{word}>" for word in words)
        lengths = np.array([len(word) + 2 for word in words], dtype=np.int64)
        word_of = np.repeat(np.arange(len(words)), lengths)
        to_the_end = np.repeat(np.cumsum(lengths), lengths) - np.arange(len(text))
        letters = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.int64)
        found, starts, ends = letters, [], []
        in_words, numbers, known = [], [], 0
        for size in range(2, LONGEST + 1):
            (at,) = np.nonzero(to_the_end >= size)
            pairs = (found[at] << 21) + letters[at + size - 1]  # a letter of Unicode has 21 bits
            _different, first, found_at = np.unique(pairs, return_index=True, return_inverse=True)
            found = np.zeros_like(letters)
            found[at] = found_at
            if size >= SHORTEST:
                starts.append(at[first])
                ends.append(at[first] + size)
                in_words.append(word_of[at])
                numbers.append(known + found_at)
                known += len(first)
        in_words.append(np.arange(len(words)))
        numbers.append(known + np.arange(len(words)))
        places = (np.concatenate(in_words), np.concatenate(numbers))
        grams = _counts(places, (len(words), known + len(words)))
        return cls(words, text, np.concatenate(starts), np.concatenate(ends), grams)

    def spelled(self, numbers: NDArray[np.int64]) -> Iterator[str]:
        """The n-grams with these numbers as ``features`` writes them."""
        within = numbers[numbers < len(self.starts)]
        for start, end in zip(self.starts[within].tolist(), self.ends[within].tolist(), strict=True):
            yield self.text[start:end]
        for number in numbers[len(within) :] - len(self.starts):
            yield f"={self.words[number]}"

    def paired(self, pairs: NDArray[np.int64]) -> Iterator[str]:
        """The same for neighbouring words."""
        for first, second in pairs.tolist():
            yield f"{self.words[first]} {self.words[second]}"


def _words_and_pairs(
    one_by_one: NDArray[np.int32], lengths: NDArray[np.int32], different: int
) -> tuple[sp.csr_matrix, NDArray[np.int64]]:
    """How often each word and then each pair of neighbours stands in each text; and the words of each pair."""
    text_of = np.repeat(np.arange(len(lengths)), lengths)
    (at,) = np.nonzero(text_of[:-1] == text_of[1:])
    found = one_by_one[at].astype(np.int64) * different + one_by_one[at + 1]
    pairs, numbers = np.unique(found, return_inverse=True)
    places = (np.concatenate([text_of, text_of[at]]), np.concatenate([one_by_one, different + numbers]))
    counts = _counts(places, (len(lengths), different + len(pairs)))
    return counts, np.stack(np.divmod(pairs, max(different, 1)), axis=1)


def _counts(places: tuple[NDArray[np.int64], NDArray[np.int64]], shape: tuple[int, int]) -> sp.csr_matrix:
    """How often each place is named."""
    return sp.coo_matrix((np.ones(len(places[0]), np.float32), places), shape=shape).tocsr()


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
