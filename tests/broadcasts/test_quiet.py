"""Nobody is written to in quiet hours, on any day, whatever clocks do."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from broadcasts.scheduling.quiet import is_quiet, quiet_ends

OSLO = "Europe/Oslo"


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "at", "ends"),
    [
        (("21:00", "08:00"), utc(2026, 12, 1, 19, 59), None),
        (("21:00", "08:00"), utc(2026, 12, 1, 20), utc(2026, 12, 2, 7)),  # nine in the evening: quiet until eight
        (("21:00", "08:00"), utc(2026, 12, 2, 6, 59), utc(2026, 12, 2, 7)),
        (("21:00", "08:00"), utc(2026, 12, 2, 7), None),  # eight o'clock is not quiet any more
        (("13:00", "15:00"), utc(2026, 12, 1, 12, 30), utc(2026, 12, 1, 14)),  # not over midnight
        (("13:00", "15:00"), utc(2026, 12, 1, 20), None),
        (("00:00", "00:00"), utc(2026, 12, 1, 20), None),  # equal: never quiet
        (("21:00", "21:00"), utc(2026, 12, 1, 20), None),
        (("00:00", "23:59"), utc(2026, 12, 1, 20), utc(2026, 12, 1, 22, 59)),
        # The night in which clocks go forward is an hour shorter, the other one an hour longer.
        (("21:00", "08:00"), utc(2026, 3, 28, 20), utc(2026, 3, 29, 6)),
        (("21:00", "08:00"), utc(2026, 10, 24, 19), utc(2026, 10, 25, 7)),
        # Quiet hours whose end is missing in that night, or whose end or beginning comes twice.
        (("21:00", "02:30"), utc(2026, 3, 29, 0, 59), utc(2026, 3, 29, 1)),
        (("02:15", "02:45"), utc(2026, 3, 29, 1), None),
        (("21:00", "02:30"), utc(2026, 10, 25, 1, 10), utc(2026, 10, 25, 1, 30)),
        (("02:30", "08:00"), utc(2026, 10, 25, 1, 10), utc(2026, 10, 25, 7)),
    ],
)
def test_quiet_hours_end_when_clocks_show_it(hours: tuple[str, str], at: datetime, ends: datetime | None) -> None:
    assert is_quiet(*hours, OSLO, at=at) == (ends is not None)
    assert quiet_ends(*hours, OSLO, at=at) == (ends or at)


def test_it_is_quiet_where_the_recipients_are() -> None:
    noon = utc(2026, 12, 1, 12)

    assert is_quiet("21:00", "08:00", "Asia/Tokyo", at=noon)
    assert not is_quiet("21:00", "08:00", OSLO, at=noon)


CLOCKS = some.times().map(lambda clock: f"{clock:%H:%M}")
ZONES = some.sampled_from([OSLO, "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Apia", "America/Havana"])


@settings(max_examples=200, deadline=None)
@given(
    zone=ZONES,
    begins=CLOCKS,
    ends=CLOCKS,
    at=some.datetimes(
        datetime.fromisoformat("2011-01-01"), datetime.fromisoformat("2036-12-31"), timezones=some.just(UTC)
    ),
)
def test_what_clocks_call_quiet_is_quiet_and_quiet_hours_end(zone: str, begins: str, ends: str, at: datetime) -> None:
    clock = at.astimezone(ZoneInfo(zone)).time()

    end = quiet_ends(begins, ends, zone, at=at)

    if lies_between(clock, time.fromisoformat(begins), time.fromisoformat(ends)):
        assert at < end <= at + timedelta(days=2)
    assert not is_quiet(begins, ends, zone, at=end)


def lies_between(clock: time, begins: time, ends: time) -> bool:
    return begins <= clock < ends if begins <= ends else clock >= begins or clock < ends
