"""Proposals as organisations and staff see them: who was asked, what each said, and what waits for an answer."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.announcements.composing import list_texts, list_titles
from broadcasts.announcements.details import details_of
from broadcasts.announcements.records import Broadcast, BroadcastState
from broadcasts.briefing.records import Briefing, BriefingComment, Decision
from broadcasts.organisations.records import Organisation


@dataclass(frozen=True, slots=True)
class BriefingCard:
    """A proposal as one organisation sees it. ``has_changed``: since it said yes; it may say yes again."""

    briefing: Briefing
    proposal: Broadcast
    titles: Mapping[str, str]  # by language
    copy_state: BroadcastState | None
    has_changed: bool


@dataclass(frozen=True, slots=True)
class AskedOrganisation:
    """One organisation as staff see it beside their proposal. ``is_waiting``: it said something last."""

    briefing: Briefing
    organisation: Organisation
    comments: tuple[BriefingComment, ...]
    copy_state: BroadcastState | None

    @property
    def is_waiting(self) -> bool:
        """Whether what was said last was said by an ambassador."""
        return bool(self.comments) and self.comments[-1].staff_id is None


async def list_briefings(session: AsyncSession, organisation_id: str) -> list[BriefingCard]:
    """What this organisation was asked, the newest first; not what was withdrawn."""
    found = await session.execute(
        select(Briefing, Broadcast)
        .join(Broadcast, Broadcast.id == Briefing.broadcast_id)
        .where(Briefing.organisation_id == organisation_id, Broadcast.state == BroadcastState.IN_BRIEFING)
        .order_by(Briefing.id.desc())
    )
    return [await _card(session, briefing, proposal) for briefing, proposal in found.all()]


async def find_briefing(session: AsyncSession, broadcast_id: int, organisation_id: str) -> BriefingCard | None:
    """One of them, withdrawn or not; None when the organisation was not asked about it."""
    wanted = select(Briefing).where(Briefing.broadcast_id == broadcast_id, Briefing.organisation_id == organisation_id)
    briefing = await session.scalar(wanted)
    if briefing is None:
        return None
    return await _card(session, briefing, await session.get_one(Broadcast, broadcast_id))


async def list_comments(session: AsyncSession, broadcast_id: int, organisation_id: str) -> list[BriefingComment]:
    """What this organisation and staff said to each other about a proposal, the oldest first."""
    wanted = select(BriefingComment).where(
        BriefingComment.broadcast_id == broadcast_id, BriefingComment.organisation_id == organisation_id
    )
    return list(await session.scalars(wanted.order_by(BriefingComment.id)))


async def list_asked(session: AsyncSession, broadcast_id: int) -> list[AskedOrganisation]:
    """For staff: every organisation that was asked about a proposal, by name."""
    found = await session.execute(
        select(Briefing, Organisation)
        .join(Organisation, Organisation.id == Briefing.organisation_id)
        .where(Briefing.broadcast_id == broadcast_id)
        .order_by(Organisation.name, Organisation.id)
    )
    return [
        AskedOrganisation(
            briefing,
            organisation,
            tuple(await list_comments(session, broadcast_id, organisation.id)),
            await _copy_state(session, briefing),
        )
        for briefing, organisation in found.all()
    ]


async def count_questions(session: AsyncSession) -> int:
    """In how many conversations about proposals an ambassador spoke last: staff owe an answer."""
    last = select(func.max(BriefingComment.id)).group_by(BriefingComment.broadcast_id, BriefingComment.organisation_id)
    waiting = (
        select(func.count())
        .select_from(BriefingComment)
        .join(Broadcast, Broadcast.id == BriefingComment.broadcast_id)
        .where(
            BriefingComment.id.in_(last),
            BriefingComment.staff_id.is_(None),
            Broadcast.state == BroadcastState.IN_BRIEFING,
        )
    )
    return await session.scalar(waiting) or 0


async def is_same(session: AsyncSession, one: Broadcast, other: Broadcast) -> bool:
    """Whether recipients would read the same."""
    if details_of(one).said() != details_of(other).said():
        return False
    first, second = await list_texts(session, one.id), await list_texts(session, other.id)
    return {key: (text.title, text.body, text.is_machine) for key, text in first.items()} == {
        key: (text.title, text.body, text.is_machine) for key, text in second.items()
    }


async def _card(session: AsyncSession, briefing: Briefing, proposal: Broadcast) -> BriefingCard:
    """An accepted copy is compared word for word; an adapted one differs, so the days of both are."""
    titles = (await list_titles(session, [proposal.id])).get(proposal.id, {})
    copy = await session.get(Broadcast, briefing.copy_id) if briefing.copy_id is not None else None
    has_changed = False
    if briefing.decision == Decision.ACCEPTED and copy is not None:
        has_changed = not await is_same(session, proposal, copy)
    elif briefing.decision == Decision.ADAPTED and briefing.decided_at is not None:
        has_changed = proposal.changed_at > briefing.decided_at
    return BriefingCard(briefing, proposal, titles, BroadcastState(copy.state) if copy else None, has_changed)


async def _copy_state(session: AsyncSession, briefing: Briefing) -> BroadcastState | None:
    copy = await session.get(Broadcast, briefing.copy_id) if briefing.copy_id is not None else None
    return BroadcastState(copy.state) if copy is not None else None
