"""The side that asks, in a process of its own: raw sockets and bytes made beforehand, so that it costs little itself.

    python -m benchmarks.load.client < plan.json > result.json

**Open**: questions come at a given rate, at random moments, whether or not earlier ones are answered, as residents do;
the time of an answer counts from the moment planned, so that waiting is not hidden. **Closed** (rate 0): each line asks
the next question when it has its answer; that finds the most that can be done. Both end: by the number of questions and
by ``patience``. Moments are seconds of the monotonic clock, which all processes of a machine share.
"""

import asyncio
import json
import random
import resource
import string
import sys
from collections import deque
from dataclasses import asdict, dataclass, field
from itertools import cycle, islice

from benchmarks.questions import FOLDER, Asked, read_questions

MOST_LINES = 400  # connections to one process; who comes then waits in front of them, and the waiting counts
TURNS_EACH = 3  # questions of one person, in the mean
SEED = 6


@dataclass(frozen=True, slots=True)
class Plan:
    """What to ask."""

    ports: tuple[int, ...]  # processes on loopback; questions go round
    count: int
    rate: float = 0.0  # a second, all together; 0: closed
    lines: int = 16  # of a closed plan: how many ask at once
    telegram_secret: str = ""  # with it, questions come as updates through the webhook
    first_chat: int = 0  # of Telegram, and the number of the first update
    seed: int = SEED
    patience: float = 120.0  # seconds after which it is given up


@dataclass(slots=True)
class Result:
    """What came of it. ``planned`` and ``ended`` are moments, in the order of the questions; ended is 0 when not."""

    planned: list[float]
    ended: list[float]
    chats: list[int]
    statuses: dict[int, int] = field(default_factory=dict)
    broken: int = 0  # connections that ended before the answer
    seconds: float = 0.0
    cpu: float = 0.0


class Line(asyncio.Protocol):
    """One connection that is kept alive: one request at a time."""

    def __init__(self, load: "Load", port: int) -> None:
        self._load, self._port = load, port
        self._number = -1
        self._heard = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def ask(self, number: int) -> None:
        """Send the request with this number."""
        assert self._transport is not None
        self._number = number
        self._transport.write(self._load.requests[number])

    def data_received(self, data: bytes) -> None:
        heard = self._heard + data if self._heard else data
        head = heard.find(b"\r\n\r\n")
        if head >= 0:
            at = heard.find(b"content-length:", 0, head) + 15
            length = int(heard[at : heard.find(b"\r\n", at)])
            if len(heard) >= head + 4 + length:
                self._heard = b""
                number, self._number = self._number, -1
                self._load.answered(number, int(heard[9:12]), self, self._port)
                return
        self._heard = heard

    def connection_lost(self, exc: Exception | None) -> None:
        self._load.lost(self, self._number, self._port)


class Load:
    """All questions of a plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.requests, chats = web_requests(plan) if not plan.telegram_secret else telegram_requests(plan)
        self.result = Result([], [0.0] * plan.count, chats)
        self._free: dict[int, list[Line]] = {port: [] for port in plan.ports}
        self._open: dict[int, int] = dict.fromkeys(plan.ports, 0)
        self._waiting: dict[int, deque[int]] = {port: deque() for port in plan.ports}
        self._missing = plan.count
        self._all = asyncio.Event()
        self._next = 0
        self._opening: set[asyncio.Task[None]] = set()

    async def run(self) -> Result:
        """Ask everything; what is not answered when patience ends has ended at 0."""
        loop = asyncio.get_running_loop()
        started, used = loop.time(), _cpu()
        asking = asyncio.create_task(self._in_time(started) if self.plan.rate else self._in_turn())
        try:
            async with asyncio.timeout(self.plan.patience):
                await asking
                await self._all.wait()
        except TimeoutError:
            asking.cancel()
        self.result.seconds, self.result.cpu = loop.time() - started, _cpu() - used
        return self.result

    async def _in_time(self, started: float) -> None:
        chance, moment = random.Random(self.plan.seed), started + 0.01
        loop = asyncio.get_running_loop()
        for number, port in zip(range(self.plan.count), cycle(self.plan.ports), strict=False):
            self.result.planned.append(moment)
            if (wait := moment - loop.time()) > 0:
                await asyncio.sleep(wait)
            elif number % 20 == 0:
                await asyncio.sleep(0)  # late: answers want to be read all the same
            self._dispatch(number, port)
            moment += chance.expovariate(self.plan.rate)

    async def _in_turn(self) -> None:
        for port in islice(cycle(self.plan.ports), self.plan.lines):
            if (number := self._take()) is not None:
                self._dispatch(number, port)

    def _take(self) -> int | None:
        if self._next >= self.plan.count:
            return None
        self._next += 1
        self.result.planned.append(asyncio.get_running_loop().time())
        return self._next - 1

    def _dispatch(self, number: int, port: int) -> None:
        if self._free[port]:
            self._free[port].pop().ask(number)
            return
        self._waiting[port].append(number)
        if self._open[port] < MOST_LINES:
            self._open[port] += 1
            task = asyncio.create_task(self._connect(port))
            self._opening.add(task)
            task.add_done_callback(self._opening.discard)

    async def _connect(self, port: int) -> None:
        loop = asyncio.get_running_loop()
        _transport, line = await loop.create_connection(lambda: Line(self, port), "127.0.0.1", port)
        self._go_on(line, port)

    def _go_on(self, line: Line, port: int) -> None:
        if self._waiting[port]:
            line.ask(self._waiting[port].popleft())
        elif not self.plan.rate and (number := self._take()) is not None:
            line.ask(number)
        else:
            self._free[port].append(line)

    def answered(self, number: int, status: int, line: Line, port: int) -> None:
        """An answer is here."""
        self.result.ended[number] = asyncio.get_running_loop().time()
        self.result.statuses[status] = self.result.statuses.get(status, 0) + 1
        self._one_less()
        self._go_on(line, port)

    def lost(self, line: Line, number: int, port: int) -> None:
        """A connection has ended; a free one may."""
        self._open[port] -= 1
        if line in self._free[port]:
            self._free[port].remove(line)
        if number >= 0:
            self.result.broken += 1
            self._one_less()

    def _one_less(self) -> None:
        self._missing -= 1
        if not self._missing:
            self._all.set()


def web_requests(plan: Plan) -> tuple[list[bytes], list[int]]:
    """As a browser asks, with its cookie; many browsers, each in the language of its question."""
    chance = random.Random(plan.seed)
    letters = string.ascii_letters + string.digits
    questions, people = _questions(chance, plan.count), max(1, plan.count // TURNS_EACH)
    keys = ["".join(chance.choices(letters, k=22)) for _ in range(people)]
    found = []
    for one in questions:
        body = json.dumps({"text": one.text, "lang": one.language}, ensure_ascii=False).encode()
        head = (
            "POST /messages HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: Mozilla/5.0 (Android 15; Mobile)\r\n"
            f"Accept: */*\r\nAccept-Language: {one.language},en;q=0.5\r\nAccept-Encoding: gzip, deflate, br\r\n"
            f"Content-Type: application/json\r\nOrigin: http://127.0.0.1\r\nSec-Fetch-Site: same-origin\r\n"
            f"Cookie: brobygger={chance.choice(keys)}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        found.append(head.encode() + body)
    return found, []


def telegram_requests(plan: Plan) -> tuple[list[bytes], list[int]]:
    """As Telegram hands over updates, with the secret; many chats, each writing several times."""
    chance = random.Random(plan.seed)
    people = max(1, plan.count // TURNS_EACH)
    found, chats = [], []
    for number, one in enumerate(_questions(chance, plan.count)):
        chat = plan.first_chat + 1 + number % people
        user = {"id": chat, "first_name": "Chau", "language_code": one.language}
        message = {
            "message_id": number + 1,
            "date": 1_795_420_800,
            "from": {**user, "is_bot": False},
            "chat": {"id": chat, "type": "private", "first_name": "Chau"},
            "text": one.text,
        }
        body = json.dumps({"update_id": plan.first_chat + number + 1, "message": message}).encode()
        head = (
            "POST /telegram HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: gzip, deflate\r\n"
            f"Content-Type: application/json\r\nX-Telegram-Bot-Api-Secret-Token: {plan.telegram_secret}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        found.append(head.encode() + body)
        chats.append(chat)
    return found, chats


def _questions(chance: random.Random, count: int) -> list[Asked]:
    """Of all languages; none comes again before all were asked (there are some six thousand)."""
    folders = (FOLDER, FOLDER / "development")
    several = [one for folder in folders for asked in read_questions(folder).values() for one in asked]
    chance.shuffle(several)
    return list(islice(cycle(several), count))


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Plan in, result out."""
    given = json.load(sys.stdin)
    load_of = Plan(**{**given, "ports": tuple(given["ports"])})
    result = asyncio.run(_run(load_of))
    json.dump(asdict(result), sys.stdout)


async def _run(plan: Plan) -> Result:
    return await Load(plan).run()


if __name__ == "__main__":
    main()
