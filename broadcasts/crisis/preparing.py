"""One person prepares a crisis message or a drill; nothing goes out by that."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.crisis.records import Crisis, CrisisState
from broadcasts.crisis.texts import Texts
from core.errors import RuleBroken
from core.timeline import record

LONGEST_NAME = 120
MOST_LISTED = 50


class CrisisNameMissing(RuleBroken):
    """A crisis or drill has a name, so that people can speak of the same thing."""

    code = "crisis_name_missing"


class CrisisAnswerGone(RuleBroken):
    """Only what is published can be prepared: it was checked."""

    code = "crisis_answer_gone"


async def prepare(
    session: AsyncSession, *, name: str, answer_id: str, texts: Texts, is_drill: bool, by: int, at: datetime
) -> Crisis:
    """Choose the answer whose texts shall go out. Its texts are read again when a second person releases it."""
    if not texts:
        raise CrisisAnswerGone(answer=answer_id)
    name = " ".join(name.split())
    if not 1 <= len(name) <= LONGEST_NAME:
        raise CrisisNameMissing
    crisis = Crisis(
        name=name, is_drill=is_drill, state=CrisisState.PREPARED, answer_id=answer_id, prepared_by=by, prepared_at=at
    )
    session.add(crisis)
    await session.flush()  # the timeline names its number
    event = "drill_prepared" if is_drill else "crisis_prepared"
    record(session, event, about=f"crisis:{crisis.id}", by=by, at=at, name=name, answer=answer_id)
    return crisis


async def get_crisis(session: AsyncSession, crisis_id: int) -> Crisis:
    """Raises NoResultFound."""
    return await session.get_one(Crisis, crisis_id)


async def list_crises(session: AsyncSession) -> list[Crisis]:
    """The newest first."""
    return list(await session.scalars(select(Crisis).order_by(Crisis.id.desc()).limit(MOST_LISTED)))


async def count_prepared(session: AsyncSession) -> int:
    """How many wait for a second person."""
    prepared = select(func.count()).select_from(Crisis).where(Crisis.state == CrisisState.PREPARED)
    return await session.scalar(prepared) or 0
