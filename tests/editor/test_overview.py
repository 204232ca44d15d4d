"""Staff find what they look for, and quickly, however much there is."""

import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import update

from bot.desk import Desk
from content import drafting
from content.drafting import Draft, as_draft, save_draft
from content.finding.sentences import NoVectors
from content.index import Knowledge
from content.models import Answer, Lifecycle, Origin, Revision
from content.overview import count_states, count_validities, coverage, get_row, list_answers
from content.publishing import find_published, publish, withdraw
from content.wanted import State, Validity, Wanted
from core.database import Database
from tests.conftest import EMPTY, MONDAY_9AM, Engine, Town
from tests.editor import plenty
from tests.editor.desk import EVERYTHING, Client, signed_in, translator

TODAY = MONDAY_9AM.date()
ALL = {
    "grants-closed", "practice-dugnad", "premises-borrow-room",
    "services-emergency-numbers", "services-kindergarten", "services-partner-violence",
}  # fmt: skip
KINDERGARTEN, ROOM, DUGNAD, CLOSED = (
    {"services-kindergarten"}, {"premises-borrow-room"}, {"practice-dugnad"}, {"grants-closed"},
)  # fmt: skip


async def draft_of(database: Database, answer_id: str, language: str) -> Draft:
    async with database.reading() as session:
        translation = await drafting.find_translation(session, answer_id, language)
        assert translation is not None
        published = await find_published(session, translation.id)
        assert published is not None
        return as_draft(published)


async def write(database: Database, answer_id: str, language: str, draft: Draft, lifecycle: Lifecycle) -> None:
    """A new text on top of the one that residents see, brought to this place."""
    async with database.changing() as session:
        saved = await save_draft(session, answer_id, language, draft, based_on=1, by=1, at=MONDAY_9AM)
        if lifecycle is Lifecycle.PUBLISHED:
            await publish(session, saved.revision, at=MONDAY_9AM)
        else:
            saved.revision.lifecycle = lifecycle


async def prepare(town: Town) -> None:
    """The kindergarten's source text is new, so its translations are outdated; others are on their way."""
    database = town.database
    kindergarten = await draft_of(database, "services-kindergarten", "nb")
    changed = replace(kindergarten, text=replace(kindergarten.text, title="Økonomi og barnehage"))
    await write(database, "services-kindergarten", "nb", changed, Lifecycle.PUBLISHED)
    room, dugnad = "premises-borrow-room", "practice-dugnad"
    await write(database, room, "ar", await draft_of(database, room, "ar"), Lifecycle.DRAFT)
    await write(database, dugnad, "nb", await draft_of(database, dugnad, "nb"), Lifecycle.IN_REVIEW)
    async with database.changing() as session:
        await withdraw(session, "grants-closed", at=MONDAY_9AM)
        await session.execute(
            update(Revision).where(Revision.title == "Økonomi og barnehage").values(is_review_owed=True)
        )
        await session.execute(update(Answer).values(review_by=date(2027, 11, 1)))
        for answer_id, values in {
            "practice-dugnad": {"valid_until": date(2026, 11, 22)},
            "premises-borrow-room": {"valid_until": TODAY, "review_by": TODAY},
            "services-kindergarten": {"review_by": date(2026, 11, 24)},
            "services-emergency-numbers": {"review_by": date(2026, 12, 23)},
            "services-partner-violence": {"review_by": date(2026, 12, 24)},
        }.items():
            await session.execute(update(Answer).where(Answer.id == answer_id).values(**values))


CASES = [
    (Wanted(), ALL),
    (Wanted(area="premises"), ROOM),
    (Wanted(area="nonsense"), set()),
    (Wanted(owner="library"), set()),
    (Wanted(language="ar"), {*KINDERGARTEN, *ROOM, "services-emergency-numbers", "services-partner-violence"}),
    (Wanted(language="ti"), set()),
    (Wanted(state=State.MISSING), CLOSED),
    (Wanted(state=State.MISSING, language="ar"), CLOSED | DUGNAD),
    (Wanted(state=State.MISSING, language="nb"), CLOSED),
    (Wanted(state=State.OUTDATED), KINDERGARTEN),
    (Wanted(state=State.OUTDATED, language="en"), KINDERGARTEN),
    (Wanted(state=State.OUTDATED, language="nb"), set()),
    (Wanted(state=State.DRAFT), ROOM),
    (Wanted(state=State.DRAFT, language="nb"), set()),
    (Wanted(state=State.IN_REVIEW), DUGNAD),
    (Wanted(state=State.REVIEW_OWED), KINDERGARTEN),
    (Wanted(state=State.REVIEW_OWED, language="ar"), set()),
    (Wanted(origin=Origin.MACHINE, language="nb"), set()),
    (Wanted(origin=Origin.WRITTEN), ALL - CLOSED),
    (Wanted(origin=Origin.MACHINE), ALL - CLOSED),
    (Wanted(origin=Origin.MACHINE, language="en"), {*KINDERGARTEN, *ROOM, *DUGNAD, "services-emergency-numbers"}),
    (Wanted(origin=Origin.MACHINE, state=State.DRAFT), ROOM),
    (Wanted(origin=Origin.WRITTEN, state=State.DRAFT), set()),
    (Wanted(origin=Origin.WRITTEN, state=State.MISSING), set()),
    (Wanted(origin=Origin.HUMAN), set()),
    (Wanted(origin=Origin.MACHINE_CHECKED), set()),
    (Wanted(validity=Validity.EXPIRED), DUGNAD),
    (Wanted(validity=Validity.REVIEW_DUE), ROOM),
    (Wanted(validity=Validity.REVIEW_SOON), KINDERGARTEN | {"services-emergency-numbers"}),
    (Wanted(words="kindergarten", state=State.OUTDATED, validity=Validity.REVIEW_SOON), KINDERGARTEN),
    (Wanted(words="barnehage"), KINDERGARTEN),
    (Wanted(words="BARNEHAGE"), KINDERGARTEN),
    (Wanted(words="økonomi"), KINDERGARTEN),
    (Wanted(words="ØKONOMI"), KINDERGARTEN),
    (Wanted(words="الروضة"), KINDERGARTEN),
    (Wanted(words="borrow-room"), ROOM),
    (Wanted(words="barnehage الروضة kindergarten"), KINDERGARTEN),
    (Wanted(words="barnehage biblioteket"), set()),
    (Wanted(words="tidlig"), KINDERGARTEN),  # stands in the full text
    (Wanted(words="tidlig", language="en"), set()),
    (Wanted(words="early", language="en"), KINDERGARTEN),
    (Wanted(words="%"), set()),
    (Wanted(words="_"), set()),
    (Wanted(words="\\"), set()),
    (Wanted(words="'; DROP TABLE answers; --"), set()),
]


async def test_the_filters_find_what_they_say(town: Town) -> None:
    await prepare(town)
    async with town.database.reading() as session:
        for wanted, expected in CASES:
            page = await list_answers(session, wanted, today=TODAY)
            assert {row.answer_id for row in page.rows} == expected, wanted
            assert page.count == len(expected)


async def test_the_front_page_counts_what_the_lists_show(town: Town) -> None:
    await prepare(town)
    async with town.database.reading() as session:
        for state, count in (await count_states(session)).items():
            assert count == (await list_answers(session, Wanted(state=state), today=TODAY)).count, state
        for validity, count in (await count_validities(session, today=TODAY)).items():
            assert count == (await list_answers(session, Wanted(validity=validity), today=TODAY)).count, validity
        for language, there, outdated, everything in await coverage(session):
            missing = await list_answers(session, Wanted(state=State.MISSING, language=language), today=TODAY)
            old = await list_answers(session, Wanted(state=State.OUTDATED, language=language), today=TODAY)
            assert (there, outdated, everything) == (len(ALL) - missing.count, old.count, len(ALL) - 1), language


async def test_a_town_without_answers_has_a_front_page_too(database: Database) -> None:
    async with database.reading() as session:
        assert set((await count_states(session)).values()) == {0}
        assert {row[1:] for row in await coverage(session)} == {(0, 0, 0)}
        assert (await list_answers(session, Wanted(), today=TODAY)).last == 1


async def test_translations_of_a_source_that_nobody_sees_are_not_outdated(town: Town) -> None:
    async with town.database.changing() as session:
        nb = await drafting.find_translation(session, "services-kindergarten", "nb")
        assert nb is not None
        published = await find_published(session, nb.id)
        assert published is not None
        published.lifecycle = Lifecycle.WITHDRAWN
    async with town.database.reading() as session:
        page = await list_answers(session, Wanted(state=State.OUTDATED), today=TODAY)
        row = await get_row(session, "services-kindergarten")

    assert page.count == 0
    assert row is not None
    assert row.title == "Plass i barnehage"  # its words are still known
    assert [one.is_withdrawn for one in (row.states["nb"], row.states["ar"])] == [True, False]


async def test_pages_hold_fifty_and_a_number_too_far_is_the_last(database: Database) -> None:
    async with database.changing() as session:
        session.add_all(Answer(id=f"answer-{number:03}", area="grants") for number in range(101))
    async with database.reading() as session:
        pages = [await list_answers(session, Wanted(), today=TODAY, page=number) for number in (0, 1, 2, 3, 9)]

    assert [page.number for page in pages] == [1, 1, 2, 3, 3]
    assert [len(page.rows) for page in pages] == [50, 50, 50, 1, 1]
    assert pages[2].rows[0].answer_id == "answer-050"


# Speed


MOST_MS = 2000  # several times what the slowest takes on machines half as quick (pytest -s says what it took)
PATHS = [
    "/",
    "/answers",
    "/answers?page=20",
    *(f"/answers?state={state}" for state in State),
    *(f"/answers?state={state}&language=ar" for state in State),
    *(f"/answers?validity={validity}" for validity in Validity),
    "/answers?area=grants&owner=library&language=ti&state=outdated",
    "/answers?words=hjelp",
    "/answers?words=sak+777",
    "/answers?words=finnes+ikke+noe+sted",
    "/answers?words=Økonomi",
    "/answers/answer-0500",
    "/answers/answer-0500/ar",
    "/answers/answer-0500/ar/write",
    "/answers/answer-0500/ar/history",
    "/timeline",
    "/people",
]


@pytest.fixture
async def big_town(engine: Engine) -> AsyncIterator[Town]:
    name = engine.copy(EMPTY)
    database = Database(engine.address(name))
    await plenty.fill(database)
    knowledge = Knowledge(database, NoVectors())
    yield Town(database, knowledge, Desk(knowledge))
    await database.close()
    engine.drop(name)


async def quickest_ms(client: Client, path: str) -> float:
    """Of five visits: others work on this machine too."""
    took = []
    for _each in range(5):
        begun = time.perf_counter()
        answer = await client.get(path)
        took.append((time.perf_counter() - begun) * 1000)
        assert answer.status_code == 200, path
    return min(took)


@pytest.mark.slow
@pytest.mark.alone
async def test_every_page_is_there_at_once_with_1000_answers_in_15_languages(big_town: Town) -> None:
    client = await signed_in(big_town, *EVERYTHING, translator("ar"))

    took = {path: await quickest_ms(client, path) for path in PATHS}

    slowest = max(took, key=took.__getitem__)
    print(f"\nthe slowest page: {slowest} in {took[slowest]:.0f} ms")  # pytest -s
    assert {path: ms for path, ms in took.items() if ms >= MOST_MS} == {}
