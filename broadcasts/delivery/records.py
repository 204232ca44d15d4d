"""The tables of delivery: one row for each release and recipient, with exactly one state."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, Boolean, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, Instant


class ReleaseState(StrEnum):
    """How far one run of a broadcast has come."""

    EXPANDING = "expanding"  # its recipients are being written down
    SENDING = "sending"
    PAUSED = "paused"
    SENT = "sent"  # every delivery has its final state
    CANCELLED = "cancelled"
    EXPIRED = "expired"  # too late for everybody


MANY_FAILURES = "many_failures"  # why a release paused of itself
QUIET_HOURS = "quiet_hours"  # why it expired: they lasted for as long as it was useful


class Release(Base):
    """One run of a broadcast: a recurring one has many."""

    __tablename__ = "releases"
    __table_args__ = (UniqueConstraint("broadcast_id", "due_at"), Index("ix_releases_open", "state", "due_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    broadcast_id: Mapped[int] = mapped_column(ForeignKey("broadcasts.id", ondelete="CASCADE"))
    organisation_id: Mapped[str] = mapped_column(String(80))
    due_at: Mapped[datetime] = mapped_column(Instant)
    send_until: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[ReleaseState] = mapped_column(String(20))
    expanded_to: Mapped[int] = mapped_column(Integer, default=0)  # the greatest person id that was looked at
    failures_in_a_row: Mapped[int] = mapped_column(Integer, default=0)
    failing_since: Mapped[datetime | None] = mapped_column(Instant)
    paused_reason: Mapped[str] = mapped_column(String(40), default="")
    began_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class DeliveryState(StrEnum):
    """What became of one recipient's message. "Sent": the channel took it; nobody tells us that it was read."""

    QUEUED = "queued"
    CLAIMED = "claimed"  # a process is sending it just now, until its lease ends
    SENT = "sent"
    FAILED = "failed"
    SKIPPED = "skipped"
    UNKNOWN = "unknown"  # it may have arrived: never sent again by itself
    EXPIRED = "expired"


OPEN = (DeliveryState.QUEUED, DeliveryState.CLAIMED)


class Delivery(Base):
    """One recipient of one release: a person, or an organisation's group."""

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("release_id", "person_id", name="uq_deliveries_person"),
        UniqueConstraint("release_id", "group_id", name="uq_deliveries_group"),
        # What is to be sent next, and what is being sent: found without looking at what is done.
        Index("ix_deliveries_next", "release_id", "channel", "state", "id"),
        Index("ix_deliveries_waiting", "person_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    release_id: Mapped[int] = mapped_column(ForeignKey("releases.id", ondelete="CASCADE"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("chat_groups.id", ondelete="SET NULL"), index=True)
    channel: Mapped[str] = mapped_column(String(20))
    state: Mapped[DeliveryState] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(40), default="")
    language: Mapped[str] = mapped_column(String(10), default="")  # of the text that was sent
    wanted: Mapped[str] = mapped_column(String(10), default="")  # the recipient's own language then
    message_id: Mapped[str] = mapped_column(String(40), default="")
    claim: Mapped[str] = mapped_column(String(32), default="")  # who is sending it
    claimed_until: Mapped[datetime | None] = mapped_column(Instant)
    not_before: Mapped[datetime | None] = mapped_column(Instant)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class DirectMessage(Base):
    """Something for one person alone: the answer to what they asked, a proposal that waits for an ambassador, a test.

    Its words are made when it is sent, in the language that the person has then (bot/direct.py), from ``kind`` and
    ``about``. ``key`` keeps it from being written twice.
    """

    __tablename__ = "direct_messages"
    __table_args__ = (Index("ix_direct_messages_next", "channel", "state", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    channel: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(40))
    about: Mapped[dict[str, str]] = mapped_column(JSON)
    key: Mapped[str] = mapped_column(String(120), unique=True)
    state: Mapped[DeliveryState] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(40), default="")
    claim: Mapped[str] = mapped_column(String(32), default="")
    claimed_until: Mapped[datetime | None] = mapped_column(Instant)
    not_before: Mapped[datetime | None] = mapped_column(Instant)
    send_until: Mapped[datetime] = mapped_column(Instant)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class Response(Base):
    """Which button a recipient pressed under a request. Only counts of it are ever shown."""

    __tablename__ = "responses"
    __table_args__ = (UniqueConstraint("release_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    release_id: Mapped[int] = mapped_column(ForeignKey("releases.id", ondelete="CASCADE"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    key: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime] = mapped_column(Instant)


class AccountState(Base):
    """One channel account, as all processes must know it: until when Telegram told it to be silent (silence.py), and
    whether Telegram answers at all (pulse.py)."""

    __tablename__ = "channel_accounts"

    account: Mapped[str] = mapped_column(String(60), primary_key=True)
    silent_until: Mapped[datetime | None] = mapped_column(Instant)
    asked_at: Mapped[datetime | None] = mapped_column(Instant)
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    trouble: Mapped[str] = mapped_column(String(40), default="", server_default="")  # "": none
    trouble_since: Mapped[datetime | None] = mapped_column(Instant)


class SendingPolicy(Base):
    """One row: whether this installation sends at all, when it keeps quiet, and what a second person must read."""

    __tablename__ = "sending_policy"

    id: Mapped[int] = mapped_column(primary_key=True)
    is_armed: Mapped[bool] = mapped_column(Boolean, default=False)
    armed_by: Mapped[int | None] = mapped_column(Integer)
    armed_at: Mapped[datetime | None] = mapped_column(Instant)
    quiet_from: Mapped[str] = mapped_column(String(5), default="21:00")
    quiet_until: Mapped[str] = mapped_column(String(5), default="08:00")
    first_read_by_staff: Mapped[int] = mapped_column(Integer, default=3)  # broadcasts of a new organisation
