"""Links by which people get an account, or back into it. Each works once, for seven days, and is kept as a hash.

Nobody sets another person's password: an administrator hands over a link, and the person chooses.
"""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.database import Database
from core.errors import RuleBroken
from core.timeline import record
from editor.access import second_factor, sessions, throttle
from editor.access.accounts import (
    EmailTaken,
    StaffDetailsWrong,
    add_staff_member,
    compared_email,
    find_by_email,
    is_email,
    make_password_hash,
)
from editor.access.models import Invitation, StaffMember
from editor.access.roles import HeldRole, Role

VALID = timedelta(days=7)
KEPT = timedelta(days=30)  # after it was used, or is over


class InvitationNotOpen(RuleBroken):
    """The link was used, is too old, was replaced by a newer one, or never existed."""

    code = "invitation_not_open"


async def invite(session: AsyncSession, *, email: str, roles: Iterable[HeldRole], by: int | None, at: datetime) -> str:
    """The token of a link that makes an account, to be shown once. An earlier link for this address ends.

    Raises StaffDetailsWrong when that is no address, EmailTaken when it has an account.
    """
    if not is_email(email):
        raise StaffDetailsWrong(email=email)
    if await find_by_email(session, email) is not None:
        raise EmailTaken(email=email)
    plain = compared_email(email)
    await _end_open(session, plain, at=at)
    several = [{"role": held.role, "scope": held.scope} for held in sorted(set(roles), key=str)]
    words = " ".join(str(held) for held in _roles_in(several))
    record(session, "staff_invited", about=f"email:{_hash(plain)[:12]}", by=by, at=at, roles=words)
    return _add(session, Invitation(email=plain, roles=several, invited_by=by), at=at)


async def invite_to_reset(
    session: AsyncSession, staff_id: int, *, drops_second_factor: bool = False, by: int | None, at: datetime
) -> str:
    """The token of a link with which somebody chooses a new password. An earlier link for them ends.

    ``drops_second_factor``: for somebody who has lost the telephone and the recovery codes; make sure who it is.
    """
    member = await session.get_one(StaffMember, staff_id)
    await _end_open(session, member.email, at=at)
    drops = str(drops_second_factor)
    record(session, "reset_made", about=f"staff:{staff_id}", by=by, at=at, drops_second_factor=drops)
    invitation = Invitation(email=member.email, roles=[], staff_id=staff_id, invited_by=by)
    invitation.drops_second_factor = drops_second_factor
    return _add(session, invitation, at=at)


async def find_open(session: AsyncSession, token: str, *, at: datetime) -> Invitation | None:
    """The invitation behind a link, for the page that asks for a name and a password."""
    found: Invitation | None = await session.scalar(
        select(Invitation).where(
            Invitation.token_hash == _hash(token), Invitation.used_at.is_(None), Invitation.expires_at > at
        )
    )
    return found


async def list_open(session: AsyncSession, *, at: datetime) -> list[Invitation]:
    """The links that were not used yet, the newest first."""
    still = select(Invitation).where(Invitation.used_at.is_(None), Invitation.expires_at > at)
    return list(await session.scalars(still.order_by(Invitation.id.desc())))


async def end_open(session: AsyncSession, invitation_id: int, *, by: int | None, at: datetime) -> None:
    """Take back a link that was not used yet. Raises InvitationNotOpen."""
    still = Invitation.used_at.is_(None) & (Invitation.expires_at > at)
    ending = update(Invitation).where(Invitation.id == invitation_id, still).values(expires_at=at)
    if await session.scalar(ending.returning(Invitation.id)) is None:
        raise InvitationNotOpen(invitation_id=invitation_id)
    record(session, "invitation_taken_back", about=f"invitation:{invitation_id}", by=by, at=at)


async def drop_old(session: AsyncSession, *, at: datetime) -> None:
    """Delete what has been over for thirty days: an e-mail address stands in it."""
    over = (Invitation.expires_at <= at - KEPT) | (Invitation.used_at <= at - KEPT)
    await session.execute(delete(Invitation).where(over))


async def accept(
    database: Database, token: str, *, name: str, password: str, language: str = "nb", at: datetime
) -> StaffMember:
    """Make the account that the link is for. Opens its own transaction, after the work of hashing.

    Raises InvitationNotOpen, PasswordRefused, and what add_staff_member raises: the link can then be used again.
    """
    email = (await _get_open(database, token, is_reset=False, at=at)).email
    kept = await make_password_hash(password, name=name, email=email)
    async with database.changing() as session:
        invitation = await _use(session, Invitation.token_hash == _hash(token), is_reset=False, at=at)
        return await _add_member(session, invitation, name=name, password_hash=kept, language=language, at=at)


async def accept_found(
    session: AsyncSession, invitation_id: int, *, name: str, language: str, at: datetime
) -> StaffMember:
    """Make the account, without a password, for somebody whose link was looked at before they went to the provider.

    Call logging_in.link_identity in the same transaction. Raises InvitationNotOpen, and what add_staff_member raises;
    the transaction must then be rolled back, so that the link can be used again.
    """
    invitation = await _use(session, Invitation.id == invitation_id, is_reset=False, at=at)
    return await _add_member(session, invitation, name=name, password_hash=None, language=language, at=at)


async def _add_member(
    session: AsyncSession, invitation: Invitation, *, name: str, password_hash: str | None, language: str, at: datetime
) -> StaffMember:
    return await add_staff_member(
        session,
        name=name,
        email=invitation.email,
        password_hash=password_hash,
        roles=_roles_in(invitation.roles),
        language=language,
        by=invitation.invited_by,
        at=at,
    )


async def accept_reset(database: Database, token: str, *, password: str, at: datetime) -> StaffMember:
    """Give the account its new password. All its sessions end, and nobody has to wait any more.

    Opens its own transaction, after the work of hashing. Raises InvitationNotOpen, also when the account was
    deactivated, and PasswordRefused: the link can then be used again.
    """
    staff_id = (await _get_open(database, token, is_reset=True, at=at)).staff_id
    async with database.reading() as session:
        member = await session.get_one(StaffMember, staff_id)
    kept = await make_password_hash(password, name=member.name, email=member.email)
    async with database.changing() as session:
        invitation = await _use(session, Invitation.token_hash == _hash(token), is_reset=True, at=at)
        member = await session.get_one(StaffMember, staff_id, with_for_update=True)
        if not member.is_active:
            raise InvitationNotOpen(staff_id=member.id)
        member.password_hash = kept
        if invitation.drops_second_factor:
            await second_factor.drop(session, member.id, at=at)
        await sessions.end_all(session, member.id, at=at)
        await throttle.clear(session, member.email)
        record(session, "password_reset", about=f"staff:{member.id}", by=member.id, at=at)
    return member


async def _get_open(database: Database, token: str, *, is_reset: bool, at: datetime) -> Invitation:
    """To hash for. Raises InvitationNotOpen: strangers with no link must not make us hash."""
    async with database.reading() as session:
        found = await find_open(session, token, at=at)
    if found is None or (found.staff_id is not None) != is_reset:
        raise InvitationNotOpen
    return found


async def _use(session: AsyncSession, which: ColumnElement[bool], *, is_reset: bool, at: datetime) -> Invitation:
    """Mark the invitation as used, in one statement: of two at the same moment the second finds it used."""
    right_kind = Invitation.staff_id.is_not(None) if is_reset else Invitation.staff_id.is_(None)
    still = Invitation.used_at.is_(None) & (Invitation.expires_at > at)
    using = update(Invitation).where(which, right_kind, still).values(used_at=at)
    used: Invitation | None = await session.scalar(
        using.returning(Invitation), execution_options={"synchronize_session": "fetch"}
    )
    if used is None:
        raise InvitationNotOpen
    return used


async def _end_open(session: AsyncSession, email: str, *, at: datetime) -> None:
    still = Invitation.used_at.is_(None) & (Invitation.expires_at > at)
    await session.execute(update(Invitation).where(Invitation.email == email, still).values(expires_at=at))


def _add(session: AsyncSession, invitation: Invitation, *, at: datetime) -> str:
    token = secrets.token_urlsafe(32)
    invitation.token_hash = _hash(token)
    invitation.created_at, invitation.expires_at = at, at + VALID
    session.add(invitation)
    return token


def _roles_in(rows: Iterable[dict[str, str]]) -> list[HeldRole]:
    return [HeldRole(Role(row["role"]), row["scope"]) for row in rows]


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
