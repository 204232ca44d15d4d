"""What senders have used of their allowance, counted by all processes on one PostgreSQL: one statement tells and asks.

One row for each sender who is near a limit: until when they have used it up, a minute or so ahead, and deleted within
another minute. Who it is stands there as a hash, with a secret that is made anew every hour; then the old one is
deleted. With an address key it goes into the hash too, so that a stolen database tells nothing even within the hour.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import Integer, String, delete, func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, Database, Instant, add_unless_there
from core.sealing import Seal

HOUR = 3600
MOST_TOLD = 1_000  # senders in one statement
TABLES = ("used_allowances", "allowance_secrets")  # what a backup leaves out


class UsedAllowance(Base):
    """Until when a sender has used up what they may ask."""

    __tablename__ = "used_allowances"

    sender: Mapped[str] = mapped_column(String(64), primary_key=True)  # a hash
    free_at: Mapped[datetime] = mapped_column(Instant)


class AllowanceSecret(Base):
    """What senders are hashed with for one hour."""

    __tablename__ = "allowance_secrets"

    hour: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)  # since 1970
    secret: Mapped[str] = mapped_column(String(64))


class UsedTogether:
    """The table, for the processes of one installation."""

    def __init__(self, database: Database, *, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now
        self._hour, self._secret = -1, ""

    async def tell(self, used: Mapping[str, float]) -> dict[str, float]:
        """Add these seconds by sender; how many each of them has used now. Raises SQLAlchemyError.

        At most 1,000 at once; of the others it says nothing.
        """
        at = self._now()
        async with self._database.changing() as session:
            secret = await self._secret_of(session, at)
            names = {_hashed(sender, secret, self._database.seal): sender for sender in islice(used, MOST_TOLD)}
            # In one order, so that two processes never wait for each other.
            rows = [{"sender": name, "free_at": at + timedelta(seconds=used[names[name]])} for name in sorted(names)]
            adding = insert(UsedAllowance).values(rows)
            used_up = func.greatest(UsedAllowance.free_at, at) + (adding.excluded.free_at - at)
            told = adding.on_conflict_do_update(index_elements=["sender"], set_={"free_at": used_up})
            found = await session.execute(told.returning(UsedAllowance.sender, UsedAllowance.free_at))
            return {names[name]: (free_at - at).total_seconds() for name, free_at in found}

    async def _secret_of(self, session: AsyncSession, at: datetime) -> str:
        hour = _hour(at)
        if hour != self._hour:
            await add_unless_there(session, AllowanceSecret, hour=hour, secret=secrets.token_hex(32))
            self._secret = (await session.get_one(AllowanceSecret, hour)).secret
            self._hour = hour
        return self._secret


async def forget_used(session: AsyncSession, *, at: datetime) -> None:
    """Delete who may ask as much as ever, and the secrets of earlier hours."""
    await session.execute(delete(UsedAllowance).where(UsedAllowance.free_at <= at))
    await session.execute(delete(AllowanceSecret).where(AllowanceSecret.hour < _hour(at)))


def _hour(at: datetime) -> int:
    return int(at.timestamp()) // HOUR


def _hashed(sender: str, secret: str, seal: Seal) -> str:
    return hmac.new(secret.encode(), seal.close(sender, "allowances").encode(), hashlib.sha256).hexdigest()
