"""What is new in the shared library? Three versions are held against each other: seen last, ours, and theirs now.

Only what the library itself has changed since it was seen last is offered, and only where it says something else than
residents read here. What the municipality wrote by itself is nobody's update, and is never touched.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from content.library_files import LibraryFiles
from content.library_updates.items import (
    Item,
    Name,
    item_of_answer,
    item_of_fact,
    item_of_text,
    items_of,
    says_the_same,
)
from content.library_updates.records import LibraryItem, LibraryItemKind
from content.models import Answer, Fact, Lifecycle, Revision, Translation
from core.database import wait_for_turn
from core.timeline import record

LIBRARY_LOCK = 7_202_614  # any number that no other lock has


@dataclass(frozen=True, slots=True)
class Compared:
    """Texts, details and facts: how many are newly offered, how many no longer, and how many stay as they were."""

    offered: int
    withdrawn: int
    unchanged: int


async def hold_library(session: AsyncSession) -> None:
    """Nobody decides about updates before the transaction ends: who takes all of it locks this first, as they do."""
    await _rows(session)


async def remember(session: AsyncSession, library: LibraryFiles) -> None:
    """All of this shared library has been taken: none of it is an update any more, until it changes."""
    rows = await _rows(session)
    for item in items_of(library):
        row = rows.get(item.name) or _new_row(session, item)
        row.seen_hash, row.decision, row.reason = item.hash, None, ""
        withdraw_offer(row)


async def compare(session: AsyncSession, library: LibraryFiles, *, at: datetime) -> Compared:
    """Offer what is new in the library, and stop offering what no longer is. The same library again changes nothing.

    A new answer is one update in all its languages: a translation without its source text would be of no use, and
    when it was refused, it comes back as a whole.
    """
    rows, ours = await _rows(session), await load_ours(session)
    theirs = {item.name: item for item in items_of(library)}
    whole = _new_answers(theirs.values(), ours, rows)
    offered = withdrawn = 0
    for name, item in theirs.items():
        row = rows.get(name) or _new_row(session, item)
        is_part = row.key in whole and row.kind != LibraryItemKind.FACT
        update_name = f"answer:{row.key}" if is_part else ":".join(name)
        if not is_part and (row.seen_hash == item.hash or says_the_same(ours.get(name), item)):
            row.seen_hash = item.hash
            withdrawn += withdraw_offer(row)
        elif (row.offered_hash, row.update_name) != (item.hash, update_name):
            row.area, row.update_name = item.area, update_name
            row.offered_hash, row.offered, row.offered_at = item.hash, dict(item.content), at
            offered += 1
    withdrawn += sum(withdraw_offer(row) for name, row in rows.items() if name not in theirs)
    if offered or withdrawn:
        record(session, "library_compared", about="library", at=at, offered=str(offered), withdrawn=str(withdrawn))
    return Compared(offered, withdrawn, len(theirs) - offered)


def fingerprint_of(folder: Path) -> str:
    """Another one whenever a file of the library is another; quick, because nothing is read as YAML."""
    found = hashlib.sha256()
    for file in sorted(folder.rglob("*.yaml")):
        content = file.read_bytes()
        found.update(f"{file.relative_to(folder)}:{len(content)}:".encode() + content)
    return found.hexdigest()


def withdraw_offer(row: LibraryItem) -> bool:
    """Nothing of it waits for a decision any more; whether something did."""
    was_offered = row.offered_hash is not None
    row.offered_hash = row.offered = row.offered_at = None
    return was_offered


async def hold_offer_of_fact(session: AsyncSession, name: str) -> LibraryItem | None:
    """What waits for a decision about a fact. Who changes the fact asks first: decisions lock in this order, too."""
    of_fact = (LibraryItem.kind == LibraryItemKind.FACT, LibraryItem.key == name, LibraryItem.offered_hash.is_not(None))
    row: LibraryItem | None = await session.scalar(select(LibraryItem).where(*of_fact).with_for_update())
    return row


def settle(row: LibraryItem | None, fact: Fact) -> None:
    """What somebody has written here by themselves is no longer offered."""
    if row is not None and row.offered_hash == item_of_fact(fact).hash:
        row.seen_hash = row.offered_hash
        withdraw_offer(row)


async def load_ours(session: AsyncSession, keys: Iterable[str] | None = None) -> Mapping[Name, Item]:
    """Published texts, details and facts of the municipality; with ``keys``, only of these answers and facts."""
    texts = (
        select(Translation.answer_id, Translation.language, Revision)
        .join(Revision, Revision.translation_id == Translation.id)
        .where(Revision.lifecycle == Lifecycle.PUBLISHED)
    )
    answers, facts = select(Answer).options(selectinload(Answer.sources)), select(Fact)
    if keys is not None:
        several = set(keys)
        texts, answers = texts.where(Translation.answer_id.in_(several)), answers.where(Answer.id.in_(several))
        facts = facts.where(Fact.name.in_(several))
    items = [item_of_text(*row) for row in await session.execute(texts)]
    items += [item_of_answer(answer) for answer in await session.scalars(answers)]
    items += [item_of_fact(fact) for fact in await session.scalars(facts)]
    return {item.name: item for item in items}


def _new_answers(theirs: Iterable[Item], ours: Mapping[Name, Item], rows: Mapping[Name, LibraryItem]) -> frozenset[str]:
    """The answers that are not here, with something in them that nobody has seen."""
    by_answer: defaultdict[str, list[Item]] = defaultdict(list)
    for item in theirs:
        kind, key, _language = item.name
        if kind is not LibraryItemKind.FACT and (LibraryItemKind.DETAILS, key, "") not in ours:
            by_answer[key].append(item)
    return frozenset(
        key
        for key, items in by_answer.items()
        if any(item.name not in rows or rows[item.name].seen_hash != item.hash for item in items)
    )


async def _rows(session: AsyncSession) -> dict[Name, LibraryItem]:
    """All rows, for us alone until the transaction ends."""
    await wait_for_turn(session, LIBRARY_LOCK)
    found = await session.scalars(select(LibraryItem).order_by(LibraryItem.id).with_for_update())
    return {(LibraryItemKind(row.kind), row.key, row.language): row for row in found}


def _new_row(session: AsyncSession, item: Item) -> LibraryItem:
    kind, key, language = item.name
    row = LibraryItem(kind=kind, key=key, language=language, area=item.area, update_name=":".join(item.name))
    session.add(row)
    return row
