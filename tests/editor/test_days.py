"""The day at the desk is the day in the municipality: at half past one at night in Oslo, UTC still has yesterday's."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import update

from content.models import Answer, Municipality
from editor.access.roles import Role
from tests.conftest import Town
from tests.editor.desk import Client, Clock, fields_of, signed_in

HALF_PAST_ONE = datetime(2026, 6, 15, 23, 30, tzinfo=UTC)  # on the sixteenth in Oslo
YESTERDAY, TODAY = date(2026, 6, 15), date(2026, 6, 16)
ANSWER = "/answers/services-kindergarten"
OVER = "Svaret jeg hadde, er utdatert"


@pytest.fixture
async def person(town: Town) -> Client:
    """Somebody at the desk at night; the other answers ask for nothing."""
    async with town.database.changing() as session:
        await session.execute(update(Answer).values(review_by=date(2027, 6, 1), valid_until=None))
    return await signed_in(town, Role.AUTHOR, Role.REVIEWER, Role.PUBLISHER, clock=Clock(HALF_PAST_ONE))


async def set_days(town: Town, **days: date) -> None:
    async with town.database.changing() as session:
        await session.execute(update(Answer).where(Answer.id == "services-kindergarten").values(**days))


async def text_of(person: Client, path: str) -> str:
    page = await person.get(path)
    assert page.status_code == 200
    return page.text


@pytest.mark.parametrize(("last_day", "is_over"), [(YESTERDAY, True), (TODAY, False)])
async def test_what_ended_yesterday_is_over_everywhere(
    town: Town, person: Client, last_day: date, *, is_over: bool
) -> None:
    await set_days(town, valid_until=last_day)

    expired = ">expired</span>"
    assert ("<strong>1</strong> expired answers" in await text_of(person, "/")) is is_over
    assert ("services-kindergarten" in await text_of(person, "/answers?validity=expired")) is is_over
    assert (expired in await text_of(person, "/answers")) is is_over
    assert (expired in await text_of(person, ANSWER)) is is_over
    assert (OVER in await text_of(person, f"{ANSWER}/nb")) is is_over
    assert (OVER in await text_of(person, f"{ANSWER}/nb/write")) is is_over
    form = fields_of(await person.get(f"{ANSWER}/nb/write"))
    assert (OVER in (await person.post(f"{ANSWER}/nb/preview", form)).text) is is_over


@pytest.mark.parametrize(("day", "is_due"), [(TODAY, True), (date(2026, 6, 17), False)])
async def test_a_check_is_due_from_its_day_on(town: Town, person: Client, day: date, *, is_due: bool) -> None:
    await set_days(town, review_by=day)

    assert ("<strong>1</strong> answers that should be checked now" in await text_of(person, "/")) is is_due
    assert ("should be checked now</span>" in await text_of(person, ANSWER)) is is_due


async def test_still_correct_is_dated_with_the_same_day(town: Town, person: Client) -> None:
    await person.post(f"{ANSWER}/still-correct")

    assert "<dt>Checked on</dt><dd>Jun 16, 2026</dd>" in await text_of(person, ANSWER)


@pytest.mark.parametrize(
    ("zone", "shown"), [("Europe/Oslo", "6/16/26, 1:30"), ("Atlantic/Reykjavik", "6/15/26, 11:30")]
)
async def test_times_are_shown_as_the_clocks_of_the_municipality_have_them(
    town: Town, person: Client, zone: str, shown: str
) -> None:
    async with town.database.changing() as session:
        await session.execute(update(Municipality).values(zone=zone))

    await person.post(f"{ANSWER}/still-correct")

    assert shown in await text_of(person, ANSWER)
