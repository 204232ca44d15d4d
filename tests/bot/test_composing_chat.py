"""An ambassador writes a message on a phone."""

from dataclasses import dataclass
from datetime import date

import pytest
from sqlalchemy import select

from bot.desk import Desk
from bot.forms import Form
from broadcasts.announcements.composing import list_texts
from broadcasts.announcements.records import Broadcast, BroadcastState, Fallback, Kind, ReplyKey
from broadcasts.delivery.records import SendingPolicy
from broadcasts.organisations.records import Organisation, OrganisationState
from core.messages import Kind as Look
from tests.bot.chatting import Phone
from tests.broadcasts.making import POLES, WOMEN, arm, make_ambassador, make_member, make_organisation
from tests.conftest import MONDAY_9AM, Town

CAFE = "Kafé på lørdag\nVi møtes klokka 12 på biblioteket. Ta med venner!"


@dataclass(frozen=True, slots=True)
class Told:
    """A message as it is stored."""

    row: Broadcast
    titles: dict[str, str]


async def prepare(town: Town, *, language: str = "nb", read_first: int = 0) -> Phone:
    """Saba speaks for an organisation with members in three languages; what she writes needs no second person."""
    async with town.database.changing() as session:
        await make_organisation(session)
        await make_ambassador(session, language=language)
        for number in range(6):
            await make_member(session, f"30{number}", "ar")
        await make_member(session, "400", "ti")
        await make_member(session, "401", "so")
        await arm(session)
        policy = await session.get_one(SendingPolicy, 1)
        policy.first_read_by_staff = read_first
    return Phone(town, language=language)


async def stored(town: Town) -> Told:
    async with town.database.reading() as session:
        row = (await session.scalars(select(Broadcast).order_by(Broadcast.id.desc()))).first()
        assert row is not None
        return Told(row, {code: text.title for code, text in (await list_texts(session, row.id)).items()})


async def write_news(phone: Phone) -> None:
    await phone.press(f"compose:{WOMEN}")
    await phone.choose(f"begin:news:{WOMEN}")
    await phone.write(CAFE)


async def test_a_message_takes_two_minutes_from_the_kind_to_the_yes(town: Town) -> None:
    phone = await prepare(town)

    await write_news(phone)
    await phone.choose(":0:")
    await phone.choose(":when")
    await phone.choose(":time:now")
    await phone.choose(":send:now")

    told = await stored(town)
    assert told.row.state == BroadcastState.SCHEDULED
    assert told.row.first_at == "2026-11-23T09:00"
    assert told.titles == {"nb": "Kafé på lørdag"}


async def test_what_was_written_is_said_back_before_anything_else(town: Town) -> None:
    phone = await prepare(town)

    await write_news(phone)

    assert "Vi møtes klokka 12" in phone.text
    assert (await stored(town)).row.state == BroadcastState.DRAFT


async def test_a_question_asked_in_the_middle_is_seen_as_the_text_and_nothing_goes_out(town: Town) -> None:
    phone = await prepare(town)
    await phone.press(f"compose:{WOMEN}")
    await phone.choose(f"begin:news:{WOMEN}")

    await phone.write("hva koster barnehagen?")

    assert "hva koster barnehagen?" in phone.text
    await phone.choose(":drop")
    await phone.choose(":drop:yes")
    async with town.database.reading() as session:
        assert (await session.scalars(select(Broadcast))).all() == []


@pytest.mark.parametrize("words", ["jeg er i fare", "stopp"])
async def test_danger_and_stop_words_beat_the_form(town: Town, words: str) -> None:
    phone = await prepare(town)
    await phone.press(f"compose:{WOMEN}")
    await phone.choose(f"begin:news:{WOMEN}")

    await phone.write(words)

    async with town.database.reading() as session:
        assert (await session.scalars(select(Broadcast))).all() == []
    assert words not in phone.text


async def test_a_restart_in_the_middle_loses_nothing(town: Town) -> None:
    phone = await prepare(town)
    await phone.press(f"compose:{WOMEN}")
    await phone.choose(f"begin:news:{WOMEN}")

    phone.town = Town(town.database, town.knowledge, Desk(town.knowledge))
    await phone.write(CAFE)

    assert (await stored(town)).titles == {"nb": "Kafé på lørdag"}


async def test_an_identity_number_is_refused_with_words_and_the_form_waits(town: Town) -> None:
    phone = await prepare(town)
    await phone.press(f"compose:{WOMEN}")
    await phone.choose(f"begin:news:{WOMEN}")

    await phone.write("Ring 01019012345\nfor plass")

    async with town.database.reading() as session:
        assert (await session.scalars(select(Broadcast))).all() == []
        form = (await session.scalars(select(Form))).one()
    assert form.name == "message_text"
    await phone.write(CAFE)
    assert (await stored(town)).titles == {"nb": "Kafé på lørdag"}


@pytest.mark.parametrize("typed", ["x" * 121 + "\nog mer", "Hei\n" + "x" * 1501, "Hei <b>du</b>\nog du", "???"])
async def test_a_text_that_cannot_be_sent_is_not_kept(town: Town, typed: str) -> None:
    phone = await prepare(town)
    await phone.press(f"compose:{WOMEN}")
    await phone.choose(f"begin:news:{WOMEN}")

    await phone.write(typed)

    async with town.database.reading() as session:
        assert (await session.scalars(select(Broadcast))).all() == []


@pytest.mark.parametrize(
    ("language", "typed"), [("nb", "lørdag 12.12 kl 18-20"), ("ar", "السبت ١٢/١٢ الساعة ١٨:٠٠-٢٠:٠٠")]
)
async def test_a_meeting_asks_for_time_and_place_and_says_back_what_it_understood(
    town: Town, language: str, typed: str
) -> None:
    phone = await prepare(town, language=language)
    await phone.press(f"compose:{WOMEN}")
    await phone.choose(f"begin:event:{WOMEN}")
    await phone.write(CAFE)

    await phone.write(typed)
    assert {"nb": "lørdag 12. desember 2026", "ar": "السبت، 12 ديسمبر 2026"}[language] in phone.text
    await phone.choose(":begins:2026-12-12T18:00/2026-12-12T20:00")
    await phone.write("Biblioteket, Storgata 1")

    row = (await stored(town)).row
    assert (row.begins_at, row.ends_at, row.place) == (
        "2026-12-12T18:00",
        "2026-12-12T20:00",
        "Biblioteket, Storgata 1",
    )


async def test_a_typed_yes_keeps_the_time_too(town: Town) -> None:
    phone = await prepare(town)
    await phone.press(f"compose:{WOMEN}")
    await phone.choose(f"begin:event:{WOMEN}")
    await phone.write(CAFE)
    await phone.write("12.12. 18:00")

    await phone.write("ja")

    assert (await stored(town)).row.begins_at == "2026-12-12T18:00"


async def test_a_time_that_is_not_understood_is_asked_again(town: Town) -> None:
    phone = await prepare(town)
    await phone.press(f"compose:{WOMEN}")
    await phone.choose(f"begin:event:{WOMEN}")
    await phone.write(CAFE)

    await phone.write("en gang på ettermiddagen")
    await phone.write("12.12. 18:00")

    assert any(action.endswith(":begins:2026-12-12T18:00") for action in phone.actions)


async def test_a_deadline_and_a_question_get_what_they_need(town: Town) -> None:
    phone = await prepare(town)
    await phone.press(f"compose:{WOMEN}")
    await phone.choose(f"begin:deadline:{WOMEN}")
    await phone.write("Søk støtte\nDet er snart frist.")
    await phone.write("1. desember")
    await phone.choose(":until:2026-12-01")
    deadline = (await stored(town)).row
    await phone.press(f"compose:{WOMEN}")
    await phone.choose(f"begin:request:{WOMEN}")
    await phone.write("Kan du hjelpe?\nVi trenger folk til dugnad.")
    await phone.choose(":0:")
    await phone.choose(":answers")
    await phone.choose(":ynm")
    request = (await stored(town)).row

    assert (deadline.kind, deadline.deadline_on) == (Kind.DEADLINE, date(2026, 12, 1))
    assert (request.kind, request.replies) == (Kind.REQUEST, [ReplyKey.YES, ReplyKey.NO, ReplyKey.MAYBE])


async def test_what_is_missing_stands_on_the_card_and_there_is_no_sending_yet(town: Town) -> None:
    phone = await prepare(town)
    await phone.press(f"compose:{WOMEN}")
    await phone.choose(f"begin:event:{WOMEN}")
    await phone.write(CAFE)

    await phone.press("draft:0:")

    assert not any(action.endswith(":when") for action in phone.actions)
    await phone.press(f"draft:{(await stored(town)).row.id}:send:now")
    assert (await stored(town)).row.state == BroadcastState.DRAFT


async def test_languages_of_members_are_offered_and_small_ones_are_not_told(town: Town) -> None:
    phone = await prepare(town)
    await write_news(phone)

    await phone.choose(":0:")

    offered = [action.rpartition(":")[2] for action in phone.actions if ":write:" in action]
    assert offered == ["ti", "ar"]  # in the order in which the organisation itself names them
    assert "Soomaali" not in phone.text


async def test_a_second_language_is_written_and_previewed_right_to_left(town: Town) -> None:
    phone = await prepare(town)
    await write_news(phone)
    await phone.choose(":0:")

    await phone.choose(":write:ar")
    await phone.write("مقهى يوم السبت\nنلتقي الساعة 12.")
    await phone.press(f"draft:{(await stored(town)).row.id}:preview:ar")

    assert phone.last is not None
    assert (phone.last.language, phone.last.direction) == ("ar", "rtl")
    assert "نلتقي الساعة 12." in phone.text
    assert (await stored(town)).titles == {"nb": "Kafé på lørdag", "ar": "مقهى يوم السبت"}


async def test_a_test_comes_to_oneself_only(town: Town) -> None:
    phone = await prepare(town)
    await write_news(phone)

    await phone.press("draft:0:test:nb")

    assert "Vi møtes klokka 12" in phone.text
    assert not any(action.startswith(("voice", "leave")) for action in phone.actions)
    assert (await stored(town)).row.state == BroadcastState.DRAFT


async def test_who_has_no_text_in_their_language_is_the_ambassadors_choice(town: Town) -> None:
    phone = await prepare(town)
    await write_news(phone)
    await phone.choose(":0:")

    await phone.choose(":fallback:own")

    assert (await stored(town)).row.fallback == Fallback.OWN_LANGUAGE_ONLY


async def test_staff_read_the_first_messages_before_they_can_be_sent(town: Town) -> None:
    phone = await prepare(town, read_first=3)
    await write_news(phone)
    await phone.choose(":0:")

    await phone.choose(":when")
    await phone.choose(":send:now")

    assert (await stored(town)).row.state == BroadcastState.IN_BRIEFING


async def test_another_time_is_typed_and_one_that_is_over_is_refused(town: Town) -> None:
    phone = await prepare(town)
    await write_news(phone)
    await phone.choose(":0:")
    await phone.choose(":when")
    await phone.choose(":at")

    await phone.write("i morgen kl 17.30")
    await phone.choose(":send:2026-11-24T17:30")
    after = (await stored(town)).row
    await phone.press(f"draft:{after.id}:send:2026-11-22T12:00")

    assert (after.state, after.first_at) == (BroadcastState.SCHEDULED, "2026-11-24T17:30")
    assert (await stored(town)).row.first_at == "2026-11-24T17:30"


async def test_quiet_hours_are_said_before_the_yes(town: Town) -> None:
    phone = await prepare(town)
    phone.at = MONDAY_9AM.replace(hour=21)  # ten in the evening
    await write_news(phone)
    await phone.choose(":0:")

    await phone.choose(":when")
    await phone.choose(":time:now")

    assert "08:00" in phone.text


async def test_after_the_yes_it_is_said_too_that_quiet_hours_put_it_off(town: Town) -> None:
    phone = await prepare(town)
    phone.at = MONDAY_9AM.replace(hour=21)  # ten in the evening
    await write_news(phone)

    await phone.press("draft:0:send:now")
    told = phone.text
    await phone.press(f"announcement:{(await stored(town)).row.id}")

    assert "24. november 2026, 08:00" in told
    assert "08:00" in phone.text


async def test_an_organisation_that_sleeps_sends_nothing(town: Town) -> None:
    phone = await prepare(town)
    await write_news(phone)
    async with town.database.changing() as session:
        (await session.get_one(Organisation, WOMEN)).state = OrganisationState.DORMANT

    await phone.press("draft:0:send:now")

    assert (await stored(town)).row.state == BroadcastState.DRAFT


async def test_nobody_else_reaches_an_organisations_messages(town: Town) -> None:
    phone = await prepare(town)
    await write_news(phone)
    number = (await stored(town)).row.id
    async with town.database.changing() as session:
        await make_organisation(session, POLES)
        await make_ambassador(session, "2002", organisation_id=POLES)

    for who in (Phone(town, "2002"), Phone(town, "300")):  # an ambassador of others, and a member
        answers = {
            (await who.press(f"{action}:{known}")).as_text()
            for action in ("draft", "announcement")
            for known in (number, 99_999)
        }
        refused = {(await who.press(f"compose:{known}")).as_text() for known in (WOMEN, "none")}

        assert len(answers) == len(refused) == 1


async def test_odd_buttons_get_an_answer(town: Town) -> None:
    phone = await prepare(town)
    await write_news(phone)
    number = (await stored(town)).row.id

    for wish in ("begins:x", "until:1", "time:x", "send:x", "write:xx", "preview:xx", "answers:q", "nothing", "x" * 30):
        await phone.press(f"draft:{number}:{wish}")
        assert phone.text
    for action in ("draft:x:", "draft:99999999999999999999:", "begin:urgent:" + WOMEN, "announcement:", "reply:1:yes"):
        await phone.press(action)
        assert phone.text

    assert (await stored(town)).row.state == BroadcastState.DRAFT


async def test_what_went_out_meanwhile_is_not_changed_by_a_text_that_was_asked_for_before(town: Town) -> None:
    phone = await prepare(town)
    await write_news(phone)
    await phone.press("draft:0:write:nb")
    async with town.database.changing() as session:
        (await session.scalars(select(Broadcast))).one().state = BroadcastState.SENT

    await phone.write("Noe annet\nSom kom for sent.")

    assert (await stored(town)).titles == {"nb": "Kafé på lørdag"}


async def test_a_button_of_something_else_closes_the_form(town: Town) -> None:
    phone = await prepare(town)
    await phone.press(f"begin:news:{WOMEN}")

    await phone.press(f"sent:{WOMEN}")
    await phone.write("hva koster barnehagen?")

    assert phone.text.startswith("Plass i barnehage")


async def test_what_staff_read_first_can_be_handed_in_at_night(town: Town) -> None:
    phone = await prepare(town, read_first=1)
    phone.at = MONDAY_9AM.replace(hour=22)
    await phone.press(f"compose:{WOMEN}")
    await phone.choose(f"begin:event:{WOMEN}")
    await phone.write(CAFE)
    await phone.write("24.11. 06:00")
    await phone.choose(":begins:2026-11-24T06:00")
    await phone.write("Biblioteket")
    await phone.choose(":1:")

    await phone.choose(":when")
    await phone.choose(":send:now")

    assert (await stored(town)).row.state == BroadcastState.IN_BRIEFING


@pytest.mark.parametrize("language", ["nb", "ar"])
async def test_a_message_that_comes_again_is_planned_on_the_phone_and_cancelled_for_good(
    town: Town, language: str
) -> None:
    phone = await prepare(town, language=language)
    await write_news(phone)
    await phone.press("draft:0:")
    await phone.choose(":when")
    once = await phone.press(next(one for one in phone.actions if one.endswith("T12:00")))

    weekly = await phone.choose("T12:00/weekly")
    await phone.choose(":send:2026-11-28T12:00/weekly")
    planned = (await stored(town)).row
    card = await phone.press(f"announcement:{planned.id}")
    await phone.choose(":when")
    later = await phone.choose("T10:00/weekly")
    await phone.press(f"announcement:{planned.id}")
    await phone.choose(":cancel")
    await phone.choose(":cancel_yes")

    days = [line.text for line in weekly.pieces if line.kind is Look.ITEM and "2026" in line.text]
    assert (planned.state, planned.repeat, planned.first_at) == ("scheduled", "weekly", "2026-11-28T12:00")
    assert len(days) == 5
    assert [line.text for line in card.pieces if line.text in days] == days
    assert [one for one in (button.action for button in later.buttons) if one.endswith(":send:2026-11-24T10:00/weekly")]
    assert not [line for line in once.pieces if line.text in days[1:]]
    assert (await stored(town)).row.state == BroadcastState.CANCELLED


async def test_a_meeting_does_not_come_again(town: Town) -> None:
    phone = await prepare(town)
    await write_news(phone)
    async with town.database.changing() as session:
        (await session.scalars(select(Broadcast))).one().begins_at = "2026-12-12T18:00"
    await phone.press("draft:0:")
    await phone.choose(":when")
    await phone.press(next(one for one in phone.actions if one.endswith("T12:00")))

    offered = [one for one in phone.actions if "/" in one]
    await phone.press("draft:1:send:2026-11-28T12:00/weekly")

    assert offered == []
    assert (await stored(town)).row.state == BroadcastState.DRAFT
