"""A broadcast comes again at the wall time that was chosen, whatever clocks do, and is found in a few steps."""

import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain, pairwise
from types import FrameType
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from broadcasts.announcements.records import Repeat
from broadcasts.scheduling import recurrence
from broadcasts.scheduling.recurrence import Plan, Run, next_run, next_runs

OSLO = "Europe/Oslo"
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
FIRST_DAY, LAST_DAY = date(2024, 1, 1), date(2036, 12, 31)
DAYS = [FIRST_DAY + number * DAY for number in range((LAST_DAY - FIRST_DAY).days + 1)]
HALF_HOURS = [time(minutes // 60, minutes % 60) for minutes in range(0, 24 * 60, 30)]
# Midnight, and where clocks in Oslo jump: what make test looks at. All half hours: make prove.
SOME_HALF_HOURS = [time(0), time(2, 30)]
Finder = Callable[..., Run | None]


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def wall(shown: str) -> datetime:
    """What clocks show, without a zone."""
    return datetime.fromisoformat(shown)


def shown(plan: Plan, *, after: datetime, count: int = 5) -> list[str]:
    """Runs as a page shows them: 2026-12-01 18:00 +1."""
    runs = next_runs(plan, after=after, count=count)
    return [f"{run.local:%Y-%m-%d %H:%M} {run.offset / HOUR:+g}" for run in runs]


@pytest.mark.parametrize(
    ("repeat", "first_at", "more", "expected"),
    [
        (Repeat.ONCE, wall("2026-12-01 18:00"), {}, ["2026-12-01 18:00 +1"]),
        (Repeat.DAILY, wall("2026-03-28 18:00"), {"until": date(2026, 3, 30)},
         ["2026-03-28 18:00 +1", "2026-03-29 18:00 +2", "2026-03-30 18:00 +2"]),
        (Repeat.WEEKLY, wall("2026-12-02 18:00"), {"until": date(2026, 12, 16)},
         ["2026-12-02 18:00 +1", "2026-12-09 18:00 +1", "2026-12-16 18:00 +1"]),
        (Repeat.WEEKLY, wall("2026-12-02 18:00"), {"weekdays": frozenset({0, 5})},
         ["2026-12-05 18:00 +1", "2026-12-07 18:00 +1", "2026-12-12 18:00 +1", "2026-12-14 18:00 +1",
          "2026-12-19 18:00 +1"]),
        (Repeat.MONTHLY_BY_DATE, wall("2027-12-31 18:00"), {},
         ["2027-12-31 18:00 +1", "2028-01-31 18:00 +1", "2028-02-29 18:00 +1", "2028-03-31 18:00 +2",
          "2028-04-30 18:00 +2"]),
        (Repeat.MONTHLY_BY_WEEKDAY, wall("2026-12-15 18:00"), {},  # the third Tuesday
         ["2026-12-15 18:00 +1", "2027-01-19 18:00 +1", "2027-02-16 18:00 +1", "2027-03-16 18:00 +1",
          "2027-04-20 18:00 +2"]),
        (Repeat.MONTHLY_BY_WEEKDAY, wall("2026-12-29 18:00"), {},  # the fifth Tuesday: the last one
         ["2026-12-29 18:00 +1", "2027-01-26 18:00 +1", "2027-02-23 18:00 +1", "2027-03-30 18:00 +2",
          "2027-04-27 18:00 +2"]),
    ],
)  # fmt: skip
def test_the_next_five_runs_are_shown_with_their_offset(
    repeat: Repeat, first_at: datetime, more: dict[str, object], expected: list[str]
) -> None:
    plan = Plan(first_at, OSLO, repeat, **more)  # type: ignore[arg-type]

    assert shown(plan, after=utc(2026, 1, 1)) == expected


@pytest.mark.parametrize(
    ("zone", "first_at", "after", "expected"),
    [
        # The night of 29 March 2026 has no half past two; the night of 25 October 2026 has two.
        (OSLO, wall("2026-01-01 02:30"), utc(2026, 3, 28), ["28 02:30 +1", "29 03:00 +2", "30 02:30 +2"]),
        (OSLO, wall("2026-01-01 02:30"), utc(2026, 10, 24), ["24 02:30 +2", "25 02:30 +2", "26 02:30 +1"]),
        # Half an hour only.
        ("Australia/Lord_Howe", wall("2026-01-01 02:10"), utc(2026, 10, 2, 12),
         ["03 02:10 +10.5", "04 02:30 +11", "05 02:10 +11"]),
        # Back during Ramadan, and forward after it.
        ("Africa/Casablanca", wall("2026-01-01 02:30"), utc(2026, 2, 14, 12),
         ["15 02:30 +1", "16 02:30 +0", "17 02:30 +0"]),
        ("Africa/Casablanca", wall("2026-01-01 02:30"), utc(2026, 3, 21, 12),
         ["22 03:00 +1", "23 02:30 +1", "24 02:30 +1"]),
        # Samoa had no 30 December 2011 at all.
        ("Pacific/Apia", wall("2011-01-01 10:00"), utc(2011, 12, 29), ["29 10:00 -10", "31 00:00 +14", "31 10:00 +14"]),
        ("Pacific/Apia", wall("2011-01-01 00:00"), utc(2011, 12, 29), ["29 00:00 -10", "31 00:00 +14", "01 00:00 +14"]),
        # At midnight.
        ("America/Havana", wall("2026-01-01 00:15"), utc(2026, 3, 7), ["07 00:15 -5", "08 01:00 -4", "09 00:15 -4"]),
        ("UTC", wall("2026-01-01 00:00"), utc(2026, 3, 28), ["29 00:00 +0", "30 00:00 +0", "31 00:00 +0"]),
    ],
)  # fmt: skip
def test_a_time_that_is_missing_fires_after_the_gap_and_one_that_comes_twice_fires_once(
    zone: str, first_at: datetime, after: datetime, expected: list[str]
) -> None:
    plan = Plan(first_at, zone, Repeat.DAILY)

    assert [run[8:] for run in shown(plan, after=after, count=3)] == expected


def test_the_last_date_counts_and_nothing_comes_after_it() -> None:
    plan = Plan(wall("2026-12-01 18:00"), OSLO, Repeat.DAILY, until=date(2026, 12, 2))

    assert next_run(plan, after=utc(2026, 12, 1, 17)) == Run(wall("2026-12-02 18:00"), utc(2026, 12, 2, 17))
    assert next_run(plan, after=utc(2026, 12, 2, 17)) is None
    assert next_run(Plan(wall("2026-12-01 18:00"), OSLO), after=utc(2026, 12, 1, 17)) is None


def test_a_plan_that_ends_before_it_begins_has_no_run() -> None:
    plan = Plan(wall("2026-12-01 18:00"), OSLO, Repeat.WEEKLY, until=date(2026, 11, 30))

    assert next_runs(plan, after=utc(2020, 1, 1)) == []


@pytest.mark.parametrize(
    "broken",
    [
        {"first_at": utc(2026, 12, 1, 18), "zone": OSLO},
        {"first_at": wall("2026-12-01 18:00"), "zone": "Europe/Brobygda"},
        {"first_at": wall("2026-12-01 18:00"), "zone": OSLO, "weekdays": frozenset({7})},
    ],
)
def test_what_is_no_plan_is_refused(broken: dict[str, object]) -> None:
    with pytest.raises((ValueError, KeyError)):
        Plan(**broken)  # type: ignore[arg-type]


@pytest.mark.parametrize("repeat", Repeat)
def test_a_plan_begun_in_2020_costs_as_much_in_2036_as_today(repeat: Repeat) -> None:
    plan = Plan(wall("2020-01-31 02:30"), OSLO, repeat, frozenset({0, 3, 6}))

    most = max(calls_made(plan, after=utc(year, 3, 29, 5)) for year in (2020, 2026, 2036, 2500))

    assert most < 60


def calls_made(plan: Plan, *, after: datetime) -> int:
    """How many functions of the module are entered (or generators resumed) to find a run."""
    count = 0

    def see(frame: FrameType, event: str, _more: object) -> None:
        nonlocal count
        count += event == "call" and frame.f_code.co_filename == recurrence.__file__

    sys.setprofile(see)
    try:
        next_run(plan, after=after)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("clock", SOME_HALF_HOURS, ids=str)
@pytest.mark.parametrize("repeat", Repeat)
def test_every_day_of_thirteen_years_in_oslo(repeat: Repeat, clock: time) -> None:
    assert list(mistakes(repeat, clock, next_run)) == []


@pytest.mark.slow
@pytest.mark.parametrize("clock", HALF_HOURS, ids=str)
def test_every_day_of_thirteen_years_in_oslo_at_every_half_hour(clock: time) -> None:
    assert list(chain.from_iterable(mistakes(repeat, clock, next_run) for repeat in Repeat)) == []


def test_adding_hours_would_be_found_out() -> None:
    """The proof above can fail: this is the way it must not be done."""

    def wrong(plan: Plan, *, after: datetime) -> Run | None:
        first = plan.first_at.replace(tzinfo=ZoneInfo(OSLO)).astimezone(UTC)
        at = first + ((after - first) // DAY + 1) * DAY if after >= first else first
        return Run(at.astimezone(ZoneInfo(OSLO)).replace(tzinfo=None), at)

    found = list(mistakes(Repeat.DAILY, time(9, 30), wrong))

    assert found[0] == "2024-03-31 09:30 came at 2024-03-31 10:30"
    assert {f"{day}" for day in DAYS if is_summer(day)} <= {mistake[:10] for mistake in found}


ZONES = [OSLO, "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Apia", "America/Havana", "Asia/Kathmandu"]


@settings(max_examples=150, deadline=None)
@given(
    zone=some.sampled_from(ZONES),
    repeat=some.sampled_from(Repeat),
    first_at=some.datetimes(wall("2005-01-01 00:00"), wall("2036-12-31 00:00")),
    weekdays=some.frozensets(some.integers(0, 6)),
    after=some.datetimes(wall("2005-01-01 00:00"), wall("2040-01-01 00:00"), timezones=some.just(UTC)),
)
def test_the_next_run_is_strictly_later_and_none_is_left_out(
    zone: str, repeat: Repeat, first_at: datetime, weekdays: frozenset[int], after: datetime
) -> None:
    plan = Plan(first_at.replace(second=0, microsecond=0), zone, repeat, weekdays)

    runs = next_runs(plan, after=after, count=4)

    assert all(run.at > after and run.local - run.offset == run.at.replace(tzinfo=None) for run in runs)
    assert all(one.at < other.at for one, other in pairwise(runs))
    for run in runs:  # whenever between two runs one asks, the later one is next
        assert next_run(plan, after=run.at - timedelta.resolution) == run
    assert repeat is Repeat.ONCE or len(runs) == 4


# The other way to the same result: by the European rule, date for date, without zoneinfo.


def mistakes(repeat: Repeat, clock: time, find: Finder) -> Iterator[str]:
    """Where a chain of next runs leaves what it should be: from every day on which a pattern can begin."""
    moments = {day: expected_moment(day, clock) for day in DAYS}
    for first, days in patterns(repeat):
        plan = Plan(datetime.combine(first, clock), OSLO, repeat)
        after = moments[days[0]] - timedelta.resolution
        for day in days:
            run = find(plan, after=after)
            if run is None or run.at != moments[day]:
                yield f"{day} {clock:%H:%M} came at {run.local:%Y-%m-%d %H:%M}" if run else f"{day} never came"
            after = moments[day]


def patterns(repeat: Repeat) -> Iterator[tuple[date, list[date]]]:
    """First dates of plans, with all their dates until 2036. Together they begin on every day of the calendar."""
    match repeat:
        case Repeat.ONCE:
            yield from ((day, [day]) for day in DAYS)
        case Repeat.DAILY:
            yield FIRST_DAY, DAYS
        case Repeat.WEEKLY:
            yield from ((DAYS[weekday], DAYS[weekday::7]) for weekday in range(7))
        case Repeat.MONTHLY_BY_DATE:
            for number in range(1, 32):
                days = [day for day in DAYS if day.day == number or (day.day < number and (day + DAY).day == 1)]
                yield date(2024, 1, number), days
        case Repeat.MONTHLY_BY_WEEKDAY:
            for number in range(1, 32):
                yield date(2024, 1, number), [day for day in DAYS if is_same_weekday_of_month(number, day)]


def is_same_weekday_of_month(number: int, day: date) -> bool:
    """As the number-th of January 2024, a month that began on a Monday."""
    if day.weekday() != (number - 1) % 7:
        return False
    if number > 28:
        return (day + 7 * DAY).month != day.month
    return (day.day - 1) // 7 == (number - 1) // 7


def is_summer(day: date) -> bool:
    """Whether it is summer time at noon: from the last Sunday of March until the last Sunday of October."""
    return last_sunday(day.year, 3) <= day < last_sunday(day.year, 10)


def last_sunday(year: int, month: int) -> date:
    last = date(year, month, 31)
    return last - (last.weekday() + 1) % 7 * DAY


def expected_moment(day: date, clock: time) -> datetime:
    """When clocks in Oslo show this, for the first time; after the gap if they do not."""
    local = datetime.combine(day, clock, tzinfo=UTC)
    if day == last_sunday(day.year, 3):
        if time(2) <= clock < time(3):
            return local.replace(hour=1, minute=0)
        return local - (HOUR if clock < time(2) else 2 * HOUR)
    if day == last_sunday(day.year, 10):
        return local - (2 * HOUR if clock < time(3) else HOUR)
    return local - (2 * HOUR if is_summer(day) else HOUR)
