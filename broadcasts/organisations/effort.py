"""What ambassadors do, counted: the time they wrote down themselves, and the messages they sent. For a certificate,
and for an organisation's report on a grant.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from broadcasts.announcements.records import Audience, Broadcast, BroadcastText
from broadcasts.briefing.records import BriefingComment
from broadcasts.delivery.records import Release, ReleaseState
from broadcasts.organisations.records import Ambassador, Effort, Organisation
from core.errors import RuleBroken
from core.issues import Issue, Severity
from core.plain_text import find_control

MOST_MINUTES, LONGEST_WHAT = 24 * 60, 300
_WENT_OUT = (ReleaseState.SENDING, ReleaseState.PAUSED, ReleaseState.SENT)


class EffortWrong(RuleBroken):
    """Time has a day that has come, between one minute and one day, and what it was for."""

    code = "effort_wrong"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of an organisation's log."""

    id: int
    ambassador_id: int
    name: str
    day: date
    minutes: int
    what: str


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that went out: once for each time, if it came again."""

    ambassador_id: int | None
    name: str
    day: date
    title: str


@dataclass(frozen=True, slots=True)
class Certificate:
    """What one ambassador has done between two days, both included."""

    name: str
    organisation: str
    began_on: date
    since: date
    until: date
    minutes: int
    days: int
    messages: int  # how many times a message of theirs went out
    comments: int  # remarks and questions about what was proposed


def check_effort(day: date | None, minutes: int | None, what: str, *, today: date) -> list[Issue]:
    """What forbids keeping a line."""
    found = []
    if day is None or day > today or day < today - timedelta(days=3 * 366):
        found.append(Issue("day", "effort_day_wrong", Severity.SAVING))
    if minutes is None or not 1 <= minutes <= MOST_MINUTES:
        found.append(Issue("minutes", "effort_minutes_wrong", Severity.SAVING))
    if not what or len(what) > LONGEST_WHAT or find_control(what):
        found.append(Issue("what", "effort_what_wrong", Severity.SAVING, {"most": str(LONGEST_WHAT)}))
    return found


async def log_effort(
    session: AsyncSession, ambassador_id: int, day: date, minutes: int, what: str, *, at: datetime, today: date
) -> None:
    """An ambassador writes down time that they gave. Raises EffortWrong."""
    if check_effort(day, minutes, what, today=today):
        raise EffortWrong(ambassador_id=ambassador_id)
    session.add(Effort(ambassador_id=ambassador_id, day=day, minutes=minutes, what=what, at=at))


async def drop_effort(session: AsyncSession, effort_id: int, *, ambassador_id: int) -> None:
    """They take a line of their own back; that of somebody else stays, and so it is when there is none."""
    line = await session.get(Effort, effort_id)
    if line is not None and line.ambassador_id == ambassador_id:
        await session.delete(line)


async def list_effort(
    session: AsyncSession, organisation_id: str, *, since: date, until: date, ambassador_id: int | None = None
) -> list[Row]:
    """The lines of an organisation, or of one ambassador, the newest first."""
    wanted = (
        select(Effort, Ambassador.name)
        .join(Ambassador, Ambassador.id == Effort.ambassador_id)
        .where(Ambassador.organisation_id == organisation_id, Effort.day >= since, Effort.day <= until)
        .order_by(Effort.day.desc(), Effort.id.desc())
    )
    if ambassador_id is not None:
        wanted = wanted.where(Effort.ambassador_id == ambassador_id)
    rows = await session.execute(wanted)
    return [Row(one.id, one.ambassador_id, name, one.day, one.minutes, one.what) for one, name in rows]


async def load_certificate(
    session: AsyncSession, ambassador_id: int, *, since: date, until: date, zone: str
) -> Certificate:
    """Counted for the days from ``since`` to ``until``, in the municipality's zone."""
    ambassador = await session.get_one(Ambassador, ambassador_id)
    organisation = await session.get_one(Organisation, ambassador.organisation_id)
    rows = await list_effort(session, organisation.id, since=since, until=until, ambassador_id=ambassador_id)
    comments = await session.scalar(
        select(func.count())
        .select_from(BriefingComment)
        .where(BriefingComment.ambassador_id == ambassador_id, *_between(BriefingComment.at, since, until, zone))
    )
    sent = await list_sent(session, organisation.id, since=since, until=until, zone=zone)
    return Certificate(
        name=ambassador.name,
        organisation=organisation.name,
        began_on=ambassador.began_at.astimezone(ZoneInfo(zone)).date(),
        since=since,
        until=until,
        minutes=sum(row.minutes for row in rows),
        days=len({row.day for row in rows}),
        messages=sum(one.ambassador_id == ambassador_id for one in sent),
        comments=comments or 0,
    )


async def list_sent(session: AsyncSession, organisation_id: str, *, since: date, until: date, zone: str) -> list[Sent]:
    """What an organisation sent to its members between two days, the newest first, and which ambassador wrote it.

    A drill went to its ambassadors alone: no message of theirs.
    """
    wanted = (
        select(Release.began_at, Broadcast.author_ambassador_id, Ambassador.name, BroadcastText.title)
        .join(Broadcast, Broadcast.id == Release.broadcast_id)
        .outerjoin(Ambassador, Ambassador.id == Broadcast.author_ambassador_id)
        .outerjoin(
            BroadcastText,
            and_(BroadcastText.broadcast_id == Broadcast.id, BroadcastText.language == Broadcast.source_language),
        )
        .where(
            Release.organisation_id == organisation_id,
            Release.state.in_(_WENT_OUT),
            Broadcast.audience == Audience.MEMBERS,
            *_between(Release.began_at, since, until, zone),
        )
        .order_by(Release.began_at.desc(), Release.id.desc())
    )
    rows = await session.execute(wanted)
    return [Sent(who, name or "", at.astimezone(ZoneInfo(zone)).date(), title or "") for at, who, name, title in rows]


def _between(
    column: InstrumentedAttribute[datetime], since: date, until: date, zone: str
) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Whole days on the municipality's clocks."""
    begin = datetime.combine(since, time(), ZoneInfo(zone)).astimezone(UTC)
    end = datetime.combine(until + timedelta(days=1), time(), ZoneInfo(zone)).astimezone(UTC)
    return column >= begin, column < end
