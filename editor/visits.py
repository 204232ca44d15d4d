"""What a page is given: the request, who is looking, their words, and the form they sent."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol
from urllib.parse import urlencode, urlsplit

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from broadcasts.announcements.announcement import Announcement
from content.catalogue import Catalogue
from content.days import day_in
from content.links.checking import Visitor as LinkVisitor
from content.machine.port import NO_TRANSLATOR, MachineTranslator
from core.database import Database
from core.errors import RuleBroken
from core.i18n import Translator
from core.loopback import LOOPBACK
from core.mail import Mail
from editor.access.provider import Provider
from editor.access.roles import HeldRole, Permission, may, may_anywhere, may_write

_NO_TEXT = re.compile("[\0\ud800-\udfff]")  # NUL, and halves of characters: no database keeps them


MOST_BYTES = 400_000  # of a form: the longest text with all its wordings has a tenth of it


class OwnAddressUnknown(RuleBroken):
    """A link for somebody else must say where the desk is, and that was not set."""

    code = "own_address_unknown"


AnyOf = frozenset[Permission]  # one of these is enough


class Access(StrEnum):
    """Who may use a page for which no permission is needed."""

    ANYBODY = "anybody"
    SIGNED_IN = "signed_in"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who is signed in."""

    id: int
    name: str
    language: str
    roles: tuple[HeldRole, ...]
    session_id: int
    csrf_secret: str
    updates_waiting: int = 0  # of the shared library, for those who decide about them

    def may(self, permission: Permission, *, language: str | None = None) -> bool:
        """Whether they may do this, in this language where it is limited to languages."""
        if language is None:
            return may_anywhere(self.roles, permission)
        return may(self.roles, permission, language=language)

    def may_write(self, language: str, *, source_language: str) -> bool:
        """Whether they may write this answer in this language."""
        return may_write(self.roles, language, source_language=source_language)


class Cookies:
    """Sets and names cookies: with https under the prefix that no neighbouring site can plant."""

    def __init__(self, *, is_https: bool) -> None:
        self._is_https = is_https
        prefix = "__Host-" if is_https else ""
        self.session = f"{prefix}brobygger-desk"
        self.code = f"{prefix}brobygger-desk-code"  # the password was right, a code is still missing
        self.trip = f"{prefix}brobygger-desk-trip"  # on the way to the provider and back
        self.form = f"{prefix}brobygger-desk-form"  # protects forms of those who are not signed in

    def set(self, response: Response, name: str, value: str) -> None:
        """Keep a value until the browser is closed; an empty one takes the cookie away."""
        age = None if value else 0
        response.set_cookie(name, value, max_age=age, httponly=True, secure=self._is_https, samesite="lax", path="/")


class Preview(Protocol):
    """How residents see a text: the channel that shows it is another room's."""

    def __call__(self, catalogue: Catalogue, answer_id: str, language: str, *, today: date, is_easy: bool) -> str:
        """The answer as HTML; with ``is_easy`` as those see it who read easily."""

    def announcement(self, announcement: Announcement) -> str:
        """A message of an organisation as a recipient reads it: HTML, without its buttons."""

    def words(self, language: str) -> Translator:
        """The words and formats in which residents with this language read."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An answer that may be meant, its title as the resident would read it, and its share of all there are."""

    answer_id: str
    title: str
    language: str
    share: float


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which certainty on residents get an answer, and from which choices; they belong to a language."""

    answer: float
    choices: float


@dataclass(frozen=True, slots=True)
class Heard:
    """What residents get for a question, and why."""

    asked_in: str
    kind: str  # answer, choices, not_found, safety, intent
    intent: str
    answer: Candidate | None
    choices: tuple[Candidate, ...]
    certainty: float
    thresholds: Thresholds | None  # None: nothing was looked up, the words were understood as something to do
    candidates: tuple[Candidate, ...]
    nearest: tuple[str, ...]  # wordings of the best candidate that are most like the question
    reply: str  # HTML


class Ask(Protocol):
    """What the bot would say to a stranger: it is another room's. Nothing is written."""

    async def __call__(
        self, question: str, language: str | None, *, at: datetime, draft: Catalogue | None = None
    ) -> Heard:
        """The turn on what is live, or as if ``draft`` were published: its wordings are learned first, then forgotten.

        Without a language it is guessed. Raises TrialBusy while another draft is being learned.
        """


class Render(Protocol):
    """Fills a template."""

    def __call__(self, template: str, /, **values: object) -> str:
        """The page."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One request to a page."""

    request: Request
    database: Database
    t: Translator
    at: datetime
    zone: str  # the municipality's
    csrf: str
    cookies: Cookies
    render: Render
    preview: Preview
    ask: Ask
    provider: Provider | None = None
    machine: MachineTranslator = NO_TRANSLATOR
    link_visitor: LinkVisitor | None = None  # who visits links; None: nobody does in this installation
    mail: Mail | None = None  # None: this installation sends none
    public_url: str | None = None  # where people reach us; None: it was not set
    telegram_name: str | None = None  # of our bot; None: it was not set
    someone: Visitor | None = None
    form: FormData = field(default_factory=FormData)

    @property
    def visitor(self) -> Visitor:
        """Who is signed in; only for pages that ask for it."""
        if self.someone is None:
            raise LookupError("this page is open to anybody")
        return self.someone

    @property
    def today(self) -> date:
        """The day in the municipality."""
        return day_in(self.zone, at=self.at)

    @property
    def own_address(self) -> str:
        """What links that leave the desk begin with. Raises OwnAddressUnknown.

        A browser says under which name it found us, but so does anybody who wants a link to another server: without
        a public address that is believed on this machine only.
        """
        if self.public_url is not None:
            return self.public_url
        try:
            asked = urlsplit(f"//{self.request.headers.get('host', '')}")
            host, port = asked.hostname or "", asked.port or 80
        except ValueError:
            host, port = "", 0
        if host not in LOOPBACK:
            raise OwnAddressUnknown
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def telegram_link(self, start: str) -> str | None:
        """A link that opens our bot with a word ("join_ABCD2345"); None where the bot's name was not set."""
        return f"https://t.me/{self.telegram_name}?start={start}" if self.telegram_name else None

    @property
    def address(self) -> str:
        """Where the request comes from."""
        return self.request.client.host if self.request.client else ""

    def field(self, name: str) -> str:
        """A field of the form, or of the address, with line ends as we keep them."""
        value = self.form.get(name, self.request.query_params.get(name, ""))
        return _NO_TEXT.sub("", value.replace("\r\n", "\n")).strip() if isinstance(value, str) else ""

    def page(self, template: str, *, status: int = 200, **values: object) -> HTMLResponse:
        """A page in the visitor's language."""
        # ``plural`` has its own name: messages are collected from calls of ``t(...)`` and ``plural(...)``.
        html = self.render(
            template, visit=self, t=self.t, plural=self.t.plural, visitor=self.someone, csrf=self.csrf, **values
        )
        return HTMLResponse(html, status_code=status)

    def go(self, path: str, *, done: str = "", **more: str) -> Response:
        """After a change: another page, which says what was done (the key of a sentence in words.py).

        ``more`` stands in its address: a filter that was chosen before.
        """
        query = urlencode({name: value for name, value in {"done": done, **more}.items() if value})
        return RedirectResponse(f"{path}?{query}" if query else path, status_code=303)


Handler = Callable[[Visit], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Page:
    """A route, what it does, and who may use it: there is no page without the last."""

    method: str
    path: str
    handler: Handler
    needs: Permission | AnyOf | Access
    most_bytes: int = MOST_BYTES  # of the form
