"""What a resident reads."""

from dataclasses import replace

import pytest

from bot.replies import Replies
from tests.conftest import MONDAY_9AM, Town

CHECKED = "Responsible for this text: {office}. Last checked: {day}."
GONE_THROUGH = "Responsible for this text: {office}. Last gone through: {day}."
NOT_ALL = "Not all of this has been checked against the official pages yet. Ask before you rely on it."


async def test_a_question_gets_the_vetted_answer_with_all_that_belongs_to_it(town: Town) -> None:
    turn = await town.hear("hva koster barnehagen?")

    assert turn.answer_id == "services-kindergarten"
    text = turn.message.as_text()
    assert "1 200 NOK" in text.replace("\u00a0", " ")
    assert "Prøvevik: services-kindergarten: https://www.provevik.example/services-kindergarten" in text


@pytest.mark.parametrize("language", ["nb", "ar"])
@pytest.mark.parametrize("is_verified", [True, False])
async def test_only_what_is_all_verified_is_called_checked(town: Town, language: str, *, is_verified: bool) -> None:
    catalogue = (await town.conversation()).catalogue
    answer = catalogue.answers["services-kindergarten"]
    answer = replace(answer, sources=tuple(replace(one, is_verified=is_verified) for one in answer.sources))
    t = town.desk.words.translator(language)

    text = Replies(t, catalogue, today=MONDAY_9AM.date()).answer(answer).as_text()

    said = [t(message).partition("{office}")[2].partition("{day}")[0] in text for message in (CHECKED, GONE_THROUGH)]
    assert said == [is_verified, not is_verified]
    assert (t(NOT_ALL) in text) is not is_verified
