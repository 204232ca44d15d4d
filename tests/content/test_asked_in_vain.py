"""Staff look through what people asked and got nothing for."""

import asyncio
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from content.asked_in_vain import GapGone, LeadsSomewhere, drop_gap, get_gap, list_gaps, mark_outside
from content.drafting import Saved, as_draft, find_newest, find_translation, save_draft
from content.gaps import note_gap
from content.index import rebuild
from content.models import Gap, Publication, Sample
from content.publishing import publish
from core.database import Database
from core.errors import RuleBroken
from core.timeline import list_entries
from tests.conftest import MONDAY_9AM, Town
from tests.content.asking import version

TODAY = date(2026, 11, 23)
AMINA, BERT = 1, 2
ANSWER = "services-kindergarten"


async def note(database: Database, text: str, language: str = "nb", *, times: int = 1) -> int:
    """A question that found nothing; its id."""
    async with database.changing() as session:
        for _ in range(times):
            await note_gap(session, text, language, on=TODAY)
        found = await session.scalar(select(Gap.id).order_by(Gap.id.desc()))
    assert found is not None
    return found


async def listed(database: Database, language: str | None = None) -> list[tuple[str, int | None]]:
    async with database.reading() as session:
        return [(one.text, one.times) for one in (await list_gaps(session, language=language)).rows]


async def draft_with(town: Town, wording: str, *, is_published: bool = False) -> None:
    """The kindergarten answer with a wording more."""
    async with town.database.changing() as session:
        translation = await find_translation(session, ANSWER, "nb")
        assert translation is not None
        newest = await find_newest(session, translation.id)
        assert newest is not None
        draft = as_draft(newest)
        more = replace(draft, asked_as=(*draft.asked_as, wording))
        saved = await save_draft(session, ANSWER, "nb", more, based_on=newest.number, by=AMINA, at=MONDAY_9AM)
        if is_published:
            await session.flush()  # publishing needs its id
            assert isinstance(saved, Saved)
            await publish(session, saved.revision, at=MONDAY_9AM)


async def test_the_most_asked_comes_first_and_small_numbers_are_not_told(database: Database) -> None:
    await note(database, "hvor kan jeg fiske", times=4)
    await note(database, "båtplass", times=1)
    await note(database, "hundeskole", times=5)
    await note(database, "skytebane", times=7)

    assert await listed(database) == [
        ("skytebane", 7),
        ("hundeskole", 5),
        ("båtplass", None),
        ("hvor kan jeg fiske", None),
    ]


async def test_questions_are_listed_by_language(database: Database) -> None:
    await note(database, "hundeskole")
    await note(database, "مدرسة الكلاب", "ar")

    async with database.reading() as session:
        page = await list_gaps(session, language="ar")

    assert [one.text for one in page.rows] == ["مدرسة الكلاب"]
    assert (page.count, page.languages) == (1, (("ar", 1), ("nb", 1)))


async def test_there_are_fifty_on_a_page(database: Database) -> None:
    for number in range(51):
        await note(database, f"spørsmål {'x' * number}")

    async with database.reading() as session:
        pages = [await list_gaps(session, page=number) for number in (1, 2, 99, 0)]

    assert [(len(one.rows), one.number, one.last) for one in pages] == [(50, 1, 2), (1, 2, 2), (1, 2, 2), (50, 1, 2)]


async def test_a_question_that_is_in_a_draft_says_in_which(town: Town) -> None:
    await note(town.database, "Kan poden begynne?")
    await draft_with(town, "kan  poden BEGYNNE?")

    async with town.database.reading() as session:
        (asked,) = (await list_gaps(session)).rows

    assert asked.drafts == (ANSWER,)


async def test_publishing_a_wording_answers_the_question(town: Town) -> None:
    await note(town.database, "kan poden begynne?")
    await note(town.database, "kan poden begynne?", "ar")
    await note(town.database, "hundeskole")

    await draft_with(town, "Kan poden begynne?", is_published=True)

    assert sorted(await listed(town.database)) == [("hundeskole", None), ("kan poden begynne?", None)]
    assert await listed(town.database, "ar") == [("kan poden begynne?", None)]


async def test_what_is_outside_is_learned_and_leaves_the_list(town: Town) -> None:
    gap, before = await note(town.database, "hvor er hundeskolen"), await version(town.database)

    async with town.database.changing() as session:
        await mark_outside(session, gap, by=BERT, at=MONDAY_9AM)

    async with town.database.reading() as session:
        sample = await session.scalar(select(Sample).order_by(Sample.id.desc()))
        last = await session.scalar(select(Publication.event).order_by(Publication.id.desc()))
    assert sample is not None
    assert (sample.answer_id, sample.language, sample.text) == ("", "nb", "hvor er hundeskolen")
    assert (last, await version(town.database)) == ("outside_added", before + 1)
    assert await listed(town.database) == []
    assert await rebuild(town.database, town.knowledge.encoder, now=lambda: MONDAY_9AM)


async def test_words_that_lead_to_an_answer_are_not_outside(town: Town) -> None:
    gap = await note(town.database, "Hva koster barnehagen?")

    with pytest.raises(LeadsSomewhere):
        async with town.database.changing() as session:
            await mark_outside(session, gap, by=BERT, at=MONDAY_9AM)

    assert await listed(town.database) == [("hva koster barnehagen?", None)]


async def test_the_timeline_says_who_but_never_what_was_asked(town: Town) -> None:
    first, second = await note(town.database, "min far heter kåre"), await note(town.database, "jeg heter kari")

    async with town.database.changing() as session:
        await mark_outside(session, first, by=BERT, at=MONDAY_9AM)
        await drop_gap(session, second, by=AMINA, at=MONDAY_9AM)

    async with town.database.reading() as session:
        entries = await list_entries(session, about="gaps")
    told = [(one.event, one.by, one.details) for one in entries]
    assert told == [("gap_dropped", AMINA, {"language": "nb"}), ("gap_outside", BERT, {"language": "nb"})]


async def test_no_question_leaves_the_list_and_nothing_is_learned(town: Town) -> None:
    gap, before = await note(town.database, "asdfgh"), await version(town.database)

    async with town.database.changing() as session:
        await drop_gap(session, gap, by=BERT, at=MONDAY_9AM)

    assert await listed(town.database) == []
    assert await version(town.database) == before


async def test_two_who_sort_the_same_question_at_once_sort_it_once(town: Town) -> None:
    gap = await note(town.database, "hundeskole")

    async def sort(by: int) -> str:
        try:
            async with town.database.changing() as session:
                await mark_outside(session, gap, by=by, at=MONDAY_9AM)
        except RuleBroken as broken:
            return broken.code
        return "done"

    assert sorted(await asyncio.gather(sort(AMINA), sort(BERT))) == ["done", "gap_gone"]


async def test_a_question_that_is_gone_says_so(database: Database) -> None:
    with pytest.raises(GapGone):
        async with database.reading() as session:
            await get_gap(session, 7)
