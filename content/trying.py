"""Trying a draft: what finding would do if it were published. Learned for one question, stored nowhere."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from content.catalogue import Catalogue, load_samples
from content.drafting import OPEN, as_draft, find_open, find_translation
from content.finding.building import Example, build, change, examples_in
from content.finding.features import Floats
from content.finding.finder import Finder
from content.finding.sentences import SentenceEncoder
from content.finding.snapshot import Index
from content.index import Knowledge, examples_of
from content.models import Revision, Translation
from content.previewing import catalogue_with, inspect_draft
from core.database import Database
from core.errors import RuleBroken

MOST_DRAFTS = 200
AT_ONCE = 8  # texts: residents' questions wait for the encoder no longer than these take
NOT_SHOWABLE = frozenset({"fact_unknown", "placeholder_broken"})


class TrialBusy(RuleBroken):
    """One draft is learned at a time: it takes seconds of a processor that residents need."""

    code = "trial_busy"


class NoOpenDraft(RuleBroken):
    """There is no draft of this text: it was published, put away, or never written."""

    code = "no_open_draft"


class DraftNotShowable(RuleBroken):
    """A draft that names a fact which does not exist cannot be shown to anybody."""

    code = "draft_not_showable"


@dataclass(frozen=True, slots=True)
class OpenDraft:
    """A draft that can be tried."""

    answer_id: str
    language: str
    title: str


async def list_open_drafts(session: AsyncSession, *, limit: int = MOST_DRAFTS) -> list[OpenDraft]:
    """Drafts and texts in review, those written last first."""
    rows = await session.execute(
        select(Translation.answer_id, Translation.language, Revision.title)
        .join(Revision, Revision.translation_id == Translation.id)
        .where(Revision.lifecycle.in_(OPEN))
        .order_by(Revision.id.desc())
        .limit(limit)
    )
    return [OpenDraft(answer_id, language, title) for answer_id, language, title in rows]


async def find_open_draft(session: AsyncSession, answer_id: str, language: str) -> OpenDraft | None:
    """The open draft of this text, however old."""
    translation = await find_translation(session, answer_id, language)
    revision = await find_open(session, translation.id) if translation is not None else None
    return OpenDraft(answer_id, language, revision.title) if revision is not None else None


async def load_trial(session: AsyncSession, answer_id: str, language: str) -> Catalogue:
    """Everything published, with the open draft in its place. Raises NoOpenDraft, DraftNotShowable."""
    translation = await find_translation(session, answer_id, language)
    revision = await find_open(session, translation.id) if translation is not None else None
    if revision is None:
        raise NoOpenDraft(answer_id=answer_id, language=language)
    draft = as_draft(revision)
    issues = await inspect_draft(session, answer_id, language, draft)
    if any(issue.code in NOT_SHOWABLE for issue in issues):
        raise DraftNotShowable(answer_id=answer_id, language=language)
    return await catalogue_with(session, answer_id, language, draft)


class Learner:
    """Learns drafts for a process, one at a time."""

    def __init__(self, database: Database, knowledge: Knowledge) -> None:
        self._database = database
        self._knowledge = knowledge
        self._learning: asyncio.Task[Finder] | None = None

    async def learn(self, trial: Catalogue) -> Finder | None:
        """The live finder with this catalogue's wordings learned on top; None before there is an index.

        Raises TrialBusy. Whoever stops waiting leaves the thread at work: until it is done there is no other.
        """
        if self._learning is not None and not self._learning.done():
            raise TrialBusy
        if self._knowledge.finder is None:
            return None
        # From here to the task nothing is awaited: two who ask at the same moment do not both begin.
        self._learning = asyncio.create_task(self._learn(self._knowledge.finder.index, trial))
        return await asyncio.shield(self._learning)

    async def _learn(self, live: Index, trial: Catalogue) -> Finder:
        async with self._database.reading() as session:
            samples = await load_samples(session)
        return await asyncio.to_thread(finder_after, live, examples_of(trial, samples), trial, self._knowledge.encoder)


def finder_after(live: Index, examples: list[Example], trial: Catalogue, encoder: SentenceEncoder) -> Finder:
    """A finder that has learned these examples as it would right after publishing them: quickly."""
    safety = frozenset(answer.id for answer in trial.answers.values() if answer.is_safety)
    patient = Patient(encoder)
    if not examples_in(live).keys().isdisjoint(examples):
        return Finder(change(live, examples, safety=safety, encoder=patient), encoder)
    return Finder(build(examples, safety=safety, encoder=patient, before=live), encoder)


class Patient:
    """An encoder that works on a few texts at a time, so that others who need the model come in between."""

    def __init__(self, encoder: SentenceEncoder) -> None:
        self._encoder = encoder

    @property
    def name(self) -> str:
        """Of the model."""
        return self._encoder.name

    @property
    def size(self) -> int:
        """Of a vector."""
        return self._encoder.size

    def knows(self, language: str) -> bool:
        """As the model does."""
        return self._encoder.knows(language)

    def encode(self, texts: Sequence[str]) -> Floats:
        """The same vectors."""
        parts = [self._encoder.encode(texts[start : start + AT_ONCE]) for start in range(0, len(texts), AT_ONCE)]
        return np.concatenate(parts) if parts else self._encoder.encode(texts)
