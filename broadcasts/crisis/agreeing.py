"""Organisations agree beforehand that in a crisis one vetted message goes to their members at once."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.organisations.by import By
from broadcasts.organisations.records import Organisation, OrganisationState
from broadcasts.organisations.speaking import find_acting
from core.errors import RuleBroken


class OnlyItsAmbassadorAgrees(RuleBroken):
    """Nobody agrees for an organisation but who speaks for it: staff may ask, no more."""

    code = "only_its_ambassador_agrees"


async def agree_to_crisis(
    session: AsyncSession, organisation_id: str, *, by: By, agrees: bool, at: datetime
) -> Organisation:
    """Say yes, or take the yes back; what was released before stays as it is. Saying it twice changes nothing."""
    organisation = await session.get_one(Organisation, organisation_id, with_for_update=True, populate_existing=True)
    if await find_acting(session, organisation_id, by) is None:
        raise OnlyItsAmbassadorAgrees(organisation=organisation_id)
    if agrees == (organisation.agrees_to_crisis_at is not None):
        return organisation
    organisation.agrees_to_crisis_at = at if agrees else None
    event = "crisis_agreed" if agrees else "crisis_not_agreed"
    by.record(session, event, about=f"organisation:{organisation_id}", at=at)
    return organisation


async def list_agreed(session: AsyncSession) -> list[Organisation]:
    """Through whom a crisis message would go now: those that agreed and take part, by name."""
    wanted = select(Organisation).where(
        Organisation.agrees_to_crisis_at.is_not(None), Organisation.state == OrganisationState.ACTIVE
    )
    return list(await session.scalars(wanted.order_by(Organisation.name, Organisation.id)))


async def list_not_agreed(session: AsyncSession) -> list[Organisation]:
    """Who takes part and has not agreed: they are called by telephone in a crisis."""
    wanted = select(Organisation).where(
        Organisation.agrees_to_crisis_at.is_(None), Organisation.state == OrganisationState.ACTIVE
    )
    return list(await session.scalars(wanted.order_by(Organisation.name, Organisation.id)))
