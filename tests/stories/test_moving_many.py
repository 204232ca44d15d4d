"""A large installation moves to PostgreSQL: 100,000 people and a million deliveries, killed once on the way."""

import asyncio
import re
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import text

from core.database import Database
from tests.broadcasts.many import make_many
from tests.conftest import FILLED, MONDAY_9AM, Postgres, Sqlite
from tests.stories.installation import PROJECT

PEOPLE, RELEASES = 100_000, 10
MOST_SECONDS, MOST_MEGABYTES = 240, 250  # under four minutes, and however much there is to move
MOVED = "SELECT (reached ->> 'deliveries')::int FROM public.database_move"


async def fill(url: str) -> None:
    """Ten messages to everybody: most are sent, some failed, each at its own microsecond."""
    database = Database(url)
    await make_many(database, PEOPLE, at=MONDAY_9AM)
    async with database.changing() as session:
        for number in range(RELEASES):
            await session.execute(
                text(
                    "INSERT INTO releases (broadcast_id, organisation_id, due_at, send_until, state, expanded_to,"
                    " failures_in_a_row, paused_reason, began_at) SELECT id, organisation_id, :due, :due, 'done', 0, 0,"
                    " '', :due FROM broadcasts LIMIT 1"
                ),
                {"due": f"2026-11-{number + 1:02} 08:00:00.000000"},
            )
        await session.execute(
            text(
                "INSERT INTO deliveries (release_id, person_id, channel, state, reason, language, wanted, message_id,"
                " claim, tries, ended_at) SELECT r.id, p.id, p.channel, CASE p.id % 50 WHEN 0 THEN 'failed' ELSE 'sent'"
                " END, CASE p.id % 50 WHEN 0 THEN 'مشغول' ELSE '' END, p.language, p.language, r.id * 1000000 + p.id,"
                " '', 1, printf('2026-11-%02d 09:%02d:%02d.%06d', r.id, p.id % 60, p.id / 60 % 60, p.id)"
                " FROM releases r CROSS JOIN people p"
            )
        )
    await database.close()


def start(old: str, new: str, folder: Path) -> subprocess.Popen[bytes]:
    command = (sys.executable, "-m", "brobygger", "move-database", "--to", new)
    there = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(PROJECT), "DATABASE_URL": old}
    with (folder / "table").open("wb") as table, (folder / "log").open("ab") as log:
        return subprocess.Popen(command, env=there, stdout=table, stderr=log)


def end(process: subprocess.Popen[bytes]) -> tuple[int, int]:
    """The exit status, and the most memory that it had at any time, in MB.

    What the kernel says at the end (ru_maxrss) counts the memory of the process that started it too.
    """
    most = 0
    while process.poll() is None:
        with suppress(FileNotFoundError, ProcessLookupError):
            status = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
            most = max([most, *(int(peak) for peak in re.findall(r"VmHWM:\s+(\d+) kB", status))])
        time.sleep(0.1)
    return process.returncode, most // 1024


def kill_on_the_way(process: subprocess.Popen[bytes], address: str) -> int:
    """kill -9 in the midst of the deliveries; up to which one they had arrived."""
    while True:
        assert process.poll() is None
        time.sleep(0.5)
        with psycopg.connect(address) as looking:
            if looking.execute("SELECT to_regclass('public.database_move')").fetchone() == (None,):
                continue
            (reached,) = looking.execute(MOVED).fetchone() or (None,)
        if reached and reached >= PEOPLE:
            process.kill()
            end(process)
            return int(reached)


@pytest.mark.slow
@pytest.mark.long
def test_a_million_deliveries_move_and_nothing_is_lost(
    sqlite_engine: Sqlite, postgres_engine: Postgres, tmp_path: Path
) -> None:
    old, new = sqlite_engine.copy(FILLED), f"t{uuid4().hex}"
    postgres_engine.create(new)
    url, to = sqlite_engine.address(old), postgres_engine.address(new)
    address = to.replace("postgresql+psycopg://", "postgresql://")
    asyncio.run(fill(url))

    begin = time.monotonic()
    reached = kill_on_the_way(start(url, to, tmp_path), address)
    broken_off = time.monotonic()
    status, megabytes = end(start(url, to, tmp_path))
    seconds = [broken_off - begin, time.monotonic() - broken_off]

    log, table = (tmp_path / "log").read_text(), (tmp_path / "table").read_text()
    print(f"\nkilled after {seconds[0]:.0f} s at delivery {reached:,}; then {seconds[1]:.0f} s, at most {megabytes} MB")
    print(table)
    assert status == 0, log
    assert "beginning again" not in log
    rows = {line.split()[0]: line.split()[1:] for line in table.splitlines()[1:]}
    assert rows["people"][0] == f"{PEOPLE:,}"
    assert rows["deliveries"][0] == f"{PEOPLE * RELEASES:,}"
    assert {last for *_, last in rows.values()} == {"same"}
    with psycopg.connect(address) as moved:
        assert moved.execute("SELECT count(*) FROM deliveries WHERE reason = 'مشغول'").fetchone() == (20_000,)
    assert sum(seconds) < MOST_SECONDS
    assert 0 < megabytes < MOST_MEGABYTES
    sqlite_engine.drop(old)
    postgres_engine.drop(new)
