"""Residents on Telegram: what goes in at Telegram's side, and what comes out there."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from bot.channels.telegram.writing import parts
from core.people import Address, Person, find_person
from tests.conftest import CHAU, DALIA, MONDAY_9AM, TELEGRAM, Town
from tests.fakes import bot_api_updates as updates
from tests.fakes.telegram_line import Line, bytes_on_disk, everything_stored, telegram_line

chau, dalia = int(CHAU), int(DALIA)
KINDERGARTEN = {
    "nb": ("hva koster barnehagen?", "Plass i barnehage"),
    "en": ("what does kindergarten cost", "A place in kindergarten"),
    "ar": ("كم تكلف الروضة؟", "مكان في الروضة"),
}
DANGER = {"nb": "mannen min slår meg", "ar": "زوجي يضربني"}
# What is only read and written is the same for every database.
one_database = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
SAFETY = {"nb": "Vold fra partner", "ar": "عنف من الشريك"}


@pytest.fixture
async def line(town: Town) -> AsyncIterator[Line]:
    async with telegram_line(town) as connected:
        yield connected


async def person(line: Line, number: int) -> Person | None:
    async with line.town.database.reading() as session:
        return await find_person(session, Address(TELEGRAM, str(number)))


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


# Whatever people send

ODD_MESSAGES = {
    "nothing": "",
    "spaces": "   \n\t  ",
    "one letter": "a",
    "4,096 characters": "barnehage " * 409 + "slutt.",
    "4,096 characters without a space": "x" * 4096,
    "only emoji": "😀🎉👩‍👩‍👧‍👦🇳🇴",
    "mixed scripts": "barnehage Дитячий садок روضة ስራ 幼稚園 ไทย",
    "right-to-left marks": "\u202eangaheraB\u202c \u200f\u200e\u2067x",
    "control characters": "barne\x00hage\x07\x1b[31m\x85",
    "half a character": "barnehage \ud83d pris",
    "HTML": "<b>hei</b><script>alert(1)</script> &amp; </i> <a href='x",
    "markdown": "*_[x](y)_*`~",
    "SQL": "'; DROP TABLE people; -- \" OR 1=1",
    "template": "{fact:kindergarten-price} {{7*7}} %s %(x)s ${HOME}",
    "combining": "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘!͖̬̰̙̗̿̋ͥͥ̂ͣ̐́́͜͞",
    "digits": "9" * 500,
    "dots": "." * 2000,
}


async def test_any_text_gets_a_helpful_reply_and_the_next_message_is_answered(line: Line) -> None:
    chats = dict(enumerate(ODD_MESSAGES.values(), start=5000))

    for chat, text in chats.items():
        line.api.say(chat, text)
        line.api.say(chat, "hva koster barnehagen")

    for chat, text in chats.items():
        first, second = await line.api.replies(chat, 2)
        assert first.data(), text
        assert second.text.startswith("Plass i barnehage"), text


ODD_CONTENT = {
    "sticker": {"sticker": updates.STICKER},
    "photo": {"photo": updates.PHOTO},
    "voice": {"voice": updates.VOICE},
    "place": {"location": {"latitude": 59.9, "longitude": 10.7}},
    "contact": {"contact": {"phone_number": "+4700000000", "first_name": "A"}},
    "dice": {"dice": {"emoji": "🎲", "value": 3}},
    "something new": {"hologram": {"x": 1}},
}


@one_database
async def test_what_is_not_text_is_kindly_declined(line: Line) -> None:
    chats = dict(enumerate(ODD_CONTENT.values(), start=6000))

    for chat, content in chats.items():
        line.api.push_raw({"update_id": chat, **updates.sent(chat, "ar", **content)})

    for chat in chats:
        (reply,) = await line.api.replies(chat)
        assert reply.data() == ("menu", "person")


ODD_BUTTONS = ["nosuchbutton", "answer:no-such-answer", "answer:", ":", "language:xx", "area:", "\x00", "ي" * 200]


@one_database
async def test_an_unknown_button_gets_a_helpful_reply_and_the_next_message_is_answered(line: Line) -> None:
    chats = dict(enumerate(ODD_BUTTONS, start=6500))

    for chat, data in chats.items():
        line.api.press(chat, data)
        line.api.say(chat, "hva koster barnehagen")

    for chat, data in chats.items():
        first, second = await line.api.replies(chat, 2)
        assert first.data(), data
        assert second.text.startswith("Plass i barnehage"), data


GROUP = {"id": -100200, "type": "supergroup", "title": "Foreldre"}
PASSED_OVER: list[object] = [
    {"update_id": 1, "edited_message": updates.message(7000, text="hva koster barnehagen")},
    {"update_id": 2, "message": {**updates.message(7000, text="barnehage"), "chat": GROUP}},
    {"update_id": 3, "channel_post": {**updates.message(7000, text="barnehage"), "chat": {**GROUP, "type": "channel"}}},
    {
        "update_id": 4,
        "message": {**updates.message(7000, text="hei"), "from": {**updates.person(7000), "is_bot": True}},
    },
    {"update_id": 5, "my_chat_member": {"chat": GROUP}},
    {"update_id": 6, "telepathy": updates.message(7000, text="barnehage")},
    {"update_id": 7},
    {},
    {"message": updates.message(7000, text="hva koster barnehagen")},
    {"update_id": "8", "message": updates.message(7000, text="hva koster barnehagen")},
    {"update_id": True, "message": updates.message(7000, text="hva koster barnehagen")},
    {"update_id": 2**70, "message": updates.message(7000, text="hva koster barnehagen")},
    {"update_id": -5, "message": None},
    {"update_id": 10, "message": "hei"},
    {"update_id": 11, "message": {"chat": {"id": "7000", "type": "private"}, "text": "hei"}},
    {"update_id": 12, "message": {"chat": {"id": 2**80, "type": "private"}, "text": "hei"}},
    {"update_id": 13, "callback_query": {"id": 5, "from": updates.person(7000), "data": "menu"}},
    {"update_id": 14, "callback_query": {"id": "5", "from": [], "data": "menu"}},
    "hei",
    None,
    [1, 2],
    3,
]


@one_database
async def test_what_is_not_for_us_is_passed_over_in_silence(line: Line) -> None:
    for update in PASSED_OVER:
        line.api.push_raw(update)

    await line.everything_is_heard()

    assert line.api.to(7000) == []
    assert [one.chat for one in line.api.sent] == [999_999]


async def test_one_update_that_cannot_be_stored_does_not_hold_up_the_others(line: Line) -> None:
    odd = updates.pressed(chau, "menu", "n" * 5000, callback_id="c" * 500)

    line.api.push_raw({"update_id": 20, **odd})
    line.api.say(dalia, "كم تكلف الروضة", "ar")

    assert (await line.next_to(dalia)).text.startswith("مكان في الروضة")


async def test_an_update_that_comes_twice_is_answered_once(line: Line) -> None:
    number = line.api.say(chau, "hva koster barnehagen")
    line.api.push(updates.said(chau, "hva koster barnehagen"), number=number)
    await line.next_to(chau)

    line.api.push(updates.said(chau, "hva koster barnehagen"), number=number)
    await line.everything_is_heard()

    assert len(line.api.to(chau)) == 1
    await line.api.until(lambda: line.api.waiting() == [], what="what was handed over to be confirmed")


@one_database
async def test_nothing_is_stored_of_what_is_passed_over(line: Line) -> None:
    line.api.push_raw({"update_id": 2, "message": {**updates.message(7000, text="barnehage"), "chat": GROUP}})
    await line.everything_is_heard()

    async with line.town.database.reading() as session:
        addresses = list(await session.scalars(select(Person.address)))

    assert addresses == ["999999"]
