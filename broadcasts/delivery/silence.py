"""Telegram said 429: the whole account waits. It stands in the database, so that all processes see it."""

from datetime import datetime
from functools import cache

from sqlalchemy import Select, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.delivery.records import AccountState
from core.database import insert_for


async def is_silent(session: AsyncSession, account: str, *, at: datetime) -> bool:
    """Whether the account was told to wait, and the time is not over."""
    silent_until = await session.scalar(_silence(), {"whose": account})
    return silent_until is not None and at < silent_until


@cache
def _silence() -> Select[datetime | None]:
    """Made once: each look for what waits asks it."""
    return select(AccountState.silent_until).where(AccountState.account == bindparam("whose"))


async def be_silent(session: AsyncSession, account: str, *, until: datetime) -> None:
    """Wait until then. A later end that stands there is not shortened."""
    adding = insert_for(session)(AccountState).values(account=account, silent_until=until)
    later = (AccountState.silent_until.is_(None)) | (AccountState.silent_until < until)
    await session.execute(
        adding.on_conflict_do_update(index_elements=["account"], set_={"silent_until": until}, where=later)
    )
