"""A draft is learned for a question, on top of what is live."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from content.catalogue import Catalogue
from content.drafting import as_draft, find_newest, find_translation, save_draft
from content.finding.building import Example
from content.finding.features import Floats
from content.finding.sentences import NoVectors
from content.index import Knowledge
from content.trying import (
    AT_ONCE,
    DraftNotShowable,
    Learner,
    NoOpenDraft,
    Patient,
    TrialBusy,
    find_open_draft,
    finder_after,
    list_open_drafts,
    load_trial,
)
from core.database import Database
from tests.conftest import MONDAY_9AM, Town
from tests.content.asking import published, version

ANSWER = "services-kindergarten"
NEW = "kan poden begynne hos dagmamma snart"


async def write(town: Town, **text: str) -> None:
    """A draft of the kindergarten answer in nb with the new wording."""
    async with town.database.changing() as session:
        translation = await find_translation(session, ANSWER, "nb")
        assert translation is not None
        newest = await find_newest(session, translation.id)
        assert newest is not None
        draft = as_draft(newest)
        draft = replace(draft, asked_as=(*draft.asked_as, NEW), text=replace(draft.text, **text))
        await save_draft(session, ANSWER, "nb", draft, based_on=newest.number, by=1, at=MONDAY_9AM)


async def trial(town: Town) -> Catalogue:
    async with town.database.reading() as session:
        return await load_trial(session, ANSWER, "nb")


async def test_a_draft_is_found_by_a_wording_that_is_live_nowhere(town: Town) -> None:
    await write(town)
    before = await version(town.database)

    finder = await Learner(town.database, town.knowledge).learn(await trial(town))

    assert finder is not None
    assert town.knowledge.finder is not None
    assert finder.rank(NEW).candidates[0].share > 0.9 > town.knowledge.finder.rank(NEW).candidates[0].share
    assert await version(town.database) == before


async def test_drafts_that_can_be_tried_are_listed(town: Town) -> None:
    await write(town, title="Barnehage")

    async with town.database.reading() as session:
        (draft,) = await list_open_drafts(session)
        found = await find_open_draft(session, ANSWER, "nb")

    assert (draft.answer_id, draft.language, draft.title) == (ANSWER, "nb", "Barnehage")
    assert found == draft


async def test_a_text_without_a_draft_cannot_be_tried(town: Town) -> None:
    with pytest.raises(NoOpenDraft):
        await trial(town)


async def test_a_draft_with_a_fact_that_does_not_exist_cannot_be_shown(town: Town) -> None:
    await write(town, short="Ring {fact:nobody.phone}.")

    with pytest.raises(DraftNotShowable):
        await trial(town)


async def test_one_draft_is_learned_at_a_time_even_when_the_first_stops_waiting(town: Town) -> None:
    await write(town)
    learner, catalogue = Learner(town.database, town.knowledge), await trial(town)

    first = asyncio.create_task(learner.learn(catalogue))
    await asyncio.sleep(0)
    with pytest.raises(TrialBusy):
        await learner.learn(catalogue)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    with pytest.raises(TrialBusy):
        await learner.learn(catalogue)

    assert await learned_in_the_end(learner, catalogue)


async def learned_in_the_end(learner: Learner, catalogue: Catalogue) -> bool:
    """Ask until the thread is done."""
    for _ in range(1200):
        try:
            return await learner.learn(catalogue) is not None
        except TrialBusy:
            await asyncio.sleep(0.05)
    return False


async def test_before_there_is_an_index_there_is_nothing_to_learn_from(town: Town, database: Database) -> None:
    learner = Learner(database, Knowledge(database, NoVectors()))

    assert await learner.learn(await published(town.database)) is None


async def test_a_draft_is_tried_when_nothing_else_is_known_any_more(town: Town) -> None:
    await write(town)
    assert town.knowledge.finder is not None
    only = [Example(NEW, "nb", ANSWER), Example("hva er klokka nå", "nb", "")]

    finder = finder_after(town.knowledge.finder.index, only, await trial(town), NoVectors())

    assert finder.rank(NEW).candidates[0].answer_id == ANSWER


class Counting:
    """An encoder that remembers how many texts it was given at once."""

    name, size = "counting", 1

    def __init__(self) -> None:
        self.given: list[int] = []

    def knows(self, language: str) -> bool:
        return True

    def encode(self, texts: Sequence[str]) -> Floats:
        self.given.append(len(texts))
        return np.array([[float(len(text))] for text in texts], dtype=np.float32).reshape(-1, 1)


@pytest.mark.parametrize("count", [0, 1, AT_ONCE, AT_ONCE + 1, 100])
def test_learning_leaves_the_encoder_to_others_every_few_texts(count: int) -> None:
    encoder = Counting()
    texts = ["x" * number for number in range(count)]

    vectors = Patient(encoder).encode(texts)

    assert vectors.tolist() == [[float(number)] for number in range(count)]
    assert max(encoder.given) <= AT_ONCE
