"""A second person releases: one message for each organisation that agreed, all in one transaction; and ends it."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.announcements.records import Audience, Broadcast, BroadcastState, BroadcastText, Fallback, Kind
from broadcasts.crisis.agreeing import list_agreed
from broadcasts.crisis.records import Crisis, CrisisState
from broadcasts.crisis.telling import tell_ambassadors
from broadcasts.crisis.texts import Texts, as_sent, mark_of
from broadcasts.delivery.arming import get_policy
from broadcasts.organisations.by import By
from broadcasts.organisations.records import Organisation
from broadcasts.scheduling.planning import right_now
from broadcasts.scheduling.scheduling import schedule
from core.errors import RuleBroken
from core.i18n import Translator
from core.timeline import record

USEFUL_MINUTES = 12 * 60  # later it is not sent: a warning of yesterday frightens and misleads


class CrisisDecided(RuleBroken):
    """It was released or ended already."""

    code = "crisis_decided"


class CrisisNeedsSecondPerson(RuleBroken):
    """Nobody releases what they prepared themselves."""

    code = "crisis_needs_second_person"


class CrisisTextChanged(RuleBroken):
    """What goes out is what the second person has read."""

    code = "crisis_text_changed"


class CrisisSendingOff(RuleBroken):
    """This installation is not armed: nothing would go out, and somebody would believe that it had."""

    code = "crisis_sending_off"


class NobodyAgreed(RuleBroken):
    """No organisation that takes part has agreed beforehand."""

    code = "crisis_nobody_agreed"


async def release(
    session: AsyncSession,
    crisis_id: int,
    texts: Texts,
    words: Callable[[str], Translator],
    *,
    source_language: str,
    mark: str,
    zone: str,
    by: int,
    at: datetime,
) -> list[Broadcast]:
    """Make one message an organisation, due at once, day and night. Twice at the same moment is once.

    ``texts`` are those of the answer as it is published now; ``mark`` is the mark of what the second person read.
    Wrong: to send the texts as they were when it was prepared: the answer may have been put right since.
    Correct: to send what is published, if that is what was read.
    """
    crisis = await _lock(session, crisis_id, by=by)
    if mark_of(texts) != mark or source_language not in texts:
        raise CrisisTextChanged(crisis=crisis_id)
    if not (await get_policy(session)).is_armed:
        raise CrisisSendingOff(crisis=crisis_id)
    organisations = await list_agreed(session)
    if not organisations:
        raise NobodyAgreed(crisis=crisis_id)
    crisis.state, crisis.released_by, crisis.released_at = CrisisState.RELEASED, by, at
    event = "drill_released" if crisis.is_drill else "crisis_released"
    record(session, event, about=f"crisis:{crisis_id}", by=by, at=at, mark=mark[:12])
    made = [_message(crisis, one, source_language, zone, at) for one in organisations]
    session.add_all(made)
    await session.flush()  # texts and timeline name their numbers
    sent = as_sent(texts, words, is_drill=crisis.is_drill)
    for broadcast in made:
        await _send(session, broadcast, sent, by=by, at=at)
        if not crisis.is_drill:
            await tell_ambassadors(session, broadcast, sent, at=at)
        details = {"organisation": broadcast.organisation_id or "", "broadcast": str(broadcast.id)}
        record(session, "crisis_sent_through", about=f"crisis:{crisis_id}", by=by, at=at, **details)
    return made


async def list_messages(session: AsyncSession, crisis_id: int) -> list[Broadcast]:
    """The messages that were made when it was released."""
    return list(await session.scalars(select(Broadcast).where(Broadcast.crisis_id == crisis_id).order_by(Broadcast.id)))


def _message(crisis: Crisis, organisation: Organisation, source_language: str, zone: str, at: datetime) -> Broadcast:
    return Broadcast(
        organisation_id=organisation.id,
        crisis_id=crisis.id,
        kind=Kind.URGENT,
        state=BroadcastState.APPROVED,
        source_language=source_language,
        fallback=Fallback.NEXT_LANGUAGE,
        audience=Audience.AMBASSADORS if crisis.is_drill else Audience.MEMBERS,
        answer_id=crisis.answer_id,
        text_version=1,
        approved_version=1,
        approved_by=crisis.released_by,
        approved_at=at,
        author_staff_id=crisis.prepared_by,
        zone=zone,
        created_at=at,
        changed_at=at,
    )


async def _lock(session: AsyncSession, crisis_id: int, *, by: int) -> Crisis:
    crisis = await session.get_one(Crisis, crisis_id, with_for_update=True, populate_existing=True)
    if crisis.state != CrisisState.PREPARED:
        raise CrisisDecided(crisis=crisis_id)
    if crisis.prepared_by == by:
        raise CrisisNeedsSecondPerson(crisis=crisis_id)
    return crisis


async def _send(session: AsyncSession, broadcast: Broadcast, texts: Texts, *, by: int, at: datetime) -> None:
    for language, text in texts.items():
        values = {"title": text.title, "body": text.body, "is_machine": text.is_machine}
        session.add(BroadcastText(broadcast_id=broadcast.id, language=language, **values))
    await schedule(
        session,
        broadcast.id,
        right_now(broadcast.zone, at=at),
        useful_minutes=USEFUL_MINUTES,
        ignores_quiet_hours=True,
        by=By(staff_id=by),
        at=at,
    )
