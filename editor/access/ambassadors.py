"""Accounts at the desk that belong to ambassadors: the role opens an organisation's pages, and ends with them."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.organisations.ambassadors import list_ambassadors
from broadcasts.organisations.records import Ambassador
from editor.access import accounts
from editor.access.roles import HeldRole, Role


async def list_accounts_without(session: AsyncSession, organisation_id: str) -> list[int]:
    """Accounts with the role for this organisation behind which no ambassador stands."""
    held = HeldRole(Role.AMBASSADOR, organisation_id)
    there = {one.staff_id for one in await list_ambassadors(session, organisation_id)}
    every = await accounts.list_roles(session)
    return [staff_id for staff_id, roles in every.items() if held in roles and staff_id not in there]


async def take_role(session: AsyncSession, ambassador: Ambassador, *, by: int, at: datetime) -> None:
    """Their account, where they have one, no longer opens the organisation's pages."""
    if ambassador.staff_id is None:
        return
    before = await accounts.get_roles(session, ambassador.staff_id)
    after = before - {HeldRole(Role.AMBASSADOR, ambassador.organisation_id)}
    if after != before:
        await accounts.change_roles(session, ambassador.staff_id, after, by=by, at=at)
