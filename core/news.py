"""Telling all processes at once that something is new, through PostgreSQL's LISTEN and NOTIFY.

News says where to look, not what is there: whoever misses it finds out at the next regular look. With SQLite there is
one process, and nobody to tell.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.database import Database, before_commit, server_address
from core.logs import get_log

log = get_log(__name__)
INDEX = "index"  # a snapshot was built
_CHANNEL = "brobygger"
LONGEST_PAUSE = 10.0


def tell(session: AsyncSession, topic: str) -> None:
    """Tell everybody when, and only if, this transaction is committed."""
    if session.get_bind().dialect.name == "postgresql":
        before_commit(session, f"tell {topic}", partial(_notify, topic=topic))


async def listen(database: Database, acts: Mapping[str, Callable[[], Awaitable[None]]]) -> None:
    """Act on news, by topic, until cancelled; once connected again, on all: some may have been missed."""
    import psycopg  # no concern of SQLite's

    pause = 1.0
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(
                server_address(database.url), autocommit=True
            ) as connection:
                await connection.execute(f"LISTEN {_CHANNEL}")
                pause = 1.0
                for act in acts.values():
                    await act()
                async for news in connection.notifies():
                    if news.payload in acts:
                        await acts[news.payload]()
        except psycopg.OperationalError as problem:
            log.warning("news_database_away", problem=type(problem).__name__, again_in_seconds=pause)
        except Exception:
            log.exception("news_not_followed")
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)


async def _notify(session: AsyncSession, *, topic: str) -> None:
    await session.execute(select(func.pg_notify(_CHANNEL, topic)))
