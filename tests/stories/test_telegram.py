"""Residents on Telegram: what goes in at Telegram's side, and what comes out there."""

import pytest

from tests.fakes import bot_api_updates as updates
from tests.fakes.telegram_line import Line
from tests.stories.telegram_chats import KINDERGARTEN, SAFETY, chau, dalia, one_database

# Questions and answers


@pytest.mark.parametrize(
    ("engine", "language"), [("sqlite", "nb"), ("sqlite", "en"), ("postgres", "ar")], indirect=["engine"]
)
async def test_a_question_gets_the_vetted_answer_in_the_language_of_the_app(line: Line, language: str) -> None:
    question, title = KINDERGARTEN[language]

    message = await line.ask(chau, question, language)

    assert message.text.startswith(title)
    assert message.parse_mode == "HTML"
    assert "https://www.provevik.example/services-kindergarten" in message.raw


@one_database
async def test_a_chosen_language_wins_over_the_language_of_the_app(line: Line) -> None:
    await line.press(dalia, "language:ar", "nb")

    message = await line.ask(dalia, "hva koster barnehagen?", "nb")

    assert message.text.startswith("مكان في الروضة")


@one_database
async def test_an_app_in_a_language_without_texts_says_which_language_is_shown(line: Line) -> None:
    message = await line.ask(chau, "what does kindergarten cost", "vi")

    assert message.text.startswith("A place in kindergarten")


@one_database
async def test_a_question_without_a_checked_answer_gets_an_honest_no_and_a_person(line: Line) -> None:
    message = await line.ask(chau, "hvordan blir været i morgen")

    assert "00 00 00 10" in message.text
    assert message.data() == ("menu", "person", "safety")


@one_database
async def test_one_chats_messages_are_answered_in_the_order_in_which_they_were_written(line: Line) -> None:
    for question in ("hva koster barnehagen", "hva er dugnad", "låne rom", "hva er dugnad", "hva koster barnehagen"):
        line.api.say(chau, question)

    titles = [message.text.splitlines()[0] for message in await line.api.replies(chau, 5)]

    assert titles == [
        "Plass i barnehage", "Hva er dugnad?", "Låne et rom", "Hva er dugnad?", "Plass i barnehage"
    ]  # fmt: skip


@one_database
async def test_a_photo_with_words_under_it_is_answered_by_its_words(line: Line) -> None:
    line.api.push(updates.sent(chau, photo=updates.PHOTO, caption="hva koster barnehagen"))

    assert (await line.next_to(chau)).text.startswith("Plass i barnehage")


# Commands and buttons


@one_database
@pytest.mark.parametrize("language", ["nb", "ar"])
async def test_every_command_leads_somewhere(line: Line, language: str) -> None:
    leads_to = {
        "/start": "language",
        "/start invited_by_a_friend": "language",
        "/menu": "area:services",
        "/menu@brobygger_test_bot": "area:services",
        "/MENU": "area:services",
        "/language": "language:ar",
        "/person": "safety",
        "/safety": "answer:services-partner-violence",
        "/help": "person",
        "/about": "my_data",
        "/share": "menu",
        "/mydata": "forget_me",
        "/stop": "forget_me",
        "/forgetme": "forget_me:yes",
        "/": "area:services",
        "/ ": "area:services",
        "/nosuchcommand": "area:services",
    }

    shown = {command: (await line.ask(chau, command, language)).data() for command in leads_to}

    assert {command: leads_to[command] in shown[command] for command in leads_to} == dict.fromkeys(leads_to, True)


@one_database
async def test_more_than_a_word_after_a_command_is_a_question(line: Line) -> None:
    asked = await line.ask(chau, "/hva koster barnehagen")
    helped = await line.ask(chau, "/help mannen min slår meg")

    assert asked.text.startswith("Plass i barnehage")
    assert SAFETY["nb"] in helped.text


@one_database
async def test_commands_are_offered_in_every_promised_language(line: Line) -> None:
    await line.everything_is_heard()

    assert {"", "nb", "ar", "uk", "ti"} <= set(line.api.commands)
    assert len({str(commands) for commands in line.api.commands.values()}) > 10


@one_database
@pytest.mark.parametrize("language", ["nb", "ar"])
async def test_the_buttons_of_an_answer_lead_to_what_they_say(line: Line, language: str) -> None:
    answer = await line.ask(dalia, KINDERGARTEN[language][0], language)

    contact, share, menu = [await line.press(dalia, data, language) for data in answer.data()[-3:]]
    room = await line.press(dalia, "answer:premises-borrow-room", language)

    assert room.text.startswith({"nb": "Låne et rom", "ar": "استعارة غرفة"}[language])
    assert "00 00 00 10" in contact.text
    assert KINDERGARTEN[language][1] in share.text
    assert {"area:services", "events", "language"} <= set(menu.data())


@one_database
async def test_the_menu_leads_down_to_every_answer(line: Line) -> None:
    menu = await line.ask(chau, "/menu")
    areas = [data for data in menu.data() if data.startswith("area:")]

    found = {data for area in areas for data in (await line.press(chau, area)).data() if data.startswith("answer:")}

    assert {"answer:services-kindergarten", "answer:premises-borrow-room", "answer:practice-dugnad"} <= found


@one_database
async def test_a_pressed_button_is_acknowledged(line: Line) -> None:
    await line.press(chau, "menu")

    assert len(line.api.acknowledged) == 1


@one_database
@pytest.mark.parametrize("button", ["person", "share"])
async def test_the_buttons_under_a_safety_answer_work_like_any_other(line: Line, button: str) -> None:
    answered = await line.press(chau, f"{button}:services-child-in-danger")

    assert not answered.data()[0].startswith("answer:services-child-in-danger")
    assert "menu" in answered.data() or "safety" in answered.data()


@one_database
async def test_choosing_from_all_languages(line: Line) -> None:
    offered = await line.ask(dalia, "/language")
    chosen = await line.press(dalia, "language:ar")

    assert len(offered.data()) == 15
    assert "العربية" in chosen.text
    assert "العربية" in [label for label, _data in offered.buttons]
