"""Offices change places, and go when nothing needs them any more. (What stands in one: content.editing_profile.)"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from content.catalogue import SERVICE_CENTRE
from content.editing_facts import uses_of
from content.editing_profile import DETAILS
from content.models import Answer, Office
from content.publishing import announce
from core.errors import RuleBroken
from core.timeline import record


class OfficeUsed(RuleBroken):
    """An answer needs its offices, and a text the details that it shows: an office that is used stays."""

    code = "office_used"


class OfficeNeeded(RuleBroken):
    """Residents for whom there is no answer are led to the service centre: it stays."""

    code = "office_needed"


@dataclass(frozen=True, slots=True)
class OfficeUse:
    """An answer with an office: responsible for it, helping residents with it, or shown in its texts."""

    answer_id: str
    is_owner: bool
    is_contact: bool
    languages: tuple[str, ...]  # of the texts that show a detail of the office, drafts too


async def list_uses(session: AsyncSession, key: str) -> list[OfficeUse]:
    """The answers that use an office, by id."""
    texts: defaultdict[str, set[str]] = defaultdict(set)
    for detail in ("name", *DETAILS):
        for use in await uses_of(session, f"{key}.{detail}"):
            texts[use.answer_id].add(use.language)
    rows = await session.execute(
        select(Answer.id, Answer.owner, Answer.contact)
        .where(or_(Answer.owner == key, Answer.contact == key, Answer.id.in_(texts)))
        .order_by(Answer.id)
    )
    return [
        OfficeUse(answer_id, owner == key, contact == key, tuple(sorted(texts.get(answer_id, ()))))
        for answer_id, owner, contact in rows
    ]


async def remove_office(session: AsyncSession, key: str, *, by: int, at: datetime) -> None:
    """Take away an office that nothing uses. Raises OfficeUsed, OfficeNeeded."""
    office = await session.get_one(Office, key, with_for_update=True)
    if key == SERVICE_CENTRE:
        raise OfficeNeeded(key=key)
    if await list_uses(session, key):
        raise OfficeUsed(key=key)
    await session.delete(office)
    announce(session, "office_removed", about=key, at=at)
    record(session, "office_removed", about=f"office:{key}", by=by, at=at)


async def move_office(session: AsyncSession, key: str, *, is_up: bool, by: int, at: datetime) -> None:
    """Let an office change places with the one before it, or after it. At the end of the list it stays where it is.

    The order is that of lists at the desk: residents see one office at a time.
    """
    held = await session.scalars(select(Office).order_by(Office.key).with_for_update())
    offices = sorted(held, key=lambda one: (one.position, one.key))
    place = offices.index(await session.get_one(Office, key))
    other = place - 1 if is_up else place + 1
    if not 0 <= other < len(offices):
        return
    offices[place], offices[other] = offices[other], offices[place]
    for position, office in enumerate(offices):
        office.position = position
    record(session, "office_moved", about=f"office:{key}", by=by, at=at)
