"""Reminders about the days of an answer, written as notices that wait at the desk until somebody has acted.

Which reminder is due, content.expiry decides; here it is given, once. An answer has at most one notice that waits for
each of its days: a newer reminder takes the place of the older one. Notices about a day that was moved since, or about
an answer that was withdrawn, are shown to nobody from that moment on and are done at the next run.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from content.days import get_today
from content.expiry import Reminder, ReminderKind, ReminderStep, Validity, reminders_due
from content.models import Answer, Lifecycle, Notice, ReminderGiven, Revision, Translation
from core.database import add_unless_there
from core.timeline import record

FIRST_REMINDER = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class WaitingNotice:
    """A notice with the title of its answer, in the source language."""

    answer_id: str
    title: str
    language: str
    office: str
    key: str  # of its words
    day: date
    at: datetime
    is_escalated: bool


async def remind(session: AsyncSession, *, at: datetime) -> list[Notice]:
    """Give the reminders that are due on this day in the municipality, and end the notices that are done with.

    May run at any time and in several processes: each reminder is given once.
    """
    await session.execute(update(Notice).where(Notice.done_at.is_(None), ~_still_holds()).values(done_at=at))
    today = await get_today(session, at=at)
    horizon = today + FIRST_REMINDER
    answers = list(
        await session.scalars(
            select(Answer)
            .where(or_(Answer.review_by <= horizon, Answer.valid_until <= horizon), _is_published())
            .order_by(Answer.id)
        )
    )
    already = await _given(session, [answer.id for answer in answers])
    written = []
    for answer in answers:
        validity = Validity(answer.valid_from, answer.valid_until, answer.review_by)
        for reminder in reminders_due(validity, today, frozenset(already[answer.id])):
            if not _is_too_soon(reminder, answer.checked_on) and (
                notice := await _give(session, answer, reminder, at=at)
            ):
                written.append(notice)
    return written


async def list_notices(session: AsyncSession, *, limit: int, escalated_only: bool = False) -> list[WaitingNotice]:
    """The notices that wait, the most urgent day first."""
    title = (
        select(Revision.title)
        .join(Translation, Translation.id == Revision.translation_id)
        .where(Translation.answer_id == Answer.id, Translation.language == Answer.source_language)
        .where(Revision.lifecycle == Lifecycle.PUBLISHED)
        .correlate(Answer)
        .scalar_subquery()
    )
    rows = await session.execute(
        select(Notice, Answer.source_language, title)
        .join(Answer, Answer.id == Notice.answer_id)
        .where(*_waiting(escalated_only=escalated_only))
        .order_by(Notice.day, Notice.id)
        .limit(limit)
    )
    return [
        WaitingNotice(
            one.answer_id, title or one.answer_id, language, one.office, one.key, one.day, one.at, one.is_escalated
        )
        for one, language, title in rows
    ]


async def count_notices(session: AsyncSession, *, escalated_only: bool = False) -> int:
    """How many notices wait."""
    wanted = select(func.count()).select_from(Notice).where(*_waiting(escalated_only=escalated_only))
    return await session.scalar(wanted) or 0


async def close_notices(
    session: AsyncSession, answer_id: str, kinds: Collection[ReminderKind], *, at: datetime
) -> None:
    """Somebody has done what these notices of an answer asked for."""
    await session.execute(
        update(Notice)
        .where(Notice.answer_id == answer_id, Notice.kind.in_(kinds), Notice.done_at.is_(None))
        .values(done_at=at)
    )


def _is_too_soon(reminder: Reminder, checked_on: date | None) -> bool:
    """What is read every month is not asked for again on the day on which it was read."""
    is_early = reminder.kind is ReminderKind.REVIEW and reminder.step is ReminderStep.MONTH_BEFORE
    return is_early and checked_on is not None and reminder.day - checked_on <= FIRST_REMINDER


async def _given(session: AsyncSession, ids: Collection[str]) -> defaultdict[str, set[Reminder]]:
    found: defaultdict[str, set[Reminder]] = defaultdict(set)
    for row in await session.scalars(select(ReminderGiven).where(ReminderGiven.answer_id.in_(ids))):
        found[row.answer_id].add(Reminder(ReminderKind(row.kind), ReminderStep(row.step), row.day))
    return found


async def _give(session: AsyncSession, answer: Answer, reminder: Reminder, *, at: datetime) -> Notice | None:
    """Write the notice; None when another process has given the reminder meanwhile."""
    kind, step, day = reminder.kind, reminder.step, reminder.day
    if not await add_unless_there(session, ReminderGiven, answer_id=answer.id, kind=kind, step=step, day=day):
        return None
    await close_notices(session, answer.id, [kind], at=at)
    notice = Notice(
        at=at,
        kind=kind,
        answer_id=answer.id,
        office=answer.owner,
        key=f"{kind}_{step}",
        day=day,
        is_escalated=step is ReminderStep.ESCALATION,
    )
    session.add(notice)
    record(session, "reminded", about=f"answer:{answer.id}", at=at, key=notice.key, day=str(day))
    return notice


def _waiting(*, escalated_only: bool) -> list[ColumnElement[bool]]:
    conditions = [Notice.done_at.is_(None), _still_holds()]
    return [*conditions, Notice.is_escalated.is_(True)] if escalated_only else conditions


def _still_holds() -> ColumnElement[bool]:
    """The answer is published, and its day is the one that the notice is about."""
    same_day = or_(
        and_(Notice.kind == ReminderKind.REVIEW, Answer.review_by == Notice.day),
        and_(Notice.kind == ReminderKind.EXPIRY, Answer.valid_until == Notice.day),
    )
    return exists().where(Answer.id == Notice.answer_id, same_day, _is_published()).correlate(Notice)


def _is_published() -> ColumnElement[bool]:
    return (
        exists()
        .where(
            Translation.answer_id == Answer.id,
            Revision.translation_id == Translation.id,
            Revision.lifecycle == Lifecycle.PUBLISHED,
        )
        .correlate(Answer)
    )
