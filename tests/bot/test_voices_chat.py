"""The way up in the chat, left-to-right and right-to-left: what somebody reads and presses at each step."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.direct import word_direct
from bot.forms import Form
from bot.situation import Situation
from bot.turn import Outcome
from broadcasts.delivery.records import DirectMessage
from broadcasts.organisations.records import Organisation
from broadcasts.voices.changes import publish_change
from broadcasts.voices.records import Voice, VoiceKind, VoiceState, VoiceTo
from core.messages import IncomingMessage, OutgoingMessage, Said
from core.private_numbers import take_out
from tests.broadcasts.making import POLES, WOMEN, make_ambassador, make_member, make_organisation, make_person
from tests.broadcasts.test_voices import make_release
from tests.conftest import CHAU, DALIA, MONDAY_9AM, TELEGRAM, Town

SABA, STRANGER = "2001", "4004"


class Chat:
    """One person in the chat."""

    def __init__(self, town: Town, address: str = DALIA) -> None:
        self.town, self.address = town, address
        self.at = MONDAY_9AM

    async def press(self, action: str) -> OutgoingMessage:
        return await self._turn(action, Said.BUTTON)

    async def say(self, text: str) -> OutgoingMessage:
        return await self._turn(text, Said.TEXT)

    async def _turn(self, text: str, said: Said) -> OutgoingMessage:
        clean, secrets = take_out(text)
        message = IncomingMessage(TELEGRAM, self.address, said, self.at, clean, "nb", secrets)
        async with self.town.database.changing() as session:
            turn = await self.town.desk.answer(session, message)
        self.outcome = turn.outcome
        return turn.message


def actions(message: OutgoingMessage) -> list[str]:
    return [button.action for button in message.buttons]


async def voices(town: Town) -> list[Voice]:
    async with town.database.reading() as session:
        return list(await session.scalars(select(Voice).order_by(Voice.id)))


async def make_heard(session: AsyncSession, language: str = "ar") -> int:
    """Dalia got a message of the women's organisation, whose ambassador Saba writes Norwegian; the release's number."""
    await make_organisation(session)
    await make_ambassador(session, SABA)
    dalia = await make_member(session, DALIA, language)
    return (await make_release(session, WOMEN, dalia)).id


@pytest.fixture
async def release(town: Town) -> int:
    async with town.database.changing() as session:
        return await make_heard(session)


@pytest.mark.parametrize("language", ["nb", "ar"])
async def test_who_writes_before_choosing_the_reader_loses_nothing(town: Town, language: str) -> None:
    async with town.database.changing() as session:
        release = await make_heard(session, language)
    dalia = Chat(town)

    await dalia.press(f"voice:{release}")
    whom = await dalia.say("متى الدرس القادم؟")
    shown = await dalia.press(f"voice_to:reply:{release}:municipality")
    await dalia.press("voice_send:nameless")

    assert "متى الدرس القادم؟" in whom.as_text()
    assert "متى الدرس القادم؟" in shown.as_text()
    (voice,) = await voices(town)
    assert (voice.to, voice.text) == (VoiceTo.MUNICIPALITY, "متى الدرس القادم؟")


@pytest.mark.parametrize("language", ["nb", "ar"])
async def test_a_member_answers_the_organisation_without_a_name(town: Town, language: str) -> None:
    async with town.database.changing() as session:
        release = await make_heard(session, language)
    dalia = Chat(town)

    whom = await dalia.press(f"voice:{release}")
    await dalia.press(f"voice_to:reply:{release}:organisation")
    shown = await dalia.say("متى الدرس القادم؟")
    thanks = await dalia.press("voice_send:nameless")

    assert actions(whom)[:2] == [f"voice_to:reply:{release}:organisation", f"voice_to:reply:{release}:municipality"]
    assert [button.label for button in whom.buttons][:2] == ["Eritrean Women", "Prøvevik"]
    assert "متى الدرس القادم؟" in shown.as_text()
    assert thanks.direction == ("rtl" if language == "ar" else "ltr")
    (voice,) = await voices(town)
    assert (voice.to, voice.kind, voice.text, voice.name, voice.language) == (
        VoiceTo.ORGANISATION, VoiceKind.REPLY, "متى الدرس القادم؟", "", language
    )  # fmt: skip
    async with town.database.reading() as session:
        assert await session.scalar(select(Form.person_id)) is None


async def test_a_member_says_that_it_does_not_fit_and_gives_a_name(town: Town, release: int) -> None:
    dalia = Chat(town)

    await dalia.press(f"nofit:{release}")
    await dalia.press(f"voice_to:does_not_fit:{release}:municipality")
    await dalia.say("Kurset er midt på dagen.")
    shown = await dalia.say("Dalia fra Nes")
    assert await voices(town) == []  # nothing is sent before the button
    await dalia.press("voice_send:")

    assert "Dalia fra Nes" in shown.as_text()
    (voice,) = await voices(town)
    assert (voice.to, voice.kind, voice.name) == (VoiceTo.MUNICIPALITY, VoiceKind.DOES_NOT_FIT, "Dalia fra Nes")


async def test_before_they_write_members_of_a_small_organisation_read_that_they_may_be_guessed(
    town: Town, release: int
) -> None:
    message = await Chat(town).press(f"voice:{release}")

    async with town.database.changing() as session:
        for number in range(4):
            await make_member(session, str(3000 + number))
    later = await Chat(town).press(f"voice:{release}")

    assert len(message.pieces) == len(later.pieces) + 1
    assert "Eritrean Women" in message.pieces[-1].text


@pytest.mark.parametrize("action", ["voice:{}", "nofit:{}", "voice_to:reply:{}:organisation"])
async def test_a_stranger_learns_nothing_of_a_message_not_even_whether_it_exists(
    town: Town, release: int, action: str
) -> None:
    stranger = Chat(town, STRANGER)

    of_others = await stranger.press(action.format(release))
    of_none = await stranger.press(action.format(release + 1))
    nonsense = await stranger.press(action.format("x"))

    assert of_others == of_none == nonsense
    assert "Eritrean" not in of_others.as_text()


async def test_a_message_too_long_can_be_written_shorter(town: Town, release: int) -> None:
    dalia = Chat(town)
    await dalia.press(f"voice_to:reply:{release}:organisation")

    refused = await dalia.say("a " * 501)
    taken = await dalia.say("kortere")

    assert "1002" in refused.as_text() or "1001" in refused.as_text()
    assert "voice_send:nameless" in actions(taken)
    assert "voice_send:nameless" not in actions(refused)


async def test_secrets_are_not_passed_on(town: Town, release: int) -> None:
    dalia = Chat(town)
    await dalia.press(f"voice_to:reply:{release}:organisation")

    shown = await dalia.say("Jeg heter Dalia, 13097248022")
    await dalia.press("voice_send:nameless")

    assert "13097248022" not in shown.as_text()
    assert "13097248022" not in (await voices(town))[0].text


async def test_danger_beats_the_form(town: Town, release: int) -> None:
    dalia = Chat(town)
    await dalia.press(f"voice_to:reply:{release}:organisation")

    message = await dalia.say("mannen min slår meg")

    assert dalia.outcome is Outcome.SAFETY
    assert message.is_urgent
    assert await voices(town) == []


@pytest.mark.parametrize("button", ["voice_stop:", "menu"])
async def test_who_gives_up_sends_nothing_and_the_next_message_is_a_question(
    town: Town, release: int, button: str
) -> None:
    dalia = Chat(town)
    await dalia.press(f"voice_to:reply:{release}:organisation")
    await dalia.press(button)

    await dalia.say("hva koster barnehagen?")
    await dalia.press("voice_send:")

    assert await voices(town) == []


async def test_after_five_things_a_day_the_sixth_waits_until_tomorrow(town: Town, release: int) -> None:
    dalia = Chat(town)
    for _ in range(5):
        await dalia.press(f"voice_to:reply:{release}:organisation")
        await dalia.say("ja")
        await dalia.press("voice_send:nameless")

    refused = await dalia.press(f"voice:{release}")
    dalia.at += timedelta(days=1)
    again = await dalia.press(f"voice:{release}")

    assert actions(refused) == ["menu"]
    assert len(actions(again)) == 3
    assert len(await voices(town)) == 5


async def say_something(town: Town, release: int, text: str = "متى الدرس؟") -> int:
    dalia = Chat(town)
    await dalia.press(f"voice_to:reply:{release}:organisation")
    await dalia.say(text)
    await dalia.press("voice_send:nameless")
    return (await voices(town))[-1].id


async def test_an_ambassador_answers_in_the_chat_and_the_member_reads_it(town: Town, release: int) -> None:
    number, saba = await say_something(town, release), Chat(town, SABA)

    listed = await saba.press(f"voices:{WOMEN}")
    await saba.press(f"voice_answer:{number}")
    shown = await saba.say("Kurset er på tirsdag klokka fem.")
    assert (await voices(town))[0].state == VoiceState.OPEN
    await saba.press("voice_reply:")

    assert "متى الدرس؟" in listed.as_text()
    assert "09:" not in listed.as_text()  # the day, not the time
    assert actions(listed)[0] == f"voice_answer:{number}"
    assert "Kurset er på tirsdag klokka fem." in shown.as_text()
    read = await brought(town, "ar")
    assert "Kurset er på tirsdag klokka fem." in read.as_text()
    assert "متى الدرس؟" in read.as_text()
    assert "Eritrean Women" in read.as_text()
    assert (await voices(town))[0].person_id is None


async def brought(town: Town, language: str) -> OutgoingMessage:
    """The answer as the member reads it."""
    async with town.database.reading() as session:
        message = (await session.scalars(select(DirectMessage))).one()
    conversation = await town.conversation()
    replies = conversation.replies(Situation.of(None, app_language=language, at=MONDAY_9AM))
    return word_direct(message.kind, message.about, replies)


async def test_others_neither_see_nor_answer_what_was_said_to_an_organisation(town: Town, release: int) -> None:
    number = await say_something(town, release)
    async with town.database.changing() as session:
        await make_organisation(session, POLES)
        await make_ambassador(session, CHAU, organisation_id=POLES)
    pole = Chat(town, CHAU)

    theirs, none = await pole.press(f"voices:{WOMEN}"), await pole.press("voices:nobody")
    answer, gone = await pole.press(f"voice_answer:{number}"), await pole.press("voice_answer:5")

    assert theirs == none
    assert answer == gone
    assert "متى" not in theirs.as_text() + answer.as_text()


async def test_many_voices_come_a_few_at_a_time(town: Town, release: int) -> None:
    for number in range(4):
        await say_something(town, release, f"setning {number}")
    saba = Chat(town, SABA)

    first = await saba.press(f"voices:{WOMEN}")
    rest = await saba.press(f"voices:{WOMEN}:3")

    assert actions(first)[3] == f"voices:{WOMEN}:3"
    texts = first.as_text() + rest.as_text()
    assert all(f"setning {number}" in texts for number in range(4))


@pytest.mark.parametrize(
    ("language", "shown"), [("nb", "Kurset er seint."), ("ar", "الدورة متأخرة."), ("pl", "Kurset er seint.")]
)
async def test_everybody_reads_what_was_changed(town: Town, language: str, shown: str) -> None:
    async with town.database.changing() as session:
        await make_organisation(session)
        await make_person(session, CHAU, language)
        said = {"nb": "Kurset er tidlig.", "ar": "الدورة مبكرة."}
        await publish_change(
            session, WOMEN, said, {"nb": "Kurset er seint.", "ar": "الدورة متأخرة."}, by=1, at=MONDAY_9AM
        )

    message = await Chat(town, CHAU).press(f"changed:{WOMEN}")

    assert shown in message.as_text()


async def test_the_list_of_an_organisation_outside_the_directory_is_for_its_members(town: Town) -> None:
    async with town.database.changing() as session:
        await make_organisation(session, is_listed=False)
        await make_member(session)

    assert "Eritrean Women" in (await Chat(town).press(f"changed:{WOMEN}")).as_text()
    stranger = await Chat(town, STRANGER).press(f"changed:{WOMEN}")
    assert stranger == await Chat(town, STRANGER).press("changed:nobody")


async def agreed_at(town: Town) -> datetime | None:
    async with town.database.reading() as session:
        return (await session.get_one(Organisation, WOMEN)).agrees_to_crisis_at


async def test_an_ambassador_agrees_to_crisis_messages_and_takes_it_back(town: Town, release: int) -> None:
    saba, dalia = Chat(town, SABA), Chat(town)

    asked = await saba.press(f"crisis:{WOMEN}")
    await dalia.press(f"crisis:{WOMEN}:yes")
    assert await agreed_at(town) is None
    agreed = await saba.press(f"crisis:{WOMEN}:yes")

    assert actions(asked)[0] == f"crisis:{WOMEN}:yes"
    assert actions(agreed)[0] == f"crisis:{WOMEN}:no"
    assert await agreed_at(town) == MONDAY_9AM
    await saba.press(f"crisis:{WOMEN}:no")
    assert await agreed_at(town) is None


async def test_who_asks_to_be_forgotten_takes_their_words_along(town: Town, release: int) -> None:
    await say_something(town, release)

    await Chat(town).press("forget_me:yes")

    assert await voices(town) == []


@pytest.mark.parametrize("language", ["nb", "ar"])
async def test_an_ambassador_reads_what_goes_to_the_members_in_a_crisis(town: Town, language: str) -> None:
    about = {
        "organisation": "Eritrean Women",
        "title": "Kok vannet",
        "body": "Kok alt.\n\nKilde: her.",
        "language": "nb",
    }
    replies = (await town.conversation()).replies(Situation.of(None, app_language=language, at=MONDAY_9AM))

    message = word_direct("crisis_sent", about, replies)

    assert [piece.text for piece in message.pieces][1:] == ["Kok vannet", "Kok alt.", "Kilde: her."]
    assert message.direction == ("rtl" if language == "ar" else "ltr")
    assert actions(message) == ["mine"]
