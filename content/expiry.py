"""What the days of an answer ask of its owner: to read it again, to renew it, or to be told that nobody did.

Days are days in the municipality's zone. An answer may be served on its first and on its last day; on the day of its
review the owner should read it, and from the day after, residents see a remark (content.catalogue).
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

REVIEW_SOON_DAYS = 30
EXPIRES_SOON_DAYS = 14


@dataclass(frozen=True, slots=True)
class Validity:
    """The days of an answer that were set; None where no day was."""

    valid_from: date | None = None
    valid_until: date | None = None
    review_by: date | None = None


class Expiry(StrEnum):
    """What matters most about an answer's days."""

    NONE = "none"
    REVIEW_SOON = "review_soon"
    REVIEW_DUE = "review_due"  # from the day of the review on
    EXPIRES_SOON = "expires_soon"  # to the last day, that day included
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"


class ReminderKind(StrEnum):
    """Which of an answer's days a reminder is about."""

    REVIEW = "review"
    EXPIRY = "expiry"


class ReminderStep(StrEnum):
    """How far the day is away. Escalation goes to whoever stands above the owner."""

    MONTH_BEFORE = "month_before"
    WEEK_BEFORE = "week_before"
    ON_THE_DAY = "on_the_day"
    ESCALATION = "escalation"


# The newest first: at most so many days left.
_STEPS = (
    (-14, ReminderStep.ESCALATION),
    (0, ReminderStep.ON_THE_DAY),
    (7, ReminderStep.WEEK_BEFORE),
    (30, ReminderStep.MONTH_BEFORE),
)
_ORDER = [step for _days, step in reversed(_STEPS)]


@dataclass(frozen=True, slots=True)
class Reminder:
    """One reminder about one day of an answer. When the day is moved, its reminders begin anew."""

    kind: ReminderKind
    step: ReminderStep
    day: date


def expiry(validity: Validity, today: date) -> Expiry:
    """The one thing to say of an answer: first what hides it from residents, then what soon will, then its review."""
    if validity.valid_until is not None and validity.valid_until < today:
        return Expiry.EXPIRED
    if validity.valid_from is not None and today < validity.valid_from:
        return Expiry.NOT_YET_VALID
    if _is_within(validity.valid_until, EXPIRES_SOON_DAYS, today):
        return Expiry.EXPIRES_SOON
    if _is_within(validity.review_by, 0, today):
        return Expiry.REVIEW_DUE
    if _is_within(validity.review_by, REVIEW_SOON_DAYS, today):
        return Expiry.REVIEW_SOON
    return Expiry.NONE


def reminders_due(validity: Validity, today: date, already: frozenset[Reminder]) -> tuple[Reminder, ...]:
    """The reminders to give today, at most one for each kind; ``already`` are those that were given before.

    A reminder waits for a day on which the job runs. After an outage only the newest one is given: the older ones would
    say what is no longer so. None is given after a newer one about the same day.
    """
    days = ((ReminderKind.REVIEW, validity.review_by), (ReminderKind.EXPIRY, validity.valid_until))
    newest = [_newest(kind, day, today) for kind, day in days if day is not None]
    return tuple(one for one in newest if one is not None and not _is_given(one, already))


def _newest(kind: ReminderKind, day: date, today: date) -> Reminder | None:
    days_left = (day - today).days
    return next((Reminder(kind, step, day) for most, step in _STEPS if days_left <= most), None)


def _is_given(reminder: Reminder, already: frozenset[Reminder]) -> bool:
    """Itself, or a newer one: the day can seem to come back when a zone or a clock is corrected."""
    newer = _ORDER[_ORDER.index(reminder.step) :]
    return any(Reminder(reminder.kind, step, reminder.day) in already for step in newer)


def _is_within(day: date | None, days: int, today: date) -> bool:
    return day is not None and (day - today).days <= days
