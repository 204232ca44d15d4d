"""What a process says about itself to operators: metrics, is it alive, can it work. On a port of its own."""

import asyncio
from importlib.metadata import version

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from bot.channels.telegram.reading import CHANNEL as TELEGRAM
from bot.channels.web.app import CHANNEL as WEB
from bot.inbound import look_at_inbound
from broadcasts.delivery.arming import get_policy
from broadcasts.delivery.pulse import find_outage, list_accounts
from broadcasts.delivery.queue import count_releases, look_at_queue
from broadcasts.delivery.records import OPEN, DeliveryState
from brobygger.preparing import House
from brobygger.readiness import LONGEST, look_at_foundations
from content.index_state import look_at_index
from core.clock import now
from core.metrics import CONTENT_TYPE, Reading, begin_at_nothing, exposition, reading

NO_STORE = {"Cache-Control": "no-store"}


def application(house: House, *, answers: bool) -> ASGIApp:
    """/metrics, /health/live and /health/ready. ``answers``: residents ask here, so that it must have an index."""
    ends = [state.value for state in DeliveryState if state not in OPEN]
    begin_at_nothing(channels=(WEB, TELEGRAM), states=ends)

    async def metrics(_request: Request) -> Response:
        return Response(exposition(await read_all(house)), media_type=CONTENT_TYPE, headers=NO_STORE)

    async def live(_request: Request) -> Response:
        return JSONResponse({"live": True}, headers=NO_STORE)

    async def ready(_request: Request) -> Response:
        parts = await readiness(house)
        if not answers:
            del parts["index"]  # a worker is there to build it
        is_ready = all(parts.values())
        return JSONResponse({"ready": is_ready, **parts}, status_code=200 if is_ready else 503, headers=NO_STORE)

    return Starlette(
        routes=[Route("/metrics", metrics), Route("/health/live", live), Route("/health/ready", ready)],
    )


async def readiness(house: House) -> dict[str, bool]:
    """What must be there, and whether it is."""
    found = await look_at_foundations(house.database)
    return {
        "database": found.has_database,
        "schema": found.has_schema,
        "index": house.knowledge.finder is not None,
    }


async def read_all(house: House) -> list[Reading]:
    """Everything that is read when somebody asks. Where the database is away, that alone is said."""
    release = Reading("brobygger_release", "Which release runs here.", ("version",), [((version("brobygger"),), 1)])
    try:
        async with asyncio.timeout(LONGEST), house.database.reading() as session:
            found = await _read(session, house)
    except (SQLAlchemyError, OSError, TimeoutError):
        found = []
    is_there = reading("brobygger_database_up", "Whether the database answers this process.", bool(found))
    return [release, is_there, *found]


async def _read(session: AsyncSession, house: House) -> list[Reading]:
    return [
        *await _inbound(session),
        *await _deliveries(session),
        *await _channels(session),
        *await _index(session, house),
    ]


async def _inbound(session: AsyncSession) -> list[Reading]:
    waiting = await look_at_inbound(session, at=now())
    return [
        reading("brobygger_inbound_waiting", "Messages from Telegram without an answer.", waiting.count),
        reading("brobygger_inbound_oldest_seconds", "How long the oldest of them has waited.", waiting.seconds),
    ]


async def _deliveries(session: AsyncSession) -> list[Reading]:
    queue = await look_at_queue(session, TELEGRAM, at=now())
    releases = [((state.value,), count) for state, count in (await count_releases(session)).items()]
    is_armed = (await get_policy(session)).is_armed
    return [
        reading("brobygger_sending_armed", "Whether messages of organisations go out at all.", is_armed),
        Reading("brobygger_releases", "Runs of messages that have not ended.", ("state",), releases),
        reading(
            "brobygger_deliveries_waiting",
            "Recipients on Telegram to whom a message is still to go; 10000: so many or more.",
            queue.deliveries,
        ),
        reading(
            "brobygger_delivery_oldest_seconds",
            "Since the oldest run began of which something may go to Telegram at this moment; 0: nothing may.",
            queue.seconds,
        ),
        reading(
            "brobygger_direct_waiting",
            "Messages for one person alone that are still to go; 10000: so many or more.",
            queue.direct,
        ),
        reading("brobygger_direct_oldest_seconds", "How long the oldest of them has waited.", queue.direct_seconds),
    ]


async def _channels(session: AsyncSession) -> list[Reading]:
    accounts = await list_accounts(session)
    outages = [one for one in (find_outage(account, at=now()) for account in accounts) if one is not None]
    answered = [((one.account,), one.answered_at.timestamp()) for one in accounts if one.answered_at]
    silent = [((one.account,), one.silent_until.timestamp()) for one in accounts if one.silent_until]
    troubles = [((one.account, one.trouble.value), 1) for one in outages]
    account = ("account",)
    return [
        Reading(
            "brobygger_channel_answered_timestamp_seconds", "When the channel last answered a call.", account, answered
        ),
        Reading(
            "brobygger_channel_silent_until_timestamp_seconds",
            "Until when the channel last told us to wait (429).",
            account,
            silent,
        ),
        Reading(
            "brobygger_channel_outage",
            "What the desk tells staff at this moment; no row while all is well.",
            ("account", "trouble"),
            troubles,
        ),
    ]


async def _index(session: AsyncSession, house: House) -> list[Reading]:
    state = await look_at_index(session, house.encoder.name)
    return [
        reading("brobygger_content_version", "The newest publication.", state.content_version),
        reading(
            "brobygger_index_content_version",
            "The publication that the newest index knows.",
            state.index_version,
        ),
        reading("brobygger_index_newest", "Whether nothing was published after the newest index.", state.is_newest),
        reading("brobygger_index_thorough", "Whether the newest index was built thoroughly.", state.is_thorough),
        reading(
            "brobygger_index_loaded",
            "Whether this process has the newest index loaded.",
            bool(state.snapshot_id) and state.snapshot_id == house.knowledge.snapshot_id,
        ),
    ]
