"""The tables of people and access. What could open a door (tokens, codes, passwords) stands here as a hash only.

One exception: the secret of an authenticator app must be readable to check a code. Whoever reads the database can make
codes from it, but still lacks the password.
"""

from datetime import date, datetime

from sqlalchemy import JSON, BigInteger, Boolean, Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, Instant


class StaffMember(Base):
    """Somebody who signs in to the editor. Never deleted, because the timeline names them: they are deactivated."""

    __tablename__ = "staff_members"
    __table_args__ = (UniqueConstraint("oidc_issuer", "oidc_subject"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str] = mapped_column(String(254), unique=True)  # as compared: see accounts.compared_email
    password_hash: Mapped[str | None] = mapped_column(String(200))
    totp_secret: Mapped[str | None] = mapped_column(String(64))
    totp_last_step: Mapped[int | None] = mapped_column(BigInteger)  # a code of this step or before has been used up
    language: Mapped[str] = mapped_column(String(10), default="nb")
    is_active: Mapped[bool] = mapped_column(Boolean, default=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    last_login_at: Mapped[datetime | None] = mapped_column(Instant)
    oidc_issuer: Mapped[str | None] = mapped_column(String(255))
    oidc_subject: Mapped[str | None] = mapped_column(String(255))


class StaffRole(Base):
    """One role that somebody has; what it means stands in editor.access.roles."""

    __tablename__ = "staff_roles"
    __table_args__ = (UniqueConstraint("staff_id", "role", "scope"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_members.id", ondelete="CASCADE"))
    role: Mapped[str] = mapped_column(String(20))
    scope: Mapped[str] = mapped_column(String(80), default="")  # a language or an organisation, if the role has one


class StaffRecoveryCode(Base):
    """A code that stands in once for a lost telephone."""

    __tablename__ = "staff_recovery_codes"

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_members.id", ondelete="CASCADE"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class StaffSession(Base):
    """One browser in which somebody is signed in, or (``awaits_code``) has so far given the right password only."""

    __tablename__ = "staff_sessions"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_members.id", ondelete="CASCADE"), index=True)
    csrf_secret: Mapped[str] = mapped_column(String(64))
    awaits_code: Mapped[bool] = mapped_column(Boolean, default=False)
    second_factor_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    last_seen_at: Mapped[datetime] = mapped_column(Instant, index=True)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    browser: Mapped[str] = mapped_column(String(200), default="")


class LoginAttempt(Base):
    """One failure to log in: hashes of the account that was tried and of where from. Dropped after a day."""

    __tablename__ = "staff_login_attempts"
    __table_args__ = (
        Index("ix_staff_login_attempts_account_hash_at", "account_hash", "at"),
        Index("ix_staff_login_attempts_address_hash_at", "address_hash", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_hash: Mapped[str] = mapped_column(String(64))
    address_hash: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(Instant, index=True)


class Invitation(Base):
    """A link that makes an account once, or (``staff_id``) gives an existing one a new password once."""

    __tablename__ = "staff_invitations"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    email: Mapped[str] = mapped_column(String(254), index=True)
    roles: Mapped[list[dict[str, str]]] = mapped_column(JSON)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff_members.id", ondelete="CASCADE"))
    drops_second_factor: Mapped[bool] = mapped_column(Boolean, default=False)
    invited_by: Mapped[int | None] = mapped_column(ForeignKey("staff_members.id"))  # None: by the command line
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class ProviderTrip(Base):
    """Somebody on the way to the OpenID Connect provider and back. The browser's cookie has the secret of it."""

    __tablename__ = "staff_provider_trips"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    purpose: Mapped[str] = mapped_column(String(20))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff_members.id", ondelete="CASCADE"))
    invitation_id: Mapped[int | None] = mapped_column(ForeignKey("staff_invitations.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(120), default="")  # of a new account, as is the language
    language: Mapped[str] = mapped_column(String(10), default="")
    next_path: Mapped[str] = mapped_column(String(300), default="")
    created_at: Mapped[datetime] = mapped_column(Instant, index=True)


class DayMail(Base):
    """That somebody was written to on a day, or is being written to: nobody gets two on one day."""

    __tablename__ = "staff_day_mails"
    __table_args__ = (UniqueConstraint("staff_id", "day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_members.id", ondelete="CASCADE"))
    day: Mapped[date] = mapped_column(Date, index=True)
    told: Mapped[list[str]] = mapped_column(JSON)  # the keys of what it told
    sent_at: Mapped[datetime | None] = mapped_column(Instant)  # None: not sure that the mail server has it
