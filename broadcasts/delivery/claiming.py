"""Takes the next few deliveries for one process: fair among organisations, oldest first within one.

A claim is a lease. Whoever holds it sends with no transaction open and records what came of it. When the lease ends
without a record, the process died in the middle, and nobody knows: settling.py makes it unknown.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import ColumnElement, and_, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.announcements.announcement import Composed, load_composed
from broadcasts.announcements.records import Audience, Broadcast
from broadcasts.delivery.arming import get_policy
from broadcasts.delivery.deciding import Skip, Standing, may_go_out, why_not
from broadcasts.delivery.direct import content_of
from broadcasts.delivery.port import Parcel
from broadcasts.delivery.records import (
    Delivery,
    DeliveryState,
    DirectMessage,
    Release,
    ReleaseState,
    SendingPolicy,
)
from broadcasts.delivery.silence import is_silent
from broadcasts.members.records import Membership, MembershipState
from broadcasts.organisations.records import Ambassador, Group, Organisation, OrganisationState
from broadcasts.organisations.speaking import SPEAKS
from broadcasts.scheduling.quiet import is_quiet
from core.metrics import count_deliveries
from core.people import USUAL_LANGUAGE, Person

LEASE = timedelta(seconds=45)  # longer than any one message may take
LOOKED_AT = 500  # rows of a release in one transaction, when some of the first get nothing


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery, or a message for one person, that this process sends now."""

    id: int
    is_direct: bool
    parcel: Parcel
    release_id: int | None = None
    person_id: int | None = None
    group_id: int | None = None
    tries: int = 0


async def claim(
    session: AsyncSession, channel: str, account: str, count: int, *, mine: str, at: datetime, first: str = ""
) -> list[Claimed]:
    """At most so many, marked as being sent by ``mine``; who gets nothing any more is skipped on the way.

    ``first`` is the organisation that was served last: the next one comes first.
    """
    if count < 1 or await is_silent(session, account, at=at):
        return []
    policy = await get_policy(session)
    found = await _direct(session, channel, count, mine=mine, at=at)
    if policy.is_armed and len(found) < count:
        found += await _fairly(session, channel, count - len(found), policy, mine=mine, at=at, first=first)
    return found


async def _direct(session: AsyncSession, channel: str, count: int, *, mine: str, at: datetime) -> list[Claimed]:
    rows = (
        await session.execute(
            select(DirectMessage, Person)
            .join(Person, Person.id == DirectMessage.person_id)
            .where(DirectMessage.channel == channel, DirectMessage.state == DeliveryState.QUEUED)
            .where((DirectMessage.not_before.is_(None)) | (DirectMessage.not_before <= at))
            .where(DirectMessage.send_until > at)
            .order_by(DirectMessage.id)
            .limit(count)
            .with_for_update(skip_locked=True, of=DirectMessage)
        )
    ).all()
    for message, _person in rows:
        message.state, message.claim, message.claimed_until = DeliveryState.CLAIMED, mine, at + LEASE
    return [
        Claimed(
            message.id,
            is_direct=True,
            parcel=Parcel(person.address, person.language or USUAL_LANGUAGE, await content_of(session, message)),
            person_id=person.id,
            tries=message.tries,
        )
        for message, person in rows
    ]


async def _fairly(
    session: AsyncSession, channel: str, count: int, policy: SendingPolicy, *, mine: str, at: datetime, first: str
) -> list[Claimed]:
    """Each organisation an equal share of the places; what one does not need, the next ones get."""
    waiting = await list_going_out(session, channel, policy, at=at)
    turns = _in_turn(waiting, after=first)
    found: list[Claimed] = []
    for number, organisation in enumerate(turns):
        share = ceil((count - len(found)) / (len(turns) - number))
        for release in waiting[organisation]:
            if share > 0 and (composed := await load_composed(session, release.broadcast_id)) is not None:
                taken = await _take(session, channel, release, composed, share, mine=mine, at=at)
                found += taken
                share -= len(taken)
    return found


async def list_going_out(
    session: AsyncSession, channel: str, policy: SendingPolicy, *, at: datetime
) -> Mapping[str, Sequence[Release]]:
    """What may go out on this channel at this moment, by organisation, the oldest first.

    One query: releases of which only members of another channel are left stay open for days, and it is asked each beat.
    """
    is_left = exists().where(
        Delivery.release_id == Release.id, Delivery.channel == channel, Delivery.state == DeliveryState.QUEUED
    )
    rows = await session.execute(
        select(Release, Broadcast)
        .join(Broadcast, Broadcast.id == Release.broadcast_id)
        .where(goes_out(at=at), is_left)
        .order_by(Release.due_at, Release.id)
    )
    found: dict[str, list[Release]] = {}
    for release, row in rows.all():
        is_held = not row.ignores_quiet_hours and is_quiet(policy.quiet_from, policy.quiet_until, row.zone, at=at)
        if may_go_out(row) and not is_held:
            found.setdefault(release.organisation_id, []).append(release)
    return found


def goes_out(*, at: datetime) -> ColumnElement[bool]:
    """Releases that are being sent, not too late, of organisations that take part."""
    active = select(Organisation.id).where(Organisation.state == OrganisationState.ACTIVE)
    is_sending = Release.state == ReleaseState.SENDING
    return and_(is_sending, Release.send_until > at, Release.organisation_id.in_(active))


def _in_turn(organisations: Iterable[str], *, after: str) -> list[str]:
    """All of them, beginning with the one that follows in the alphabet."""
    several = sorted(organisations)
    return [one for one in several if one > after] + [one for one in several if one <= after]


async def _take(
    session: AsyncSession, channel: str, release: Release, composed: Composed, count: int, *, mine: str, at: datetime
) -> list[Claimed]:
    """The next few who get it. Those before them who get nothing are skipped at once, and do not take their places."""
    found: list[Claimed] = []
    skipped: dict[Skip, list[int]] = {}
    for most in (count, LOOKED_AT):
        rows = await _lock_next(session, channel, release.id, most, at=at)
        standings = await find_standings(session, rows, release.organisation_id, composed.broadcast.audience)
        for row in rows:
            standing = standings[row.id]
            if reason := why_not(standing, composed):
                skipped.setdefault(reason, []).append(row.id)
                continue
            announcement = composed.for_reader(standing.wanted, release_id=release.id)
            if len(found) < count and announcement is not None and standing.address is not None:
                parcel = Parcel(standing.address, standing.wanted, announcement, is_group=standing.is_group)
                found.append(
                    Claimed(row.id, False, parcel, release.id, row.person_id, row.group_id, row.tries)  # noqa: FBT003
                )
        ids = [one.id for one in found]
        await _mark(session, ids, state=DeliveryState.CLAIMED, claim=mine, claimed_until=at + LEASE)
        for reason, several in skipped.items():
            await _mark(session, several, state=DeliveryState.SKIPPED, reason=reason.value, ended_at=at)
            count_deliveries(DeliveryState.SKIPPED.value, len(several))
        if len(found) >= count or len(rows) < most:
            break
    return found


async def _lock_next(
    session: AsyncSession, channel: str, release_id: int, count: int, *, at: datetime
) -> Sequence[Delivery]:
    return (
        await session.scalars(
            select(Delivery)
            .where(Delivery.release_id == release_id, Delivery.channel == channel)
            .where(Delivery.state == DeliveryState.QUEUED)
            .where((Delivery.not_before.is_(None)) | (Delivery.not_before <= at))
            .order_by(Delivery.id)
            .limit(count)
            .with_for_update(skip_locked=True)
        )
    ).all()


async def find_standings(
    session: AsyncSession, rows: Sequence[Delivery], organisation_id: str, audience: str
) -> Mapping[int, Standing]:
    """What is known now of each of these recipients, by the delivery's id."""
    ids = [row.person_id for row in rows if row.person_id is not None]
    people = await _people(session, ids, organisation_id, audience)
    groups = await _groups(session, [row.group_id for row in rows if row.group_id is not None], organisation_id)
    found = {}
    for row in rows:
        if row.group_id is not None:
            found[row.id] = groups.get(row.group_id, Standing(None, row.wanted, is_group=True))
        elif row.person_id in people:
            found[row.id] = people[row.person_id]
        else:
            found[row.id] = Standing(None, row.wanted)
    return found


async def _people(
    session: AsyncSession, ids: Sequence[int], organisation_id: str, audience: str
) -> dict[int, Standing]:
    """A drill goes to who speaks for the organisation, member or not; it is urgent, so nobody has muted it."""
    if not ids:
        return {}
    is_theirs: ColumnElement[bool] = Membership.state == MembershipState.MEMBER
    if audience == Audience.AMBASSADORS:
        is_theirs = exists().where(
            Ambassador.person_id == Person.id, Ambassador.organisation_id == organisation_id, SPEAKS
        )
    rows = await session.execute(
        select(
            Person.id, Person.address, Person.language, Person.stopped_at, Person.unreachable_reason,
            is_theirs, Membership.muted,
        )
        .outerjoin(Membership, (Membership.person_id == Person.id) & (Membership.organisation_id == organisation_id))
        .where(Person.id.in_(ids))
    )  # fmt: skip
    return {
        person_id: Standing(
            address,
            language or USUAL_LANGUAGE,
            is_member=bool(does_belong),
            muted=frozenset(muted or ()),
            is_stopped=stopped_at is not None,
            is_reachable=unreachable is None,
        )
        for person_id, address, language, stopped_at, unreachable, does_belong, muted in rows
    }


async def _groups(session: AsyncSession, ids: Sequence[int], organisation_id: str) -> dict[int, Standing]:
    """Those that are still this organisation's: one that the bot came back to is nobody's until somebody says."""
    if not ids:
        return {}
    theirs = select(Group).where(Group.organisation_id == organisation_id, Group.ended_at.is_(None))
    rows = await session.scalars(theirs.where(Group.id.in_(ids)))
    return {row.id: Standing(row.address, row.language, is_group=True) for row in rows}


async def _mark(session: AsyncSession, ids: Sequence[int], **values: object) -> None:
    if ids:
        changing = update(Delivery).where(Delivery.id.in_(ids)).values(**values)
        await session.execute(changing, execution_options={"synchronize_session": False})
