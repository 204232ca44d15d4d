"""Learns from all wordings of all languages at once: multinomial logistic regression on n-grams and vectors.

Minimised by AdaGrad (Duchi, Hazan, Singer 2011) on small batches: each weight steps the less, the more it has moved
already, so that rare n-grams are heard after a few rounds, and learning can go on later where it ended.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from content.finding.features import Floats

BATCH = 1024
# Lengths of a step. Chosen on the development questions and on CLINC150.
GRAMS_STEP, VECTORS_STEP, BIAS_STEP = 2.0, 0.1, 0.1
UNMOVED = 0.25  # what every n-gram counts as moved at the beginning: one wording alone does not decide


@dataclass(frozen=True, slots=True)
class Weights:
    """The learned model: scores = grams @ on_grams + vectors @ on_vectors + bias; and how much each row has moved."""

    on_grams: Floats  # (n-grams, labels)
    on_vectors: Floats  # (vector size, labels)
    bias: Floats  # (labels,)
    grams_moved: Floats  # (n-grams,), sums of squared slopes
    vectors_moved: Floats  # (vector size,)

    @classmethod
    def none(cls, grams: int, size: int, labels: int) -> "Weights":
        """Nothing learned yet."""
        zeros = (np.zeros(shape, dtype=np.float32) for shape in ((grams, labels), (size, labels), (labels,)))
        moved = (np.full(count, UNMOVED, dtype=np.float32) for count in (grams, size))
        return cls(*zeros, *moved)

    def of_grams(self, places: NDArray[np.int64]) -> "Weights":
        """Copies for some of the n-grams, to learn on them alone."""
        vectors = (self.on_vectors.copy(), self.bias.copy())
        return Weights(self.on_grams[places], *vectors, self.grams_moved[places], self.vectors_moved.copy())


@dataclass(frozen=True, slots=True)
class _Batch:
    """Some rows, and only the n-grams that stand in them."""

    touched: NDArray[np.int64]
    grams: sp.csr_matrix  # (rows, touched)
    transposed: sp.csr_matrix
    vectors: Floats
    labels: NDArray[np.int64]
    importance: Floats


def train(
    grams: sp.csr_matrix,
    vectors: Floats,
    labels: NDArray[np.int64],
    importance: Floats,
    *,
    rounds: int,
    begin: Weights,
) -> Weights:
    """Go on from ``begin`` with labelled rows, each seen once a round; steps become shorter to the end.

    ``importance`` weighs each row; 1 is usual. ``begin`` is changed and given back.
    """
    order = np.random.default_rng(0)
    batches = list(_batches(grams, vectors, labels, importance, order.permutation(grams.shape[0])))
    for number in range(rounds):
        for place in order.permutation(len(batches)):
            _learn(batches[place], begin, fading=1 - number / rounds)
    return begin


def _batches(
    grams: sp.csr_matrix, vectors: Floats, labels: NDArray[np.int64], importance: Floats, order: NDArray[np.int64]
) -> Iterator[_Batch]:
    for start in range(0, len(order), BATCH):
        rows = order[start : start + BATCH]
        some = grams[rows]
        touched, places = np.unique(some.indices, return_inverse=True)
        narrow = sp.csr_matrix((some.data, places.astype(np.int32), some.indptr), shape=(len(rows), len(touched)))
        yield _Batch(touched, narrow, narrow.T.tocsr(), vectors[rows], labels[rows], importance[rows, None])


def _learn(batch: _Batch, weights: Weights, *, fading: float) -> None:
    on_grams = weights.on_grams[batch.touched]
    error = softmax(batch.grams @ on_grams + batch.vectors @ weights.on_vectors + weights.bias)
    error[np.arange(len(batch.labels)), batch.labels] -= 1
    error *= batch.importance

    slope = batch.transposed @ error
    weights.grams_moved[batch.touched] += _squared(slope)
    slope *= (fading * GRAMS_STEP / np.sqrt(weights.grams_moved[batch.touched]))[:, None]
    weights.on_grams[batch.touched] = on_grams - slope

    slope = batch.vectors.T @ error
    weights.vectors_moved[:] += _squared(slope)
    weights.on_vectors[:] -= (fading * VECTORS_STEP / np.sqrt(weights.vectors_moved))[:, None] * slope
    weights.bias[:] -= fading * BIAS_STEP * error.mean(axis=0)


def _squared(slope: Floats) -> Floats:
    """The mean square of each row."""
    squares: Floats = np.einsum("ij,ij->i", slope, slope) / slope.shape[1]
    return squares


def softmax(scores: Floats) -> Floats:
    """Shares that sum to one along the last axis."""
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares: Floats = powers / powers.sum(axis=-1, keepdims=True)
    return shares
