"""What a Norwegian word means: asked in any of the languages, misspelt, or said alone."""

import pytest

from bot.phrases import Intent
from bot.turn import Outcome
from tests.bot.talking import Talker, actions
from tests.conftest import Engine, Sqlite, Town


@pytest.fixture
def engine(sqlite_engine: Sqlite) -> Engine:
    """What is said is the same on both databases."""
    return sqlite_engine


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("hva er vedtak?", "nb"),
        ("Hei, hva betyr vedtaket?", "nb"),
        ("what is a vedtak", "en"),
        ("what does VEDTAK mean??", "en"),
        ("що таке vedtak", "uk"),
        ("vedtak یعنی چی", "fa"),
        ("vedtak እንታይ ማለት እዩ", "ti"),
        ("ما معنى كلمة vedtak؟", "ar"),
        ("c'est quoi un vedtak", "fr"),
        ("cest quoi un vedtak", "fr"),
        ("vedtakk nedir", "tr"),
        ("vedtka, co to jest", "pl"),
        ("vedtak", "nb"),
        ("vedtakene", "so"),
    ],
)
async def test_a_word_is_explained(town: Town, text: str, language: str) -> None:
    turn = await town.hear(text, language)

    assert (turn.outcome, turn.intent) == (Outcome.INTENT, Intent.WORD)
    assert turn.message.pieces[0].text == "vedtak"
    assert not turn.effects


async def test_the_reply_has_the_term_one_sentence_and_what_to_know_about_the_text(town: Town) -> None:
    arabic = await town.hear("ما هو vedtak؟", "ar")
    polish = await town.hear("co to jest vedtak", "pl")

    assert arabic.message.as_text().startswith("vedtak\n\nقرار\nقرار من مكتب حكومي يمكن الاعتراض عليه.")
    assert "آلة" in arabic.message.as_text()
    assert (arabic.shown_in, polish.shown_in) == ("ar", "nb")
    assert "En avgjørelse fra et offentlig kontor" in polish.message.as_text()
    assert "norsk bokmål" in polish.message.as_text().lower()


async def test_the_term_of_the_own_language_is_understood_in_a_question_only(town: Town) -> None:
    asked = await town.hear("ماذا يعني القرار؟", "ar")
    in_english = await town.hear("what is قرار", "ar")
    said = await town.hear("القرار", "ar")

    assert asked.message.pieces[0].text == in_english.message.pieces[0].text == "vedtak"
    assert said.intent is None


async def test_a_sure_answer_about_the_word_stands_below_what_it_means(town: Town) -> None:
    asked = await town.hear("hva er barnehage?", "nb")
    said = await town.hear("barnehage", "nb")

    assert (asked.outcome, asked.answer_id) == (Outcome.ANSWER, "services-kindergarten")
    assert [piece.text for piece in asked.message.pieces[:3]] == [
        "barnehage",
        "Et sted med omsorg og lek for barn før skolen.",
        "Plass i barnehage",
    ]
    assert said.answer_id == "services-kindergarten"
    assert said.message.pieces[0].text == "Plass i barnehage"


async def test_danger_goes_before_words_and_so_do_questions_about_other_things(town: Town) -> None:
    danger = await town.hear("hva er vedtak? mannen min slår meg", "nb")
    other = await town.hear("hva koster barnehagen", "nb")
    unknown = await town.hear("hva er kvantefysikk", "nb")

    assert danger.outcome is Outcome.SAFETY
    assert other.message.pieces[0].text == "Plass i barnehage"
    assert unknown.intent is None


async def test_all_words_stand_in_a_list(town: Town) -> None:
    person = Talker(town, language="ar")

    menu, letters = await person.press("menu"), await person.press("words")
    group = await person.press(next(one for one in actions(letters) if one.startswith("words:")))
    word = await person.press("word:vedtak")
    forged = await person.press("word:nothing")

    assert "words" in actions(menu)
    assert [one for one in actions(group) if one.startswith("word:")] == [
        "word:barnehage",
        "word:fri rettshjelp",
        "word:vedtak",
    ]
    assert "قرار" in word.message.as_text()
    assert actions(forged) == actions(letters)
