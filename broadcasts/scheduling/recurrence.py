"""When a broadcast comes again: by the calendar of its own zone, never by adding hours.

Wrong: the run before, plus 24 hours: from the last Sunday of March on, everything comes an hour late.
Correct: the same wall time on the next date, and only then its moment.

A wall time that does not exist (clocks go forward) fires at the first valid minute after the gap. One that occurs twice
(clocks go back) fires once, the first time.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from broadcasts.announcements.records import Repeat

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
LAST_YEAR = 9000  # dates end with 9999: far enough from it, nothing overflows


@dataclass(frozen=True, slots=True)
class Plan:
    """When a broadcast goes out. ``first_at`` is a wall time in ``zone``: of the first run, and of each later one.

    ``weekdays`` belong to a weekly plan (0 is Monday; none: that of ``first_at``, which otherwise only says from which
    date on). ``until`` is the last date. Raises ValueError for what no form may let through.
    """

    first_at: datetime
    zone: str
    repeat: Repeat = Repeat.ONCE
    weekdays: frozenset[int] = frozenset()
    until: date | None = None

    def __post_init__(self) -> None:
        if self.first_at.tzinfo is not None:
            raise ValueError("first_at is a wall time: it has no zone of its own")
        if not self.weekdays <= frozenset(range(7)):
            raise ValueError("weekdays are 0, Monday, to 6, Sunday")
        ZoneInfo(self.zone)  # raises ZoneInfoNotFoundError, a KeyError, or ValueError


@dataclass(frozen=True, slots=True)
class Run:
    """One time that a broadcast goes out: what clocks in its zone show then, and the moment itself."""

    local: datetime
    at: datetime

    @property
    def offset(self) -> timedelta:
        """How far clocks there are ahead of UTC."""
        return self.local - self.at.replace(tzinfo=None)


def next_run(plan: Plan, *, after: datetime) -> Run | None:
    """The first run that is strictly later than ``after``; None when there is none any more.

    It jumps to the date that clocks in the zone show at ``after`` and tries three dates from there at most, however
    long ago the plan began. (A wall time before the one that they show has no moment after it.)
    """
    zone = ZoneInfo(plan.zone)
    for day in _dates(plan, max(after.astimezone(zone).date(), plan.first_at.date())):
        run = _run(datetime.combine(day, plan.first_at.time()), zone)
        if run.at > after:
            return run
    return None


def next_runs(plan: Plan, *, after: datetime, count: int = 5) -> list[Run]:
    """The next runs, as many as there are."""
    found: list[Run] = []
    while len(found) < count and (run := next_run(plan, after=found[-1].at if found else after)):
        found.append(run)
    return found


def moment(wall: datetime, zone: ZoneInfo, *, is_last: bool = False) -> datetime:
    """When clocks in the zone show this wall time, in UTC: see above; with ``is_last`` the last of two times."""
    there = wall.replace(tzinfo=zone, fold=int(is_last))
    at = there.astimezone(UTC)
    if at.astimezone(zone).replace(tzinfo=None, fold=0) == wall:
        return at
    return _end_of_gap(wall, zone)


def _end_of_gap(wall: datetime, zone: ZoneInfo) -> datetime:
    """The moment at which clocks were put forward over this wall time, up to a full minute; 17 steps at most."""
    there = wall.replace(tzinfo=zone, microsecond=0)
    before, after = there.replace(fold=1).astimezone(UTC), there.replace(fold=0).astimezone(UTC)
    old = before.astimezone(zone).utcoffset()
    while after - before > SECOND:
        middle = before + (after - before) // 2 // SECOND * SECOND
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after + timedelta(seconds=-after.second % 60)


def _run(wall: datetime, zone: ZoneInfo) -> Run:
    at = moment(wall, zone)
    return Run(at.astimezone(zone).replace(tzinfo=None, fold=0), at)


def _dates(plan: Plan, start: date) -> Iterator[date]:
    """The plan's dates from ``start`` on, in order."""
    for day in _endless(plan, start):
        if day.year >= LAST_YEAR or (plan.until and day > plan.until):
            return
        if day >= start:
            yield day


def _endless(plan: Plan, start: date) -> Iterator[date]:
    """As ``_dates``, perhaps with some before ``start``, and without an end if the plan repeats."""
    first = plan.first_at.date()
    match plan.repeat:
        case Repeat.ONCE:
            yield first
        case Repeat.DAILY:
            while True:
                yield start
                start += DAY
        case Repeat.WEEKLY:
            monday = start - start.weekday() * DAY
            while True:
                for weekday in sorted(plan.weekdays or {first.weekday()}):
                    yield monday + weekday * DAY
                monday += 7 * DAY
        case Repeat.MONTHLY_BY_DATE | Repeat.MONTHLY_BY_WEEKDAY:
            year, month = start.year, start.month
            while True:
                yield _in_month(plan, year, month)
                year, month = year + month // 12, month % 12 + 1


def _in_month(plan: Plan, year: int, month: int) -> date:
    """The plan's date in a month: there is one in each."""
    first, (weekday_of_1st, days) = plan.first_at.date(), monthrange(year, month)
    if plan.repeat is Repeat.MONTHLY_BY_DATE:
        return date(year, month, min(first.day, days))
    day = 1 + (first.weekday() - weekday_of_1st) % 7 + (first.day - 1) // 7 * 7
    return date(year, month, day if day <= days else day - 7)
