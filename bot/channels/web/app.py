"""The web chat's routes. No account: a random cookie names a browser, so that the language is remembered.

GET  /            the page (?lang=uk, ?q=a question, ?join=the code on a poster; the widget adds embedded=1 and
                  page=the language around it)
POST /            a question or a button, no JavaScript
POST /messages    the same for JavaScript: one entry comes back
GET  /listen/ANSWER/LANGUAGE   an answer read aloud
GET  /widget.js   embeds the chat in another page
GET  /health      can it answer questions (also /health/ready); /health/live: is it alive
"""

import re
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from bot.channels.web.headers import SafetyHeaders, refuse_other_sites
from bot.channels.web.limits import Limits
from bot.channels.web.rendering import FOLDER, Entry, Pages
from bot.conversation import LONG
from bot.counting import note_turn
from bot.desk import Desk, Seen, Taken
from bot.parcels import Wording
from bot.situation import ChooseLanguage, ForgetPerson, Situation
from bot.sounds import fetch_sound
from bot.turn import Outcome, Turn
from broadcasts.delivery.visiting import find_awaited, hand_over
from content.index import Knowledge
from core import languages
from core.byte_ranges import portion
from core.database import Database
from core.i18n import Translator
from core.logs import get_log
from core.messages import IncomingMessage, Said
from core.metrics import count_failed_turn
from core.people import Address, Note, note_messages
from core.private_numbers import Secret, take_out
from core.together import Together

log = get_log(__name__)
CHANNEL = "web"
COOKIE = "brobygger"
COOKIE_SECONDS = 30 * 24 * 3600
MOST_LETTERS = 20_000  # of a message, the rest is cut off: about five times what Telegram takes
MOST_BYTES = 250_000  # of a request; so many letters fit when a form writes each as %F0%9F%98%80
LONGEST_HEADER = 1_000
AT_ONCE = 16  # turns that look at the database, or are recorded, together
LONGEST_CODE = 20  # of an organisation, in an address
_QUALITY = re.compile(r"[01](?:\.\d*)?")
_UNREADABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_KEY = re.compile(r"[A-Za-z0-9_-]{22}$")


@dataclass(frozen=True, slots=True)
class Ask:
    """What a request asks for. Secrets have been taken out of the text; ``secrets`` says which."""

    text: str
    action: str
    language: str | None
    embedded: bool
    secrets: frozenset[Secret] = frozenset()


NOTHING = Ask("", "", None, embedded=False)


class TooMany(Exception):
    """A browser or a network asks more than we take: what it is told, and for how many seconds."""

    def __init__(self, ask: Ask, taken: Taken, seconds: int) -> None:
        self.ask, self.taken, self.seconds = ask, taken, seconds
        super().__init__()


class WebChat:
    """The pages of one process."""

    def __init__(
        self,
        database: Database,
        desk: Desk,
        knowledge: Knowledge,
        *,
        now: Callable[[], datetime],
        is_https: bool,
        readiness: Callable[[], Awaitable[Mapping[str, bool]]] | None = None,
        limits: Limits | None = None,
        embed_sites: Sequence[str] = (),
    ) -> None:
        """``readiness``: what the process needs beside an index, and whether it is there.

        ``embed_sites``: the only sites that may show the chat in a frame; none: any may.
        """
        self._readiness = readiness
        self._database = database
        self._desk = desk
        self._knowledge = knowledge
        self._now = now
        self._is_https = is_https
        self._limits = limits or Limits()
        self._embed_sites = embed_sites
        self._pages = Pages()
        self._looks = Together(self._look, most=AT_ONCE)
        self._notes = Together(self._note, most=AT_ONCE)
        self._wording = Wording(desk)
        self._widget = (FOLDER / "static" / "widget.js").read_text(encoding="utf-8")

    def application(self, *, more_routes: list[BaseRoute] | None = None) -> ASGIApp:
        """The ASGI application; other channels of the same process may add their routes."""
        application = Starlette(
            routes=[
                Route("/", self.show, methods=["GET"]),
                Route("/", self.say, methods=["POST"]),
                Route("/messages", self.message, methods=["POST"]),
                Route("/listen/{answer_id}/{language}", self.listen, methods=["GET"]),
                Route("/widget.js", self.widget, methods=["GET"]),
                *self.health_routes(),
                Mount("/static", StaticFiles(directory=FOLDER / "static")),
                *(more_routes or []),
            ],
            exception_handlers={
                TooMany: self._paused,
                HTTPException: self._wrong_request,
                ClientDisconnect: self._cut_off,
                Exception: self._failed,
            },
        )
        application.router.redirect_slashes = False  # it would lead to whatever host a request names
        # Around everything: Starlette's own error pages get them too.
        return SafetyHeaders(application, is_https=self._is_https, embed_sites=self._embed_sites)

    async def show(self, request: Request) -> Response:
        """The page with a greeting, or with the answer to ?q=. A language asked for is kept for those we know."""
        ask = _ask({**request.query_params, "text": request.query_params.get("q", ""), "action": ""})
        join = _readable(request.query_params.get("join", "")[:LONGEST_CODE])
        if join:
            ask = replace(ask, text="", action=f"join:{join}")
        elif not ask.text:
            ask = replace(ask, action="start")
        key = _key(request)
        await self._check_limit(request, ask)
        taken = await self._turn(request, ask, key, remember=False)
        if any(isinstance(effect, ForgetPerson) for effect in taken.turn.effects):  # opening a link deletes nothing
            ask = replace(ask, text="", action="start")
            taken = await self._turn(request, ask, key, remember=False)
        if ask.language and taken.is_known:
            await self._turn(request, replace(ask, action=f"language:{ask.language}"), key)
        return self._page(taken, ask, key, waiting=await self._waiting(taken, key), join=join)

    async def say(self, request: Request) -> Response:
        """A question or button without JavaScript: the page comes back with the reply. Nothing is kept of it."""
        refuse_other_sites(request)
        ask = await _read_form(request)
        await self._check_limit(request, ask)
        key = _key(request) or secrets.token_urlsafe(16)
        taken = await self._turn(request, ask, key)
        return self._page(taken, ask, key, waiting=await self._waiting(taken, key))

    async def message(self, request: Request) -> Response:
        """A question or button from the page's JavaScript: JSON in, one entry as HTML out."""
        ask = await _read_json(request)
        await self._check_limit(request, ask)
        key = _key(request) or secrets.token_urlsafe(16)
        taken = await self._turn(request, ask, key)
        turn = taken.turn
        t = self._words(turn)
        entries = [*await self._waiting(taken, key), _entry(ask, turn)]
        html = self._pages.entries(t, entries, taken.catalogue, embedded=ask.embedded)
        changed = any(isinstance(effect, ChooseLanguage) for effect in turn.effects)
        response = JSONResponse({"html": html, "language": t.language, "reload": changed})
        self._set_cookie(response, key, turn)
        return response

    async def listen(self, request: Request) -> Response:
        """The sound of an answer, or a part of it. Whoever may read the answer may hear it; nothing is kept of it."""
        await self._check_limit(request, NOTHING)
        answer_id, language = request.path_params["answer_id"], request.path_params["language"]
        sound = await fetch_sound(self._database, self._desk, answer_id, language, at=self._now())
        if sound is None:
            raise HTTPException(404)
        part = portion(sound.content, request.headers.get("range"))
        named = {
            "Content-Disposition": f'inline; filename="{sound.name}"',
            "Cross-Origin-Resource-Policy": "same-origin",
        }
        return Response(part.content, part.status, {**part.headers, **named}, sound.media_type)

    async def widget(self, _request: Request) -> Response:
        """The script that other pages include."""
        return Response(self._widget, media_type="text/javascript", headers={"Cache-Control": "max-age=3600"})

    def health_routes(self) -> list[BaseRoute]:
        """What load balancers and container platforms ask, of whichever pages a process shows."""
        return [
            Route("/health", self.health, methods=["GET"]),
            Route("/health/ready", self.health, methods=["GET"]),
            Route("/health/live", self.live, methods=["GET"]),
        ]

    async def health(self, _request: Request) -> Response:
        """200 when questions can be answered; 503 while the index is still being built, or the database is away."""
        parts = {"index": self._knowledge.finder is not None}
        if self._readiness is not None:
            parts.update(await self._readiness())
        ready = all(parts.values())
        body = {"ready": ready, "snapshot": self._knowledge.snapshot_id, **parts}
        return JSONResponse(body, status_code=200 if ready else 503)

    async def live(self, _request: Request) -> Response:
        """200: the process answers, whatever else is out of order."""
        return JSONResponse({"live": True})

    async def _turn(self, request: Request, ask: Ask, key: str | None, *, remember: bool = True) -> Taken:
        at = self._now()
        app_language = ask.language or _expected(request)
        message = IncomingMessage(
            CHANNEL,
            key or "",
            Said.BUTTON if ask.action else Said.TEXT,
            at,
            text=ask.action or ask.text,
            app_language=app_language,
            secrets=ask.secrets,
        )
        await self._desk.foresee(message)
        opinion = await self._desk.second_opinion(self._database, message, language=ask.language)
        seen = await self._looks.ask(message)
        async with self._database.glancing() as session:
            taken = await self._desk.take_turn(session, message, language=ask.language, opinion=opinion, seen=seen)
        if key and remember:
            await self._record(message, taken)
        if remember or ask.text:  # not the greeting of a page that is opened
            note_turn(CHANNEL, taken.turn, seconds=(self._now() - at).total_seconds())
        return taken

    async def _look(self, messages: Sequence[IncomingMessage]) -> list[Seen]:
        async with self._database.glancing() as session:
            return await self._desk.look(session, messages)

    async def _record(self, message: IncomingMessage, taken: Taken) -> None:
        if not taken.is_recorded_at_once:
            async with self._database.changing() as session:
                await self._desk.record(session, message, taken)
        elif taken.note is not None:
            await self._notes.ask(taken.note)

    async def _note(self, notes: Sequence[Note]) -> list[None]:
        async with self._database.changing_once() as session:
            await note_messages(session, notes)
        return [None] * len(notes)

    async def _check_limit(self, request: Request, ask: Ask) -> None:
        """Raise TooMany when it is; never for who asks for help in danger."""
        address = request.client.host if request.client else ""
        seconds = self._limits.must_wait(address, _key(request))
        if not seconds:
            return
        conversation = await self._desk.conversation()
        if conversation.is_for_safety(ask.text, ask.action):
            return
        if ask.text and self._limits.may_look_closer(address) and conversation.danger(ask.text):
            return
        situation = Situation.of(None, app_language=_expected(request), at=self._now(), now_wanted=ask.language)
        turn = Turn(Outcome.INTENT, conversation.pause(situation))
        raise TooMany(ask, Taken(turn, conversation.catalogue, is_known=False), seconds)

    async def _paused(self, request: Request, problem: Exception) -> Response:
        """The same words as a page, or as an entry for the page's JavaScript, which keeps what was written."""
        if not isinstance(problem, TooMany):
            raise problem
        taken, ask = problem.taken, problem.ask
        response: Response = self._page(taken, ask, None, status=429)
        if request.url.path == "/messages":
            t = self._words(taken.turn)
            html = self._pages.entries(t, [Entry(None, taken.turn.message)], taken.catalogue, embedded=ask.embedded)
            response = JSONResponse({"html": html, "language": t.language, "reload": False}, status_code=429)
        response.headers["Retry-After"] = str(problem.seconds)
        return response

    async def _waiting(self, taken: Taken, key: str | None) -> list[Entry]:
        """Messages from organisations that waited for this visit; not in danger, and not when nothing is remembered."""
        if key is None or not taken.may_be_awaited or not taken.is_known or taken.turn.outcome is Outcome.SAFETY:
            return []
        at = self._now()
        async with self._database.glancing() as session:
            person_id = await find_awaited(session, Address(CHANNEL, key), at=at)
        if person_id is None:
            return []
        async with self._database.changing() as session:
            parcels = await hand_over(session, person_id, at=at)
        wanted = taken.turn.message.language
        several = [await self._wording.message(replace(parcel, wanted=wanted), at=at) for parcel in parcels]
        return [Entry(None, message) for message in several]

    def _page(
        self,
        taken: Taken,
        ask: Ask,
        key: str | None,
        *,
        status: int = 200,
        waiting: Sequence[Entry] = (),
        join: str = "",
    ) -> HTMLResponse:
        turn = taken.turn
        entries = [*waiting, _entry(ask, turn)]
        html = self._pages.page(self._words(turn), entries, taken.catalogue, embedded=ask.embedded, join=join)
        response = HTMLResponse(html, status_code=status)
        if key:
            self._set_cookie(response, key, turn)
        return response

    def _words(self, turn: Turn) -> Translator:
        return self._desk.words.translator(turn.message.language)

    def _set_cookie(self, response: Response, key: str, turn: Turn) -> None:
        is_forgotten = any(isinstance(effect, ForgetPerson) for effect in turn.effects)
        # A widget on another site is a third party there: without None it would never see its cookie.
        response.set_cookie(
            COOKIE,
            "" if is_forgotten else key,
            max_age=0 if is_forgotten else COOKIE_SECONDS,
            httponly=True,
            secure=self._is_https,
            samesite="none" if self._is_https else "lax",
        )

    async def _wrong_request(self, request: Request, problem: Exception) -> Response:
        """A page that is not there, or a request that we cannot read: what anybody gets who wrote no words."""
        known = problem if isinstance(problem, HTTPException) else HTTPException(400)
        try:
            await self._check_limit(request, NOTHING)
        except TooMany as too_many:
            return await self._paused(request, too_many)
        taken = await self._turn(request, NOTHING, _key(request), remember=False)
        response = self._page(taken, NOTHING, None, status=known.status_code)
        response.headers.update(known.headers or {})
        return response

    async def _cut_off(self, request: Request, _problem: Exception) -> Response:
        """They went away in the middle of a request: nobody reads this, and nothing has failed here."""
        log.info("web_request_cut_off", path=request.url.path)
        return Response(status_code=400)

    async def _failed(self, request: Request, problem: Exception) -> Response:
        """The channel's error handler: the reader gets words, the log gets the rest."""
        count_failed_turn(CHANNEL)
        log.error("web_turn_failed", path=request.url.path, exc_info=problem)
        t = self._desk.words.translator(_expected(request) or "nb")
        words = t("Something went wrong here, not with you. Please write again in a little while.")
        return PlainTextResponse(words, status_code=500)


def _entry(ask: Ask, turn: Turn) -> Entry:
    """What is shown of the question is what was read of it."""
    return Entry(ask.text.strip()[:LONG] or None, turn.message)


def _key(request: Request) -> str | None:
    key = request.cookies.get(COOKIE, "")
    return key if _KEY.match(key) else None


def _expected(request: Request) -> str | None:
    """The language of the page around the widget, or what the browser likes best of what we have; else its first."""
    if around := request.query_params.get("page"):
        return around
    wanted = _accepted(request.headers.get("accept-language", ""))
    return next(filter(languages.is_served, wanted), wanted[0] if wanted else None)


def _accepted(header: str) -> list[str]:
    """The codes of an Accept-Language header, the dearest first (RFC 9110, 12.5.4): "de-DE, uk;q=0.9"."""
    found = []
    for part in header[:LONGEST_HEADER].split(","):
        code, *parameters = (piece.strip() for piece in part.split(";"))
        given = next((one for one in parameters if one.lower().startswith("q=")), "q=1")
        quality = float(given[2:]) if _QUALITY.fullmatch(given[2:]) else 0.0
        if quality and code and code != "*":
            found.append((-quality, code))
    return [code for _quality, code in sorted(found, key=lambda one: one[0])]


async def _read_form(request: Request) -> Ask:
    await _not_too_large(request)
    form = await request.form()
    return _ask({key: value for key, value in form.items() if isinstance(value, str)})


async def _read_json(request: Request) -> Ask:
    body = await _not_too_large(request)
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise HTTPException(415)
    try:
        values = await request.json() if body else {}
    except (ValueError, RecursionError):
        raise HTTPException(400) from None
    if not isinstance(values, dict):
        raise HTTPException(400)
    return _ask({key: value for key, value in values.items() if isinstance(value, str)})


async def _not_too_large(request: Request) -> bytes:
    declared = request.headers.get("content-length", "")
    if not declared.isdecimal() or int(declared) > MOST_BYTES:
        raise HTTPException(413 if declared.isdecimal() else 411)
    return await request.body()


def _ask(values: Mapping[str, str]) -> Ask:
    language = values.get("lang", "")
    text, found = take_out(_readable(values.get("text", "")[:MOST_LETTERS]))
    return Ask(
        text=text,
        action=_readable(values.get("action", "")[:64]),
        language=languages.resolve(language) if language else None,
        embedded=bool(values.get("embedded")),
        secrets=found,
    )


def _readable(text: str) -> str:
    """Without control characters and half characters, which neither a page nor a database can hold."""
    return _UNREADABLE.sub("", text)
