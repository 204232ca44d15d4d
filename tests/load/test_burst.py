"""A flood warning: thousands ask within ten seconds. None is lost, all are answered, memory stays flat.

BROBYGGER_BURST says how many, for slow machines.
"""

import asyncio
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

import psutil
import pytest
from sqlalchemy import func, select

from benchmarks.load.client import Plan, Result
from benchmarks.load.town import until_ready
from benchmarks.soak import soak
from bot.inbound import InboundUpdate, Progress
from core.database import Database
from core.people import Person
from tests.conftest import Engine
from tests.fakes.bot_api_process import bot_api_process
from tests.stories.installation import PROJECT, Installation, installed

QUESTIONS = int(os.environ.get("BROBYGGER_BURST", "5000"))
SECONDS = 10
PATIENCE = 300.0
MAY_GROW = 60 * 2**20  # bytes: buffers of hundreds of connections, and what the allocator keeps of them
SECRET = "secret-of-the-burst"

pytestmark = [pytest.mark.slow, pytest.mark.alone, pytest.mark.long]


async def test_a_burst_on_the_web_is_answered_whole(engine: Engine, tmp_path: Path) -> None:
    async with installed(engine, tmp_path, "") as there:
        there.token = ""
        before = await started(there)

        result = await ask(Plan((there.port,), QUESTIONS, rate=QUESTIONS / SECONDS, patience=PATIENCE))

        assert result.statuses == {200: QUESTIONS}
        assert result.broken == 0
        assert memory(there) < before + MAY_GROW
        assert await count(there, select(func.count()).select_from(Person)) > QUESTIONS / 10


async def test_a_burst_on_telegram_is_answered_whole(engine: Engine, tmp_path: Path) -> None:
    async with bot_api_process("--anybody", "--quiet") as api, installed(engine, tmp_path, api.url) as there:
        there.more = {
            "BROBYGGER_TELEGRAM_WEBHOOK_URL": f"http://127.0.0.1:{there.port}/telegram",
            "BROBYGGER_TELEGRAM_WEBHOOK_SECRET": SECRET,
        }
        before = await started(there)

        plan = Plan((there.port,), QUESTIONS, rate=QUESTIONS / SECONDS, telegram_secret=SECRET, patience=PATIENCE)
        result = await ask(plan)

        assert result.statuses == {200: QUESTIONS}
        waiting = select(func.count()).where(InboundUpdate.progress.in_((Progress.RECEIVED, Progress.REPLIED)))
        async with asyncio.timeout(PATIENCE):
            while await count(there, waiting):
                await asyncio.sleep(0.5)
        done = select(func.count()).where(InboundUpdate.progress == Progress.DONE)
        assert await count(there, done) == QUESTIONS
        assert sum((await api.took()).values()) >= QUESTIONS
        assert memory(there) < before + MAY_GROW


async def test_two_minutes_of_questions_let_nothing_grow(tmp_path: Path) -> None:
    minutes = float(os.environ.get("BROBYGGER_SOAK_MINUTES", "2"))

    wrong = await soak(f"sqlite:///{tmp_path}/soak.sqlite3", minutes=minutes, rate=10, BROBYGGER_VECTORS="none")

    assert not wrong


async def started(there: Installation) -> int:
    """Start, ask a few hundred so that everything is loaded; bytes of memory then."""
    there.start()
    await until_ready(there.port)
    secret = there.more.get("BROBYGGER_TELEGRAM_WEBHOOK_SECRET", "")
    assert not secret or there.token
    await ask(Plan((there.port,), 300, lines=8, seed=1))
    return memory(there)


def memory(there: Installation) -> int:
    assert there.process is not None
    return int(psutil.Process(there.process.pid).memory_info().rss)


async def ask(plan: Plan) -> Result:
    client = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.load.client", cwd=PROJECT,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _ = await client.communicate(json.dumps(asdict(plan)).encode())
    given = json.loads(out)
    return Result(**{**given, "statuses": {int(status): times for status, times in given["statuses"].items()}})


async def count(there: Installation, wanted: object) -> int:
    database = Database(there.database_url)
    try:
        async with database.reading() as session:
            return int(await session.scalar(wanted) or 0)  # type: ignore[call-overload]
    finally:
        await database.close()
