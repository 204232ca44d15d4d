"""Looks at what is published, as residents and staff see it."""

from dataclasses import dataclass

from sqlalchemy import select

from content.catalogue import Catalogue, PublishedText, load_catalogue
from content.models import Revision, Translation
from content.publishing import get_version
from core.database import Database


@dataclass(frozen=True, slots=True)
class Version:
    """A revision without its text."""

    number: int
    lifecycle: str
    title: str


async def published(database: Database) -> Catalogue:
    """What residents see now."""
    async with database.reading() as session:
        return await load_catalogue(session)


async def published_text(database: Database, answer_id: str, language: str) -> PublishedText:
    """One text that residents see now."""
    return (await published(database)).answers[answer_id].texts[language]


async def history(database: Database, answer_id: str, language: str) -> list[Version]:
    """All revisions of one text, the oldest first."""
    async with database.reading() as session:
        revisions = await session.scalars(
            select(Revision)
            .join(Translation, Translation.id == Revision.translation_id)
            .where(Translation.answer_id == answer_id, Translation.language == language)
            .order_by(Revision.number)
        )
        return [Version(one.number, str(one.lifecycle), one.title) for one in revisions]


async def version(database: Database) -> int:
    """The version of the content."""
    async with database.reading() as session:
        return await get_version(session)
