"""Residents see one revision of a text: the code says so, and the database does."""

import asyncio

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from content.models import Lifecycle, Origin, Revision, Translation
from content.publishing import NotPublishable, publish, withdraw
from core.database import Database
from tests.conftest import MONDAY_9AM, Town
from tests.content.asking import history, published, published_text, version

ID = "services-kindergarten"


async def make_revision(
    session: AsyncSession, language: str = "ar", *, title: str = "روضة", lifecycle: Lifecycle = Lifecycle.DRAFT
) -> Revision:
    """A further revision of the kindergarten answer."""
    translation_id = await session.scalar(
        select(Translation.id).where(Translation.answer_id == ID, Translation.language == language)
    )
    highest = await session.scalar(select(func.max(Revision.number)).where(Revision.translation_id == translation_id))
    revision = Revision(
        translation_id=translation_id,
        number=(highest or 0) + 1,
        lifecycle=lifecycle,
        origin=Origin.HUMAN,
        title=title,
        short="s",
        full="f",
        applies_to="",
        next_steps=[],
        referral={},
        asked_as=[],
        text_hash="0" * 64,
        created_at=MONDAY_9AM,
    )
    session.add(revision)
    await session.flush()  # its id is needed
    return revision


async def test_a_published_draft_is_what_residents_see_at_once(town: Town) -> None:
    before = await version(town.database)

    async with town.database.changing() as session:
        await publish(session, await make_revision(session), at=MONDAY_9AM)

    assert (await published_text(town.database, ID, "ar")).title == "روضة"
    assert await version(town.database) == before + 1
    assert (await town.hear("كم تكلف الروضة", "ar")).message.pieces[0].text == "روضة"


async def test_a_draft_is_seen_by_nobody(town: Town) -> None:
    async with town.database.changing() as session:
        await make_revision(session)

    assert (await published_text(town.database, ID, "ar")).title == "مكان في الروضة"


@pytest.mark.parametrize("past", [Lifecycle.SUPERSEDED, Lifecycle.WITHDRAWN])
async def test_a_revision_that_is_past_is_not_published_again(town: Town, past: Lifecycle) -> None:
    async with town.database.changing() as session:
        revision = await make_revision(session, lifecycle=past)

        with pytest.raises(NotPublishable):
            await publish(session, revision, at=MONDAY_9AM)


async def test_the_database_itself_refuses_a_second_published_revision(town: Town) -> None:
    async def publish_behind_the_back() -> None:
        async with town.database.changing() as session:
            await make_revision(session, lifecycle=Lifecycle.PUBLISHED)

    with pytest.raises(IntegrityError):
        await publish_behind_the_back()

    assert [one.lifecycle for one in await history(town.database, ID, "ar")] == ["published"]


async def test_the_database_itself_refuses_a_number_twice(town: Town) -> None:
    async def number_twice() -> None:
        async with town.database.changing() as session:
            revision = await make_revision(session)
            revision.number = 1

    with pytest.raises(IntegrityError):
        await number_twice()


async def publish_apart(database: Database, revision_id: int) -> None:
    """Publish as another process would."""
    async with database.changing() as session:
        revision = await session.get_one(Revision, revision_id)
        await asyncio.sleep(0.05)  # so that the others have looked too
        await publish(session, revision, at=MONDAY_9AM)


async def test_of_two_who_publish_at_the_same_time_residents_see_one(town: Town) -> None:
    async with town.database.changing() as session:
        draft = (await make_revision(session, title="روضة")).id

    done = await asyncio.gather(*(publish_apart(town.database, draft) for _ in range(4)), return_exceptions=True)

    lifecycles = [one.lifecycle for one in await history(town.database, ID, "ar")]
    assert None in done
    assert all(one is None or isinstance(one, (IntegrityError, NotPublishable)) for one in done)
    assert lifecycles.count("published") == 1
    assert lifecycles.count("draft") == 0


async def test_a_second_draft_of_the_same_text_cannot_be_on_its_way(town: Town) -> None:
    async def make_two() -> None:
        async with town.database.changing() as session:
            await make_revision(session, title="روضة 1")
            await make_revision(session, title="روضة 2")

    with pytest.raises(IntegrityError):
        await make_two()


async def test_a_withdrawn_answer_is_gone_in_every_language_and_withdrawing_again_changes_nothing(town: Town) -> None:
    async with town.database.changing() as session:
        languages = len((await published(town.database)).answers[ID].texts)
        first = await withdraw(session, ID, at=MONDAY_9AM)
    between = await version(town.database)

    async with town.database.changing() as session:
        second = await withdraw(session, ID, at=MONDAY_9AM)

    assert (first, second) == (languages, 0)
    assert ID not in (await published(town.database)).answers
    assert await version(town.database) == between


async def test_a_withdrawn_answer_is_not_found_any_more_though_the_index_still_knows_it(town: Town) -> None:
    async with town.database.changing() as session:
        await withdraw(session, ID, at=MONDAY_9AM)

    turn = await town.hear("كم تكلف الروضة", "ar")

    assert turn.answer_id != ID
    assert ID not in turn.choices
