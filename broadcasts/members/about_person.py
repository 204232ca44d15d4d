"""What this room stores about one person, for those who ask what is stored about them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from broadcasts.delivery.records import Delivery, DirectMessage, Response
from broadcasts.members.joining import MembershipCard, list_memberships
from broadcasts.members.records import ConsentEntry
from broadcasts.organisations.records import Ambassador, Organisation
from broadcasts.voices.records import Voice, VoiceState


@dataclass(frozen=True, slots=True)
class SpeaksFor:
    """An organisation that somebody is an ambassador of, under the name that staff wrote."""

    organisation: str
    name: str
    since: datetime


@dataclass(frozen=True, slots=True)
class AboutPerson:
    """Everything, counted where it is many."""

    memberships: tuple[MembershipCard, ...]
    speaks_for: tuple[SpeaksFor, ...]
    ledger_lines: int
    messages: int  # sent to them, or on their way
    responses: int
    open_voices: int


async def load_about(session: AsyncSession, person_id: int) -> AboutPerson:
    """What is stored about this person besides their row in ``people``."""
    ambassadors = await session.execute(
        select(Organisation.name, Ambassador.name, Ambassador.began_at)
        .join(Organisation, Organisation.id == Ambassador.organisation_id)
        .where(Ambassador.person_id == person_id, Ambassador.ended_at.is_(None))
        .order_by(Ambassador.id)
    )
    open_voices = select(func.count()).where(Voice.person_id == person_id, Voice.state == VoiceState.OPEN)
    return AboutPerson(
        memberships=tuple(await list_memberships(session, person_id)),
        speaks_for=tuple(SpeaksFor(*row) for row in ambassadors),
        ledger_lines=await _count(session, ConsentEntry.person_id, person_id),
        messages=await _count(session, Delivery.person_id, person_id)
        + await _count(session, DirectMessage.person_id, person_id),
        responses=await _count(session, Response.person_id, person_id),
        open_voices=await session.scalar(open_voices) or 0,
    )


async def _count(
    session: AsyncSession, column: InstrumentedAttribute[int] | InstrumentedAttribute[int | None], person_id: int
) -> int:
    return await session.scalar(select(func.count()).where(column == person_id)) or 0
