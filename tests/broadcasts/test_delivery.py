"""Delivery: every recipient ends in one state, and nobody who is recorded as sent gets a message again."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from broadcasts.announcements.announcement import Announcement
from broadcasts.announcements.records import Broadcast, BroadcastState, Fallback, Kind
from broadcasts.delivery.arming import disarm
from broadcasts.delivery.audience import expand_all
from broadcasts.delivery.claiming import LEASE, claim
from broadcasts.delivery.cleaning import forget_recipients
from broadcasts.delivery.direct import write_to
from broadcasts.delivery.records import DeliveryState, DirectMessage, Release, ReleaseState
from broadcasts.delivery.reporting import load_report
from broadcasts.delivery.settling import TooLateToResend, resend_unknown, settle
from broadcasts.members.records import Membership, MembershipState
from core.database import Database
from core.people import Address, Person, find_person
from core.sending import BLOCKED, SendFailed
from core.timeline import list_entries
from tests.broadcasts.making import (
    POLES,
    WOMEN,
    arm,
    make_ambassador,
    make_broadcast,
    make_member,
    make_organisation,
    make_person,
)
from tests.broadcasts.messengers import FakeMessenger, later, post_rounds, states
from tests.conftest import CHAU, DALIA, MONDAY_9AM, TELEGRAM

SENT, FAILED, SKIPPED = ("sent", ""), "failed", "skipped"


async def release(database: Database, *, organisation_id: str = WOMEN, **more: object) -> int:
    """A message of an organisation that goes out now; its release."""
    async with database.changing() as session:
        given = {"state": BroadcastState.SENDING, "approved_version": 1} | more
        broadcast = await make_broadcast(session, organisation_id=organisation_id, **given)
        run = Release(
            broadcast_id=broadcast.id,
            organisation_id=organisation_id,
            due_at=MONDAY_9AM,
            send_until=later(MONDAY_9AM, hours=12),
            state=ReleaseState.EXPANDING,
            began_at=MONDAY_9AM,
        )
        session.add(run)
        await session.flush()
        number = run.id
    await expand_all(database, at=MONDAY_9AM)
    return number


@pytest.fixture
async def women(database: Database) -> Database:
    """Eritrean Women with two members, in an installation that sends."""
    async with database.changing() as session:
        await arm(session)
        await make_organisation(session)
        await make_member(session, DALIA, "ar")
        await make_member(session, CHAU, "vi")
    return database


async def test_each_member_gets_the_message_once_in_the_best_language(women: Database) -> None:
    await release(women)
    messenger = FakeMessenger()

    await post_rounds(women, messenger, at=MONDAY_9AM)

    read = {one.address: one.content.language for one in messenger.sent if isinstance(one.content, Announcement)}
    assert read == {DALIA: "ar", CHAU: "nb"}
    assert await states(women) == {DALIA: SENT, CHAU: SENT}


async def test_who_has_no_text_in_their_language_is_skipped_where_the_message_falls_back_to_none(
    women: Database,
) -> None:
    await release(women, fallback=Fallback.OWN_LANGUAGE_ONLY)
    messenger = FakeMessenger()

    await post_rounds(women, messenger, at=MONDAY_9AM)

    assert await states(women) == {DALIA: SENT, CHAU: (SKIPPED, "no_text")}


async def test_expanding_twice_changes_nothing_and_batches_add_up(women: Database) -> None:
    async with women.changing() as session:
        for number in range(7):
            await make_member(session, str(3000 + number), "nb")
    release_id = await release(women)
    async with women.changing() as session:
        run = await session.get_one(Release, release_id)
        run.state, run.expanded_to = ReleaseState.EXPANDING, 0

    await expand_all(women, at=MONDAY_9AM)

    assert len(await states(women)) == 9


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"state": MembershipState.LEFT}, "left"),
        ({"muted": [Kind.NEWS.value]}, "muted"),
    ],
)
async def test_it_is_asked_again_just_before_sending(women: Database, change: dict[str, object], reason: str) -> None:
    await release(women)
    async with women.changing() as session:
        dalia = await find_person(session, Address(TELEGRAM, DALIA))
        assert dalia is not None
        membership = await session.scalar(select(Membership).where(Membership.person_id == dalia.id))
        for name, value in change.items():
            setattr(membership, name, value)

    await post_rounds(women, FakeMessenger(), at=MONDAY_9AM)

    assert await states(women) == {DALIA: (SKIPPED, reason), CHAU: SENT}


async def test_who_was_forgotten_gets_nothing_and_leaves_no_name(women: Database) -> None:
    await release(women)
    async with women.changing() as session:
        await session.delete(await find_person(session, Address(TELEGRAM, DALIA)))
    messenger = FakeMessenger()

    await post_rounds(women, messenger, at=MONDAY_9AM)

    assert messenger.addresses() == [CHAU]
    assert await states(women) == {"": (SKIPPED, "forgotten"), CHAU: SENT}


@pytest.mark.parametrize("state", [BroadcastState.PAUSED, BroadcastState.CANCELLED, BroadcastState.DRAFT])
async def test_a_message_that_somebody_stopped_goes_to_nobody_more(women: Database, state: BroadcastState) -> None:
    await release(women)
    async with women.changing() as session:
        broadcast = await session.scalar(select(Broadcast))
        assert broadcast is not None
        broadcast.state = state
    messenger = FakeMessenger()

    await post_rounds(women, messenger, at=MONDAY_9AM)

    assert messenger.sent == []


async def test_a_text_changed_after_it_was_approved_goes_to_nobody(women: Database) -> None:
    await release(women, text_version=2)
    messenger = FakeMessenger()

    await post_rounds(women, messenger, at=MONDAY_9AM)

    assert messenger.sent == []


async def test_an_installation_that_is_not_armed_sends_no_broadcast(women: Database) -> None:
    await release(women)
    async with women.changing() as session:
        await disarm(session, by=None, at=MONDAY_9AM)
    messenger = FakeMessenger()

    await post_rounds(women, messenger, at=MONDAY_9AM)

    assert messenger.sent == []


async def test_quiet_hours_hold_what_is_not_urgent(women: Database) -> None:
    await release(women)
    await release(women, kind=Kind.URGENT, ignores_quiet_hours=True)
    messenger = FakeMessenger()

    await post_rounds(women, messenger, at=later(MONDAY_9AM, hours=12, minutes=-1) + timedelta(hours=0))  # 20:59
    before = len(messenger.sent)

    assert before == 4


async def test_at_night_only_the_urgent_one_goes_out(women: Database) -> None:
    await release(women)
    await release(women, kind=Kind.URGENT, ignores_quiet_hours=True)
    async with women.changing() as session:
        for run in await session.scalars(select(Release)):
            run.send_until = later(MONDAY_9AM, days=1)
    messenger = FakeMessenger()

    await post_rounds(women, messenger, at=later(MONDAY_9AM, hours=13))  # 22:00

    assert {one.content.kind for one in messenger.sent if isinstance(one.content, Announcement)} == {Kind.URGENT}


async def test_a_passing_failure_is_tried_again_later_and_counts(women: Database) -> None:
    await release(women)
    messenger = FakeMessenger()
    messenger.order(DALIA, SendFailed(permanent=False, reason="NetworkError"))

    await post_rounds(women, messenger, at=MONDAY_9AM)
    assert (await states(women))[DALIA] == ("queued", "NetworkError")
    await post_rounds(women, messenger, at=later(MONDAY_9AM, seconds=10))

    assert await states(women) == {DALIA: SENT, CHAU: SENT}


async def test_a_message_that_may_have_left_is_never_sent_again_by_itself(women: Database) -> None:
    await release(women)
    messenger = FakeMessenger()
    messenger.order(DALIA, SendFailed(permanent=False, reason="TimedOut", may_have_left=True))

    for hours in range(3):
        await post_rounds(women, messenger, at=later(MONDAY_9AM, hours=hours))

    assert messenger.addresses() == [CHAU]
    assert (await states(women))[DALIA] == ("unknown", "TimedOut")


async def test_staff_may_send_again_what_nobody_knows_of_while_it_is_useful(women: Database) -> None:
    release_id = await release(women)
    messenger = FakeMessenger()
    messenger.order(DALIA, SendFailed(permanent=False, reason="TimedOut", may_have_left=True))
    await post_rounds(women, messenger, at=MONDAY_9AM)
    await settle(women, at=MONDAY_9AM)

    async with women.changing() as session:
        assert await resend_unknown(session, release_id, by=1, at=later(MONDAY_9AM, hours=1)) == 1
    await post_rounds(women, messenger, at=later(MONDAY_9AM, hours=1))

    assert await states(women) == {DALIA: SENT, CHAU: SENT}
    async with women.changing() as session:
        with pytest.raises(TooLateToResend):
            await resend_unknown(session, release_id, by=1, at=later(MONDAY_9AM, hours=12))


async def test_too_many_requests_silences_the_whole_account_and_is_no_strike(women: Database) -> None:
    await release(women)
    messenger = FakeMessenger()
    wait = SendFailed(
        permanent=False, reason="too_many_requests", retry_after=timedelta(seconds=30), is_whole_account=True
    )
    messenger.order(DALIA, wait)
    messenger.order(CHAU, wait)

    await post_rounds(women, messenger, at=MONDAY_9AM)
    await post_rounds(women, messenger, at=later(MONDAY_9AM, seconds=29))
    assert messenger.sent == []
    await post_rounds(women, messenger, at=later(MONDAY_9AM, seconds=31))

    assert await states(women) == {DALIA: SENT, CHAU: SENT}


async def test_who_blocked_the_bot_is_not_tried_again_with_the_next_message(women: Database) -> None:
    await release(women)
    messenger = FakeMessenger()
    messenger.order(DALIA, SendFailed(permanent=True, reason=BLOCKED))
    await post_rounds(women, messenger, at=MONDAY_9AM)
    assert (await states(women))[DALIA] == (FAILED, BLOCKED)

    await release(women)
    await post_rounds(women, messenger, at=MONDAY_9AM)

    assert messenger.addresses().count(DALIA) == 0
    async with women.reading() as session:
        dalia = await find_person(session, Address(TELEGRAM, DALIA))
        assert dalia is not None
        assert dalia.unreachable_reason == BLOCKED


async def test_a_claim_whose_process_died_becomes_unknown_when_its_lease_ends(women: Database) -> None:
    await release(women)
    async with women.changing() as session:
        claimed = await claim(session, TELEGRAM, "telegram:1", 1, mine="died", at=MONDAY_9AM)
    messenger = FakeMessenger()

    await post_rounds(women, messenger, at=MONDAY_9AM)
    await settle(women, at=later(MONDAY_9AM, seconds=1))
    (lost,), (sent,) = [one.parcel.address for one in claimed], messenger.addresses()
    await settle(women, at=MONDAY_9AM + LEASE + timedelta(seconds=1))
    await post_rounds(women, messenger, at=later(MONDAY_9AM, hours=1))

    assert {lost, sent} == {DALIA, CHAU}
    assert await states(women) == {lost: ("unknown", "lease_ended"), sent: SENT}


async def test_past_its_last_moment_a_message_expires_and_the_ambassador_is_told(women: Database) -> None:
    async with women.changing() as session:
        await make_ambassador(session)
    release_id = await release(women)

    await settle(women, at=later(MONDAY_9AM, hours=12))
    messenger = FakeMessenger()
    await post_rounds(women, messenger, at=later(MONDAY_9AM, hours=12))

    assert {state for state, _reason in (await states(women)).values()} == {"expired"}
    async with women.reading() as session:
        assert (await session.get_one(Release, release_id)).state == ReleaseState.EXPIRED
        told = (await session.scalars(select(DirectMessage))).all()
        assert [one.kind for one in told] == ["sent_report"]
        assert "release_expired" in {one.event for one in await list_entries(session)}


async def test_what_is_cancelled_in_the_middle_is_skipped_and_what_was_sent_stays_sent(women: Database) -> None:
    release_id = await release(women)
    async with women.changing() as session:
        (claimed,) = await claim(session, TELEGRAM, "telegram:1", 1, mine="slow", at=MONDAY_9AM)
        (await session.get_one(Release, release_id)).state = ReleaseState.CANCELLED

    await settle(women, at=MONDAY_9AM)

    (other,) = {DALIA, CHAU} - {claimed.parcel.address}  # the database wrote them down in an order of its own
    assert await states(women) == {claimed.parcel.address: ("claimed", ""), other: (SKIPPED, "cancelled")}


async def test_many_failures_in_a_row_for_a_minute_pause_the_release_and_are_told(women: Database) -> None:
    async with women.changing() as session:
        for number in range(30):
            await make_member(session, str(3000 + number), "nb")
    release_id = await release(women)
    messenger = FakeMessenger()
    away = SendFailed(permanent=False, reason="NetworkError")
    for address in [DALIA, CHAU, *(str(3000 + number) for number in range(30))]:
        messenger.order(address, *[away] * 9)

    for minutes in range(4):
        await post_rounds(women, messenger, at=later(MONDAY_9AM, minutes=minutes))

    async with women.reading() as session:
        assert (await session.get_one(Release, release_id)).state == ReleaseState.PAUSED
        assert "release_paused" in {one.event for one in await list_entries(session)}
    assert messenger.sent == []


async def test_two_organisations_share_the_places(women: Database) -> None:
    async with women.changing() as session:
        await make_organisation(session, POLES)
        for number in range(40):
            await make_member(session, str(3000 + number), "nb")
        for number in range(5):
            await make_member(session, str(4000 + number), "pl", organisation_id=POLES)
    await release(women)
    await release(women, organisation_id=POLES)

    async with women.changing() as session:
        claimed = await claim(session, TELEGRAM, "telegram:1", 8, mine="me", at=MONDAY_9AM)

    contents = [one.parcel.content for one in claimed]
    organisations = [one.organisation_id for one in contents if isinstance(one, Announcement)]
    assert organisations.count(WOMEN) == organisations.count(POLES) == 4


async def test_a_message_for_one_person_goes_first_and_once_even_when_nothing_else_may_go(women: Database) -> None:
    await release(women)
    async with women.changing() as session:
        await disarm(session, by=None, at=MONDAY_9AM)
        dalia = await make_person(session, DALIA, "ar")
        for _ in range(2):
            await write_to(session, dalia.id, "voice_answer", {"text": "Ja"}, key="voice:1", at=MONDAY_9AM)
    messenger = FakeMessenger()

    await post_rounds(women, messenger, at=MONDAY_9AM)

    assert messenger.addresses() == [DALIA]


async def test_the_report_counts_every_recipient_and_hides_small_numbers_from_ambassadors(women: Database) -> None:
    async with women.changing() as session:
        for number in range(10):
            await make_member(session, str(3000 + number), "nb")
        broadcast_id = None
    release_id = await release(women)
    messenger = FakeMessenger()
    messenger.order(DALIA, SendFailed(permanent=True, reason=BLOCKED))
    await post_rounds(women, messenger, at=MONDAY_9AM, rounds=10)
    await settle(women, at=MONDAY_9AM)

    async with women.reading() as session:
        broadcast_id = (await session.get_one(Release, release_id)).broadcast_id
        report = await load_report(session, broadcast_id)

    assert report.runs[0].by_state() == {DeliveryState.SENT: 11, DeliveryState.FAILED: 1}
    assert {(line.reason, line.language) for line in report.for_ambassador().runs[0].lines} == {("", "nb"), ("", "")}


async def test_somebody_known_to_the_web_chat_is_not_sent_to_on_telegram(women: Database) -> None:
    async with women.changing() as session:
        await make_member(session, "x" * 22, "nb", channel="web")
    await release(women)
    messenger = FakeMessenger()

    await post_rounds(women, messenger, at=MONDAY_9AM)
    await settle(women, at=MONDAY_9AM)

    assert sorted(messenger.addresses()) == [DALIA, CHAU]
    assert (await states(women))["x" * 22] == ("queued", "")
    async with women.reading() as session:
        assert await session.scalar(select(Person.id).where(Person.channel == "web")) is not None


async def test_a_month_later_nobody_can_see_who_got_a_message_but_the_counts_stay(women: Database) -> None:
    release_id = await release(women)
    await post_rounds(women, FakeMessenger(), at=MONDAY_9AM)
    await settle(women, at=MONDAY_9AM)

    async with women.changing() as session:
        await forget_recipients(session, at=later(MONDAY_9AM, days=31))

    async with women.reading() as session:
        broadcast_id = (await session.get_one(Release, release_id)).broadcast_id
        assert (await load_report(session, broadcast_id)).runs[0].by_state() == {DeliveryState.SENT: 2}
    assert set(await states(women)) == {""}


async def test_a_message_for_one_person_waits_for_the_morning_unless_it_wakes(women: Database) -> None:
    night, morning = later(MONDAY_9AM, hours=14), later(MONDAY_9AM, days=1)
    async with women.changing() as session:
        dalia, chau = await make_person(session, DALIA, "ar"), await make_person(session, CHAU, "nb")
        await write_to(session, dalia.id, "voice_answer", {}, key="1", at=night)
        await write_to(session, chau.id, "crisis_sent", {}, key="2", at=night, wakes=True)
    messenger = FakeMessenger()

    await post_rounds(women, messenger, at=night)
    at_night = messenger.addresses()
    await post_rounds(women, messenger, at=morning)

    assert (at_night, messenger.addresses()) == ([CHAU], [CHAU, DALIA])
