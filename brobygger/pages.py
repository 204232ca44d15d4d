"""What a process shows over HTTP: the web chat, the desk, both, and the door that Telegram's updates come through."""

from collections.abc import Collection
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from bot.channels.web.app import WebChat
from bot.channels.web.headers import SafetyHeaders
from bot.channels.web.limits import Limits
from bot.used_together import UsedTogether
from brobygger.jobs import make_mail
from brobygger.observing import readiness
from brobygger.preparing import House
from brobygger.previewing import Preview
from brobygger.translating import make_translator
from brobygger.trying import Asking
from content.links.checking import Visitor as LinkVisitor
from core.clock import now
from core.settings import Settings
from editor.access.provider import Provider
from editor.app import Editor

# Imported where there is a token, as in processes.py.
if TYPE_CHECKING:
    from bot.channels.telegram.channel import TelegramChannel

MOST_WEBHOOK_BYTES = 1_000_000  # an update has a few thousand


class Part(StrEnum):
    """What one process may do: everything, or a part of it beside others."""

    CHAT = "chat"  # the web chat, and Telegram when there is a token
    DESK = "desk"  # the pages for staff
    JOBS = "jobs"  # the index, times that have come, sending, cleaning


def make_pages(house: House, telegram: "TelegramChannel | None", parts: Collection[Part]) -> ASGIApp:
    """The application of a process that does these parts."""
    is_https = house.settings.address.startswith("https://")
    chat = WebChat(
        house.database,
        house.desk,
        house.knowledge,
        now=now,
        is_https=is_https,
        readiness=partial(readiness, house),
        limits=Limits(house.settings.web_limit, together=count_together(house)),
        embed_sites=house.settings.embed_sites,
    )
    routes: list[BaseRoute] = []
    if telegram is not None and house.settings.telegram_webhook_url:
        routes.append(_webhook_route(telegram, house.settings))
    if Part.DESK in parts:
        routes += _editor(house, is_https=is_https).routes()
    if Part.CHAT in parts:
        return chat.application(more_routes=routes)
    home = Route("/", lambda _request: RedirectResponse("/desk/"), methods=["GET"])
    return SafetyHeaders(Starlette(routes=[home, *chat.health_routes(), *routes]), is_https=is_https)


def count_together(house: House) -> UsedTogether | None:
    """How processes learn what the others counted; None with SQLite, where there is one."""
    return None if house.database.is_sqlite else UsedTogether(house.database, now=now)


def _editor(house: House, *, is_https: bool) -> Editor:
    settings = house.settings
    return Editor(
        house.database,
        preview=Preview(house.desk.words),
        ask=Asking(house.database, house.desk, house.knowledge),
        now=now,
        is_https=is_https,
        public_url=settings.public_url,
        telegram_name=settings.telegram_name,
        link_visitor=LinkVisitor(settings.address) if settings.check_links else None,
        provider=make_provider(settings),
        machine=make_translator(settings),
        mail=make_mail(settings),
    )


def _webhook_route(telegram: "TelegramChannel", settings: Settings) -> BaseRoute:
    from bot.channels.telegram.webhook import SECRET_HEADER, take_webhook

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
