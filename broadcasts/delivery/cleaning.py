"""What was sent to whom is forgotten when nobody needs it any more; the counts of the reports stay."""

from datetime import datetime, timedelta

from sqlalchemy import delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.delivery.records import OPEN, Delivery, DirectMessage, Release, Response

KEEP = timedelta(days=30)  # after a release has ended: until then somebody may answer it
BATCH = 5_000  # rows in one run: the next one takes the next


async def forget_recipients(session: AsyncSession, *, at: datetime) -> None:
    """Take people out of deliveries and responses of releases that ended long ago, and drop old direct messages."""
    old = exists().where(Release.ended_at < at - KEEP)
    for table in (Delivery, Response):
        some = (
            select(table.id).where(table.person_id.is_not(None), old.where(Release.id == table.release_id)).limit(BATCH)
        )
        changing = update(table).where(table.id.in_(some)).values(person_id=None)
        await session.execute(changing, execution_options={"synchronize_session": False})
    done = (DirectMessage.created_at < at - KEEP, DirectMessage.state.not_in(OPEN))
    await session.execute(delete(DirectMessage).where(*done), execution_options={"synchronize_session": False})
