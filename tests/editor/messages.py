"""Organisations with somebody at the desk, for tests of messages."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.announcements.records import Broadcast, BroadcastState, Kind
from broadcasts.briefing.answering import comment
from broadcasts.briefing.proposing import propose
from broadcasts.delivery.records import Delivery, DeliveryState, Release, ReleaseState, Response
from broadcasts.organisations.by import By
from core.database import Database
from editor.access.roles import HeldRole, Role
from tests.broadcasts.making import (
    POLES,
    WOMEN,
    make_ambassador,
    make_broadcast,
    make_member,
    make_organisation,
    make_person,
)
from tests.conftest import MONDAY_9AM, Town
from tests.editor.desk import Client, Clock, signed_in

EVENT = {"kind": Kind.EVENT, "begins_at": "2026-12-12T18:00", "place": "Biblioteket"}


async def saba_at_the_desk(town: Town, *, clock: Clock | None = None, **more: object) -> Client:
    """Saba, who speaks for the Eritrean Women and has agreed; her chat is connected."""
    saba = await signed_in(town, HeldRole(Role.AMBASSADOR, WOMEN), name="Saba", clock=clock)
    async with town.database.changing() as session:
        await make_organisation(session)
        made = await make_ambassador(session, staff_id=saba.id)
        for name, value in more.items():
            setattr(made, name, value)
    return saba


async def adam_at_the_desk(town: Town) -> Client:
    """Adam, who speaks for the Polish club."""
    adam = await signed_in(town, HeldRole(Role.AMBASSADOR, POLES), name="Adam")
    async with town.database.changing() as session:
        await make_organisation(session, POLES, languages=["pl"])
        await make_ambassador(session, "2002", "pl", organisation_id=POLES, staff_id=adam.id, name="Adam")
    return adam


async def a_message(town: Town, state: BroadcastState = BroadcastState.DRAFT, **more: object) -> str:
    """The address of a message of the Eritrean Women, below /desk."""
    async with town.database.changing() as session:
        if state == BroadcastState.APPROVED:
            more = {"approved_version": 1, **more}
        made = await make_broadcast(session, state=state, **more)
    return f"/messages/{made.id}"


async def members(town: Town, language: str, count: int, *, first: int = 5000) -> None:
    """So many members with this language."""
    async with town.database.changing() as session:
        for number in range(count):
            await make_member(session, f"{language}{first + number}", language)


async def stored(town: Town, path: str) -> Broadcast:
    """The message at this address, as it is kept."""
    async with town.database.reading() as session:
        return await session.get_one(Broadcast, int(path.rsplit("/", 1)[-1]))


async def fill_with_messages(database: Database, staff_id: int) -> None:
    """Something on every page of messages: the first is ready, the second a proposal, the third sent, with a report."""
    async with database.changing() as session:
        await make_organisation(session)
        await make_ambassador(session, staff_id=staff_id)
        for number in range(12):
            await make_member(session, f"m{number}", "ar" if number < 7 else "ti")
        await make_broadcast(session, state=BroadcastState.APPROVED, approved_version=1, **EVENT)
        proposal = await make_broadcast(session, organisation_id=None, kind=Kind.NEWS)
        sent = await make_broadcast(session, state=BroadcastState.SENT, kind=Kind.REQUEST, replies=["yes", "no"])
        await make_broadcast(session, state=BroadcastState.IN_BRIEFING)
        await propose(session, proposal.id, [WOMEN], by=staff_id, at=MONDAY_9AM)
        by = By(staff_id=staff_id)
        await comment(session, proposal.id, WOMEN, "Gjelder fra fem år.", by=by, at=MONDAY_9AM)
        states = (DeliveryState.SENT,) * 7 + (DeliveryState.UNKNOWN, DeliveryState.FAILED)
        await make_release(session, sent.id, *((state, "", "ar") for state in states), answers=6)


async def make_release(
    session: AsyncSession, broadcast_id: int, *ended: tuple[DeliveryState, str, str], answers: int = 0
) -> int:
    """A run of a message whose deliveries ended so: state, reason, language. So many of its recipients said yes."""
    release = Release(broadcast_id=broadcast_id, organisation_id=WOMEN, due_at=MONDAY_9AM, began_at=MONDAY_9AM)
    release.send_until, release.state = MONDAY_9AM + timedelta(days=1), ReleaseState.SENT
    session.add(release)
    await session.flush()
    for number, (state, reason, language) in enumerate(ended):
        person = await make_person(session, f"r{number}", language)
        delivery = Delivery(release_id=release.id, person_id=person.id, channel="telegram", state=state)
        delivery.reason, delivery.wanted = reason, language
        session.add(delivery)
        if number < answers:
            session.add(Response(release_id=release.id, person_id=person.id, key="yes", at=MONDAY_9AM))
    return release.id
