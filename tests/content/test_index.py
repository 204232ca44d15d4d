"""What is published is understood within a moment, in every process, while questions go on being answered."""

import asyncio
import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import func, select

from content.finding.building import Example, build
from content.finding.building import change as change_index
from content.finding.features import Floats
from content.finding.finder import MOST_REMEMBERED, Candidate, Finder
from content.finding.sentences import NoVectors
from content.finding.snapshot import Index, StaleFormat, format_name
from content.importing import import_library
from content.index import KEPT, Ahead, Due, Knowledge, Published, build_ahead, rebuild, store_ahead, what_is_due
from content.library_files import read_library
from content.models import Snapshot
from core.database import Database
from tests.conftest import LIBRARY, MONDAY_9AM, Town
from tests.content.editing import KINDERGARTEN, change, make_answer

NO_VECTORS = NoVectors()


class LengthVectors:
    """Sentence vectors that say how long a text is: enough to tell encoders apart."""

    name = "length"
    size = 2

    def knows(self, language: str) -> bool:
        return True

    def encode(self, texts: Sequence[str]) -> Floats:
        return np.array([[1.0, len(text)] for text in texts], dtype=np.float32).reshape(len(texts), 2)


class CountingVectors(LengthVectors):
    """Notes how many texts come at once; cannot read one of them."""

    def __init__(self) -> None:
        self.batches: list[int] = []
        self.fails_on = ""

    def encode(self, texts: Sequence[str]) -> Floats:
        if self.fails_on in texts:
            raise ValueError(self.fails_on)
        self.batches.append(len(texts))
        return super().encode(texts)


async def build_again(database: Database) -> bool:
    """What the worker does after a publication."""
    return await rebuild(database, NO_VECTORS, now=lambda: MONDAY_9AM)


async def due(database: Database) -> Due | None:
    async with database.reading() as session:
        return await what_is_due(session, "none")


async def ranked(town: Town, question: str) -> Candidate:
    """The best answer to a question by the newest snapshot."""
    await town.knowledge.follow()
    assert town.knowledge.finder is not None
    return town.knowledge.finder.rank(question).candidates[0]


async def publish_wording(town: Town, library: Path, wording: str, language: str = "ar") -> None:
    """An editor adds a wording to the kindergarten answer."""
    change(library / KINDERGARTEN / f"{language}.yaml", "asked_as:\n", f"asked_as:\n- {wording}\n")
    async with town.database.changing() as session:
        await import_library(session, read_library(library), at=MONDAY_9AM)


async def test_after_a_publication_the_index_is_changed_quickly_and_then_built_thoroughly(
    town: Town, library: Path
) -> None:
    was_due = [await due(town.database)]
    await publish_wording(town, library, "دار الصغار")
    for _ in range(3):
        was_due.append(await due(town.database))
        await build_again(town.database)

    assert was_due == [None, Due.CHANGE, Due.THOROUGH, None]


async def test_a_wording_that_was_taken_away_is_forgotten_by_the_thorough_build(town: Town, library: Path) -> None:
    """A quick change keeps what it has learned: only a build from nothing forgets."""
    clean = await ranked(town, "زقزوق الصباح")
    await publish_wording(town, library, "زقزوق الصباح")
    await build_again(town.database)
    learned = await ranked(town, "زقزوق الصباح")
    change(library / KINDERGARTEN / "ar.yaml", "- زقزوق الصباح\n", "")
    async with town.database.changing() as session:
        await import_library(session, read_library(library), at=MONDAY_9AM)
    await build_again(town.database)
    await build_again(town.database)

    assert learned.answer_id == "services-kindergarten"
    assert await ranked(town, "زقزوق الصباح") == clean


@pytest.mark.slow
async def test_when_nearly_everything_is_new_the_index_is_built_thoroughly_at_once(town: Town, library: Path) -> None:
    for number in range(40):
        await publish_wording(town, library, f"جديد {number}")
    await build_again(town.database)

    assert await due(town.database) is None


async def test_the_very_words_of_a_wording_lead_to_its_answer(town: Town, library: Path) -> None:
    """However much they look like something else."""
    await publish_wording(town, library, "hva koster det å låne et rom", "nb")
    await build_again(town.database)
    await town.knowledge.follow()

    assert (await town.hear("Hva koster det å låne et rom?", "nb")).answer_id == "services-kindergarten"


async def test_building_again_without_a_publication_builds_nothing(town: Town) -> None:
    assert await build_again(town.database) is False


async def test_a_new_wording_is_understood_by_every_process_after_the_index_was_built(
    town: Town, library: Path
) -> None:
    wording, language = "زقزوق الصباح", "ar"
    elsewhere = Knowledge(town.database, NO_VECTORS)
    await elsewhere.follow()
    before = await town.hear(wording, language)
    await publish_wording(town, library, wording, language)
    await build_again(town.database)

    await town.knowledge.follow()
    await elsewhere.follow()

    after = await town.hear(wording, language)
    assert before.answer_id is None
    assert after.answer_id == "services-kindergarten"
    assert elsewhere.snapshot_id == town.knowledge.snapshot_id
    assert elsewhere.finder is not None
    assert elsewhere.finder.rank(wording).candidates[0].answer_id == "services-kindergarten"


async def test_a_question_in_a_language_without_texts_is_understood_by_its_wordings(town: Town) -> None:
    turn = await town.hear("ile kosztuje przedszkole?", "pl")

    assert turn.answer_id == "services-kindergarten"


async def test_a_new_text_is_shown_at_once_before_any_index_is_built(town: Town, library: Path) -> None:
    change(library / KINDERGARTEN / "ar.yaml", "title: مكان في الروضة", "title: روضة الأطفال")
    async with town.database.changing() as session:
        await import_library(session, read_library(library), at=MONDAY_9AM)

    turn = await town.hear("كم تكلف الروضة", "ar")

    assert turn.message.pieces[0].text == "روضة الأطفال"


async def test_questions_are_answered_while_the_index_is_built(town: Town, library: Path) -> None:
    await publish_wording(town, library, "دار الصغار")

    building = asyncio.create_task(build_again(town.database))
    answered = 0
    while not building.done():
        turn = await town.hear("كم تكلف الروضة", "ar")
        assert turn.answer_id == "services-kindergarten"
        answered += 1
        await asyncio.sleep(0)

    assert await building
    assert answered > 0


async def test_what_is_published_while_the_index_is_built_makes_it_stale_again(town: Town, library: Path) -> None:
    await publish_wording(town, library, "دار الصغار")

    building = asyncio.create_task(build_again(town.database))
    await publish_wording(town, library, "بستان")
    await building

    still = await due(town.database)
    while await build_again(town.database):
        pass
    assert still is not None
    assert await due(town.database) is None


async def test_only_the_newest_snapshots_are_kept(town: Town, library: Path) -> None:
    for wording in ("دار الصغار", "بستان", "حديقة"):
        await publish_wording(town, library, wording)
        await build_again(town.database)

    async with town.database.reading() as session:
        count = await session.scalar(select(func.count()).select_from(Snapshot))

    assert count == KEPT


async def test_two_who_build_at_the_same_time_do_no_harm(town: Town, library: Path) -> None:
    await publish_wording(town, library, "دار الصغار")

    await asyncio.gather(build_again(town.database), build_again(town.database))
    await town.knowledge.follow()

    assert (await town.hear("دار الصغار", "ar")).answer_id == "services-kindergarten"


async def test_an_index_of_other_vectors_is_not_taken(town: Town) -> None:
    other = Knowledge(town.database, LengthVectors())

    await other.follow()

    assert other.finder is None
    assert await rebuild(town.database, other.encoder, now=lambda: MONDAY_9AM) is True
    await other.follow()
    assert other.finder is not None


async def test_a_damaged_snapshot_is_passed_over_and_built_anew(town: Town, library: Path) -> None:
    await publish_wording(town, library, "دار الصغار")
    async with town.database.changing() as session:
        session.add(
            Snapshot(
                content_version=1,
                format=format_name("none"),
                is_thorough=True,
                built_at=MONDAY_9AM,
                payload=b"PK\x03\x04",
            )
        )

    await town.knowledge.follow()
    still_answered = await town.hear("كم تكلف الروضة", "ar")
    built = await build_again(town.database)

    assert still_answered.answer_id == "services-kindergarten"
    assert built


async def test_before_there_is_an_index_a_question_gets_an_honest_word(database: Database, library: Path) -> None:
    from bot.desk import Desk

    async with database.changing() as session:
        await import_library(session, read_library(library), at=MONDAY_9AM)
    knowledge = Knowledge(database, NO_VECTORS)
    await knowledge.follow()

    turn = await Town(database, knowledge, Desk(knowledge)).hear("كم تكلف الروضة", "ar")

    assert turn.answer_id is None
    assert turn.message.buttons


async def test_a_database_without_answers_has_no_index_to_build(database: Database) -> None:
    assert await build_again(database) is False


async def test_texts_that_are_all_replaced_in_another_script_can_be_learned(town: Town, tmp_path: Path) -> None:
    for answer_id in (await town.conversation()).catalogue.answers:
        make_answer(tmp_path, answer_id, {"ti": {"title": "ትምህርቲ", "short": "ትምህርቲ", "full": "ትምህርቲ"}}, priority="1")
    for language in ("nb", "en", "ar"):
        (tmp_path / "outside").mkdir(exist_ok=True)
        (tmp_path / "outside" / f"{language}.yaml").write_text(f"language: {language}\n")
    async with town.database.changing() as session:
        await import_library(session, read_library(tmp_path), at=MONDAY_9AM, replace=True)

    assert await build_again(town.database) is True


# The first index


async def build_first(database: Database, folder: Path, ahead: Ahead | None = None) -> None:
    async with database.changing() as session:
        await import_library(session, read_library(folder), at=MONDAY_9AM)
    async with database.reading() as session:
        published = await Published.look(session)
    if ahead is None or not await store_ahead(database, NO_VECTORS, ahead, published, now=lambda: MONDAY_9AM):
        await rebuild(database, NO_VECTORS, now=lambda: MONDAY_9AM)


async def test_what_is_learned_from_files_ahead_is_the_index_of_what_they_publish(database: Database) -> None:
    ahead = build_ahead(read_library(LIBRARY), NO_VECTORS)

    await build_first(database, LIBRARY, ahead)

    async with database.reading() as session:
        stored = await session.scalar(select(Snapshot.payload))
    assert stored == ahead.index.to_bytes()


async def test_an_index_that_was_learned_ahead_from_something_else_is_not_stored(database: Database) -> None:
    files = read_library(LIBRARY)
    ahead = build_ahead(replace(files, answers=files.answers[1:]), NO_VECTORS)

    await build_first(database, LIBRARY, ahead)

    async with database.reading() as session:
        stored = await session.scalar(select(Snapshot.payload))
    assert stored is not None
    assert files.answers[0].id in Index.from_bytes(stored, encoder="none").labels


# What is new is learned on top


def test_a_text_in_two_languages_keeps_the_vector_of_the_one_that_has_one() -> None:
    class ArabicVectors(LengthVectors):
        def knows(self, language: str) -> bool:
            return language == "ar"

    encoder = ArabicVectors()
    same = [Example("NAV", "ar", "room"), Example("NAV", "so", "room")]
    before = build([*EXAMPLES, *same], safety=frozenset(), encoder=encoder)

    after = change_index(before, [*EXAMPLES, *same, Example("قاعة", "ar", "room")], safety=frozenset(), encoder=encoder)

    assert len(after.wordings.vectors.rows) == len(before.wordings.vectors.rows) + 1


def test_a_wording_that_moved_to_another_answer_is_learned_there() -> None:
    before = build(EXAMPLES, safety=frozenset(), encoder=NO_VECTORS)
    moved = Example("حجز قاعة", "ar", "kindergarten")

    after = change_index(before, [*EXAMPLES[:3], moved, EXAMPLES[4]], safety=frozenset(), encoder=NO_VECTORS)

    def share(index: Index) -> float:
        ranked = Finder(index, NO_VECTORS).rank("أريد حجز قاعة")
        return next(one.share for one in ranked.candidates if one.answer_id == "kindergarten")

    assert share(after) > 2 * share(before)


# The index as bytes

EXAMPLES = [
    Example("hva koster barnehagen", "nb", "kindergarten"),
    Example("كم تكلف الروضة", "ar", "kindergarten"),
    Example("låne et rom", "nb", "room"),
    Example("حجز قاعة", "ar", "room"),
    Example("كيف الطقس", "ar", ""),
]


def make_index() -> Index:
    return build(EXAMPLES, safety=frozenset({"room"}), encoder=NO_VECTORS)


@pytest.mark.parametrize("question", ["كم تكلف الروضة", "låne rom", "вода", ""])
def test_an_index_finds_the_same_after_a_journey_as_bytes(question: str) -> None:
    index = make_index()

    again = Index.from_bytes(index.to_bytes(), encoder="none")

    before, after = Finder(index, NO_VECTORS).rank(question), Finder(again, NO_VECTORS).rank(question)
    assert [one.answer_id for one in after.candidates] == [one.answer_id for one in before.candidates]
    assert [one.share for one in after.candidates] == pytest.approx([one.share for one in before.candidates], abs=0.01)
    assert again.safety == {"room"}
    assert again.wordings.texts == index.wordings.texts


def test_an_index_of_other_vectors_says_that_it_is_stale() -> None:
    payload = make_index().to_bytes()

    with pytest.raises(StaleFormat):
        Index.from_bytes(payload, encoder="use-multilingual-3")


def bytes_of_another_format() -> bytes:
    out = io.BytesIO()
    np.savez(out, head=np.frombuffer(b'{"format": 1, "encoder": "none"}', dtype=np.uint8))
    return out.getvalue()


@pytest.mark.parametrize("payload", [b"", b"nonsense", b"PK\x03\x04", bytes_of_another_format(), b"\x80\x04N."])
def test_bytes_that_are_no_index_of_ours_say_that_they_are_stale(payload: bytes) -> None:
    with pytest.raises(StaleFormat):
        Index.from_bytes(payload, encoder="none")


async def test_a_question_that_many_ask_is_ranked_once_and_its_words_are_not_kept(town: Town) -> None:
    assert town.knowledge.finder is not None
    finder = Finder(town.knowledge.finder.index, NO_VECTORS)
    question = "er veien stengt av flommen ved sagbruket"

    first = finder.rank(question)

    assert finder.rank(question) is first
    assert finder.rank(question, without=frozenset({"services-kindergarten"})) is not first
    assert "sagbruket" not in repr(vars(finder)["_ranked"])


async def test_of_many_questions_the_latest_thousand_are_remembered(town: Town) -> None:
    assert town.knowledge.finder is not None
    finder = Finder(town.knowledge.finder.index, NO_VECTORS)

    first = finder.rank("flom")
    for number in range(MOST_REMEMBERED):
        finder.rank(f"flom {number}")

    assert len(vars(finder)["_ranked"]) == MOST_REMEMBERED
    assert finder.rank("flom") is not first


async def test_what_several_ask_at_one_moment_is_looked_at_together() -> None:
    encoder = CountingVectors()
    finder = Finder(build(EXAMPLES, safety=frozenset(), encoder=encoder), encoder)
    several = [["kan jeg låne et rom", "hva koster det"], ["أريد حجز قاعة"], ["hvor er biblioteket"]]
    alone = [[Finder(finder.index, encoder).rank(one) for one in asked] for asked in several]
    encoder.batches.clear()

    await asyncio.gather(*(finder.foresee(asked) for asked in several))

    assert [[finder.rank(one) for one in asked] for asked in several] == alone
    assert encoder.batches == [4]


async def test_a_text_that_cannot_be_looked_at_spoils_nothing_for_those_who_ask_beside_it() -> None:
    encoder = CountingVectors()
    finder = Finder(build(EXAMPLES, safety=frozenset(), encoder=encoder), encoder)
    encoder.fails_on = "dårlig"

    await asyncio.gather(finder.foresee(["dårlig"]), finder.foresee(["kan jeg låne et rom"]))

    assert finder.rank("kan jeg låne et rom").candidates
    with pytest.raises(ValueError, match="dårlig"):
        finder.rank("dårlig")


def test_a_wording_without_a_known_word_is_like_nothing() -> None:
    index = build([*EXAMPLES, Example("??", "nb", "room")], safety=frozenset(), encoder=NO_VECTORS)

    signs = Finder(index, NO_VECTORS).rank("låne et rom").signs

    assert signs.like_words == pytest.approx(1, abs=0.01)


async def test_of_many_who_ask_after_a_publication_one_reads_the_texts(town: Town) -> None:
    knowledge = Knowledge(town.database, NO_VECTORS)

    several = await asyncio.gather(*(knowledge.catalogue() for _ in range(8)))

    assert all(one is several[0] for one in several)
