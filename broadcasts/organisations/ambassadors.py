"""Ambassadors: who may speak for an organisation, how they come in, and how they hand over.

Somebody is an ambassador once they have agreed (words.py), in the chat or at the desk. Who hands over stays until
the other has agreed: until then ``ended_reason`` of the first names the second.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.delivery.direct import write_to
from broadcasts.organisations.by import By
from broadcasts.organisations.records import Ambassador, AmbassadorLink, Organisation, OrganisationState
from broadcasts.organisations.speaking import SPEAKS, NotTheirOrganisation, check_speaks, has_ambassador, speaks
from core.errors import RuleBroken

ENDED = "ambassador_ended"  # what they are told in the chat, when it was not they who said so just now
LINK_VALID = timedelta(days=7)
LONGEST_NAME = 120
HANDED_OVER, STEPPED_DOWN, TAKEN_AWAY, FORGOTTEN = "handed_over", "stepped_down", "taken_away", "forgotten"
_SAID = (HANDED_OVER, TAKEN_AWAY)


class AmbassadorNameMissing(RuleBroken):
    """An ambassador has a name, of at most 120 characters, by which others know them."""

    code = "ambassador_name_missing"


class OrganisationHasEnded(RuleBroken):
    """Nobody speaks for an organisation that has ended."""

    code = "organisation_has_ended"


class LinkNotOpen(RuleBroken):
    """The link was used, is too old, was replaced by a newer one, or never existed."""

    code = "ambassador_link_not_open"


class SpeaksAlready(RuleBroken):
    """One person, or one account, is an ambassador of an organisation once."""

    code = "speaks_already"


class AmbassadorEnded(RuleBroken):
    """They speak for the organisation no more."""

    code = "ambassador_ended"


async def add_ambassador(
    session: AsyncSession, organisation_id: str, name: str, *, staff_id: int | None = None, by: By, at: datetime
) -> Ambassador:
    """Somebody who may speak for the organisation once they have agreed.

    Raises AmbassadorNameMissing, OrganisationHasEnded, SpeaksAlready, NotTheirOrganisation.
    """
    name = " ".join(name.split())
    if not (name and len(name) <= LONGEST_NAME and name.isprintable()):
        raise AmbassadorNameMissing(name=name)
    organisation = await session.get_one(Organisation, organisation_id, with_for_update=True)
    if organisation.state == OrganisationState.ENDED:
        raise OrganisationHasEnded(organisation_id=organisation_id)
    await check_speaks(session, organisation_id, by)
    if staff_id is not None and await _find(session, organisation_id, staff_id=staff_id) is not None:
        raise SpeaksAlready(organisation_id=organisation_id)
    added = Ambassador(organisation_id=organisation_id, name=name, staff_id=staff_id, began_at=at)
    session.add(added)
    await session.flush()  # the timeline and links name its id
    _record(session, "ambassador_added", added, by=by, at=at)
    return added


async def make_link(session: AsyncSession, ambassador_id: int, *, by: By, at: datetime) -> str:
    """The token of a link that connects the ambassador's chat, to be shown once. An earlier one ends.

    Raises AmbassadorEnded.
    """
    ambassador, _organisation = await _lock(session, ambassador_id)
    await _end_links(session, ambassador_id, at=at)
    token = secrets.token_urlsafe(24)  # 32 characters: a link to the bot and a button's action hold it
    session.add(
        AmbassadorLink(ambassador_id=ambassador_id, token_hash=_hash(token), created_at=at, expires_at=at + LINK_VALID)
    )
    _record(session, "ambassador_link_made", ambassador, by=by, at=at)
    return token


async def find_link(session: AsyncSession, token: str, *, at: datetime) -> Ambassador | None:
    """Whose link this is; None when it is used or too old, or the ambassador's time is over."""
    found: Ambassador | None = await session.scalar(
        select(Ambassador)
        .join(AmbassadorLink, AmbassadorLink.ambassador_id == Ambassador.id)
        .where(
            AmbassadorLink.token_hash == _hash(token),
            AmbassadorLink.used_at.is_(None),
            AmbassadorLink.expires_at > at,
            Ambassador.ended_at.is_(None),
        )
    )
    return found


async def connect(session: AsyncSession, token: str, person_id: int, *, at: datetime) -> Ambassador:
    """Use the link up: this person is the ambassador. Raises LinkNotOpen, SpeaksAlready."""
    found = await find_link(session, token, at=at)
    if found is None:
        raise LinkNotOpen
    ambassador, _organisation = await _lock(session, found.id)
    other = await _find(session, ambassador.organisation_id, person_id=person_id)
    if other is not None and other.id != ambassador.id:
        raise SpeaksAlready(organisation_id=ambassador.organisation_id)
    still = (
        AmbassadorLink.token_hash == _hash(token),
        AmbassadorLink.used_at.is_(None),
        AmbassadorLink.expires_at > at,
    )
    using = update(AmbassadorLink).where(*still).values(used_at=at).returning(AmbassadorLink.id)
    if await session.scalar(using) is None:
        raise LinkNotOpen
    ambassador.person_id = person_id
    _record(session, "ambassador_connected", ambassador, by=By(ambassador_id=ambassador.id), at=at)
    return ambassador


async def ensure_ambassador(
    session: AsyncSession, organisation_id: str, staff_id: int, name: str, *, at: datetime
) -> Ambassador | None:
    """The ambassador that an account at the desk is, written down at the first visit; they still have to agree.

    None when they spoke for it once and do no more: staff add them anew. Call it only for an account that has the
    role for this organisation.
    """
    latest = await session.scalar(
        select(Ambassador)
        .where(Ambassador.organisation_id == organisation_id, Ambassador.staff_id == staff_id)
        .order_by(Ambassador.ended_at.is_(None).desc(), Ambassador.id.desc())
        .limit(1)
    )
    if latest is not None:
        return latest if latest.ended_at is None else None
    try:
        return await add_ambassador(session, organisation_id, name, staff_id=staff_id, by=By(staff_id=staff_id), at=at)
    except OrganisationHasEnded:
        return None


async def agree(session: AsyncSession, ambassador_id: int, version: str, *, at: datetime) -> None:
    """They have agreed to this version of the agreement: from now on they speak for the organisation.

    The first one wakes it; who handed over to them ends. Raises AmbassadorEnded.
    """
    ambassador, organisation = await _lock(session, ambassador_id)
    had_nobody, by = not await has_ambassador(session, organisation.id), By(ambassador_id=ambassador.id)
    ambassador.agreement_version, ambassador.agreed_at = version, at
    _record(session, "ambassador_agreed", ambassador, by=by, at=at, version=version)
    if had_nobody and organisation.state == OrganisationState.DORMANT:
        organisation.state, organisation.state_since = OrganisationState.ACTIVE, at
        by.record(session, "organisation_woken", about=f"organisation:{organisation.id}", at=at)
    gives_way = Ambassador.ended_at.is_(None), Ambassador.ended_reason == _hands_over_to(ambassador.id)
    for before in (await session.scalars(select(Ambassador).where(*gives_way))).all():
        await _end(session, before, organisation, HANDED_OVER, by=by, at=at)


async def end_ambassador(session: AsyncSession, ambassador_id: int, reason: str, *, by: By, at: datetime) -> None:
    """They speak for the organisation no more. When nobody else does, it sleeps.

    An ambassador ends only for themselves. Raises AmbassadorEnded, NotTheirOrganisation.
    """
    ambassador, organisation = await _lock(session, ambassador_id)
    _check_own(ambassador, by)
    await _end(session, ambassador, organisation, reason, by=by, at=at)


async def hand_over(session: AsyncSession, ambassador_id: int, name: str, *, by: By, at: datetime) -> Ambassador:
    """The one who takes over; give them a link. The one before ends when they have agreed.

    Raises what add_ambassador raises, AmbassadorEnded.
    """
    before, organisation = await _lock(session, ambassador_id)
    _check_own(before, by)
    after = await add_ambassador(session, organisation.id, name, by=by, at=at)
    before.ended_reason = _hands_over_to(after.id)
    _record(session, "ambassador_hands_over", before, by=by, at=at, to=str(after.id))
    return after


async def end_lost(session: AsyncSession, *, at: datetime) -> None:
    """End those who can be found nowhere any more: they asked to be forgotten. Their name goes too."""
    lost = select(Ambassador.id).where(SPEAKS, Ambassador.person_id.is_(None), Ambassador.staff_id.is_(None))
    for ambassador_id in (await session.scalars(lost)).all():
        ambassador, organisation = await _lock(session, ambassador_id)
        ambassador.name = "–"
        await _end(session, ambassador, organisation, FORGOTTEN, by=By(ambassador_id=ambassador_id), at=at)


async def find_ambassador(
    session: AsyncSession, organisation_id: str, *, person_id: int | None = None, staff_id: int | None = None
) -> Ambassador | None:
    """The active ambassador of this organisation who is this person, or has this account, and has agreed."""
    if (person_id is None) == (staff_id is None):
        raise ValueError("ask for a person or for a staff member")
    found = await _find(session, organisation_id, person_id=person_id, staff_id=staff_id)
    return found if found is not None and speaks(found) else None


async def list_for_person(session: AsyncSession, person_id: int) -> list[Ambassador]:
    """For whom this person speaks: active, and agreed."""
    speaking = select(Ambassador).where(Ambassador.person_id == person_id, SPEAKS)
    return list(await session.scalars(speaking.order_by(Ambassador.id)))


async def list_ambassadors(
    session: AsyncSession, organisation_id: str, *, also_ended: bool = False
) -> list[Ambassador]:
    """Those of an organisation, also who has not agreed yet; the earliest first."""
    wanted = select(Ambassador).where(Ambassador.organisation_id == organisation_id).order_by(Ambassador.id)
    return list(await session.scalars(wanted if also_ended else wanted.where(Ambassador.ended_at.is_(None))))


def hands_over_to(ambassador: Ambassador) -> int | None:
    """Who takes over from them, as soon as that one has agreed."""
    name, _, number = ambassador.ended_reason.partition(":")
    return int(number) if ambassador.ended_at is None and name == HANDED_OVER and number else None


async def _end(
    session: AsyncSession, ambassador: Ambassador, organisation: Organisation, reason: str, *, by: By, at: datetime
) -> None:
    ambassador.ended_at, ambassador.ended_reason = at, reason
    await _end_links(session, ambassador.id, at=at)
    waits = Ambassador.ended_at.is_(None), Ambassador.ended_reason == _hands_over_to(ambassador.id)
    await session.execute(update(Ambassador).where(*waits).values(ended_reason=""))
    await session.flush()  # what follows asks who is left
    _record(session, "ambassador_ended", ambassador, by=by, at=at, why=reason)
    if reason in _SAID and ambassador.person_id is not None and ambassador.agreed_at is not None:
        about = {"name": organisation.name}
        await write_to(session, ambassador.person_id, ENDED, about, key=f"{ENDED}:{ambassador.id}", at=at)
    if organisation.state == OrganisationState.ACTIVE and not await has_ambassador(session, organisation.id):
        organisation.state, organisation.state_since = OrganisationState.DORMANT, at
        by.record(session, "organisation_without_ambassador", about=f"organisation:{organisation.id}", at=at)


async def _lock(session: AsyncSession, ambassador_id: int) -> tuple[Ambassador, Organisation]:
    """The organisation first, everywhere: who locks in another order waits for ever. Raises AmbassadorEnded."""
    ambassador = await session.get_one(Ambassador, ambassador_id)
    organisation = await session.get_one(Organisation, ambassador.organisation_id, with_for_update=True)
    await session.refresh(ambassador, with_for_update=True)
    if ambassador.ended_at is not None:
        raise AmbassadorEnded(ambassador_id=ambassador_id)
    return ambassador, organisation


def _check_own(ambassador: Ambassador, by: By) -> None:
    if by.ambassador_id is not None and by.ambassador_id != ambassador.id:
        raise NotTheirOrganisation(organisation_id=ambassador.organisation_id)


async def _find(
    session: AsyncSession, organisation_id: str, *, person_id: int | None = None, staff_id: int | None = None
) -> Ambassador | None:
    who = Ambassador.person_id == person_id if person_id is not None else Ambassador.staff_id == staff_id
    found: Ambassador | None = await session.scalar(
        select(Ambassador)
        .where(Ambassador.organisation_id == organisation_id, who, Ambassador.ended_at.is_(None))
        .order_by(Ambassador.agreed_at.is_(None), Ambassador.id)
        .limit(1)
    )
    return found


async def _end_links(session: AsyncSession, ambassador_id: int, *, at: datetime) -> None:
    still = AmbassadorLink.ambassador_id == ambassador_id, AmbassadorLink.expires_at > at
    await session.execute(update(AmbassadorLink).where(*still).values(expires_at=at))


def _record(session: AsyncSession, event: str, ambassador: Ambassador, *, by: By, at: datetime, **details: str) -> None:
    about = f"organisation:{ambassador.organisation_id}"
    by.record(session, event, about=about, at=at, whom=str(ambassador.id), **details)


def _hands_over_to(ambassador_id: int) -> str:
    return f"{HANDED_OVER}:{ambassador_id}"


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
