"""Builds the index in a process of its own, whose memory goes when it ends.

    python -m brobygger.building [--quiet] [--ahead FOLDER]

It imports little: somebody who has published a wording waits for it. Ahead: it begins to learn from the files of a
library while another process imports them, and stores the index when a line on its standard input says what has been
published of them.
"""

import asyncio
import gc
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from brobygger.progress import ProgressLine
from content.finding.sentences import encoder_name, make_encoder
from content.index import Due, Published, build_ahead, rebuild, store_ahead, what_is_due
from content.library_files import read_library
from core.clock import now
from core.database import Database
from core.errors import SetupProblem
from core.logs import configure_logs
from core.settings import Settings

QUIET, AHEAD = "--quiet", "--ahead"


async def build_index_apart(
    settings: Settings, *, quiet: bool = False, give_way: Callable[[], Awaitable[bool]] | None = None
) -> None:
    """Build what is due in another process, and wait for it. Its progress goes to our standard error.

    It is ended when ``give_way`` says so, asked twice a second. Raises SetupProblem when it fails.
    """
    async with _process(settings, *([QUIET] if quiet else [])) as process:
        ended = asyncio.create_task(process.wait())
        while not (await asyncio.wait({ended}, timeout=0.5))[0]:
            if give_way is not None and await give_way():
                return
        _check(process)


@asynccontextmanager
async def index_built_ahead(settings: Settings, database: Database, library: Path) -> AsyncIterator[None]:
    """While a library is imported into an empty database here, another process learns from its files.

    At the end the index is stored. Raises SetupProblem when it could not be built.
    """
    async with _process(settings, AHEAD, str(library)) as process:
        yield
        async with database.reading() as session:  # here: that process is still learning
            published = await Published.look(session)
        await process.communicate(f"{published.version} {published.fingerprint}\n".encode())
        _check(process)


@asynccontextmanager
async def _process(settings: Settings, *options: str) -> AsyncIterator[asyncio.subprocess.Process]:
    command = (sys.executable, "-m", "brobygger.building", *options)
    process = await asyncio.create_subprocess_exec(*command, env=_environment(settings), stdin=asyncio.subprocess.PIPE)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def _check(process: asyncio.subprocess.Process) -> None:
    if process.returncode != 0:
        raise SetupProblem("The index could not be built; the lines above say why.")


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


async def build_first_index(settings: Settings, database: Database, folder: Path) -> None:
    """Learn from the files; when they are imported, store what was learned. Nothing if the import came to nothing."""
    line = ProgressLine()
    encoder = make_encoder(settings.vectors)
    try:
        ahead = build_ahead(read_library(folder), encoder, progress=line)
        if told := await asyncio.to_thread(sys.stdin.readline):
            version, fingerprint = told.split()
            if not await store_ahead(database, encoder, ahead, Published(int(version), fingerprint), now=now):
                await rebuild(database, encoder, now=now, progress=line)
    finally:
        line.end()


def _environment(settings: Settings) -> dict[str, str]:
    return {
        **os.environ,  # noqa: TID251
        "DATABASE_URL": settings.database_url,
        "BROBYGGER_VECTORS": settings.vectors,
        # Numpy's own threads would wait for one another in a loop: learning took twice the processor time.
        "OPENBLAS_NUM_THREADS": "1",
    }


async def _main() -> None:
    settings = Settings.from_env()
    configure_logs("WARNING", as_json=settings.log_json)
    gc.disable()  # looking for garbage takes time, and all goes when this process ends
    database = Database(settings.database_url, settings.seal)
    try:
        if AHEAD in sys.argv:
            await build_first_index(settings, database, Path(sys.argv[-1]))
        else:
            await build_index(settings, database, quiet=QUIET in sys.argv)
    finally:
        await database.close()


if __name__ == "__main__":
    try:
        asyncio.run(_main())
    except SetupProblem as problem:
        sys.exit(f"brobygger: {problem.what}")
