"""Wires and runs the long-lived processes."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import urlsplit

import uvicorn
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.channels.telegram.announcing import TelegramMessenger
from bot.channels.telegram.channel import TelegramChannel, make_bot
from bot.channels.telegram.webhook import SECRET_HEADER, take_webhook
from bot.channels.web.app import WebChat
from bot.channels.web.limits import Limits
from broadcasts.delivery.pace import Pace
from broadcasts.delivery.posting import Post
from brobygger.example_staff import add_example_staff
from brobygger.jobs import make_mail, start_clock
from brobygger.preparing import House, offer_updates, open_house
from brobygger.previewing import Preview
from brobygger.progress import say
from brobygger.robot import make_robot
from brobygger.translating import make_translator
from brobygger.trying import Asking
from content.links.checking import Visitor as LinkVisitor
from core.clock import now
from core.errors import SetupProblem
from core.logs import get_log
from core.loopback import LOOPBACK
from core.seal_record import note_seal
from core.settings import Settings
from editor.access.provider import Provider
from editor.app import Editor

log = get_log(__name__)
MOST_WEBHOOK_BYTES = 1_000_000  # an update has a few thousand


async def serve(settings: Settings, *, with_jobs: bool) -> None:
    """Web chat, Telegram when there is a token, and (with_jobs) the index builder and the cleaning, in one process."""
    robot = make_robot(settings)
    listening = listen_on(settings.host, settings.port)
    async with open_house(settings, robot=robot) as house:
        await note_seal(house.database)
        pace = Pace(settings.send_rate)
        telegram = _telegram(house, pace)
        post = _post(house, pace) if with_jobs else None
        if with_jobs:
            await offer_updates(house.database)
        routes = [_webhook_route(telegram, settings)] if telegram and settings.telegram_webhook_url else []
        server = Server(_uvicorn(house, routes))
        clock = start_clock(house, with_jobs=with_jobs)
        passwords = await add_example_staff(house.database, at=now())
        say(_greeting(settings, listening.getsockname()[1], passwords, has_telegram=telegram is not None))
        try:
            await _run_together(server, listening, telegram, settings, post)
        finally:
            clock.stop()


async def work(settings: Settings) -> None:
    """The jobs alone: builds the index and cleans up, for as long as it runs."""
    async with open_house(settings) as house:
        await note_seal(house.database)
        await offer_updates(house.database)
        clock = start_clock(house, with_jobs=True)
        post = _post(house, Pace(settings.send_rate))
        posting = [asyncio.create_task(post.run())] if post else []
        say("The worker runs. End it with Ctrl-C.")
        told_to_end = asyncio.Event()
        try:
            with _on_signals(lambda _number: told_to_end.set()):
                await told_to_end.wait()
        finally:
            clock.stop()
            for task in posting:
                task.cancel()
            await asyncio.gather(*posting, return_exceptions=True)


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


def listen_on(host: str, port: int) -> socket.socket:
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
            " stop it, or choose another port with BROBYGGER_PORT=8081."
        ) from None
    return listening


async def _run_together(
    server: uvicorn.Server,
    listening: socket.socket,
    telegram: TelegramChannel | None,
    settings: Settings,
    post: Post | None,
) -> None:
    """Until the server is told to stop, or a part fails for good."""
    async with contextlib.AsyncExitStack() as stack:
        stack.enter_context(_on_signals(lambda number: server.handle_exit(number, None)))
        tasks = [asyncio.create_task(server.serve(sockets=[listening]))]
        stack.callback(listening.close)
        if telegram is not None:
            tasks.append(asyncio.create_task(_run_telegram(telegram, settings)))
        if post is not None:
            tasks.append(asyncio.create_task(post.run()))
        try:
            done, _pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            server.should_exit = True
            for task in tasks[1:]:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _run_telegram(telegram: TelegramChannel, settings: Settings) -> None:
    async with contextlib.aclosing(telegram):
        name = await telegram.connect_patiently()
        say(f"  Telegram:  https://t.me/{name}")
        async with asyncio.TaskGroup() as group:
            group.create_task(telegram.answer_all())
            if settings.telegram_webhook_url and settings.telegram_webhook_secret:
                await telegram.listen(settings.telegram_webhook_url, settings.telegram_webhook_secret)
            else:
                group.create_task(telegram.poll())


def _telegram(house: House, pace: Pace) -> TelegramChannel | None:
    token = house.settings.telegram_token
    if token is None:
        return None
    bot = make_bot(token, house.settings.telegram_api_url)
    return TelegramChannel(bot, house.database, house.desk, now=now, pace=pace)


def _post(house: House, pace: Pace) -> Post | None:
    """Who sends broadcasts to Telegram; None without a token. On connections of its own: replies never wait for one."""
    token = house.settings.telegram_token
    if token is None:
        return None
    messenger = TelegramMessenger(make_bot(token, house.settings.telegram_api_url), house.desk, now=now)
    return Post(house.database, messenger, pace, now=now)


def _webhook_route(telegram: TelegramChannel, settings: Settings) -> BaseRoute:
    async def webhook(request: Request) -> Response:
        declared = request.headers.get("content-length", "")
        if not declared.isdigit() or int(declared) > MOST_WEBHOOK_BYTES:
            return Response(status_code=413 if declared.isdigit() else 411)
        status = await take_webhook(
            telegram,
            secret=settings.telegram_webhook_secret or "",
            given=request.headers.get(SECRET_HEADER),
            body=await request.body(),
        )
        return Response(status_code=status)

    return Route("/telegram", webhook, methods=["POST"])


def _uvicorn(house: House, routes: list[BaseRoute]) -> uvicorn.Config:
    is_https = house.settings.address.startswith("https://")
    limits = Limits(house.settings.web_limit)
    web = WebChat(house.database, house.desk, house.knowledge, now=now, is_https=is_https, limits=limits)
    editor = Editor(
        house.database,
        preview=Preview(house.desk.words),
        ask=Asking(house.database, house.desk, house.knowledge),
        now=now,
        is_https=is_https,
        public_url=house.settings.public_url,
        telegram_name=house.settings.telegram_name,
        link_visitor=LinkVisitor(house.settings.address) if house.settings.check_links else None,
        provider=make_provider(house.settings),
        machine=make_translator(house.settings),
        mail=make_mail(house.settings),
    )
    return uvicorn.Config(
        web.application(more_routes=[*routes, *editor.routes()]),
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
        timeout_keep_alive=60,
    )


def make_provider(settings: Settings) -> Provider | None:
    """The OpenID Connect provider through which staff may sign in; None when none is set."""
    if settings.oidc_issuer is None or settings.oidc_client_id is None:
        return None
    return Provider(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret,
        name=settings.oidc_name or urlsplit(settings.oidc_issuer).hostname or settings.oidc_issuer,
        back=f"{settings.address}/desk/sign-in/provider/back",
    )


def _greeting(settings: Settings, port: int, passwords: Mapping[str, str], *, has_telegram: bool) -> str:
    lines = [
        "",
        "Brobygger runs.",
        f"  Web chat:  http://{settings.host}:{port}/   (?lang=uk for Ukrainian)",
        "  Try:       «Hvordan får jeg fastlege?»   «Як знайти лікаря?»   «كيف أحصل على طبيب؟»",
        '  Terminal:  make say lang=uk text="Як знайти лікаря?"',
        f"  Desk:      http://{settings.host}:{port}/desk/   (for staff: write, review, publish)",
    ]
    if passwords:
        lines.append("             Accounts for the example town, shown only now (Esra speaks for an organisation):")
        lines += [f"             {email}   {password}" for email, password in passwords.items()]
    if not has_telegram:
        lines.append("  Telegram:  off. Set TELEGRAM_TOKEN to the token from @BotFather to switch it on.")
    is_open = settings.public_url or settings.host not in LOOPBACK or has_telegram
    if is_open and not settings.seal.has_key:
        lines.append("  Addresses: stored readable. Set BROBYGGER_ADDRESS_KEY to seal them (docs/operating.md).")
    return "\n".join([*lines, "End it with Ctrl-C.", ""])
