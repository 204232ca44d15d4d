"""What recipients answer under a request, with a button. Only counts of it are ever shown."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.announcements.announcement import Announcement, load_composed
from broadcasts.announcements.records import Audience, Broadcast, ReplyKey
from broadcasts.delivery.records import Delivery, DeliveryState, Release, Response
from broadcasts.members.records import Membership, MembershipState
from core.database import insert_for
from core.errors import RuleBroken

MAY_ANSWER_FOR = timedelta(days=14)  # after the run's own time
# A button can be pressed before we have written down that its message was taken.
ARRIVED = (DeliveryState.CLAIMED, DeliveryState.SENT, DeliveryState.UNKNOWN)


class NotARecipient(RuleBroken):
    """Only who got a message, or is a member and could read it in the group, answers it."""

    code = "not_a_recipient"


class AnswerNotOffered(RuleBroken):
    """This button does not stand under this message."""

    code = "answer_not_offered"


class TooLateToAnswer(RuleBroken):
    """Answers are taken for fourteen days."""

    code = "too_late_to_answer"


@dataclass(frozen=True, slots=True)
class Request:
    """A message that asked this person something."""

    broadcast_id: int
    release_id: int
    organisation_id: str
    is_drill: bool
    answers: tuple[ReplyKey, ...]
    until: datetime

    def check(self, key: str, *, at: datetime) -> None:
        """Raises what forbids this answer now."""
        if key not in self.answers:
            raise AnswerNotOffered(release_id=self.release_id, key=key)
        if at >= self.until:
            raise TooLateToAnswer(release_id=self.release_id)


def reached(person_id: int) -> ColumnElement[bool]:
    """The condition for a release that this person got, or as a member could read in the organisation's own group."""
    is_member = exists().where(
        Membership.person_id == person_id,
        Membership.organisation_id == Release.organisation_id,
        Membership.state == MembershipState.MEMBER,
    )
    arrived = exists().where(Delivery.release_id == Release.id, Delivery.state.in_(ARRIVED))
    # Two conditions, each with an index of its own: a release may have very many deliveries.
    return arrived.where(Delivery.person_id == person_id) | (is_member & arrived.where(Delivery.group_id.is_not(None)))


async def find_request(session: AsyncSession, release_id: int, person_id: int) -> Request | None:
    """What this release asked this person; None for everybody whom it did not reach, whether it exists or not."""
    wanted = select(Release, Broadcast).join(Broadcast, Broadcast.id == Release.broadcast_id)
    found = (await session.execute(wanted.where(Release.id == release_id, reached(person_id)))).first()
    if found is None:
        return None
    release, broadcast = found
    is_drill = broadcast.audience == Audience.AMBASSADORS
    return Request(
        broadcast_id=broadcast.id,
        release_id=release.id,
        organisation_id=release.organisation_id,
        is_drill=is_drill,
        answers=tuple(ReplyKey(one) for one in broadcast.replies) or ((ReplyKey.YES,) if is_drill else ()),
        until=release.due_at + MAY_ANSWER_FOR,
    )


async def respond(session: AsyncSession, release_id: int, person_id: int, key: str, *, at: datetime) -> None:
    """Keep this person's answer; another one later takes its place. Who has answered is written nowhere else.

    Raises NotARecipient, AnswerNotOffered, TooLateToAnswer.
    """
    request = await find_request(session, release_id, person_id)
    if request is None:
        raise NotARecipient(release_id=release_id)
    request.check(key, at=at)
    answer = {"key": key, "at": at}
    adding = insert_for(session)(Response).values(release_id=release_id, person_id=person_id, **answer)
    await session.execute(adding.on_conflict_do_update(index_elements=["release_id", "person_id"], set_=answer))


async def has_received(session: AsyncSession, broadcast_id: int, person_id: int) -> bool:
    """Whether some run of this broadcast reached this person."""
    wanted = select(Release.id).where(Release.broadcast_id == broadcast_id, reached(person_id))
    return await session.scalar(wanted.limit(1)) is not None


async def open_message(session: AsyncSession, release_id: int, person_id: int, language: str) -> Announcement | None:
    """What this person reads of a release that reached them; None for all others, whether it exists or not."""
    wanted = select(Release.broadcast_id).where(Release.id == release_id, reached(person_id))
    broadcast_id = await session.scalar(wanted)
    composed = await load_composed(session, broadcast_id) if broadcast_id is not None else None
    if composed is None:
        return None
    in_source = composed.broadcast.source_language
    return composed.for_reader(language, release_id=release_id) or composed.for_reader(in_source, release_id=release_id)
