"""The tables of the way up: what members say to their organisation or to the municipality, and what came of it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, Boolean, ForeignKey, Integer, String
from sqlalchemy import Text as LongText
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, Instant


class VoiceTo(StrEnum):
    """To whom a member speaks; they choose."""

    ORGANISATION = "organisation"
    MUNICIPALITY = "municipality"


class VoiceKind(StrEnum):
    """What it is."""

    REPLY = "reply"
    DOES_NOT_FIT = "does_not_fit"  # "this offer does not fit us"


class VoiceState(StrEnum):
    """Whether somebody has dealt with it."""

    OPEN = "open"
    ANSWERED = "answered"


class Voice(Base):
    """What a member said. Who said it is kept to bring the answer back only, and shown to nobody."""

    __tablename__ = "voices"

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisations.id", ondelete="CASCADE"), index=True)
    release_id: Mapped[int | None] = mapped_column(ForeignKey("releases.id", ondelete="SET NULL"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"), index=True)
    to: Mapped[VoiceTo] = mapped_column(String(20))
    kind: Mapped[VoiceKind] = mapped_column(String(20))
    state: Mapped[VoiceState] = mapped_column(String(20), index=True)
    language: Mapped[str] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(LongText)
    name: Mapped[str] = mapped_column(String(60), default="")  # only if they gave one
    at: Mapped[datetime] = mapped_column(Instant)
    answer: Mapped[str] = mapped_column(LongText, default="")
    answered_by_staff: Mapped[int | None] = mapped_column(Integer)
    answered_by_ambassador: Mapped[int | None] = mapped_column(ForeignKey("ambassadors.id", ondelete="SET NULL"))
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    is_answer_brought: Mapped[bool] = mapped_column(Boolean, default=False)


class Change(Base):
    """You said, we changed: one line of an organisation's public list."""

    __tablename__ = "changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisations.id", ondelete="CASCADE"), index=True)
    said: Mapped[dict[str, str]] = mapped_column(JSON)  # by language
    changed: Mapped[dict[str, str]] = mapped_column(JSON)
    at: Mapped[datetime] = mapped_column(Instant)
    by: Mapped[int] = mapped_column(Integer)
