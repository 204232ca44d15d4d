"""A message to very many people, for proofs and measures: written down in bulk, due at once, on the real clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from sqlalchemy import func, insert, select

from bot.channels.telegram.reading import CHANNEL
from broadcasts.announcements.records import BroadcastState
from broadcasts.delivery.records import OPEN, Delivery, DeliveryState, Release, SendingPolicy
from broadcasts.members.records import Membership, MembershipState
from core.database import Database
from core.people import Person
from tests.broadcasts.making import WOMEN, make_broadcast, make_organisation

FIRST = 100_000  # the first chat; the others follow
LANGUAGES = ("nb", "ar", "uk", "so", "pl")
BATCH = 5_000
OSLO = ZoneInfo("Europe/Oslo")


@dataclass(frozen=True, slots=True)
class Fate:
    """What is recorded of one recipient."""

    chat: int
    state: DeliveryState
    reason: str


async def make_many(
    database: Database, count: int, *, at: datetime, late: timedelta = timedelta(0), **more: object
) -> int:
    """Eritrean Women with so many members, and a message to all of them that was due ``late`` ago; its id.

    The installation sends, at any hour.
    """
    async with database.changing() as session:
        session.add(SendingPolicy(id=1, is_armed=True, armed_at=at, quiet_from="00:00", quiet_until="00:00"))
        await make_organisation(session, at=at)
        people = iter(range(count))
        while chunk := list(islice(people, BATCH)):
            await session.execute(insert(Person), [_person(number, at) for number in chunk])
        rows = iter((await session.scalars(select(Person.id).order_by(Person.id))).all())
        while chunk := list(islice(rows, BATCH)):
            await session.execute(insert(Membership), [_membership(number, at) for number in chunk])
        due = (at - late).replace(second=0, microsecond=0)
        given = {
            "state": BroadcastState.SCHEDULED, "approved_version": 1, "next_run_at": due,
            "first_at": f"{due.astimezone(OSLO):%Y-%m-%dT%H:%M}",
        }  # fmt: skip
        return (await make_broadcast(session, at=at, **given | more)).id


def _person(number: int, at: datetime) -> dict[str, object]:
    return {
        "channel": CHANNEL, "address": str(FIRST + number), "language": LANGUAGES[number % len(LANGUAGES)],
        "first_seen_at": at, "last_seen_at": at,
    }  # fmt: skip


def _membership(person_id: int, at: datetime) -> dict[str, object]:
    return {
        "person_id": person_id, "organisation_id": WOMEN, "state": MembershipState.MEMBER, "since": at,
        "nickname": "", "muted": [],
    }  # fmt: skip


async def list_fates(database: Database) -> list[Fate]:
    """What is recorded of everybody."""
    async with database.reading() as session:
        rows = await session.execute(
            select(Person.address, Delivery.state, Delivery.reason).join(Person, Person.id == Delivery.person_id)
        )
        return [Fate(int(address), DeliveryState(state), reason) for address, state, reason in rows]


async def count_open(database: Database) -> int | None:
    """How many deliveries have no final state yet; None before anybody is written down."""
    async with database.reading() as session:
        total = await session.scalar(select(func.count()).select_from(Delivery))
        left = await session.scalar(select(func.count()).select_from(Delivery).where(Delivery.state.in_(OPEN)))
        return left if total else None


async def list_releases(database: Database) -> list[Release]:
    """All runs."""
    async with database.reading() as session:
        return list(await session.scalars(select(Release).order_by(Release.id)))
