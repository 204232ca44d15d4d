"""A newer library that comes, and what Bert does with its offers."""

from dataclasses import replace
from pathlib import Path

from content import drafting, reviewing
from content.drafting import find_newest, find_translation, save_draft
from content.library_files import read_library
from content.library_updates import deciding
from content.library_updates.comparing import Compared, compare
from content.library_updates.queue import Update, list_updates
from core.database import Database
from tests.conftest import MONDAY_9AM
from tests.content.editing import KINDERGARTEN

AMINA, BERT = 1, 2
ID = "services-kindergarten"
NB, AR, ANSWER = (f"{KINDERGARTEN}/{name}.yaml" for name in ("nb", "ar", "answer"))
FACTS = "facts/facts.yaml"
SOURCE = {"sources": '[{url: "https://town.example/new", name: "New"}]'}
TEXT = {"referral": "{whom: 'The service centre', how: 'Call.'}", "asked_as": "['what is new', 'ما الجديد']"}


async def take(database: Database, folder: Path) -> Compared:
    """A newer library comes with a newer version of the software."""
    async with database.changing() as session:
        return await compare(session, read_library(folder), at=MONDAY_9AM)


async def updates(database: Database, **wanted: str) -> list[Update]:
    async with database.reading() as session:
        return list((await list_updates(session, **wanted)).rows)  # type: ignore[arg-type]


async def accept(database: Database, update: Update, *, by: int = BERT, may_publish: bool = True) -> None:
    async with database.changing() as session:
        await deciding.accept(session, update.id, mark=update.mark, may_publish=may_publish, by=by, at=MONDAY_9AM)


async def refuse(database: Database, update: Update, reason: str = "Hos oss er det annerledes.") -> None:
    async with database.changing() as session:
        await deciding.refuse(session, update.id, reason, mark=update.mark, by=BERT, at=MONDAY_9AM)


async def adapt(database: Database, update: Update) -> None:
    async with database.changing() as session:
        await deciding.adapt(session, update.id, mark=update.mark, by=BERT, at=MONDAY_9AM)


async def write(database: Database, title: str, *, language: str = "nb", publish: bool) -> None:
    """Amina writes another title, and Bert publishes it or not."""
    async with database.changing() as session:
        translation = await find_translation(session, ID, language)
        assert translation is not None
        newest = await find_newest(session, translation.id)
        assert newest is not None
        draft = drafting.as_draft(newest)
        draft = replace(draft, text=replace(draft.text, title=title))
        await save_draft(session, ID, language, draft, based_on=newest.number, by=AMINA, at=MONDAY_9AM)
        if publish:
            await reviewing.submit(session, translation.id, by=AMINA, at=MONDAY_9AM)
            await reviewing.approve(session, translation.id, by=BERT, at=MONDAY_9AM)
            await reviewing.publish_approved(session, translation.id, by=BERT, at=MONDAY_9AM)


def named(found: list[Update]) -> list[tuple[str, str, str]]:
    return [(one.kind, one.key, one.parts[0].language) for one in found]


def changed_fields(update: Update) -> list[str]:
    return [one.field for one in update.parts[0].differences]
