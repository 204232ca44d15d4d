"""What stands beside the texts of an answer."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from content.editing_answers import (
    AnswerDetails,
    AnswerTaken,
    NewAnswer,
    SourceDetails,
    add_answer,
    change_details,
    check_details,
    find_details,
    is_published,
)
from content.editing_checks import DetailsWrong
from content.finding.sentences import NoVectors
from content.index import rebuild
from content.meanwhile import ChangedMeanwhile, fingerprint
from content.publishing import withdraw
from core.timeline import list_entries
from tests.conftest import MONDAY_9AM, Town
from tests.content.asking import published, version

AMINA = 1
ANSWER, DANGER = "services-kindergarten", "services-partner-violence"


@pytest.fixture
async def session(town: Town) -> AsyncIterator[AsyncSession]:
    async with town.database.changing() as session:
        yield session


async def details_of(session: AsyncSession, answer_id: str = ANSWER) -> AnswerDetails:
    found = await find_details(session, answer_id)
    assert found is not None
    return found


async def test_residents_see_new_details_and_no_translation_is_outdated(town: Town) -> None:
    before = await version(town.database)

    async with town.database.changing() as session:
        wanted = replace(
            await details_of(session),
            contact="library",
            valid_until=date(2027, 1, 31),
            sources=(SourceDetails("https://www.udir.no/barnehage", "Udir", is_verified=True),),
        )
        await change_details(session, ANSWER, wanted, by=AMINA, at=MONDAY_9AM)

    now = await published(town.database)
    answer = now.answers[ANSWER]
    assert now.version == before + 1
    assert (answer.contact, answer.valid_until) == ("library", date(2027, 1, 31))
    assert [(one.url, one.is_verified) for one in answer.sources] == [("https://www.udir.no/barnehage", True)]
    assert {text.freshness for text in answer.texts.values()} == {"fresh"}


async def test_what_changed_is_written_down(session: AsyncSession) -> None:
    wanted = replace(await details_of(session), owner="library", audience=("families",))

    assert await change_details(session, ANSWER, wanted, by=AMINA, at=MONDAY_9AM) == ("owner", "audience")

    (entry,) = await list_entries(session, about=f"answer:{ANSWER}")
    assert (entry.event, entry.by, entry.details) == ("answer_details_changed", AMINA, {"changed": "owner, audience"})


async def test_details_that_are_the_same_change_nothing(town: Town) -> None:
    before = await version(town.database)

    async with town.database.changing() as session:
        assert await change_details(session, ANSWER, await details_of(session), by=AMINA, at=MONDAY_9AM) == ()

    assert await version(town.database) == before


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"area": "weather"}, "area_unknown"),
        ({"priority": 0}, "priority_wrong"),
        ({"priority": 100}, "priority_wrong"),
        ({"owner": ""}, "office_unknown"),
        ({"contact": "no-such-office"}, "office_unknown"),
        ({"levels": ("galaxy",)}, "level_unknown"),
        ({"life_events": ("winning",)}, "life_event_unknown"),
        ({"related": ("no-such-answer",)}, "related_unknown"),
        ({"related": (ANSWER,)}, "related_unknown"),
        ({"related": ("a\0b",)}, "related_unknown"),
        ({"audience": ("a\0b",)}, "control_character"),
        ({"valid_from": date(2027, 2, 1), "valid_until": date(2027, 1, 1)}, "dates_swapped"),
        ({"sources": ()}, "source_needed"),
        ({"sources": (SourceDetails("http://www.udir.no"),)}, "source_insecure"),
        ({"sources": (SourceDetails("javascript:alert(1)"),)}, "source_insecure"),
        ({"sources": (SourceDetails("https://user:pass@www.udir.no"),)}, "source_insecure"),
        ({"sources": (SourceDetails("https://www.udir.no"),) * 2}, "source_twice"),
        ({"sources": tuple(SourceDetails(f"https://www.udir.no/{n}") for n in range(21))}, "sources_many"),
    ],
)
async def test_wrong_details_are_not_kept(session: AsyncSession, change: dict[str, object], code: str) -> None:
    wanted = replace(await details_of(session), **change)  # type: ignore[arg-type]

    assert code in {issue.code for issue in await check_details(session, ANSWER, wanted)}
    with pytest.raises(DetailsWrong):
        await change_details(session, ANSWER, wanted, by=AMINA, at=MONDAY_9AM)


async def test_every_answer_of_the_library_can_be_kept_as_it_is(town: Town) -> None:
    for answer_id in (await published(town.database)).answers:
        async with town.database.reading() as session:
            assert await check_details(session, answer_id, await details_of(session, answer_id)) == []


async def test_residents_see_nothing_of_a_new_answer(town: Town) -> None:
    before = await version(town.database)

    async with town.database.changing() as session:
        new = NewAnswer("services-library-card", "services", "library")
        await add_answer(session, new, by=AMINA, at=MONDAY_9AM)

    async with town.database.reading() as session:
        assert (await details_of(session, "services-library-card")).contact == "library"
        assert not await is_published(session, "services-library-card")
    assert await version(town.database) == before
    assert "services-library-card" not in (await published(town.database)).answers


async def test_an_id_belongs_to_one_answer(session: AsyncSession) -> None:
    with pytest.raises(AnswerTaken):
        await add_answer(session, NewAnswer(ANSWER, "services", "library"), by=AMINA, at=MONDAY_9AM)


@pytest.mark.parametrize(
    "new",
    [
        NewAnswer("new", "services", "library"),
        NewAnswer("wordings", "services", "library"),
        NewAnswer("Two words", "services", "library"),
        NewAnswer("a\0", "services", "library"),
        NewAnswer("services-x", "weather", "library"),
        NewAnswer("services-x", "services", ""),
        NewAnswer("services-x", "services", "library", source_language="xx"),
    ],
)
async def test_a_new_answer_with_wrong_details_is_refused(session: AsyncSession, new: NewAnswer) -> None:
    with pytest.raises(DetailsWrong):
        await add_answer(session, new, by=AMINA, at=MONDAY_9AM)


async def test_a_new_answer_needs_no_source_before_it_is_published(session: AsyncSession) -> None:
    await add_answer(session, NewAnswer("services-library-card", "services", "library"), by=AMINA, at=MONDAY_9AM)

    wanted = replace(await details_of(session, "services-library-card"), audience=("everyone",))

    assert await check_details(session, "services-library-card", wanted) == []


async def test_area_priority_and_the_mark_of_danger_are_changed_and_the_index_learns_it(town: Town) -> None:
    async with town.database.changing() as session:
        wanted = replace(await details_of(session), area="practice", priority=9, is_safety=True)
        changed = await change_details(session, ANSWER, wanted, by=AMINA, at=MONDAY_9AM)

    now = await published(town.database)
    assert changed == ("area", "priority", "is_safety")
    assert (now.answers[ANSWER].area, now.answers[ANSWER].is_safety) == ("practice", True)
    assert [answer.id for answer in now.in_area("practice")] == ["practice-dugnad", ANSWER]
    assert await rebuild(town.database, NoVectors(), now=lambda: MONDAY_9AM)
    await town.knowledge.follow()
    assert town.knowledge.finder is not None
    assert ANSWER in town.knowledge.finder.index.safety


async def test_help_in_danger_that_residents_see_loses_the_mark_for_a_reason_only(session: AsyncSession) -> None:
    wanted = replace(await details_of(session, DANGER), is_safety=False)

    issues = await check_details(session, DANGER, wanted)
    await change_details(session, DANGER, wanted, reason="Krisesenteret har et eget svar.", by=AMINA, at=MONDAY_9AM)

    assert [(issue.field, issue.code) for issue in issues] == [("reason", "safety_reason_missing")]
    (entry,) = await list_entries(session, about=f"answer:{DANGER}")
    assert entry.details == {"changed": "is_safety", "reason": "Krisesenteret har et eget svar."}


async def test_help_in_danger_that_nobody_sees_yet_needs_no_reason(session: AsyncSession) -> None:
    await withdraw(session, DANGER, at=MONDAY_9AM)

    assert await check_details(session, DANGER, replace(await details_of(session, DANGER), is_safety=False)) == []


async def test_whoever_saves_over_something_newer_is_told(session: AsyncSession) -> None:
    before = await details_of(session)
    seen = fingerprint(before)
    await change_details(session, ANSWER, replace(before, owner="library"), seen=seen, by=AMINA, at=MONDAY_9AM)

    with pytest.raises(ChangedMeanwhile):
        await change_details(session, ANSWER, replace(before, contact="library"), seen=seen, by=2, at=MONDAY_9AM)
