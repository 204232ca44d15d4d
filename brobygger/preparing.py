"""What every command needs before it can work: tables, content, an index."""

import asyncio
import fcntl
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncSession

from bot.desk import Desk
from brobygger.migrating import migrate
from brobygger.progress import say
from content.finding.sentences import SentenceEncoder, make_encoder
from content.importing import Imported, import_library
from content.index import Due, Knowledge, what_is_due
from content.library_files import read_library
from content.models import Answer
from core.clock import now
from core.database import Database, wait_for_turn
from core.errors import SetupProblem
from core.logs import get_log
from core.settings import Settings

log = get_log(__name__)
STARTER = Path(__file__).resolve().parent.parent / "content" / "library"
STARTER_LOCK = 7_202_612  # beside the one of migrating.py
ENCODERS = {"none": "none", "use": "use-multilingual-3"}


@dataclass(frozen=True, slots=True)
class House:
    """What a process works with."""

    settings: Settings
    database: Database
    encoder: SentenceEncoder
    knowledge: Knowledge
    desk: Desk


@asynccontextmanager
async def open_house(settings: Settings, *, with_starter: bool = True) -> AsyncIterator[House]:
    """A database that is up to date, with content and an index that is built; closed at the end."""
    database = Database(settings.database_url)
    try:
        with _one_at_a_time(settings):
            await migrate(database)
            if with_starter:
                await load_starter(database)
            await bring_index_up_to_date(settings, database)
        encoder = make_encoder(settings.vectors)
        knowledge = Knowledge(database, encoder)
        await knowledge.follow()
        yield House(settings, database, encoder, knowledge, Desk(knowledge))
    finally:
        await database.close()


async def load_starter(database: Database) -> None:
    """Load the starter library into a database that has no answers at all."""
    async with database.reading() as session:
        if await _has_answers(session):
            return
    say("Loading the starter library for the example municipality ...")
    library = read_library(STARTER)
    async with database.changing() as session:
        await wait_for_turn(session, STARTER_LOCK)
        if not await _has_answers(session):
            await import_library(session, library, at=now())


async def _has_answers(session: AsyncSession) -> bool:
    return await session.scalar(select(Answer.id).limit(1)) is not None


async def import_folder(database: Database, folder: Path, *, replace: bool = False) -> Imported:
    """Publish a folder in the library's format. Raises LibraryUnreadable."""
    library = read_library(folder)
    async with database.changing() as session:
        return await import_library(session, library, at=now(), replace=replace)


async def bring_index_up_to_date(settings: Settings, database: Database) -> None:
    """Build the index if something was published since, in a process of its own: its memory goes when it ends."""
    async with database.reading() as session:
        due = await what_is_due(session, encoder_name(settings.vectors))
    if due in (Due.FIRST, Due.CHANGE):
        await build_index_apart(settings)


async def follow_publications(house: House, _at: datetime) -> None:
    """A job: build what is due, load it when it is there. A thorough build gives way to a new publication."""

    async def something_new() -> bool:
        return await _due(house) is Due.CHANGE

    due = await _due(house)
    if due is not None:
        log.info("index_due", due=due)
        give_way = something_new if due is Due.THOROUGH else None
        await build_index_apart(house.settings, "--quiet", give_way=give_way)
        await house.knowledge.follow()


async def _due(house: House) -> Due | None:
    async with house.database.reading() as session:
        return await what_is_due(session, house.encoder.name)


async def build_index_apart(
    settings: Settings, *options: str, give_way: Callable[[], Awaitable[bool]] | None = None
) -> None:
    """Run `brobygger content index` and wait for it. Its progress goes to our standard error.

    It is ended when ``give_way`` says so, asked twice a second. Raises SetupProblem when it fails.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "brobygger", "content", "index", *options, env=_environment(settings)
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


def encoder_name(choice: str) -> str:
    """The name of an encoder without loading it."""
    return ENCODERS.get(choice) or f"onnx-{Path(choice).name}"


def _environment(settings: Settings) -> dict[str, str]:
    return {
        **os.environ,  # noqa: TID251
        "DATABASE_URL": settings.database_url,
        "BROBYGGER_VECTORS": settings.vectors,
    }


class _one_at_a_time:  # noqa: N801
    """Two commands started together set up one SQLite file one after the other."""

    def __init__(self, settings: Settings) -> None:
        path = make_url(settings.database_url).database if settings.is_sqlite else None
        self._path = Path(f"{path}.lock") if path and path != ":memory:" else None
        self._file: int | None = None

    def __enter__(self) -> None:
        if self._path is None:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600)
        except OSError as problem:
            raise SetupProblem(
                f"{self._path.parent} cannot be written to ({problem.strerror}). Set DATABASE_URL to another place."
            ) from None
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def __exit__(self, *_exc: object) -> None:
        if self._file is not None:
            os.close(self._file)
