"""Ambassadors are told in their chat when staff let their organisation rest, wake it, or end it."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.delivery.direct import take_away, write_to
from broadcasts.organisations.records import Organisation, OrganisationState
from broadcasts.organisations.speaking import list_in_chat

STATE_CHANGED = "organisation_state"


async def tell_of_state(
    session: AsyncSession, organisation: Organisation, state: OrganisationState, *, at: datetime
) -> None:
    """Everybody who speaks for it now. What they were told before, and have not got yet, is not true any more."""
    await take_away(session, f"{STATE_CHANGED}:{organisation.id}:")
    about = {"organisation": organisation.name, "state": state.value}
    for ambassador, person in await list_in_chat(session, organisation.id):
        key = f"{STATE_CHANGED}:{organisation.id}:{at:%y%m%d%H%M%S%f}:{ambassador.id}"
        await write_to(session, person.id, STATE_CHANGED, about, key=key, at=at)
