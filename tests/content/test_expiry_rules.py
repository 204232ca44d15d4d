"""The days of an answer ask something of its owner: at the right time, once, and not in heaps after an outage."""

import random
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content.expiry import Expiry, Reminder, ReminderKind, ReminderStep, Validity, expiry, reminders_due

FIRST, LAST = date(2024, 1, 1), date(2036, 12, 31)
EVERY_DAY = [FIRST + timedelta(number) for number in range((LAST - FIRST).days + 1)]
STEPS = {
    timedelta(-30): ReminderStep.MONTH_BEFORE,
    timedelta(-7): ReminderStep.WEEK_BEFORE,
    timedelta(0): ReminderStep.ON_THE_DAY,
    timedelta(14): ReminderStep.ESCALATION,
}
days = st.dates(FIRST, LAST)


def run(validity: Validity, on: Iterable[date]) -> list[tuple[date, Reminder]]:
    """What a job that runs on these days gives, and when."""
    given_already: frozenset[Reminder] = frozenset()
    log: list[tuple[date, Reminder]] = []
    for today in on:
        due = reminders_due(validity, today, given_already)
        log += [(today, one) for one in due]
        given_already |= frozenset(due)
    return log


def around(day: date, before: int = 40, after: int = 40) -> list[date]:
    return [day + timedelta(number) for number in range(-before, after + 1)]


def newest_before_or_on(today: date, day: date) -> ReminderStep | None:
    """Worked out from the calendar alone."""
    past = [step for distance, step in sorted(STEPS.items()) if day + distance <= today]
    return past[-1] if past else None


# What to say of an answer today.


@pytest.mark.parametrize(
    ("validity", "today", "expected"),
    [
        (Validity(), date(2026, 3, 1), Expiry.NONE),
        (Validity(review_by=date(2026, 3, 31)), date(2026, 2, 28), Expiry.NONE),
        (Validity(review_by=date(2026, 3, 31)), date(2026, 3, 1), Expiry.REVIEW_SOON),
        (Validity(review_by=date(2026, 3, 31)), date(2026, 3, 30), Expiry.REVIEW_SOON),
        (Validity(review_by=date(2026, 3, 31)), date(2026, 3, 31), Expiry.REVIEW_DUE),
        (Validity(review_by=date(2026, 3, 31)), date(2030, 1, 1), Expiry.REVIEW_DUE),
        (Validity(valid_until=date(2028, 3, 14)), date(2028, 2, 28), Expiry.NONE),  # a leap year
        (Validity(valid_until=date(2028, 3, 14)), date(2028, 2, 29), Expiry.EXPIRES_SOON),
        (Validity(valid_until=date(2028, 3, 14)), date(2028, 3, 14), Expiry.EXPIRES_SOON),
        (Validity(valid_until=date(2028, 3, 14)), date(2028, 3, 15), Expiry.EXPIRED),
        (Validity(valid_from=date(2026, 3, 1)), date(2026, 2, 28), Expiry.NOT_YET_VALID),
        (Validity(valid_from=date(2026, 3, 1)), date(2026, 3, 1), Expiry.NONE),
    ],
)
def test_an_answer_has_one_thing_that_matters_today(validity: Validity, today: date, expected: Expiry) -> None:
    assert expiry(validity, today) is expected


@pytest.mark.parametrize(
    ("validity", "expected"),
    [
        (Validity(valid_until=date(2026, 3, 1), review_by=date(2026, 1, 1)), Expiry.EXPIRED),
        (Validity(valid_from=date(2026, 4, 1), review_by=date(2026, 1, 1)), Expiry.NOT_YET_VALID),
        (Validity(valid_until=date(2026, 3, 10), review_by=date(2026, 1, 1)), Expiry.EXPIRES_SOON),
        (Validity(valid_until=date(2026, 4, 10), review_by=date(2026, 1, 1)), Expiry.REVIEW_DUE),
        (Validity(valid_until=date(2026, 3, 10), review_by=date(2026, 3, 20)), Expiry.EXPIRES_SOON),
        (Validity(valid_from=date(2026, 4, 1), valid_until=date(2026, 3, 1)), Expiry.EXPIRED),
    ],
)
def test_what_hides_an_answer_matters_more_than_its_review(validity: Validity, expected: Expiry) -> None:
    assert expiry(validity, date(2026, 3, 2)) is expected


def test_every_day_of_thirteen_years_as_the_day_of_a_review() -> None:
    for day in EVERY_DAY:
        said = [expiry(Validity(review_by=day), today) for today in around(day)]

        assert said == [Expiry.NONE] * 10 + [Expiry.REVIEW_SOON] * 30 + [Expiry.REVIEW_DUE] * 41, day


def test_every_day_of_thirteen_years_as_a_first_and_as_a_last_day() -> None:
    for day in EVERY_DAY:
        last = [expiry(Validity(valid_until=day), today) for today in around(day)]
        first = [expiry(Validity(valid_from=day), today) for today in around(day)]

        assert last == [Expiry.NONE] * 26 + [Expiry.EXPIRES_SOON] * 15 + [Expiry.EXPIRED] * 40, day
        assert first == [Expiry.NOT_YET_VALID] * 40 + [Expiry.NONE] * 41, day


# Reminders.


@pytest.mark.slow
def test_on_every_day_of_thirteen_years_a_daily_job_gives_each_reminder_on_its_day() -> None:
    for day in EVERY_DAY:
        log = run(Validity(review_by=day, valid_until=day), around(day, before=32, after=16))

        assert log == [
            (day + distance, Reminder(kind, step, day))
            for distance, step in sorted(STEPS.items())
            for kind in ReminderKind
        ], day


@pytest.mark.parametrize(
    "every", [pytest.param(3, marks=pytest.mark.slow), pytest.param(7, marks=pytest.mark.slow), 31]
)
def test_on_every_day_of_thirteen_years_a_job_with_gaps_gives_the_newest_of_what_it_missed(every: int) -> None:
    for number, day in enumerate(EVERY_DAY):
        on = around(day, before=32 + number % every, after=16 + every)[::every]

        log = run(Validity(review_by=day), on)

        newest = [(today, newest_before_or_on(today, day)) for today in on]
        changes = [new for old, new in zip([(day, None), *newest], newest, strict=False) if old[1] != new[1]]
        assert [(today, one.step) for today, one in log] == changes, day


@settings(deadline=None, max_examples=200)
@given(days, days, st.sets(st.integers(-60, 60)), st.integers(0, 1_000))
def test_however_the_job_runs_no_reminder_is_given_twice_or_too_early_or_after_a_newer_one(
    review_by: date, valid_until: date, runs: set[int], seed: int
) -> None:
    on = [review_by + timedelta(one) for one in runs] + [valid_until + timedelta(one) for one in runs]
    random.Random(seed).shuffle(on)  # even when the clock goes back

    log = run(Validity(review_by=review_by, valid_until=valid_until), on)

    for kind in ReminderKind:
        steps: Sequence[ReminderStep] = [one.step for _today, one in log if one.kind is kind]
        order = list(STEPS.values())
        assert [order.index(step) for step in steps] == sorted({order.index(step) for step in steps})
    early = {step: distance for distance, step in STEPS.items()}
    assert all(today >= one.day + early[one.step] for today, one in log)


@settings(deadline=None)
@given(days, st.integers(15, 2_000))
def test_after_a_long_outage_there_is_one_reminder_and_not_four(day: date, late: int) -> None:
    validity = Validity(review_by=day, valid_until=day)

    log = run(validity, [day + timedelta(late), day + timedelta(late + 1)])

    assert [one for _today, one in log] == [Reminder(kind, ReminderStep.ESCALATION, day) for kind in ReminderKind]


def test_an_answer_that_was_read_again_is_reminded_of_its_new_day() -> None:
    old, new = date(2026, 3, 1), date(2027, 3, 1)
    given_already = frozenset(one for _today, one in run(Validity(review_by=old), around(old, after=13)))

    soon = reminders_due(Validity(review_by=new), date(2026, 3, 15), given_already)
    next_year = reminders_due(Validity(review_by=new), date(2027, 2, 1), given_already)

    assert soon == ()
    assert next_year == (Reminder(ReminderKind.REVIEW, ReminderStep.MONTH_BEFORE, new),)


@pytest.mark.parametrize("day", [date.min, date.max])
@pytest.mark.parametrize("today", [date.min, date.max])
def test_days_at_the_end_of_the_calendar_do_no_harm(day: date, today: date) -> None:
    validity = Validity(valid_from=day, valid_until=day, review_by=day)

    expiry(validity, today)

    assert len(reminders_due(validity, today, frozenset())) in (0, 2)


def test_an_answer_without_days_asks_nothing() -> None:
    assert run(Validity(valid_from=date(2026, 1, 1)), EVERY_DAY) == []
