"""Who did something: an ambassador, or a staff member."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from core import timeline


@dataclass(frozen=True, slots=True)
class By:
    """Exactly one of both. Raises ValueError otherwise."""

    ambassador_id: int | None = None
    staff_id: int | None = None

    def __post_init__(self) -> None:
        if (self.ambassador_id is None) == (self.staff_id is None):
            raise ValueError("either an ambassador or a staff member did it")

    def record(self, session: AsyncSession, event: str, *, about: str, at: datetime, **details: str) -> None:
        """Write a line of the timeline in their name."""
        if self.ambassador_id is not None:
            details["ambassador"] = str(self.ambassador_id)
        timeline.record(session, event, about=about, by=self.staff_id, at=at, **details)
