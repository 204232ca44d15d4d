"""An ambassador looks after messages in the chat; members answer them, and put meetings into their calendar."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.direct import word_direct
from bot.replies import Replies
from broadcasts.announcements.approving import approve, send_back
from broadcasts.announcements.composing import begin, get_broadcast, set_text
from broadcasts.announcements.records import Broadcast, BroadcastState, Kind, ReplyKey
from broadcasts.announcements.sharing import tell_of_changes
from broadcasts.delivery.records import (
    Delivery,
    DeliveryState,
    DirectMessage,
    Release,
    ReleaseState,
    Response,
    SendingPolicy,
)
from broadcasts.delivery.responses import MAY_ANSWER_FOR
from broadcasts.organisations.by import By
from broadcasts.organisations.records import Organisation, OrganisationState
from broadcasts.scheduling.swallowed import warn_of_quiet_hours
from tests.bot.chatting import SABA, Phone
from tests.broadcasts.making import POLES, WOMEN, arm, make_ambassador, make_broadcast, make_member, make_organisation
from tests.conftest import DALIA, MONDAY_9AM, Town

HOUR = timedelta(hours=1)


async def prepare(town: Town, *, language: str = "nb", **more: object) -> int:
    """A message of Saba's organisation; its number. ``language`` is Saba's."""
    async with town.database.changing() as session:
        await make_organisation(session)
        ambassador = await make_ambassador(session, language=language)
        await arm(session)
        made = await make_broadcast(session, author_ambassador_id=ambassador.id, **more)  # type: ignore[arg-type]
        return made.id


async def make_sent(
    town: Town, broadcast_id: int, *, to: str = DALIA, state: DeliveryState = DeliveryState.SENT, count: int = 1
) -> int:
    """A run of the message that reached Dalia, or so many others with the same language; the release's number."""
    async with town.database.changing() as session:
        release = Release(
            broadcast_id=broadcast_id,
            organisation_id=WOMEN,
            due_at=MONDAY_9AM,
            send_until=MONDAY_9AM + 24 * HOUR,
            state=ReleaseState.SENT,
            began_at=MONDAY_9AM,
            ended_at=MONDAY_9AM,
        )
        session.add(release)
        await session.flush()
        for number in range(count):
            member = await make_member(session, to if count == 1 else f"{to}{number}", "ar")
            row = Delivery(release_id=release.id, person_id=member.id, channel="telegram", state=state)
            row.wanted = row.language = "ar"
            session.add(row)
        return release.id


async def state_of(town: Town, broadcast_id: int) -> BroadcastState:
    async with town.database.reading() as session:
        return BroadcastState((await get_broadcast(session, broadcast_id)).state)


async def responses(town: Town) -> list[str]:
    async with town.database.reading() as session:
        return [one.key for one in await session.scalars(select(Response).order_by(Response.id))]


# Looking after messages


@pytest.mark.parametrize("language", ["nb", "ar"])
async def test_what_quiet_hours_swallow_is_told_and_stands_on_its_card(town: Town, language: str) -> None:
    plan = {"first_at": "2026-12-01T09:00", "next_run_at": MONDAY_9AM + 8 * 24 * HOUR, "useful_minutes": 60}
    number = await prepare(town, language=language, state=BroadcastState.SCHEDULED, **plan)
    async with town.database.changing() as session:
        policy = await session.get_one(SendingPolicy, 1)
        policy.quiet_from, policy.quiet_until = "21:00", "12:00"
        await warn_of_quiet_hours(session, at=MONDAY_9AM)
        (warning,) = await session.scalars(select(DirectMessage))
    conversation = await town.conversation()
    replies = Replies(town.desk.words.translator(language), conversation.catalogue, today=MONDAY_9AM.date())

    card = await Phone(town, language=language).press(f"announcement:{number}")
    told = word_direct(warning.kind, warning.about, replies)
    late = {"state": "expired", "title": "Kafé", "broadcast": str(number)}
    plain, for_quiet = (word_direct("sent_report", late | why, replies) for why in ({}, {"why": "quiet_hours"}))

    (why,) = {one.text for one in told.pieces} & {one.text for one in card.pieces if "12:00" in one.text}
    assert "21:00" in why
    assert for_quiet.as_text() != plain.as_text()


async def test_messages_of_the_organisation_are_listed_with_how_they_stand(town: Town) -> None:
    first = await prepare(town, state=BroadcastState.SENT)
    async with town.database.changing() as session:
        for number in range(9):
            await make_broadcast(session, texts={"nb": (f"Nummer {number}", "Hei.")})
    phone = Phone(town)

    await phone.press(f"sent:{WOMEN}")
    newest = phone.actions
    await phone.press(f"sent:{WOMEN}:8")

    assert len([one for one in newest if one.startswith("announcement:")]) == 8
    assert f"announcement:{first}" in phone.actions


@pytest.mark.parametrize(
    ("before", "wishes", "after"),
    [
        (BroadcastState.SCHEDULED, ["pause"], BroadcastState.PAUSED),
        (BroadcastState.SCHEDULED, ["pause", "resume"], BroadcastState.SCHEDULED),
        (BroadcastState.SCHEDULED, ["cancel"], BroadcastState.SCHEDULED),
        (BroadcastState.SCHEDULED, ["cancel", "cancel_yes"], BroadcastState.CANCELLED),
        (BroadcastState.SENT, ["cancel_yes"], BroadcastState.SENT),
        (BroadcastState.SENT, ["pause", "resume"], BroadcastState.SENT),
        (BroadcastState.IN_BRIEFING, ["back"], BroadcastState.DRAFT),
    ],
)
async def test_pausing_going_on_cancelling_and_taking_back(
    town: Town, before: BroadcastState, wishes: list[str], after: BroadcastState
) -> None:
    number = await prepare(
        town, state=before, first_at="2026-11-24T18:00", next_run_at=MONDAY_9AM + 33 * HOUR, approved_version=1
    )
    phone = Phone(town)

    for wish in wishes:
        await phone.press(f"announcement:{number}:{wish}")

    assert await state_of(town, number) == after


async def test_sending_again_makes_a_copy_to_change(town: Town) -> None:
    number = await prepare(town, state=BroadcastState.SENT)
    phone = Phone(town)

    await phone.press(f"announcement:{number}:again")
    await phone.choose(":0:")

    async with town.database.reading() as session:
        copy = (await session.scalars(select(Broadcast).where(Broadcast.id != number))).one()
    assert copy.state == BroadcastState.DRAFT
    assert f"draft:{copy.id}:when" in phone.actions


async def test_what_comes_again_and_has_gone_out_keeps_its_words_and_a_new_one_is_made(town: Town) -> None:
    number = await prepare(
        town, state=BroadcastState.SCHEDULED, repeat="weekly", first_at="2026-11-16T18:00", approved_version=1,
        next_run_at=MONDAY_9AM + 9 * HOUR,
    )  # fmt: skip
    await make_sent(town, number)
    phone = Phone(town)

    await phone.press(f"announcement:{number}")
    offered = phone.actions
    await phone.choose(":again")

    assert f"draft:{number}:" not in offered
    assert "draft:0:" in phone.actions
    assert await state_of(town, number) == BroadcastState.SCHEDULED


async def test_nobody_writes_for_an_organisation_that_rests(town: Town) -> None:
    await prepare(town)
    async with town.database.changing() as session:
        (await session.get_one(Organisation, WOMEN)).state = OrganisationState.DORMANT
    phone = Phone(town)

    await phone.press(f"compose:{WOMEN}")

    assert "Den hviler akkurat nå" in phone.text
    assert phone.actions == ["mine"]


async def test_a_report_tells_no_small_numbers(town: Town) -> None:
    number = await prepare(town, state=BroadcastState.SENT, replies=[ReplyKey.YES, ReplyKey.NO], kind=Kind.REQUEST)
    release = await make_sent(town, number, count=7, to="77")
    phone = Phone(town, language="en")
    await Phone(town, "770").press(f"reply:{release}:yes")

    await phone.press("language:en")
    await phone.press(f"announcement:{number}")

    assert "Sent: about 5" in phone.text
    assert "Could not be reached" not in phone.text  # none, which nobody learns
    assert "Yes: fewer than 5" in phone.text  # one
    assert "No: fewer than 5" in phone.text  # none
    assert "العربية: about 5" in phone.text


@pytest.mark.parametrize("language", ["nb", "ar"])
async def test_what_staff_say_comes_as_a_message_with_the_next_step(town: Town, language: str) -> None:
    async with town.database.changing() as session:
        await make_organisation(session)
        saba = By(ambassador_id=(await make_ambassador(session, language=language)).id)
        for _ in range(2):
            made = await begin(session, organisation_id=WOMEN, kind=Kind.NEWS, source_language="nb", by=saba,
                               zone="Europe/Oslo", at=MONDAY_9AM)  # fmt: skip
            await set_text(session, made.id, "nb", title="Kafé", body="Vi møtes.", by=saba, at=MONDAY_9AM)
            made.state = BroadcastState.IN_BRIEFING
        await session.flush()
        await approve(session, made.id, by=1, at=MONDAY_9AM)
        await send_back(session, made.id - 1, "Skriv hvor.", by=1, at=MONDAY_9AM)

    messages = await read_directly(town, language)

    assert [one.buttons[-1].action for one in messages] == [f"draft:{made.id}:when", f"draft:{made.id - 1}:"]
    assert "Skriv hvor." in messages[1].as_text()


async def test_who_shared_an_answer_hears_when_it_changes(town: Town) -> None:
    number = await prepare(
        town, state=BroadcastState.SENT, kind=Kind.ANSWER, answer_id="services-kindergarten", answer_hashes={"nb": "a"}
    )
    await make_sent(town, number)
    async with town.database.changing() as session:
        await tell_of_changes(session, {"services-kindergarten": {"nb": "b"}}, at=MONDAY_9AM)

    (message,) = await read_directly(town, "nb")

    actions = [button.action for button in message.buttons]
    assert actions == ["answer:services-kindergarten", "tell:services-kindergarten", f"announcement:{number}"]


async def read_directly(town: Town, language: str) -> list[object]:
    """Messages for one person, worded as the sending loop words them."""
    conversation = await town.conversation()
    replies = Replies(town.desk.words.translator(language), conversation.catalogue, today=MONDAY_9AM.date())
    async with town.database.reading() as session:
        rows = (await session.scalars(select(DirectMessage).order_by(DirectMessage.id))).all()
    return [word_direct(row.kind, row.about, replies) for row in rows]


# Sharing an answer


async def test_an_ambassador_passes_an_answer_on_with_its_source_and_date(town: Town) -> None:
    await prepare(town)
    phone = Phone(town)
    await phone.write("hva koster barnehagen?")

    await phone.choose("tell:services-kindergarten")
    await phone.choose(":comment")
    await phone.write("Velkommen, alle sammen!")
    await phone.choose(":")

    async with town.database.reading() as session:
        made = (await session.scalars(select(Broadcast).where(Broadcast.kind == Kind.ANSWER))).one()
    assert made.comment == {"nb": "Velkommen, alle sammen!"}
    await phone.press(f"draft:{made.id}:preview:nb")
    assert "Velkommen, alle sammen!" in phone.text


async def test_only_ambassadors_see_that_button_and_never_under_an_answer_for_people_in_danger(town: Town) -> None:
    await prepare(town)
    member, ambassador = Phone(town, DALIA), Phone(town)
    await member.write("hei")

    await member.write("hva koster barnehagen?")
    await ambassador.write("mannen min slår meg")

    assert not [one for one in (*member.actions, *ambassador.actions) if one.startswith("tell")]
    await member.press("tell:services-kindergarten")
    async with town.database.reading() as session:
        assert len((await session.scalars(select(Broadcast))).all()) == 1


async def test_who_speaks_for_two_organisations_says_for_which(town: Town) -> None:
    await prepare(town)
    async with town.database.changing() as session:
        await make_organisation(session, POLES)
        await make_ambassador(session, organisation_id=POLES)
    phone = Phone(town)

    await phone.press("tell:services-kindergarten")
    await phone.choose(f"tell_to:{POLES}")

    async with town.database.reading() as session:
        made = (await session.scalars(select(Broadcast).where(Broadcast.kind == Kind.ANSWER))).one()
    assert made.organisation_id == POLES


# What members do


async def test_a_member_answers_and_changes_the_answer(town: Town) -> None:
    number = await prepare(town, kind=Kind.REQUEST, replies=[ReplyKey.YES, ReplyKey.NO])
    release = await make_sent(town, number)
    dalia = Phone(town, DALIA)

    await dalia.press(f"reply:{release}:yes")
    first = await responses(town)
    await dalia.press(f"reply:{release}:no")

    assert (first, await responses(town)) == (["yes"], ["no"])


@pytest.mark.parametrize(
    ("who", "key", "later"),
    [(SABA, "yes", 0 * HOUR), (DALIA, "maybe", 0 * HOUR), (DALIA, "x", 0 * HOUR), (DALIA, "yes", MAY_ANSWER_FOR)],
)
async def test_only_recipients_answer_what_is_offered_and_for_two_weeks(
    town: Town, who: str, key: str, later: timedelta
) -> None:
    number = await prepare(town, kind=Kind.REQUEST, replies=[ReplyKey.YES, ReplyKey.NO])
    release = await make_sent(town, number)

    refused = await Phone(town, who, at=MONDAY_9AM + later).press(f"reply:{release}:{key}")
    unknown = await Phone(town, who).press(f"reply:{release + 50}:yes")

    assert await responses(town) == []
    assert refused.as_text() == unknown.as_text()


async def test_a_meeting_goes_into_the_calendar_of_those_who_got_it(town: Town) -> None:
    number = await prepare(town, kind=Kind.EVENT, begins_at="2026-12-12T18:00", place="Biblioteket")
    await make_sent(town, number)

    got = await Phone(town, DALIA).press(f"calendar:{number}")
    stranger = await Phone(town, "999").press(f"calendar:{number}")
    nothing = await Phone(town, "999").press(f"calendar:{number + 50}")

    assert got.attachment is not None
    assert "DTSTART:20261212T170000Z" in got.attachment.content.decode()
    assert "مقهى يوم السبت" in got.attachment.content.decode()
    assert stranger.attachment is None
    assert stranger.as_text() == nothing.as_text()


async def test_a_message_that_never_left_is_nobodys_to_answer(town: Town) -> None:
    number = await prepare(town, kind=Kind.EVENT, begins_at="2026-12-12T18:00", replies=[ReplyKey.YES, ReplyKey.NO])
    release = await make_sent(town, number, state=DeliveryState.SKIPPED)

    await Phone(town, DALIA).press(f"reply:{release}:yes")
    calendar = await Phone(town, DALIA).press(f"calendar:{number}")

    assert await responses(town) == []
    assert calendar.attachment is None
