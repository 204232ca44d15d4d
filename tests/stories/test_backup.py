"""A backup holds everything; when it is restored, nothing goes out until somebody arms, and nothing goes out twice."""

import asyncio
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from broadcasts.announcements.records import Broadcast, BroadcastState
from broadcasts.delivery.arming import get_policy
from broadcasts.delivery.direct import write_to
from broadcasts.delivery.records import Delivery, DeliveryState, DirectMessage, Release, ReleaseState
from broadcasts.delivery.settling import settle
from broadcasts.scheduling.releasing import release_due
from brobygger.backing_up import back_up, restore
from brobygger.cli import app
from core.database import Database
from core.errors import SetupProblem
from core.people import Person
from core.settings import Settings
from core.timeline import list_entries
from tests.broadcasts.making import arm, make_broadcast, make_member, make_organisation
from tests.broadcasts.messengers import FakeMessenger, post_rounds
from tests.conftest import CHAU, DALIA, EMPTY, MONDAY_9AM, Engine, Postgres

# PostgreSQL's programs take seconds here: make test tries one story with them, make prove all.
SLOW_POSTGRES = pytest.mark.parametrize(
    "engine", ["sqlite", pytest.param("postgres", marks=pytest.mark.slow)], indirect=True
)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
APPROVED = {"text_version": 1, "approved_version": 1, "first_at": "2026-11-23T09:00"}


@pytest.fixture
def towns(engine: Engine) -> Iterator[list[Settings]]:
    """Two installations with empty databases."""
    if isinstance(engine, Postgres) and not shutil.which("pg_dump"):
        pytest.skip("PostgreSQL's programs are not installed (Debian: apt-get install postgresql-client)")
    with ExitStack() as stack:
        made = []
        for _ in range(2):
            name = engine.copy(EMPTY, is_left_alone=True)
            stack.callback(engine.drop, name)
            made.append(Settings.from_env({"DATABASE_URL": engine.address(name)}))
        yield made


async def fill(settings: Settings) -> None:
    """Armed, with one message that is going out (one recipient has it just now) and two that have a time."""
    database = Database(settings.database_url)
    async with database.changing() as session:
        await arm(session)
        await make_organisation(session)
        dalia, chau = await make_member(session, DALIA), await make_member(session, CHAU, "vi")
        going_out = await make_broadcast(session, state=BroadcastState.SENDING, **APPROVED)  # type: ignore[arg-type]
        times = {"due_at": MONDAY_9AM, "send_until": MONDAY_9AM + 5 * DAY, "began_at": MONDAY_9AM}
        run = Release(broadcast_id=going_out.id, organisation_id="eritrean-women", state=ReleaseState.SENDING, **times)
        session.add(run)
        await session.flush()  # deliveries point to it
        for person, state in ((dalia, DeliveryState.CLAIMED), (chau, DeliveryState.QUEUED)):
            session.add(Delivery(release_id=run.id, person_id=person.id, channel=person.channel, state=state))
        await write_to(session, dalia.id, "voice_answer", {"voice": "1"}, key="voice:1", at=MONDAY_9AM)
        for hours in (1, 48):
            waiting = APPROVED | {"state": BroadcastState.SCHEDULED, "next_run_at": MONDAY_9AM + hours * HOUR}
            await make_broadcast(session, **waiting)  # type: ignore[arg-type]
    await database.close()


async def test_a_restored_backup_sends_nothing_until_somebody_arms(towns: list[Settings], tmp_path: Path) -> None:
    here, there = towns
    await fill(here)
    back_up(here, tmp_path / "backup")
    noon = MONDAY_9AM + 3 * HOUR

    await restore(there, tmp_path / "backup", replace=False, at=noon)

    database, messenger = Database(there.database_url), FakeMessenger()
    async with database.changing() as session:
        assert not (await get_policy(session)).is_armed
        assert await release_due(session, at=noon + 2 * DAY) == 0
    await post_rounds(database, messenger, at=noon)
    assert messenger.sent == []
    async with database.changing() as session:
        await arm(session)
        assert await release_due(session, at=noon + 2 * DAY) == 1  # what was not due before the restore
    await database.close()


@SLOW_POSTGRES
async def test_what_may_have_gone_out_since_the_backup_waits_for_a_decision(
    towns: list[Settings], tmp_path: Path
) -> None:
    here, there = towns
    await fill(here)
    back_up(here, tmp_path / "backup")

    await restore(there, tmp_path / "backup", replace=False, at=MONDAY_9AM + 3 * HOUR)

    database = Database(there.database_url)
    async with database.changing() as session:
        await arm(session)
    await settle(database, at=MONDAY_9AM + 3 * HOUR)
    async with database.reading() as session:
        assert list(await session.scalars(select(Broadcast.state).order_by(Broadcast.id))) == [
            "paused", "paused", "scheduled",
        ]  # fmt: skip
        assert list(await session.scalars(select(Delivery.state).order_by(Delivery.id))) == ["unknown", "queued"]
        assert (await session.scalars(select(Release))).one().paused_reason == "restored"
        assert (await session.scalars(select(DirectMessage))).one().state == DeliveryState.UNKNOWN
        assert "backup_restored" in [line.event for line in await list_entries(session)]
    await database.close()


@SLOW_POSTGRES
async def test_people_are_only_overwritten_when_that_is_said(towns: list[Settings], tmp_path: Path) -> None:
    here, there = towns
    await fill(here)
    back_up(there, tmp_path / "empty")

    with pytest.raises(SetupProblem, match="has people in it"):
        await restore(here, tmp_path / "empty", replace=False, at=MONDAY_9AM)
    await restore(here, tmp_path / "empty", replace=True, at=MONDAY_9AM)

    database = Database(here.database_url)
    async with database.reading() as session:
        assert (await session.scalars(select(Person))).all() == []
    await database.close()


@SLOW_POSTGRES
async def test_a_database_that_is_in_use_is_not_replaced(towns: list[Settings], tmp_path: Path) -> None:
    here, there = towns
    back_up(here, tmp_path / "backup")
    running = Database(there.database_url)
    async with running.reading() as session:
        await session.scalars(select(Person))

    with pytest.raises(SetupProblem, match="is in use"):
        await restore(there, tmp_path / "backup", replace=True, at=MONDAY_9AM)

    await running.close()
    await restore(there, tmp_path / "backup", replace=True, at=MONDAY_9AM)


@SLOW_POSTGRES
async def test_a_backup_is_made_while_others_write(towns: list[Settings], tmp_path: Path) -> None:
    here, there = towns
    await fill(here)
    running = Database(here.database_url)
    async with running.changing() as session:
        (await session.scalars(select(Person))).first().language = "so"  # type: ignore[union-attr]

        await asyncio.to_thread(back_up, here, tmp_path / "backup")  # not committed yet: not in it

    await running.close()
    await restore(there, tmp_path / "backup", replace=False, at=MONDAY_9AM)
    restored = Database(there.database_url)
    async with restored.reading() as session:
        assert set(await session.scalars(select(Person.language))) == {"ar", "vi"}
    await restored.close()


@SLOW_POSTGRES
async def test_a_damaged_backup_changes_nothing(towns: list[Settings], tmp_path: Path) -> None:
    here = towns[0]
    await fill(here)
    back_up(here, tmp_path / "backup")
    whole = (tmp_path / "backup").read_bytes()
    (tmp_path / "damaged").write_bytes(whole[: len(whole) // 2])

    with pytest.raises(SetupProblem):
        await restore(here, tmp_path / "damaged", replace=True, at=MONDAY_9AM)

    database = Database(here.database_url)
    async with database.reading() as session:
        assert len((await session.scalars(select(Person))).all()) == 2
        assert (await get_policy(session)).is_armed
    await database.close()


@SLOW_POSTGRES
def test_a_backup_is_for_its_owner_only_and_overwrites_nothing(towns: list[Settings], tmp_path: Path) -> None:
    file = tmp_path / "backup"
    back_up(towns[0], file)

    with pytest.raises(SetupProblem, match="is there already"):
        back_up(towns[0], file)

    assert (file.stat().st_mode & 0o777, [one.name for one in tmp_path.iterdir()]) == (0o600, ["backup"])


async def test_what_is_no_backup_of_this_kind_is_refused(tmp_path: Path) -> None:
    settings = Settings.from_env({"DATABASE_URL": f"sqlite:///{tmp_path / 'town.sqlite3'}"})
    (tmp_path / "letter").write_text("Dear all")
    (tmp_path / "dump").write_bytes(b"PGDMP\x01")

    for file, words in (("letter", "is no backup"), ("dump", "backup of PostgreSQL"), ("nothing", "cannot be read")):
        with pytest.raises(SetupProblem, match=words):
            await restore(settings, tmp_path / file, replace=True, at=MONDAY_9AM)

    with pytest.raises(SetupProblem, match="no database at"):
        back_up(settings, tmp_path / "backup")
    assert not (tmp_path / "backup").exists()


async def test_another_programs_database_is_not_replaced(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "other.sqlite3") as other:
        other.execute("CREATE TABLE invoices (id INTEGER)")
    other.close()
    here = Settings.from_env({"DATABASE_URL": f"sqlite:///{tmp_path / 'other.sqlite3'}"})
    back_up(here, tmp_path / "backup")

    with pytest.raises(SetupProblem, match="another program"):
        await restore(here, tmp_path / "backup", replace=True, at=MONDAY_9AM)


@SLOW_POSTGRES
def test_both_are_commands(towns: list[Settings], tmp_path: Path) -> None:
    run = CliRunner().invoke
    file = str(tmp_path / "backup")

    backed_up = run(app, ["backup", file], env={"DATABASE_URL": towns[0].database_url})
    restored = run(app, ["restore", file], env={"DATABASE_URL": towns[1].database_url})

    assert (backed_up.exit_code, restored.exit_code) == (0, 0)
    assert "off until an administrator switches them on" in restored.output
