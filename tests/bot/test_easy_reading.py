"""Who reads easily gets the easy text where there is one, and the plain one, without a word, where there is none."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from bot.phrases import Intent, load_phrases
from bot.situation import Situation
from bot.turn import Outcome
from content.importing import import_library
from content.library_files import read_library
from content.stamping import stamp_library
from core.people import Address, find_person
from tests.bot.talking import Talker, actions
from tests.conftest import CHAU, LIBRARY, MONDAY_9AM, Town
from tests.content.editing import KINDERGARTEN, change

ID, DANGER = "services-kindergarten", "services-partner-violence"
EASY = {
    "nb": ("Barnehagen er for alle barn.", "Ring {fact:service-centre.phone}."),
    "ar": ("كل طفل له مكان.", "اسأل عن السعر."),
}
PLAIN = {"nb": "Lav inntekt kan gi lavere pris.", "ar": "اللغة"}
QUESTION = {"nb": "hva koster barnehagen", "ar": "كم تكلف الروضة"}
WISH = {"nb": ("Kan du si det enklere, takk?", "hele teksten"), "ar": ("أسهل", "النص الكامل")}
NOTE = "From now on you get a text that is easier to read, where there is one."


@pytest.fixture
async def town(town: Town, tmp_path: Path) -> Town:
    """The town, with easy texts of the kindergarten, and of the answer about violence in Norwegian."""
    library = Path(shutil.copytree(LIBRARY, tmp_path / "library"))
    texts = {f"{KINDERGARTEN}/{language}.yaml": lines for language, lines in EASY.items()}
    texts[f"services/{DANGER}/nb.yaml"] = ("Ring 112 nå.", "Du kan snakke ditt eget språk.")
    for file, lines in texts.items():
        change(
            library / file, "\napplies_to:", "\neasy: |\n" + "".join(f"  {line}\n" for line in lines) + "applies_to:"
        )
    async with town.database.changing() as session:
        await import_library(session, read_library(library), at=MONDAY_9AM)
    return town


async def reads_easy(talker: Talker) -> bool | None:
    async with talker.town.database.reading() as session:
        person = await find_person(session, Address(talker.channel, talker.address))
    return person.reads_easy if person else None


@pytest.mark.parametrize("channel", ["telegram", "web"])
@pytest.mark.parametrize("language", EASY)
async def test_one_press_is_enough_and_another_brings_all_of_it_back(town: Town, language: str, channel: str) -> None:
    chau = Talker(town, CHAU, language, channel)
    plain = await chau.say(QUESTION[language])

    easy = await chau.press(f"easy:{ID}")
    asked_again = await chau.say(QUESTION[language])
    back = await chau.press(f"plain:{ID}")

    first = EASY[language][0]
    assert f"easy:{ID}" in actions(plain)
    assert first not in plain.message.as_text()
    for turn in (easy, asked_again):
        assert first in turn.message.as_text()
        assert f"plain:{ID}" in actions(turn)
    assert "{fact:" not in easy.message.as_text()
    assert len(easy.message.as_text()) < len(plain.message.as_text()) + len(town.desk.words.translator(language)(NOTE))
    assert first not in back.message.as_text()
    assert await reads_easy(chau) is False


@pytest.mark.parametrize("language", EASY)
async def test_it_can_be_asked_for_in_own_words(town: Town, language: str) -> None:
    chau = Talker(town, CHAU, language)
    await chau.say(QUESTION[language])
    wish, other_wish = WISH[language]

    easy, back = await chau.say(wish), await chau.say(other_wish)

    assert (easy.intent, back.intent) == (Intent.EASY, Intent.PLAIN)
    assert EASY[language][0] in easy.message.as_text()
    assert EASY[language][0] not in back.message.as_text()


async def test_steps_sources_referral_and_remarks_stay(town: Town) -> None:
    conversation = await town.conversation()
    situation = Situation("en", MONDAY_9AM, reads_easy=True)

    shown = conversation.press(f"answer:{ID}", situation).message.as_text()

    answer = conversation.catalogue.answers[ID]
    text = answer.text_for("en")
    assert all(step in shown for step in text.next_steps)
    assert text.title in shown
    assert answer.sources[0].name in shown


async def test_without_an_easy_text_the_plain_one_comes_and_nothing_is_said_about_it(town: Town) -> None:
    conversation = await town.conversation()
    plain, easy = (
        conversation.press("answer:practice-dugnad", Situation("nb", MONDAY_9AM, reads_easy=is_easy)).message
        for is_easy in (False, True)
    )

    assert easy == plain


async def test_a_wish_without_an_answer_before_it_is_kept(town: Town) -> None:
    chau = Talker(town, CHAU, "nb")

    wished = await chau.say("lettlest")
    asked = await chau.say(QUESTION["nb"])

    assert wished.outcome is Outcome.INTENT
    assert town.desk.words.translator("nb")(NOTE) in wished.message.as_text()
    assert EASY["nb"][0] in asked.message.as_text()


async def test_an_answer_read_long_ago_is_not_shown_again(town: Town) -> None:
    chau = Talker(town, CHAU, "nb")
    await chau.say(QUESTION["nb"])
    chau.at = MONDAY_9AM + timedelta(hours=2)

    assert (await chau.say("enklere")).answer_id is None


async def test_my_data_and_the_languages_lead_there_and_forget_me_deletes_the_choice(town: Town) -> None:
    chau = Talker(town, CHAU, "nb")
    assert "easy" in actions(await chau.press("language"))
    await chau.press("easy")

    shown = await chau.press("my_data")
    await chau.press("forget_me:yes")

    line = "You get a text that is easier to read, where there is one."
    assert town.desk.words.translator("nb")(line) in shown.message.as_text()
    assert "plain" in actions(shown)
    assert await reads_easy(chau) is None


async def test_in_danger_the_numbers_still_come_first_and_a_stranger_stays_unknown(town: Town) -> None:
    chau = Talker(town, CHAU, "nb")
    urgent = await chau.say("mannen min slår meg")

    easy = await chau.press(f"easy:{DANGER}")

    assert f"easy:{DANGER}" in actions(urgent)
    assert easy.message.is_urgent
    assert easy.message.as_text().startswith("Ring 112 nå.")
    assert town.desk.words.translator("nb")(NOTE) not in easy.message.as_text()
    assert await reads_easy(chau) is None
    await chau.say(QUESTION["nb"])
    known = await chau.press(f"easy:{DANGER}")
    assert town.desk.words.translator("nb")(NOTE) in known.message.as_text()


@pytest.mark.parametrize(("language", "message", "intent"), [
    ("nb", "Hei, kan du forklare det enklere, er du snill?", Intent.EASY),
    ("en", "easier please", Intent.EASY),
    ("uk", "на простій мові", Intent.EASY),
    ("fa", "لطفا ساده تر", Intent.EASY),
    ("es", "más fácil, por favor", Intent.EASY),
    ("tr", "tam metin", Intent.PLAIN),
])  # fmt: skip
def test_the_wish_is_understood_as_people_write_it(language: str, message: str, intent: Intent) -> None:
    assert load_phrases().intent(message) is intent, language


async def test_what_a_form_of_ours_never_sends_is_answered_kindly(town: Town) -> None:
    chau = Talker(town, CHAU, "nb")

    turn = await chau.press("easy:../no-such-answer")

    assert turn.outcome is Outcome.INTENT
    assert await reads_easy(chau) is True


@pytest.mark.parametrize("is_easy", [True, False])
async def test_only_who_reads_the_easy_text_is_told_that_its_source_has_changed(
    town: Town, tmp_path: Path, *, is_easy: bool
) -> None:
    library = tmp_path / "library"
    stamp_library(library, answers=[ID], languages=["ar"], only_missing=False)
    change(library / KINDERGARTEN / "nb.yaml", "Barnehagen er for alle barn.", "Barnehagen er for alle små barn.")
    async with town.database.changing() as session:
        await import_library(session, read_library(library), at=MONDAY_9AM)
    conversation = await town.conversation()

    shown = conversation.press(f"answer:{ID}", Situation("ar", MONDAY_9AM, reads_easy=is_easy)).message.as_text()

    note = town.desk.words.translator("ar")("The Norwegian text has changed since this was translated.")
    assert (EASY["ar"][0] in shown, note in shown) == (is_easy, is_easy)
