"""Builds the index in a process of its own, whose memory goes when it ends.

    python -m brobygger.building [--quiet]

It imports little: somebody who has published a wording waits for it.
"""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable

from brobygger.progress import ProgressLine
from content.finding.sentences import encoder_name, make_encoder
from content.index import Due, rebuild, what_is_due
from core.clock import now
from core.database import Database
from core.errors import SetupProblem
from core.logs import configure_logs
from core.settings import Settings

QUIET = "--quiet"


async def build_index_apart(
    settings: Settings, *, quiet: bool = False, give_way: Callable[[], Awaitable[bool]] | None = None
) -> None:
    """Build what is due in another process, and wait for it. Its progress goes to our standard error.

    It is ended when ``give_way`` says so, asked twice a second. Raises SetupProblem when it fails.
    """
    options = [QUIET] if quiet else []
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "brobygger.building", *options, env=_environment(settings)
    )
    ended = asyncio.create_task(process.wait())
    try:
        while not (await asyncio.wait({ended}, timeout=0.5))[0]:
            if give_way is not None and await give_way():
                return
        if ended.result() != 0:
            raise SetupProblem("The index could not be built; the lines above say why.")
    finally:
        if process.returncode is None:
            process.terminate()
            await ended


async def build_index(settings: Settings, database: Database, *, quiet: bool = False) -> None:
    """Build what is due here; nothing when nothing is."""
    async with database.reading() as session:
        due = await what_is_due(session, encoder_name(settings.vectors))
    if due is None:
        return
    if due is Due.THOROUGH:
        os.nice(10)  # residents' questions come first
    line = ProgressLine(is_quiet=quiet)
    try:
        await rebuild(database, make_encoder(settings.vectors), now=now, progress=line)
    finally:
        line.end()


def _environment(settings: Settings) -> dict[str, str]:
    return {
        **os.environ,  # noqa: TID251
        "DATABASE_URL": settings.database_url,
        "BROBYGGER_VECTORS": settings.vectors,
    }


async def _main() -> None:
    settings = Settings.from_env()
    configure_logs("WARNING", as_json=settings.log_json)
    database = Database(settings.database_url, settings.seal)
    try:
        await build_index(settings, database, quiet=QUIET in sys.argv[1:])
    finally:
        await database.close()


if __name__ == "__main__":
    try:
        asyncio.run(_main())
    except SetupProblem as problem:
        sys.exit(f"brobygger: {problem.what}")
