"""Updates of the shared library: what is new there waits until somebody has decided. Bert publishes, Amina writes."""

import asyncio
import shutil
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from content import drafting, reviewing
from content.drafting import find_newest, find_translation, save_draft
from content.editing_answers import change_details, find_details
from content.editing_facts import change_fact
from content.importing import import_library
from content.library_files import read_library
from content.library_updates import deciding
from content.library_updates.comparing import Compared, compare
from content.library_updates.deciding import TextUnderWay, UpdateGone, UpdateNotReady, accept_together
from content.library_updates.queue import Standing, Update, list_never_changed, list_updates
from content.library_updates.records import LibraryItemKind, count_offered
from content.models import Answer, Fact
from content.reviewing import OwnWorkNeedsSecondPerson, ReasonNeeded
from content.stamping import stamp_library
from core.database import Database
from core.timeline import list_entries
from tests.conftest import MONDAY_9AM, Town
from tests.content.asking import history, published, published_text, version
from tests.content.editing import KINDERGARTEN, change, make_answer

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


async def test_the_library_that_was_loaded_offers_nothing(town: Town, library: Path) -> None:
    compared = await take(town.database, library)

    assert (compared.offered, compared.withdrawn) == (0, 0)
    assert await updates(town.database) == []


async def test_other_spaces_line_ends_and_unicode_forms_offer_nothing(town: Town, library: Path) -> None:
    change(library / NB, "Søk så tidlig du kan.", unicodedata.normalize("NFD", "Søk  så tidlig du kan. "))
    (library / AR).write_bytes((library / AR).read_bytes().replace(b"\n", b"\r\n"))

    assert (await take(town.database, library)).offered == 0


@pytest.mark.parametrize(
    ("language", "old", "new"),
    [
        ("nb", "title: Plass i barnehage", "title: Barnehageplass"),
        ("ar", "title: مكان في الروضة", "title: روضة الأطفال"),
    ],
)
async def test_a_changed_text_is_offered_and_residents_read_it_when_it_is_accepted(
    town: Town, library: Path, language: str, old: str, new: str
) -> None:
    change(library / f"{KINDERGARTEN}/{language}.yaml", old, new)
    await take(town.database, library)
    [update] = await updates(town.database)
    before = (await published_text(town.database, ID, language)).title

    await accept(town.database, update)

    assert (update.standing, changed_fields(update)) == (Standing.AS_TAKEN, ["title"])
    assert before == old.removeprefix("title: ")
    assert (await published_text(town.database, ID, language)).title == new.removeprefix("title: ")
    assert await updates(town.database) == []
    assert (await take(town.database, library)).offered == 0


async def test_what_is_accepted_goes_through_review_and_says_who_accepted_it(town: Town, library: Path) -> None:
    change(library / NB, "title: Plass i barnehage", "title: Barnehageplass")
    await take(town.database, library)
    [update] = await updates(town.database)

    await accept(town.database, update)

    async with town.database.reading() as session:
        told = [(one.event, one.by) for one in (await list_entries(session, about=f"answer:{ID}"))[::-1]]
        translation = await find_translation(session, ID, "nb")
        assert translation is not None
        newest = await find_newest(session, translation.id)
        assert newest is not None
    assert told == [
        ("draft_saved", None), ("submitted", BERT), ("approved", BERT), ("published", BERT), ("library_accepted", BERT),
    ]  # fmt: skip
    assert (newest.author_id, newest.approved_by) == (None, BERT)


async def test_who_may_not_publish_leaves_it_approved(town: Town, library: Path) -> None:
    change(library / NB, "title: Plass i barnehage", "title: Barnehageplass")
    await take(town.database, library)
    [update] = await updates(town.database)

    await accept(town.database, update, may_publish=False)

    assert (await published_text(town.database, ID, "nb")).title == "Plass i barnehage"
    assert (await history(town.database, ID, "nb"))[-1].lifecycle == "in_review"
    assert await updates(town.database) == []


async def test_what_was_changed_here_is_offered_and_marked_as_changed(town: Town, library: Path) -> None:
    await write(town.database, "Barnehage hos oss", publish=True)
    change(library / NB, "title: Plass i barnehage", "title: Barnehageplass")

    await take(town.database, library)

    [update] = await updates(town.database)
    async with town.database.reading() as session:
        never_changed = await list_never_changed(session)
    assert update.standing is Standing.CHANGED
    assert [run.text for run in update.parts[0].differences[0].runs] == ["Barnehage hos oss", "Barnehageplass"]
    assert never_changed.rows == ()


async def test_what_we_changed_is_no_update_when_the_library_did_not(town: Town, library: Path) -> None:
    await write(town.database, "Barnehage hos oss", publish=True)

    assert (await take(town.database, library)).offered == 0


async def test_comparing_twice_changes_nothing(town: Town, library: Path) -> None:
    change(library / NB, "title: Plass i barnehage", "title: Barnehageplass")
    make_answer(library, "services-new", {"nb": {}, "ar": {"title": "جديد"}})
    first = await take(town.database, library)
    before, shown = await version(town.database), await updates(town.database)

    second = await take(town.database, library)

    assert (first.offered, second.offered, second.withdrawn) == (4, 0, 0)
    assert await version(town.database) == before
    assert await updates(town.database) == shown


async def test_an_offer_is_gone_when_the_library_takes_it_back(town: Town, library: Path) -> None:
    change(library / NB, "title: Plass i barnehage", "title: Barnehageplass")
    await take(town.database, library)
    change(library / NB, "title: Barnehageplass", "title: Plass i barnehage")

    compared = await take(town.database, library)

    assert (compared.offered, compared.withdrawn) == (0, 1)
    assert await updates(town.database) == []


async def test_an_offer_is_gone_when_the_same_was_written_here(town: Town, library: Path) -> None:
    change(library / NB, "title: Plass i barnehage", "title: Barnehageplass")
    await take(town.database, library)
    await write(town.database, "Barnehageplass", publish=True)

    compared = await take(town.database, library)

    assert (compared.withdrawn, await updates(town.database)) == (1, [])


async def test_what_was_refused_stays_away_until_the_library_changes_it_again(town: Town, library: Path) -> None:
    change(library / NB, "title: Plass i barnehage", "title: Barnehageplass")
    await take(town.database, library)
    await refuse(town.database, (await updates(town.database))[0])
    again = await take(town.database, library)

    change(library / NB, "title: Barnehageplass", "title: Søke barnehage")
    await take(town.database, library)

    [update] = await updates(town.database)
    assert again.offered == 0
    assert update.refused_before == "Hos oss er det annerledes."
    assert (await published_text(town.database, ID, "nb")).title == "Plass i barnehage"


async def test_a_refusal_needs_a_reason(town: Town, library: Path) -> None:
    change(library / NB, "title: Plass i barnehage", "title: Barnehageplass")
    await take(town.database, library)

    with pytest.raises(ReasonNeeded):
        await refuse(town.database, (await updates(town.database))[0], " ")

    assert len(await updates(town.database)) == 1


async def test_adapting_makes_a_draft_that_residents_do_not_see(town: Town, library: Path) -> None:
    change(library / AR, "title: مكان في الروضة", "title: روضة الأطفال")
    await take(town.database, library)

    await adapt(town.database, (await updates(town.database))[0])

    assert [(one.lifecycle, one.title) for one in await history(town.database, ID, "ar")] == [
        ("published", "مكان في الروضة"),
        ("draft", "روضة الأطفال"),
    ]
    assert await updates(town.database) == []


async def test_a_text_that_somebody_is_writing_here_is_finished_first(town: Town, library: Path) -> None:
    change(library / NB, "title: Plass i barnehage", "title: Barnehageplass")
    await take(town.database, library)
    await write(town.database, "Aminas tittel", publish=False)
    [update] = await updates(town.database)

    for decide in (accept, adapt):
        with pytest.raises(TextUnderWay):
            await decide(town.database, update)

    assert (await history(town.database, ID, "nb"))[-1].title == "Aminas tittel"
    assert len(await updates(town.database)) == 1


async def test_who_wrote_on_the_text_cannot_accept_it_alone(town: Town, library: Path) -> None:
    change(library / NB, "title: Plass i barnehage", "title: Barnehageplass")
    await take(town.database, library)
    await write(town.database, "Aminas tittel", publish=False)
    async with town.database.changing() as session:
        translation = await find_translation(session, ID, "nb")
        assert translation is not None
        await drafting.discard(session, translation.id, by=AMINA, at=MONDAY_9AM)

    with pytest.raises(OwnWorkNeedsSecondPerson):
        await accept(town.database, (await updates(town.database))[0], by=AMINA)


async def test_of_two_who_decide_at_once_one_wins_and_the_other_is_told(town: Town, library: Path) -> None:
    change(library / NB, "title: Plass i barnehage", "title: Barnehageplass")
    await take(town.database, library)
    [update] = await updates(town.database)

    done = await asyncio.gather(accept(town.database, update), refuse(town.database, update), return_exceptions=True)

    assert [type(one) for one in done if one is not None] == [UpdateGone]
    async with town.database.reading() as session:
        events = [one.event for one in await list_entries(session)]
    assert len({"library_accepted", "library_refused"}.intersection(events)) == 1


async def test_a_decision_about_something_else_than_stands_there_now_does_not_count(town: Town, library: Path) -> None:
    change(library / NB, "title: Plass i barnehage", "title: Barnehageplass")
    await take(town.database, library)
    [looked_at] = await updates(town.database)
    await write(town.database, "Barnehage hos oss", publish=True)

    with pytest.raises(UpdateGone):
        await accept(town.database, looked_at)

    assert (await published_text(town.database, ID, "nb")).title == "Barnehage hos oss"


async def test_a_new_answer_comes_in_all_its_languages_at_once(town: Town, library: Path) -> None:
    texts = {"nb": TEXT, "ar": {**TEXT, "title": "جديد", "origin": "machine"}}
    make_answer(library, "services-new", texts, **SOURCE)
    stamp_library(library, answers=["services-new"], languages=[], only_missing=False)
    await take(town.database, library)
    [update] = await updates(town.database, language="ar")

    await accept(town.database, update)

    assert (update.standing, [part.language for part in update.parts]) == (Standing.NEW, ["", "nb", "ar"])
    answer = (await published(town.database)).answers["services-new"]
    assert {code: text.title for code, text in answer.texts.items()} == {"nb": "Title of services-new", "ar": "جديد"}
    assert answer.texts["ar"].freshness == "fresh"
    assert [source.url for source in answer.sources] == ["https://town.example/new"]


async def test_a_new_answer_that_was_refused_comes_back_as_a_whole(town: Town, library: Path) -> None:
    place = make_answer(library, "services-new", {"nb": {}, "ar": {"title": "جديد"}})
    await take(town.database, library)
    await refuse(town.database, (await updates(town.database))[0])
    assert (await take(town.database, library)).offered == 0

    change(place / "ar.yaml", "title: جديد", "title: جديد جداً")
    await take(town.database, library)

    [update] = await updates(town.database)
    assert [part.language for part in update.parts] == ["", "nb", "ar"]


async def test_what_does_not_fulfil_our_rules_is_not_accepted_but_can_be_adapted(town: Town, library: Path) -> None:
    make_answer(library, "services-new", {"nb": {}})  # nobody to turn to, and no source
    await take(town.database, library)
    [update] = await updates(town.database)

    with pytest.raises(UpdateNotReady):
        await accept(town.database, update)
    assert "services-new" not in (await published(town.database)).answers
    await adapt(town.database, update)

    assert (await history(town.database, "services-new", "nb"))[-1].lifecycle == "draft"


async def test_own_answers_are_never_touched(town: Town, tmp_path: Path, library: Path) -> None:
    make_answer(tmp_path / "own", "services-own", {"nb": {}})
    async with town.database.changing() as session:
        await import_library(session, read_library(tmp_path / "own"), at=MONDAY_9AM)
    before = await version(town.database)

    compared = await take(town.database, library)

    assert (compared.offered, compared.withdrawn) == (0, 0)
    assert await version(town.database) == before
    assert "services-own" in (await published(town.database)).answers


async def test_what_was_exported_edited_and_imported_is_our_own(town: Town, tmp_path: Path, library: Path) -> None:
    own = Path(shutil.copytree(library, tmp_path / "own"))
    change(own / NB, "title: Plass i barnehage", "title: Barnehage hos oss")
    async with town.database.changing() as session:
        await import_library(session, read_library(own), at=MONDAY_9AM)
    unchanged = await take(town.database, library)

    change(library / NB, "title: Plass i barnehage", "title: Barnehageplass")
    await take(town.database, library)

    async with town.database.reading() as session:
        never_changed = await list_never_changed(session)
    assert (unchanged.offered, never_changed.rows) == (0, ())
    assert [one.standing for one in await updates(town.database)] == [Standing.CHANGED]


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
