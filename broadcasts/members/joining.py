"""Joining, leaving, muting. Each step writes a line of the ledger."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.announcements.records import Kind
from broadcasts.members.admitting import ask_ambassadors, forget_asking, is_nickname
from broadcasts.members.ledger import Consent, find_row, lock_person, note
from broadcasts.members.records import ConsentEvent, Membership, MembershipState
from broadcasts.organisations.records import Organisation, OrganisationState
from core.errors import RuleBroken

OPEN = (MembershipState.WAITING, MembershipState.MEMBER)
NO_IS_KEPT_FOR = timedelta(days=7)  # who got a no asks again later, so that nobody can press an ambassador


class OrganisationTakesNobody(RuleBroken):
    """Nobody joins an organisation that is dormant or has ended: it sends nothing."""

    code = "organisation_takes_nobody"


class ConsentMissing(RuleBroken):
    """Joining needs the text that was agreed to."""

    code = "consent_missing"


class NicknameMissing(RuleBroken):
    """An organisation that says yes to each must be able to tell who asks, and sees nothing but a nickname."""

    code = "nickname_missing"


class AskedTooSoon(RuleBroken):
    """The organisation said no a short while ago."""

    code = "asked_too_soon"


class UrgentIsNotMuted(RuleBroken):
    """Urgent messages come to every member; who wants none leaves."""

    code = "urgent_is_not_muted"


@dataclass(frozen=True, slots=True)
class MembershipCard:
    """One organisation of a person."""

    id: int
    organisation_id: str
    organisation: str
    join_code: str
    is_active: bool  # whether the organisation takes part just now
    state: MembershipState
    since: datetime
    nickname: str
    muted: frozenset[Kind]


async def join(
    session: AsyncSession,
    person_id: int,
    organisation_id: str,
    consent: Consent,
    *,
    nickname: str = "",
    at: datetime,
) -> MembershipState:
    """Make somebody a member, or let them wait where the organisation says yes to each. Twice is once.

    Takes a stop back: a stop left every organisation, so only what is joined from now on sends again.
    """
    organisation = await session.get_one(Organisation, organisation_id)
    if organisation.state != OrganisationState.ACTIVE:
        raise OrganisationTakesNobody(organisation=organisation_id)
    if not consent.version or not consent.language:
        raise ConsentMissing
    person = await lock_person(session, person_id)
    membership = await find_row(session, person_id, organisation_id)
    if membership is not None and membership.state in OPEN:
        return MembershipState(membership.state)
    if organisation.asks_approval:
        _check_asking(membership, nickname, at=at)
    if membership is None:
        membership = Membership(person_id=person_id, organisation_id=organisation_id, muted=[])
        session.add(membership)
    is_asking = organisation.asks_approval
    membership.state = MembershipState.WAITING if is_asking else MembershipState.MEMBER
    membership.nickname = nickname.strip() if is_asking else ""
    membership.since = at
    person.stopped_at = None
    person.language = person.language or consent.language  # so far only their app's: messages come in this one
    note(session, membership, ConsentEvent.ASKED if is_asking else ConsentEvent.JOINED, consent=consent, at=at)
    if is_asking:
        await session.flush()  # ambassadors are asked about its number
        await ask_ambassadors(session, organisation, membership, at=at)
    return membership.state


async def leave(session: AsyncSession, person_id: int, organisation_id: str, *, at: datetime) -> None:
    """Leave one organisation, or take back the wish to join. Others stay; who has left already may leave again."""
    await lock_person(session, person_id)
    membership = await find_row(session, person_id, organisation_id)
    if membership is not None and membership.state in OPEN:
        await _end(session, membership, ConsentEvent.LEFT, at=at)


async def leave_all(session: AsyncSession, person_id: int, *, at: datetime) -> tuple[str, ...]:
    """What a stop word does: leave every organisation. Returns their ids."""
    await lock_person(session, person_id)
    left = list(await session.scalars(select(Membership).where(_is_open(person_id)).order_by(Membership.id)))
    for membership in left:
        await _end(session, membership, ConsentEvent.STOPPED, at=at)
    return tuple(one.organisation_id for one in left)


async def mute(session: AsyncSession, person_id: int, organisation_id: str, kind: Kind, *, at: datetime) -> None:
    """Get no more of this kind from this organisation. Raises UrgentIsNotMuted. Nothing happens to who is no member."""
    if kind is Kind.URGENT:
        raise UrgentIsNotMuted
    membership = await _locked_member(session, person_id, organisation_id)
    if membership is not None and kind not in membership.muted:
        membership.muted = [*membership.muted, kind.value]
        note(session, membership, ConsentEvent.MUTED, detail=kind.value, at=at)


async def unmute(session: AsyncSession, person_id: int, organisation_id: str, kind: Kind, *, at: datetime) -> None:
    """Get this kind again."""
    membership = await _locked_member(session, person_id, organisation_id)
    if membership is not None and kind in membership.muted:
        membership.muted = [one for one in membership.muted if one != kind]
        note(session, membership, ConsentEvent.UNMUTED, detail=kind.value, at=at)


async def list_memberships(session: AsyncSession, person_id: int) -> list[MembershipCard]:
    """Where somebody is a member or waits, the first joined first."""
    rows = await session.execute(
        select(Membership, Organisation)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(_is_open(person_id))
        .order_by(Membership.since, Membership.id)
    )
    return [_card(membership, organisation) for membership, organisation in rows]


async def find_membership(session: AsyncSession, person_id: int, organisation_id: str) -> MembershipCard | None:
    """How somebody stands with one organisation, also after they left it."""
    membership = await find_row(session, person_id, organisation_id)
    return _card(membership, await session.get_one(Organisation, organisation_id)) if membership else None


def may_ask_again(card: MembershipCard | None, *, at: datetime) -> bool:
    """Whether enough time has passed since the organisation said no."""
    return card is None or card.state != MembershipState.DECLINED or at - card.since >= NO_IS_KEPT_FOR


def _check_asking(membership: Membership | None, nickname: str, *, at: datetime) -> None:
    if not is_nickname(nickname):
        raise NicknameMissing
    is_declined = membership is not None and membership.state == MembershipState.DECLINED
    if membership is not None and is_declined and at - membership.since < NO_IS_KEPT_FOR:
        raise AskedTooSoon


async def _locked_member(session: AsyncSession, person_id: int, organisation_id: str) -> Membership | None:
    await lock_person(session, person_id)
    membership = await find_row(session, person_id, organisation_id)
    return membership if membership and membership.state == MembershipState.MEMBER else None


async def _end(session: AsyncSession, membership: Membership, event: ConsentEvent, *, at: datetime) -> None:
    membership.state, membership.since, membership.nickname, membership.muted = MembershipState.LEFT, at, "", []
    await forget_asking(session, membership)
    note(session, membership, event, at=at)


def _is_open(person_id: int) -> ColumnElement[bool]:
    return (Membership.person_id == person_id) & Membership.state.in_(OPEN)


def _card(membership: Membership, organisation: Organisation) -> MembershipCard:
    return MembershipCard(
        membership.id,
        organisation.id,
        organisation.name,
        organisation.join_code,
        organisation.state == OrganisationState.ACTIVE,
        MembershipState(membership.state),
        membership.since,
        membership.nickname,
        frozenset(Kind(one) for one in membership.muted),
    )
