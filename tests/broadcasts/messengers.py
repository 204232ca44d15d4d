"""A messenger for tests that remembers what it was handed, and fails on order."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select

from bot.channels.telegram.reading import CHANNEL
from broadcasts.delivery.pace import Pace
from broadcasts.delivery.port import Parcel
from broadcasts.delivery.posting import Post
from broadcasts.delivery.records import Delivery
from core.database import Database
from core.jobs.clock import run_by_clock
from core.jobs.job import Job
from core.people import Person


@dataclass
class FakeMessenger:
    """Takes everything; ``order`` makes the next messages to an address fail."""

    channel: str = CHANNEL
    account: str = "telegram:1"
    sent: list[Parcel] = field(default_factory=list)
    on_send: Callable[[Parcel], object] = lambda _parcel: None
    _failures: dict[str, list[Exception]] = field(default_factory=lambda: defaultdict(list))

    def order(self, address: str, *failures: Exception) -> None:
        self._failures[address] += failures

    async def send(self, parcel: Parcel) -> str:
        self.on_send(parcel)
        if self._failures[parcel.address]:
            raise self._failures[parcel.address].pop(0)
        self.sent.append(parcel)
        return str(len(self.sent))

    async def close(self) -> None:
        """Nothing to let go of."""

    def addresses(self) -> list[str]:
        return [one.address for one in self.sent]


def start_sending(post: Post) -> asyncio.Task[None]:
    """As a process does, until cancelled."""
    return asyncio.create_task(run_by_clock([Job("send", 0.05, post.send_all)]))


async def post_rounds(database: Database, messenger: FakeMessenger, *, at: datetime, rounds: int = 6) -> Post:
    """Let the loop go round until nothing is left to do at this moment."""
    ticking = iter(range(100_000))
    post = Post(database, messenger, Pace(1000, seconds=lambda: next(ticking) * 10.0), now=lambda: at)
    for _ in range(rounds):
        await post._round()
        if post._running:
            import asyncio

            await asyncio.wait(post._running)
    return post


async def states(database: Database) -> dict[str, tuple[str, str]]:
    """State and reason of every delivery, by the recipient's address."""
    async with database.reading() as session:
        rows = await session.execute(
            select(Person.address, Delivery.state, Delivery.reason).outerjoin(Person, Person.id == Delivery.person_id)
        )
        return {address or "": (state, reason) for address, state, reason in rows}


def later(at: datetime, **more: float) -> datetime:
    """``later(MONDAY_9AM, hours=1)``."""
    return at + timedelta(**more)
