"""How sure we are, and what follows from it. All numbers here are data: certainty.json, made by `make calibrate`.

Certainty is the chance that the best answer is the right one, from a logistic regression on a few signs, fitted on the
development questions (tests/questions/development), never on the test questions. Each language has thresholds of its
own where we have development questions in it.
"""

import json
import math
from dataclasses import dataclass
from functools import cache
from importlib import resources

SIGNS = ("lead", "runner_up", "outside", "like_words", "like_vectors", "known")


@dataclass(frozen=True, slots=True)
class Signs:
    """What the certainty of a finding is judged by."""

    lead: float  # log odds of the best answer's share
    runner_up: float  # log odds of the second answer's share
    outside: float  # log odds of the share of "none of these"
    like_words: float  # cosine to the nearest wording of the best answer, by n-grams
    like_vectors: float  # the same by sentence vectors
    known: float  # which part of the n-grams the index has ever seen

    def values(self) -> list[float]:
        """In the order of SIGNS."""
        return [self.lead, self.runner_up, self.outside, self.like_words, self.like_vectors, self.known]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which certainty on something is answered, and from which choices are offered."""

    answer: float
    choices: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """Certainty for one group of languages."""

    weights: tuple[float, ...]
    bias: float
    thresholds: Thresholds

    def certainty(self, signs: Signs) -> float:
        """Between 0 and 1."""
        total = self.bias + sum(w * v for w, v in zip(self.weights, signs.values(), strict=True))
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


@cache
def _all() -> dict[str, Calibration]:
    text = (resources.files("content.finding") / "certainty.json").read_text(encoding="utf-8")
    return {
        language: Calibration(tuple(one["weights"]), one["bias"], Thresholds(one["answer"], one["choices"]))
        for language, one in json.loads(text)["languages"].items()
    }


def calibration(language: str) -> Calibration:
    """The calibration for questions in this language; the common one where it has none of its own."""
    return _all().get(language) or _all()["other"]


def log_odds(share: float) -> float:
    """Of a share between 0 and 1, bounded to -12..12."""
    bounded = min(max(share, 6e-6), 1 - 6e-6)
    return math.log(bounded / (1 - bounded))
