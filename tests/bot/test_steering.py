"""What residents ask the bot itself, in their own words, and what they ask after an answer."""

import pytest

from bot.phrases import Intent
from bot.situation import About, Situation, StopMessages
from bot.turn import Outcome, Turn
from core.messages import Kind
from tests.conftest import DALIA, MONDAY_9AM, TELEGRAM, Town

one_database = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


async def after_kindergarten(town: Town, text: str, language: str) -> Turn:
    """What somebody is told who has just read about kindergarten."""
    about = About(1, TELEGRAM, DALIA, language, "services-kindergarten", MONDAY_9AM, None, MONDAY_9AM, MONDAY_9AM)
    conversation = await town.conversation()
    return conversation.hear(text, Situation.of(about, app_language=language, at=MONDAY_9AM))


@one_database
@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("stopp alle meldinger", Intent.STOP),
        ("please stop", Intent.STOP),
        ("stop sending me these messages", Intent.STOP),
        ("artık bana mesaj göndermeyin", Intent.STOP),
        ("no me envíen más mensajes", Intent.STOP),
        ("ne m’envoyez plus de messages", Intent.STOP),
        ("przestań", Intent.STOP),
        ("لا ترسلوا لي أي رسائل", Intent.STOP),
        ("slett alt du vet om meg", Intent.FORGET_ME),
        ("please delete all my data", Intent.FORGET_ME),
        ("احذفوا كل بياناتي من فضلكم", Intent.FORGET_ME),
        ("I want to talk to a real person please", Intent.PERSON),
        ("Hei, kan jeg få snakke med et menneske?", Intent.PERSON),
        ("hva har dere lagret om meg?", Intent.MY_DATA),
    ],
)
async def test_a_wish_is_understood_in_ones_own_words(town: Town, text: str, intent: Intent) -> None:
    turn = await town.hear(text)

    assert turn.intent is intent


@one_database
@pytest.mark.parametrize(
    "text",
    ["how do I stop child benefit", "can I stop messages from school?", "my ex wont stop sending me messages",
     "slutt å slå meg", "jeg vil slutte på jobben", "stop sending me nude photos of me",
     "don't write to me in norwegian", "не пишите мне по-норвежски", "no me escriba en noruego",
     "stop messages from my ex", "je ne veux pas recevoir le courrier", "не хочу получать пособие",
     "remove me from the doctor list", "jeg vil ikke ha meldinger fra barnehagen", "fin takk", "merhaba para"],
)  # fmt: skip
async def test_who_does_not_tell_the_bot_to_stop_is_not_taken_to(town: Town, text: str) -> None:
    turn = await town.hear(text)

    assert StopMessages() not in turn.effects


@one_database
@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("arabic please", "ar"), ("по-русски пожалуйста", "ru"), ("українською будь ласка", "uk"),
        ("in Somali please", "so"), ("bytt til engelsk", "en"), ("تكلم عربي من فضلك", "ar"), ("فارسی لطفا", "fa"),
    ],
)  # fmt: skip
async def test_a_language_is_chosen_by_its_name_and_a_polite_word(town: Town, text: str, language: str) -> None:
    turn = await town.hear(text)

    assert turn.intent is Intent.LANGUAGE
    assert turn.message.language == language


@one_database
@pytest.mark.parametrize("text", ["jeg kan ikke norsk", "norsk kurs", "tolk på arabisk", "kan jeg få", "en norsk venn"])
async def test_a_language_that_is_only_mentioned_is_not_chosen(town: Town, text: str) -> None:
    turn = await town.hear(text)

    assert turn.intent is not Intent.LANGUAGE


@one_database
@pytest.mark.parametrize(
    ("language", "text"),
    [("nb", "hva koster det?"), ("nb", "og hva koster det?"), ("nb", "må jeg betale?"), ("en", "what is the deadline?"),
     ("en", "and how much does it cost?"), ("uk", "а коли?"), ("ar", "كم السعر؟"), ("ar", "وكم السعر؟")],
)  # fmt: skip
async def test_a_follow_up_stays_with_the_answer_before_and_names_it_once(town: Town, language: str, text: str) -> None:
    turn = await after_kindergarten(town, text, language)

    title = (await town.conversation()).catalogue.answers["services-kindergarten"].text_for(language).title
    assert turn.answer_id == "services-kindergarten"
    assert turn.message.pieces[0].kind is Kind.TITLE
    assert title in turn.message.pieces[0].text
    assert title not in [piece.text for piece in turn.message.pieces]


@one_database
async def test_a_question_that_names_its_matter_leaves_the_answer_before(town: Town) -> None:
    turn = await after_kindergarten(town, "hva koster det å leie et lokale?", "nb")

    assert turn.answer_id != "services-kindergarten"


@one_database
@pytest.mark.parametrize("language", ["nb", "ar"])
async def test_choices_with_danger_among_them_begin_with_the_numbers_to_call(town: Town, language: str) -> None:
    conversation = await town.conversation()
    replies = conversation.replies(Situation.of(None, app_language=language, at=MONDAY_9AM))
    several = [conversation.catalogue.answers[one] for one in ("services-partner-violence", "services-kindergarten")]

    message, ordinary = replies.choices(several), replies.choices(several[1:])

    assert "113" in message.pieces[0].text
    assert "112" in message.pieces[1].text
    assert "113" not in ordinary.as_text()
    assert {"safety", "none"} <= {button.action for button in ordinary.buttons}


@one_database
async def test_who_is_not_understood_can_reach_emergency_help(town: Town) -> None:
    turn = await town.hear("hvordan blir været i morgen")

    assert turn.outcome is Outcome.NOT_FOUND
    assert "safety" in {button.action for button in turn.message.buttons}


@one_database
@pytest.mark.parametrize("text", ["I want to speak norwegian", "quiero hablar noruego", "chcę mówić po norwesku"])
async def test_who_wants_to_learn_norwegian_is_not_answered_in_it(town: Town, text: str) -> None:
    turn = await town.hear(text, "en")

    assert turn.intent is not Intent.LANGUAGE


@one_database
@pytest.mark.parametrize("text", ["ok", "takk", "добре", "تمام"])
async def test_a_word_that_only_says_that_one_has_read_deletes_nothing(town: Town, text: str) -> None:
    asked = About(1, TELEGRAM, DALIA, "nb", None, None, None, MONDAY_9AM, MONDAY_9AM, forgetting_asked_at=MONDAY_9AM)
    conversation = await town.conversation()

    turn = conversation.hear(text, Situation.of(asked, app_language="nb", at=MONDAY_9AM))

    assert turn.effects == ()


@one_database
async def test_thousands_of_words_for_and_are_no_follow_up(town: Town) -> None:
    turn = await after_kindergarten(town, "og " * 5000, "nb")

    assert turn.answer_id is None
