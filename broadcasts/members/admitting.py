"""Organisations that say yes to each: who asks, with a nickname and nothing else, and what the ambassador decides."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import NoResultFound
from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.delivery.direct import take_away, write_to
from broadcasts.members.ledger import lock_person, note
from broadcasts.members.records import ConsentEvent, Membership, MembershipState
from broadcasts.organisations.by import By
from broadcasts.organisations.records import Organisation
from broadcasts.organisations.speaking import check_speaks, list_in_chat
from core.errors import RuleBroken
from core.private_numbers import HIDDEN

SHORTEST_NICKNAME, LONGEST_NICKNAME = 2, 40
USEFUL_FOR = timedelta(days=14)
_JOINERS = {0x200C: None, 0x200D: None}  # which Persian and Urdu names need; other invisible marks they do not
_NUMBER = re.compile(r"\d(?:[\s().\-–/]*\d){3,}")  # a telephone number, a year of birth


class NobodyWaits(RuleBroken):
    """Only who waits can be let in or told no."""

    code = "nobody_waits"


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody who asks to join: all that an organisation sees of them."""

    membership_id: int
    nickname: str
    since: datetime


async def approve_member(session: AsyncSession, membership_id: int, *, by: By, at: datetime) -> None:
    """Let somebody in; they are told. Raises NotTheirOrganisation, and NobodyWaits when it was decided already."""
    membership = await _decide(session, membership_id, MembershipState.MEMBER, by=by, at=at)
    note(session, membership, ConsentEvent.APPROVED, at=at)
    by.record(session, "member_approved", about=f"organisation:{membership.organisation_id}", at=at)
    await _tell(session, membership, "membership_approved", at=at)


async def decline_member(session: AsyncSession, membership_id: int, *, by: By, at: datetime) -> None:
    """Do not let somebody in; they are told. Raises as ``approve_member``."""
    membership = await _decide(session, membership_id, MembershipState.DECLINED, by=by, at=at)
    note(session, membership, ConsentEvent.DECLINED, at=at)
    by.record(session, "member_declined", about=f"organisation:{membership.organisation_id}", at=at)
    await _tell(session, membership, "membership_declined", at=at)


async def list_waiting(session: AsyncSession, organisation_id: str) -> list[Waiting]:
    """Who asks to join, the longest waiting first."""
    rows = await session.scalars(
        select(Membership)
        .where(Membership.organisation_id == organisation_id, Membership.state == MembershipState.WAITING)
        .order_by(Membership.since, Membership.id)
    )
    return [Waiting(row.id, row.nickname, row.since) for row in rows]


async def find_waiting(session: AsyncSession, membership_id: int) -> tuple[str, Waiting] | None:
    """Who waits with this number, after the organisation they wait for; None when it was decided."""
    row = await session.get(Membership, membership_id)
    if row is None or row.state != MembershipState.WAITING:
        return None
    return row.organisation_id, Waiting(row.id, row.nickname, row.since)


async def ask_ambassadors(
    session: AsyncSession, organisation: Organisation, membership: Membership, *, at: datetime
) -> None:
    """Everybody who speaks for the organisation in the chat is asked, with the nickname and nothing else."""
    about = {"membership": str(membership.id), "organisation": organisation.name, "nickname": membership.nickname}
    for person_id in {person.id for _, person in await list_in_chat(session, organisation.id)}:
        key = f"membership_asked:{membership.id}:{person_id}:{at.timestamp():.0f}"
        await write_to(session, person_id, "membership_asked", about, key=key, at=at, useful=USEFUL_FOR)


async def forget_asking(session: AsyncSession, membership: Membership) -> None:
    """Bring no ambassador the nickname of somebody who waits no more, and nobody a decision that is over."""
    for kind in ("membership_asked", "membership_approved", "membership_declined"):
        await take_away(session, f"{kind}:{membership.id}:")


def is_nickname(text: str) -> bool:
    """Whether this may be shown to an organisation: short, no number or address by which a person can be found."""
    name = text.strip()
    is_address = HIDDEN in name or _NUMBER.search(name) is not None or "@" in name or "/" in name
    is_plain = name.translate(_JOINERS).isprintable() and any(letter.isalpha() for letter in name)
    return SHORTEST_NICKNAME <= len(name) <= LONGEST_NICKNAME and is_plain and not is_address


async def _decide(
    session: AsyncSession, membership_id: int, state: MembershipState, *, by: By, at: datetime
) -> Membership:
    person_id = await session.scalar(select(Membership.person_id).where(Membership.id == membership_id))
    if person_id is None:
        raise NoResultFound
    await lock_person(session, person_id)
    membership = await session.get_one(Membership, membership_id, populate_existing=True)
    await check_speaks(session, membership.organisation_id, by)
    if membership.state != MembershipState.WAITING:
        raise NobodyWaits
    membership.state, membership.since, membership.nickname = state, at, ""
    await forget_asking(session, membership)
    return membership


async def _tell(session: AsyncSession, membership: Membership, kind: str, *, at: datetime) -> None:
    organisation = await session.get_one(Organisation, membership.organisation_id)
    key = f"{kind}:{membership.id}:{at.timestamp():.0f}"
    about = {"organisation": organisation.name}
    await write_to(session, membership.person_id, kind, about, key=key, at=at, useful=USEFUL_FOR)
