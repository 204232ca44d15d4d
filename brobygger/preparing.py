"""What every command needs before it can work: tables, content, an index."""

import asyncio
import fcntl
import gc
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncSession

from bot.desk import Desk
from bot.phrases import load_phrases
from brobygger.building import build_index_apart, index_built_ahead
from brobygger.migrating import has_tables, migrate
from brobygger.progress import say
from content.finding.rasa import Rasa
from content.finding.sentences import SentenceEncoder, encoder_name, make_encoder
from content.glossary.keeping import import_glossary
from content.importing import Imported, import_library
from content.importing_drafts import Outcome, import_as_drafts
from content.index import Due, Knowledge, what_is_due
from content.library_files import read_library
from content.library_updates.comparing import Compared, compare, fingerprint_of
from content.library_updates.records import find_fingerprint, follow_library
from content.models import Answer
from content.reading_aloud.robot import Robot
from core.clock import now
from core.database import Database, wait_for_turn
from core.errors import SetupProblem
from core.logs import get_log
from core.seal_record import check_seal
from core.settings import Settings

log = get_log(__name__)
STARTER = Path(__file__).resolve().parent.parent / "content" / "library"
STARTER_LOCK = 7_202_612  # beside the one of migrating.py


@dataclass(frozen=True, slots=True)
class House:
    """What a process works with."""

    settings: Settings
    database: Database
    encoder: SentenceEncoder
    knowledge: Knowledge
    desk: Desk


@asynccontextmanager
async def open_house(
    settings: Settings, *, robot: Robot | None = None, thoroughly: bool = False
) -> AsyncIterator[House]:
    """A database that is up to date, with content and an index that is built; closed at the end.

    ``thoroughly``: not with an index that was made quickly, which is to be replaced by another process.
    """
    encoder = make_encoder(settings.vectors)
    database, rasa = Database(settings.database_url, settings.seal), make_rasa(settings)
    # What is read from files, and would keep the first resident: the model and the phrases.
    loading = asyncio.gather(asyncio.to_thread(encoder.encode, ["."]), asyncio.to_thread(load_phrases))
    try:
        with _in_a_hurry():
            with one_at_a_time(settings):
                await _prepare(settings, database)
                await bring_index_up_to_date(settings, database)
                if thoroughly:
                    await build_index_apart(settings)
            knowledge = Knowledge(database, encoder)
            await knowledge.follow()
            await knowledge.catalogue()
            await loading
            desk = Desk(knowledge, robot=robot, rasa=rasa)
        yield House(settings, database, encoder, knowledge, desk)
    finally:
        await asyncio.gather(loading, return_exceptions=True)
        if rasa is not None:
            await rasa.close()
        await database.close()


async def _prepare(settings: Settings, database: Database) -> None:
    """Tables and content. What is about to be imported is learned meanwhile, from the first moment on."""
    is_empty = not await has_tables(database) or not await _has_content(database)
    if is_empty:
        say("Loading the starter library for the example municipality ...")
    async with index_built_ahead(settings, database, STARTER) if is_empty else nullcontext():
        await migrate(database)
        await check_seal(database)
        if is_empty:
            await load_starter(database)


@contextmanager
def _in_a_hurry() -> Iterator[None]:
    """Looking for garbage takes time while much is loaded. All of it stays, and is not looked at later either.

    Threads take turns ten times as often: one that unpacks needs each turn for a moment only, and waited for it as long
    as another could work.
    """
    usual = sys.getswitchinterval()
    sys.setswitchinterval(usual / 10)
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        gc.enable()
        sys.setswitchinterval(usual)


def make_rasa(settings: Settings) -> Rasa | None:
    """The Rasa server that is asked beside our own finding; None where there is none."""
    if settings.rasa_url is None:
        return None
    timeout = timedelta(milliseconds=settings.rasa_milliseconds)
    return Rasa(settings.rasa_url, languages=settings.rasa_languages, token=settings.rasa_token, timeout=timeout)


async def load_starter(database: Database) -> None:
    """Load the starter library into a database that has no answers at all."""
    if await _has_content(database):
        return
    library = read_library(STARTER)
    async with database.changing() as session:
        await wait_for_turn(session, STARTER_LOCK)
        if not await _has_answers(session):
            await import_library(session, library, at=now(), is_shared=True)
            await follow_library(session, fingerprint_of(STARTER), at=now())
    del library
    gc.collect()  # the rows refer to one another, and nobody else does


async def offer_updates(database: Database) -> None:
    """Put into the desk's queue what is new in the library that comes with the software, if this town follows it.

    It does when it has begun with that library, or has been compared with it once (`content compare`).
    """
    fingerprint = await asyncio.to_thread(fingerprint_of, STARTER)
    async with database.reading() as session:
        if await find_fingerprint(session) in (None, fingerprint):
            return
    compared = await compare_folder(database, STARTER)
    log.info("library_compared", offered=compared.offered, withdrawn=compared.withdrawn)


async def compare_folder(database: Database, folder: Path) -> Compared:
    """Put into the desk's queue what is new in a folder in the library's format. Raises LibraryUnreadable."""
    library = await asyncio.to_thread(read_library, folder)
    async with database.changing() as session:
        compared = await compare(session, library, at=now())
        if folder.resolve() == STARTER:
            await follow_library(session, fingerprint_of(STARTER), at=now())
        return compared


async def _has_content(database: Database) -> bool:
    async with database.reading() as session:
        return await _has_answers(session)


async def _has_answers(session: AsyncSession) -> bool:
    return await session.scalar(select(Answer.id).limit(1)) is not None


async def import_folder(database: Database, folder: Path, *, replace: bool = False) -> Imported:
    """Publish a folder in the library's format. Raises LibraryUnreadable."""
    library = read_library(folder)
    async with database.changing() as session:
        is_shared = folder.resolve() == STARTER
        return await import_library(session, library, at=now(), replace=replace, is_shared=is_shared)


async def import_words_of(database: Database, folder: Path) -> int:
    """Publish the words that a folder in the library's format explains, and nothing else. Raises LibraryUnreadable."""
    library = read_library(folder)
    async with database.changing() as session:
        return await import_glossary(session, library.glossary, at=now())


async def draft_folder(database: Database, folder: Path) -> Counter[Outcome]:
    """Make drafts for the desk from a folder in the library's format. Raises LibraryUnreadable."""
    library = read_library(folder)
    async with database.changing() as session:
        return await import_as_drafts(session, library, at=now())


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
        await build_index_apart(house.settings, quiet=True, give_way=give_way)
        await house.knowledge.follow()


async def _due(house: House) -> Due | None:
    async with house.database.reading() as session:
        return await what_is_due(session, house.encoder.name)


class one_at_a_time:  # noqa: N801
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
