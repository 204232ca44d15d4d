"""Changing the municipality and its offices."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from content.editing_checks import DetailsWrong
from content.editing_profile import (
    OfficeDetails,
    OfficeTaken,
    add_office,
    change_office,
    change_town,
    check_office,
    check_town,
    find_office,
    get_town,
    list_offices,
)
from content.meanwhile import ChangedMeanwhile, fingerprint
from core.database import Database
from core.timeline import list_entries
from tests.conftest import MONDAY_9AM, Town
from tests.content.asking import published, version

AMINA = 1
CENTRE = OfficeDetails(
    names={"nb": "Innbyggertorget", "en": "Service centre", "ar": "مركز الخدمة"},
    helps_with={"nb": "Alt du lurer på.", "en": "Anything you wonder about."},
    phone="00 00 00 10",
    email="torget@provevik.example",
    address="Torget 1",
    hours="mon-fri 09:00-15:00",
)


@pytest.fixture
async def session(town: Town) -> AsyncIterator[AsyncSession]:
    async with town.database.changing() as session:
        yield session


async def test_residents_see_the_new_telephone_number_of_an_office(town: Town) -> None:
    before = await version(town.database)

    async with town.database.changing() as session:
        details = replace(CENTRE, phone="00 00 00 99")
        await change_office(session, "service-centre", details, by=AMINA, at=MONDAY_9AM)

    now = await published(town.database)
    assert now.version == before + 1
    assert now.facts_for("ar")["service-centre.phone"].value == "00 00 00 99"


async def test_the_same_details_again_change_nothing(town: Town) -> None:
    before = await version(town.database)

    async with town.database.changing() as session:
        await change_office(session, "service-centre", CENTRE, by=AMINA, at=MONDAY_9AM)
        await change_town(session, await get_town(session), by=AMINA, at=MONDAY_9AM)

    assert await version(town.database) == before


async def test_changes_are_written_down(session: AsyncSession) -> None:
    await change_town(session, replace(await get_town(session), name="Nyvik"), by=AMINA, at=MONDAY_9AM)
    await change_office(session, "service-centre", replace(CENTRE, hours="always"), by=AMINA, at=MONDAY_9AM)

    events = [(entry.event, entry.about, entry.by) for entry in await list_entries(session, limit=2)]
    assert events == [
        ("office_changed", "office:service-centre", AMINA),
        ("profile_changed", "municipality", AMINA),
    ]


async def test_a_detail_that_texts_show_cannot_be_emptied(session: AsyncSession) -> None:
    (issue,) = await check_office(session, "service-centre", replace(CENTRE, phone=""))

    assert (issue.field, issue.code) == ("phone", "detail_used")


async def test_a_detail_that_no_text_shows_can_be_emptied(session: AsyncSession) -> None:
    assert await check_office(session, "service-centre", replace(CENTRE, email="")) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("phone", "ring meg"),
        ("email", "torget"),
        ("hours", "9-15"),
        ("address", "Torget\u202e1"),
        ("address", "x" * 121),
        ("names", {}),
        ("names", {"nb": "a\0b"}),
        ("helps_with", {"nb": "x" * 501}),
    ],
)
async def test_an_office_with_details_that_cannot_be_shown_is_not_kept(
    session: AsyncSession, field: str, value: object
) -> None:
    details = replace(CENTRE, **{field: value})  # type: ignore[arg-type]

    with pytest.raises(DetailsWrong):
        await change_office(session, "service-centre", details, by=AMINA, at=MONDAY_9AM)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("website", "http://provevik.example"),
        ("website", "javascript:alert(1)"),
        ("zone", "Norge/Oslo"),
        ("zone", "../../etc/passwd"),
        ("zone", ""),
        ("manages", ("no such id",)),
        ("districts", ("a\0b",)),
    ],
)
async def test_a_municipality_with_wrong_details_is_not_kept(session: AsyncSession, field: str, value: object) -> None:
    details = replace(await get_town(session), **{field: value})  # type: ignore[arg-type]

    assert await check_town(session, details)
    with pytest.raises(DetailsWrong):
        await change_town(session, details, by=AMINA, at=MONDAY_9AM)


async def test_an_empty_installation_gets_its_profile_here(database: Database) -> None:
    async with database.changing() as session:
        wanted = replace(await get_town(session), name="Nyvik", districts=("Sentrum",))
        await change_town(session, wanted, by=AMINA, at=MONDAY_9AM)

    async with database.reading() as session:
        assert await get_town(session) == wanted


async def test_a_new_office_is_the_last_in_the_list(session: AsyncSession) -> None:
    await add_office(session, "sports-office", "Idrettskontoret", by=AMINA, at=MONDAY_9AM)

    last = (await list_offices(session))[-1]
    assert (last.key, last.names) == ("sports-office", {"nb": "Idrettskontoret"})


@pytest.mark.parametrize("key", ["library", "municipality"])
async def test_a_key_stands_for_one_office(session: AsyncSession, key: str) -> None:
    with pytest.raises(OfficeTaken):
        await add_office(session, key, "Biblioteket", by=AMINA, at=MONDAY_9AM)


@pytest.mark.parametrize("key", ["", "Sports", "sports office", "sports_office", "a\0"])
async def test_a_key_that_texts_cannot_name_is_refused(session: AsyncSession, key: str) -> None:
    with pytest.raises(DetailsWrong):
        await add_office(session, key, "Idrettskontoret", by=AMINA, at=MONDAY_9AM)


async def test_what_is_no_key_finds_no_office(session: AsyncSession) -> None:
    assert await find_office(session, "a\0") is None


async def test_whoever_saves_over_something_newer_is_told(session: AsyncSession) -> None:
    before = await get_town(session)
    seen, seen_of_office = fingerprint(before), fingerprint(CENTRE)
    await change_town(session, replace(before, name="Nyvik"), seen=seen, by=AMINA, at=MONDAY_9AM)
    newer = replace(CENTRE, address="Torget 2")
    await change_office(session, "service-centre", newer, seen=seen_of_office, by=AMINA, at=MONDAY_9AM)

    with pytest.raises(ChangedMeanwhile):
        await change_town(session, replace(before, name="Gamlevik"), seen=seen, by=2, at=MONDAY_9AM)
    with pytest.raises(ChangedMeanwhile):
        await change_office(session, "service-centre", CENTRE, seen=seen_of_office, by=2, at=MONDAY_9AM)
