"""Explained words between files and the database, and to what residents can look up."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from content.glossary.files import ExplanationEntry
from content.glossary.glossary import Explained, Glossary
from content.glossary.records import Explanation, hold_glossary, list_published
from content.library_files import write_yaml
from content.models import Lifecycle, Origin
from content.publishing import announce
from core.timeline import record


async def import_glossary(session: AsyncSession, entries: Iterable[ExplanationEntry], *, at: datetime) -> int:
    """Take the words of a library without its answers; how many explanations residents read anew."""
    published = await import_words(session, entries, at=at)
    if published:
        announce(session, "imported", about="glossary", at=at)
        record(session, "glossary_imported", about="glossary", at=at, texts=str(published))
    return published


async def import_words(session: AsyncSession, entries: Iterable[ExplanationEntry], *, at: datetime) -> int:
    """Publish what differs from what residents read; how many explanations that were.

    What staff wrote or withdrew stays as it is, in every language; so does a word while they have a draft of it open.
    """
    await hold_glossary(session)
    versions: dict[tuple[str, str], list[Explanation]] = defaultdict(list)
    for row in await session.scalars(select(Explanation).order_by(Explanation.number)):
        versions[(row.word, row.language)].append(row)
    away = _withdrawn(versions)
    published = 0
    for entry in entries:
        before = versions[(entry.word, entry.language)]
        if entry.word in away or any(one.lifecycle == Lifecycle.DRAFT for one in before):
            continue
        seen = [one for one in before if one.published_at is not None]
        if seen and (_is_same(seen[-1], entry) or not _came_from_library(seen[-1])):
            continue
        if seen:
            seen[-1].lifecycle = Lifecycle.SUPERSEDED
            await session.flush()  # the database allows one published version: the old one must step down first
        session.add(
            Explanation(
                word=entry.word,
                language=entry.language,
                number=before[-1].number + 1 if before else 1,
                lifecycle=Lifecycle.PUBLISHED,
                origin=entry.origin,
                term=entry.term,
                forms=list(entry.forms),
                meaning=entry.meaning,
                created_at=at,
                published_at=at,
            )
        )
        published += 1
    return published


def _withdrawn(versions: Mapping[tuple[str, str], Sequence[Explanation]]) -> set[str]:
    """Words that staff took away and nobody has published since: a language more does not bring them back."""
    states = [(word, one.lifecycle) for (word, _language), rows in versions.items() for one in rows]
    there = {word for word, state in states if state == Lifecycle.PUBLISHED}
    return {word for word, state in states if state == Lifecycle.WITHDRAWN} - there


def _came_from_library(newest: Explanation) -> bool:
    return newest.author_id is None and newest.lifecycle == Lifecycle.PUBLISHED


def _is_same(row: Explanation, entry: ExplanationEntry) -> bool:
    now = (row.origin, row.term, tuple(row.forms), row.meaning)
    return now == (entry.origin, entry.term, entry.forms, entry.meaning)


async def export_words(session: AsyncSession, folder: Path) -> None:
    """Write what residents read as glossary/<language>.yaml; a word says its origin where most have another."""
    by_language: dict[str, list[Explanation]] = defaultdict(list)
    for row in await list_published(session):
        by_language[row.language].append(row)
    for language, rows in by_language.items():
        usual = Counter(str(row.origin) for row in rows).most_common(1)[0][0]
        words: dict[str, object] = {row.word: _as_values(row, usual) for row in rows}
        write_yaml(folder / "glossary" / f"{language}.yaml", {"language": language, "origin": usual, "words": words})


def _as_values(row: Explanation, usual: str) -> dict[str, object]:
    own = {} if row.origin == usual else {"origin": str(row.origin)}
    forms = {"forms": list(row.forms)} if row.forms else {}
    return {"term": row.term, **forms, "meaning": row.meaning, **own}


async def load_glossary(session: AsyncSession) -> Glossary:
    """Everything that residents can look up now."""
    return Glossary.of(
        Explained(row.word, row.language, Origin(row.origin), row.term, tuple(row.forms), row.meaning)
        for row in await list_published(session)
    )
