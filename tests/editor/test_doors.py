"""Route by route: nobody comes in without signing in, without the right, or with a form that is not ours.

Every page of the desk is tried, also those that somebody adds tomorrow. The doors are the same on both databases:
SQLite alone is enough here.
"""

import hashlib
import re
from itertools import product

import httpx
import pytest
from sqlalchemy import select

from core import languages
from core.database import Base, Database
from editor import words
from editor.access.models import StaffSession
from editor.access.roles import HeldRole, Permission, Role, roles_of
from editor.app import CATALOGUES, PAGES
from editor.visits import Access, Page
from tests.conftest import Engine, Sqlite, Town
from tests.editor.desk import EVERYTHING, Client, csrf_in, signed_in, translator

SAMPLES = {
    "answer_id": "services-kindergarten",
    "language": "nb",
    "name": "kindergarten-price",
    "key": "library",
    "word": "vedtak",
}
SCOPES = {Role.TRANSLATOR: "ar", Role.AMBASSADOR: "choir"}
ALL_ROLES = (*EVERYTHING, HeldRole(Role.AMBASSADOR, "choir"), *map(translator, languages.PROMISED[1:]))
SOME_ROLES = (Role.AUTHOR, Role.AMBASSADOR)
CHANGING = [page for page in PAGES if page.method == "POST"]
INSIDE = [page for page in PAGES if page.needs is not Access.ANYBODY]
# A forgotten form changes nothing but these: what happened is written down, and that somebody was here.
WRITTEN_ANYWAY = {"timeline", StaffSession.__tablename__}


@pytest.fixture
def engine(sqlite_engine: Sqlite) -> Engine:
    return sqlite_engine


def named(page: Page) -> str:
    return f"{page.method} {page.path}"


def address(page: Page) -> str:
    """The path with something in the place of its changing parts."""

    def sample(match: re.Match[str]) -> str:
        return "1" if match[2] == ":int" else SAMPLES.get(match[1], "something")

    return re.sub(r"\{(\w+)(:\w+)?\}", sample, page.path)


async def call(client: Client, page: Page, *, csrf: str | None = None) -> httpx.Response:
    """Open a page, or send its form with nothing in it."""
    return await (client.get(address(page)) if page.method == "GET" else client.post(address(page), csrf=csrf))


async def everything(database: Database) -> str:
    """A fingerprint of all that is kept."""
    found = hashlib.sha256()
    async with database.reading() as session:
        for table in Base.metadata.sorted_tables:
            if table.name not in WRITTEN_ANYWAY:
                rows = await session.execute(select(table).order_by(*table.primary_key.columns))
                found.update(repr((table.name, rows.all())).encode())
    return found.hexdigest()


def says(page_text: str, code: str) -> bool:
    """Whether the page says this in words, whatever its language."""
    known = (words.rules(CATALOGUES.translator(language))[code] for language in ("nb", "nn", "en"))
    return any(sentence in page_text for sentence in known)


async def test_nobody_comes_in_without_signing_in(town: Town) -> None:
    stranger = Client(town)
    before = await everything(town.database)
    came_in = []

    for page in INSIDE:
        answer = await call(stranger, page)
        if page.method == "GET":
            is_stopped = answer.headers["location"] == f"/desk/sign-in?next=/desk{address(page)}"
        else:
            is_stopped = answer.status_code == 401 and says(answer.text, "sign_in_first")
        if not is_stopped:
            came_in.append(named(page))

    assert came_in == []
    assert await everything(town.database) == before


@pytest.mark.parametrize(
    "role", [pytest.param(role, marks=() if role in SOME_ROLES else pytest.mark.slow) for role in sorted(Role)]
)
async def test_who_lacks_the_right_is_told_so_and_it_is_written_down(town: Town, role: Role) -> None:
    client = await signed_in(town, HeldRole(role, SCOPES.get(role, "")), name=role.title())
    before = await everything(town.database)
    came_in = []

    for page in PAGES:
        one_of = {page.needs} if isinstance(page.needs, Permission) else page.needs
        if isinstance(one_of, Access) or any(role in roles_of(permission) for permission in one_of):
            continue
        answer = await call(client, page)
        last = await client.last_event()
        is_written = (last.event, last.by, last.about) == ("refused", client.id, f"page:/desk{address(page)}")
        if answer.status_code != 403 or not says(answer.text, "not_yours") or not is_written:
            came_in.append(named(page))

    assert came_in == []
    assert await everything(town.database) == before


async def test_a_form_that_is_not_from_our_page_changes_nothing(town: Town) -> None:
    client, other = await signed_in(town, *ALL_ROLES), await signed_in(town, *ALL_ROLES, name="Bert")
    before = await everything(town.database)
    tokens = ("", "0" * 64, await other.csrf(), csrf_in(await Client(town).get("/sign-in")))
    taken = []

    for page, token in product(CHANGING, tokens):
        answer = await call(client, page, csrf=token)
        last = await client.last_event()
        is_written = (last.event, last.by, last.details["why"]) == ("refused", client.id, "stale_form")
        if answer.status_code != 403 or not says(answer.text, "stale_form") or not is_written:
            taken.append((named(page), token))

    assert taken == []
    assert await everything(town.database) == before


@pytest.mark.parametrize("page", [page for page in CHANGING if page.needs is Access.ANYBODY], ids=named)
async def test_forms_of_strangers_are_protected_too(town: Town, page: Page) -> None:
    stranger, other = Client(town), Client(town)

    for token in ("", "0" * 64, await other.csrf()):
        answer = await stranger.post(address(page), csrf=token)
        assert answer.status_code == 403
        assert says(answer.text, "stale_form")


async def test_a_session_that_was_ended_opens_nothing(town: Town) -> None:
    client = await signed_in(town, *ALL_ROLES)
    token = await client.csrf()
    copied = dict(client.cookies)
    await client.post("/sign-out")
    opened = []

    for page in INSIDE:
        client.cookies.update(copied)
        answer = await call(client, page, csrf=token)
        if answer.status_code != (303 if page.method == "GET" else 401):
            opened.append(named(page))

    assert opened == []


async def test_no_page_may_be_framed_kept_or_run_scripts_of_others(town: Town) -> None:
    client = await signed_in(town, *ALL_ROLES)
    unsafe = []

    for page in PAGES:
        headers = (await call(client, page, csrf="")).headers
        policy = headers["content-security-policy"]
        if (
            "default-src 'none'; script-src 'self';" not in policy
            or "frame-ancestors 'none'" not in policy
            or headers["x-frame-options"] != "DENY"
            or headers["cache-control"] != "no-store"
            or headers["x-content-type-options"] != "nosniff"
        ):
            unsafe.append(named(page))

    assert unsafe == []


def test_every_page_says_who_may_use_it() -> None:
    """A page that anybody may use is a decision: it stands here too."""
    open_to_anybody = {named(page) for page in PAGES if page.needs is Access.ANYBODY}
    assert open_to_anybody <= {
        "GET /sign-in",
        "POST /sign-in",
        "GET /sign-in/code",
        "POST /sign-in/code",
        "GET /invitation/{token}",
        "POST /invitation/{token}",
        "POST /invitation/{token}/provider",
        "POST /sign-in/provider",
        "GET /sign-in/provider/back",
        "GET /organisations/agreement",
    }
