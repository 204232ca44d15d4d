"""In which wordings of an answer each n-gram stands: how like a question is to them is looked up.

Multiplying all of an answer's wordings with a question would touch a hundred thousand numbers, nine tenths of them for
n-grams that the question does not have.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from content.finding.features import Floats
from content.finding.halves import widened


@dataclass(frozen=True, slots=True)
class Postings:
    """The rows of all wordings, turned round within each label."""

    labels: NDArray[np.int32]  # label n has the entries labels[n] to labels[n + 1]
    grams: NDArray[np.int32]  # of each entry, ascending within a label
    entries: NDArray[np.int32]  # entry n has the places entries[n] to entries[n + 1] of what follows
    rows: NDArray[np.uint16 | np.uint32]  # counted from the label's first
    values: NDArray[np.float16]

    @classmethod
    def of(cls, rows: sp.csr_matrix, starts: NDArray[np.int32]) -> "Postings":
        """Of rows of which those from starts[n] to starts[n + 1] belong to label n."""
        several = [_turned(rows[start:end]) for start, end in pairwise(starts.tolist())]
        kind = np.uint16 if np.diff(starts).max(initial=0) <= np.iinfo(np.uint16).max else np.uint32
        return cls(
            labels=_pointers(np.array([len(grams) for grams, _counts, _block in several])),
            grams=np.concatenate([grams for grams, _counts, _block in several]),
            entries=_pointers(np.concatenate([counts for _grams, counts, _block in several])),
            rows=np.concatenate([block.indices.astype(kind) for _grams, _counts, block in several]),
            values=np.concatenate([block.data.astype(np.float16) for _grams, _counts, block in several]),
        )

    def likeness(self, label: int, grams: NDArray[np.int32], values: Floats, *, rows: int) -> Floats:
        """Cosines of a question with each of a label's so many rows; both have length one."""
        first, end = self.labels[label : label + 2]
        known = self.grams[first:end]
        entries = np.searchsorted(known, grams)
        is_known = entries < len(known)
        is_known[is_known] = known[entries[is_known]] == grams[is_known]
        entries = entries[is_known] + first
        begins = self.entries[entries]
        counts = self.entries[entries + 1] - begins
        places = _ranges(begins, counts)
        products = widened(self.values[places]) * np.repeat(values[is_known], counts)
        found: Floats = np.bincount(self.rows[places], products, minlength=rows).astype(np.float32)
        return found

    def matrix(self, starts: NDArray[np.int32], *, grams: int) -> sp.csr_matrix:
        """The rows again."""
        return sp.vstack(list(self._blocks(starts, grams)), format="csr")

    def _blocks(self, starts: NDArray[np.int32], grams: int) -> Iterator[sp.csr_matrix]:
        for label, (start, end) in enumerate(pairwise(starts.tolist())):
            first, last = self.labels[label : label + 2]
            entries = self.entries[first : last + 1]
            within = slice(entries[0], entries[-1])
            places = self.rows[within].astype(np.int32), np.repeat(self.grams[first:last], np.diff(entries))
            yield sp.coo_matrix((widened(self.values[within]), places), shape=(end - start, grams)).tocsr()


def _turned(rows: sp.csr_matrix) -> tuple[NDArray[np.int32], NDArray[np.int32], sp.csc_matrix]:
    """The n-grams that stand in these rows, in how many each of them, and where."""
    block = rows.tocsc()
    counts = np.diff(block.indptr)
    (grams,) = np.nonzero(counts)
    return grams.astype(np.int32), counts[grams], block


def _pointers(counts: NDArray[np.int32]) -> NDArray[np.int32]:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)


def _ranges(begins: NDArray[np.int32], counts: NDArray[np.int32]) -> NDArray[np.int64]:
    """The numbers from each beginning on, so many of each."""
    shifts: NDArray[np.int64] = np.repeat(begins - (np.cumsum(counts) - counts), counts)
    return shifts + np.arange(len(shifts))
