"""The HTML of a vetted answer is made once for all who read it, and of nothing that is said to one reader alone."""

from dataclasses import replace

import pytest

from bot.channels.web.rendering import MOST_KEPT, Entry, Pages
from bot.desk import CATALOGUES
from core.messages import Button, Kind, OutgoingMessage, Piece
from tests.conftest import Town

ANSWER = (Piece(Kind.TITLE, "موعد", language="ar"), Piece(Kind.TEXT, "Ring 116 006."))
VETTED = OutgoingMessage("nb", ANSWER, vetted=ANSWER)

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


async def test_a_vetted_answer_is_made_once_and_a_remark_or_a_button_stands_for_its_reader_alone(town: Town) -> None:
    pages, catalogue = Pages(), (await town.conversation()).catalogue
    t = CATALOGUES.translator("nb")
    remark = Piece(Kind.NOTE, "Vi tok ut et nummer.")
    remarked = replace(VETTED, pieces=(*ANSWER, remark))
    pressed = replace(VETTED, buttons=(Button("Meny", "menu"),))

    first, with_remark, with_button, again = (
        pages.entry(t, Entry(asked, message), catalogue, embedded=False)
        for asked, message in (("a", VETTED), ("b", remarked), ("c", pressed), ("a", VETTED))
    )

    assert first == again
    assert '<h2 lang="ar" dir="rtl">موعد</h2>' in first
    assert remark.text in with_remark
    assert remark.text not in with_button
    assert "Meny" in with_button
    assert len(pages._made) == 1


async def test_the_same_words_in_another_language_are_marked_as_such(town: Town) -> None:
    pages, catalogue = Pages(), (await town.conversation()).catalogue
    entries = [
        pages.entry(CATALOGUES.translator(one), Entry(None, replace(VETTED, language=one)), catalogue, embedded=False)
        for one in ("nb", "ar")
    ]

    assert ['<h2 lang="ar" dir="rtl">' in html for html in entries] == [True, False]


async def test_what_was_read_longest_ago_is_forgotten(town: Town) -> None:
    pages, catalogue = Pages(), (await town.conversation()).catalogue
    for number in range(MOST_KEPT + 5):
        pieces = (Piece(Kind.TEXT, str(number)),)
        message = OutgoingMessage("nb", pieces, vetted=pieces)
        pages.entry(CATALOGUES.translator("nb"), Entry(None, message), catalogue, embedded=False)

    assert len(pages._made) == MOST_KEPT


async def test_a_number_that_becomes_known_can_be_called_at_once(town: Town) -> None:
    pages, catalogue = Pages(), (await town.conversation()).catalogue
    t = CATALOGUES.translator("nb")
    before = pages.entry(t, Entry(None, VETTED), replace(catalogue, facts={}, offices={}), embedded=False)
    after = pages.entry(t, Entry(None, VETTED), catalogue, embedded=False)

    assert ["tel:116006" in html for html in (before, after)] == [False, True]
