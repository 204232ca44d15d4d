"""Which message a page is about, and as whom the visitor comes to it. What they may not see is not there: 404."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.announcements.records import Broadcast, BroadcastState
from broadcasts.announcements.rights import has_begun
from broadcasts.organisations.ambassadors import find_ambassador
from broadcasts.organisations.by import By
from broadcasts.organisations.records import Ambassador, Organisation, OrganisationState
from core.errors import RuleBroken
from editor.access.roles import Permission, may, scopes
from editor.guard import Refused
from editor.visits import AnyOf, Visit, Visitor

STAFF: AnyOf = frozenset({Permission.PROPOSE_BROADCAST, Permission.APPROVE_BROADCAST})
WRITERS: AnyOf = frozenset({Permission.WRITE_ANNOUNCEMENT, Permission.PROPOSE_BROADCAST})
READERS: AnyOf = STAFF | WRITERS
OPEN = (BroadcastState.DRAFT, BroadcastState.APPROVED, BroadcastState.SCHEDULED)  # their words may still change


class AgreementFirst(RuleBroken):
    """Who speaks for an organisation has agreed to what both sides promise. ``path`` is where one does."""

    code = "agreement_first"

    def __init__(self, organisation_id: str) -> None:
        self.path = f"/desk/organisations/{organisation_id}/own"
        super().__init__(organisation_id=organisation_id)


@dataclass(frozen=True, slots=True)
class MessagePlace:
    """A message, with the organisation it is of (None: staff propose it), and how the visitor stands to it."""

    broadcast: Broadcast
    organisation: Organisation | None
    ambassador: Ambassador | None  # the visitor, where they speak for the organisation
    by: By
    may_write: bool
    may_approve: bool
    has_begun: bool  # it has gone out once; if it comes again, it keeps its words

    @property
    def path(self) -> str:
        """The address of its page."""
        return f"/desk/messages/{self.broadcast.id}"

    @property
    def is_open(self) -> bool:
        """Whether this visitor can still change its words."""
        is_asked = self.organisation is None and self.broadcast.state == BroadcastState.IN_BRIEFING
        return self.may_write and (self.broadcast.state in OPEN or is_asked) and not (self.has_begun or self.is_resting)

    @property
    def is_resting(self) -> bool:
        """Whether nothing of its organisation goes out."""
        return self.organisation is not None and self.organisation.state != OrganisationState.ACTIVE


def is_staff(visitor: Visitor) -> bool:
    """Whether they see the messages of all organisations."""
    return any(map(visitor.may, STAFF))


def own_organisations(visitor: Visitor) -> frozenset[str]:
    """The ids of the organisations that the visitor may speak for."""
    return scopes(visitor.roles, Permission.WRITE_ANNOUNCEMENT)


async def come_as_ambassador(session: AsyncSession, visitor: Visitor, organisation_id: str) -> Ambassador:
    """Who the visitor is in this organisation. Raises Refused(404) when it is not theirs, and AgreementFirst."""
    if not may(visitor.roles, Permission.WRITE_ANNOUNCEMENT, organisation=organisation_id):
        raise Refused(404, "not_found")
    found = await find_ambassador(session, organisation_id, staff_id=visitor.id)
    if found is None:
        raise AgreementFirst(organisation_id)
    return found


async def find_place(session: AsyncSession, visit: Visit) -> MessagePlace:
    """The message of the address. Raises Refused(404) when there is none for this visitor, and AgreementFirst."""
    visitor = visit.visitor
    broadcast = await session.get(Broadcast, visit.request.path_params["broadcast_id"])
    if broadcast is None:
        raise Refused(404, "not_found")
    organisation_id, may_approve = broadcast.organisation_id, visitor.may(Permission.APPROVE_BROADCAST)
    begun = await has_begun(session, broadcast.id)
    if organisation_id is not None and organisation_id in own_organisations(visitor):
        ambassador = await come_as_ambassador(session, visitor, organisation_id)
        organisation = await session.get_one(Organisation, organisation_id)
        by = By(ambassador_id=ambassador.id)
        return MessagePlace(
            broadcast, organisation, ambassador, by, may_write=True, may_approve=may_approve, has_begun=begun
        )
    if not is_staff(visitor):
        raise Refused(404, "not_found")
    return MessagePlace(
        broadcast,
        organisation=None if organisation_id is None else await session.get_one(Organisation, organisation_id),
        ambassador=None,
        by=By(staff_id=visitor.id),
        may_write=organisation_id is None and visitor.may(Permission.PROPOSE_BROADCAST),
        may_approve=may_approve,
        has_begun=begun,
    )


async def find_own_place(session: AsyncSession, visit: Visit) -> MessagePlace:
    """The same for who writes it; raises Refused(404) for those who only read."""
    place = await find_place(session, visit)
    if not place.may_write:
        raise Refused(404, "not_found")
    return place
