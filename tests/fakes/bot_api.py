"""A Bot API server for tests: real HTTP on loopback, as strict as Telegram, and troublesome on order.

In a test: ``async with running_bot_api() as api``; then push updates, wait for what was sent, order faults.
As a program: ``python -m tests.fakes.bot_api --port 8081`` (``--anybody``: every chat is known; ``--quiet``: keep only
counts and the ledger; ``--limits``: insist on Telegram's limits). Its control interface is HTTP too, in JSON:

    POST /control/say      {"chat": 1, "text": "...", "language": "nb"}     a person writes
    POST /control/press    {"chat": 1, "data": "menu", "language": "nb"}    a person presses a button
    POST /control/push     any update as it is, however wrong
    POST /control/fault    the fields of Fault in bot_api_faults.py         POST /control/heal    no faults any more
    POST /control/plan     the fields of Plan in bot_api_plan.py            GET  /control/plan    what has struck
    GET  /control/sent     the messages that were taken                     GET  /control/calls   every call
    GET  /control/ledger   how often each chat took one; ?chat=1: when      GET  /control/pace    how many a second
    GET  /control/waiting  updates that are not confirmed yet               GET  /control/broken  what broke the rules
    GET  /control/counts   calls by method                                  GET  /control/manners limits not kept
    GET  /control/progress how many were taken, calls under way    GET  /control/times  chats and moments of the ledger
"""

import argparse
import asyncio
import contextlib
import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NoReturn

from tests.fakes import bot_api_control as control
from tests.fakes import bot_api_updates as updates
from tests.fakes.bot_api_chats import Chats, chats_of
from tests.fakes.bot_api_faults import Fault, too_many_requests
from tests.fakes.bot_api_forms import File, read_parameters
from tests.fakes.bot_api_html import CannotParse, visible_text
from tests.fakes.bot_api_inbox import Changes, Conflict, Inbox
from tests.fakes.bot_api_ledger import Ledger
from tests.fakes.bot_api_limits import Manners
from tests.fakes.bot_api_messages import Call, Message, Refused
from tests.fakes.bot_api_plan import Plan, Planned
from tests.fakes.bot_api_spec import MISSING, Specification
from tests.fakes.loopback_http import Cut, Request, Response, serving

TOKEN = "123456:FAKE-token-for-tests-only-0123456789"
BOT = {"id": 123456, "is_bot": True, "first_name": "Brobygger", "username": "brobygger_test_bot"}
BOT |= {"can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": False}
LONGEST_TEXT, LONGEST_CAPTION, MOST_BUTTONS = 4096, 1024, 100
FILES = {"sendDocument": "document", "sendVoice": "voice", "sendAudio": "audio"}  # the parameter of each
SENDING = ("sendMessage", *FILES)
_SPECIFICATION = Specification.load()


@dataclass(slots=True)
class BotAPI:
    """One bot's side of Telegram. ``broken`` lists what broke the specification: a good bot leaves it empty.

    ``keeps_all=False`` keeps neither calls nor messages, but how many there were (``called``) and the ledger.
    """

    port: int = 0
    token: str = TOKEN
    keeps_all: bool = True
    chats: Chats = field(default_factory=Chats)
    manners: Manners = field(default_factory=Manners)
    planned: Planned = field(default_factory=Planned)
    ledger: Ledger = field(default_factory=Ledger)
    called: Counter[str] = field(default_factory=Counter)
    calls: list[Call] = field(default_factory=list)
    sent: list[Message] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    commands: dict[str, Any] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    busy: int = 0
    _buttons: set[str] = field(default_factory=set)
    _last_number: int = 500_000
    _changes: Changes = field(default_factory=Changes)
    _inbox: Inbox = field(init=False)

    def __post_init__(self) -> None:
        self._inbox = Inbox(self._changes)

    @property
    def url(self) -> str:
        """TELEGRAM_API_URL."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def webhook(self) -> Mapping[str, Any] | None:
        """How the webhook was set."""
        return self._inbox.webhook

    @property
    def webhook_statuses(self) -> list[int]:
        """What the webhook answered."""
        return self._inbox.statuses

    def cannot_hand_over(self, *, since: datetime | None) -> None:
        """Calls of the webhook have failed, the last one then; None: they go well."""
        self._inbox.failed_at = int(since.timestamp()) if since else 0

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
        for _time in range(2 if any(self.planned.doubles(chat["id"]) for chat in chats_of(numbered)) else 1):
            self.push_raw(numbered)
        return int(numbered["update_id"])

    def push_raw(self, update: object) -> None:
        """Anything happens, however wrong."""
        self.chats.learn(update)
        if isinstance(update, dict) and isinstance(update.get("callback_query"), dict):
            self._buttons.add(str(update["callback_query"].get("id")))
        self._inbox.add(update)

    # What tests look at

    def order(self, *faults: Fault) -> None:
        """These happen, in this order where they concern the same calls."""
        self.faults += faults

    def plan(self, plan: Plan) -> None:
        """These happen to the chats that the plan draws."""
        self.planned = Planned(plan)

    def heal(self) -> None:
        """No faults any more."""
        self.faults.clear()
        self.planned = Planned()

    def to(self, chat: int) -> list[Message]:
        """What one person got."""
        return [one for one in self.sent if one.chat == chat]

    def waiting(self) -> list[Any]:
        """Updates that are not confirmed."""
        return self._inbox.waiting()

    def count(self, method: str) -> int:
        """How often a method was called."""
        return self.called[method]

    async def until(self, is_so: Callable[[], object], *, seconds: float = 60, what: str = "it") -> None:
        """Wait until it is so; an AssertionError with what was sent when it takes too long."""
        try:
            async with asyncio.timeout(seconds):
                while not is_so():
                    await self._changes.next(0.1)
        except TimeoutError:
            raise AssertionError(f"waited {seconds} seconds for {what}; sent: {self.sent}") from None

    async def replies(self, chat: int, count: int = 1, *, seconds: float = 60) -> list[Message]:
        """Wait until a person has got so many messages."""
        await self.until(lambda: len(self.to(chat)) >= count, seconds=seconds, what=f"{count} messages to {chat}")
        return self.to(chat)

    async def quiet(self) -> None:
        """Wait until no call but getUpdates is being answered."""
        for _ in range(10):  # what still lies in the sockets arrives: the loop looks so often, however busy the machine
            await asyncio.sleep(0.01)
        await self.until(lambda: self.busy == 0, what="calls to end")

    # The Bot API

    async def handle(self, request: Request) -> Response:
        """Answer any request, of the bot or of the control interface."""
        if request.path.startswith("/control/"):
            return control.answer(self, request)
        asked = re.fullmatch(r"/bot([^/]+)/(\w+)", request.path)
        if asked is None:
            return _error(Refused(404, "Not Found"))
        if asked[1] != self.token:
            return _error(Refused(401, "Unauthorized"))
        method, (parameters, files) = asked[2], read_parameters(request)
        self.called[method] += 1
        if self.keeps_all:
            self.calls.append(Call(method, parameters))
        self._changes.note()
        try:
            if method == "getUpdates":
                return await self._with_faults(method, parameters, files)
            self.busy += 1
            try:
                return await self._with_faults(method, parameters, files)
            finally:
                self.busy -= 1
                self._changes.note()
        except Refused as refused:
            return _error(refused)

    async def _with_faults(self, method: str, parameters: Mapping[str, Any], files: Mapping[str, File]) -> Response:
        fault = self._fault(method, parameters.get("chat_id"))
        if fault.seconds_before:
            await asyncio.sleep(fault.seconds_before)
        if fault.cut == "before":
            raise Cut
        if fault.status:
            if fault.is_for_whole_bot:
                self.manners.silence(fault.parameters["retry_after"], at=_clock())
            if fault.body:
                return Response(fault.status, fault.body.encode(), {"Content-Type": "text/html"})
            raise Refused(fault.status, fault.description, fault.parameters)
        result = await self._take(method, parameters, files)
        self._changes.note()
        if fault.seconds_after:
            await asyncio.sleep(fault.seconds_after)
        if fault.cut == "after":
            raise Cut
        body = fault.body.encode() or _json({"ok": True, "result": result})
        return Response(200, body, is_doubled=fault.is_doubled)

    def _fault(self, method: str, chat: object) -> Fault:
        """What happens to this call: first what was ordered, then the plan, then Telegram's limits."""
        for one in self.faults:
            if one.concerns(method, chat) and one.strikes():
                return one
        if method not in SENDING or not isinstance(chat, int):
            return Fault()
        if seconds := self.manners.silent_for(at=_clock()):
            return too_many_requests(seconds)
        if fault := self.planned.strike(chat):
            return fault
        return Fault() if self.manners.takes(chat, at=_clock()) else too_many_requests(1)

    async def _take(self, method: str, parameters: Mapping[str, Any], files: Mapping[str, File]) -> object:
        self._check(method, parameters)
        match method:
            case "getMe":
                return BOT
            case "getUpdates":
                seconds, limit = parameters.get("timeout", 0), parameters.get("limit", 100)
                try:
                    return await self._inbox.fetch(parameters.get("offset", 0), seconds=seconds, limit=limit)
                except Conflict as conflict:
                    raise Refused(409, str(conflict)) from None
            case "deleteWebhook":
                self._inbox.webhook = None
                return True
            case "setWebhook":
                self._set_webhook(parameters)
                return True
            case "getWebhookInfo":
                return self._inbox.webhook_info()
            case "setMyCommands":
                self.commands[parameters.get("language_code", "")] = parameters["commands"]
                return True
            case "sendMessage":
                return self._send(parameters, "text", LONGEST_TEXT)
            case _ if method in FILES:
                return self._send(parameters, "caption", LONGEST_CAPTION, files.get(FILES[method]), FILES[method])
            case "leaveChat":
                self.chats.leave(parameters["chat_id"])
                return True
            case "answerCallbackQuery":
                if parameters["callback_query_id"] not in self._buttons:
                    self._refuse("query is too old and response timeout expired or query ID is invalid")
                self.acknowledged.append(parameters["callback_query_id"])
                return True
            case _:
                raise Refused(404, "Not Found")

    def _set_webhook(self, parameters: Mapping[str, Any]) -> None:
        # Telegram takes https only; a test has none on loopback.
        if not re.fullmatch(r"https://.+|http://127\.0\.0\.1.*", parameters["url"]):
            self._refuse("bad webhook: An HTTPS URL must be provided for webhook")
        if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", parameters.get("secret_token", "")):
            self._refuse("secret token contains unallowed characters")
        self._inbox.turn_to(dict(parameters))

    def _send(
        self, parameters: Mapping[str, Any], name: str, longest: int, file: File | None = None, sent_as: str = ""
    ) -> object:
        chat, raw, mode = parameters["chat_id"], parameters.get(name, ""), parameters.get("parse_mode")
        text = self._visible(raw, mode)
        if not text and name == "text":
            self._refuse("message text is empty")
        if len(text) > longest:
            self._refuse(f"message {name if name == 'caption' else ''} is too long".replace("  ", " "))
        if problem := self.chats.problem(chat):
            raise Refused(*problem)
        buttons = self._read_buttons(parameters.get("reply_markup", {}).get("inline_keyboard", []))
        self.ledger.note(chat, raw, at=_clock())
        if self.keeps_all:
            self.sent.append(Message(chat, text, raw, mode, buttons, file, sent_as))
        taken = {
            "message_id": len(self.ledger),
            "date": updates.MONDAY_9AM,
            "chat": self.chats.shown(chat),
            "from": BOT,
        }
        if file is None:
            return taken | {"text": text}
        described = {
            "file_id": f"f{len(self.ledger)}",
            "file_unique_id": f"f{len(self.ledger)}",
            "file_name": file.name,
        }
        lasting = {} if sent_as == "document" else {"duration": 1}
        return taken | {"caption": text, sent_as: described | lasting}

    def _visible(self, raw: str, mode: str | None) -> str:
        try:
            return visible_text(raw) if mode == "HTML" else raw.strip()
        except CannotParse as problem:
            self._refuse(str(problem).removeprefix("Bad Request: "))

    def _read_buttons(self, keyboard: list[list[Mapping[str, str]]]) -> tuple[tuple[str, str], ...]:
        buttons = tuple((one["text"], one.get("callback_data", "")) for row in keyboard for one in row)
        if len(buttons) > MOST_BUTTONS or not all(label and 1 <= len(data.encode()) <= 64 for label, data in buttons):
            self._refuse("BUTTON_DATA_INVALID")
        return buttons

    def _check(self, method: str, parameters: Mapping[str, Any]) -> None:
        if _SPECIFICATION and (problems := _SPECIFICATION.problems_of_call(method, parameters)):
            self._refuse(", ".join(problems))
        needed = {
            "sendMessage": ("chat_id", "text"),
            **{one: ("chat_id", name) for one, name in FILES.items()},
            "answerCallbackQuery": ("callback_query_id",),
        }
        for name in needed.get(method, ()):
            if name not in parameters:
                self._refuse(f"{name} is missing")

    def _refuse(self, what: str) -> NoReturn:
        self.broken.append(what)
        raise Refused(400, f"Bad Request: {what}")


@asynccontextmanager
async def running_bot_api(
    *, port: int = 0, token: str = TOKEN, anybody: bool = False, quiet: bool = False, limits: bool = False
) -> AsyncIterator[BotAPI]:
    """A Bot API server for as long as the block runs; see the options of the program."""
    api = BotAPI(token=token, chats=Chats(knows_anybody=anybody), keeps_all=not quiet, manners=Manners(limits))
    async with serving(api.handle, port=port) as api.port:
        yield api
        await api._inbox.close()


def _error(refused: Refused) -> Response:
    body: dict[str, Any] = {"ok": False, "error_code": refused.status, "description": refused.description}
    if refused.parameters:
        body["parameters"] = refused.parameters
    return Response(refused.status, _json(body))


def _json(value: object) -> bytes:
    return json.dumps(value, default=str).encode()


def _clock() -> float:
    return asyncio.get_running_loop().time()


async def _run(port: int, **options: Any) -> None:
    async with running_bot_api(port=port, **options) as api:
        print(f"TELEGRAM_API_URL={api.url} TELEGRAM_TOKEN={api.token}", flush=True)
        if _SPECIFICATION is None:
            print(MISSING, flush=True)
        await asyncio.Event().wait()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="A Bot API server for tests, on loopback.")
    parser.add_argument("--port", type=int, default=8081)
    parser.add_argument("--token", default=TOKEN)
    parser.add_argument("--anybody", action="store_true", help="every chat is known")
    parser.add_argument("--quiet", action="store_true", help="keep counts and the ledger, not calls and messages")
    parser.add_argument("--limits", action="store_true", help="insist on Telegram's limits")
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_run(**vars(parser.parse_args())))


if __name__ == "__main__":
    main()
