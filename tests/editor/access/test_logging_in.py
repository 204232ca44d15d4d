"""Logging in: who is let in, who is not, and what everybody else learns from it."""

import asyncio
import threading
from datetime import datetime, timedelta

import pyotp
import pytest
from argon2 import PasswordHasher

from core.database import Database
from editor.access import passwords, second_factor, sessions
from editor.access.accounts import deactivate
from editor.access.comparing import SignInBusy, compare_for_account
from editor.access.logging_in import (
    Identity,
    IdentityTaken,
    LoggedIn,
    LogIn,
    NeedsSecondFactor,
    RefusalReason,
    Refused,
    give_code,
    link_identity,
    log_in,
    log_in_with_identity,
)
from editor.access.models import StaffMember, StaffSession
from editor.access.passwords import Compared, compare_password, hash_password
from tests.conftest import MONDAY_9AM
from tests.editor.access.people import PASSWORD, TOWN_HALL, add, events, get, timeline

AMINA = "amina@brobygda.example"
MINUTE = timedelta(minutes=1)
LATER = MONDAY_9AM + 10 * MINUTE
WRONG = Refused(RefusalReason.WRONG_CREDENTIALS)
IDENTITY = Identity("https://login.brobygda.example", "amina-4711")


async def knock(
    database: Database,
    *,
    email: str = AMINA,
    password: str = PASSWORD,
    code: str = "",
    address: str = TOWN_HALL,
    at: datetime = LATER,
) -> LogIn:
    typed = await compare_for_account(database, password, email=email, address=address, at=at)
    async with database.changing() as session:
        return await log_in(session, email=email, typed=typed, code=code, address=address, browser="Firefox", at=at)


async def second_step(database: Database, token: str, code: str, *, at: datetime = LATER) -> LoggedIn | Refused:
    async with database.changing() as session:
        return await give_code(session, token=token, code=code, address=TOWN_HALL, at=at)


async def find(database: Database, token: str) -> StaffSession | None:
    async with database.reading() as session:
        return await sessions.find(session, token, at=LATER)


async def add_with_app(database: Database) -> tuple[int, pyotp.TOTP, tuple[str, ...]]:
    """Amina with an authenticator app and recovery codes."""
    amina, secret = await add(database), second_factor.new_secret()
    app = pyotp.TOTP(secret)
    async with database.changing() as session:
        codes = await second_factor.turn_on(session, amina, secret=secret, code=app.at(MONDAY_9AM), at=MONDAY_9AM)
    return amina, app, codes


async def test_the_right_password_lets_in_and_is_remembered(staff_database: Database) -> None:
    amina = await add(staff_database)

    done = await knock(staff_database, email=" AMINA@brobygda.example")

    assert isinstance(done, LoggedIn)
    found = await find(staff_database, done.token)
    assert found is not None
    assert (found.staff_id, found.browser, found.second_factor_at) == (amina, "Firefox", None)
    assert (await get(staff_database, amina)).last_login_at == LATER
    assert (await events(staff_database))[-1] == "logged_in"


async def test_every_login_gives_a_new_token(staff_database: Database) -> None:
    await add(staff_database)

    first, second = await knock(staff_database), await knock(staff_database)

    assert isinstance(first, LoggedIn)
    assert isinstance(second, LoggedIn)
    assert first.token != second.token


async def test_nobody_learns_whether_there_is_such_an_account(staff_database: Database) -> None:
    await add(staff_database)
    gone = await add(staff_database, "Bert")
    await add(staff_database, "Chau", password=None)
    async with staff_database.changing() as session:
        await deactivate(session, gone, by=None, at=MONDAY_9AM)

    assert await knock(staff_database, password="not the password") == WRONG
    assert await knock(staff_database, email="nobody@brobygda.example") == WRONG
    assert await knock(staff_database, email="bert@brobygda.example") == WRONG
    assert await knock(staff_database, email="chau@brobygda.example", password="") == WRONG


async def test_nothing_that_can_be_typed_breaks_the_door(staff_database: Database) -> None:
    await add_with_app(staff_database)

    for hour, typed in enumerate(["", "\x00", "\ud800", "x" * 100_000, "' OR 1=1 --"]):
        at = LATER + timedelta(hours=hour)
        assert await knock(staff_database, email=typed, password=typed, code=typed, at=at) == WRONG
        assert await knock(staff_database, password=typed, at=at) == WRONG
        assert not isinstance(await knock(staff_database, code=typed, at=at), LoggedIn)


async def test_a_refusal_stands_in_the_timeline_without_what_was_typed(staff_database: Database) -> None:
    amina = await add(staff_database)

    await knock(staff_database, password="hunter2")
    await knock(staff_database, email="my password", password="hunter2")

    lines = [(line.about, line.by, line.details) for line in (await timeline(staff_database))[-2:]]
    reason = {"reason": "wrong_credentials"}
    assert lines == [(f"staff:{amina}", None, reason), ("", None, reason)]


async def test_a_password_kept_with_weaker_parameters_is_hashed_anew_at_login(
    staff_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    amina = await add(staff_database)
    before = (await get(staff_database, amina)).password_hash
    # Stands for a newer release of the library with stronger defaults.
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))

    first, second = await knock(staff_database), await knock(staff_database)

    after = (await get(staff_database, amina)).password_hash
    assert isinstance(first, LoggedIn)
    assert isinstance(second, LoggedIn)
    assert after != before
    assert after is not None
    assert "t=2" in after


async def test_with_an_app_the_password_alone_lets_nobody_in(staff_database: Database) -> None:
    await add_with_app(staff_database)

    done = await knock(staff_database)

    assert isinstance(done, NeedsSecondFactor)
    assert await find(staff_database, done.token) is None


async def test_the_code_lets_in_with_another_token_and_the_first_one_is_over(staff_database: Database) -> None:
    _, app, _ = await add_with_app(staff_database)
    half = await knock(staff_database)
    assert isinstance(half, NeedsSecondFactor)

    done = await second_step(staff_database, half.token, app.at(LATER))

    assert isinstance(done, LoggedIn)
    found = await find(staff_database, done.token)
    assert found is not None
    assert (found.second_factor_at, found.browser) == (LATER, "Firefox")
    assert done.token != half.token
    again = await second_step(staff_database, half.token, app.at(LATER + MINUTE))
    assert again == Refused(RefusalReason.CODE_TOO_LATE)


async def test_password_and_code_may_come_together(staff_database: Database) -> None:
    _, app, _ = await add_with_app(staff_database)

    assert isinstance(await knock(staff_database, code=app.at(LATER)), LoggedIn)
    assert await knock(staff_database, code=app.at(LATER)) == Refused(RefusalReason.WRONG_CODE)


async def test_a_recovery_code_stands_in_for_the_app_once(staff_database: Database) -> None:
    _, _, codes = await add_with_app(staff_database)

    assert isinstance(await knock(staff_database, code=codes[0]), LoggedIn)
    assert await knock(staff_database, code=codes[0]) == Refused(RefusalReason.WRONG_CODE)


async def test_of_five_who_use_one_code_at_the_same_moment_one_is_let_in(staff_database: Database) -> None:
    _, app, _ = await add_with_app(staff_database)
    code = app.at(LATER)

    done = await asyncio.gather(
        *(knock(staff_database, code=code, address=f"198.51.100.{number}") for number in range(5))
    )

    assert sum(isinstance(one, LoggedIn) for one in done) == 1


async def test_after_ten_minutes_the_password_is_asked_for_again(staff_database: Database) -> None:
    _, app, _ = await add_with_app(staff_database)
    half = await knock(staff_database)
    assert isinstance(half, NeedsSecondFactor)

    late = LATER + 10 * MINUTE

    assert await second_step(staff_database, half.token, app.at(late), at=late) == Refused(RefusalReason.CODE_TOO_LATE)


async def test_a_session_is_no_ticket_for_the_second_step(staff_database: Database) -> None:
    await add(staff_database)
    done = await knock(staff_database)
    assert isinstance(done, LoggedIn)

    assert await second_step(staff_database, done.token, "123456") == Refused(RefusalReason.CODE_TOO_LATE)


async def test_after_five_wrong_passwords_even_the_right_one_must_wait(staff_database: Database) -> None:
    await add(staff_database)
    for _ in range(5):
        assert await knock(staff_database, password="not the password") == WRONG

    assert await knock(staff_database) == Refused(RefusalReason.MUST_WAIT, MINUTE)
    assert isinstance(await knock(staff_database, at=LATER + MINUTE), LoggedIn)


async def test_of_twenty_who_guess_at_the_same_moment_five_learn_whether_they_were_right(
    staff_database: Database,
) -> None:
    await add(staff_database)

    done = await asyncio.gather(*(knock(staff_database, password=f"guess number {number}") for number in range(20)))

    assert done.count(WRONG) == 5
    assert done.count(Refused(RefusalReason.MUST_WAIT, MINUTE)) == 15
    assert await knock(staff_database) == Refused(RefusalReason.MUST_WAIT, MINUTE)


async def test_a_burst_of_guesses_is_not_hashed_to_the_last(
    staff_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add(staff_database)
    hashed = list[str]()

    def compare_and_count(password: str, kept: str | None) -> Compared:
        hashed.append(password)
        return compare_password(password, kept)

    # Counts what costs cores.
    monkeypatch.setattr(passwords, "compare_password", compare_and_count)
    guesses = (knock(staff_database, password=f"guess number {number}") for number in range(70))
    done = await asyncio.gather(*guesses, return_exceptions=True)

    assert done.count(WRONG) == 5
    assert sum(isinstance(one, SignInBusy) for one in done) == 18
    assert len(hashed) < 25


async def test_nobody_waits_for_the_work_of_comparing(
    staff_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add(staff_database)
    began, may_go_on = threading.Event(), threading.Event()

    def compare_slowly(password: str, kept: str | None) -> Compared:
        began.set()
        assert may_go_on.wait(60)
        return compare_password(password, kept)

    # Stands for the tenth of a second and more that it takes with the real parameters.
    monkeypatch.setattr(passwords, "compare_password", compare_slowly)
    knocking = asyncio.create_task(knock(staff_database))
    await asyncio.to_thread(began.wait, 60)

    async with asyncio.timeout(60), staff_database.changing() as session:
        (await session.get_one(StaffMember, 1)).name = "Amina Noor"
    may_go_on.set()

    assert isinstance(await knocking, LoggedIn)


async def test_a_password_that_was_changed_while_it_was_compared_counts_no_more(staff_database: Database) -> None:
    amina = await add(staff_database)
    typed = await compare_for_account(staff_database, PASSWORD, email=AMINA, address=TOWN_HALL, at=LATER)
    async with staff_database.changing() as session:
        (await session.get_one(StaffMember, amina)).password_hash = hash_password("fire hester under vann")

    async with staff_database.changing() as session:
        assert await log_in(session, email=AMINA, typed=typed, address=TOWN_HALL, at=LATER) == WRONG


async def test_an_account_that_does_not_exist_must_wait_just_the_same(staff_database: Database) -> None:
    for _ in range(5):
        await knock(staff_database, email="nobody@brobygda.example")

    done = await knock(staff_database, email="nobody@brobygda.example")

    assert done == Refused(RefusalReason.MUST_WAIT, MINUTE)


async def test_codes_are_not_guessed_either_and_the_right_password_does_not_reset_the_count(
    staff_database: Database,
) -> None:
    _, app, _ = await add_with_app(staff_database)
    half = await knock(staff_database)
    assert isinstance(half, NeedsSecondFactor)
    for _ in range(5):
        assert isinstance(await knock(staff_database), NeedsSecondFactor)
        assert await second_step(staff_database, half.token, "000000") == Refused(RefusalReason.WRONG_CODE)

    assert await second_step(staff_database, half.token, app.at(LATER)) == Refused(RefusalReason.MUST_WAIT, MINUTE)
    assert await knock(staff_database) == Refused(RefusalReason.MUST_WAIT, MINUTE)


async def test_success_forgives_the_failures_before_it(staff_database: Database) -> None:
    await add(staff_database)
    for _ in range(3):
        for _ in range(4):
            await knock(staff_database, password="not the password")

        assert isinstance(await knock(staff_database), LoggedIn)


async def test_a_provider_that_vouches_for_somebody_we_know_lets_them_in(staff_database: Database) -> None:
    amina = await add(staff_database, password=None)
    async with staff_database.changing() as session:
        await link_identity(session, amina, IDENTITY, at=MONDAY_9AM)

        done = await log_in_with_identity(session, IDENTITY, with_second_factor=True, at=LATER)

    assert isinstance(done, LoggedIn)
    found = await find(staff_database, done.token)
    assert found is not None
    assert (found.staff_id, found.second_factor_at) == (amina, LATER)


@pytest.mark.parametrize(
    "other", [Identity(IDENTITY.issuer, "amina"), Identity("https://evil.example", IDENTITY.subject)]
)
async def test_an_identity_counts_with_its_issuer_only(staff_database: Database, other: Identity) -> None:
    amina = await add(staff_database)
    async with staff_database.changing() as session:
        await link_identity(session, amina, IDENTITY, at=MONDAY_9AM)

        done = await log_in_with_identity(session, other, with_second_factor=True, at=LATER)

    assert done == Refused(RefusalReason.UNKNOWN_IDENTITY)
    assert (await events(staff_database))[-1] == "log_in_refused"


async def test_a_provider_does_not_let_in_whom_we_have_deactivated(staff_database: Database) -> None:
    amina = await add(staff_database)
    async with staff_database.changing() as session:
        await link_identity(session, amina, IDENTITY, at=MONDAY_9AM)
        (await session.get_one(StaffMember, amina)).is_active = False

        done = await log_in_with_identity(session, IDENTITY, with_second_factor=True, at=LATER)

    assert done == Refused(RefusalReason.UNKNOWN_IDENTITY)


async def test_an_identity_belongs_to_one_account(staff_database: Database) -> None:
    amina, bert = await add(staff_database), await add(staff_database, "Bert")
    async with staff_database.changing() as session:
        await link_identity(session, amina, IDENTITY, at=MONDAY_9AM)
        await link_identity(session, amina, IDENTITY, at=MONDAY_9AM)

        with pytest.raises(IdentityTaken):
            await link_identity(session, bert, IDENTITY, at=MONDAY_9AM)
