"""Whatever people send on Telegram gets a helpful reply or silence, and the next message is answered."""

from sqlalchemy import select

from core.people import Person
from tests.fakes import bot_api_updates as updates
from tests.fakes.telegram_line import Line
from tests.stories.telegram_chats import chau, dalia, one_database

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
