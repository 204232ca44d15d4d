"""Whether a channel answers us: noted of every call, kept for all processes, and told to staff when it does not.

What each call came to is only remembered (``Pulse.answered``, ``Pulse.failed``); ``Pulse.run`` writes it down beside
the work, at once and then at most every thirty seconds. No turn waits for it.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.delivery.records import AccountState
from core.database import Database, add_unless_there
from core.logs import get_log

log = get_log(__name__)
WRITE_SECONDS = 30.0
PATIENCE = timedelta(minutes=5)  # a shorter outage is told to nobody: the bot tries again by itself
FORGOTTEN = timedelta(days=3)  # after so long an account that nobody asks is one that is not used any more


class Trouble(StrEnum):
    """What was wrong at the last call."""

    TOKEN_REFUSED = "token_refused"  # noqa: S105 (no token)
    NOT_REACHED = "not_reached"  # no connection
    NO_ANSWER = "no_answer"  # there was one, and no answer came
    ITS_FAULT = "its_fault"  # it answers that it cannot
    CONFLICT = "conflict"  # somebody else fetches this bot's messages
    CANNOT_HAND_OVER = "cannot_hand_over"  # it answers us, and cannot hand over messages (webhook)
    NOT_ASKED = "not_asked"  # no process calls it; never written down


@dataclass(frozen=True, slots=True)
class Outage:
    """An account whose residents are not heard, or get no reply."""

    account: str
    trouble: Trouble
    since: datetime


def find_outage(state: AccountState, *, at: datetime) -> Outage | None:
    """What staff should know of an account; None while all is well, or not bad for long.

    A refused token does not mend itself: it is told at once.
    """
    if state.asked_at is None or at - state.asked_at >= FORGOTTEN:
        return None
    if at - state.asked_at >= PATIENCE:
        was_told_to_wait = state.silent_until is not None and at < state.silent_until + PATIENCE
        return None if was_told_to_wait else Outage(state.account, Trouble.NOT_ASKED, state.asked_at)
    if not state.trouble or state.trouble_since is None:
        return None
    trouble = Trouble(state.trouble)
    is_long = at - state.trouble_since >= PATIENCE
    return Outage(state.account, trouble, state.trouble_since) if is_long or trouble is Trouble.TOKEN_REFUSED else None


async def list_outages(session: AsyncSession, *, at: datetime) -> list[Outage]:
    """What staff should know of all accounts; one small query."""
    found = (find_outage(state, at=at) for state in await list_accounts(session))
    return [one for one in found if one is not None]


async def list_accounts(session: AsyncSession) -> list[AccountState]:
    """Every account that was ever asked or told to wait: one or two."""
    return list(await session.scalars(select(AccountState).order_by(AccountState.account)))


class Pulse:
    """Of one account in one process."""

    def __init__(self, database: Database, account: str, *, now: Callable[[], datetime]) -> None:
        self._database = database
        self._account = account
        self._now = now
        self._news = asyncio.Event()
        self._asked_at: datetime | None = None
        self._answered_at: datetime | None = None
        self._trouble: Trouble | None = None
        self._since: datetime | None = None
        self._reaches_us = True

    def answered(self) -> None:
        """A call was answered, be it with a refusal that concerns this call alone."""
        self._asked_at = self._answered_at = self._now()
        self._set(None if self._reaches_us else Trouble.CANNOT_HAND_OVER)

    def failed(self, trouble: Trouble) -> None:
        """A call was not answered, or none will be."""
        self._asked_at = self._now()
        self._set(trouble)

    def reaches_us(self, *, does: bool) -> None:
        """Whether the channel can hand messages over to us, as it says itself."""
        self._reaches_us = does
        self._set(None if does else Trouble.CANNOT_HAND_OVER)

    def _set(self, trouble: Trouble | None) -> None:
        is_same = trouble is not None and self._trouble is not None and not _is_other(self._trouble, trouble)
        self._since = self._since if is_same else self._asked_at
        self._trouble = trouble
        self._news.set()

    async def run(self) -> None:
        """Write down what is new, for ever."""
        while True:
            await self._news.wait()
            try:
                await self.write()
            except SQLAlchemyError as problem:
                log.warning("pulse_not_written", problem=type(problem).__name__)
            await asyncio.sleep(WRITE_SECONDS)

    async def write(self) -> None:
        """For all processes to see. A trouble that another process has known for longer keeps its beginning."""
        self._news.clear()
        async with self._database.changing() as session:
            await add_unless_there(session, AccountState, account=self._account, trouble="")
            state = await session.get_one(AccountState, self._account, with_for_update=True)
            before = Trouble(state.trouble) if state.trouble else None
            state.asked_at = self._asked_at
            state.answered_at = self._answered_at or state.answered_at
            state.trouble = self._trouble or ""
            if self._trouble is None:
                state.trouble_since = None
            elif before is None or _is_other(before, self._trouble) or state.trouble_since is None:
                state.trouble_since = self._since


def _is_other(one: Trouble, two: Trouble) -> bool:
    """An outage goes through several troubles; a refused token is another matter."""
    return (one is Trouble.TOKEN_REFUSED) is not (two is Trouble.TOKEN_REFUSED)
