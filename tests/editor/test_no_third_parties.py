"""Route by route, web chat and desk: strict headers, and nothing that a browser would fetch from elsewhere.

The same on both databases: SQLite alone is enough here.
"""

from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount, Route

from bot.channels.web.headers import SafetyHeaders
from editor.app import PAGES
from tests.conftest import Engine, Sqlite, Town
from tests.editor.desk import Client, Clock, application, signed_in
from tests.editor.test_doors import ALL_ROLES, address, named
from tests.stories.web_visits import visiting

# Attributes by which a page makes the browser ask for something or send something, without anybody following a link.
FETCHING = {"src", "srcset", "poster", "data", "background", "action", "formaction", "ping", "manifest"}
CHAT_PATHS = (
    "/",
    "/?q=hva+koster+barnehagen",
    "/?lang=ar&q=زوجي+يضربني",
    "/?join=NOBODY22",
    "/?embedded=1",
    "/nowhere",
)
SAMPLES = {"/listen/{answer_id}/{language}": "/listen/services-kindergarten/nb"}
SAFE = {
    "content-security-policy": "default-src 'none'",
    "x-content-type-options": "nosniff",
    "permissions-policy": "camera=()",
}
REFERRER = ("no-referrer", "same-origin")


class Fetches(HTMLParser):
    """What a page makes a browser do by itself, as far as it is not allowed to."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.wrong: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        fetched = [value for name, value in given.items() if name in FETCHING or (tag == "link" and name == "href")]
        self.wrong += [f"{tag} {value}" for value in fetched if not self._is_ours(tag, value)]
        self.wrong += [f"{tag} {name}" for name in given if name.startswith("on") or name == "style"]
        if tag in ("style", "iframe", "object", "embed", "base") or (tag == "script" and "src" not in given):
            self.wrong.append(tag)
        if given.get("http-equiv"):
            self.wrong.append(f"{tag} http-equiv")

    def _is_ours(self, tag: str, value: str) -> bool:
        if value.startswith("data:image/"):
            return tag == "img"
        return (value.startswith(("/", "?")) and not value.startswith("//")) or value == ""


@pytest.fixture
def engine(sqlite_engine: Sqlite) -> Engine:
    return sqlite_engine


async def test_no_page_of_the_desk_makes_a_browser_ask_anybody_else(town: Town) -> None:
    client = await signed_in(town, *ALL_ROLES)
    looked_at, wrong = 0, []

    for page in (page for page in PAGES if page.method == "GET"):
        answered = await client.get(address(page))
        if answered.headers.get("content-type", "").startswith("text/html"):
            looked_at += answered.status_code == 200
            wrong += [(named(page), what) for what in Fetches(answered.text).wrong]

    assert looked_at > 20
    assert wrong == []


async def test_a_strangers_pages_of_the_desk_do_not_either(town: Town) -> None:
    stranger = Client(town)

    pages = [await stranger.get(path) for path in ("/sign-in", "/invitation/nobody", "/nothing")]

    assert [what for page in pages for what in Fetches(page.text).wrong] == []


async def test_no_page_of_the_web_chat_makes_a_browser_ask_anybody_else(town: Town) -> None:
    async with visiting(town.database, town.knowledge) as chau:
        pages = [(await chau.open(path)).html for path in CHAT_PATHS]
        pages.append((await chau.send(text="hva koster barnehagen?")).html)

    assert [what for page in pages for what in Fetches(page).wrong] == []


def routes(several: list[BaseRoute], before: str = "") -> Iterator[str]:
    """The path of every route that can be asked for."""
    for one in several:
        if isinstance(one, Route):
            yield before + one.path
        elif isinstance(one, Mount) and one.routes:
            yield from routes(list(one.routes), before + one.path)
        elif isinstance(one, Mount):
            yield f"{before}{one.path}/nothing-here"


async def test_every_route_of_the_process_answers_with_strict_headers(town: Town) -> None:
    everything = application(town, Clock(), is_https=True)
    assert isinstance(everything, SafetyHeaders)
    assert isinstance(everything._app, Starlette)
    client = Client(town, is_https=True)
    paths = sorted(set(routes(everything._app.routes)))
    unsafe = []

    for path in (SAMPLES.get(one, one) for one in paths):
        for method in ("GET", "POST", "OPTIONS"):
            headers = (await client.request(method, path)).headers
            good = all(headers.get(name, "").startswith(begins) for name, begins in SAFE.items())
            is_quiet = headers.get("referrer-policy") in REFERRER and "server" not in headers
            no_one_else = "access-control-allow-origin" not in headers and "unsafe" not in headers[next(iter(SAFE))]
            if not (good and is_quiet and no_one_else and "max-age" in headers.get("strict-transport-security", "")):
                unsafe.append((method, path))

    assert len(paths) > 60
    assert unsafe == []


async def test_without_https_nobody_is_told_to_come_with_it(town: Town) -> None:
    async with visiting(town.database, town.knowledge) as chau:
        assert "strict-transport-security" not in (await chau.http.get("/")).headers
