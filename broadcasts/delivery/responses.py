"""What recipients answer under a request, with a button. Only counts of it are ever shown."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.announcements.records import Audience, Broadcast, ReplyKey
from broadcasts.delivery.records import Delivery, DeliveryState, Release, Response
from core.database import insert_for
from core.errors import RuleBroken

MAY_ANSWER_FOR = timedelta(days=14)  # after the run's own time
# A button can be pressed before we have written down that its message was taken.
ARRIVED = (DeliveryState.CLAIMED, DeliveryState.SENT, DeliveryState.UNKNOWN)


class NotARecipient(RuleBroken):
    """Only who got a message answers it."""

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


async def find_request(session: AsyncSession, release_id: int, person_id: int) -> Request | None:
    """What this release asked this person; None for everybody who did not get it, whether it exists or not."""
    got_it = exists().where(
        Delivery.release_id == Release.id, Delivery.person_id == person_id, Delivery.state.in_(ARRIVED)
    )
    wanted = select(Release, Broadcast).join(Broadcast, Broadcast.id == Release.broadcast_id)
    found = (await session.execute(wanted.where(Release.id == release_id, got_it))).first()
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
    got_it = exists().where(
        Release.broadcast_id == broadcast_id,
        Delivery.release_id == Release.id,
        Delivery.person_id == person_id,
        Delivery.state.in_(ARRIVED),
    )
    return bool(await session.scalar(select(got_it)))
