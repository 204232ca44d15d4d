"""A Bot API server for tests: real HTTP on loopback, as strict as Telegram, and troublesome on order.

In a test: ``async with running_bot_api() as api``; then push updates, wait for what was sent, order faults.
As a program: ``python -m tests.fakes.bot_api --port 8081``; its control interface is HTTP too, in JSON:

    POST /control/say      {"chat": 1, "text": "...", "language": "nb"}     a person writes
    POST /control/press    {"chat": 1, "data": "menu", "language": "nb"}    a person presses a button
    POST /control/push     any update as it is, however wrong
    POST /control/fault    the fields of Fault in bot_api_faults.py         POST /control/heal   no faults any more
    GET  /control/sent     the messages that were taken                     GET  /control/calls  every call
    GET  /control/waiting  updates that are not confirmed yet               GET  /control/broken what broke the rules
"""

import argparse
import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from typing import Any, NoReturn
from urllib.parse import parse_qsl

import httpx

from tests.fakes import bot_api_updates as updates
from tests.fakes.bot_api_faults import Fault
from tests.fakes.bot_api_html import CannotParse, visible_text
from tests.fakes.bot_api_spec import MISSING, Specification
from tests.fakes.loopback_http import Cut, Request, Response, serving

TOKEN = "123456:FAKE-token-for-tests-only-0123456789"
BOT = {"id": 123456, "is_bot": True, "first_name": "Brobygger", "username": "brobygger_test_bot"}
BOT |= {"can_join_groups": False, "can_read_all_group_messages": False, "supports_inline_queries": False}
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
LONGEST_TEXT, MOST_BUTTONS = 4096, 100
# What is never JSON, even when it looks like it.
_PLAIN = frozenset({"text", "parse_mode", "callback_query_id", "url", "secret_token", "language_code"})
_SPECIFICATION = Specification.load()


class Refused(Exception):
    """The call is answered with an error."""

    def __init__(self, status: int, description: str, parameters: Mapping[str, Any] | None = None) -> None:
        self.status, self.description, self.parameters = status, description, parameters or {}
        super().__init__(description)


@dataclass(frozen=True, slots=True)
class Call:
    """A call that arrived, taken or not."""

    method: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """A message that was taken: what the reader sees, what was sent, and the buttons as (label, data)."""

    chat: int
    text: str
    raw: str
    parse_mode: str | None
    buttons: tuple[tuple[str, str], ...]

    def data(self) -> tuple[str, ...]:
        """What the buttons send when they are pressed."""
        return tuple(data for _label, data in self.buttons)


@dataclass(slots=True)
class _Waiting:
    """An update that is not confirmed."""

    update: Any
    was_delivered: bool = False

    @property
    def number(self) -> int | None:
        number = self.update.get("update_id") if isinstance(self.update, dict) else None
        return number if isinstance(number, int) else None


@dataclass(slots=True)
class BotAPI:
    """One bot's side of Telegram. ``broken`` lists what broke the specification: a good bot leaves it empty."""

    port: int = 0
    token: str = TOKEN
    calls: list[Call] = field(default_factory=list)
    sent: list[Message] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    commands: dict[str, Any] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    webhook: Mapping[str, Any] | None = None
    webhook_statuses: list[int] = field(default_factory=list)
    _waiting: list[_Waiting] = field(default_factory=list)
    _chats: set[int] = field(default_factory=set)
    _buttons: set[str] = field(default_factory=set)
    _last_number: int = 500_000
    _fetching: asyncio.Event | None = None
    _busy: int = 0
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _posts: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        """TELEGRAM_API_URL."""
        return f"http://127.0.0.1:{self.port}"

    # People

    def say(self, chat: int, text: str, language: str | None = "nb") -> int:
        """A person writes; the update's number."""
        return self.push(updates.said(chat, text, language))

    def press(self, chat: int, data: str, language: str | None = "nb") -> int:
        """A person presses a button."""
        return self.push(updates.pressed(chat, data, language, callback_id=f"press-{self._last_number + 1}"))

    def push(self, update: updates.Update, *, number: int | None = None) -> int:
        """A proper update happens; with ``number`` one that may have come before."""
        self._last_number = self._last_number + 1 if number is None else max(number, self._last_number)
        numbered = {"update_id": self._last_number if number is None else number, **update}
        if _SPECIFICATION:
            problems = _SPECIFICATION.problems_of_value("Update", numbered)
            assert not problems, f"Telegram does not send this: {problems}"
        self.push_raw(numbered)
        return int(numbered["update_id"])

    def push_raw(self, update: object) -> None:
        """Anything happens, however wrong."""
        for found in _chats_of(update):
            self._chats.add(found)
        if isinstance(update, dict) and isinstance(update.get("callback_query"), dict):
            self._buttons.add(str(update["callback_query"].get("id")))
        if self.webhook is None:
            self._waiting.append(_Waiting(update))
        else:
            task = asyncio.create_task(self._post(update))
            self._posts.add(task)
            task.add_done_callback(self._posts.discard)
        self._note_change()

    # What tests look at

    def order(self, *faults: Fault) -> None:
        """These happen, in this order where they concern the same calls."""
        self.faults += faults

    def heal(self) -> None:
        """No faults any more."""
        self.faults.clear()

    def to(self, chat: int) -> list[Message]:
        """What one person got."""
        return [one for one in self.sent if one.chat == chat]

    def waiting(self) -> list[Any]:
        """Updates that are not confirmed."""
        return [one.update for one in self._waiting]

    def count(self, method: str) -> int:
        """How often a method was called."""
        return sum(call.method == method for call in self.calls)

    async def until(self, is_so: Callable[[], object], *, seconds: float = 10, what: str = "it") -> None:
        """Wait until it is so; an AssertionError with what was sent when it takes too long."""
        try:
            async with asyncio.timeout(seconds):
                while not is_so():
                    await self._next_change(0.1)
        except TimeoutError:
            raise AssertionError(f"waited {seconds} seconds for {what}; sent: {self.sent}") from None

    async def replies(self, chat: int, count: int = 1, *, seconds: float = 10) -> list[Message]:
        """Wait until a person has got so many messages."""
        await self.until(lambda: len(self.to(chat)) >= count, seconds=seconds, what=f"{count} messages to {chat}")
        return self.to(chat)

    async def quiet(self) -> None:
        """Wait until no call but getUpdates is being answered."""
        await asyncio.sleep(0.05)  # what still lies in the sockets arrives
        await self.until(lambda: self._busy == 0, what="calls to end")

    # The Bot API

    async def handle(self, request: Request) -> Response:
        """Answer any request, of the bot or of the control interface."""
        if request.path.startswith("/control/"):
            return self._control(request)
        asked = re.fullmatch(r"/bot([^/]+)/(\w+)", request.path)
        if asked is None:
            return _error(Refused(404, "Not Found"))
        if asked[1] != self.token:
            return _error(Refused(401, "Unauthorized"))
        method, parameters = asked[2], _parameters(request)
        self.calls.append(Call(method, parameters))
        self._note_change()
        try:
            if method == "getUpdates":
                return await self._with_faults(method, parameters)
            self._busy += 1
            try:
                return await self._with_faults(method, parameters)
            finally:
                self._busy -= 1
                self._note_change()
        except Refused as refused:
            return _error(refused)

    async def _with_faults(self, method: str, parameters: Mapping[str, Any]) -> Response:
        fault = next(
            (one for one in self.faults if one.concerns(method, parameters.get("chat_id")) and one.strikes()), Fault()
        )
        await asyncio.sleep(fault.seconds_before)
        if fault.cut == "before":
            raise Cut
        if fault.status:
            if fault.body:
                return Response(fault.status, fault.body.encode(), {"Content-Type": "text/html"})
            raise Refused(fault.status, fault.description, fault.parameters)
        result = await self._take(method, parameters)
        self._note_change()
        await asyncio.sleep(fault.seconds_after)
        if fault.cut == "after":
            raise Cut
        return Response(200, fault.body.encode() or _json({"ok": True, "result": result}))

    async def _take(self, method: str, parameters: Mapping[str, Any]) -> object:
        self._check(method, parameters)
        match method:
            case "getMe":
                return BOT
            case "getUpdates":
                return await self._get_updates(parameters)
            case "deleteWebhook":
                self.webhook = None
                return True
            case "setWebhook":
                self._set_webhook(parameters)
                return True
            case "setMyCommands":
                self.commands[parameters.get("language_code", "")] = parameters["commands"]
                return True
            case "sendMessage":
                return self._send_message(parameters)
            case "answerCallbackQuery":
                if parameters["callback_query_id"] not in self._buttons:
                    self._refuse("query is too old and response timeout expired or query ID is invalid")
                self.acknowledged.append(parameters["callback_query_id"])
                return True
            case _:
                raise Refused(404, "Not Found")

    async def _get_updates(self, parameters: Mapping[str, Any]) -> list[Any]:
        """Long polling: at most one at a time, unconfirmed updates come again."""
        if self.webhook is not None:
            raise Refused(409, "Conflict: can't use getUpdates method while webhook is active")
        if self._fetching is not None:
            self._fetching.set()
        mine = self._fetching = asyncio.Event()
        self._confirm(parameters.get("offset", 0))
        ends = asyncio.get_running_loop().time() + parameters.get("timeout", 0)
        try:
            while not self._waiting and asyncio.get_running_loop().time() < ends and not mine.is_set():
                await self._next_change(0.05)
        finally:
            if self._fetching is mine:
                self._fetching = None
        if mine.is_set():
            raise Refused(409, "Conflict: terminated by other getUpdates request")
        chosen = self._waiting[: parameters.get("limit", 100)]
        for one in chosen:
            one.was_delivered = True
        return [one.update for one in chosen]

    def _confirm(self, offset: int) -> None:
        """Forget what was delivered before the offset; what has no number could never be confirmed by one."""
        if offset < 0:
            self._waiting = self._waiting[offset:]
        self._waiting = [
            one for one in self._waiting if not one.was_delivered or (one.number is not None and one.number >= offset)
        ]

    def _set_webhook(self, parameters: Mapping[str, Any]) -> None:
        # Telegram takes https only; a test has none on loopback.
        if not re.fullmatch(r"https://.+|http://127\.0\.0\.1.*", parameters["url"]):
            self._refuse("bad webhook: An HTTPS URL must be provided for webhook")
        if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", parameters.get("secret_token", "")):
            self._refuse("secret token contains unallowed characters")
        self.webhook = dict(parameters)
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            self.push_raw(one.update)

    async def _post(self, update: object) -> None:
        """Hand an update to the webhook until it is taken, or the webhook is gone."""
        pause = 0.1
        async with httpx.AsyncClient(timeout=5) as client:
            while self.webhook is not None:
                headers = {SECRET_HEADER: self.webhook.get("secret_token", "")}
                with contextlib.suppress(httpx.HTTPError):
                    response = await client.post(self.webhook["url"], json=update, headers=headers)
                    self.webhook_statuses.append(response.status_code)
                    self._note_change()
                    if response.is_success:
                        return
                await asyncio.sleep(pause := min(pause * 2, 5))

    def _send_message(self, parameters: Mapping[str, Any]) -> object:
        raw, mode = parameters["text"], parameters.get("parse_mode")
        try:
            text = visible_text(raw) if mode == "HTML" else raw.strip()
        except CannotParse as problem:
            self._refuse(str(problem).removeprefix("Bad Request: "))
        if not text:
            self._refuse("message text is empty")
        if len(text) > LONGEST_TEXT:
            self._refuse("message is too long")
        if parameters["chat_id"] not in self._chats:
            raise Refused(400, "Bad Request: chat not found")
        keyboard = parameters.get("reply_markup", {}).get("inline_keyboard", [])
        buttons = tuple((one["text"], one.get("callback_data", "")) for row in keyboard for one in row)
        if len(buttons) > MOST_BUTTONS or not all(label and 1 <= len(data.encode()) <= 64 for label, data in buttons):
            self._refuse("BUTTON_DATA_INVALID")
        self.sent.append(Message(parameters["chat_id"], text, raw, mode, buttons))
        chat = {"id": parameters["chat_id"], "type": "private", "first_name": "Chau"}
        return {
            "message_id": len(self.sent), "date": updates.MONDAY_9AM, "chat": chat, "from": BOT, "text": text
        }  # fmt: skip

    def _check(self, method: str, parameters: Mapping[str, Any]) -> None:
        if _SPECIFICATION and (problems := _SPECIFICATION.problems_of_call(method, parameters)):
            self._refuse(", ".join(problems))
        needed = {"sendMessage": ("chat_id", "text"), "answerCallbackQuery": ("callback_query_id",)}
        for name in needed.get(method, ()):
            if name not in parameters:
                self._refuse(f"{name} is missing")

    def _refuse(self, what: str) -> NoReturn:
        self.broken.append(what)
        raise Refused(400, f"Bad Request: {what}")

    # The control interface

    def _control(self, request: Request) -> Response:
        what = request.path.removeprefix("/control/")
        try:
            given = json.loads(request.body or b"{}")
            return Response(200, _json(self._controlled(what, given)))
        except (ValueError, TypeError, KeyError, AttributeError, AssertionError) as problem:
            return Response(400, _json({"problem": f"{type(problem).__name__}: {problem}"}))

    def _controlled(self, what: str, given: Any) -> object:
        match what:
            case "say":
                return {"update_id": self.say(given["chat"], given["text"], given.get("language", "nb"))}
            case "press":
                return {"update_id": self.press(given["chat"], given["data"], given.get("language", "nb"))}
            case "push":
                self.push_raw(given)
            case "fault":
                self.order(Fault(**given))
            case "heal":
                self.heal()
            case "sent" | "calls":
                return [asdict(one) for one in (self.sent if what == "sent" else self.calls)]
            case "waiting":
                return self.waiting()
            case "broken":
                return self.broken
            case _:
                raise KeyError(what)
        return {}

    async def _next_change(self, seconds: float) -> None:
        self._changed.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._changed.wait()

    def _note_change(self) -> None:
        self._changed.set()


@asynccontextmanager
async def running_bot_api(*, port: int = 0, token: str = TOKEN) -> AsyncIterator[BotAPI]:
    """A Bot API server for as long as the block runs."""
    api = BotAPI(token=token)
    async with serving(api.handle, port=port) as api.port:
        yield api
        for task in tuple(api._posts):
            task.cancel()
        await asyncio.gather(*api._posts, return_exceptions=True)


def _parameters(request: Request) -> dict[str, Any]:
    """From the query, a form or JSON, as Telegram takes them."""
    found: dict[str, Any] = dict(request.query)
    if request.headers.get("content-type", "").startswith("application/json"):
        return found | json.loads(request.body or b"{}")
    found |= dict(parse_qsl(request.body.decode(), keep_blank_values=True))
    return {name: value if name in _PLAIN else _value(value) for name, value in found.items()}


def _value(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _chats_of(update: object) -> list[int]:
    """The chats that an update makes known: a bot may only write to people who wrote to it."""
    if not isinstance(update, dict):
        return []
    found = []
    for happening in update.values():
        if isinstance(happening, dict):
            for holder in (happening, happening.get("message")):
                chat = holder.get("chat") if isinstance(holder, dict) else None
                if isinstance(chat, dict) and isinstance(chat.get("id"), int):
                    found.append(chat["id"])
    return found


def _error(refused: Refused) -> Response:
    body: dict[str, Any] = {"ok": False, "error_code": refused.status, "description": refused.description}
    if refused.parameters:
        body["parameters"] = refused.parameters
    return Response(refused.status, _json(body))


def _json(value: object) -> bytes:
    return json.dumps(value, default=str).encode()


async def _run(port: int, token: str) -> None:
    async with running_bot_api(port=port, token=token) as api:
        print(f"TELEGRAM_API_URL={api.url} TELEGRAM_TOKEN={api.token}", flush=True)
        if _SPECIFICATION is None:
            print(MISSING, flush=True)
        await asyncio.Event().wait()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="A Bot API server for tests, on loopback.")
    parser.add_argument("--port", type=int, default=8081)
    parser.add_argument("--token", default=TOKEN)
    chosen = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_run(chosen.port, chosen.token))


if __name__ == "__main__":
    main()
