"""Whoever is responsible for an answer is told in time that it must be looked at, once, until somebody has acted."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from content.models import Answer
from content.publishing import withdraw
from content.reminding import WaitingNotice, count_notices, list_notices, remind
from content.validity import confirm_still_correct
from core.timeline import list_entries
from tests.conftest import MONDAY_9AM, Town

BERT = 2
ANSWER = "services-kindergarten"
DAY = date(2026, 12, 31)


def at(day: date, hour: int = 9) -> datetime:
    """A time of day in the town."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=ZoneInfo("Europe/Oslo"))


def before(days: int) -> datetime:
    """So many days before the day; negative: after it."""
    return at(DAY - timedelta(days=days))


@pytest.fixture
async def session(town: Town) -> AsyncIterator[AsyncSession]:
    """One answer has a day of review; no other answer has any day."""
    async with town.database.changing() as session:
        await set_days(session, None, review_by=None, valid_until=None, checked_on=None)
        await set_days(session, ANSWER, review_by=DAY)
        yield session


async def set_days(session: AsyncSession, answer_id: str | None, **days: date | None) -> None:
    """As any page may do that knows nothing of notices."""
    wanted = update(Answer).values(**days)
    await session.execute(wanted if answer_id is None else wanted.where(Answer.id == answer_id))


async def keys(session: AsyncSession) -> list[str]:
    return [one.key for one in await waiting(session)]


async def waiting(session: AsyncSession) -> list[WaitingNotice]:
    return await list_notices(session, limit=50)


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (31, []),
        (30, ["review_month_before"]),
        (8, ["review_month_before"]),
        (7, ["review_week_before"]),
        (1, ["review_week_before"]),
        (0, ["review_on_the_day"]),
        (-13, ["review_on_the_day"]),
        (-14, ["review_escalation"]),
        (-300, ["review_escalation"]),
    ],
)
async def test_what_is_said_follows_from_how_far_the_day_is_away(
    session: AsyncSession, days: int, expected: list[str]
) -> None:
    await remind(session, at=before(days))

    assert await keys(session) == expected


async def test_a_notice_says_which_answer_since_when_and_whose_it_is(session: AsyncSession) -> None:
    await remind(session, at=before(30))

    (notice,) = await waiting(session)
    assert (notice.answer_id, notice.language, notice.day, notice.at) == (ANSWER, "nb", DAY, before(30))
    assert notice.title == "Plass i barnehage"
    assert notice.office == "service-centre"


async def test_each_reminder_is_given_once_and_takes_the_place_of_the_one_before(session: AsyncSession) -> None:
    given = [[one.key for one in await remind(session, at=before(days))] for days in range(40, -20, -1)]

    assert [one for several in given for one in several] == [
        "review_month_before",
        "review_week_before",
        "review_on_the_day",
        "review_escalation",
    ]
    assert await keys(session) == ["review_escalation"]
    assert await count_notices(session) == 1


async def test_a_job_that_runs_every_hour_gives_each_reminder_once(session: AsyncSession) -> None:
    runs = [await remind(session, at=at(DAY, hour)) for hour in range(24)]

    assert [len(run) for run in runs] == [1, *[0] * 23]


async def test_the_day_begins_at_midnight_in_the_town(session: AsyncSession) -> None:
    midnight = at(DAY, 0)

    await remind(session, at=midnight - timedelta(minutes=1))
    earlier = await keys(session)
    await remind(session, at=midnight)

    assert (earlier, await keys(session)) == (["review_week_before"], ["review_on_the_day"])


async def test_a_review_and_a_last_day_are_two_things(session: AsyncSession) -> None:
    await set_days(session, ANSWER, valid_until=DAY - timedelta(days=3))

    await remind(session, at=before(5))

    assert await keys(session) == ["expiry_week_before", "review_week_before"]


async def test_what_was_confirmed_waits_no_longer_and_is_reminded_of_anew(session: AsyncSession) -> None:
    await remind(session, at=before(0))

    answer = await confirm_still_correct(session, ANSWER, by=BERT, at=before(-2))
    after = await keys(session)
    await remind(session, at=before(-2))
    same_day = await keys(session)
    assert answer.review_by is not None
    await remind(session, at=at(answer.review_by))

    assert (after, same_day, await keys(session)) == ([], [], ["review_on_the_day"])


async def test_what_is_read_every_month_is_not_asked_for_on_the_day_on_which_it_was_read(session: AsyncSession) -> None:
    await set_days(session, ANSWER, checked_on=DAY - timedelta(days=20))

    await confirm_still_correct(session, ANSWER, by=BERT, at=before(0))
    await remind(session, at=before(0))
    same_day = await keys(session)
    await remind(session, at=before(-23))

    assert (same_day, await keys(session)) == ([], ["review_week_before"])


async def test_an_answer_that_has_run_out_does_not_come_back_by_being_right(session: AsyncSession) -> None:
    await set_days(session, ANSWER, valid_until=DAY)
    await remind(session, at=before(1))

    await confirm_still_correct(session, ANSWER, by=BERT, at=before(1))
    in_time = await keys(session)
    await remind(session, at=before(-14))
    await confirm_still_correct(session, ANSWER, by=BERT, at=before(-14))

    assert (in_time, await keys(session)) == ([], ["expiry_escalation"])


async def test_a_day_that_was_moved_is_no_longer_waited_for_whoever_moved_it(session: AsyncSession) -> None:
    await remind(session, at=before(0))

    await set_days(session, ANSWER, review_by=DAY + timedelta(days=365))
    at_once = (await keys(session), await count_notices(session))
    await remind(session, at=before(-1))
    await set_days(session, ANSWER, review_by=DAY)

    assert at_once == ([], 0)
    assert await keys(session) == []


async def test_nobody_is_reminded_of_what_residents_do_not_see(session: AsyncSession) -> None:
    await remind(session, at=before(7))

    await withdraw(session, ANSWER, at=before(6))
    shown = await keys(session)
    await remind(session, at=before(0))

    assert (shown, await keys(session)) == ([], [])


async def test_what_nobody_acts_on_is_told_to_those_above_and_nothing_else_is(session: AsyncSession) -> None:
    await set_days(session, "practice-dugnad", review_by=DAY + timedelta(days=14))

    await remind(session, at=before(-14))

    above = await list_notices(session, limit=50, escalated_only=True)
    assert [(one.answer_id, one.is_escalated) for one in above] == [(ANSWER, True)]
    assert await count_notices(session, escalated_only=True) == 1
    assert await count_notices(session) == 2


async def test_a_reminder_stands_in_what_happened_to_the_answer(session: AsyncSession) -> None:
    await remind(session, at=before(7))

    (entry,) = await list_entries(session, about=f"answer:{ANSWER}")
    assert (entry.event, entry.by, entry.details["key"]) == ("reminded", None, "review_week_before")


async def test_two_processes_that_remind_at_the_same_moment_write_one_notice(town: Town) -> None:
    async with town.database.changing() as session:
        await set_days(session, ANSWER, review_by=DAY)

    async def run() -> int:
        async with town.database.changing() as session:
            return len(await remind(session, at=MONDAY_9AM + timedelta(days=38)))

    counts = await asyncio.gather(*(run() for _ in range(4)))

    async with town.database.reading() as session:
        assert sum(counts) == await count_notices(session) > 0
        notices = await list_notices(session, limit=50)
    assert len({(one.answer_id, one.key) for one in notices}) == len(notices)
