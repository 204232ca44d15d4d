"""Many phrases looked for at once."""

import pytest

from bot.phrase_set import PhraseSet
from content.finding.features import words


@pytest.mark.parametrize(
    ("phrase", "message", "is_there"),
    [
        ("slår meg", "Han SLÅR meg", True),
        ("slår meg", "han slår noen ganger meg", True),  # two words between
        ("slår meg", "han slår noen ganger hardt meg", False),  # three
        ("slår meg", "meg slår han", False),  # the order counts
        ("slår*", "slåsskamp", False),
        ("mishandl*", "jeg blir mishandlet", True),
        ("mishandl*", "mishandl", True),  # no ending is an ending too
        ("вдар* мене", "він вдарив мене", True),
        ("يضرب*", "زوجي يضربني", True),
        ("a b a c", "a b a b a c", True),  # a first try that fails does not hide a second
        ("", "noe", False),
        ("!!!", "noe", False),
    ],
)
def test_a_phrase_stands_in_a_message_with_its_words_in_order(phrase: str, message: str, *, is_there: bool) -> None:
    assert PhraseSet([phrase], between=2).are_in(words(message)) is is_there


def test_what_a_phrase_covers_can_be_taken_out_and_nothing_between() -> None:
    harmless = PhraseSet(["slå av", "dø av latter"], between=0)
    assert harmless.without(words("kan jeg slå av, jeg holdt på å dø av latter")) == words("kan jeg, jeg holdt på å")
    assert harmless.without(words("slå meg av")) == words("slå meg av")
    assert harmless.without([]) == []
