"""Danger is heard wherever in a message it stands and however it is spelt; ordinary words are no danger."""

import pytest

from bot.danger import LONG_PART, MOST_PARTS, sentences_in
from bot.phrases import Intent
from bot.turn import Outcome
from tests.conftest import Town

one_database = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
AROUND = {
    "nb": ("Hei, vi bor i en liten leilighet. ", ". Hva koster barnehagen, og når er fristen?"),
    "ar": ("مرحبا، نسكن في شقة صغيرة. ", ". كم تكلف الروضة؟"),
}


@one_database
@pytest.mark.parametrize(
    ("text", "answer_id"),
    [
        ("i cant breathe", "services-emergency-numbers"),
        ("my baby isnt breathing", "services-emergency-numbers"),
        ("he won’t stop bleeding", "services-emergency-numbers"),
        ("c'est l'incendie", "services-emergency-numbers"),
        ("чоловік бє мене", "services-partner-violence"),
        ("чоловік б'є мене", "services-partner-violence"),
        ("han slaar meg", "services-partner-violence"),
        ("han slår mig", "services-partner-violence"),
        ("zawji yadribni", "services-partner-violence"),
        ("ya hochu umeret", "services-suicidal-thoughts"),
        ("noen prøver å bryte seg inn", "services-emergency-numbers"),
    ],
)
async def test_danger_is_heard_however_it_is_spelt(town: Town, text: str, answer_id: str) -> None:
    conversation = await town.conversation()

    assert conversation.phrases.dangers(text) == answer_id


@one_database
@pytest.mark.parametrize(
    "text", ["hjelp meg!!!", "please help me", "النجدة", "ساعدوني", "caawi", "допоможіть", "ሓግዙኒ", "میری مدد کریں"]
)
async def test_a_cry_for_help_shows_where_to_get_it(town: Town, text: str) -> None:
    turn = await town.hear(text)

    assert turn.intent is Intent.SAFETY
    assert turn.message.is_urgent
    assert "113" in turn.message.as_text()


@one_database
@pytest.mark.parametrize("text", ["hjelp meg med skjemaet", "ساعدوني في ملء الاستمارة", "help me with the form"])
async def test_who_asks_for_help_with_something_is_not_taken_to_be_in_danger(town: Town, text: str) -> None:
    turn = await town.hear(text)

    assert turn.outcome is not Outcome.SAFETY
    assert turn.intent is not Intent.SAFETY


@one_database
@pytest.mark.parametrize(("language", "wording"), [("nb", "jeg er utsatt for vold"), ("ar", "زوجي يضربني")])
@pytest.mark.parametrize("filler", [0, 60])
async def test_danger_is_heard_among_other_sentences_also_far_behind(
    town: Town, language: str, wording: str, filler: int
) -> None:
    before, after = AROUND[language]

    turn = await town.hear(before * (1 + filler) + wording + after, language)

    assert turn.answer_id == "services-partner-violence"
    assert turn.message.is_urgent


@one_database
async def test_finding_hears_danger_that_no_phrase_knows_in_a_sentence_of_its_own(town: Town) -> None:
    conversation = await town.conversation()
    alone = "finnes et trygt sted å sove langt fra mannen min"
    before, after = AROUND["nb"]

    heard = conversation.danger(before + alone + after)

    assert conversation.phrases.dangers(before + alone + after) is None
    assert heard is not None
    assert heard.answer_id == "services-partner-violence"


@one_database
@pytest.mark.parametrize(("language", "text"), [("nb", "nei"), ("ur", "نہیں"), ("fa", "خانه میخواهم"), ("en", "tired")])
async def test_a_word_or_two_are_no_danger_without_a_phrase(town: Town, language: str, text: str) -> None:
    turn = await town.hear(text, language)

    assert turn.outcome is not Outcome.SAFETY


@one_database
@pytest.mark.parametrize("text", ["x" * 20_000, "1" * 20_000, "hei " * 5_000, "hei. " * 4_000])
async def test_a_very_long_message_is_only_a_long_message(town: Town, text: str) -> None:
    turn = await town.hear(text)

    assert turn.outcome is not Outcome.SAFETY
    assert len(sentences_in(text)) <= MOST_PARTS


def test_a_text_is_looked_at_in_sentences_and_long_ones_in_pieces() -> None:
    assert sentences_in("Hei. Jeg har to barn. Når er fristen for å søke?") == [
        "Hei Jeg har to barn",
        "Når er fristen for å søke?",
    ]
    assert sentences_in("مرحبا عندي سؤال صغير؟ كم تكلف الروضة هنا") == ["مرحبا عندي سؤال صغير؟", "كم تكلف الروضة هنا"]
    assert [len(part.split()) for part in sentences_in("ord " * (LONG_PART * 2 + 1))] == [LONG_PART, LONG_PART, 1]
    assert sentences_in("") == []
