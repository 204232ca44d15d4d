"""Residents on Telegram: what is kept about them, and what never is."""

import pytest

from bot.channels.telegram.writing import parts
from tests.conftest import MONDAY_9AM
from tests.fakes import bot_api_updates as updates
from tests.fakes.telegram_line import Line, bytes_on_disk, everything_stored
from tests.stories.telegram_chats import DANGER, KINDERGARTEN, SAFETY, chau, dalia, one_database, person

# What is kept about a person


@one_database
async def test_stop_is_noted_and_questions_are_still_answered(line: Line) -> None:
    await line.ask(chau, "stopp")

    answer = await line.ask(chau, "hva koster barnehagen")

    known = await person(line, chau)
    assert answer.text.startswith("Plass i barnehage")
    assert known is not None
    assert known.stopped_at == line.clock.at


@one_database
async def test_my_data_shows_all_that_is_stored(line: Line) -> None:
    await line.press(dalia, "language:ar")
    await line.ask(dalia, "كم تكلف الروضة")

    shown = await line.ask(dalia, "/mydata")

    assert str(dalia) in shown.text
    assert "العربية" in shown.text
    assert "مكان في الروضة" in shown.text


async def test_forget_me_asks_once_and_then_deletes_the_person(line: Line) -> None:
    await line.ask(chau, "hva koster barnehagen")

    confirm = await line.ask(chau, "/forgetme")
    await line.press(chau, "forget_me:yes")
    await line.everything_is_heard()

    assert confirm.data() == ("forget_me:yes", "menu")
    assert await person(line, chau) is None


@pytest.mark.parametrize(
    ("engine", "language", "yes"),
    [
        ("sqlite", "nb", "Ja!"),
        ("postgres", "ar", "نعم"),
        ("sqlite", "uk", "так"),
        ("sqlite", "en", "Yes, delete it"),
        ("postgres", "ti", "እወ"),
    ],
    indirect=["engine"],
)
async def test_yes_in_words_deletes_the_person_who_was_asked(line: Line, language: str, yes: str) -> None:
    await line.ask(chau, "/forgetme", language)

    await line.ask(chau, yes, language)
    await line.everything_is_heard()

    assert await person(line, chau) is None


@one_database
@pytest.mark.parametrize(("language", "between"), [("nb", "hva koster barnehagen?"), ("ar", "لا")])
async def test_anything_but_yes_lets_the_question_lapse(line: Line, language: str, between: str) -> None:
    await line.ask(dalia, "/forgetme", language)

    await line.ask(dalia, between, language)
    await line.ask(dalia, "yes", language)
    await line.everything_is_heard()

    assert await person(line, dalia) is not None
    assert "gaps: " not in await everything_stored(line.town.database)


async def test_a_yes_that_comes_late_deletes_nothing(line: Line) -> None:
    await line.ask(chau, "/forgetme")
    line.clock.forward(11 * 60)

    await line.ask(chau, "ja")
    await line.everything_is_heard()

    assert await person(line, chau) is not None


@one_database
@pytest.mark.parametrize("language", ["nb", "ar"])
async def test_my_data_shows_the_time_of_the_town(line: Line, language: str) -> None:
    await line.ask(dalia, "/menu", language)

    shown = await line.ask(dalia, "/mydata", language)

    assert MONDAY_9AM.hour == 8
    assert "9:00:00" in shown.text


@one_database
async def test_what_was_asked_is_gone_once_it_is_answered(line: Line) -> None:
    await line.ask(chau, "hva koster barnehagen")
    await line.everything_is_heard()

    assert "hva koster barnehagen" not in await everything_stored_about(line, chau)


async def everything_stored_about(line: Line, number: int) -> str:
    rows = (await everything_stored(line.town.database)).splitlines()
    return "\n".join(row for row in rows if str(number) in row)


async def test_blocking_is_noticed_and_coming_back_too(line: Line) -> None:
    await line.ask(chau, "hva koster barnehagen")

    line.api.push(updates.membership(chau, "kicked"))
    await line.everything_is_heard()
    blocked = await person(line, chau)
    line.api.push(updates.membership(chau, "member"))
    await line.everything_is_heard()
    back = await person(line, chau)

    assert blocked is not None
    assert blocked.unreachable_reason == "blocked"
    assert back is not None
    assert back.unreachable_reason is None


# What must never be kept


@one_database
@pytest.mark.parametrize(
    "secret",
    [
        "fødselsnummeret mitt er 01017012345",
        "010170 12345",
        "٠١٠١٧٠١٢٣٤٥",
        "kortet er 4111 1111 1111 1111",
        "passordet er Hemmelig99",
        "كلمة السر هي Hemmelig99",
    ],
)
async def test_a_number_or_password_is_refused_and_found_nowhere(
    line: Line, secret: str, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level("INFO")
    private = secret.split(" er ")[-1].split(" هي ")[-1]

    message = await line.ask(chau, f"{secret} og hva koster en plass i barnehagen, barnehageplass")
    await line.everything_is_heard()

    assert "barnehage" in message.text
    assert message.text.splitlines()[0] != "Plass i barnehage"  # the remark stands first
    for place in (await everything_stored(line.town.database), caplog.text, *capsys.readouterr(), message.text):
        assert private not in place
    assert private.encode() not in bytes_on_disk(line.town.database)


@pytest.mark.parametrize(("engine", "language"), [("postgres", "nb"), ("sqlite", "ar")], indirect=["engine"])
async def test_somebody_in_danger_gets_help_and_leaves_no_words_behind(
    line: Line, language: str, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level("INFO")
    words = DANGER[language]

    message = await line.ask(dalia, f"{words}. {KINDERGARTEN[language][0]}", language)
    await line.everything_is_heard()

    assert SAFETY[language] in message.text
    assert "116 006" in message.text
    assert await person(line, dalia) is None
    assert str(dalia) not in await everything_stored(line.town.database)
    for place in (await everything_stored(line.town.database), caplog.text, *capsys.readouterr()):
        assert words not in place
    assert words.encode() not in bytes_on_disk(line.town.database)


@one_database
async def test_danger_forgets_which_answer_was_read_before(line: Line) -> None:
    await line.ask(chau, "hva koster barnehagen")

    await line.ask(chau, DANGER["nb"])
    await line.everything_is_heard()

    known = await person(line, chau)
    assert known is not None
    assert known.last_answer is None
    assert known.language is None


@one_database
@pytest.mark.parametrize(
    ("words", "language"),
    [
        ("mannen min slår meg, hva koster barnehagen", "nb"),
        ("زوجي يضربني كل يوم ولا أعرف ماذا أفعل", "ar"),
        ("زوجي يضربني كل يوم ولا أعرف ماذا أفعل", "nb"),
    ],
)
async def test_somebody_in_danger_reads_the_same_as_if_their_words_had_been_kept(
    line: Line, words: str, language: str
) -> None:
    expected = (await line.town.hear(words, language, at=line.clock.at)).message

    message = await line.ask(dalia, words, language)

    assert [message.raw] == [part.html for part in parts(expected)]
    assert message.data() == tuple(button.action for button in expected.buttons)


@one_database
async def test_somebody_in_danger_is_offered_the_language_they_wrote_in(line: Line) -> None:
    message = await line.ask(dalia, "زوجي يضربني كل يوم ولا أعرف ماذا أفعل", "nb")

    assert SAFETY["nb"] in message.text
    assert message.data()[0] == "language:ar"


@one_database
async def test_somebody_in_danger_who_sends_a_number_is_helped_first_and_told_then(line: Line) -> None:
    message = await line.ask(chau, f"{DANGER['nb']}, fødselsnummer 01017012345")

    assert "113" in message.text.splitlines()[0]
    assert message.text.splitlines()[-1] == line.town.desk.words.translator("nb")(
        "Please do not send identity numbers here. I have not kept the number."
    )
