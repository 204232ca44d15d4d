"""The index as a versioned snapshot in the database: built after a publication, followed by every process."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b
from itertools import chain

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from content.catalogue import Catalogue, load_catalogue, load_samples
from content.facts import PLACEHOLDER
from content.finding.building import OUTSIDE, Example, Progress, build, change, examples_in
from content.finding.finder import Finder
from content.finding.sentences import SentenceEncoder
from content.finding.snapshot import Index, StaleFormat, format_name
from content.library_files import AnswerEntry, LibraryFiles
from content.models import Lifecycle, Revision, Sample, Snapshot
from content.publishing import get_version
from core.database import Database, let_go
from core.logs import get_log
from core.news import INDEX, tell

KEPT = 2  # snapshots: the newest, and the one that slower processes may still be loading
LEAST_ALIKE = 0.8  # of the wordings must be known for a quick change
log = get_log(__name__)


class Knowledge:
    """What one process knows: the published texts and a finder, each replaced as a whole when it has grown old."""

    def __init__(self, database: Database, encoder: SentenceEncoder) -> None:
        self._database = database
        self.encoder = encoder
        self._catalogue: Catalogue | None = None
        self._finder: Finder | None = None
        self._snapshot_id = 0
        self._loading = asyncio.Lock()
        self._reading = asyncio.Lock()

    async def catalogue(self, session: AsyncSession | None = None, *, version: int | None = None) -> Catalogue:
        """The texts as published this very moment: one small look at the version, a full read only after a change.

        Whoever has a session passes it: many turns that each wait for a second connection would wait for ever. Whoever
        has just looked at the version passes that too.
        """
        if session is None:
            async with self._database.glancing() as glancing:
                return await self.catalogue(glancing)
        if version is None:
            version = await get_version(session)
        before = self._catalogue
        if before is not None and before.version == version:
            return before
        # It takes a second: of many who ask at this moment one reads, in the session that it has, and the others wait.
        async with self._reading:
            if self._catalogue is None or self._catalogue is before:
                self._catalogue = await load_catalogue(session)
            return self._catalogue

    @property
    def finder(self) -> Finder | None:
        """The newest finder that has been loaded; None before there is any."""
        return self._finder

    @property
    def snapshot_id(self) -> int:
        """Which snapshot the finder was made from."""
        return self._snapshot_id

    async def follow(self, _at: datetime | None = None) -> None:
        """Load the newest snapshot if it is not the one we have. Questions go on being answered meanwhile."""
        async with self._loading, self._database.reading() as session:
            newest = await session.scalar(
                select(Snapshot.id)
                .where(Snapshot.format == format_name(self.encoder.name))
                .order_by(Snapshot.id.desc())
                .limit(1)
            )
            if newest is None or newest == self._snapshot_id:
                return
            snapshot = await session.get_one(Snapshot, newest)
            payload, content_version = snapshot.payload, snapshot.content_version
            session.expunge(snapshot)
            await let_go(session)
            try:
                index = await asyncio.to_thread(Index.from_bytes, payload, encoder=self.encoder.name)
            except StaleFormat:
                return
            self._finder, self._snapshot_id = Finder(index, self.encoder), newest
            log.info("index_loaded", snapshot_id=newest, content_version=content_version)


class Due(StrEnum):
    """What the builder has to do."""

    FIRST = "first"  # there is no index yet
    CHANGE = "change"  # something was published since: have it understood within seconds
    THOROUGH = "thorough"  # a quick change serves: build thoroughly when there is time


async def what_is_due(session: AsyncSession, encoder_name: str) -> Due | None:
    """What must be done so that the newest snapshot is thorough and of what is published now; None: nothing."""
    newest = (
        await session.execute(
            select(Snapshot.content_version, Snapshot.is_thorough)
            .where(Snapshot.format == format_name(encoder_name))
            .order_by(Snapshot.id.desc())
            .limit(1)
        )
    ).first()
    if newest is not None and newest.content_version >= await get_version(session):
        return None if newest.is_thorough else Due.THOROUGH
    # With nothing published there is nothing to learn from: the last index stays, its answers are not shown anyway.
    published = select(Revision.id).where(Revision.lifecycle == Lifecycle.PUBLISHED).limit(1)
    if await session.scalar(published) is None:
        return None
    return Due.FIRST if newest is None else Due.CHANGE


@dataclass(frozen=True, slots=True)
class Ahead:
    """An index that was learned from files while they were being imported."""

    fingerprint: str
    index: Index


@dataclass(frozen=True, slots=True)
class Published:
    """What is published at one moment, as far as an index is concerned."""

    version: int
    fingerprint: str

    @classmethod
    async def look(cls, session: AsyncSession) -> "Published":
        """At this moment."""
        catalogue = await load_catalogue(session)
        examples = examples_of(catalogue, await load_samples(session))
        return cls(catalogue.version, _fingerprint(examples, _safety_in(catalogue)))


def _fingerprint(examples: Iterable[Example], safety: frozenset[str]) -> str:
    """The same for all that make the same index."""
    found = blake2b("\0".join(sorted(safety)).encode())
    for one in sorted({(one.label, one.language, one.text) for one in examples}):
        found.update("\0".join(("", *one)).encode(errors="surrogatepass"))
    return found.hexdigest()


def _safety_in(catalogue: Catalogue) -> frozenset[str]:
    return frozenset(answer.id for answer in catalogue.answers.values() if answer.is_safety)


def build_ahead(
    library: LibraryFiles,
    encoder: SentenceEncoder,
    *,
    progress: Progress = lambda _what, _done, _all: None,
) -> Ahead:
    """The first index of a library that has been read and is about to be published."""
    examples = examples_of_library(library)
    safety = frozenset(answer.id for answer in library.answers if answer.is_safety)
    return Ahead(_fingerprint(examples, safety), build(examples, safety=safety, encoder=encoder, progress=progress))


async def store_ahead(
    database: Database, encoder: SentenceEncoder, ahead: Ahead, published: Published, *, now: Callable[[], datetime]
) -> bool:
    """Store what was learned ahead as the very first index, if it is just what was published; whether it was stored."""
    async with database.reading() as session:
        is_first = await what_is_due(session, encoder.name) is Due.FIRST
    if not is_first or ahead.fingerprint != published.fingerprint:
        return False
    await _store(database, encoder, ahead.index, version=published.version, is_thorough=True, at=now())
    return True


async def rebuild(
    database: Database,
    encoder: SentenceEncoder,
    *,
    now: Callable[[], datetime],
    progress: Progress = lambda _what, _done, _all: None,
) -> bool:
    """Make and store the snapshot that is due; whether one was. Doing it twice is harmless.

    After a publication the first is made quickly (``change``); a second call makes it thoroughly.
    """
    async with database.reading() as session:
        due = await what_is_due(session, encoder.name)
        if due is None:
            return False
        catalogue = await load_catalogue(session)
        samples = await load_samples(session)
        payload = await session.scalar(
            select(Snapshot.payload)
            .where(Snapshot.format == format_name(encoder.name))
            .order_by(Snapshot.id.desc())
            .limit(1)
        )
    examples = examples_of(catalogue, samples)
    if not examples:
        return False
    before = _read(payload, encoder)
    is_thorough = due is not Due.CHANGE or before is None or not _is_much_alike(before, examples)
    safety = _safety_in(catalogue)

    def make() -> Index:
        if is_thorough or before is None:
            return build(examples, safety=safety, encoder=encoder, before=before, progress=progress)
        return change(before, examples, safety=safety, encoder=encoder, progress=progress)

    index = await asyncio.to_thread(make)
    await _store(database, encoder, index, version=catalogue.version, is_thorough=is_thorough, at=now())
    return True


async def _store(
    database: Database, encoder: SentenceEncoder, index: Index, *, version: int, is_thorough: bool, at: datetime
) -> None:
    payload = index.to_bytes()
    async with database.changing() as session:
        session.add(
            Snapshot(
                content_version=version,
                format=format_name(encoder.name),
                is_thorough=is_thorough,
                built_at=at,
                payload=payload,
            )
        )
        await session.flush()  # the new one counts among those kept
        kept = select(Snapshot.id).order_by(Snapshot.id.desc()).limit(KEPT)
        await session.execute(delete(Snapshot).where(Snapshot.id.not_in(kept.scalar_subquery())))
        tell(session, INDEX)


def _read(payload: bytes | None, encoder: SentenceEncoder) -> Index | None:
    if payload is None:
        return None
    try:
        return Index.from_bytes(payload, encoder=encoder.name)
    except StaleFormat:
        return None


def _is_much_alike(before: Index, examples: list[Example]) -> bool:
    """Whether most of what is published now was in the earlier index: with much that is new, a change would be poor."""
    known = examples_in(before)
    return sum(one in known for one in examples) >= LEAST_ALIKE * max(len(examples), len(known))


def examples_of(catalogue: Catalogue, samples: list[Sample]) -> list[Example]:
    """Every wording, title and short text; wordings in other languages; and what lies outside."""
    found = [
        Example(sentence, text.language, answer.id)
        for answer in catalogue.answers.values()
        for text in answer.texts.values()
        for sentence in _sentences(text.asked_as, text.title, text.short)
    ]
    known = {OUTSIDE, *catalogue.answers} if found else set()
    return found + [Example(one.text, one.language, one.answer_id) for one in samples if one.answer_id in known]


def examples_of_library(library: LibraryFiles) -> list[Example]:
    """The same of a library that has been read."""
    examples = list(chain.from_iterable(map(_examples_of_entry, library.answers)))
    return examples + [Example(one.text, one.language, one.answer_id) for one in library.samples]


def _examples_of_entry(answer: AnswerEntry) -> Iterator[Example]:
    for one in answer.translations:
        sentences = _sentences(one.asked_as, one.text.title, one.text.short)
        yield from (Example(sentence, one.language, answer.id) for sentence in sentences)


def _sentences(asked_as: Iterable[str], title: str, short: str) -> list[str]:
    return [sentence for sentence in (*asked_as, _bare(title), _bare(short)) if sentence]


def _bare(text: str) -> str:
    """Without the facts: a telephone number says nothing about the subject."""
    return PLACEHOLDER.sub("", text).strip()
