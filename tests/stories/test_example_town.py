"""The example town leads a newcomer to every part, messages of organisations too."""

import asyncio

import pytest

from broadcasts.delivery.arming import get_policy
from broadcasts.organisations.keeping import list_organisations
from broadcasts.organisations.records import OrganisationState
from brobygger.example_staff import add_example_staff
from content.models import Municipality
from tests.conftest import MONDAY_9AM, Town
from tests.editor.desk import Client

one_database = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


@one_database
async def test_the_example_ambassador_begins_with_the_agreement_and_nothing_is_sent(town: Town) -> None:
    async with town.database.changing() as session:
        (await session.get_one(Municipality, 1)).is_example = True
    passwords = await add_example_staff(town.database, at=MONDAY_9AM)
    esra = Client(town)

    await esra.sign_in("esra@eksempelvik.example", passwords["esra@eksempelvik.example"])
    first = await esra.get("/")
    agreement = await esra.get("/organisations/kvinnegruppa-i-lia/own")

    assert 'href="/desk/organisations/kvinnegruppa-i-lia/own"' in first.text
    assert "Ja, jeg er enig" in agreement.text
    async with town.database.reading() as session:
        (women,) = await list_organisations(session)
        assert women.state == OrganisationState.DORMANT
        assert not (await get_policy(session)).is_armed


async def test_two_processes_that_start_together_make_the_accounts_once(town: Town) -> None:
    async with town.database.changing() as session:
        (await session.get_one(Municipality, 1)).is_example = True

    several = await asyncio.gather(*(add_example_staff(town.database, at=MONDAY_9AM) for _ in range(2)))

    assert sorted(len(passwords) for passwords in several) == [0, 3]
