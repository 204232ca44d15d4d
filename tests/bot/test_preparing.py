"""What a command finds when it starts: tables, content and an index, whatever was there before."""

import asyncio
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from brobygger import preparing
from brobygger.preparing import STARTER, compare_folder, import_folder, load_starter, offer_updates, open_house
from content.finding.sentences import NoVectors, UniversalSentenceEncoder, encoder_name
from content.library_files import read_library
from content.library_updates.queue import list_never_changed
from content.library_updates.records import count_offered
from content.models import Lifecycle, Revision
from core.database import Database
from core.errors import SetupProblem
from core.settings import Settings
from core.timeline import list_entries
from tests.conftest import LIBRARY, Town
from tests.content.asking import published, version
from tests.content.editing import KINDERGARTEN, change, make_answer

SETTINGS = Settings.from_env({"BROBYGGER_VECTORS": "none"})


def test_an_encoder_is_known_by_its_name_without_being_loaded() -> None:
    assert encoder_name("none") == NoVectors.name
    assert encoder_name("use") == UniversalSentenceEncoder.name
    assert encoder_name("/models/multilingual-e5-small") == "onnx-multilingual-e5-small"


async def test_a_database_that_is_ready_is_opened_as_it_is(town: Town) -> None:
    before = await version(town.database)

    async with open_house(replace(SETTINGS, database_url=town.database.url)) as house:
        conversation = await house.desk.conversation()

    assert conversation.catalogue.municipality == "Prøvevik"
    assert house.knowledge.finder is not None
    assert await version(town.database) == before


async def test_the_starter_library_is_not_loaded_beside_other_answers(town: Town) -> None:
    before = set((await published(town.database)).answers)

    await load_starter(town.database)

    assert set((await published(town.database)).answers) == before


async def test_a_newer_library_of_the_software_is_offered_once_to_a_town_that_follows_it(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = Path(shutil.copytree(LIBRARY, tmp_path / "library"))
    monkeypatch.setattr(preparing, "STARTER", newer)
    change(newer / KINDERGARTEN / "nb.yaml", "title: Plass i barnehage", "title: Barnehageplass")
    waiting = []

    await offer_updates(town.database)  # it has content of its own: nobody asked for this library
    waiting.append(await count_waiting(town.database))
    await compare_folder(town.database, newer)
    waiting.append(await count_waiting(town.database))
    change(newer / KINDERGARTEN / "ar.yaml", "title: مكان في الروضة", "title: روضة الأطفال")
    for _start in range(2):
        await offer_updates(town.database)
        waiting.append(await count_waiting(town.database))

    assert waiting == [0, 1, 2, 2]
    async with town.database.reading() as session:
        told = [one for one in await list_entries(session) if one.event == "library_compared"]
    assert [one.details["offered"] for one in told] == ["1", "1"]


@pytest.mark.parametrize(("is_of_the_software", "never_changed"), [(True, 1), (False, 0)])
async def test_only_what_came_with_the_software_counts_as_never_changed(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_of_the_software: bool, never_changed: int
) -> None:
    folder = Path(shutil.copytree(LIBRARY, tmp_path / "library"))
    monkeypatch.setattr(preparing, "STARTER", folder if is_of_the_software else tmp_path)
    change(folder / KINDERGARTEN / "nb.yaml", "title: Plass i barnehage", "title: Barnehage hos oss")
    await import_folder(town.database, folder)

    change(folder / KINDERGARTEN / "nb.yaml", "title: Barnehage hos oss", "title: Barnehageplass")
    await compare_folder(town.database, folder)

    async with town.database.reading() as session:
        assert (await count_offered(session), (await list_never_changed(session)).count) == (1, never_changed)


async def count_waiting(database: Database) -> int:
    async with database.reading() as session:
        return await count_offered(session)


@pytest.mark.slow
async def test_two_first_starts_at_the_same_time_load_the_starter_library_once(database: Database) -> None:
    other = Database(database.url)
    await asyncio.gather(load_starter(database), load_starter(other))

    async with other.reading() as session:
        texts = await session.scalar(select(func.count()).where(Revision.lifecycle == Lifecycle.PUBLISHED))
    await other.close()
    assert texts == sum(len(answer.translations) for answer in read_library(STARTER).answers)


@pytest.mark.slow
async def test_what_was_published_while_nothing_ran_is_understood_after_the_start(town: Town, tmp_path: Path) -> None:
    make_answer(tmp_path, "services-fishing", {"nb": {"title": "Fiskekort"}, "ar": {"asked_as": "[بطاقة صيد السمك]"}})
    await import_folder(town.database, tmp_path)

    async with open_house(replace(SETTINGS, database_url=town.database.url)) as house:
        finder = house.knowledge.finder

    assert finder is not None
    assert finder.rank("بطاقة صيد السمك").candidates[0].answer_id == "services-fishing"


async def test_a_place_that_cannot_be_written_to_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    settings = replace(SETTINGS, database_url=f"sqlite+aiosqlite:///{tmp_path}/file/town.sqlite3")

    async def open_it() -> None:
        async with open_house(settings):
            pytest.fail("it cannot be opened")

    with pytest.raises(SetupProblem, match="DATABASE_URL") as problem:
        await open_it()

    assert "\n" not in problem.value.what


async def test_importing_tells_what_it_did(town: Town) -> None:
    done = await import_folder(town.database, LIBRARY)

    assert done.published == 0
    assert done.unchanged > 0
