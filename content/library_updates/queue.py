"""The queue of updates of the shared library: what waits for a decision, beside what the municipality has now."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from content.differences import FieldDifference
from content.freshness import hash_of
from content.library_updates.comparing import load_ours
from content.library_updates.items import FactContent, Item, Name, details, difference, fact, offered_item, text
from content.library_updates.records import LibraryDecision, LibraryItem, LibraryItemKind
from content.models import Answer

PAGE = 20
MOST_AT_ONCE = 50  # updates that are accepted together: each takes about a tenth of a second
FACTS = "facts"  # stands where an area does, for what has none
_ORDER = (LibraryItemKind.FACT, LibraryItemKind.DETAILS, LibraryItemKind.TEXT)  # texts name facts, answers hold texts


class Standing(StrEnum):
    """What the municipality has where the library has something new."""

    AS_TAKEN = "as_taken"  # what was taken from the library
    CHANGED = "changed"  # something else than the library had
    ABSENT = "absent"  # nothing, though it was seen: withdrawn, refused, or not published yet
    NEW = "new"  # nothing, and it was never seen


@dataclass(frozen=True, slots=True)
class Part:
    """A text, the details of an answer or a fact, and what would change."""

    kind: LibraryItemKind
    language: str
    title: str
    differences: tuple[FieldDifference, ...]  # empty: only marks differ, such as "checked by nobody"


@dataclass(frozen=True, slots=True)
class Update:
    """Something to decide about. Of a new answer all languages together, of anything else one part."""

    id: int
    key: str  # the id of an answer, the name of a fact
    title: str  # in the language of the answer
    language: str
    standing: Standing
    parts: tuple[Part, ...]
    mark: str  # of what was looked at
    offered_at: datetime | None
    refused_before: str  # why the version before was refused, if it was
    fact: FactContent | None  # what is offered, if it is a fact

    @property
    def kind(self) -> LibraryItemKind:
        """Of the first part: a new answer begins with its details."""
        return self.parts[0].kind


@dataclass(frozen=True, slots=True)
class Updates:
    """Some of the updates that were looked for, and how many there are in all."""

    rows: tuple[Update, ...]
    count: int
    number: int = 1

    @property
    def last(self) -> int:
        """The number of the last page; the first is 1."""
        return max(1, -(-self.count // PAGE))


async def list_updates(session: AsyncSession, *, area: str = "", language: str = "", page: int = 1) -> Updates:
    """A page of what waits, of one area (or FACTS) and in one language if they are given."""
    waiting = [
        rows
        for rows in await _waiting(session)
        if (not area or (rows[0].area or FACTS) == area)
        and (not language or language in {one.language for one in rows})
    ]
    number = min(max(page, 1), max(1, -(-len(waiting) // PAGE)))
    shown = waiting[(number - 1) * PAGE : number * PAGE]
    return Updates(tuple(await _updates(session, shown)), len(waiting), number)


async def list_never_changed(session: AsyncSession) -> Updates:
    """What is here as it was taken from the library: the first fifty updates of it, and how many there are.

    Answers for people in danger are not among them: each is looked at by itself.
    """
    waiting = await _waiting(session)
    ours = await load_ours(session, {rows[0].key for rows in waiting})
    as_taken = [rows for rows in waiting if _standing(rows[0], ours) is Standing.AS_TAKEN]
    found = [rows for rows in as_taken if not _is_safety(rows[0].key, ours)]
    return Updates(tuple(await _updates(session, found[:MOST_AT_ONCE])), len(found))


def mark_of(rows: Iterable[LibraryItem], ours: Mapping[Name, Item]) -> str:
    """What was looked at, theirs and ours: another mark, and the decision would be about something else."""
    return hash_of([[row.offered_hash, _hash_of_ours(row, ours)] for row in rows])[:16]


def in_order(rows: Iterable[LibraryItem], source_languages: Mapping[str, str]) -> list[LibraryItem]:
    """As they are read and as they must be taken: facts, then each answer: its details, its source text, the others."""

    def place(row: LibraryItem) -> tuple[bool, str, int, bool, str]:
        kind = _ORDER.index(LibraryItemKind(row.kind))
        return (
            row.kind != LibraryItemKind.FACT,
            row.key,
            kind,
            row.language != source_languages.get(row.key),
            row.language,
        )

    return sorted(rows, key=place)


async def find_source_languages(session: AsyncSession, rows: Iterable[LibraryItem]) -> dict[str, str]:
    """The languages in which answers are written: of those that are new, the library's word for it."""
    offered = {row.key: details(offered_item(row))["source_language"] for row in rows if _is_details(row)}
    here = await session.execute(select(Answer.id, Answer.source_language))
    return offered | {row.id: row.source_language for row in here}


async def _waiting(session: AsyncSession) -> list[list[LibraryItem]]:
    """Everything that is offered, in groups that are decided together; what is offered is not loaded: it is long."""
    offered = select(LibraryItem).where(LibraryItem.offered_hash.is_not(None)).options(defer(LibraryItem.offered))
    groups: dict[str, list[LibraryItem]] = {}
    for row in in_order(await session.scalars(offered), await find_source_languages(session, ())):
        groups.setdefault(row.update_name, []).append(row)
    return list(groups.values())


async def _updates(session: AsyncSession, groups: Sequence[Sequence[LibraryItem]]) -> list[Update]:
    whole = select(LibraryItem).where(LibraryItem.id.in_([row.id for rows in groups for row in rows]))
    found = list(await session.scalars(whole.execution_options(populate_existing=True)))
    ours, written_in = await load_ours(session, {row.key for row in found}), await find_source_languages(session, found)
    return [_update(in_order(rows, written_in), ours) for rows in groups]


def _update(rows: Sequence[LibraryItem], ours: Mapping[Name, Item]) -> Update:
    items = [offered_item(row) for row in rows]
    first = rows[0]
    titles = list(_titles(first, items, ours))
    return Update(
        id=first.id,
        key=first.key,
        title=titles[0][1] if titles else first.key,
        language=titles[0][0] if titles else "",
        standing=_standing(first, ours),
        parts=tuple(
            Part(item.name[0], item.name[2], _title(item), difference(ours.get(item.name), item)) for item in items
        ),
        mark=mark_of(rows, ours),
        offered_at=first.offered_at,
        refused_before=first.reason if first.decision == LibraryDecision.REFUSED else "",
        fact=fact(items[0]) if first.kind == LibraryItemKind.FACT else None,
    )


def _titles(first: LibraryItem, items: Iterable[Item], ours: Mapping[Name, Item]) -> Iterator[tuple[str, str]]:
    """Language and title, the best first: of the text that we have, of the text that is offered."""
    if first.kind == LibraryItemKind.FACT:
        return
    answer = ours.get((LibraryItemKind.DETAILS, first.key, ""))
    written_in = details(answer)["source_language"] if answer else ""
    for item in (ours.get((LibraryItemKind.TEXT, first.key, written_in)), *items):
        if item is not None and item.name[0] is LibraryItemKind.TEXT:
            yield item.name[2], text(item)["title"]


def _standing(row: LibraryItem, ours: Mapping[Name, Item]) -> Standing:
    here = _hash_of_ours(row, ours)
    if not here:
        return Standing.ABSENT if row.seen_hash else Standing.NEW
    return Standing.AS_TAKEN if here == row.seen_hash else Standing.CHANGED


def _hash_of_ours(row: LibraryItem, ours: Mapping[Name, Item]) -> str:
    item = ours.get((LibraryItemKind(row.kind), row.key, row.language))
    return item.hash if item else ""


def _is_safety(answer_id: str, ours: Mapping[Name, Item]) -> bool:
    answer = ours.get((LibraryItemKind.DETAILS, answer_id, ""))
    return answer is not None and details(answer)["is_safety"]


def _title(item: Item) -> str:
    return text(item)["title"] if item.name[0] is LibraryItemKind.TEXT else ""


def _is_details(row: LibraryItem) -> bool:
    return row.kind == LibraryItemKind.DETAILS
