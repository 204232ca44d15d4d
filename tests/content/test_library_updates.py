"""Updates of the shared library: what is new there waits until somebody has decided. Bert publishes, Amina writes."""

import asyncio
import shutil
import unicodedata
from pathlib import Path

import pytest

from content import drafting
from content.drafting import find_newest, find_translation
from content.importing import import_library
from content.library_files import read_library
from content.library_updates.deciding import TextUnderWay, UpdateGone, UpdateNotReady
from content.library_updates.queue import Standing, list_never_changed
from content.reviewing import OwnWorkNeedsSecondPerson, ReasonNeeded
from content.stamping import stamp_library
from core.timeline import list_entries
from tests.conftest import MONDAY_9AM, Town
from tests.content.asking import history, published, published_text, version
from tests.content.editing import KINDERGARTEN, change, make_answer
from tests.content.updating import (
    AMINA,
    AR,
    BERT,
    ID,
    NB,
    SOURCE,
    TEXT,
    accept,
    adapt,
    changed_fields,
    refuse,
    take,
    updates,
    write,
)


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
