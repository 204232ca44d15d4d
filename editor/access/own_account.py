"""What people do with their own account: name, password, second factor, the browsers in which they are signed in.

Each but change_password runs in one transaction of the edge (``Database.changing``), and writes the timeline. Whoever
sits at a browser that somebody left signed in must not take the account over: what opens doors is changed only with a
proof (password or code). Wrong proofs are counted like failures to sign in, so the transaction is committed when
Refused is given.
"""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from core.database import Database
from core.errors import RuleBroken
from core.timeline import record
from editor.access import second_factor, sessions, throttle
from editor.access.accounts import LANGUAGES, LONGEST_NAME, StaffDetailsWrong, make_password_hash
from editor.access.comparing import Typed, compare_for_member
from editor.access.logging_in import RefusalReason, Refused
from editor.access.models import StaffMember, StaffSession

NEW = timedelta(minutes=10)  # whoever signed in less than this ago has just shown who they are


class SignInAgain(RuleBroken):
    """Without a password to ask for, only somebody who has just signed in may change what opens the account."""

    code = "sign_in_again"


class NoSecondFactor(RuleBroken):
    """The second factor is not turned on."""

    code = "no_second_factor"


async def change_details(session: AsyncSession, staff_id: int, *, name: str, language: str, at: datetime) -> None:
    """How colleagues see this person, and the language of the pages. Raises StaffDetailsWrong."""
    name = name.strip()
    if not (name and len(name) <= LONGEST_NAME and name.isprintable() and language in LANGUAGES):
        raise StaffDetailsWrong(name=name, language=language)
    member = await session.get_one(StaffMember, staff_id)
    member.name, member.language = name, language
    record(session, "details_changed", about=f"staff:{staff_id}", by=staff_id, at=at)


async def change_password(
    database: Database, staff_id: int, *, old: str, new: str, session_id: int, address: str, at: datetime
) -> Refused | None:
    """Take a new password; the other browsers are signed out. Raises PasswordRefused and SignInAgain.

    Opens its own transaction, after the work of hashing.
    """
    async with database.reading() as session:
        member = await session.get_one(StaffMember, staff_id)
    kept = await make_password_hash(new, name=member.name, email=member.email)
    typed = await compare_for_member(database, old, staff_id, address=address, at=at)
    async with database.changing() as session:
        refused = await prove_password(session, staff_id, typed, session_id=session_id, address=address, at=at)
        if refused is not None:
            return refused
        member = await session.get_one(StaffMember, staff_id)
        member.password_hash = kept
        await sessions.end_others(session, staff_id, but=session_id, at=at)
        record(session, "password_changed", about=f"staff:{staff_id}", by=staff_id, at=at)
    return None


async def turn_on_second_factor(
    session: AsyncSession,
    staff_id: int,
    *,
    typed: Typed,
    secret: str,
    code: str,
    session_id: int,
    address: str,
    at: datetime,
) -> tuple[str, ...] | Refused:
    """Ask for a code from now on; gives the recovery codes. Needs the password: with another's app its owner is out.

    Raises CodeNotRight, SecondFactorIsOn and SignInAgain.
    """
    refused = await prove_password(session, staff_id, typed, session_id=session_id, address=address, at=at)
    return refused or await second_factor.turn_on(session, staff_id, secret=secret, code=code, at=at)


async def make_new_recovery_codes(
    session: AsyncSession, staff_id: int, *, code: str, address: str, at: datetime
) -> tuple[str, ...] | Refused:
    """Ten new codes, to be shown once, for a fresh code. Raises NoSecondFactor."""
    refused = await _prove_code(session, staff_id, code, address=address, at=at)
    return refused or await second_factor.make_recovery_codes(session, staff_id, at=at)


async def turn_off_second_factor(
    session: AsyncSession, staff_id: int, *, typed: Typed, code: str, session_id: int, address: str, at: datetime
) -> Refused | None:
    """Go on with the password alone. Raises NoSecondFactor and SignInAgain."""
    refused = await prove_password(session, staff_id, typed, session_id=session_id, address=address, at=at)
    refused = refused or await _prove_code(session, staff_id, code, address=address, at=at)
    if refused is None:
        await second_factor.drop(session, staff_id, by=staff_id, at=at)
    return refused


async def end_session(session: AsyncSession, session_id: int, *, by: int, at: datetime) -> None:
    """Sign one of one's own browsers out; nothing happens when it is signed out already."""
    if await sessions.end(session, session_id, staff_id=by, at=at):
        record(session, "session_ended", about=f"staff:{by}", by=by, at=at)


async def end_other_sessions(session: AsyncSession, *, but: int, by: int, at: datetime) -> None:
    """Sign out everywhere but here."""
    count = await sessions.end_others(session, by, but=but, at=at)
    record(session, "other_sessions_ended", about=f"staff:{by}", by=by, at=at, count=str(count))


async def prove_password(
    session: AsyncSession, staff_id: int, typed: Typed, *, session_id: int, address: str, at: datetime
) -> Refused | None:
    """None when the password (compare_for_member) is right.

    Who has none must have signed in just now: otherwise raises SignInAgain.
    """
    member = await session.get_one(StaffMember, staff_id)
    if member.password_hash is None:
        begun = await session.get_one(StaffSession, session_id)
        if at - begun.created_at >= NEW:
            raise SignInAgain(staff_id=staff_id)
        return None
    wait = await throttle.may_try(session, account=member.email, address=address, at=at)
    if wait:
        return Refused(RefusalReason.MUST_WAIT, wait)
    if (await typed.compare(member.password_hash)).is_right:
        return None
    return await _refuse(session, member, RefusalReason.WRONG_PASSWORD, address=address, at=at)


async def _prove_code(session: AsyncSession, staff_id: int, code: str, *, address: str, at: datetime) -> Refused | None:
    member = await session.get_one(StaffMember, staff_id)
    if member.totp_secret is None:
        raise NoSecondFactor(staff_id=staff_id)
    wait = await throttle.may_try(session, account=member.email, address=address, at=at)
    if wait:
        return Refused(RefusalReason.MUST_WAIT, wait)
    if await second_factor.use_code(session, staff_id, code, at=at):
        return None
    return await _refuse(session, member, RefusalReason.WRONG_CODE, address=address, at=at)


async def _refuse(
    session: AsyncSession, member: StaffMember, reason: RefusalReason, *, address: str, at: datetime
) -> Refused:
    await throttle.note_failure(session, account=member.email, address=address, at=at)
    record(session, "proof_refused", about=f"staff:{member.id}", by=member.id, at=at, reason=reason)
    return Refused(reason)
