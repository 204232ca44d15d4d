"""Whether something grows: memory, connections, file handles, tables."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

import psutil
from sqlalchemy import func, select, text

from benchmarks.load.town import Town
from bot.inbound import InboundUpdate
from core.database import Database
from core.people import Person


@dataclass(frozen=True, slots=True)
class Glimpse:
    """One look at a town."""

    minutes: float
    memory: float  # MB of all chat processes, what is theirs alone
    handles: int  # files and sockets of all chat processes
    connections: int  # to PostgreSQL; 0 on SQLite
    people: int
    updates: int
    bytes: int  # of the database

    def row(self) -> str:
        """One line of the table."""
        return (
            f"{self.minutes:>7.1f}{self.memory:>10.0f}{self.handles:>10}{self.connections:>13}{self.people:>9}"
            f"{self.updates:>9}{self.bytes / 2**20:>12.1f}"
        )


HEAD = f"{'minutes':>7}{'MB':>10}{'handles':>10}{'connections':>13}{'people':>9}{'updates':>9}{'database MB':>12}"


async def look(town: Town, database: Database, *, minutes: float) -> Glimpse:
    """What there is now."""
    async with database.reading() as session:
        people = await session.scalar(select(func.count()).select_from(Person)) or 0
        updates = await session.scalar(select(func.count()).select_from(InboundUpdate)) or 0
        if database.is_sqlite:
            size, connections = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()", 0
        else:
            size = "SELECT pg_database_size(current_database())"
            counted = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
            connections = int((await session.execute(counted)).scalar_one())
        weight = int((await session.execute(text(size))).scalar_one())
    memory = sum(one.memory_full_info().uss for one in town.chats) / 2**20
    return Glimpse(minutes, memory, sum(map(_handles, town.chats)), connections, people, updates, weight)


def _handles(process: psutil.Process) -> int:
    with contextlib.suppress(psutil.Error):
        return int(process.num_fds())
    return 0


# What may differ between the first third and the last: allocators keep some, pools open what they may.
MEMORY_MAY_GROW, HANDLES_MAY_GROW, CONNECTIONS_MAY_GROW = 0.05, 20, 10
BYTES_FOR_A_TURN = 1500  # of the database, rows that are kept for their time among them


def judge(several: Sequence[Glimpse], *, turns: int) -> list[str]:
    """What has grown that should not; nothing when all is well. The first third is warming up."""
    settled = several[len(several) // 3 :]
    first, last = settled[0], settled[-1]
    found = []
    if last.memory > first.memory * (1 + MEMORY_MAY_GROW):
        found.append(f"memory grew from {first.memory:.0f} to {last.memory:.0f} MB")
    if last.handles > first.handles + HANDLES_MAY_GROW:
        found.append(f"files and sockets grew from {first.handles} to {last.handles}")
    if last.connections > first.connections + CONNECTIONS_MAY_GROW:
        found.append(f"connections to the database grew from {first.connections} to {last.connections}")
    if last.bytes - several[0].bytes > BYTES_FOR_A_TURN * turns + 2**23:
        found.append(f"the database grew by {(last.bytes - several[0].bytes) / 2**20:.1f} MB in {turns} turns")
    return found
