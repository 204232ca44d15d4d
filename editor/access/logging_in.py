"""Logging in: with a password and a code, or vouched for by an OpenID Connect provider.

Each function runs in one transaction of the edge (``Database.changing``) and writes the timeline. What was typed is not
written there: people type passwords into the wrong field.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import RuleBroken
from core.timeline import record
from editor.access import sessions, throttle
from editor.access.accounts import compared_email, find_by_email
from editor.access.comparing import Typed
from editor.access.models import StaffMember
from editor.access.second_factor import use_code


class IdentityTaken(RuleBroken):
    """An identity at the provider belongs to one account."""

    code = "identity_taken"


class NoOtherWayIn(RuleBroken):
    """Whoever has no password would be shut out without the identity at the provider."""

    code = "no_other_way_in"


class RefusalReason(StrEnum):
    """Why nobody was let in. WRONG_CREDENTIALS never says which part was wrong, or whether there is such an account."""

    WRONG_CREDENTIALS = "wrong_credentials"
    WRONG_CODE = "wrong_code"
    MUST_WAIT = "must_wait"
    CODE_TOO_LATE = "code_too_late"
    UNKNOWN_IDENTITY = "unknown_identity"
    WRONG_PASSWORD = "wrong_password"  # noqa: S105  # of somebody who is signed in, and changes the account


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """Somebody is signed in: the token is for their browser's cookie."""

    staff_id: int
    session_id: int
    token: str


@dataclass(frozen=True, slots=True)
class NeedsSecondFactor:
    """The password was right; the token, in a cookie of its own, is good for give_code and nothing else."""

    token: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Nobody was let in. The transaction must be committed all the same: the failure counts."""

    reason: RefusalReason
    wait: timedelta = timedelta()


LogIn = LoggedIn | NeedsSecondFactor | Refused


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is at an OpenID Connect provider: never the e-mail address, which providers let people change."""

    issuer: str
    subject: str


async def log_in(
    session: AsyncSession, *, email: str, typed: Typed, code: str = "", address: str, browser: str = "", at: datetime
) -> LogIn:
    """Let somebody in who has the password and, where it is turned on, the second factor.

    ``typed`` is from compare_for_account. The code may come along or later, by give_code. Never raises for what was
    typed.
    """
    account = compared_email(email)
    wait = await throttle.may_try(session, account=account, address=address, at=at)
    if wait:
        return Refused(RefusalReason.MUST_WAIT, wait)
    member = await find_by_email(session, email)
    compared = await typed.compare(member.password_hash if member else None)
    if member is None or not member.is_active or not compared.is_right:
        reason = RefusalReason.WRONG_CREDENTIALS
        return await _refuse(session, reason, account=account, member=member, address=address, at=at)
    if compared.better is not None:
        member.password_hash = compared.better
    if member.totp_secret is None:
        return await _let_in(session, member, browser=browser, with_second_factor=False, at=at)
    if not code.strip():
        half = await sessions.begin(session, member.id, browser=browser, awaits_code=True, at=at)
        return NeedsSecondFactor(half.token)
    if not await use_code(session, member.id, code, at=at):
        reason = RefusalReason.WRONG_CODE
        return await _refuse(session, reason, account=account, member=member, address=address, at=at)
    return await _let_in(session, member, browser=browser, with_second_factor=True, at=at)


async def give_code(session: AsyncSession, *, token: str, code: str, address: str, at: datetime) -> LoggedIn | Refused:
    """The second step after NeedsSecondFactor, with its token. The signed-in session gets a new one."""
    half = await sessions.find_awaiting_code(session, token, at=at)
    if half is None:
        return Refused(RefusalReason.CODE_TOO_LATE)
    member = await session.get_one(StaffMember, half.staff_id)
    wait = await throttle.may_try(session, account=member.email, address=address, at=at)
    if wait:
        return Refused(RefusalReason.MUST_WAIT, wait)
    if not await use_code(session, member.id, code, at=at):
        reason = RefusalReason.WRONG_CODE
        return await _refuse(session, reason, account=member.email, member=member, address=address, at=at)
    await sessions.end(session, half.id, staff_id=member.id, at=at)
    return await _let_in(session, member, browser=half.browser, with_second_factor=True, at=at)


async def log_in_with_identity(
    session: AsyncSession, identity: Identity, *, with_second_factor: bool, browser: str = "", at: datetime
) -> LogIn:
    """Let somebody in whom a provider has vouched for; ``with_second_factor``: the provider says that it asked.

    Otherwise who has turned on our second factor gives its code: the provider is no way round it.
    """
    member = await session.scalar(
        select(StaffMember).where(
            StaffMember.oidc_issuer == identity.issuer,
            StaffMember.oidc_subject == identity.subject,
            StaffMember.is_active.is_(True),
        )
    )
    if member is None:
        record(session, "log_in_refused", at=at, reason=RefusalReason.UNKNOWN_IDENTITY)
        return Refused(RefusalReason.UNKNOWN_IDENTITY)
    if member.totp_secret is not None and not with_second_factor:
        half = await sessions.begin(session, member.id, browser=browser, awaits_code=True, at=at)
        return NeedsSecondFactor(half.token)
    return await _let_in(session, member, browser=browser, with_second_factor=with_second_factor, at=at)


async def link_identity(session: AsyncSession, staff_id: int, identity: Identity, *, at: datetime) -> None:
    """Let this person come in through a provider from now on. Raises IdentityTaken."""
    of_another = select(StaffMember.id).where(
        StaffMember.oidc_issuer == identity.issuer,
        StaffMember.oidc_subject == identity.subject,
        StaffMember.id != staff_id,
    )
    if await session.scalar(of_another) is not None:
        raise IdentityTaken(staff_id=staff_id)
    member = await session.get_one(StaffMember, staff_id)
    member.oidc_issuer, member.oidc_subject = identity.issuer, identity.subject
    record(session, "identity_linked", about=f"staff:{staff_id}", by=staff_id, at=at)


async def unlink_identity(session: AsyncSession, staff_id: int, *, at: datetime) -> None:
    """From now on this person comes in with the password only. Raises NoOtherWayIn when there is none."""
    member = await session.get_one(StaffMember, staff_id)
    if member.password_hash is None:
        raise NoOtherWayIn(staff_id=staff_id)
    member.oidc_issuer = member.oidc_subject = None
    record(session, "identity_unlinked", about=f"staff:{staff_id}", by=staff_id, at=at)


async def _let_in(
    session: AsyncSession, member: StaffMember, *, browser: str, with_second_factor: bool, at: datetime
) -> LoggedIn:
    await throttle.clear(session, member.email)
    begun = await sessions.begin(session, member.id, browser=browser, with_second_factor=with_second_factor, at=at)
    member.last_login_at = at
    record(session, "logged_in", about=f"staff:{member.id}", by=member.id, at=at)
    return LoggedIn(member.id, begun.session_id, begun.token)


async def _refuse(
    session: AsyncSession,
    reason: RefusalReason,
    *,
    account: str,
    member: StaffMember | None,
    address: str,
    at: datetime,
) -> Refused:
    await throttle.note_failure(session, account=account, address=address, at=at)
    record(session, "log_in_refused", about=f"staff:{member.id}" if member else "", at=at, reason=reason)
    return Refused(reason)
