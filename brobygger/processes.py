"""Wires and runs the long-lived processes."""

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Callable, Collection, Coroutine, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

import uvicorn
from starlette.types import ASGIApp

from broadcasts.delivery.pace import Pace
from broadcasts.delivery.posting import Post
from broadcasts.delivery.pulse import Pulse
from brobygger.example_staff import add_example_staff
from brobygger.jobs import do_jobs, follow_index, run_jobs
from brobygger.observing import application
from brobygger.pages import Part, count_together, make_pages
from brobygger.preparing import House, offer_updates, open_house
from brobygger.progress import say
from brobygger.robot import make_robot
from brobygger.taking_in import PatientHTTP, open_many_files
from core.clock import now
from core.errors import SetupProblem
from core.jobs.job import Job
from core.logs import get_log
from core.loopback import LOOPBACK
from core.seal_record import note_seal
from core.settings import Settings

# What speaks with Telegram is imported where there is a token: it takes a third of a second.
if TYPE_CHECKING:
    from bot.channels.telegram.channel import TelegramChannel

log = get_log(__name__)
Work = Coroutine[object, object, None]


async def serve(settings: Settings, parts: Collection[Part]) -> None:
    """Pages over HTTP, and what else this process shall do, until it is told to end."""
    robot = make_robot(settings)
    open_many_files()
    listening = listen_on(settings.host, settings.port)
    async with open_house(settings, robot=robot) as house:
        await note_seal(house.database)
        pace, pulse = Pace(settings.send_rate), _pulse(house)
        instance = f"{socket.gethostname()}:{listening.getsockname()[1]}"
        telegram = _telegram(house, pace, pulse, instance) if Part.CHAT in parts else None
        work = [_serve_pages(make_pages(house, telegram, parts), listening), follow_index(house)]
        if telegram is not None and pulse is not None:
            work.append(_run_telegram(telegram, house, pulse))
        if Part.JOBS in parts:
            work.append(_do_jobs(house, pace, pulse))
        work += _on_the_side(house, pulse, answers=True)
        passwords = await add_example_staff(house.database, at=now()) if Part.DESK in parts else {}
        say(_greeting(settings, listening.getsockname()[1], parts, passwords, has_telegram=telegram is not None))
        await _run_together(work)


async def work(settings: Settings) -> None:
    """The jobs alone, for as long as it runs."""
    async with open_house(settings) as house:
        say("The worker runs. End it with Ctrl-C.")
        await note_seal(house.database)
        pulse = _pulse(house)
        jobs = _do_jobs(house, Pace(settings.send_rate), pulse)
        await _run_together([follow_index(house), jobs, *_on_the_side(house, pulse, answers=False)])


def _on_the_side(house: House, pulse: Pulse | None, *, answers: bool) -> list[Work]:
    """Writing down whether Telegram answers; metrics and health on a port of their own, where one is set."""
    settings = house.settings
    work = [pulse.run()] if pulse is not None else []
    if settings.metrics_port is not None:
        listening = listen_on(settings.metrics_host, settings.metrics_port, setting="BROBYGGER_METRICS_PORT=9101")
        say(f"  Metrics:   http://{settings.metrics_host}:{listening.getsockname()[1]}/metrics")
        work.append(_serve_pages(application(house, answers=answers), listening))
    return work


async def _do_jobs(house: House, pace: Pace, pulse: Pulse | None) -> None:
    await offer_updates(house.database)
    post = _post(house, pace, pulse)
    try:
        await do_jobs(house, post)
    finally:
        if post is not None:
            await post.close()


async def _serve_pages(pages: ASGIApp, listening: socket.socket) -> None:
    """Until cancelled: what is being answered then is answered."""
    server = Server(_uvicorn(pages))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        await asyncio.shield(serving)
    finally:
        server.should_exit = True
        await serving
        listening.close()


class Server(uvicorn.Server):
    """Leaves signals to us: it would end the process by them before replies under way are sent and recorded."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Do nothing."""
        yield


@contextlib.contextmanager
def _on_signals(act: Callable[[int], None]) -> Iterator[None]:
    """Instead of ending at once when told to (Ctrl-C, a service manager), act."""
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM)
    for number in numbers:
        loop.add_signal_handler(number, act, number)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


def listen_on(host: str, port: int, *, setting: str = "BROBYGGER_PORT=8081") -> socket.socket:
    """A listening socket; raises SetupProblem when the port is taken, before anything else is done."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named TCP, or asyncio leaves Nagle's algorithm on and every answer waits 40 ms for an acknowledgement.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(512)
    except OSError as problem:
        listening.close()
        raise SetupProblem(
            f"Cannot listen on {host}:{port} ({problem.strerror}). Another program may use it:"
            f" stop it, or choose another port with {setting}."
        ) from None
    return listening


class _ToldToEnd:
    """Told once, we bring to an end what has begun. Told again by somebody who does not want to wait, we end at once.

    What comes within a second is the same order twice: a terminal tells us, and so does the program that started us.
    """

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self._seconds = asyncio.get_running_loop().time
        self._told_at = 0.0

    def __call__(self, number: int) -> None:
        if not self._event.is_set():
            self._told_at = self._seconds()
            self._event.set()
        elif self._seconds() - self._told_at > 1:
            log.warning("ended_at_once")
            os._exit(128 + number)

    async def wait(self) -> None:
        """Until we are told."""
        await self._event.wait()


async def _run_together(work: Iterable[Work]) -> None:
    """Side by side until we are told to end, or one fails for good; each brings to an end what it has begun."""
    told_to_end = _ToldToEnd()
    tasks: list[asyncio.Task[object]] = [asyncio.create_task(one) for one in (told_to_end.wait(), *work)]
    done: set[asyncio.Task[object]] = set()
    with _on_signals(told_to_end):
        try:
            done, _pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for task in tasks:
                if task not in done and not task.cancelled() and task.exception() is not None:
                    log.error("work_ended_with_error", exc_info=task.exception())


async def _run_telegram(telegram: "TelegramChannel", house: House, pulse: Pulse) -> None:
    from bot.channels.telegram.channel import make_bot
    from bot.channels.telegram.watching import watch_webhook

    settings = house.settings
    async with contextlib.aclosing(telegram):
        name = await telegram.connect_patiently()
        say(f"  Telegram:  https://t.me/{name}")
        async with asyncio.TaskGroup() as group:
            group.create_task(telegram.answer_all())
            if settings.telegram_webhook_url and settings.telegram_webhook_secret:
                await telegram.listen(settings.telegram_webhook_url, settings.telegram_webhook_secret)
                bot = make_bot(settings.telegram_token or "", settings.telegram_api_url, pulse)
                group.create_task(watch_webhook(bot, settings.telegram_webhook_url, pulse, now=now))
            else:  # Telegram lets one process at a time fetch: of several, one does, and all answer
                group.create_task(run_jobs(house.database, [Job("poll", 1, telegram.poll, account=telegram.account)]))


def _pulse(house: House) -> Pulse | None:
    """Notes whether Telegram answers; None without a token."""
    token = house.settings.telegram_token
    if token is None:
        return None
    from bot.channels.telegram.announcing import account_of

    return Pulse(house.database, account_of(token), now=now)


def _telegram(house: House, pace: Pace, pulse: Pulse | None, instance: str) -> "TelegramChannel | None":
    token = house.settings.telegram_token
    if token is None:
        return None
    from bot.channels.telegram.channel import TelegramChannel, make_bot
    from bot.channels.telegram.limits import ChatLimit

    bot = make_bot(token, house.settings.telegram_api_url, pulse)
    limit = ChatLimit(house.settings.chat_limit, together=count_together(house))
    return TelegramChannel(bot, house.database, house.desk, now=now, pace=pace, instance=instance, limit=limit)


def _post(house: House, pace: Pace, pulse: Pulse | None) -> Post | None:
    """Who sends broadcasts to Telegram; None without a token. On connections of its own: replies never wait for one."""
    settings, token = house.settings, house.settings.telegram_token
    if token is None:
        return None
    from bot.channels.telegram.announcing import TelegramMessenger
    from bot.channels.telegram.channel import make_bot

    bot = make_bot(token, settings.telegram_api_url, pulse)
    messenger = TelegramMessenger(bot, house.desk, now=now, name=settings.telegram_name)
    return Post(house.database, messenger, pace, now=now)


def _uvicorn(pages: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        pages,
        http=PatientHTTP,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
        timeout_keep_alive=60,
    )


def _greeting(
    settings: Settings, port: int, parts: Collection[Part], passwords: Mapping[str, str], *, has_telegram: bool
) -> str:
    lines = ["", "Brobygger runs."]
    if Part.CHAT in parts:
        lines += [
            f"  Web chat:  http://{settings.host}:{port}/   (?lang=uk for Ukrainian)",
            "  Try:       «Hvordan får jeg fastlege?»   «Як знайти лікаря?»   «كيف أحصل على طبيب؟»",
            '  Terminal:  make say lang=uk text="Як знайти лікаря?"',
        ]
    if Part.DESK in parts:
        lines.append(f"  Desk:      http://{settings.host}:{port}/desk/   (for staff: write, review, publish)")
    if passwords:
        lines.append("             Accounts for the example town, shown only now (Esra speaks for an organisation):")
        lines += [f"             {email}   {password}" for email, password in passwords.items()]
    if Part.CHAT in parts and not has_telegram:
        lines.append("  Telegram:  off. Set TELEGRAM_TOKEN to the token from @BotFather to switch it on.")
    is_open = settings.public_url or settings.host not in LOOPBACK or has_telegram
    if is_open and not settings.seal.has_key:
        lines.append("  Addresses: stored readable. Set BROBYGGER_ADDRESS_KEY to seal them (docs/operating.md).")
    return "\n".join([*lines, "End it with Ctrl-C.", ""])
