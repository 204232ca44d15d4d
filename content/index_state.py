"""How the index stands against what is published: for operators."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from content.finding.snapshot import format_name
from content.index import Due, what_is_due
from content.models import Snapshot
from content.publishing import get_version


@dataclass(frozen=True, slots=True)
class IndexState:
    """``snapshot_id`` and ``index_version`` are 0 before there is a snapshot for these vectors."""

    content_version: int
    index_version: int  # of the content that the newest snapshot was made from
    snapshot_id: int
    is_newest: bool  # nothing was published since
    is_thorough: bool


async def look_at_index(session: AsyncSession, encoder_name: str) -> IndexState:
    """Three small queries; no snapshot is loaded."""
    due = await what_is_due(session, encoder_name)
    of_format = select(Snapshot.id, Snapshot.content_version).where(Snapshot.format == format_name(encoder_name))
    newest = (await session.execute(of_format.order_by(Snapshot.id.desc()).limit(1))).first()
    return IndexState(
        content_version=await get_version(session),
        index_version=newest.content_version if newest else 0,
        snapshot_id=newest.id if newest else 0,
        is_newest=due not in (Due.FIRST, Due.CHANGE),
        is_thorough=due is None,
    )
