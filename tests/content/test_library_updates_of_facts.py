"""Updates of the shared library: facts, sources and days, and several at once."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from content.editing_answers import change_details, find_details
from content.editing_facts import change_fact
from content.library_updates.deciding import UpdateGone, UpdateNotReady, accept_together
from content.library_updates.queue import list_never_changed
from content.library_updates.records import LibraryItemKind, count_offered
from content.models import Answer, Fact
from content.stamping import stamp_library
from tests.conftest import MONDAY_9AM, Town
from tests.content.asking import published
from tests.content.editing import KINDERGARTEN, change
from tests.content.updating import (
    AMINA,
    ANSWER,
    AR,
    BERT,
    FACTS,
    ID,
    NB,
    accept,
    adapt,
    changed_fields,
    named,
    take,
    updates,
    write,
)


@pytest.mark.parametrize(("value", "waiting"), [("1500 NOK", 0), ("1400 NOK", 1)])
async def test_a_fact_that_somebody_changes_waits_until_it_says_the_same(
    town: Town, library: Path, value: str, waiting: int
) -> None:
    change(library / FACTS, "value: 1200 NOK", "value: 1500 NOK")
    await take(town.database, library)

    async with town.database.changing() as session:
        here = await session.get_one(Fact, "kindergarten-price")
        same = {"source": here.source, "valid_as_of": here.valid_as_of, "is_verified": here.is_verified}
        await change_fact(session, here.name, value, **same, by=AMINA, at=MONDAY_9AM)  # type: ignore[arg-type]

    assert len(await updates(town.database)) == waiting
    assert (await take(town.database, library)).offered == 0


async def test_facts_and_details_that_are_here_cannot_be_made_a_draft(town: Town, library: Path) -> None:
    change(library / FACTS, "value: 1200 NOK", "value: 1500 NOK")
    change(library / ANSWER, "name: 'Prøvevik: services-kindergarten'", "name: Barnehageloven")
    await take(town.database, library)
    before = await updates(town.database)

    for update in before:
        with pytest.raises(UpdateGone):
            await adapt(town.database, update)

    assert await updates(town.database) == before


async def test_sources_are_taken_though_an_office_and_a_related_answer_are_unknown_here(
    town: Town, library: Path
) -> None:
    change(library / ANSWER, "name: 'Prøvevik: services-kindergarten'", "name: Barnehageloven")
    async with town.database.changing() as session:
        answer = await session.get_one(Answer, ID)
        answer.owner, answer.contact, answer.related = "", "no-such-office", ["no-such-answer"]
    await take(town.database, library)

    await accept(town.database, (await updates(town.database))[0])

    assert [one.name for one in (await published(town.database)).answers[ID].sources] == ["Barnehageloven"]


async def test_who_decides_while_somebody_changes_the_same_details_is_told(town: Town, library: Path) -> None:
    change(library / ANSWER, "name: 'Prøvevik: services-kindergarten'", "name: Barnehageloven")
    await take(town.database, library)
    [update] = await updates(town.database)

    async with town.database.changing() as session:
        before = await find_details(session, ID)
        assert before is not None
        ours = replace(before, valid_from=MONDAY_9AM.date())
        await change_details(session, ID, ours, by=AMINA, at=MONDAY_9AM)
        accepting = asyncio.create_task(accept(town.database, update))
        await asyncio.sleep(0.2)  # it waits for us by now

    with pytest.raises(UpdateGone):
        await accepting


async def test_a_fact_is_offered_and_stands_in_every_language_when_it_is_accepted(town: Town, library: Path) -> None:
    change(library / FACTS, "value: 1200 NOK", "value: 1500 NOK")
    await take(town.database, library)
    [update] = await updates(town.database)

    await accept(town.database, update)

    assert (update.key, changed_fields(update)) == ("kindergarten-price", ["value"])
    arabic = await town.hear("كم تكلف الروضة", "ar")
    assert "\u20661,500 NOK\u2069" in arabic.message.as_text()


async def test_a_new_fact_can_be_accepted_before_the_text_that_names_it(town: Town, library: Path) -> None:
    change(library / FACTS, "emergency-ambulance:", "queue-days:\n  type: number\n  value: '14'\nemergency-ambulance:")
    change(library / NB, "Søk så tidlig du kan.", "Søk {fact:queue-days} dager før.")
    await take(town.database, library)
    fact, text = await updates(town.database)

    with pytest.raises(UpdateNotReady):
        await accept(town.database, text)
    await accept(town.database, fact)
    await accept(town.database, text)

    assert (await published(town.database)).facts["queue-days"].value == "14"
    assert await updates(town.database) == []


async def test_sources_and_days_are_offered_but_a_later_check_here_is_not_undone(town: Town, library: Path) -> None:
    change(library / ANSWER, "name: 'Prøvevik: services-kindergarten'", "name: Barnehageloven")
    change(library / ANSWER, "review_by: '2027-05-01'", "review_by: '2027-06-01'")
    later = MONDAY_9AM.date() + timedelta(days=400)
    async with town.database.changing() as session:
        (await session.get_one(Answer, ID)).review_by = later
    await take(town.database, library)
    [update] = await updates(town.database)

    await accept(town.database, update)

    assert (update.kind, changed_fields(update)) == (LibraryItemKind.DETAILS, ["sources"])
    answer = (await published(town.database)).answers[ID]
    assert ([one.name for one in answer.sources], answer.review_by) == (["Barnehageloven"], later)


async def test_a_check_in_the_library_counts_for_what_is_here_and_an_older_one_is_no_update(
    town: Town, library: Path
) -> None:
    change(library / ANSWER, "review_by: '2027-05-01'", "review_by: '2027-06-01'")
    newer = (await take(town.database, library)).offered
    async with town.database.changing() as session:
        (await session.get_one(Answer, ID)).review_by = MONDAY_9AM.date() + timedelta(days=400)

    compared = await take(town.database, library)

    assert (newer, compared.withdrawn) == (1, 1)


async def test_all_that_we_never_changed_is_accepted_together_and_the_rest_waits(town: Town, library: Path) -> None:
    await write(town.database, "Our kindergarten", language="en", publish=True)
    change(library / NB, "title: Plass i barnehage", "title: Barnehageplass")
    change(library / AR, "title: مكان في الروضة", "title: روضة الأطفال")
    change(library / f"{KINDERGARTEN}/en.yaml", "title: A place in kindergarten", "title: Kindergarten")
    stamp_library(library, answers=[ID], languages=[], only_missing=False)
    await take(town.database, library)
    async with town.database.reading() as session:
        found = await list_never_changed(session)
    marks: Mapping[int, str] = {one.id: one.mark for one in found.rows}

    done = await accept_together(town.database, marks, may_publish=True, by=BERT, at=MONDAY_9AM)
    again = await accept_together(town.database, marks, may_publish=True, by=BERT, at=MONDAY_9AM)

    assert ((done.accepted, done.left), (again.accepted, again.left)) == ((2, 0), (0, 2))
    texts = (await published(town.database)).answers[ID].texts
    assert {code: text.title for code, text in texts.items()} == {
        "nb": "Barnehageplass", "ar": "روضة الأطفال", "en": "Our kindergarten",
    }  # fmt: skip
    assert texts["ar"].freshness == "fresh"
    assert named(await updates(town.database)) == [(LibraryItemKind.TEXT, ID, "en")]


async def test_the_queue_can_be_looked_at_by_area_and_language(town: Town, library: Path) -> None:
    change(library / AR, "title: مكان في الروضة", "title: روضة الأطفال")
    change(library / FACTS, "value: 1200 NOK", "value: 1500 NOK")
    change(library / "premises/premises-borrow-room/answer.yaml", "review_by: '2027-05-01'", "review_by: '2027-06-01'")
    await take(town.database, library)

    assert len(await updates(town.database)) == 3
    assert named(await updates(town.database, area="services")) == [(LibraryItemKind.TEXT, ID, "ar")]
    assert named(await updates(town.database, area="facts")) == [(LibraryItemKind.FACT, "kindergarten-price", "")]
    assert named(await updates(town.database, language="ar")) == [(LibraryItemKind.TEXT, ID, "ar")]
    async with town.database.reading() as session:
        assert await count_offered(session) == 3
