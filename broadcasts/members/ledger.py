"""The ledger: what each person agreed to and took back, one line each, only ever added."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.members.records import ConsentEntry, ConsentEvent, Membership
from core.people import Person


@dataclass(frozen=True, slots=True)
class Consent:
    """Which words somebody said yes to (words.py), and in which language they read them."""

    version: str
    language: str


NO_WORDS = Consent("", "")


def note(
    session: AsyncSession,
    membership: Membership,
    event: ConsentEvent,
    *,
    consent: Consent = NO_WORDS,
    detail: str = "",
    at: datetime,
) -> None:
    """Add a line."""
    session.add(
        ConsentEntry(
            at=at,
            person_id=membership.person_id,
            organisation_id=membership.organisation_id,
            event=event,
            text_version=consent.version,
            language=consent.language,
            detail=detail,
        )
    )


async def lock_person(session: AsyncSession, person_id: int) -> Person:
    """One decision about a person at a time: a stop and a join never cross."""
    return await session.get_one(Person, person_id, with_for_update=True, populate_existing=True)


async def find_row(session: AsyncSession, person_id: int, organisation_id: str) -> Membership | None:
    """How a person stands with an organisation, as the database has it now."""
    found: Membership | None = await session.scalar(
        select(Membership)
        .where(Membership.person_id == person_id, Membership.organisation_id == organisation_id)
        .execution_options(populate_existing=True)
    )
    return found
