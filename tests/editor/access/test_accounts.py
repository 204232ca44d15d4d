"""Accounts: who they belong to, their roles, and how they end."""

import asyncio

import pytest
from sqlalchemy.exc import NoResultFound

from core.database import Database
from editor.access import invitations, sessions
from editor.access.accounts import (
    EmailTaken,
    LastAdministrator,
    PasswordRefused,
    StaffDetailsWrong,
    change_roles,
    deactivate,
    find_by_email,
    get_roles,
    is_email,
    list_staff,
    reactivate,
)
from editor.access.passwords import PasswordProblem
from editor.access.roles import HeldRole, Role
from tests.conftest import MONDAY_9AM
from tests.editor.access.people import ADMINISTRATOR, AUTHOR, add, events, get, make_staff_member, timeline

ARABIC = HeldRole(Role.TRANSLATOR, "ar")
NO_ADDRESSES = (
    "", "amina", "amina@localhost", "a b@brobygda.example", "a@b@brobygda.example", "a@brobygda..example",
    "a\x00@brobygda.example", "\ud800@brobygda.example", "a" * 250 + "@b.example",
)  # fmt: skip


async def roles_now(database: Database, staff_id: int) -> frozenset[HeldRole]:
    async with database.reading() as session:
        return await get_roles(session, staff_id)


async def apart_deactivate(database: Database, staff_id: int) -> None:
    async with database.changing() as session:
        await deactivate(session, staff_id, by=None, at=MONDAY_9AM)
        await asyncio.sleep(0.05)  # so that others come before the commit


async def apart_change(database: Database, staff_id: int, *roles: HeldRole) -> None:
    async with database.changing() as session:
        await change_roles(session, staff_id, roles, by=None, at=MONDAY_9AM)
        await asyncio.sleep(0.05)  # so that others come before the commit


async def test_a_new_account_has_its_roles_and_stands_in_the_timeline(staff_database: Database) -> None:
    amina = await add(staff_database, "Amina", AUTHOR, ARABIC)

    line = (await timeline(staff_database))[-1]

    assert await roles_now(staff_database, amina) == {AUTHOR, ARABIC}
    assert (line.event, line.about) == ("staff_added", f"staff:{amina}")
    assert line.details == {"roles": "author translator:ar"}


@pytest.mark.parametrize("typed", ["AMINA@Brobygda.example", "  amina@brobygda.example\n", "ａmina@brobygda.example"])
async def test_an_address_is_found_however_it_is_typed(staff_database: Database, typed: str) -> None:
    amina = await add(staff_database)

    async with staff_database.reading() as session:
        found = await find_by_email(session, typed)

    assert found is not None
    assert found.id == amina


async def test_two_accounts_never_have_one_address(staff_database: Database) -> None:
    await add(staff_database, "Amina")

    with pytest.raises(EmailTaken):
        await add(staff_database, "AMINA")


async def test_of_five_who_take_an_address_at_once_one_gets_it(staff_database: Database) -> None:
    done = await asyncio.gather(*(add(staff_database) for _ in range(5)), return_exceptions=True)

    assert sum(isinstance(one, EmailTaken) for one in done) == 4


@pytest.mark.parametrize("email", ["amina@brobygda.example", "åse.ødegård@brobygda.kommune.example"])
def test_an_address_may_have_letters_of_any_language(email: str) -> None:
    assert is_email(email)


async def test_what_cannot_be_an_address_is_nobodys(staff_database: Database) -> None:
    async with staff_database.reading() as session:
        for email in NO_ADDRESSES:
            assert not is_email(email)
            assert await find_by_email(session, email) is None


async def test_an_account_needs_a_name(staff_database: Database) -> None:
    async with staff_database.changing() as session:
        for name in ("", "  ", "Ami\x00na", "A" * 121):
            with pytest.raises(StaffDetailsWrong):
                await make_staff_member(session, name)


async def test_a_bad_password_makes_no_account(staff_database: Database) -> None:
    with pytest.raises(PasswordRefused) as refused:
        await add(staff_database, password="passord12345")

    async with staff_database.reading() as session:
        assert await list_staff(session) == []
    assert refused.value.details == {"problems": (PasswordProblem.COMMON,)}


async def test_changed_roles_count_at_once_and_the_timeline_says_from_what_to_what(staff_database: Database) -> None:
    amina, siri = await add(staff_database), await add(staff_database, "Siri", ADMINISTRATOR)

    async with staff_database.changing() as session:
        await change_roles(session, amina, [ARABIC, AUTHOR], by=siri, at=MONDAY_9AM)

    line = (await timeline(staff_database))[-1]
    assert await roles_now(staff_database, amina) == {AUTHOR, ARABIC}
    assert (line.by, line.details) == (siri, {"before": "author", "after": "author translator:ar"})


async def test_a_deactivated_account_is_shut_out_at_once(staff_database: Database) -> None:
    amina = await add(staff_database)
    async with staff_database.changing() as session:
        begun = await sessions.begin(session, amina, at=MONDAY_9AM)

    await apart_deactivate(staff_database, amina)

    async with staff_database.reading() as session:
        assert await sessions.find(session, begun.token, at=MONDAY_9AM) is None
    assert not (await get(staff_database, amina)).is_active
    assert (await events(staff_database))[-1] == "staff_deactivated"


async def test_a_deactivated_account_leaves_no_link_open(staff_database: Database) -> None:
    amina, siri = await add(staff_database), await add(staff_database, "Siri", ADMINISTRATOR)
    async with staff_database.changing() as session:
        sent = await invitations.invite(session, email="x@y.example", roles=[AUTHOR], by=amina, at=MONDAY_9AM)
        reset = await invitations.invite_to_reset(session, amina, by=siri, at=MONDAY_9AM)

    await apart_deactivate(staff_database, amina)

    async with staff_database.reading() as session:
        for token in (sent, reset):
            assert await invitations.find_open(session, token, at=MONDAY_9AM) is None


async def test_a_reactivated_account_has_its_roles_but_no_session(staff_database: Database) -> None:
    amina = await add(staff_database)
    async with staff_database.changing() as session:
        await deactivate(session, amina, by=None, at=MONDAY_9AM)
        late = await sessions.begin(session, amina, at=MONDAY_9AM)

    async with staff_database.changing() as session:
        await reactivate(session, amina, by=None, at=MONDAY_9AM)

    async with staff_database.reading() as session:
        assert await sessions.find(session, late.token, at=MONDAY_9AM) is None
    assert (await get(staff_database, amina)).is_active
    assert await roles_now(staff_database, amina) == {AUTHOR}


async def test_the_last_administrator_is_not_deactivated(staff_database: Database) -> None:
    siri = await add(staff_database, "Siri", ADMINISTRATOR)

    with pytest.raises(LastAdministrator):
        await apart_deactivate(staff_database, siri)

    assert (await get(staff_database, siri)).is_active


async def test_the_last_administrator_keeps_the_role(staff_database: Database) -> None:
    siri = await add(staff_database, "Siri", ADMINISTRATOR)

    with pytest.raises(LastAdministrator):
        await apart_change(staff_database, siri, AUTHOR)
    await apart_change(staff_database, siri, AUTHOR, ADMINISTRATOR)

    assert await roles_now(staff_database, siri) == {AUTHOR, ADMINISTRATOR}


async def test_links_that_an_administrator_made_end_with_the_role(staff_database: Database) -> None:
    siri, _olav = await add(staff_database, "Siri", ADMINISTRATOR), await add(staff_database, "Olav", ADMINISTRATOR)
    async with staff_database.changing() as session:
        token = await invitations.invite(
            session, email="second-self@brobygda.example", roles=[ADMINISTRATOR], by=siri, at=MONDAY_9AM
        )

    await apart_change(staff_database, siri, ADMINISTRATOR, AUTHOR)
    async with staff_database.reading() as session:
        assert await invitations.find_open(session, token, at=MONDAY_9AM) is not None

    await apart_change(staff_database, siri, AUTHOR)
    async with staff_database.reading() as session:
        assert await invitations.find_open(session, token, at=MONDAY_9AM) is None


async def test_an_administrator_who_was_deactivated_does_not_count(staff_database: Database) -> None:
    siri, other = await add(staff_database, "Siri", ADMINISTRATOR), await add(staff_database, "Olav", ADMINISTRATOR)

    await apart_deactivate(staff_database, other)

    with pytest.raises(LastAdministrator):
        await apart_deactivate(staff_database, siri)


async def test_of_two_administrators_who_leave_at_once_one_stays(staff_database: Database) -> None:
    siri, olav = await add(staff_database, "Siri", ADMINISTRATOR), await add(staff_database, "Olav", ADMINISTRATOR)

    done = await asyncio.gather(
        apart_deactivate(staff_database, siri), apart_change(staff_database, olav, AUTHOR), return_exceptions=True
    )

    assert sorted(type(one).__name__ for one in done) == ["LastAdministrator", "NoneType"]


async def test_everybody_is_listed_by_name(staff_database: Database) -> None:
    for name in ("Siri", "Amina", "Bert"):
        await add(staff_database, name)

    async with staff_database.reading() as session:
        assert [member.name for member in await list_staff(session)] == ["Amina", "Bert", "Siri"]


async def test_an_account_that_never_was_cannot_be_changed(staff_database: Database) -> None:
    with pytest.raises(NoResultFound):
        await apart_change(staff_database, 4711, AUTHOR)
