"""Use cases about accounts: adding people, changing what they may do, taking access away.

Each runs in one transaction of the edge (``Database.changing``) and writes the timeline.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.database import add_unless_there, wait_for_turn
from core.errors import RuleBroken
from core.timeline import record
from editor.access import sessions
from editor.access.models import Invitation, StaffMember, StaffRole
from editor.access.passwords import PasswordProblem, hash_apart, password_problems
from editor.access.roles import HeldRole, Role

LANGUAGES = ("nb", "nn", "en")  # of the editor itself
LONGEST_NAME, LONGEST_EMAIL = 120, 254
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_ADMINISTRATORS = 7_202_613  # who changes administrators takes turns; any number that no other lock has


class EmailTaken(RuleBroken):
    """An e-mail address belongs to one account."""

    code = "email_taken"


class StaffDetailsWrong(RuleBroken):
    """A staff member has a name, an e-mail address and one of the editor's languages."""

    code = "staff_details_wrong"


class PasswordRefused(RuleBroken):
    """The password is not one that we take; ``problems`` says why."""

    code = "password_refused"

    def __init__(self, problems: tuple[PasswordProblem, ...]) -> None:
        super().__init__(problems=problems)
        self.problems = problems


class LastAdministrator(RuleBroken):
    """Somebody must be able to let people in: the last active administrator stays."""

    code = "last_administrator"


def compared_email(email: str) -> str:
    """The form in which addresses are kept and compared."""
    return unicodedata.normalize("NFKC", email).strip().casefold()


def is_email(email: str) -> bool:
    """Whether this can be an address. Only a message shows whether it is somebody's."""
    plain = compared_email(email)
    return len(plain) <= LONGEST_EMAIL and plain.isprintable() and _EMAIL.fullmatch(plain) is not None


async def add_staff_member(
    session: AsyncSession,
    *,
    name: str,
    email: str,
    password_hash: str | None,
    roles: Iterable[HeldRole],
    language: str = "nb",
    by: int | None = None,
    at: datetime,
) -> StaffMember:
    """A new account; ``password_hash`` is from make_password_hash.

    Without one its owner comes in by a provider (logging_in.link_identity) only. Raises StaffDetailsWrong, EmailTaken.
    """
    name = name.strip()
    if not (name and len(name) <= LONGEST_NAME and name.isprintable() and is_email(email) and language in LANGUAGES):
        raise StaffDetailsWrong(name=name, email=email, language=language)
    values = {"name": name, "email": compared_email(email), "language": language, "is_active": True, "created_at": at}
    if not await add_unless_there(session, StaffMember, **values, password_hash=password_hash):
        raise EmailTaken(email=email)
    member = (await session.scalars(select(StaffMember).where(StaffMember.email == values["email"]))).one()
    several = frozenset(roles)
    _add_roles(session, member.id, several)
    record(session, "staff_added", about=f"staff:{member.id}", by=by, at=at, roles=_in_words(several))
    return member


async def make_password_hash(password: str, *, name: str, email: str) -> str:
    """What to keep of a new password; call it while no transaction is open. Raises PasswordRefused."""
    problems = password_problems(password, name=name, email=email)
    if problems:
        raise PasswordRefused(problems)
    return await hash_apart(password)


async def find_by_email(session: AsyncSession, email: str) -> StaffMember | None:
    """The account with this address, active or not."""
    if not is_email(email):  # PostgreSQL would fail on a character that no address has
        return None
    found: StaffMember | None = await session.scalar(
        select(StaffMember).where(StaffMember.email == compared_email(email))
    )
    return found


async def list_staff(session: AsyncSession) -> list[StaffMember]:
    """Everybody, by name; the deactivated too."""
    return list(await session.scalars(select(StaffMember).order_by(StaffMember.name, StaffMember.id)))


async def get_roles(session: AsyncSession, staff_id: int) -> frozenset[HeldRole]:
    """The roles that this person has now. Ask at each request: a role that was taken away is gone at once."""
    rows = await session.scalars(select(StaffRole).where(StaffRole.staff_id == staff_id))
    return frozenset(HeldRole(Role(row.role), row.scope) for row in rows)


async def list_roles(session: AsyncSession) -> dict[int, list[HeldRole]]:
    """The roles of everybody who has any, by the person."""
    found: dict[int, list[HeldRole]] = {}
    for row in await session.scalars(select(StaffRole)):
        found.setdefault(row.staff_id, []).append(HeldRole(Role(row.role), row.scope))
    return found


async def change_roles(
    session: AsyncSession, staff_id: int, roles: Iterable[HeldRole], *, by: int | None, at: datetime
) -> None:
    """Give this person exactly these roles. Raises LastAdministrator.

    Links that somebody made as an administrator end with that role: they could lead to an account of their own.
    """
    await wait_for_turn(session, _ADMINISTRATORS)
    member = await session.get_one(StaffMember, staff_id, with_for_update=True)
    before, after = await get_roles(session, staff_id), frozenset(roles)
    if HeldRole(Role.ADMINISTRATOR) in before - after:
        if member.is_active:
            await _keep_an_administrator(session, without=staff_id)
        await _end_links(session, Invitation.invited_by == staff_id, at=at)
    await session.execute(delete(StaffRole).where(StaffRole.staff_id == staff_id))
    _add_roles(session, staff_id, after)
    words = {"before": _in_words(before), "after": _in_words(after)}
    record(session, "roles_changed", about=f"staff:{staff_id}", by=by, at=at, **words)


async def deactivate(session: AsyncSession, staff_id: int, *, by: int | None, at: datetime) -> None:
    """Shut somebody out at once: sessions end, and so do links to the account and invitations sent from it.

    What they wrote, and the timeline, stay. Raises LastAdministrator.
    """
    await wait_for_turn(session, _ADMINISTRATORS)
    member = await session.get_one(StaffMember, staff_id, with_for_update=True)
    if member.is_active and HeldRole(Role.ADMINISTRATOR) in await get_roles(session, staff_id):
        await _keep_an_administrator(session, without=staff_id)
    member.is_active = False
    await sessions.end_all(session, staff_id, at=at)
    await _end_links(session, or_(Invitation.staff_id == staff_id, Invitation.invited_by == staff_id), at=at)
    record(session, "staff_deactivated", about=f"staff:{staff_id}", by=by, at=at)


async def reactivate(session: AsyncSession, staff_id: int, *, by: int | None, at: datetime) -> None:
    """Let somebody in again, with the roles and the password of before; they sign in anew."""
    member = await session.get_one(StaffMember, staff_id, with_for_update=True)
    await sessions.end_all(session, staff_id, at=at)  # a login at the moment of deactivating may have left one
    member.is_active = True
    record(session, "staff_reactivated", about=f"staff:{staff_id}", by=by, at=at)


async def _end_links(session: AsyncSession, which: ColumnElement[bool], *, at: datetime) -> None:
    await session.execute(update(Invitation).where(which, Invitation.expires_at > at).values(expires_at=at))


async def _keep_an_administrator(session: AsyncSession, *, without: int) -> None:
    other = (
        select(StaffRole.id)
        .join(StaffMember, StaffMember.id == StaffRole.staff_id)
        .where(StaffRole.role == Role.ADMINISTRATOR, StaffMember.is_active.is_(True), StaffMember.id != without)
    )
    if await session.scalar(other.limit(1)) is None:
        raise LastAdministrator(staff_id=without)


def _add_roles(session: AsyncSession, staff_id: int, roles: Iterable[HeldRole]) -> None:
    session.add_all(StaffRole(staff_id=staff_id, role=held.role, scope=held.scope) for held in roles)


def _in_words(roles: Iterable[HeldRole]) -> str:
    return " ".join(sorted(map(str, roles)))
