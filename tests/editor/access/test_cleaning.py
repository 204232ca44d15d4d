"""What is over is deleted, and nothing else."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from core.database import Base, Database
from editor.access import invitations, provider_trips, sessions, throttle
from editor.access.cleaning import drop_old
from editor.access.models import Invitation, LoginAttempt, ProviderTrip, StaffSession
from editor.access.provider_trips import Purpose
from tests.conftest import MONDAY_9AM
from tests.editor.access.people import AUTHOR, TOWN_HALL, add

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


async def fill(database: Database) -> None:
    """One of everything, on Monday."""
    amina = await add(database)
    async with database.changing() as session:
        await sessions.begin(session, amina, at=MONDAY_9AM)
        await throttle.note_failure(session, account="amina", address=TOWN_HALL, at=MONDAY_9AM)
        await provider_trips.begin(session, Purpose.SIGN_IN, at=MONDAY_9AM)
        await invitations.invite(session, email="b@brobygda.example", roles=[AUTHOR], by=None, at=MONDAY_9AM)


async def left(database: Database, table: type[Base], *, at: datetime) -> int:
    """How many rows there are after cleaning."""
    async with database.changing() as session:
        await drop_old(session, at=at)
        return await session.scalar(select(func.count()).select_from(table)) or 0


@pytest.mark.parametrize(
    ("table", "after"),
    [
        (ProviderTrip, 10 * MINUTE),
        (LoginAttempt, DAY),
        (StaffSession, 7 * DAY),
        (Invitation, 37 * DAY),  # it was open for seven days
    ],
)
async def test_each_is_deleted_when_its_time_is_over(
    staff_database: Database, table: type[Base], after: timedelta
) -> None:
    await fill(staff_database)

    assert await left(staff_database, table, at=MONDAY_9AM + after - MINUTE) == 1
    assert await left(staff_database, table, at=MONDAY_9AM + after) == 0


async def test_a_link_that_was_used_is_deleted_thirty_days_later(staff_database: Database) -> None:
    async with staff_database.changing() as session:
        token = await invitations.invite(session, email="b@brobygda.example", roles=[], by=None, at=MONDAY_9AM)
    await invitations.accept(
        staff_database, token, name="Bert", password="tre fisker og en sykkel", at=MONDAY_9AM + DAY
    )

    assert await left(staff_database, Invitation, at=MONDAY_9AM + 31 * DAY - MINUTE) == 1
    assert await left(staff_database, Invitation, at=MONDAY_9AM + 31 * DAY) == 0
