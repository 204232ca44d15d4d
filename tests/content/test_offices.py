"""Offices change places, and go when nothing needs them."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from content.catalogue import load_catalogue
from content.editing_answers import NewAnswer, add_answer
from content.editing_profile import add_office, list_offices
from content.models import Answer
from content.offices import OfficeNeeded, OfficeUse, OfficeUsed, list_uses, move_office, remove_office
from core.timeline import list_entries
from tests.conftest import MONDAY_9AM, Town

AMINA = 1


@pytest.fixture
async def session(town: Town) -> AsyncIterator[AsyncSession]:
    """A third office stands last."""
    async with town.database.changing() as session:
        await add_office(session, "sports-office", "Idrettskontoret", by=AMINA, at=MONDAY_9AM)
        yield session


async def keys(session: AsyncSession) -> list[str]:
    return [office.key for office in await list_offices(session)]


@pytest.mark.parametrize(
    ("key", "is_up", "expected"),
    [
        ("sports-office", True, ["service-centre", "sports-office", "library"]),
        ("service-centre", False, ["library", "service-centre", "sports-office"]),
        ("service-centre", True, ["service-centre", "library", "sports-office"]),
        ("sports-office", False, ["service-centre", "library", "sports-office"]),
    ],
)
async def test_an_office_moves_by_one_place(
    session: AsyncSession, key: str, expected: list[str], *, is_up: bool
) -> None:
    await move_office(session, key, is_up=is_up, by=AMINA, at=MONDAY_9AM)

    assert await keys(session) == expected


async def test_a_move_is_written_down(session: AsyncSession) -> None:
    await move_office(session, "library", is_up=True, by=AMINA, at=MONDAY_9AM)

    (entry,) = await list_entries(session, limit=1)
    assert (entry.event, entry.about, entry.by) == ("office_moved", "office:library", AMINA)


async def test_an_office_that_nothing_uses_is_removed(session: AsyncSession) -> None:
    assert await list_uses(session, "sports-office") == []

    await remove_office(session, "sports-office", by=AMINA, at=MONDAY_9AM)

    assert "sports-office" not in (await load_catalogue(session)).offices
    (entry,) = await list_entries(session, limit=1)
    assert (entry.event, entry.about, entry.by) == ("office_removed", "office:sports-office", AMINA)


async def test_an_office_that_answers_use_stays_and_they_are_named(session: AsyncSession) -> None:
    await session.execute(
        update(Answer).where(Answer.id == "practice-dugnad").values(owner="library", contact="service-centre")
    )
    await add_answer(session, NewAnswer("services-card", "services", "library"), by=AMINA, at=MONDAY_9AM)

    uses = {one.answer_id: one for one in await list_uses(session, "library")}

    assert uses["practice-dugnad"] == OfficeUse("practice-dugnad", is_owner=True, is_contact=False, languages=())
    assert uses["services-card"] == OfficeUse("services-card", is_owner=True, is_contact=True, languages=())
    with pytest.raises(OfficeUsed):
        await remove_office(session, "library", by=AMINA, at=MONDAY_9AM)


async def test_an_office_whose_details_texts_show_stays(session: AsyncSession) -> None:
    await session.execute(update(Answer).values(owner="sports-office", contact="sports-office"))

    uses = await list_uses(session, "service-centre")

    assert any("ar" in one.languages and not one.is_owner for one in uses)


async def test_the_office_for_those_who_find_nothing_stays(session: AsyncSession) -> None:
    with pytest.raises(OfficeNeeded):
        await remove_office(session, "service-centre", by=AMINA, at=MONDAY_9AM)
