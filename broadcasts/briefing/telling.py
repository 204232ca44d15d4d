"""What ambassadors are told about proposals, each in their own chat."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.announcements.records import Broadcast, BroadcastText
from broadcasts.briefing.records import Briefing, Decision
from broadcasts.delivery.direct import write_to
from broadcasts.organisations.records import Organisation
from broadcasts.organisations.speaking import list_in_chat
from core import languages
from core.people import USUAL_LANGUAGE

USEFUL = timedelta(days=14)


async def tell_ambassadors(
    session: AsyncSession,
    organisation_id: str,
    broadcast: Broadcast,
    kind: str,
    *,
    key: str,
    at: datetime,
    more: Mapping[str, str] | None = None,
) -> int:
    """Write to everybody who speaks for the organisation and has a chat with us; to how many.

    They read of: `broadcast` (its number), `organisation_id`, `organisation` (its name), `title` in their language.
    """
    organisation = await session.get_one(Organisation, organisation_id)
    titles = await _titles(session, broadcast.id)
    told = 0
    for ambassador, person in await list_in_chat(session, organisation_id):
        language = languages.first_available(person.language or USUAL_LANGUAGE, titles)
        about = {
            "broadcast": str(broadcast.id),
            "organisation_id": organisation_id,
            "organisation": organisation.name,
            "title": titles.get(language or "", ""),
            **(more or {}),
        }
        told += await write_to(session, person.id, kind, about, key=f"{key}:{ambassador.id}", at=at, useful=USEFUL)
    return told


async def tell_of_change(session: AsyncSession, proposal: Broadcast, *, at: datetime) -> None:
    """Those who said yes to other words keep what they said yes to, and are told: once a day for one decision."""
    for briefing in await _list_decided(session, proposal.id, (Decision.ACCEPTED, Decision.ADAPTED)):
        decided = briefing.decided_at.strftime("%y%m%d%H%M%S") if briefing.decided_at else ""
        key = f"proposal_changed:{briefing.id}:{decided}:{at:%y%m%d}"
        await tell_ambassadors(session, briefing.organisation_id, proposal, "proposal_changed", key=key, at=at)


async def tell_of_withdrawal(session: AsyncSession, proposal: Broadcast, *, at: datetime) -> None:
    """Everybody who was asked and has not said no."""
    for briefing in await _list_decided(session, proposal.id, set(Decision) - {Decision.DECLINED}):
        key = f"proposal_withdrawn:{briefing.id}"
        await tell_ambassadors(session, briefing.organisation_id, proposal, "proposal_withdrawn", key=key, at=at)


async def tell_writer(
    session: AsyncSession, broadcast: Broadcast, kind: str, *, at: datetime, more: Mapping[str, str] | None = None
) -> None:
    """Those who speak for its organisation, of which one wrote it; staff see what became of theirs at the desk."""
    if broadcast.organisation_id is not None:
        key = f"{kind}:{broadcast.id}:{broadcast.text_version}:{at:%y%m%d%H%M%S}"
        await tell_ambassadors(session, broadcast.organisation_id, broadcast, kind, key=key, at=at, more=more)


async def _titles(session: AsyncSession, broadcast_id: int) -> dict[str, str]:
    asked = select(BroadcastText.language, BroadcastText.title).where(BroadcastText.broadcast_id == broadcast_id)
    return dict((await session.execute(asked)).all())


async def _list_decided(session: AsyncSession, proposal_id: int, decisions: Collection[Decision]) -> list[Briefing]:
    found = select(Briefing).where(Briefing.broadcast_id == proposal_id, Briefing.decision.in_(decisions))
    return list(await session.scalars(found.order_by(Briefing.id)))
