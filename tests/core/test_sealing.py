"""Addresses are stored sealed when there is a key, and everything finds everybody as before."""

import base64

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from bot.inbound import Arrived, InboundUpdate, store
from core.database import Database
from core.errors import SetupProblem
from core.messages import IncomingMessage, Said
from core.people import Address, Person, find_person, forget, meet
from core.seal_record import check_seal, note_seal
from core.sealing import KEY_BYTES, MARK, NO_SEAL, Seal, SealBroken, read_key
from tests.conftest import CHAU, MONDAY_9AM, TELEGRAM

DALIA = "1001002003"
KEY, OTHER = bytes(range(64)), bytes(range(64, 128))
HERE = Address(TELEGRAM, DALIA)


def sealed(database: Database, seal: Seal) -> Database:
    """The same database as an installation with this key has it."""
    return Database(database.url, seal)


async def stored(database: Database, what: str = "SELECT address FROM people ORDER BY id") -> list[str]:
    """As it stands in the table."""
    async with database.reading() as session:
        return [str(one) for one in await session.scalars(text(what))]


@pytest.fixture
async def with_key(database: Database) -> Database:
    return sealed(database, Seal(KEY))


async def test_the_same_person_is_found_again_and_the_row_does_not_show_the_address(with_key: Database) -> None:
    for _ in range(2):
        async with with_key.changing() as session:
            await meet(session, HERE, at=MONDAY_9AM)

    async with with_key.reading() as session:
        found = await find_person(session, HERE)
        assert found is not None
        assert found.address == DALIA
        assert await find_person(session, Address(TELEGRAM, CHAU)) is None
    (row,) = await stored(with_key)
    assert row.startswith(MARK)
    assert DALIA not in row
    await with_key.close()


async def test_an_address_stands_there_once_and_can_be_forgotten(with_key: Database) -> None:
    async def add_again() -> None:
        async with with_key.changing() as session:
            session.add(Person(channel=TELEGRAM, address=DALIA, first_seen_at=MONDAY_9AM, last_seen_at=MONDAY_9AM))

    await add_again()
    with pytest.raises(IntegrityError):
        await add_again()

    async with with_key.changing() as session:
        assert await forget(session, HERE)
    assert await stored(with_key) == []
    await with_key.close()


async def test_a_message_under_way_shows_neither_who_wrote_nor_what_they_are_answered(with_key: Database) -> None:
    message = IncomingMessage(TELEGRAM, DALIA, Said.BUTTON, MONDAY_9AM, text="menu")
    async with with_key.changing() as session:
        await store(session, "bot", [Arrived(1, message, callback_id="4368709120000000001")], by="here/1")
        row = (await session.scalars(select(InboundUpdate))).one()
        row.reply = f'{{"text": "your address there: {DALIA}"}}'

    for column in ("address", "callback_id", "reply"):
        (one,) = await stored(with_key, f"SELECT {column} FROM inbound_updates")
        assert one.startswith(MARK)
    async with with_key.reading() as session:
        row = (await session.scalars(select(InboundUpdate).where(InboundUpdate.address == DALIA))).one()
        assert (row.address, row.callback_id) == (DALIA, "4368709120000000001")
        assert DALIA in (row.reply or "")
    await with_key.close()


async def test_two_databases_of_one_process_have_keys_of_their_own(database: Database, with_key: Database) -> None:
    async with with_key.changing() as session:
        await meet(session, HERE, at=MONDAY_9AM)

    other = sealed(database, Seal(OTHER))
    async with database.reading() as without, other.reading() as under_other:
        assert await find_person(without, HERE) is None
        assert await find_person(under_other, HERE) is None
        with pytest.raises(SealBroken):
            await under_other.scalar(select(Person.address))
    await other.close()
    await with_key.close()


def test_a_sealed_value_is_bound_to_its_column_and_cannot_be_changed() -> None:
    seal = Seal(KEY)
    closed = seal.close(DALIA, "people.address")

    assert seal.close(DALIA, "people.address") == closed
    assert seal.close(DALIA, "chat_groups.address") != closed
    tampered = closed[:-6] + ("A" if closed[-6] != "A" else "B") + closed[-5:]
    for value, purpose in ((closed, "chat_groups.address"), (tampered, "people.address")):
        with pytest.raises(SealBroken):
            seal.open(value, purpose)


@pytest.mark.parametrize(("length", "column"), [(22, 100), (52, 100), (26, 64)])
def test_what_is_sealed_fits_into_its_column(length: int, column: int) -> None:
    assert len(Seal(KEY).close("9" * length, "people.address")) <= column


def test_what_an_earlier_key_closed_can_be_opened_and_nothing_stays_nothing() -> None:
    closed = Seal(OTHER).close(DALIA, "people.address")

    assert Seal(KEY, earlier=(OTHER,)).open(closed, "people.address") == DALIA
    assert Seal(KEY).close("", "people.address") == ""
    assert NO_SEAL.close(DALIA, "people.address") == DALIA


def test_a_key_is_what_openssl_writes_on_one_line_or_two() -> None:
    text = base64.b64encode(KEY).decode()

    assert read_key(text) == read_key(f"{text[:64]}\n{text[64:]}\n") == KEY
    for wrong in ("", "secret", base64.b64encode(KEY[:32]).decode(), base64.b64encode(bytes(KEY_BYTES)).decode()):
        with pytest.raises(ValueError):  # noqa: PT011
            read_key(wrong)


WRITTEN_WITH = {"none": NO_SEAL, "key": Seal(KEY)}
OPENED_WITH = [
    ("key", Seal(KEY), None),
    ("key", NO_SEAL, "BROBYGGER_ADDRESS_KEY is missing"),
    ("key", Seal(OTHER), "is not the key that"),
    ("key", Seal(OTHER, earlier=(KEY,)), "under an earlier key"),
    ("none", NO_SEAL, None),
    ("none", Seal(KEY), "not sealed yet"),
]


@pytest.mark.parametrize(("before", "seal", "problem"), OPENED_WITH)
@pytest.mark.parametrize("is_known", [True, False])
async def test_a_wrong_or_missing_key_is_noticed_at_the_start(
    database: Database, before: str, seal: Seal, problem: str | None, is_known: bool
) -> None:
    first = sealed(database, WRITTEN_WITH[before])
    if is_known or before == "key":  # else: people of a release that knew no keys
        await check_seal(first)
        await note_seal(first)
    async with first.changing() as session:
        await meet(session, HERE, at=MONDAY_9AM)
    second = sealed(database, seal)

    if problem is None:
        await check_seal(second)
    else:
        with pytest.raises(SetupProblem, match=problem) as told:
            await check_seal(second)
        assert "\n" not in told.value.what
    await first.close()
    await second.close()


async def test_the_first_process_decides_which_key_it_is_and_a_check_decides_nothing(database: Database) -> None:
    first, second = sealed(database, Seal(KEY)), sealed(database, Seal(OTHER))
    for one in (first, second):
        await check_seal(one)

    await note_seal(first)

    with pytest.raises(SetupProblem, match="is not the key that"):
        await note_seal(second)
    await note_seal(first)
    await first.close()
    await second.close()
