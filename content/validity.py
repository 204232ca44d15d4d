"""Is an answer still true? Its dates, and the person who says so. Texts are not touched."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from content.days import get_today
from content.expiry import ReminderKind
from content.models import Answer
from content.publishing import announce
from content.reminding import close_notices
from core.timeline import record

USUAL = timedelta(days=182)


async def confirm_still_correct(session: AsyncSession, answer_id: str, *, by: int, at: datetime) -> Answer:
    """Somebody has held the answer against its sources today; the next look comes after as long as the last time.

    Only dates change: no translation becomes outdated by it. What waited for this at the desk is done; but an answer
    whose last day is over does not come back by being right, so that notice stays.
    """
    answer = await session.get_one(Answer, answer_id, with_for_update=True)
    today = await get_today(session, at=at)
    usual = answer.review_by - answer.checked_on if answer.review_by and answer.checked_on else USUAL
    answer.checked_on, answer.review_by = today, today + max(usual, timedelta(days=30))
    done = [ReminderKind.REVIEW]
    if answer.valid_until is None or answer.valid_until >= today:
        done.append(ReminderKind.EXPIRY)  # seen; the next reminder before the last day comes all the same
    await close_notices(session, answer_id, done, at=at)
    announce(session, "still_correct", about=answer_id, at=at)
    record(session, "still_correct", about=f"answer:{answer_id}", by=by, at=at, review_by=str(answer.review_by))
    return answer
