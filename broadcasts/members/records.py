"""The tables of members, and the ledger of what each agreed to."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, Instant


class MembershipState(StrEnum):
    """Where somebody stands with an organisation."""

    WAITING = "waiting"  # the organisation has not said yes yet
    MEMBER = "member"
    LEFT = "left"
    DECLINED = "declined"


class Membership(Base):
    """One person with one organisation, as it is now. How it came about stands in the ledger."""

    __tablename__ = "memberships"
    __table_args__ = (
        UniqueConstraint("person_id", "organisation_id"),
        Index("ix_memberships_audience", "organisation_id", "state", "person_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisations.id", ondelete="CASCADE"))
    state: Mapped[MembershipState] = mapped_column(String(20))
    since: Mapped[datetime] = mapped_column(Instant)
    nickname: Mapped[str] = mapped_column(String(40), default="")  # all that an organisation sees of who asks to join
    muted: Mapped[list[str]] = mapped_column(JSON, default=list)  # kinds of broadcasts that they do not want


class ConsentEvent(StrEnum):
    """What somebody, or the organisation, decided."""

    ASKED = "asked"
    JOINED = "joined"
    APPROVED = "approved"
    DECLINED = "declined"
    LEFT = "left"
    STOPPED = "stopped"  # left by a stop word, which leaves all
    MUTED = "muted"
    UNMUTED = "unmuted"


class ConsentEntry(Base):
    """One line of the ledger: only ever added. It goes when the person asks to be forgotten."""

    __tablename__ = "consent_ledger"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisations.id", ondelete="CASCADE"), index=True)
    event: Mapped[ConsentEvent] = mapped_column(String(20))
    text_version: Mapped[str] = mapped_column(String(64), default="")  # a hash of the words that were agreed to
    language: Mapped[str] = mapped_column(String(10), default="")  # of these words
    detail: Mapped[str] = mapped_column(String(40), default="")  # which kind was muted
