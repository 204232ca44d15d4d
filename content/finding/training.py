"""Learns from all wordings of all languages at once: multinomial logistic regression on n-grams and vectors.

Minimised by Nesterov's accelerated gradient in single precision.
"""

import math
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from content.finding.features import Floats

# N-grams learn at half the pace of the vectors: of two ways to explain a wording, meaning is the safer one. Chosen on
# the development questions and on CLINC150.
GRAMS_PACE = 0.5
ROWS_IN_CACHE = 1024


@dataclass(frozen=True, slots=True)
class Weights:
    """The learned model: scores = grams @ on_grams + vectors @ on_vectors + bias."""

    on_grams: Floats  # (n-grams, labels)
    on_vectors: Floats  # (vector size, labels)
    bias: Floats  # (labels,)

    @classmethod
    def none(cls, grams: int, size: int, labels: int) -> "Weights":
        """Nothing learned yet."""
        shapes = ((grams, labels), (size, labels), (labels,))
        return cls(*(np.zeros(shape, dtype=np.float32) for shape in shapes))


def train(
    grams: sp.csr_matrix,
    vectors: Floats,
    labels: NDArray[np.int64],
    importance: Floats,
    *,
    count: int,
    steps: int,
    begin: Weights,
    looseness: float = 1000.0,
) -> Weights:
    """Fit the weights to labelled rows.

    ``importance`` weighs each row; ``looseness`` is the inverse strength of the penalty on large weights, per row.
    """
    rows = grams.shape[0]
    transposed = grams.T.tocsr()
    target = np.zeros((rows, count), dtype=np.float32)
    target[np.arange(rows), labels] = 1
    share = (importance / importance.sum()).astype(np.float32)[:, None]
    penalty = 1.0 / (looseness * rows)
    # Each block of weights may step as far as its own curvature allows; three blocks share the error between them.
    # Rare n-grams step further than common ones: they would otherwise need hundreds of steps to be heard.
    boost = _boost_of_rare(grams, share)
    boosted = grams.multiply(np.sqrt(boost)).tocsr().astype(np.float32)
    of_grams = _largest_curvature(boosted, boosted.T.tocsr(), share)
    del boosted  # as large as the rows themselves, and not needed any more
    curvatures = (of_grams, _largest_curvature(vectors, vectors.T, share), 1)
    steps_wide: list[Floats | float] = [1.0 / (0.5 * 3 * curvature + penalty) for curvature in curvatures]
    steps_wide[0] = (GRAMS_PACE * boost * steps_wide[0]).astype(np.float32)[:, None]

    now = [begin.on_grams.copy(), begin.on_vectors.copy(), begin.bias.copy()]
    ahead = [one.copy() for one in now]
    momentum = 1.0
    for _ in range(steps):
        error = (softmax(grams @ ahead[0] + vectors @ ahead[1] + ahead[2]) - target) * share
        slopes = [transposed @ error, vectors.T @ error, error.sum(axis=0)]
        following = (1 + math.sqrt(1 + 4 * momentum * momentum)) / 2
        for place, slope in enumerate(slopes):
            inertia = (momentum - 1) / following
            _step(
                now[place],
                ahead[place],
                slope,
                wide=steps_wide[place],
                penalty=penalty if place < 2 else 0.0,
                inertia=inertia,
            )
        momentum = following
    return Weights(*now)


def _step(now: Floats, ahead: Floats, slope: Floats, *, wide: Floats | float, penalty: float, inertia: float) -> None:
    """new = ahead - wide (slope + penalty ahead); ahead = new + inertia (new - now); now = new.

    In place and a few rows at a time: the weights of the n-grams have tens of megabytes, and fetching them from memory
    once instead of ten times halves the time of a build.
    """
    for start in range(0, len(now), ROWS_IN_CACHE):
        part = slice(start, start + ROWS_IN_CACHE)
        new, before, going = ahead[part], now[part], slope[part]
        going += penalty * new
        going *= wide[part] if isinstance(wide, np.ndarray) else wide
        np.subtract(new, going, out=going)
        np.subtract(going, before, out=new)
        new *= inertia
        new += going
        before[...] = going


def softmax(scores: Floats) -> Floats:
    """Shares that sum to one along the last axis."""
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares: Floats = powers / powers.sum(axis=-1, keepdims=True)
    return shares


def _boost_of_rare(grams: sp.csr_matrix, share: Floats) -> Floats:
    """How much further each n-gram may step: the root of how rare it is against the average, at most twenty times."""
    weight = np.asarray(grams.multiply(grams).T @ share).ravel()
    boost: Floats = np.sqrt(weight.mean() / np.maximum(weight, 1e-12))
    return np.minimum(boost, 20).astype(np.float32)


def _largest_curvature(rows: sp.csr_matrix | Floats, transposed: sp.csr_matrix | Floats, share: Floats) -> float:
    """The largest eigenvalue of a block's weighted Gram matrix, by fifteen power steps."""
    direction = np.random.default_rng(0).normal(size=(rows.shape[0], 1)).astype(np.float32)
    direction /= np.linalg.norm(direction)
    root = np.sqrt(share)
    length = 0.0
    for _ in range(15):
        direction = root * (rows @ (transposed @ (root * direction)))
        length = float(np.linalg.norm(direction))
        if length == 0:
            break
        direction /= length
    return length * 1.05
