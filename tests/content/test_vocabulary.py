"""What is learned from all texts at once is what one text is looked at with."""

import numpy as np

from content.finding.features import grams, words
from content.finding.vocabulary import learn_vocabulary

TEXTS = (
    "Hvor søker jeg om barnehageplass?",
    "barnehage barnehage barnehage",
    "هل أحتاج إلى ترجمان في البلدية؟",
    "ترجمان في البلدية 2027",
    "ኣበይ ክምዝገብ እኽእል? ኣበይ",
    "a",
    "?!",
    "kort \ud800 og rart",
    "🙂 smil i barnehage",
)


def test_the_rows_of_all_texts_are_those_of_each() -> None:
    vectoriser, rows = learn_vocabulary([words(text) for text in TEXTS], seen_at_least=1)
    assert np.allclose(rows.toarray(), vectoriser.rows(TEXTS).toarray(), atol=1e-6)
    lengths = np.linalg.norm(rows.toarray(), axis=1)
    assert np.allclose(lengths, [1 if words(text) else 0 for text in TEXTS])


def test_what_stands_in_two_texts_is_known_however_often_it_stands_in_one() -> None:
    vectoriser, rows = learn_vocabulary([words(text) for text in TEXTS], seen_at_least=2)
    standing_in = [set(grams(text)) for text in TEXTS]
    seen_twice = {gram for gram in set.union(*standing_in) if sum(gram in several for several in standing_in) >= 2}
    assert sorted(vectoriser.vocabulary) == sorted(seen_twice)
    assert {"=barnehage", "في البلديه"} <= seen_twice
    assert "barnehage barnehage" not in seen_twice
    assert rows.shape == (len(TEXTS), len(seen_twice))


def test_nothing_can_be_learned_from() -> None:
    for texts in ([], [[]]):
        vectoriser, rows = learn_vocabulary(texts)
        assert (list(vectoriser.vocabulary), rows.shape) == ([], (len(texts), 0))
