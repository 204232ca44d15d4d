"""Learns from all wordings of all languages at once: multinomial logistic regression on n-grams and vectors.

Minimised by AdaGrad (Duchi, Hazan, Singer 2011) on small batches: each weight steps the less, the more it has moved
already, so that rare n-grams are heard after a few rounds, and learning can go on later where it ended.
"""

import math
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from content.finding.features import Floats

LARGEST_BATCH, SMALLEST_BATCH = 1024, 128
LEAST_STEPS = 60  # of all rounds together: a small library is gone through more often
# Lengths of a step where a label has as many examples as in the starter library. The fewer there are, the more must
# meaning carry: vectors step further, n-grams less. Chosen on the development questions and, for few, on CLINC150.
GRAMS_STEP, VECTORS_STEP, BIAS_STEP = 2.0, 0.1, 0.1
USUAL_EXAMPLES, LARGEST_FEW = 500, 6.0
THREADS = 2
AT_ONCE = 2048  # n-grams whose weights are moved at once: what is worked out meanwhile stays near the processor
UNMOVED = 0.25  # what everything counts as moved at the beginning, more with few examples: one alone does not decide


@dataclass(frozen=True, slots=True)
class Weights:
    """The learned model: scores = grams @ on_grams + vectors @ on_vectors + bias; and how much each row has moved."""

    on_grams: Floats  # (n-grams, labels)
    on_vectors: Floats  # (vector size, labels)
    bias: Floats  # (labels,)
    grams_moved: Floats  # (n-grams,), sums of squared slopes
    vectors_moved: Floats  # (vector size,)

    @classmethod
    def none(cls, grams: int, size: int, labels: int, *, each: float) -> "Weights":
        """Nothing learned yet, of labels with so many examples each."""
        zeros = (np.zeros(shape, dtype=np.float32) for shape in ((grams, labels), (size, labels), (labels,)))
        moved = (np.full(count, UNMOVED * _few(each), dtype=np.float32) for count in (grams, size))
        return cls(*zeros, *moved)

    def of_grams(self, places: NDArray[np.int64]) -> "Weights":
        """Copies for some of the n-grams, to learn on them alone."""
        vectors = (self.on_vectors.copy(), self.bias.copy())
        return Weights(self.on_grams[places], *vectors, self.grams_moved[places], self.vectors_moved.copy())


@dataclass(frozen=True, slots=True)
class Vectors:
    """The sentence vectors of those examples that have one."""

    rows: NDArray[np.int32]  # which examples, in order
    values: Floats  # (rows, vector size)

    def among(self, chosen: NDArray[np.bool_]) -> "Vectors":
        """The vectors of some examples, which are numbered anew."""
        kept = chosen[self.rows]
        return Vectors((np.cumsum(chosen, dtype=np.int32) - 1)[self.rows[kept]], self.values[kept])


@dataclass(frozen=True, slots=True)
class _Part:
    """Some of the n-grams that stand in a batch, and in which of its rows."""

    touched: NDArray[np.int64]
    transposed: sp.csr_matrix  # (touched, rows)


@dataclass(frozen=True, slots=True)
class _Batch:
    """Some rows, in halves for two threads, and their n-grams, in parts."""

    halves: tuple[sp.csr_matrix, ...]
    parts: tuple[_Part, ...]
    with_vector: NDArray[np.int64]  # places within the batch
    vectors: Floats
    labels: NDArray[np.int64]
    importance: Floats


@dataclass(frozen=True, slots=True)
class _Steps:
    on_grams: float
    on_vectors: float
    bias: float


def train(
    grams: sp.csr_matrix,
    vectors: Vectors,
    labels: NDArray[np.int64],
    importance: Floats,
    *,
    each: float,
    rounds: int,
    begin: Weights,
) -> Weights:
    """Go on from ``begin`` with labelled rows, each seen once a round, or more often when there are few.

    Steps become shorter to the end.

    ``importance`` weighs each row; 1 is usual. A label has ``each`` examples on average. ``begin`` is changed and given
    back.
    """
    order = np.random.default_rng(0)
    several = _divided(order.permutation(grams.shape[0]))
    few = _few(each)
    with ThreadPoolExecutor(min(THREADS, os.cpu_count() or 1)) as threads:
        batches = list(threads.map(partial(_batch, grams, vectors, labels, importance), several))
        rounds = max(rounds, math.ceil(LEAST_STEPS / len(batches)))
        for number in range(rounds):
            fading = 1 - number / rounds
            steps = _Steps(GRAMS_STEP / math.sqrt(few) * fading, VECTORS_STEP * few * fading, BIAS_STEP * fading)
            for place in order.permutation(len(batches)):
                _learn(batches[place], begin, steps, threads)
    return begin


def _divided(order: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    size = min(max(len(order) // 40, SMALLEST_BATCH), LARGEST_BATCH)
    return [order[start : start + size] for start in range(0, len(order), size)]


def _batch(
    grams: sp.csr_matrix, vectors: Vectors, labels: NDArray[np.int64], importance: Floats, rows: NDArray[np.int64]
) -> _Batch:
    some, half = grams[rows], len(rows) // 2
    vector_of = np.searchsorted(vectors.rows, rows)
    with_vector = np.flatnonzero(np.isin(rows, vectors.rows))
    some_vectors = vectors.values[vector_of[with_vector]]
    halves, parts = (some[:half], some[half:]), tuple(_parts(some))
    return _Batch(halves, parts, with_vector, some_vectors, labels[rows], importance[rows, None])


def _parts(rows: sp.csr_matrix) -> Iterator[_Part]:
    touched, places = np.unique(rows.indices, return_inverse=True)
    narrow = sp.csr_matrix((rows.data, places.astype(np.int32), rows.indptr), shape=(rows.shape[0], len(touched)))
    transposed = narrow.T.tocsr()
    for start in range(0, len(touched), AT_ONCE):
        yield _Part(touched[start : start + AT_ONCE], transposed[start : start + AT_ONCE])


def _learn(batch: _Batch, weights: Weights, steps: _Steps, threads: ThreadPoolExecutor) -> None:
    """One step. The threads work on rows and n-grams of their own: how many there are changes no number."""
    scores = np.concatenate(list(threads.map(lambda rows: rows @ weights.on_grams, batch.halves)))
    scores += weights.bias
    scores[batch.with_vector] += batch.vectors @ weights.on_vectors
    error = softmax(scores)
    error[np.arange(len(batch.labels)), batch.labels] -= 1
    error *= batch.importance

    moved = threads.map(lambda part: _move(part, error, weights, steps.on_grams), batch.parts)

    slope = batch.vectors.T @ error[batch.with_vector]
    weights.vectors_moved[:] += _squared(slope)
    weights.on_vectors[:] -= (steps.on_vectors / np.sqrt(weights.vectors_moved))[:, None] * slope
    weights.bias[:] -= steps.bias * error.mean(axis=0)
    list(moved)


def _move(part: _Part, error: Floats, weights: Weights, step: float) -> None:
    slope = part.transposed @ error
    moved = weights.grams_moved[part.touched] + _squared(slope)
    weights.grams_moved[part.touched] = moved
    slope *= (step / np.sqrt(moved))[:, None]
    weights.on_grams[part.touched] -= slope


def _few(each: float) -> float:
    """How few examples a label has: 1 as usual, up to LARGEST_FEW."""
    return min(max(math.sqrt(USUAL_EXAMPLES / each), 1.0), LARGEST_FEW)


def _squared(slope: Floats) -> Floats:
    """The mean square of each row."""
    squares: Floats = np.einsum("ij,ij->i", slope, slope) / slope.shape[1]
    return squares


def softmax(scores: Floats) -> Floats:
    """Shares that sum to one along the last axis."""
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares: Floats = powers / powers.sum(axis=-1, keepdims=True)
    return shares
