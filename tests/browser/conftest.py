"""A real server on loopback and Debian's Chromium. Nothing here may ask any other machine for anything."""

import asyncio
import os
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
import uvicorn
from _pytest.mark.structures import ParameterSet
from playwright.async_api import Browser, BrowserContext, Page, Request, Route, async_playwright, expect
from starlette.requests import Request as WebRequest
from starlette.responses import HTMLResponse
from starlette.routing import Route as WebRoute
from starlette.types import ASGIApp

from bot.channels.web.app import WebChat
from bot.desk import CATALOGUES, Desk
from content.finding.sentences import NoVectors
from content.index import Knowledge
from core.database import Database
from tests.conftest import FILLED, MONDAY_9AM, Sqlite, Town

CHROMIUM = Path("/usr/bin/chromium")
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)  # it would wait for five seconds

Words = Callable[..., str]


def slow(*values: str) -> ParameterSet:
    """A case that says little more than the others: it waits for make prove."""
    return pytest.param(*values, marks=pytest.mark.slow)


@dataclass(frozen=True, slots=True)
class Site:
    """Where the chat is, and a page of somebody else that embeds it: another name is another origin."""

    chat: str
    elsewhere: str


@pytest.fixture(scope="session")
def site(sqlite_engine: Sqlite) -> Iterator[Site]:
    """The chat with tests/library, served by uvicorn in a thread of its own."""
    with running(sqlite_engine.address(sqlite_engine.copy(FILLED)), _with_elsewhere) as found:
        yield found


@contextmanager
def running(address: str, make: Callable[[Town, Site], ASGIApp]) -> Iterator[Site]:
    """An application on this database, on a port of its own, until the end of the block."""
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    found = Site(f"http://127.0.0.1:{port}", f"http://localhost:{port}/elsewhere")
    ready, ends = threading.Event(), list[Callable[[], None]]()

    async def serve() -> None:
        database = Database(address)
        knowledge = Knowledge(database, NoVectors())
        await knowledge.follow()
        application = make(Town(database, knowledge, Desk(knowledge)), found)
        server = uvicorn.Server(uvicorn.Config(application, log_config=None, access_log=False, lifespan="off"))
        ends.append(lambda: setattr(server, "should_exit", True))
        ready.set()
        await server.serve(sockets=[listening])
        await database.close()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert ready.wait(60), "the server did not start"
    yield found
    for end in ends:
        end()
    thread.join(60)
    listening.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    if not CHROMIUM.exists():
        if os.environ.get("CI"):
            pytest.fail("Chromium is not installed, and CI must look at the web page")
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium): nobody looks at the web page")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        await browser.close()


class Visit:
    """Opens windows, and watches that they ask nobody else for anything and never stumble."""

    def __init__(self, browser: Browser, site: Site) -> None:
        self.site = site
        self._browser = browser
        self._ours = {urlsplit(site.chat).netloc, urlsplit(site.elsewhere).netloc}
        self.strangers: list[str] = []
        self.complaints: list[str] = []

    @asynccontextmanager
    async def window(self, *, width: int = 800, height: int = 800, **more: object) -> AsyncIterator[Page]:
        """A fresh browser of this size with one empty page."""
        context: BrowserContext = await self._browser.new_context(viewport={"width": width, "height": height}, **more)  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE_MS)
        await context.route(lambda address: urlsplit(address).netloc not in self._ours, self._refuse)
        context.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        context.on("weberror", lambda problem: self.complaints.append(str(problem.error)))
        try:
            yield await context.new_page()
        finally:
            await context.close()

    @asynccontextmanager
    async def chat(self, language: str, *, width: int = 800, **more: object) -> AsyncIterator[Page]:
        """The chat page in this language."""
        async with self.window(width=width, **more) as page:
            await page.goto(f"{self.site.chat}/?lang={language}")
            yield page

    async def _refuse(self, route: Route, request: Request) -> None:
        self.strangers.append(request.url)
        await route.abort()


@pytest_asyncio.fixture(loop_scope="session")
async def visit(chromium: Browser, site: Site) -> AsyncIterator[Visit]:
    visiting = Visit(chromium, site)
    yield visiting
    assert visiting.strangers == [], "a page asked another machine for something"
    assert visiting.complaints == [], "a page stumbled"


@pytest.fixture
def words() -> Words:
    """Our words in a language."""
    return lambda language, message, **values: CATALOGUES.translator(language)(message, **values)


def _with_elsewhere(town: Town, site: Site) -> ASGIApp:
    async def elsewhere(_request: WebRequest) -> HTMLResponse:
        page = f"""<!doctype html><html lang="ar" dir="rtl"><head><title>Elsewhere</title>
        <script src="{site.chat}/widget.js" data-label="اسألنا" async></script></head>
        <body><h1>Elsewhere</h1><button id="theirs">Theirs</button></body></html>"""
        return HTMLResponse(page, headers={"Content-Security-Policy": f"script-src {site.chat}; frame-src {site.chat}"})

    chat = WebChat(town.database, town.desk, town.knowledge, now=lambda: MONDAY_9AM, is_https=False)
    return chat.application(more_routes=[WebRoute("/elsewhere", elsewhere)])
