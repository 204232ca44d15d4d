"""From the rule to the recipients: one delivery for each member, written down in batches when a release begins."""

from datetime import datetime

from sqlalchemy import Integer, Select, cast, func, literal, null, select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.announcements.records import Audience, Broadcast
from broadcasts.delivery.records import Delivery, DeliveryState, Release, ReleaseState
from broadcasts.members.records import Membership, MembershipState
from broadcasts.organisations.records import Ambassador, Group
from broadcasts.organisations.speaking import SPEAKS
from core.database import Database, insert_for
from core.people import USUAL_LANGUAGE, Person

BATCH = 5_000  # recipients in one transaction: others write in between
_COLUMNS = (
    "release_id",
    "person_id",
    "group_id",
    "channel",
    "state",
    "wanted",
    "reason",
    "language",
    "message_id",
    "claim",
    "tries",
)


async def expand_all(database: Database, *, at: datetime) -> None:
    """All releases that have just begun, in short transactions."""
    async with database.reading() as session:
        begun = (await session.scalars(select(Release.id).where(Release.state == ReleaseState.EXPANDING))).all()
    for release_id in begun:
        is_more = True
        while is_more:
            async with database.changing() as session:
                is_more = await expand(session, release_id, at=at)


async def expand(session: AsyncSession, release_id: int, *, at: datetime, batch: int = BATCH) -> bool:
    """Write down the next recipients of a release; whether there are more.

    It may run twice with the same result: a recipient stands there once, and the place that was reached is stored in
    the same transaction. Memory does not grow with the audience: the rows never leave the database.
    """
    release = await session.get(Release, release_id, with_for_update=True)
    if release is None or release.state != ReleaseState.EXPANDING or at >= release.send_until:
        return False
    broadcast = await session.get_one(Broadcast, release.broadcast_id)
    people = _people(broadcast, release.organisation_id).where(Person.id > release.expanded_to)
    last = await session.scalar(select(func.max(people.order_by(Person.id).limit(batch).subquery().c.id)))
    if last is not None:
        # Who is just being forgotten is waited for, and left out: PostgreSQL would refuse all of the batch.
        still_there = people.where(Person.id <= last).with_for_update(read=True, key_share=True, of=Person)
        await _write(session, _rows(still_there, release_id))
        release.expanded_to = last
        return True
    if broadcast.audience == Audience.MEMBERS:
        await _write(session, _groups(release))
    release.state = ReleaseState.SENDING
    return False


def _people(broadcast: Broadcast, organisation_id: str) -> Select[int, str, str | None]:
    people = select(Person.id, Person.channel, Person.language)
    if broadcast.audience == Audience.AMBASSADORS:
        acting = select(Ambassador.person_id).where(
            Ambassador.organisation_id == organisation_id, SPEAKS, Ambassador.person_id.is_not(None)
        )
        return people.where(Person.id.in_(acting))
    return people.join(Membership, Membership.person_id == Person.id).where(
        Membership.organisation_id == organisation_id, Membership.state == MembershipState.MEMBER
    )


def _rows(people: Select[int, str, str | None], release_id: int) -> Select[*tuple[object, ...]]:
    one = people.subquery()
    wanted = func.coalesce(one.c.language, USUAL_LANGUAGE)
    queued = literal(DeliveryState.QUEUED.value)
    rows = select(literal(release_id), one.c.id, _NOBODY, one.c.channel, queued, wanted, *_EMPTY)
    return rows.where(one.c.id > 0)  # SQLite reads ON CONFLICT right only after a WHERE


def _groups(release: Release) -> Select[*tuple[object, ...]]:
    queued = literal(DeliveryState.QUEUED.value)
    return select(literal(release.id), _NOBODY, Group.id, Group.channel, queued, Group.language, *_EMPTY).where(
        Group.organisation_id == release.organisation_id, Group.ended_at.is_(None)
    )


_NOBODY = cast(null(), Integer)
_EMPTY = (literal(""), literal(""), literal(""), literal(""), literal(0))


async def _write(session: AsyncSession, rows: Select[*tuple[object, ...]]) -> None:
    adding = insert_for(session)(Delivery).from_select(_COLUMNS, rows)
    await session.execute(adding.on_conflict_do_nothing())
