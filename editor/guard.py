"""The door: who is asking, may they, and does the form come from one of our own pages."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request

from content.library_updates.records import count_offered
from core.database import Database
from core.logs import get_log
from core.timeline import record
from editor.access import sessions
from editor.access.models import StaffMember, StaffRole
from editor.access.roles import HeldRole, Permission, Role, may_anywhere
from editor.visits import MOST_BYTES, Access, Page, Visitor

log = get_log(__name__)
_GREATEST_ID = 2**31 - 1
_LONGEST_PART = 100  # of an address: ids of answers have at most 80 letters, tokens 43


class Refused(Exception):
    """The door stays shut; ``status`` is what HTTP says, ``code`` the key of the words."""

    def __init__(self, status: int, code: str) -> None:
        self.status, self.code = status, code
        super().__init__(code)


async def find_visitor(database: Database, token: str, *, at: datetime) -> Visitor | None:
    """Who holds this token; None when nobody is signed in with it."""
    if not token:
        return None
    async with database.reading() as session:
        found = await sessions.find(session, token, at=at)
        if found is None:
            return None
        member = await session.get_one(StaffMember, found.staff_id)
        rows = await session.scalars(select(StaffRole).where(StaffRole.staff_id == member.id))
        roles = tuple(HeldRole(Role(row.role), row.scope) for row in rows)
        decides = may_anywhere(roles, Permission.UPDATE_FROM_LIBRARY)
        updates_waiting = await count_offered(session) if decides else 0
    if sessions.is_seen_due(found, at=at):
        async with database.changing() as session:
            await sessions.note_seen(session, found, at=at)
    return Visitor(member.id, member.name, member.language, roles, found.id, found.csrf_secret, updates_waiting)


def check(page: Page, visitor: Visitor | None, parts: Mapping[str, object]) -> None:
    """Raise Refused unless this visitor may use the page, and the changing parts of its address can be of something."""
    if page.needs is not Access.ANYBODY and visitor is None:
        raise Refused(401, "sign_in_first")
    one_of = frozenset({page.needs}) if isinstance(page.needs, Permission) else page.needs
    if not isinstance(one_of, Access) and not (visitor and any(map(visitor.may, one_of))):
        raise Refused(403, "not_yours")
    if not all(_can_be(part) for part in parts.values()):
        raise Refused(404, "not_found")


def shown_path(request: Request) -> str:
    """The address that was asked for, as it may be kept: who reads it must not get in with it."""
    token = request.path_params.get("token")
    return request.url.path.replace(token, "...") if token else request.url.path


async def note_refusal(database: Database, visitor: Visitor | None, path: str, *, at: datetime, why: str = "") -> None:
    """Write down who was refused what. Strangers are not written down: they could fill the timeline."""
    if visitor is None:
        log.info("stranger_refused", why=why)
        return
    async with database.changing() as session:
        about = f"page:{path}".replace("\0", "")[:120]
        record(session, "refused", about=about, by=visitor.id, at=at, why=why)


async def read_form(request: Request, *, most_bytes: int = MOST_BYTES) -> FormData:
    """The form of a request; raises Refused when it is too large or no form."""
    declared = request.headers.get("content-length", "")
    if not declared.isdigit() or int(declared) > most_bytes:
        raise Refused(413 if declared.isdigit() else 411, "too_large")
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > most_bytes:
            raise Refused(413, "too_large")
    request._body = body
    try:
        return await request.form(max_files=2, max_fields=2000)
    except HTTPException as problem:
        raise Refused(400, "stale_form") from problem


def _can_be(part: object) -> bool:
    """Databases fail on numbers beyond their range, and PostgreSQL on NUL."""
    if isinstance(part, int):
        return part <= _GREATEST_ID
    return isinstance(part, str) and len(part) <= _LONGEST_PART and part.isprintable()
