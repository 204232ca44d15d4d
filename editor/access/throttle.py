"""Against guessing passwords and codes: failures make the next try wait, for the account and for where it comes from.

An account may fail five times within 15 minutes, an address twenty times (a town hall has one address for many people).
From then on one must wait a minute, and after each further failure twice as long, up to an hour. That leaves about
thirty guesses a day; NIST SP 800-63B (3.2.2) asks for some such limit. Who knows an address can make its owner wait:
an administrator's reset lifts that.

Tries while one must wait are not counted. Accounts that do not exist are treated like those that do.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from core.database import wait_for_turn
from core.networks import network_of
from editor.access.models import LoginAttempt

ACCOUNT_FAILURES, ADDRESS_FAILURES = 5, 20
WINDOW = timedelta(minutes=15)
SHORTEST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)
KEPT = timedelta(days=1)


async def may_try(session: AsyncSession, *, account: str, address: str, at: datetime) -> timedelta:
    """How long to wait before the next try; zero: go on, and say afterwards how it went, in the same transaction.

    Others who try the same account, or from the same address, wait until the transaction ends. On SQLite that needs a
    session from ``Database.changing``.
    """
    # Always in this order, and no number is in both ranges: two who wait never wait for each other.
    await wait_for_turn(session, _lock(_hash(account)) * 2)
    await wait_for_turn(session, _lock(_hash(network_of(address))) * 2 + 1)
    return await must_wait(session, account=account, address=address, at=at)


async def must_wait(session: AsyncSession, *, account: str, address: str, at: datetime) -> timedelta:
    """How long to wait as it stands now. Others may fail meanwhile: only ``may_try`` says that one may go on."""
    of_account, of_address = _hash(account), _hash(network_of(address))
    account_waits = waiting(
        await _failures(session, LoginAttempt.account_hash, of_account, at=at), limit=ACCOUNT_FAILURES, at=at
    )
    address_waits = waiting(
        await _failures(session, LoginAttempt.address_hash, of_address, at=at), limit=ADDRESS_FAILURES, at=at
    )
    return max(account_waits, address_waits)


async def note_failure(session: AsyncSession, *, account: str, address: str, at: datetime) -> None:
    """Count a failure, and forget those of the day before."""
    session.add(LoginAttempt(account_hash=_hash(account), address_hash=_hash(network_of(address)), at=at))
    await drop_old(session, at=at)


async def drop_old(session: AsyncSession, *, at: datetime) -> None:
    """Forget the failures of the day before."""
    await session.execute(delete(LoginAttempt).where(LoginAttempt.at <= at - KEPT))


async def clear(session: AsyncSession, account: str) -> None:
    """Forget the failures of an account: its owner came in. They then do not count for the address either."""
    await session.execute(delete(LoginAttempt).where(LoginAttempt.account_hash == _hash(account)))


def waiting(failures: Sequence[datetime], *, limit: int, at: datetime) -> timedelta:
    """How long after these failures, oldest first, one must still wait; zero when not at all.

    A failure within 15 minutes of the end of a wait doubles it; after a longer peace counting starts anew.
    """
    recent: list[datetime] = []
    doubled = 0
    until: datetime | None = None
    for failure in failures:
        recent = [one for one in recent if failure - one < WINDOW] + [failure]
        if until is not None and failure - until < WINDOW:
            doubled += 1
        elif len(recent) >= limit:
            doubled = 0
        else:
            until = None
            continue
        until = failure + min(SHORTEST_WAIT * 2 ** min(doubled, 6), LONGEST_WAIT)
    return max(until - at, timedelta()) if until is not None else timedelta()


async def _failures(
    session: AsyncSession, column: InstrumentedAttribute[str], value: str, *, at: datetime
) -> Sequence[datetime]:
    kept = select(LoginAttempt.at).where(column == value, LoginAttempt.at > at - KEPT)
    return (await session.scalars(kept.order_by(LoginAttempt.at, LoginAttempt.id))).all()


def _hash(value: str) -> str:
    """Not to show who tried from where. No secrecy: all addresses can be tried out, so rows live for a day only."""
    return hashlib.sha256(value.encode(errors="replace")).hexdigest()


def _lock(hashed: str) -> int:
    return int(hashed[:15], 16)
