"""The staff's desk as people use it: the whole application of a process, without a network.

    amina = await signed_in(town, Role.AUTHOR)
    page = await amina.get("/answers")
    await amina.post("/answers/services-kindergarten/nb", step="submit")

Paths are below /desk. Several people share a clock by ``clock=amina.clock``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import unescape

import httpx
from starlette.types import ASGIApp

from bot.channels.web.app import WebChat
from brobygger.previewing import Preview
from brobygger.trying import Asking
from core.timeline import TimelineEntry, list_entries
from editor.access import sessions
from editor.access.accounts import add_staff_member, find_by_email
from editor.access.models import StaffSession
from editor.access.roles import HeldRole, Role
from editor.app import Editor
from tests.conftest import MONDAY_9AM, Town

TOWN_HALL = "192.0.2.10"
COOKIE = "brobygger-desk"  # as it is named without https
EVERYTHING = (Role.AUTHOR, Role.REVIEWER, Role.PUBLISHER, Role.ADMINISTRATOR)
_CSRF = re.compile(r'name="csrf" value="([^"]+)"')


@dataclass(slots=True)
class Clock:
    """What time it is for an application; tests move it on."""

    at: datetime = MONDAY_9AM

    def __call__(self) -> datetime:
        return self.at

    def pass_(self, **more: float) -> None:
        """Let time pass: ``clock.pass_(minutes=5)``."""
        self.at += timedelta(**more)


def application(town: Town, clock: Clock, *, is_https: bool = False, **more: object) -> ASGIApp:
    """The web chat and the desk of a town; ``more`` is given to the Editor."""
    chat = WebChat(town.database, town.desk, town.knowledge, now=clock, is_https=is_https)
    asking = Asking(town.database, town.desk, town.knowledge)
    given = {"public_url": "http://desk.test", "preview": Preview(town.desk.words), "ask": asking, **more}
    editor = Editor(town.database, now=clock, is_https=is_https, **given)  # type: ignore[arg-type]
    return chat.application(more_routes=editor.routes())


def transport(town: Town, clock: Clock, **more: object) -> httpx.ASGITransport:
    """The same, to be asked by httpx as from a computer in the town hall."""
    return httpx.ASGITransport(app=application(town, clock, **more), client=(TOWN_HALL, 5000))  # type: ignore[arg-type]


class Client:
    """A browser at the desk. Follows no redirect: ``response.headers["location"]`` says where it leads."""

    def __init__(self, town: Town, *, clock: Clock | None = None, **more: object) -> None:
        self.town = town
        self.clock = clock or Clock()
        self.id = 0  # of the staff member, 0 for nobody
        self.expects_fault = False
        through = transport(town, self.clock, **more)
        english = {"accept-language": "en"}  # as the tests quote the pages
        self._http = httpx.AsyncClient(transport=through, base_url="http://desk.test", headers=english)
        self.cookies = self._http.cookies
        self.tokens: dict[str, str] = {}  # for forms, by the cookie of the session that they are good for

    async def get(self, path: str, **headers: str) -> httpx.Response:
        """A page below /desk."""
        return self._seen(await self._http.get(f"/desk{path}", headers=headers))

    async def post(
        self,
        path: str,
        fields: Mapping[str, str] | None = None,
        /,
        *,
        csrf: str | None = None,
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
        **more: str,
    ) -> httpx.Response:
        """Send a form as a page of ours does: ``fields`` as ``fields_of`` gives them, and others by their names.

        The token comes from a page unless it is given, or stands in the fields.
        """
        data = {**(fields or {}), **more}
        if csrf is not None or "csrf" not in data:
            data["csrf"] = await self.csrf() if csrf is None else csrf
        return self._seen(await self._http.post(f"/desk{path}", data=data, files=files))

    async def request(self, method: str, path: str, **more: object) -> httpx.Response:
        """Anything that no page of ours would send. The path is a whole one."""
        return self._seen(await self._http.request(method, path, **more))  # type: ignore[arg-type]

    def _seen(self, response: httpx.Response) -> httpx.Response:
        """Whatever a test looks for on a page, a fault of ours is not it."""
        assert response.status_code != 500 or self.expects_fault, "the page failed: the log has the reason"
        return response

    async def csrf(self) -> str:
        """The token that stands in the forms of our pages; of the sign-in page before somebody is signed in.

        A page is fetched for it once in a session.
        """
        session = self.cookies.get(COOKIE, "")
        if session in self.tokens:
            return self.tokens[session]
        page = await self.get("/")
        if page.status_code == 303:
            return csrf_in(await self.get("/sign-in"))
        self.tokens[session] = csrf_in(page)
        return self.tokens[session]

    async def sign_in(self, email: str, password: str, **more: str) -> httpx.Response:
        """Through the form, as people do."""
        return await self.post("/sign-in", email=email, password=password, **more)

    async def events(self) -> list[TimelineEntry]:
        """The timeline, the oldest first."""
        async with self.town.database.reading() as session:
            return (await list_entries(session, limit=1000))[::-1]

    async def last_event(self) -> TimelineEntry:
        """The newest entry of the timeline."""
        async with self.town.database.reading() as session:
            return (await list_entries(session, limit=1))[0]


async def signed_in(
    town: Town, *roles: Role | HeldRole, name: str = "Amina", clock: Clock | None = None, **more: object
) -> Client:
    """Somebody with these roles (and the account with them, unless there is one with this name) who has signed in."""
    client = Client(town, clock=clock, **more)
    held = [one if isinstance(one, HeldRole) else HeldRole(one) for one in roles]
    email = f"{name.lower()}@brobygda.example"
    async with town.database.changing() as session:
        member = await find_by_email(session, email) or await add_staff_member(
            session, name=name, email=email, password_hash=None, roles=held, language="en", at=client.clock()
        )
        begun = await sessions.begin(session, member.id, at=client.clock())
        secret = (await session.get_one(StaffSession, begun.session_id)).csrf_secret
        client.id = member.id
    client.cookies.set(COOKIE, begun.token, domain="desk.test", path="/")
    client.tokens[begun.token] = sessions.csrf_token(secret)
    return client


async def resident_asks(town: Town, question: str, language: str, *, clock: Clock | None = None) -> str:
    """What the web chat shows a stranger: the page as HTML. New wordings are learned by ``content.index.rebuild``."""
    through = transport(town, clock or Clock())
    async with httpx.AsyncClient(transport=through, base_url="http://chat.test") as browser:
        page = await browser.post("/", data={"text": question, "lang": language})
    assert page.status_code == 200
    return page.text


def translator(language: str) -> HeldRole:
    """The role of somebody who translates to this language."""
    return HeldRole(Role.TRANSLATOR, language)


def csrf_in(page: httpx.Response) -> str:
    """The token in the forms of a page."""
    found = _CSRF.search(page.text)
    assert found is not None, f"no form: {page.status_code} {page.text[:300]}"
    return unescape(found[1])


def fields_of(page: httpx.Response) -> dict[str, str]:
    """What stands in the fields of the page's forms, as a browser would send it; the token too."""
    found: dict[str, str] = {}
    for tag, attributes, inner in re.findall(r"<(input|textarea)\b([^>]*)>(?:([^<]*)</textarea>)?", page.text):
        name, value = _attribute(attributes, "name"), _attribute(attributes, "value")
        is_box = 'type="checkbox"' in attributes
        if name and not (is_box and " checked" not in attributes):
            found[name] = unescape(inner).removeprefix("\n") if tag == "textarea" else value
    for name, options in re.findall(r'<select id="[^"]*" name="([^"]+)"[^>]*>(.*?)</select>', page.text, re.DOTALL):
        several = re.findall(r'<option value="([^"]*)"[^>]*?( selected)?>', options)
        chosen = [value for value, is_selected in several if is_selected] or [value for value, _is_not in several]
        found[name] = unescape(chosen[0]) if chosen else ""
    return found


def _attribute(attributes: str, name: str) -> str:
    found = re.search(rf'\b{name}="([^"]*)"', attributes)
    return unescape(found[1]) if found else ""
