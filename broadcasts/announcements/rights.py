"""Who may write a broadcast, and until when its words may change."""

from sqlalchemy import select
from sqlalchemy.exc import NoResultFound
from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.announcements.records import Broadcast, BroadcastState, Kind
from broadcasts.briefing.records import Briefing, Decision
from broadcasts.delivery.records import Release
from broadcasts.organisations.by import By
from broadcasts.organisations.records import Ambassador, Organisation, OrganisationState
from broadcasts.organisations.speaking import speaks
from core.errors import RuleBroken

# Before the first release the words may change; an approval or a schedule falls then.
_OPEN = (BroadcastState.DRAFT, BroadcastState.APPROVED, BroadcastState.SCHEDULED, BroadcastState.PAUSED)


class NotTheirAmbassador(RuleBroken):
    """Only an active ambassador who has agreed writes for an organisation; what staff write, they propose."""

    code = "not_their_ambassador"


class OrganisationNotActive(RuleBroken):
    """Nothing is written or sent for an organisation that sleeps or has ended."""

    code = "organisation_not_active"


class UrgentIsForStaff(RuleBroken):
    """Urgent broadcasts come from staff, as proposals or in a crisis."""

    code = "urgent_is_for_staff"


class BeingRead(RuleBroken):
    """A second person is reading the broadcast: it is taken back first, then changed."""

    code = "broadcast_being_read"


class OnItsWay(RuleBroken):
    """What recipients got, or are getting, is not changed any more: it is copied."""

    code = "broadcast_on_its_way"


class AcceptedUnchanged(RuleBroken):
    """An organisation that accepted a proposal as it is changes its words by adapting it."""

    code = "accepted_unchanged"


class VettedTextPinned(RuleBroken):
    """The words of a shared answer were checked: a comment may be added, but they are not changed."""

    code = "vetted_text_pinned"


async def lock_broadcast(session: AsyncSession, broadcast_id: int) -> Broadcast:
    """The broadcast as it is now; others wait to change it. Raises NoResultFound."""
    return await session.get_one(Broadcast, broadcast_id, with_for_update=True, populate_existing=True)


async def lock_own(session: AsyncSession, broadcast_id: int, by: By) -> Broadcast:
    """Like lock_broadcast, for somebody who may write it. Raises NoResultFound for those of another organisation."""
    broadcast = await lock_broadcast(session, broadcast_id)
    await check_writer(session, broadcast.organisation_id, by)
    return broadcast


async def check_writer(session: AsyncSession, organisation_id: str | None, by: By) -> None:
    """Staff write proposals (no organisation), ambassadors for their own organisation while it is active.

    Raises NoResultFound when an ambassador reaches for what is not their organisation's: they must not learn that it
    is there. Raises NotTheirAmbassador and OrganisationNotActive.
    """
    if by.ambassador_id is None:
        if organisation_id is not None:
            raise NotTheirAmbassador(organisation_id=organisation_id)
        return
    if organisation_id is None:
        raise NoResultFound
    await check_ambassador(session, organisation_id, by)
    await check_active(session, organisation_id)


async def check_ambassador(session: AsyncSession, organisation_id: str | None, by: By) -> None:
    """Lets staff pass, and who speaks for the organisation.

    Raises NoResultFound for an ambassador of another one; NotTheirAmbassador for who has ended or not agreed yet.
    """
    if by.ambassador_id is None:
        return
    ambassador = await session.get(Ambassador, by.ambassador_id)
    if ambassador is None or ambassador.organisation_id != organisation_id:
        raise NoResultFound
    if not speaks(ambassador):
        raise NotTheirAmbassador(ambassador_id=ambassador.id)


async def check_active(session: AsyncSession, organisation_id: str) -> None:
    """Raises OrganisationNotActive."""
    organisation = await session.get_one(Organisation, organisation_id)
    if organisation.state != OrganisationState.ACTIVE:
        raise OrganisationNotActive(organisation_id=organisation_id)


async def check_changeable(session: AsyncSession, broadcast: Broadcast) -> None:
    """Whether its words may change. Raises AcceptedUnchanged, and what check_open raises."""
    await check_open(session, broadcast)
    if await is_accepted_copy(session, broadcast):
        raise AcceptedUnchanged(broadcast_id=broadcast.id)


async def check_open(session: AsyncSession, broadcast: Broadcast) -> None:
    """Raises BeingRead and OnItsWay. A proposal may change while organisations look at it."""
    is_proposal = broadcast.organisation_id is None
    if broadcast.state == BroadcastState.IN_BRIEFING and not is_proposal:
        raise BeingRead(broadcast_id=broadcast.id)
    is_open = broadcast.state in _OPEN or (is_proposal and broadcast.state == BroadcastState.IN_BRIEFING)
    if not is_open or await has_begun(session, broadcast.id):
        raise OnItsWay(broadcast_id=broadcast.id, state=broadcast.state)


async def has_begun(session: AsyncSession, broadcast_id: int) -> bool:
    """Whether a run of it was released, even if a repeated one waits for its next."""
    return await session.scalar(select(Release.id).where(Release.broadcast_id == broadcast_id).limit(1)) is not None


async def is_accepted_copy(session: AsyncSession, broadcast: Broadcast) -> bool:
    """Whether it is a proposal that its organisation accepted as it stands."""
    if broadcast.proposal_id is None:
        return False
    accepted = select(Briefing.id).where(
        Briefing.broadcast_id == broadcast.proposal_id,
        Briefing.copy_id == broadcast.id,
        Briefing.decision == Decision.ACCEPTED,
    )
    return await session.scalar(accepted) is not None


async def was_asked(session: AsyncSession, source: Broadcast, organisation_id: str | None) -> bool:
    """Whether it is a proposal about which this organisation was asked."""
    asked = select(Briefing.id).where(Briefing.broadcast_id == source.id, Briefing.organisation_id == organisation_id)
    return source.organisation_id is None and await session.scalar(asked) is not None


def check_kind(kind: Kind, organisation_id: str | None) -> None:
    """Raises UrgentIsForStaff."""
    if kind is Kind.URGENT and organisation_id is not None:
        raise UrgentIsForStaff(organisation_id=organisation_id)


def clear_approval(broadcast: Broadcast) -> bool:
    """Make it a draft that nobody has approved, without a time; whether it was more than that."""
    was_more = broadcast.state != BroadcastState.DRAFT or broadcast.approved_version is not None
    broadcast.state = BroadcastState.DRAFT
    broadcast.approved_version = broadcast.approved_by = broadcast.approved_at = None
    broadcast.next_run_at = None
    return was_more
