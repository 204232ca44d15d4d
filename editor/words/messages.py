"""What messages of organisations are called at the desk: kinds, states, answers, times, and what comes next."""

from collections.abc import Mapping
from datetime import timedelta

from babel.dates import format_date, format_timedelta, get_day_names

from broadcasts.announcements.records import Broadcast, BroadcastState, Fallback, Kind, Repeat, ReplyKey
from broadcasts.briefing.records import Decision
from broadcasts.scheduling.recurrence import Run
from core.i18n import Translator

USEFUL_MINUTES = (60, 3 * 60, 6 * 60, 12 * 60, 24 * 60, 2 * 24 * 60, 3 * 24 * 60, 7 * 24 * 60, 14 * 24 * 60)
_DAY = 24 * 60


def kind(one: str, t: Translator) -> str:
    """What a message is."""
    return {
        Kind.NEWS: t("News"),
        Kind.EVENT: t("Event or meeting"),
        Kind.DEADLINE: t("Reminder of a deadline"),
        Kind.COURSE: t("Course"),
        Kind.REQUEST: t("Question with buttons"),
        Kind.ANSWER: t("Shared answer"),
        Kind.URGENT: t("Urgent message"),
    }[Kind(one)]


def kind_hint(one: str, t: Translator) -> str:
    """What it is for."""
    return {
        Kind.NEWS: t("Something to know. No date, no place."),
        Kind.EVENT: t("With time and place. Members can put it into their calendar."),
        Kind.DEADLINE: t("With the last day on which something can be done."),
        Kind.COURSE: t("With the time when it begins, if there is one."),
        Kind.REQUEST: t("Members answer with a button: yes, no or maybe. You see how many."),
        Kind.ANSWER: t("A checked answer of the municipality, with its source and date."),
        Kind.URGENT: t(
            "Only when life or health is at stake, or something must be done today. A second person reads it."
        ),
    }[Kind(one)]


def state(one: str, t: Translator) -> str:
    """Where a message stands."""
    return states(t)[BroadcastState(one)]


def states(t: Translator) -> Mapping[BroadcastState, str]:
    """All of them, in the order in which a message goes through them."""
    return {
        BroadcastState.DRAFT: t("draft"),
        BroadcastState.IN_BRIEFING: t("others read it"),
        BroadcastState.APPROVED: t("ready, without a time"),
        BroadcastState.SCHEDULED: t("has a time"),
        BroadcastState.SENDING: t("goes out now"),
        BroadcastState.PAUSED: t("paused"),
        BroadcastState.SENT: t("sent"),
        BroadcastState.CANCELLED: t("cancelled"),
        BroadcastState.EXPIRED: t("too late, not sent"),
    }


def state_style(one: str) -> str:
    """How its sign looks (desk.css)."""
    return {"draft": "draft", "in_briefing": "in_review", "paused": "outdated", "expired": "expired",
            "cancelled": "withdrawn"}.get(one, "")  # fmt: skip


def what_next(broadcast: Broadcast, t: Translator, *, is_to_be_read: bool) -> str:
    """What this message waits for."""
    if broadcast.organisation_id is None and broadcast.state in _OF_PROPOSALS:
        return _next_of_proposal(broadcast, t, is_to_be_read=is_to_be_read)
    return {
        BroadcastState.DRAFT: t("When you say that it is ready, somebody at the municipality reads it first.")
        if is_to_be_read
        else t("When you say that it is ready, you choose a time."),
        BroadcastState.IN_BRIEFING: t("Somebody at the municipality reads it. Those who wrote it are told afterwards."),
        BroadcastState.APPROVED: t("It goes nowhere yet: somebody who speaks for the organisation chooses a time."),
        BroadcastState.SCHEDULED: t("It goes out by itself at its time."),
        BroadcastState.SENDING: t(
            "It is going out. Who uses the web chat gets it at their next visit, unless it is too late then."
        ),
        BroadcastState.PAUSED: t("Nobody gets it until somebody lets it go on."),
        BroadcastState.SENT: t("It has gone out. The report says what became of it."),
        BroadcastState.CANCELLED: t("It does not go out any more."),
        BroadcastState.EXPIRED: t("It came too late to be of use, so nobody got it."),
    }[BroadcastState(broadcast.state)]


_OF_PROPOSALS = (BroadcastState.DRAFT, BroadcastState.IN_BRIEFING, BroadcastState.APPROVED)


def _next_of_proposal(broadcast: Broadcast, t: Translator, *, is_to_be_read: bool) -> str:
    if broadcast.state == BroadcastState.APPROVED:
        return t("A second person has read it. Choose the organisations now.")
    if broadcast.state == BroadcastState.IN_BRIEFING:
        return t("It is being read. Each organisation decides for itself whether its members get it.")
    if is_to_be_read:
        return t("It is urgent: a second person reads it before the organisations do.")
    return t("Choose the organisations that shall read it. Each decides for itself.")


def replies(t: Translator) -> Mapping[ReplyKey, str]:
    """The buttons of a request, as they stand in reports."""
    return {ReplyKey.YES: t("Yes"), ReplyKey.NO: t("No"), ReplyKey.MAYBE: t("Maybe")}


def fallbacks(t: Translator) -> Mapping[Fallback, str]:
    """Who gets a message that has no text in their language."""
    return {
        Fallback.NEXT_LANGUAGE: t("They get it in the next best language, and it says so."),
        Fallback.OWN_LANGUAGE_ONLY: t("They get nothing. Only members with a text in their own language get it."),
    }


def repeats(t: Translator) -> Mapping[Repeat, str]:
    """How a message comes again."""
    return {
        Repeat.ONCE: t("Once"),
        Repeat.DAILY: t("Every day"),
        Repeat.WEEKLY: t("Every week"),
        Repeat.MONTHLY_BY_DATE: t("Every month, on the same date"),
        Repeat.MONTHLY_BY_WEEKDAY: t("Every month, on the same weekday, like the third Tuesday"),
    }


def weekdays(t: Translator) -> list[tuple[str, str]]:
    """Monday is 0."""
    names = get_day_names("wide", locale=t.locale)
    return [(str(number), names[number]) for number in range(7)]


def useful(minutes: int, t: Translator) -> str:
    """A duration: one hour, two days."""
    duration = timedelta(minutes=minutes)
    if minutes % _DAY == 0:
        return format_timedelta(duration, granularity="day", threshold=1000, locale=t.locale)
    if minutes % 60 == 0:
        return format_timedelta(duration, granularity="hour", threshold=1000, locale=t.locale)
    return format_timedelta(duration, granularity="minute", threshold=1000, locale=t.locale)


def useful_options(chosen: str, t: Translator) -> list[tuple[str, str]]:
    """For how long a message may be of use; with what was chosen in the chat, too."""
    several = sorted({*USEFUL_MINUTES, int(chosen)})
    return [(str(minutes), useful(minutes, t)) for minutes in several]


def run(one: Run, t: Translator) -> str:
    """When a message goes out, by the clocks there, and how far these are ahead of UTC."""
    minutes = int(one.offset.total_seconds()) // 60
    offset = f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
    day = format_date(one.local, "full", locale=t.locale)
    return t("{day}, {clock} (UTC{offset})", day=day, clock=f"{one.local:%H:%M}", offset=offset)


def quiet_hours(begin: str, end: str, t: Translator) -> str:
    """When nothing goes out."""
    if begin == end:
        return t("There are no quiet hours.")
    return t("Between {begin} and {end} nothing goes out: it waits until then.", begin=begin, end=end)


def decision(one: str, t: Translator) -> str:
    """What an organisation does with a proposal."""
    return {
        Decision.ASKED: t("not decided yet"),
        Decision.ACCEPTED: t("passes it on"),
        Decision.ADAPTED: t("says it in own words"),
        Decision.DECLINED: t("says no"),
        Decision.PAUSED: t("not now"),
    }[Decision(one)]


def decision_style(one: str) -> str:
    """How its sign looks (desk.css)."""
    return {"asked": "in_review", "declined": "draft", "paused": "draft"}.get(one, "")
