"""Is the entry still right? One ambassador is asked a month after the beginning, then once a year, in the chat."""

from datetime import datetime, timedelta

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.delivery.direct import write_to
from broadcasts.organisations.ambassadors import end_lost
from broadcasts.organisations.keeping import CONFIRMED_FOR
from broadcasts.organisations.records import Organisation, OrganisationState
from broadcasts.organisations.speaking import list_in_chat

AFTER_THE_BEGINNING = timedelta(days=30)
AGAIN = timedelta(days=90)  # when nobody has answered, or said "later": then another ambassador's turn comes
ANSWER_IS_USEFUL_FOR = timedelta(days=30)


async def ask_to_confirm(session: AsyncSession, *, at: datetime) -> int:
    """Ask about every entry whose turn it is; how many. Running it twice asks once."""
    await end_lost(session, at=at)
    asked = 0
    for organisation in (await session.scalars(_due(at))).all():
        person_id = await _whom(session, organisation.id, at=at)
        if person_id is None:
            continue
        organisation.asked_to_confirm_at = at
        key, about = f"confirm_entry:{organisation.id}:{at.date()}", {"organisation": organisation.id}
        about |= {"name": organisation.name}
        useful = ANSWER_IS_USEFUL_FOR
        asked += await write_to(session, person_id, "confirm_entry", about, key=key, at=at, useful=useful)
    return asked


def _due(at: datetime) -> Select[Organisation]:
    """Those who take part and have somebody to ask; not asked lately, and never or not within a year confirmed."""
    old = or_(Organisation.confirmed_on.is_(None), Organisation.confirmed_on <= at.date() - CONFIRMED_FOR)
    not_lately = or_(Organisation.asked_to_confirm_at.is_(None), Organisation.asked_to_confirm_at <= at - AGAIN)
    return (
        select(Organisation)
        .where(
            Organisation.state == OrganisationState.ACTIVE,
            Organisation.created_at <= at - AFTER_THE_BEGINNING,
            old,
            not_lately,
        )
        .order_by(Organisation.id)
        .with_for_update()
    )


async def _whom(session: AsyncSession, organisation_id: str, *, at: datetime) -> int | None:
    """Another one each time, where there are several."""
    several = [person.id for _, person in await list_in_chat(session, organisation_id)]
    return several[at.date().toordinal() // AGAIN.days % len(several)] if several else None
