"""From a draft to what residents see. Amina writes, Bert reads."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from content import drafting, reviewing
from content.drafting import Beside, Saved, as_draft, find_newest, find_translation, save_draft
from content.freshness import Freshness
from content.models import Lifecycle, Revision
from core.errors import RuleBroken
from core.timeline import list_entries
from tests.conftest import MONDAY_9AM, Town
from tests.content.asking import published

AMINA, BERT, CHARLOTTE = 1, 2, 3
ANSWER = "services-kindergarten"


@pytest.fixture
async def session(town: Town) -> AsyncIterator[AsyncSession]:
    async with town.database.changing() as session:
        yield session


async def write(
    session: AsyncSession,
    title: str,
    *,
    language: str = "nb",
    by: int = AMINA,
    based_on: int | None = None,
    **more: bool,
) -> Saved | Beside:
    """Change the title of the newest text."""
    translation = await find_translation(session, ANSWER, language)
    assert translation is not None
    newest = await find_newest(session, translation.id)
    assert newest is not None
    draft = as_draft(newest, **more)
    base = newest.number if based_on is None else based_on
    return await save_draft(
        session,
        ANSWER,
        language,
        replace(draft, text=replace(draft.text, title=title)),
        based_on=base,
        by=by,
        at=MONDAY_9AM,
    )


async def translation_id(session: AsyncSession, language: str = "nb") -> int:
    translation = await find_translation(session, ANSWER, language)
    assert translation is not None
    return translation.id


async def title_shown(town: Town, language: str = "nb") -> str:
    return (await published(town.database)).answers[ANSWER].texts[language].title


async def write_and_submit(session: AsyncSession, title: str, **how: bool) -> int:
    await write(session, title, **how)
    number = await translation_id(session)
    await reviewing.submit(session, number, by=AMINA, at=MONDAY_9AM)
    return number


async def test_a_text_goes_from_one_person_through_another_to_residents(town: Town) -> None:
    async with town.database.changing() as session:
        before = await title_shown(town)
        number = await write_and_submit(session, "Barnehageplass")
        await reviewing.approve(session, number, by=BERT, at=MONDAY_9AM)
        await reviewing.publish_approved(session, number, by=BERT, at=MONDAY_9AM)

    assert before != "Barnehageplass"
    assert await title_shown(town) == "Barnehageplass"
    async with town.database.reading() as session:
        events = [entry.event for entry in await list_entries(session, about=f"answer:{ANSWER}")]
    assert events == ["published", "approved", "submitted", "draft_saved"]


async def test_nobody_approves_what_they_wrote_a_part_of(session: AsyncSession) -> None:
    await write(session, "Barnehage", by=BERT)
    number = await write_and_submit(session, "Barnehageplass")

    for author in (AMINA, BERT):
        with pytest.raises(reviewing.OwnWorkNeedsSecondPerson):
            await reviewing.approve(session, number, by=author, at=MONDAY_9AM)
    assert (await reviewing.approve(session, number, by=CHARLOTTE, at=MONDAY_9AM)).approved_by == CHARLOTTE


async def test_who_wrote_the_text_before_may_approve_the_next(
    session: AsyncSession,
) -> None:
    await write(session, "Barnehage", by=BERT)
    number = await translation_id(session)
    await reviewing.submit(session, number, by=BERT, at=MONDAY_9AM)
    await reviewing.approve(session, number, by=AMINA, at=MONDAY_9AM)
    await reviewing.publish_approved(session, number, by=AMINA, at=MONDAY_9AM)

    await write_and_submit(session, "Barnehageplass")

    assert (await reviewing.approve(session, number, by=BERT, at=MONDAY_9AM)).approved_by == BERT


FORBIDDEN: list[tuple[Callable[[AsyncSession, int], Awaitable[object]], type[RuleBroken]]] = [
    (lambda s, t: reviewing.publish_approved(s, t, by=BERT, at=MONDAY_9AM), reviewing.NotApproved),
    (lambda s, t: reviewing.send_back(s, t, "  ", by=BERT, at=MONDAY_9AM), reviewing.ReasonNeeded),
    (lambda s, t: reviewing.submit(s, t, by=AMINA, at=MONDAY_9AM), drafting.InReview),
    (lambda s, t: reviewing.review_afterwards(s, t, by=BERT, at=MONDAY_9AM), reviewing.NothingToReview),
    (lambda s, t: drafting.discard(s, t, by=AMINA, at=MONDAY_9AM), drafting.InReview),
    (lambda s, _t: write(s, "Noe annet"), drafting.InReview),
    (lambda s, _t: reviewing.withdraw_answer(s, ANSWER, "", by=BERT, at=MONDAY_9AM), reviewing.ReasonNeeded),
]


@pytest.mark.parametrize(("act", "broken"), FORBIDDEN)
async def test_a_text_in_review_stays_as_it_is_until_somebody_decides(
    session: AsyncSession, act: Callable[[AsyncSession, int], Awaitable[object]], broken: type[RuleBroken]
) -> None:
    number = await write_and_submit(session, "Barnehageplass")

    with pytest.raises(broken):
        await act(session, number)

    opened = await drafting.find_open(session, number)
    assert opened is not None
    assert (opened.title, opened.lifecycle) == ("Barnehageplass", Lifecycle.IN_REVIEW)


async def test_a_returned_text_is_a_draft_with_a_note_and_its_approval_is_gone(session: AsyncSession) -> None:
    number = await write_and_submit(session, "Barnehageplass")
    await reviewing.approve(session, number, by=BERT, at=MONDAY_9AM)

    await reviewing.send_back(session, number, "Prisen mangler.", by=BERT, at=MONDAY_9AM)
    await reviewing.submit(session, number, by=AMINA, at=MONDAY_9AM)

    with pytest.raises(reviewing.NotApproved):
        await reviewing.publish_approved(session, number, by=BERT, at=MONDAY_9AM)
    assert [one.text for one in await reviewing.list_comments(session, number)] == ["Prisen mangler."]


async def test_an_approved_text_is_published_when_its_time_has_come_and_not_before(town: Town) -> None:
    tomorrow = MONDAY_9AM + timedelta(days=1)
    async with town.database.changing() as session:
        number = await write_and_submit(session, "Barnehageplass")
        await reviewing.approve(session, number, by=BERT, at=MONDAY_9AM, publish_at=tomorrow)
        early = await reviewing.publish_due(session, at=tomorrow - timedelta(seconds=1))
        due = await reviewing.publish_due(session, at=tomorrow)
        again = await reviewing.publish_due(session, at=tomorrow)

    assert (early, due, again) == (0, 1, 0)
    assert await title_shown(town) == "Barnehageplass"


async def test_in_an_emergency_the_text_is_out_at_once_and_owes_a_review_by_somebody_else(town: Town) -> None:
    async with town.database.changing() as session:
        await write(session, "Stengt i dag")
        number = await translation_id(session)
        await reviewing.publish_now_review_after(session, number, "Vannlekkasje", by=AMINA, at=MONDAY_9AM)
        with pytest.raises(reviewing.OwnWorkNeedsSecondPerson):
            await reviewing.review_afterwards(session, number, by=AMINA, at=MONDAY_9AM)
        owed = (await session.scalars(select(Revision).where(Revision.is_review_owed))).all()
        await reviewing.review_afterwards(session, number, by=BERT, at=MONDAY_9AM)

    assert [one.title for one in owed] == ["Stengt i dag"]
    assert not owed[0].is_review_owed
    assert await title_shown(town) == "Stengt i dag"


async def test_a_small_change_of_the_source_leaves_translations_fresh_and_is_written_down(town: Town) -> None:
    async with town.database.changing() as session:
        number = await write_and_submit(session, "Plass i barnehagen", is_small_change=True)
        await reviewing.approve(session, number, by=BERT, at=MONDAY_9AM)
        await reviewing.publish_approved(session, number, by=BERT, at=MONDAY_9AM)

    texts = (await published(town.database)).answers[ANSWER].texts
    async with town.database.reading() as session:
        noted = [entry for entry in await list_entries(session) if entry.event == "small_change"]
    assert texts["ar"].freshness is Freshness.FRESH
    assert ["ar" in entry.details["languages"].split() for entry in noted] == [True]


async def test_a_change_that_is_not_small_outdates_translations(town: Town) -> None:
    async with town.database.changing() as session:
        number = await write_and_submit(session, "Plass i barnehagen")
        await reviewing.approve(session, number, by=BERT, at=MONDAY_9AM)
        await reviewing.publish_approved(session, number, by=BERT, at=MONDAY_9AM)

    assert (await published(town.database)).answers[ANSWER].texts["ar"].freshness is Freshness.OUTDATED


async def test_of_two_who_write_at_once_nobody_loses_a_word(session: AsyncSession) -> None:
    newest = await find_newest(session, await translation_id(session, "ar"))
    assert newest is not None

    first = await write(session, "كتبت أمينة", language="ar", by=AMINA, based_on=newest.number)
    second = await write(session, "كتب بيرت", language="ar", by=BERT, based_on=newest.number)

    assert isinstance(first, Saved)
    assert isinstance(second, Beside)
    assert second.theirs is first.revision
    history = await drafting.list_history(session, newest.translation_id)
    assert [(one.title, one.lifecycle) for one in history[:2]] == [
        ("كتب بيرت", Lifecycle.SUPERSEDED),
        ("كتبت أمينة", Lifecycle.DRAFT),
    ]
    restored = await drafting.restore(session, second.ours.id, by=BERT, at=MONDAY_9AM)
    assert isinstance(restored, Saved)
    assert restored.revision.title == "كتب بيرت"


async def test_two_processes_that_save_at_the_same_moment_keep_both_texts(town: Town) -> None:
    async def save(title: str, by: int) -> None:
        async with town.database.changing() as session:
            await write(session, title, by=by, based_on=1)

    async with asyncio.TaskGroup() as group:
        group.create_task(save("Aminas tittel", AMINA))
        group.create_task(save("Berts tittel", BERT))

    async with town.database.reading() as session:
        titles = {one.title for one in await drafting.list_history(session, await translation_id(session))}
    assert {"Aminas tittel", "Berts tittel"} <= titles


async def test_a_translation_that_did_not_exist_begins_as_a_copy_of_the_source(session: AsyncSession) -> None:
    source = await drafting.find_source(session, ANSWER)
    assert source is not None

    draft = drafting.copy_of_source(source)
    saved = await save_draft(session, ANSWER, "uk", draft, based_on=None, by=AMINA, at=MONDAY_9AM)

    assert isinstance(saved, Saved)
    assert saved.revision.made_from_hash == source.text_hash


async def test_a_lock_tells_who_is_writing_and_can_be_taken_over(session: AsyncSession) -> None:
    number = await translation_id(session)

    async def lock(by: int, minutes: int = 0, *, over: bool = False) -> int:
        at = MONDAY_9AM + timedelta(minutes=minutes)
        return (await drafting.take_lock(session, number, by=by, at=at, over=over)).staff_id

    assert [await lock(AMINA), await lock(BERT), await lock(BERT, over=True), await lock(AMINA)] == [
        AMINA,
        AMINA,
        BERT,
        BERT,
    ]
    assert await lock(AMINA, minutes=21) == AMINA  # Bert has gone home
    await drafting.let_go(session, number, by=AMINA)
    assert await lock(BERT, minutes=21) == BERT


async def test_a_withdrawn_answer_is_gone_and_the_reason_stays(town: Town) -> None:
    async with town.database.changing() as session:
        await reviewing.withdraw_answer(session, ANSWER, "Ordningen er slutt.", by=BERT, at=MONDAY_9AM)

    async with town.database.reading() as session:
        entry = (await list_entries(session))[0]
    assert ANSWER not in (await published(town.database)).answers
    assert (entry.event, entry.by, entry.details["reason"]) == ("withdrawn", BERT, "Ordningen er slutt.")
