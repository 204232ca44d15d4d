"""Codes of an authenticator app and recovery codes."""

import asyncio
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pyotp
import pytest
from sqlalchemy import select

from core.database import Database
from editor.access.models import StaffRecoveryCode
from editor.access.second_factor import (
    CodeNotRight,
    SecondFactorIsOn,
    count_recovery_codes,
    drop,
    make_recovery_codes,
    matching_step,
    new_secret,
    provisioning_uri,
    qr_picture,
    turn_on,
    use_code,
)
from tests.conftest import MONDAY_9AM
from tests.editor.access.people import add, events, get

HALF_MINUTE = timedelta(seconds=30)
LATER = MONDAY_9AM + timedelta(minutes=10)
# RFC 6238, appendix B: the secret 12345678901234567890, the last six of its eight digits.
RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


async def amina_with_second_factor(database: Database) -> tuple[int, str, tuple[str, ...]]:
    """Her id, her secret, her recovery codes."""
    amina, secret = await add(database), new_secret()
    async with database.changing() as session:
        codes = await turn_on(session, amina, secret=secret, code=pyotp.TOTP(secret).at(MONDAY_9AM), at=MONDAY_9AM)
    return amina, secret, codes


async def uses(database: Database, staff_id: int, code: str, *, at: datetime = LATER) -> bool:
    """Whether the code counts, in a transaction of its own."""
    async with database.changing() as session:
        return await use_code(session, staff_id, code, at=at)


@pytest.mark.parametrize(("seconds", "code"), [(59, "287082"), (1111111109, "081804"), (20000000000, "353130")])
def test_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    moment = MONDAY_9AM.fromtimestamp(seconds, MONDAY_9AM.tzinfo)

    assert matching_step(RFC_SECRET, code, at=moment) == seconds // 30


@pytest.mark.parametrize(("steps", "fits"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_off_by_one_step(steps: int, fits: bool) -> None:
    code = pyotp.TOTP(RFC_SECRET).at(MONDAY_9AM + steps * HALF_MINUTE)

    assert (matching_step(RFC_SECRET, code, at=MONDAY_9AM) is not None) is fits


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "123456; DROP", "\x00"])
def test_what_is_not_six_digits_fits_nothing(code: str) -> None:
    assert matching_step(RFC_SECRET, code, at=MONDAY_9AM) is None


def test_a_code_may_be_typed_as_the_app_shows_it() -> None:
    code = pyotp.TOTP(RFC_SECRET).at(MONDAY_9AM)

    assert matching_step(RFC_SECRET, f" {code[:3]} {code[3:]} ", at=MONDAY_9AM) is not None


def test_the_app_learns_the_secret_and_whose_it_is() -> None:
    uri = urlsplit(provisioning_uri(RFC_SECRET, email="amina@brobygda.example", issuer="Brobygger Brobygda"))

    assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
    assert parse_qs(uri.query) == {"secret": [RFC_SECRET], "issuer": ["Brobygger Brobygda"]}
    assert "amina%40brobygda.example" in uri.path


def test_the_picture_is_an_svg_with_words_for_those_who_cannot_see_it() -> None:
    picture = ElementTree.fromstring(qr_picture("otpauth://totp/x?secret=ABC", title="Kode <til> appen"))

    assert picture.tag == "svg"
    assert picture.findtext("title") == "Kode <til> appen"


async def test_a_second_factor_is_kept_once_a_code_shows_that_the_app_has_it(staff_database: Database) -> None:
    amina, secret = await add(staff_database), new_secret()
    async with staff_database.changing() as session:
        with pytest.raises(CodeNotRight):
            await turn_on(session, amina, secret=secret, code="000000", at=MONDAY_9AM)
    before = (await get(staff_database, amina)).totp_secret

    async with staff_database.changing() as session:
        await turn_on(session, amina, secret=secret, code=pyotp.TOTP(secret).at(MONDAY_9AM), at=MONDAY_9AM)

    assert before is None
    assert (await get(staff_database, amina)).totp_secret == secret
    assert "second_factor_turned_on" in await events(staff_database)


async def test_a_second_factor_is_not_replaced_by_turning_on_another(staff_database: Database) -> None:
    amina, secret, _ = await amina_with_second_factor(staff_database)
    other = new_secret()

    async with staff_database.changing() as session:
        with pytest.raises(SecondFactorIsOn):
            await turn_on(session, amina, secret=other, code=pyotp.TOTP(other).at(MONDAY_9AM), at=MONDAY_9AM)

    assert (await get(staff_database, amina)).totp_secret == secret


async def test_the_code_that_turned_it_on_does_not_also_let_in(staff_database: Database) -> None:
    amina, secret, _ = await amina_with_second_factor(staff_database)

    assert not await uses(staff_database, amina, pyotp.TOTP(secret).at(MONDAY_9AM), at=MONDAY_9AM)


async def test_a_code_counts_once_and_so_do_the_ones_before_it(staff_database: Database) -> None:
    amina, secret, _ = await amina_with_second_factor(staff_database)
    app = pyotp.TOTP(secret)

    assert await uses(staff_database, amina, app.at(LATER))
    assert not await uses(staff_database, amina, app.at(LATER))
    assert not await uses(staff_database, amina, app.at(LATER - HALF_MINUTE))
    assert await uses(staff_database, amina, app.at(LATER + HALF_MINUTE))


async def test_the_same_code_given_eight_times_at_once_counts_once(staff_database: Database) -> None:
    amina, secret, _ = await amina_with_second_factor(staff_database)
    code = pyotp.TOTP(secret).at(LATER)

    done = await asyncio.gather(*(uses(staff_database, amina, code) for _ in range(8)))

    assert done.count(True) == 1


async def test_the_same_recovery_code_given_eight_times_at_once_counts_once(staff_database: Database) -> None:
    amina, _, codes = await amina_with_second_factor(staff_database)

    done = await asyncio.gather(*(uses(staff_database, amina, codes[0]) for _ in range(8)))

    assert done.count(True) == 1


async def test_there_are_ten_recovery_codes_and_each_works_once(staff_database: Database) -> None:
    amina, _, codes = await amina_with_second_factor(staff_database)

    first = [await uses(staff_database, amina, code) for code in codes]
    second = [await uses(staff_database, amina, code) for code in codes]

    assert (first, second) == ([True] * 10, [False] * 10)
    async with staff_database.reading() as session:
        assert await count_recovery_codes(session, amina) == 0


async def test_a_recovery_code_may_be_typed_with_capitals_and_without_hyphens(staff_database: Database) -> None:
    amina, _, codes = await amina_with_second_factor(staff_database)

    assert await uses(staff_database, amina, f" {codes[3].upper().replace('-', ' ')} ")


async def test_recovery_codes_are_kept_as_hashes_and_belong_to_one_person(staff_database: Database) -> None:
    _, _, codes = await amina_with_second_factor(staff_database)
    bert = await add(staff_database, "Bert")

    async with staff_database.reading() as session:
        kept = "".join(await session.scalars(select(StaffRecoveryCode.code_hash)))

    assert not any(code in kept or code.replace("-", "") in kept for code in codes)
    assert not await uses(staff_database, bert, codes[0])


async def test_new_recovery_codes_replace_the_old_ones(staff_database: Database) -> None:
    amina, _, old = await amina_with_second_factor(staff_database)

    async with staff_database.changing() as session:
        new = await make_recovery_codes(session, amina, at=LATER)

    assert not await uses(staff_database, amina, old[0])
    assert await uses(staff_database, amina, new[0])


async def test_a_dropped_second_factor_leaves_nothing_that_works(staff_database: Database) -> None:
    amina, secret, codes = await amina_with_second_factor(staff_database)

    async with staff_database.changing() as session:
        await drop(session, amina, at=LATER)

    assert (await get(staff_database, amina)).totp_secret is None
    assert not await uses(staff_database, amina, pyotp.TOTP(secret).at(LATER))
    assert not await uses(staff_database, amina, codes[0])
