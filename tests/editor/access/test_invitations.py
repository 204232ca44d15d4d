"""Links that let somebody in once."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import pyotp
import pytest

from core.database import Database
from editor.access import invitations, second_factor, sessions, throttle
from editor.access.accounts import EmailTaken, PasswordRefused, StaffDetailsWrong, deactivate, find_by_email, get_roles
from editor.access.invitations import InvitationNotOpen
from editor.access.models import Invitation, StaffMember
from editor.access.passwords import compare_password
from editor.access.roles import HeldRole, Role
from tests.conftest import MONDAY_9AM
from tests.editor.access.people import ADMINISTRATOR, AUTHOR, PASSWORD, TOWN_HALL, add, events, get, timeline

ARABIC = HeldRole(Role.TRANSLATOR, "ar")
EMAIL = "bert@brobygda.example"
WEEK = timedelta(days=7)
NEW_PASSWORD = "en helt annen setning"


async def invite(
    database: Database, *, email: str = EMAIL, roles: Sequence[HeldRole] = (AUTHOR,), at: datetime = MONDAY_9AM
) -> str:
    async with database.changing() as session:
        return await invitations.invite(session, email=email, roles=roles, by=None, at=at)


async def accept(database: Database, token: str, *, password: str = PASSWORD, at: datetime = MONDAY_9AM) -> StaffMember:
    return await invitations.accept(database, token, name="Bert", password=password, at=at)


async def invite_to_reset(database: Database, staff_id: int, *, drops_second_factor: bool = False) -> str:
    async with database.changing() as session:
        return await invitations.invite_to_reset(
            session, staff_id, drops_second_factor=drops_second_factor, by=None, at=MONDAY_9AM
        )


async def accept_reset(database: Database, token: str, *, password: str = NEW_PASSWORD) -> StaffMember:
    return await invitations.accept_reset(database, token, password=password, at=MONDAY_9AM)


async def find_open(database: Database, token: str, *, at: datetime = MONDAY_9AM) -> Invitation | None:
    async with database.reading() as session:
        return await invitations.find_open(session, token, at=at)


async def has_password(database: Database, staff_id: int, password: str) -> bool:
    return compare_password(password, (await get(database, staff_id)).password_hash).is_right


async def test_an_invitation_makes_an_account_with_the_roles_it_names(staff_database: Database) -> None:
    bert = await accept(staff_database, await invite(staff_database, roles=[ARABIC, AUTHOR]))

    async with staff_database.reading() as session:
        assert await get_roles(session, bert.id) == {AUTHOR, ARABIC}
    assert (bert.name, bert.email) == ("Bert", EMAIL)
    assert await has_password(staff_database, bert.id, PASSWORD)
    assert await events(staff_database) == ["staff_invited", "staff_added"]


async def test_the_timeline_names_neither_the_link_nor_the_address(staff_database: Database) -> None:
    token = await invite(staff_database)

    line = (await timeline(staff_database))[-1]

    assert line.details == {"roles": "author"}
    assert EMAIL not in line.about
    assert token not in line.about


async def test_the_database_holds_nothing_with_which_one_could_accept(staff_database: Database) -> None:
    token = await invite(staff_database)

    found = await find_open(staff_database, token)

    assert found is not None
    assert token not in "".join(str(getattr(found, column.name)) for column in Invitation.__table__.columns)
    assert await find_open(staff_database, found.token_hash) is None


async def test_an_invitation_works_once(staff_database: Database) -> None:
    token = await invite(staff_database)
    await accept(staff_database, token)

    with pytest.raises(InvitationNotOpen):
        await accept(staff_database, token)

    assert await find_open(staff_database, token) is None


async def test_an_invitation_accepted_six_times_at_once_makes_one_account(staff_database: Database) -> None:
    token = await invite(staff_database)

    done = await asyncio.gather(*(accept(staff_database, token) for _ in range(6)), return_exceptions=True)

    assert sum(isinstance(one, StaffMember) for one in done) == 1
    assert sum(isinstance(one, InvitationNotOpen) for one in done) == 5


@pytest.mark.parametrize(("age", "is_open"), [(WEEK - timedelta(seconds=1), True), (WEEK, False)])
async def test_an_invitation_is_open_for_seven_days(staff_database: Database, age: timedelta, is_open: bool) -> None:
    token = await invite(staff_database)

    assert (await find_open(staff_database, token, at=MONDAY_9AM + age) is not None) is is_open
    if not is_open:
        with pytest.raises(InvitationNotOpen):
            await accept(staff_database, token, at=MONDAY_9AM + age)


@pytest.mark.parametrize("token", ["", "x", "\x00", "\ud800"])
async def test_a_link_that_never_existed_opens_nothing(staff_database: Database, token: str) -> None:
    with pytest.raises(InvitationNotOpen):
        await accept(staff_database, token)


async def test_a_bad_password_does_not_use_up_the_link(staff_database: Database) -> None:
    token = await invite(staff_database)

    with pytest.raises(PasswordRefused):
        await accept(staff_database, token, password="passord12345")

    assert (await accept(staff_database, token)).email == EMAIL


async def test_a_second_invitation_ends_the_first(staff_database: Database) -> None:
    first = await invite(staff_database)
    second = await invite(staff_database, email=" BERT@brobygda.example ")

    assert await find_open(staff_database, first) is None
    assert await find_open(staff_database, second) is not None


async def test_somebody_with_an_account_is_not_invited_again(staff_database: Database) -> None:
    await add(staff_database, "Bert")

    with pytest.raises(EmailTaken):
        await invite(staff_database)


async def test_an_invitation_needs_an_address(staff_database: Database) -> None:
    with pytest.raises(StaffDetailsWrong):
        await invite(staff_database, email="bert")


async def test_an_invitation_can_be_taken_back_once(staff_database: Database) -> None:
    token = await invite(staff_database)
    async with staff_database.changing() as session:
        [listed] = await invitations.list_open(session, at=MONDAY_9AM)
        await invitations.end_open(session, listed.id, by=None, at=MONDAY_9AM)

        with pytest.raises(InvitationNotOpen):
            await invitations.end_open(session, listed.id, by=None, at=MONDAY_9AM)

    assert await find_open(staff_database, token) is None


async def test_without_a_password_the_account_exists_and_nobody_can_guess_it(staff_database: Database) -> None:
    found = await find_open(staff_database, await invite(staff_database))
    assert found is not None
    async with staff_database.changing() as session:
        bert = await invitations.accept_found(session, found.id, name="Bert", language="nb", at=MONDAY_9AM)

    assert bert.password_hash is None
    assert not await has_password(staff_database, bert.id, "")


async def test_a_reset_gives_a_new_password_and_ends_all_sessions(staff_database: Database) -> None:
    amina = await add(staff_database)
    async with staff_database.changing() as session:
        begun = await sessions.begin(session, amina, at=MONDAY_9AM)

    await accept_reset(staff_database, await invite_to_reset(staff_database, amina))

    assert await has_password(staff_database, amina, NEW_PASSWORD)
    assert not await has_password(staff_database, amina, PASSWORD)
    async with staff_database.reading() as session:
        assert await sessions.find(session, begun.token, at=MONDAY_9AM) is None
    assert (await events(staff_database))[-2:] == ["reset_made", "password_reset"]


async def test_a_reset_ends_the_waiting(staff_database: Database) -> None:
    amina = await add(staff_database)
    email = (await get(staff_database, amina)).email
    async with staff_database.changing() as session:
        for _ in range(5):
            await throttle.note_failure(session, account=email, address=TOWN_HALL, at=MONDAY_9AM)

    await accept_reset(staff_database, await invite_to_reset(staff_database, amina))

    async with staff_database.changing() as session:
        assert not await throttle.may_try(session, account=email, address=TOWN_HALL, at=MONDAY_9AM)


@pytest.mark.parametrize("drops", [True, False])
async def test_a_reset_drops_the_second_factor_only_when_it_says_so(staff_database: Database, drops: bool) -> None:
    amina, secret = await add(staff_database), second_factor.new_secret()
    async with staff_database.changing() as session:
        code = pyotp.TOTP(secret).at(MONDAY_9AM)
        await second_factor.turn_on(session, amina, secret=secret, code=code, at=MONDAY_9AM)

    await accept_reset(staff_database, await invite_to_reset(staff_database, amina, drops_second_factor=drops))

    assert (await get(staff_database, amina)).totp_secret == (None if drops else secret)


async def test_a_reset_works_once_even_when_used_twice_at_once(staff_database: Database) -> None:
    token = await invite_to_reset(staff_database, await add(staff_database))

    done = await asyncio.gather(*(accept_reset(staff_database, token) for _ in range(4)), return_exceptions=True)

    assert sum(isinstance(one, StaffMember) for one in done) == 1
    assert sum(isinstance(one, InvitationNotOpen) for one in done) == 3


async def test_an_invitation_resets_nothing_and_a_reset_makes_no_account(staff_database: Database) -> None:
    amina = await add(staff_database)
    invitation, reset = await invite(staff_database), await invite_to_reset(staff_database, amina)

    with pytest.raises(InvitationNotOpen):
        await accept_reset(staff_database, invitation)
    with pytest.raises(InvitationNotOpen):
        await accept(staff_database, reset)

    async with staff_database.reading() as session:
        assert await find_by_email(session, EMAIL) is None


async def test_a_reset_made_for_a_deactivated_account_lets_nobody_in(staff_database: Database) -> None:
    await add(staff_database, "Siri", ADMINISTRATOR)
    amina = await add(staff_database)
    async with staff_database.changing() as session:
        await deactivate(session, amina, by=None, at=MONDAY_9AM)
    token = await invite_to_reset(staff_database, amina)

    with pytest.raises(InvitationNotOpen):
        await accept_reset(staff_database, token)

    assert await has_password(staff_database, amina, PASSWORD)
