"""Sessions are kept by us, are found for so long, and can be ended."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from core.database import Database
from editor.access import sessions
from editor.access.models import StaffMember, StaffSession
from editor.access.sessions import Begun, csrf_token, is_csrf_token, new_pre_session
from tests.conftest import MONDAY_9AM
from tests.editor.access.people import add

SECOND = timedelta(seconds=1)


async def begin(
    database: Database, staff_id: int, *, awaits_code: bool = False, browser: str = "", at: datetime = MONDAY_9AM
) -> Begun:
    async with database.changing() as session:
        return await sessions.begin(session, staff_id, awaits_code=awaits_code, browser=browser, at=at)


async def find(database: Database, token: str, *, at: datetime = MONDAY_9AM) -> StaffSession | None:
    async with database.reading() as session:
        return await sessions.find(session, token, at=at)


async def see(database: Database, token: str, *, at: datetime) -> None:
    """Somebody opens a page."""
    async with database.changing() as session:
        found = await sessions.find(session, token, at=at)
        assert found is not None
        await sessions.note_seen(session, found, at=at)


async def test_a_session_is_found_by_its_token_and_by_no_other(staff_database: Database) -> None:
    amina = await add(staff_database)

    begun = await begin(staff_database, amina)

    found = await find(staff_database, begun.token)
    assert found is not None
    assert (found.id, found.staff_id) == (begun.session_id, amina)
    for wrong in ("", "x", begun.token[:-1], found.token_hash, found.csrf_secret, "\x00", "\ud800"):
        assert await find(staff_database, wrong) is None


async def test_a_token_has_256_bits_and_is_never_used_twice(staff_database: Database) -> None:
    amina = await add(staff_database)

    tokens = {(await begin(staff_database, amina)).token for _ in range(3)}

    assert len(tokens) == 3
    assert all(len(token) == 43 for token in tokens)


async def test_the_database_holds_nothing_with_which_one_could_sign_in(staff_database: Database) -> None:
    begun = await begin(staff_database, await add(staff_database))

    async with staff_database.reading() as session:
        row = await session.get_one(StaffSession, begun.session_id)

    assert all(begun.token not in str(getattr(row, column.name)) for column in StaffSession.__table__.columns)


@pytest.mark.parametrize(("idle", "is_found"), [(timedelta(hours=8) - SECOND, True), (timedelta(hours=8), False)])
async def test_a_session_is_lost_after_eight_hours_of_doing_nothing(
    staff_database: Database, idle: timedelta, is_found: bool
) -> None:
    begun = await begin(staff_database, await add(staff_database))

    assert (await find(staff_database, begun.token, at=MONDAY_9AM + idle) is not None) is is_found


async def test_looking_at_a_page_puts_off_the_idle_limit(staff_database: Database) -> None:
    begun = await begin(staff_database, await add(staff_database))

    await see(staff_database, begun.token, at=MONDAY_9AM + timedelta(hours=7))

    assert await find(staff_database, begun.token, at=MONDAY_9AM + timedelta(hours=14)) is not None


async def test_a_session_is_lost_after_seven_days_whatever_one_does(staff_database: Database) -> None:
    begun = await begin(staff_database, await add(staff_database))
    for hours in range(7, 7 * 24, 7):
        await see(staff_database, begun.token, at=MONDAY_9AM + timedelta(hours=hours))

    assert await find(staff_database, begun.token, at=MONDAY_9AM + timedelta(days=7) - SECOND) is not None
    assert await find(staff_database, begun.token, at=MONDAY_9AM + timedelta(days=7)) is None


async def test_being_seen_is_written_once_a_minute_at_most(staff_database: Database) -> None:
    begun = await begin(staff_database, await add(staff_database))

    await see(staff_database, begun.token, at=MONDAY_9AM + 59 * SECOND)
    early = await find(staff_database, begun.token)
    await see(staff_database, begun.token, at=MONDAY_9AM + 60 * SECOND)
    late = await find(staff_database, begun.token)

    assert early is not None
    assert early.last_seen_at == MONDAY_9AM
    assert late is not None
    assert late.last_seen_at == MONDAY_9AM + 60 * SECOND


async def test_a_session_that_awaits_a_code_is_not_signed_in_and_lasts_ten_minutes(staff_database: Database) -> None:
    begun = await begin(staff_database, await add(staff_database), awaits_code=True)

    async with staff_database.reading() as session:
        soon = await sessions.find_awaiting_code(session, begun.token, at=MONDAY_9AM + timedelta(minutes=9))
        late = await sessions.find_awaiting_code(session, begun.token, at=MONDAY_9AM + timedelta(minutes=10))

    assert (soon is not None, late) == (True, None)
    assert await find(staff_database, begun.token) is None


async def test_a_signed_in_session_is_not_one_that_awaits_a_code(staff_database: Database) -> None:
    begun = await begin(staff_database, await add(staff_database))

    async with staff_database.reading() as session:
        assert await sessions.find_awaiting_code(session, begun.token, at=MONDAY_9AM) is None


async def test_one_session_can_be_ended_while_the_others_go_on(staff_database: Database) -> None:
    amina = await add(staff_database)
    office, home = await begin(staff_database, amina), await begin(staff_database, amina)

    async with staff_database.changing() as session:
        first = await sessions.end(session, office.session_id, staff_id=amina, at=MONDAY_9AM)
        second = await sessions.end(session, office.session_id, staff_id=amina, at=MONDAY_9AM)

    assert (first, second) == (True, False)
    assert await find(staff_database, office.token) is None
    assert await find(staff_database, home.token) is not None


async def test_nobody_ends_the_session_of_somebody_else(staff_database: Database) -> None:
    amina, bert = await add(staff_database), await add(staff_database, "Bert")
    begun = await begin(staff_database, amina)

    async with staff_database.changing() as session:
        ended = await sessions.end(session, begun.session_id, staff_id=bert, at=MONDAY_9AM)

    assert not ended
    assert await find(staff_database, begun.token) is not None


async def test_all_sessions_of_a_person_can_be_ended_at_once(staff_database: Database) -> None:
    amina, bert = await add(staff_database), await add(staff_database, "Bert")
    hers = [await begin(staff_database, amina) for _ in range(3)]
    his = await begin(staff_database, bert)

    async with staff_database.changing() as session:
        ended = await sessions.end_all(session, amina, at=MONDAY_9AM)

    assert ended == 3
    assert [await find(staff_database, one.token) for one in hers] == [None] * 3
    assert await find(staff_database, his.token) is not None


async def test_somebody_who_is_no_longer_active_is_not_signed_in(staff_database: Database) -> None:
    amina = await add(staff_database)
    begun = await begin(staff_database, amina)

    async with staff_database.changing() as session:
        (await session.get_one(StaffMember, amina)).is_active = False

    assert await find(staff_database, begun.token) is None


async def test_people_see_where_they_are_signed_in_the_newest_first(staff_database: Database) -> None:
    amina = await add(staff_database)
    for browser in ("Firefox", "Chromium\x00" + "x" * 500):
        await begin(staff_database, amina, browser=browser)
    await begin(staff_database, amina, awaits_code=True)
    await begin(staff_database, amina, at=MONDAY_9AM - timedelta(hours=9))

    async with staff_database.reading() as session:
        listed = [one.browser for one in await sessions.list_open(session, amina, at=MONDAY_9AM)]

    assert listed == ["Chromium" + "x" * 191, "Firefox"]


async def test_sessions_that_can_never_be_found_again_are_dropped(staff_database: Database) -> None:
    amina = await add(staff_database)
    await begin(staff_database, amina)
    new = await begin(staff_database, amina, at=MONDAY_9AM + SECOND)

    async with staff_database.changing() as session:
        dropped = await sessions.drop_old(session, at=MONDAY_9AM + timedelta(days=7))

    assert dropped == 1
    async with staff_database.reading() as session:
        assert await session.scalar(select(func.count(StaffSession.id))) == 1
        assert await session.get(StaffSession, new.session_id) is not None


def test_a_form_is_ours_when_its_token_was_made_from_the_same_secret() -> None:
    mine, theirs = new_pre_session(), new_pre_session()

    assert is_csrf_token(mine, csrf_token(mine))
    assert not is_csrf_token(mine, csrf_token(theirs))
    assert not is_csrf_token(mine, mine)


@pytest.mark.parametrize("given", ["", "x", "æ", "\ud800", "0" * 64])
def test_anything_else_is_a_forged_form(given: str) -> None:
    assert not is_csrf_token(new_pre_session(), given)


@pytest.mark.parametrize("planted", ["", "x", "a" * 42])
def test_a_secret_that_nobody_has_from_us_protects_nothing_and_is_refused(planted: str) -> None:
    assert not is_csrf_token(planted, csrf_token(planted))


async def test_each_session_has_a_secret_of_its_own_for_its_forms(staff_database: Database) -> None:
    amina = await add(staff_database)
    first, second = await begin(staff_database, amina), await begin(staff_database, amina)

    office, home = await find(staff_database, first.token), await find(staff_database, second.token)

    assert office is not None
    assert home is not None
    assert is_csrf_token(office.csrf_secret, csrf_token(office.csrf_secret))
    assert not is_csrf_token(home.csrf_secret, csrf_token(office.csrf_secret))
