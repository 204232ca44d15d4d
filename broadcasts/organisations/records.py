"""The tables of organisations and of those who speak for them."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import JSON, Boolean, Date, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy import Text as LongText
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, Instant
from core.sealing import Sealed


class OrganisationState(StrEnum):
    """Whether an organisation takes part."""

    ACTIVE = "active"
    DORMANT = "dormant"  # nobody speaks for it just now: nothing is sent, members stay
    ENDED = "ended"


class Organisation(Base):
    """A group of people, registered or not, or one person who is trusted by many. It needs no organisation number."""

    __tablename__ = "organisations"

    id: Mapped[str] = mapped_column(String(80), primary_key=True)  # the scope of an ambassador's role at the desk
    name: Mapped[str] = mapped_column(LongText)
    is_individual: Mapped[bool] = mapped_column(Boolean, default=False)
    state: Mapped[OrganisationState] = mapped_column(String(20), default=OrganisationState.ACTIVE)
    state_since: Mapped[datetime] = mapped_column(Instant)
    number: Mapped[str] = mapped_column(String(9), default="")  # in Brønnøysund; most have none
    about: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)  # by language
    languages: Mapped[list[str]] = mapped_column(JSON, default=list)  # that its members speak
    districts: Mapped[list[str]] = mapped_column(JSON, default=list)
    website: Mapped[str] = mapped_column(LongText, default="")
    contact: Mapped[str] = mapped_column(LongText, default="")  # a function, not a private person
    join_code: Mapped[str] = mapped_column(String(12), unique=True)
    asks_approval: Mapped[bool] = mapped_column(Boolean, default=False)  # it says yes to each who wants to join
    is_listed: Mapped[bool] = mapped_column(Boolean, default=True)  # in the directory that everybody sees
    confirmed_on: Mapped[date | None] = mapped_column(Date)  # an ambassador said that the entry is right
    asked_to_confirm_at: Mapped[datetime | None] = mapped_column(Instant)
    agrees_to_crisis_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)


class Ambassador(Base):
    """Somebody who speaks for an organisation: in the chat (a person), at the desk (an account there), or both."""

    __tablename__ = "ambassadors"

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisations.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"), index=True)
    staff_id: Mapped[int | None] = mapped_column(Integer, index=True)
    agreement_version: Mapped[str | None] = mapped_column(String(20))
    agreed_at: Mapped[datetime | None] = mapped_column(Instant)
    began_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_reason: Mapped[str] = mapped_column(String(40), default="")


class AmbassadorLink(Base):
    """A link that connects an ambassador with their chat, once. Only a hash of its token is kept."""

    __tablename__ = "ambassador_links"

    id: Mapped[int] = mapped_column(primary_key=True)
    ambassador_id: Mapped[int] = mapped_column(ForeignKey("ambassadors.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class Group(Base):
    """A Telegram group or channel to which the bot was added. Without an organisation nothing is sent there."""

    __tablename__ = "chat_groups"
    __table_args__ = (UniqueConstraint("channel", "address"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(Sealed("chat_groups.address", 100))
    title: Mapped[str] = mapped_column(LongText)
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisations.id", ondelete="SET NULL"), index=True)
    language: Mapped[str] = mapped_column(String(10))
    added_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    added_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_reason: Mapped[str] = mapped_column(String(40), default="")


class Effort(Base):
    """Time that an ambassador gave, in their own words; what they sent is counted from broadcasts."""

    __tablename__ = "efforts"

    id: Mapped[int] = mapped_column(primary_key=True)
    ambassador_id: Mapped[int] = mapped_column(ForeignKey("ambassadors.id", ondelete="CASCADE"), index=True)
    day: Mapped[date] = mapped_column(Date)
    minutes: Mapped[int] = mapped_column(Integer)
    what: Mapped[str] = mapped_column(LongText)
    at: Mapped[datetime] = mapped_column(Instant)
