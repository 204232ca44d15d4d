"""A library taken to the desk instead of to residents."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy import select

from brobygger.preparing import draft_folder
from content.drafting import Saved, as_draft, discard, find_newest, find_open, find_translation, save_draft
from content.importing_drafts import Outcome
from content.models import Answer, Fact, Revision
from core.timeline import TimelineEntry, list_entries
from tests.conftest import LIBRARY, MONDAY_9AM, Town
from tests.content.editing import KINDERGARTEN, change, make_answer

ANSWER = "services-kindergarten"
OLD, NEW = "title: Plass i barnehage", "title: Barnehageplass"


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A copy of the library that the town has, in which one title is another."""
    shutil.copytree(LIBRARY, tmp_path, dirs_exist_ok=True)
    change(tmp_path / KINDERGARTEN / "nb.yaml", OLD, NEW)
    return tmp_path


async def opened(town: Town, answer_id: str = ANSWER) -> Revision | None:
    async with town.database.reading() as session:
        translation = await find_translation(session, answer_id, "nb")
        return await find_open(session, translation.id) if translation else None


async def lines(town: Town, event: str) -> list[TimelineEntry]:
    async with town.database.reading() as session:
        return [one for one in await list_entries(session) if one.event == event]


async def test_what_differs_is_a_draft_and_residents_see_nothing_of_it(town: Town, library: Path) -> None:
    before = (await town.hear("Hva koster barnehagen?")).message.as_text()

    done = await draft_folder(town.database, library)

    draft = await opened(town)
    assert done[Outcome.DRAFTED] == 1
    assert done[Outcome.LEFT] == 0
    assert draft is not None
    assert (draft.title, draft.author_id) == ("Barnehageplass", None)
    assert (await town.hear("Hva koster barnehagen?")).message.as_text() == before
    assert [one.details for one in await lines(town, "library_drafted")] == [{"texts": "1"}]


async def test_twice_makes_one_draft(town: Town, library: Path) -> None:
    await draft_folder(town.database, library)

    done = await draft_folder(town.database, library)

    assert set(done) == {Outcome.UNCHANGED}
    assert len(await lines(town, "library_drafted")) == 1


async def test_a_text_on_which_somebody_works_is_left(town: Town, library: Path) -> None:
    async with town.database.changing() as session:
        translation = await find_translation(session, ANSWER, "nb")
        assert translation is not None
        newest = await find_newest(session, translation.id)
        assert newest is not None
        mine = await save_draft(
            session, ANSWER, "nb", as_draft(newest, is_small_change=True), based_on=newest.number, by=1, at=MONDAY_9AM
        )
        assert isinstance(mine, Saved)

    done = await draft_folder(town.database, library)

    draft = await opened(town)
    assert done[Outcome.LEFT] == 1
    assert draft is not None
    assert draft.author_id == 1


async def test_new_answers_and_facts_come_along_and_what_is_here_stays(town: Town, library: Path) -> None:
    make_answer(
        library, "services-fishing", {"nb": {"short": "Kortet koster {fact:fishing-card}."}}, owner="fishing-office"
    )
    facts = library / "facts" / "facts.yaml"
    change(library / KINDERGARTEN / "answer.yaml", "priority: '1'", "priority: '3'")
    fact = "fishing-card:\n  type: money\n  value: 150 NOK\n  source: https://x.no\n"
    facts.write_text(facts.read_text(encoding="utf-8").rstrip() + "\n" + fact, encoding="utf-8")

    await draft_folder(town.database, library)

    async with town.database.reading() as session:
        fishing = await session.get_one(Answer, "services-fishing")
        assert (fishing.owner, fishing.contact) == ("", "service-centre")
        assert (await session.get_one(Answer, ANSWER)).priority == 1
        assert (await session.scalars(select(Fact.value).where(Fact.name == "fishing-card"))).all() == ["150 NOK"]
    assert await opened(town, "services-fishing") is not None


async def test_what_somebody_put_away_comes_back_only_as_another_draft(town: Town, library: Path) -> None:
    await draft_folder(town.database, library)
    first = await opened(town)
    assert first is not None
    async with town.database.changing() as session:
        await discard(session, first.translation_id, by=1, at=MONDAY_9AM)

    await draft_folder(town.database, library)

    second = await opened(town)
    assert second is not None
    assert second.number == first.number + 1
