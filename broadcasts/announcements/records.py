"""The tables of broadcasts: one text to one audience, in several languages."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import JSON, Boolean, Date, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy import Text as LongText
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, Instant


class Kind(StrEnum):
    """What a broadcast is about. Members mute kinds; an urgent one cannot be muted, only left."""

    NEWS = "news"
    EVENT = "event"
    DEADLINE = "deadline"
    COURSE = "course"
    REQUEST = "request"  # from the municipality or the organisation, with buttons to reply, a no among them
    ANSWER = "answer"  # a vetted answer, shared
    URGENT = "urgent"  # staff only, and always a second person


class BroadcastState(StrEnum):
    """Where a broadcast stands. The releases of a scheduled one have states of their own (delivery/records.py)."""

    DRAFT = "draft"
    IN_BRIEFING = "in_briefing"  # others look at it: it cannot be sent yet
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    SENDING = "sending"
    PAUSED = "paused"
    SENT = "sent"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Fallback(StrEnum):
    """Who gets a broadcast that has no text in their language."""

    OWN_LANGUAGE_ONLY = "own_language_only"  # nobody
    NEXT_LANGUAGE = "next_language"  # the next text along the chain of languages, and it says so


class Audience(StrEnum):
    """The rule by which recipients are found."""

    MEMBERS = "members"
    AMBASSADORS = "ambassadors"  # a drill


class Repeat(StrEnum):
    """How a broadcast comes again."""

    ONCE = "once"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY_BY_DATE = "monthly_by_date"
    MONTHLY_BY_WEEKDAY = "monthly_by_weekday"


class ReplyKey(StrEnum):
    """The buttons under a request; their words stand in the message catalogues."""

    YES = "yes"
    NO = "no"
    MAYBE = "maybe"


class Broadcast(Base):
    """One message of one organisation; or, without an organisation, what staff propose to several."""

    __tablename__ = "broadcasts"
    __table_args__ = (Index("ix_broadcasts_due", "state", "next_run_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisations.id", ondelete="CASCADE"), index=True)
    proposal_id: Mapped[int | None] = mapped_column(ForeignKey("broadcasts.id", ondelete="SET NULL"), index=True)
    crisis_id: Mapped[int | None] = mapped_column(ForeignKey("crises.id", ondelete="SET NULL"), index=True)
    kind: Mapped[Kind] = mapped_column(String(20))
    state: Mapped[BroadcastState] = mapped_column(String(20))
    source_language: Mapped[str] = mapped_column(String(10))
    fallback: Mapped[Fallback] = mapped_column(String(20))
    audience: Mapped[Audience] = mapped_column(String(20), default=Audience.MEMBERS)
    comment: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)  # the organisation's own words, by language
    place: Mapped[str] = mapped_column(LongText, default="")
    begins_at: Mapped[str] = mapped_column(String(16), default="")  # of an event or course: local, "2026-12-01T18:00"
    ends_at: Mapped[str] = mapped_column(String(16), default="")
    deadline_on: Mapped[date | None] = mapped_column(Date)
    replies: Mapped[list[ReplyKey]] = mapped_column(JSON, default=list)
    answer_id: Mapped[str | None] = mapped_column(String(80), index=True)  # the vetted answer that is shared
    answer_hashes: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)  # of its texts when it was shared

    text_version: Mapped[int] = mapped_column(Integer, default=1)  # grows with each change of what recipients read
    approved_version: Mapped[int | None] = mapped_column(Integer)
    approved_by: Mapped[int | None] = mapped_column(Integer)  # a staff member
    approved_at: Mapped[datetime | None] = mapped_column(Instant)
    author_ambassador_id: Mapped[int | None] = mapped_column(ForeignKey("ambassadors.id", ondelete="SET NULL"))
    author_staff_id: Mapped[int | None] = mapped_column(Integer)
    note: Mapped[str] = mapped_column(LongText, default="")  # why it was sent back, or paused

    zone: Mapped[str] = mapped_column(String(60), default="Europe/Oslo")
    first_at: Mapped[str] = mapped_column(String(16), default="")  # local wall time; "": not scheduled
    repeat: Mapped[Repeat] = mapped_column(String(20), default=Repeat.ONCE)
    weekdays: Mapped[list[int]] = mapped_column(JSON, default=list)  # of a weekly one: 0 is Monday
    until: Mapped[date | None] = mapped_column(Date)
    useful_minutes: Mapped[int] = mapped_column(Integer, default=24 * 60)  # after a run's time: then it is too late
    ignores_quiet_hours: Mapped[bool] = mapped_column(Boolean, default=False)  # urgent ones only
    next_run_at: Mapped[datetime | None] = mapped_column(Instant)

    created_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)


class BroadcastText(Base):
    """A broadcast in one language."""

    __tablename__ = "broadcast_texts"
    __table_args__ = (UniqueConstraint("broadcast_id", "language"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    broadcast_id: Mapped[int] = mapped_column(ForeignKey("broadcasts.id", ondelete="CASCADE"))
    language: Mapped[str] = mapped_column(String(10))
    title: Mapped[str] = mapped_column(LongText)
    body: Mapped[str] = mapped_column(LongText)
    is_machine: Mapped[bool] = mapped_column(Boolean, default=False)  # translated by a machine, checked by nobody
