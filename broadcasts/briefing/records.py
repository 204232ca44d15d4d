"""The tables of briefing: which organisations are asked, and what is said about a proposal."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy import Text as LongText
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, Instant


class Decision(StrEnum):
    """What an organisation does with a proposal."""

    ASKED = "asked"  # it has not said yet
    ACCEPTED = "accepted"
    ADAPTED = "adapted"
    DECLINED = "declined"
    PAUSED = "paused"  # not now


class Briefing(Base):
    """One organisation that is asked to pass a proposal on. ``copy_id`` is its own broadcast once it said yes."""

    __tablename__ = "briefings"
    __table_args__ = (UniqueConstraint("broadcast_id", "organisation_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    broadcast_id: Mapped[int] = mapped_column(ForeignKey("broadcasts.id", ondelete="CASCADE"))
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisations.id", ondelete="CASCADE"), index=True)
    decision: Mapped[Decision] = mapped_column(String(20))
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("ambassadors.id", ondelete="SET NULL"))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    reason: Mapped[str] = mapped_column(LongText, default="")  # of a no; never asked for
    copy_id: Mapped[int | None] = mapped_column(ForeignKey("broadcasts.id", ondelete="SET NULL"))


class BriefingComment(Base):
    """A question or remark about a proposal, of an ambassador or of staff. The other organisations do not see it."""

    __tablename__ = "briefing_comments"

    id: Mapped[int] = mapped_column(primary_key=True)
    broadcast_id: Mapped[int] = mapped_column(ForeignKey("broadcasts.id", ondelete="CASCADE"), index=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisations.id", ondelete="CASCADE"))
    ambassador_id: Mapped[int | None] = mapped_column(ForeignKey("ambassadors.id", ondelete="SET NULL"))
    staff_id: Mapped[int | None] = mapped_column(Integer)
    text: Mapped[str] = mapped_column(LongText)
    at: Mapped[datetime] = mapped_column(Instant)
