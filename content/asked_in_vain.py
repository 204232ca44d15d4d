"""What people asked and got nothing for, and what staff do about it.

How often a question was asked is told from five times on. Below that it is "a few": one or two in a small town, with a
day or an order beside them, could point to a person.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from content.drafting import OPEN
from content.finding.building import OUTSIDE
from content.finding.features import words
from content.gaps import plainly
from content.models import Gap, Revision, Sample, Translation
from content.previewing import taken_wordings
from content.publishing import announce
from core.errors import RuleBroken
from core.timeline import record

PAGE = 50
TOLD_FROM = 5


class GapGone(RuleBroken):
    """Somebody else has dealt with the question, or its time was over."""

    code = "gap_gone"


class LeadsSomewhere(RuleBroken):
    """Words that lead to an answer are not outside: two decisions about the same words would undo one another."""

    code = "leads_somewhere"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that found nothing."""

    id: int
    language: str
    text: str
    times: int | None  # None: fewer than five times
    drafts: tuple[str, ...] = ()  # answers with an open draft that has it as a wording


@dataclass(frozen=True, slots=True)
class AskedPage:
    """Some of the questions, how many there are in the chosen language, and in each language."""

    rows: tuple[Asked, ...]
    count: int
    number: int
    languages: tuple[tuple[str, int], ...]

    @property
    def last(self) -> int:
        """The number of the last page; the first is 1."""
        return max(1, -(-self.count // PAGE))


async def list_gaps(session: AsyncSession, *, language: str | None = None, page: int = 1) -> AskedPage:
    """Questions, most asked first; those asked fewer than five times by their letters. 50 a page, the first is 1."""
    counted = await session.execute(select(Gap.language, func.count()).group_by(Gap.language).order_by(Gap.language))
    languages = tuple((code, count) for code, count in counted)
    total = sum(count for code, count in languages if language in (None, code))
    number = min(max(page, 1), max(1, -(-total // PAGE)))
    told = case((Gap.times >= TOLD_FROM, Gap.times), else_=0)
    wanted = select(Gap).order_by(told.desc(), Gap.text, Gap.id).limit(PAGE).offset((number - 1) * PAGE)
    if language is not None:
        wanted = wanted.where(Gap.language == language)
    gaps = list(await session.scalars(wanted))
    drafts = await _drafts(session, {gap.language for gap in gaps})
    return AskedPage(tuple(_asked(gap, drafts) for gap in gaps), total, number, languages)


async def count_gaps(session: AsyncSession, *, language: str | None = None) -> int:
    """How many questions there are, in all languages or in one."""
    wanted = select(func.count()).select_from(Gap)
    return await session.scalar(wanted if language is None else wanted.where(Gap.language == language)) or 0


async def get_gap(session: AsyncSession, gap_id: int) -> Asked:
    """One question; raises GapGone."""
    gap = await session.get(Gap, gap_id)
    if gap is None:
        raise GapGone(gap_id=gap_id)
    return _asked(gap, await _drafts(session, {gap.language}))


async def mark_outside(session: AsyncSession, gap_id: int, *, by: int, at: datetime) -> None:
    """No answer covers this question and none will: the index learns it. Raises GapGone, LeadsSomewhere."""
    gap = await _take(session, gap_id)
    if " ".join(words(gap.text)) in await taken_wordings(session, OUTSIDE, gap.language):
        raise LeadsSomewhere(gap_id=gap_id)
    session.add(Sample(answer_id=OUTSIDE, language=gap.language, text=gap.text))
    await session.delete(gap)
    announce(session, "outside_added", about=gap.language, at=at)
    record(session, "gap_outside", about="gaps", by=by, at=at, language=gap.language)


async def drop_gap(session: AsyncSession, gap_id: int, *, by: int, at: datetime) -> None:
    """Forget it: no question, or one with a story that should not be kept. Raises GapGone."""
    gap = await _take(session, gap_id)
    await session.delete(gap)
    record(session, "gap_dropped", about="gaps", by=by, at=at, language=gap.language)


async def _take(session: AsyncSession, gap_id: int) -> Gap:
    gap = await session.get(Gap, gap_id, with_for_update=True)
    if gap is None:
        raise GapGone(gap_id=gap_id)
    return gap


def _asked(gap: Gap, drafts: Mapping[tuple[str, str], set[str]]) -> Asked:
    times = gap.times if gap.times >= TOLD_FROM else None
    return Asked(gap.id, gap.language, gap.text, times, tuple(sorted(drafts.get((gap.language, gap.text), ()))))


async def _drafts(session: AsyncSession, languages: Collection[str]) -> Mapping[tuple[str, str], set[str]]:
    """Which answers have an open draft with a wording, by its language and the wording as a gap would have it."""
    rows = await session.execute(
        select(Translation.answer_id, Translation.language, Revision.asked_as)
        .join(Revision, Revision.translation_id == Translation.id)
        .where(Revision.lifecycle.in_(OPEN), Translation.language.in_(languages))
    )
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for answer_id, language, wordings in rows:
        for wording in wordings:
            found[language, plainly(wording)].add(answer_id)
    return found
