"""Comparing a password before the transaction that decides: a hash takes its time, and SQLite has one writer.

    typed = await compare_for_account(database, password, email=email, address=address, at=at)
    async with database.changing() as session:
        result = await log_in(session, email=email, typed=typed, address=address, at=at)

Two at a time are compared, and whoever waits for that looks when their turn comes whether one must wait by then: a
crowd of guesses costs hardly more hashes than as many one after the other. The transaction looks again whether one must
wait, and what is kept: of forty who guess at the same moment five are told whether they were right.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from weakref import WeakKeyDictionary

from core.database import Database
from core.errors import RuleBroken
from editor.access import throttle
from editor.access.accounts import compared_email, find_by_email
from editor.access.models import StaffMember
from editor.access.passwords import Compared, compare_apart

AT_ONCE, MOST_WAITING = 2, 50


class SignInBusy(RuleBroken):
    """So many passwords wait to be compared that another would only make everybody wait longer."""

    code = "sign_in_busy"


@dataclass(slots=True)
class _Queue:
    """Those who wait for a comparison, or are at it."""

    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    count: int = 0


# A process has one loop, tests have many.
_QUEUES: WeakKeyDictionary[asyncio.AbstractEventLoop, _Queue] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Typed:
    """A password as somebody typed it, and what comparing it gave. Shows none of it."""

    password: str = field(repr=False)
    kept: str | None = field(repr=False)  # what it was compared with
    result: Compared | None  # None: not compared, because one must wait

    async def compare(self, kept: str | None) -> Compared:
        """Whether it is the password that is kept now: compared anew when that has changed, or was not done."""
        if self.result is not None and self.kept == kept:
            return self.result
        return await compare_apart(self.password, kept)


async def compare_for_account(database: Database, password: str, *, email: str, address: str, at: datetime) -> Typed:
    """For signing in. An account that does not exist takes as long as one that does. Raises SignInBusy."""
    async with _turn():
        async with database.reading() as session:
            member = await find_by_email(session, email)
            wait = await throttle.must_wait(session, account=compared_email(email), address=address, at=at)
        return await _compare(password, member, is_early=bool(wait))


async def compare_for_member(database: Database, password: str, staff_id: int, *, address: str, at: datetime) -> Typed:
    """For somebody who is signed in. Who has no password is not compared with one. Raises SignInBusy."""
    async with _turn():
        async with database.reading() as session:
            member = await session.get_one(StaffMember, staff_id)
            wait = await throttle.must_wait(session, account=member.email, address=address, at=at)
        return await _compare(password, member, is_early=bool(wait) or member.password_hash is None)


@asynccontextmanager
async def _turn() -> AsyncIterator[None]:
    queue = _QUEUES.setdefault(asyncio.get_running_loop(), _Queue())
    if queue.count >= AT_ONCE + MOST_WAITING:
        raise SignInBusy
    queue.count += 1
    try:
        async with queue.turns:
            yield
    finally:
        queue.count -= 1


async def _compare(password: str, member: StaffMember | None, *, is_early: bool) -> Typed:
    kept = member.password_hash if member else None
    return Typed(password, kept, None if is_early else await compare_apart(password, kept))
