"""What is published can be carried elsewhere as files, and is the same there."""

from pathlib import Path

from content.exporting import export_library
from content.importing import import_library
from content.library_files import LibraryFiles, WhenExpired, read_library
from core.database import Database
from tests.conftest import LIBRARY, MONDAY_9AM, Engine, Town
from tests.content.asking import published, version
from tests.content.editing import change, make_answer


async def export(database: Database, folder: Path) -> LibraryFiles:
    """Write what is published and read the files."""
    async with database.reading() as session:
        await export_library(session, folder)
    return read_library(folder)


def texts(library: LibraryFiles) -> dict[tuple[str, str], tuple[str, str | None, tuple[str, ...], str]]:
    """What makes each text what it is: its hash, what it was made from, its wordings, its origin."""
    return {
        (answer.id, one.language): (one.text.hash(), one.made_from, one.asked_as, one.origin.value)
        for answer in library.answers
        for one in answer.translations
    }


async def test_an_export_has_the_same_texts_facts_and_profile_as_what_was_imported(town: Town, tmp_path: Path) -> None:
    original = read_library(LIBRARY)

    exported = await export(town.database, tmp_path)

    assert texts(exported) == texts(original)
    assert sorted(exported.facts, key=str) == sorted(original.facts, key=str)
    assert exported.profile == original.profile
    assert set(exported.samples) == set(original.samples)


async def test_importing_an_export_where_it_came_from_changes_nothing(town: Town, tmp_path: Path) -> None:
    before = await version(town.database)
    exported = await export(town.database, tmp_path)

    async with town.database.changing() as session:
        done = await import_library(session, exported, at=MONDAY_9AM, replace=True)

    assert (done.published, done.withdrawn) == (0, 0)
    assert await version(town.database) == before


async def test_an_export_makes_the_same_town_in_another_database(
    town: Town, database: Database, tmp_path: Path
) -> None:
    exported = await export(town.database, tmp_path)

    async with database.changing() as session:
        await import_library(session, exported, at=MONDAY_9AM)

    here, there = await published(town.database), await published(database)
    assert there.offices == here.offices
    assert there.facts == here.facts
    assert list(there.answers) == list(here.answers)
    for answer_id, answer in here.answers.items():
        other = there.answers[answer_id]
        assert (other.sources, other.review_by, other.valid_until) == (
            answer.sources,
            answer.review_by,
            answer.valid_until,
        )
        assert {code: text.short for code, text in other.texts.items()} == {
            code: text.short for code, text in answer.texts.items()
        }


async def test_awkward_texts_survive_the_journey(engine: Engine, database: Database, tmp_path: Path) -> None:
    awkward = {
        "title": "'no: 113 # ikke kommentar'",
        "short": '"  مرحبا\\u200f: \\"113\\" – {نعم}  "',
        "full": '"- ett\\n- to\\n\\n\\ttabulert \\\\ \\u2066x\\u2069\\n"',
        "asked_as": "['yes', '~', '- strek', '# nummer', '1e3', 'a: b']",
    }
    make_answer(tmp_path / "in", "services-awkward", {"nb": awkward})
    original = read_library(tmp_path / "in")
    async with database.changing() as session:
        await import_library(session, original, at=MONDAY_9AM)

    exported = await export(database, tmp_path / "out")

    assert texts(exported) == texts(original)


async def test_only_what_residents_see_is_exported(town: Town, tmp_path: Path) -> None:
    make_answer(tmp_path / "in", "services-only", {"nb": {}})
    async with town.database.changing() as session:
        await import_library(session, read_library(tmp_path / "in"), at=MONDAY_9AM, replace=True)

    exported = await export(town.database, tmp_path / "out")

    assert [answer.id for answer in exported.answers] == ["services-only"]


async def test_whether_an_answer_is_hidden_when_it_has_run_out_survives_the_journey(
    town: Town, library: Path, tmp_path: Path
) -> None:
    change(library / "grants/grants-closed/answer.yaml", "review_by:", "when_expired: hide\nreview_by:")
    async with town.database.changing() as session:
        await import_library(session, read_library(library), at=MONDAY_9AM)

    exported = await export(town.database, tmp_path / "exported")

    assert {one.id for one in exported.answers if one.when_expired is WhenExpired.HIDE} == {"grants-closed"}
    assert (await published(town.database)).answers["grants-closed"].is_hidden_when_expired
