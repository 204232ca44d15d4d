"""Sealing the addresses of an installation that has people in it, changing the key, and going on as before."""

import base64
import contextlib
import re
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from broadcasts.organisations.records import Group
from brobygger import resealing
from brobygger.backing_up import back_up, restore
from brobygger.cli import app
from brobygger.progress import ProgressLine
from brobygger.resealing import reseal
from core.database import Database
from core.errors import SetupProblem
from core.people import Address, Person, meet
from core.seal_record import SealRecord, check_seal, note_seal
from core.sealing import Seal
from core.settings import Settings
from tests.conftest import EMPTY, MONDAY_9AM, TELEGRAM, Engine, Postgres, Town
from tests.fakes.telegram_line import bytes_on_disk, everything_stored, telegram_line

KEYS = [base64.b64encode(bytes(range(start, start + 64))).decode() for start in (0, 64, 128)]
DALIA, CHAU, GROUP = "1001002003", "1001002004", "-1001002003005"
WEB = "AbCdEfGhIjKlMnOpQrStUv"
ADDRESSES = {(TELEGRAM, DALIA), (TELEGRAM, CHAU), ("web", WEB)}


@pytest.fixture
def seal() -> Seal:
    return Seal(bytes(range(64)))


@pytest.fixture
def url(engine: Engine) -> Iterator[str]:
    name = engine.copy(EMPTY, is_left_alone=True)
    yield engine.address(name)
    engine.drop(name)


def with_keys(url: str, key: str = "", *old: str) -> Settings:
    return Settings.from_env(
        {"DATABASE_URL": url, "BROBYGGER_ADDRESS_KEY": key, "BROBYGGER_ADDRESS_KEY_OLD": ",".join(old)}
    )


@contextlib.asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Database]:
    database = Database(settings.database_url, settings.seal)
    try:
        yield database
    finally:
        await database.close()


async def fill(settings: Settings) -> None:
    """Start, and let people write."""
    async with opened(settings) as database:
        await check_seal(database)
        await note_seal(database)
        async with database.changing() as session:
            for channel, address in sorted(ADDRESSES):
                await meet(session, Address(channel, address), at=MONDAY_9AM)
            session.add(Group(channel=TELEGRAM, address=GROUP, title="Choir", language="nb", added_at=MONDAY_9AM))


async def run_seal(settings: Settings) -> int:
    return await reseal(settings, progress=ProgressLine(is_quiet=True))


async def addresses(settings: Settings) -> set[tuple[str, str]]:
    """Who is there, for an installation with these keys, which starts."""
    async with opened(settings) as database:
        await check_seal(database)
        async with database.reading() as session:
            assert (await session.scalars(select(Group.address))).one() == GROUP
            return {(one.channel, one.address) for one in await session.scalars(select(Person))}


async def shown(url: str) -> str:
    """What somebody reads who has the database and no key."""
    async with opened(with_keys(url)) as database:
        return await everything_stored(database) + bytes_on_disk(database).decode("latin-1")


def is_hidden(text: str) -> bool:
    return not any(one in text for one in (DALIA, CHAU, GROUP, WEB))


async def test_addresses_are_sealed_where_people_are_already(url: str) -> None:
    await fill(with_keys(url))
    sealed = with_keys(url, KEYS[0])
    async with opened(sealed) as database:
        with pytest.raises(SetupProblem, match="run brobygger seal"):
            await check_seal(database)
    assert not is_hidden(await shown(url))

    assert await run_seal(sealed) == 4

    assert is_hidden(await shown(url))
    assert await addresses(sealed) == ADDRESSES


async def test_the_key_is_changed_and_the_way_back_is_open(url: str) -> None:
    first, second, readable = with_keys(url, KEYS[0]), with_keys(url, KEYS[1], KEYS[0]), with_keys(url, "", KEYS[1])
    await fill(first)
    before = await shown(url)

    assert await run_seal(second) == 4
    assert await run_seal(second) == 0
    after = await shown(url)

    assert is_hidden(before + after)
    assert await addresses(with_keys(url, KEYS[1])) == ADDRESSES
    await run_seal(readable)
    assert await addresses(with_keys(url)) == ADDRESSES


async def test_a_run_that_was_cut_off_keeps_everything_from_starting_and_goes_on(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resealing, "BATCH", 1)
    old, new = with_keys(url, KEYS[0]), with_keys(url, KEYS[1], KEYS[0])
    await fill(old)
    calls = 0

    class Cut(ProgressLine):
        def __call__(self, what: str, done: int, of: int) -> None:
            nonlocal calls
            calls += 1
            if calls == 2:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await reseal(new, progress=Cut())

    for settings in (old, new):
        async with opened(settings) as database:
            with pytest.raises(SetupProblem, match="was not finished"):
                await check_seal(database)
    assert await run_seal(new) == 2
    assert await addresses(new) == ADDRESSES


async def test_without_the_key_of_before_nothing_is_touched(url: str) -> None:
    await fill(with_keys(url, KEYS[0]))
    async with opened(with_keys(url)) as database:
        before = await everything_stored(database)

    for wrong in (with_keys(url, KEYS[1]), with_keys(url), with_keys(url, KEYS[1], KEYS[2])):
        with pytest.raises(SetupProblem, match="is not the key"):
            await run_seal(wrong)

    async with opened(with_keys(url)) as database:
        assert await everything_stored(database) == before
    assert await addresses(with_keys(url, KEYS[0])) == ADDRESSES


async def test_nothing_is_sealed_while_something_runs(url: str) -> None:
    async with opened(with_keys(url)) as running, running.reading() as session:
        await session.scalars(select(Person))

        with pytest.raises(SetupProblem, match="is in use"):
            await run_seal(with_keys(url, KEYS[0]))


async def test_a_value_that_no_key_opens_is_named_and_can_be_gone_on_with(url: str) -> None:
    await fill(with_keys(url, KEYS[2]))
    async with opened(with_keys(url)) as database, database.changing() as session:
        (await session.get_one(SealRecord, 1)).check_value = with_keys(url, KEYS[0]).seal.check_value

    with pytest.raises(SetupProblem, match=r"people.address opens with none"):
        await run_seal(with_keys(url, KEYS[1], KEYS[0]))

    await run_seal(with_keys(url, KEYS[1], KEYS[0], KEYS[2]))
    assert await addresses(with_keys(url, KEYS[1])) == ADDRESSES


async def test_a_backup_holds_sealed_addresses_and_needs_the_same_key(url: str, engine: Engine, tmp_path: Path) -> None:
    if isinstance(engine, Postgres) and not shutil.which("pg_dump"):
        pytest.skip("PostgreSQL's programs are not installed (Debian: apt-get install postgresql-client)")
    sealed = with_keys(url, KEYS[0])
    await fill(sealed)
    back_up(sealed, tmp_path / "backup")
    name = engine.copy(EMPTY, is_left_alone=True)
    there = engine.address(name)

    await restore(with_keys(there, KEYS[0]), tmp_path / "backup", replace=False, at=MONDAY_9AM)

    assert is_hidden(await shown(there))
    assert await addresses(with_keys(there, KEYS[0])) == ADDRESSES
    async with opened(with_keys(there)) as database:
        with pytest.raises(SetupProblem, match="BROBYGGER_ADDRESS_KEY is missing"):
            await check_seal(database)
    engine.drop(name)


def test_it_is_a_command(url: str) -> None:
    done = CliRunner().invoke(app, ["seal"], env={"DATABASE_URL": url, "BROBYGGER_ADDRESS_KEY": KEYS[0]})

    assert done.exit_code == 0
    assert "sealed under BROBYGGER_ADDRESS_KEY" in done.output


@pytest.mark.parametrize("language", ["nb", "ar"])
async def test_who_writes_on_telegram_is_known_again_and_is_answered_there(town: Town, language: str) -> None:
    async with telegram_line(town) as line:
        await line.ask(int(DALIA), "/start", language)
        told = await line.ask(int(DALIA), "/mydata", language)
        await line.everything_is_heard()

    assert DALIA in re.sub(r"\W", "", told.text)
    assert DALIA not in await everything_stored(town.database) + bytes_on_disk(town.database).decode("latin-1")
    async with town.database.reading() as session:
        assert len((await session.scalars(select(Person).where(Person.address == DALIA))).all()) == 1
