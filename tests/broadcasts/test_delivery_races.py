"""Delivery when several things happen at the same moment, in several processes: every row keeps what is true of it."""

import asyncio

import pytest
from sqlalchemy import select, update

from broadcasts.announcements.records import Broadcast, BroadcastState, Fallback
from broadcasts.delivery import posting
from broadcasts.delivery.claiming import LEASE, claim
from broadcasts.delivery.pace import Pace
from broadcasts.delivery.port import Parcel
from broadcasts.delivery.posting import AT_ONCE, Post
from broadcasts.delivery.recording import Outcome, record_outcomes
from broadcasts.delivery.records import Delivery, Release, ReleaseState
from broadcasts.delivery.settling import TooLateToResend, resend_unknown, settle
from broadcasts.organisations.records import Group
from core.database import Database
from core.people import Address, Person, find_person
from core.sending import SendFailed
from tests.broadcasts.making import POLES, WOMEN, arm, make_member, make_organisation
from tests.broadcasts.messengers import FakeMessenger, later, post_rounds, start_sending, states
from tests.broadcasts.test_delivery import release
from tests.conftest import DALIA, MONDAY_9AM, TELEGRAM

OVER = later(MONDAY_9AM, hours=12)  # the message is not useful any more
ACCOUNT, OLD, NEW = "telegram:1", "-4001", "-1004001"


@pytest.fixture
async def women(database: Database) -> Database:
    """Eritrean Women with one member, in an installation that sends by night too."""
    async with database.changing() as session:
        await arm(session)
        await make_organisation(session)
        await make_member(session, DALIA, "ar")
    return database


async def make_group(database: Database, address: str = OLD, organisation_id: str | None = WOMEN) -> int:
    async with database.changing() as session:
        made = Group(channel=TELEGRAM, address=address, title="Gruppa", language="nb", added_at=MONDAY_9AM)
        made.organisation_id = organisation_id
        session.add(made)
        await session.flush()  # its number
        return made.id


async def groups(database: Database) -> list[tuple[str, str | None, bool]]:
    async with database.reading() as session:
        several = await session.scalars(select(Group).order_by(Group.id))
        return [(one.address, one.organisation_id, one.ended_at is None) for one in several]


async def test_what_is_claimed_in_its_last_moment_is_not_called_expired_while_it_is_sent(women: Database) -> None:
    await release(women)
    async with women.changing() as session:
        claimed = await claim(session, TELEGRAM, ACCOUNT, 1, mine="me", at=later(OVER, seconds=-1))
        settling = asyncio.create_task(settle(women, at=OVER))
        await asyncio.sleep(0.1)
    await settling

    assert await states(women) == {DALIA: ("claimed", "")}
    async with women.changing() as session:
        await record_outcomes(session, [Outcome(claimed[0], "7")], account=ACCOUNT, mine="me", at=OVER)
    assert await states(women) == {DALIA: ("sent", "")}


async def test_what_is_recorded_just_as_its_lease_ends_stays_recorded(women: Database) -> None:
    await release(women)
    async with women.changing() as session:
        claimed = await claim(session, TELEGRAM, ACCOUNT, 1, mine="me", at=MONDAY_9AM)
    late = later(MONDAY_9AM + LEASE, seconds=1)

    async with women.changing() as session:
        await record_outcomes(session, [Outcome(claimed[0], "7")], account=ACCOUNT, mine="me", at=late)
        settling = asyncio.create_task(settle(women, at=late))
        await asyncio.sleep(0.1)
    await settling

    assert await states(women) == {DALIA: ("sent", "")}


async def test_what_surely_did_not_leave_goes_on_though_its_release_had_ended_meanwhile(women: Database) -> None:
    await release(women)
    async with women.changing() as session:
        claimed = await claim(session, TELEGRAM, ACCOUNT, 1, mine="me", at=MONDAY_9AM)
    late = later(MONDAY_9AM + LEASE, seconds=1)
    await settle(women, at=late)
    assert await states(women) == {DALIA: ("unknown", "lease_ended")}

    async with women.changing() as session:
        failed = Outcome(claimed[0], failure=SendFailed(permanent=False, reason="NetworkError"))
        await record_outcomes(session, [failed], account=ACCOUNT, mine="me", at=late)
    await post_rounds(women, FakeMessenger(), at=later(late, minutes=1))
    await settle(women, at=later(late, minutes=1))

    assert await states(women) == {DALIA: ("sent", "")}
    async with women.reading() as session:
        assert (await session.scalars(select(Release))).one().ended_at is not None


# Many


async def test_those_who_get_nothing_do_not_hold_up_the_others(women: Database) -> None:
    async with women.changing() as session:
        for number in range(40):
            await make_member(session, str(3000 + number), "uk")
        await make_member(session, "5000", "nb")
    await release(women, fallback=Fallback.OWN_LANGUAGE_ONLY)
    async with women.changing() as session:  # the database wrote them down in an order of its own
        last = select(Person.id).where(Person.address == "5000").scalar_subquery()
        await session.execute(update(Delivery).where(Delivery.person_id == last).values(id=1000))

    async with women.changing() as session:
        claimed = await claim(session, TELEGRAM, ACCOUNT, 2, mine="me", at=MONDAY_9AM)

    assert {one.parcel.address for one in claimed} == {DALIA, "5000"}
    assert list((await states(women)).values()).count(("skipped", "no_text")) == 40


async def test_who_is_not_claimed_yet_waits_though_it_was_looked_at(women: Database) -> None:
    async with women.changing() as session:
        await make_member(session, "4000", "uk")
        for number in range(3):
            await make_member(session, str(5000 + number), "nb")
    await release(women, fallback=Fallback.OWN_LANGUAGE_ONLY)

    async with women.changing() as session:
        first = await claim(session, TELEGRAM, ACCOUNT, 2, mine="me", at=MONDAY_9AM)
        second = await claim(session, TELEGRAM, ACCOUNT, 2, mine="me", at=MONDAY_9AM)

    assert (len(first), len(second)) == (2, 2)
    assert {one.parcel.address for one in (*first, *second)} == {DALIA, "5000", "5001", "5002"}  # in any order


# Groups


def moved(to: str = NEW) -> SendFailed:
    return SendFailed(permanent=False, reason="group_moved", moved_to=to)


@pytest.mark.parametrize(
    ("noticed_for", "left"),
    [
        (None, [(NEW, WOMEN, True)]),
        (WOMEN, [(OLD, WOMEN, False), (NEW, WOMEN, True)]),
    ],
)
async def test_a_group_that_moved_to_where_the_bot_was_noticed_already_holds_up_nobody(
    women: Database, noticed_for: str | None, left: list[tuple[str, str | None, bool]]
) -> None:
    await make_group(women)
    await release(women)
    await make_group(women, NEW, noticed_for)
    messenger = FakeMessenger()
    messenger.order(OLD, moved())

    await post_rounds(women, messenger, at=MONDAY_9AM)
    await settle(women, at=MONDAY_9AM)

    assert await groups(women) == left
    assert sorted(messenger.addresses()) == sorted([DALIA, *([NEW] if noticed_for is None else [])])
    async with women.reading() as session:
        assert (await session.scalars(select(Release))).one().state == ReleaseState.SENT


@pytest.mark.parametrize("organisation_id", [None, POLES])
async def test_a_group_that_is_no_longer_the_organisations_gets_nothing(
    women: Database, organisation_id: str | None
) -> None:
    number = await make_group(women)
    await release(women)
    async with women.changing() as session:
        await make_organisation(session, POLES)
        (await session.get_one(Group, number)).organisation_id = organisation_id
    messenger = FakeMessenger()

    await post_rounds(women, messenger, at=MONDAY_9AM)

    assert messenger.addresses() == [DALIA]


# Sent again


@pytest.mark.parametrize("state", [BroadcastState.CANCELLED, BroadcastState.PAUSED])
async def test_what_somebody_stopped_is_not_sent_again(women: Database, state: BroadcastState) -> None:
    number = await release(women)
    messenger = FakeMessenger()
    messenger.order(DALIA, SendFailed(permanent=False, reason="TimedOut", may_have_left=True))
    await post_rounds(women, messenger, at=MONDAY_9AM)
    await settle(women, at=MONDAY_9AM)

    async with women.changing() as session:
        (await session.scalars(select(Broadcast))).one().state = state  # a repeating one, after this run
        with pytest.raises(TooLateToResend):
            await resend_unknown(session, number, by=1, at=MONDAY_9AM)

    assert await states(women) == {DALIA: ("unknown", "TimedOut")}


# A fault of ours


class Spoiling(FakeMessenger):
    """Before the first message, the zone of what is sent becomes one that this machine does not know."""

    async def send(self, parcel: Parcel) -> str:
        async with self.turn:
            if not self.sent:
                async with self.database.changing() as session:
                    (await session.scalars(select(Broadcast))).one().zone = "Europe/Nowhere"
            return await super().send(parcel)

    def __init__(self, database: Database) -> None:
        super().__init__()
        self.database, self.turn = database, asyncio.Lock()


async def test_a_fault_of_ours_ends_neither_the_loop_nor_keeps_it_from_recording(
    women: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "IDLE_SECONDS", 0.01)
    async with women.changing() as session:
        for number in range(AT_ONCE):
            await make_member(session, str(3000 + number), "nb")
    await release(women)
    task = start_sending(Post(women, Spoiling(women), Pace(1000), now=lambda: MONDAY_9AM))

    async with asyncio.timeout(60):
        while list((await states(women)).values()).count(("sent", "")) < AT_ONCE and not task.done():
            await asyncio.sleep(0.02)

    assert not task.done()
    assert sorted(set((await states(women)).values())) == [("queued", ""), ("sent", "")]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


# Nothing waits for ever


@pytest.mark.parametrize(("was_sent", "ends"), [(True, BroadcastState.SENT), (False, BroadcastState.EXPIRED)])
async def test_a_pause_that_nobody_ends_is_over_when_the_message_is(
    women: Database, was_sent: bool, ends: BroadcastState
) -> None:
    number = await release(women)
    await post_rounds(women, FakeMessenger(), at=MONDAY_9AM, rounds=2 * was_sent)
    async with women.changing() as session:
        run = await session.get_one(Release, number)
        run.state = ReleaseState.PAUSED
        (await session.get_one(Broadcast, run.broadcast_id)).state = BroadcastState.PAUSED

    await settle(women, at=later(OVER, seconds=-1))
    async with women.reading() as session:
        assert (await session.get_one(Broadcast, run.broadcast_id)).state == BroadcastState.PAUSED
    await settle(women, at=OVER)

    async with women.reading() as session:
        assert (await session.get_one(Broadcast, run.broadcast_id)).state == ends


async def test_a_pause_between_two_runs_is_not_over(women: Database) -> None:
    await release(women, next_run_at=later(OVER, days=1))
    await post_rounds(women, FakeMessenger(), at=MONDAY_9AM)
    await settle(women, at=MONDAY_9AM)
    async with women.changing() as session:
        (await session.scalars(select(Broadcast))).one().state = BroadcastState.PAUSED

    await settle(women, at=OVER)

    async with women.reading() as session:
        assert (await session.scalars(select(Broadcast))).one().state == BroadcastState.PAUSED


async def test_somebody_who_is_forgotten_just_now_does_not_stop_the_others_from_being_written_down(
    women: Database,
) -> None:
    async with women.changing() as session:
        await make_member(session, "5000", "nb")
    async with women.changing() as session:
        await session.delete(await find_person(session, Address(TELEGRAM, DALIA)))
        await session.flush()  # as far as it is when the other process looks
        releasing = asyncio.create_task(release(women))
        await asyncio.sleep(0.1)
    await releasing

    assert await states(women) == {"5000": ("queued", "")}
