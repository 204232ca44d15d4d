"""The table of crises and drills. Who did what and when stands in the timeline, about "crisis:<id>"."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Boolean, Integer, String
from sqlalchemy import Text as LongText
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, Instant


class CrisisState(StrEnum):
    """How far it has come."""

    PREPARED = "prepared"
    RELEASED = "released"  # a second person said yes
    ENDED = "ended"


class Crisis(Base):
    """One vetted message through all organisations that agreed beforehand; a drill goes to ambassadors only."""

    __tablename__ = "crises"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(LongText)
    is_drill: Mapped[bool] = mapped_column(Boolean)
    state: Mapped[CrisisState] = mapped_column(String(20))
    answer_id: Mapped[str] = mapped_column(String(80))  # the vetted answer whose texts are sent
    prepared_by: Mapped[int] = mapped_column(Integer)
    prepared_at: Mapped[datetime] = mapped_column(Instant)
    released_by: Mapped[int | None] = mapped_column(Integer)
    released_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
