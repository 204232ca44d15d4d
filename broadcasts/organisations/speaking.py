"""Who speaks for an organisation: an ambassador who has agreed and whose time is not over. Everybody asks here."""

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.organisations.by import By
from broadcasts.organisations.records import Ambassador
from core.errors import RuleBroken
from core.people import Person

# The rule for a query; ``speaks`` is the same for a row.
SPEAKS: ColumnElement[bool] = and_(Ambassador.agreed_at.is_not(None), Ambassador.ended_at.is_(None))


class NotTheirOrganisation(RuleBroken):
    """An ambassador does something for the own organisation only, and only while they are one."""

    code = "not_their_organisation"


def speaks(ambassador: Ambassador) -> bool:
    """Whether they have agreed and their time is not over."""
    return ambassador.agreed_at is not None and ambassador.ended_at is None


def is_speaker() -> ColumnElement[bool]:
    """The condition for a person who speaks for any organisation: for a query that asks for more, too."""
    return exists().where(Ambassador.person_id == Person.id, SPEAKS)


async def find_acting(session: AsyncSession, organisation_id: str, by: By) -> Ambassador | None:
    """The ambassador who acts, if they speak for just this organisation. None for staff, and for everybody else."""
    acting = await session.get(Ambassador, by.ambassador_id) if by.ambassador_id is not None else None
    is_theirs = acting is not None and acting.organisation_id == organisation_id and speaks(acting)
    return acting if is_theirs else None


async def check_speaks(session: AsyncSession, organisation_id: str, by: By) -> None:
    """Raises NotTheirOrganisation unless a staff member acts, or an ambassador of just this organisation."""
    if by.ambassador_id is not None and await find_acting(session, organisation_id, by) is None:
        raise NotTheirOrganisation(organisation_id=organisation_id)


async def has_ambassador(session: AsyncSession, organisation_id: str) -> bool:
    """Whether somebody speaks for it and can be found, in the chat or at the desk."""
    is_found = or_(Ambassador.person_id.is_not(None), Ambassador.staff_id.is_not(None))
    speaking = select(Ambassador.id).where(Ambassador.organisation_id == organisation_id, SPEAKS, is_found)
    return await session.scalar(speaking.limit(1)) is not None


async def list_in_chat(session: AsyncSession, organisation_id: str) -> list[tuple[Ambassador, Person]]:
    """Those who speak for it and can be written to in a chat, the earliest first."""
    found = await session.execute(
        select(Ambassador, Person)
        .join(Person, Person.id == Ambassador.person_id)
        .where(Ambassador.organisation_id == organisation_id, SPEAKS)
        .order_by(Ambassador.id)
    )
    return [(ambassador, person) for ambassador, person in found]
