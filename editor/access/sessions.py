"""Who is signed in: sessions are kept here, so that they can be ended; a browser holds a random token only.

A token is 256 random bits and is kept as a hash: whoever reads the database cannot sign in with it. Cookies with
tokens are named ``__Host-…``, so that no neighbouring site can plant one.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Update, delete, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.ext.asyncio import AsyncSession

from editor.access.models import StaffMember, StaffSession

IDLE = timedelta(hours=8)
ABSOLUTE = timedelta(days=7)
AWAITS_CODE = timedelta(minutes=10)
SEEN_EVERY = timedelta(minutes=1)
LONGEST_BROWSER = 200
_SHORTEST_SECRET = 43  # 256 bits, as secrets.token_urlsafe writes them


@dataclass(frozen=True, slots=True)
class Begun:
    """A new session: the token goes into the browser's cookie and is known nowhere else."""

    session_id: int
    token: str


async def begin(
    session: AsyncSession,
    staff_id: int,
    *,
    browser: str = "",
    awaits_code: bool = False,
    with_second_factor: bool = False,
    at: datetime,
) -> Begun:
    """A session with a token that nobody has seen before, whatever the browser brought along (no session fixation)."""
    token = _random()
    row = StaffSession(
        token_hash=_hash(token),
        staff_id=staff_id,
        csrf_secret=_random(),
        awaits_code=awaits_code,
        second_factor_at=at if with_second_factor else None,
        created_at=at,
        last_seen_at=at,
        browser="".join(one for one in browser[:LONGEST_BROWSER] if one.isprintable()),
    )
    session.add(row)
    await session.flush()  # its id is needed
    return Begun(row.id, token)


async def find(
    session: AsyncSession, token: str, *, at: datetime, idle: timedelta = IDLE, absolute: timedelta = ABSOLUTE
) -> StaffSession | None:
    """The session of somebody who is signed in. Not one that was ended, is too old, or still awaits a code."""
    found = await _find_open(session, token, awaits_code=False)
    if found is None or at - found.last_seen_at >= idle or at - found.created_at >= absolute:
        return None
    return found


async def find_awaiting_code(session: AsyncSession, token: str, *, at: datetime) -> StaffSession | None:
    """The session of somebody who gave the right password less than ten minutes ago and owes a code. Not signed in."""
    found = await _find_open(session, token, awaits_code=True)
    return found if found is not None and at - found.created_at < AWAITS_CODE else None


async def note_seen(session: AsyncSession, found: StaffSession, *, at: datetime) -> None:
    """Put off the idle limit. Writes at most once a minute, so that looking at pages hardly writes at all."""
    if not is_seen_due(found, at=at):
        return
    still_open = update(StaffSession).where(StaffSession.id == found.id, StaffSession.ended_at.is_(None))
    await session.execute(still_open.where(StaffSession.last_seen_at < at).values(last_seen_at=at))


def is_seen_due(found: StaffSession, *, at: datetime) -> bool:
    """Whether note_seen would write: an edge that only reads asks this before it opens a session for changing."""
    return at - found.last_seen_at >= SEEN_EVERY


async def end(session: AsyncSession, session_id: int, *, staff_id: int, at: datetime) -> bool:
    """End one session of this person; whether there was one to end."""
    ending = _ending(staff_id, at=at).where(StaffSession.id == session_id).returning(StaffSession.id)
    return await session.scalar(ending) is not None


async def end_all(session: AsyncSession, staff_id: int, *, at: datetime) -> int:
    """End every session of this person; how many."""
    return len((await session.scalars(_ending(staff_id, at=at).returning(StaffSession.id))).all())


async def end_others(session: AsyncSession, staff_id: int, *, but: int, at: datetime) -> int:
    """End every session of this person but one; how many."""
    ending = _ending(staff_id, at=at).where(StaffSession.id != but)
    return len((await session.scalars(ending.returning(StaffSession.id))).all())


async def list_open(
    session: AsyncSession, staff_id: int, *, at: datetime, idle: timedelta = IDLE, absolute: timedelta = ABSOLUTE
) -> list[StaffSession]:
    """Where this person is signed in, the newest first."""
    rows = await session.scalars(
        select(StaffSession)
        .where(
            StaffSession.staff_id == staff_id,
            StaffSession.ended_at.is_(None),
            StaffSession.awaits_code.is_(False),
            StaffSession.last_seen_at > at - idle,
            StaffSession.created_at > at - absolute,
        )
        .order_by(StaffSession.id.desc())
    )
    return list(rows)


async def drop_old(session: AsyncSession, *, at: datetime, absolute: timedelta = ABSOLUTE) -> int:
    """Delete sessions that can never be found again; how many. For a job that runs each day."""
    dropping = delete(StaffSession).where(StaffSession.created_at <= at - absolute)
    result = await session.execute(dropping)
    return result.rowcount if isinstance(result, CursorResult) else 0


def new_pre_session() -> str:
    """A secret for the cookie of a browser that is not signed in: it protects the login form from other sites.

    Without it another site could sign somebody in as somebody else and read what they then write.
    """
    return _random()


def is_pre_session(secret: str) -> bool:
    """Whether this can come from new_pre_session: another site may have put something else into the cookie."""
    return len(secret) >= _SHORTEST_SECRET


def csrf_token(secret: str) -> str:
    """What a form sends along: made from a session's ``csrf_secret``, or from the cookie of new_pre_session."""
    return hmac.new(secret.encode(errors="replace"), b"brobygger csrf", hashlib.sha256).hexdigest()


def is_csrf_token(secret: str, given: str) -> bool:
    """Whether the form came from one of our pages. An empty or short secret, as nobody gets from us, is refused."""
    if not is_pre_session(secret):
        return False
    return hmac.compare_digest(csrf_token(secret).encode(), given.encode(errors="replace"))


async def _find_open(session: AsyncSession, token: str, *, awaits_code: bool) -> StaffSession | None:
    found: StaffSession | None = await session.scalar(
        select(StaffSession)
        .join(StaffMember, StaffMember.id == StaffSession.staff_id)
        .where(
            StaffSession.token_hash == _hash(token),
            StaffSession.awaits_code.is_(awaits_code),
            StaffSession.ended_at.is_(None),
            StaffMember.is_active.is_(True),
        )
    )
    return found


def _ending(staff_id: int, *, at: datetime) -> Update:
    return (
        update(StaffSession)
        .where(StaffSession.staff_id == staff_id, StaffSession.ended_at.is_(None))
        .values(ended_at=at)
        .execution_options(synchronize_session="fetch")
    )


def _random() -> str:
    return secrets.token_urlsafe(32)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
