"""Likeness that is looked up is the product of the rows that were turned round."""

import numpy as np
import pytest
import scipy.sparse as sp

from content.finding.postings import Postings

GRAMS = 50
STARTS = np.array([0, 3, 3, 40], dtype=np.int32)  # the second label has no wordings


@pytest.fixture
def rows() -> sp.csr_matrix:
    numbers = sp.random(STARTS[-1], GRAMS, density=0.2, format="csr", dtype=np.float32, rng=np.random.default_rng(6))
    numbers.data = numbers.data.astype(np.float16).astype(np.float32)
    return numbers


@pytest.mark.parametrize("asked", [[], [0], [7, 3, 49], list(range(GRAMS))])
def test_each_row_of_a_label_is_as_like_as_their_product_says(rows: sp.csr_matrix, asked: list[int]) -> None:
    postings = Postings.of(rows, STARTS)
    grams, values = np.array(asked, dtype=np.int32), np.linspace(0.1, 1, len(asked), dtype=np.float32)
    question = np.zeros(GRAMS, dtype=np.float32)
    question[grams] = values

    for label, (start, end) in enumerate([(0, 3), (3, 3), (3, 40)]):
        found = postings.likeness(label, grams, values, rows=end - start)
        assert np.allclose(found, rows[start:end] @ question, atol=1e-5)


def test_the_rows_come_back(rows: sp.csr_matrix) -> None:
    assert (Postings.of(rows, STARTS).matrix(STARTS, grams=GRAMS) != rows).nnz == 0


def test_a_label_may_have_very_many_rows() -> None:
    many = sp.csr_matrix(np.ones((70_000, 1), dtype=np.float32))
    postings = Postings.of(many, np.array([0, 70_000], dtype=np.int32))

    found = postings.likeness(0, np.array([0], dtype=np.int32), np.array([0.5], dtype=np.float32), rows=70_000)

    assert found.tolist() == [0.5] * 70_000
