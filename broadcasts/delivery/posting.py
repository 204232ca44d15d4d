"""The loop that sends: claim a few, send them with no transaction open, record. It may end at any moment."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy.exc import InterfaceError, OperationalError

from broadcasts.delivery.claiming import Claimed, claim
from broadcasts.delivery.pace import Pace
from broadcasts.delivery.port import Direct, Messenger
from broadcasts.delivery.recording import Outcome, record_outcomes
from broadcasts.delivery.silence import be_silent
from core.database import Database
from core.ending import TO_FINISH, to_the_end
from core.logs import get_log
from core.sending import UNREACHABLE, SendFailed

log = get_log(__name__)
AT_ONCE = 32  # messages on their way side by side; so many are unknown after a kill, at most
LONGEST_SEND = 35.0  # seconds, less than a lease (claiming.py): then it is unknown
IDLE_SECONDS = 1.0
LONGEST_GATHERING = 0.05  # seconds that outcomes wait for others, when many are on their way
TROUBLE = 3  # so many network troubles in a row, and the whole account waits a little
LONGEST_SILENCE = 60.0


class Post:
    """Sends through one messenger for as long as it runs."""

    def __init__(self, database: Database, messenger: Messenger, pace: Pace, *, now: Callable[[], datetime]) -> None:
        self._database = database
        self._messenger = messenger
        self._pace = pace
        self._now = now
        self._mine = uuid4().hex
        self._served = ""
        self._running: set[asyncio.Task[Outcome]] = set()
        self._troubles = 0

    @property
    def account(self) -> str:
        """The channel account that it sends through: no two may do that at a time, their paces would add up."""
        return self._messenger.account

    async def send_all(self, _at: datetime) -> None:
        """A job: until nothing is left to send. When it is cancelled, what is on its way may end, and is recorded."""
        may_claim = True
        try:
            while True:
                try:
                    is_idle = not await to_the_end(self._round(may_claim=may_claim))
                    may_claim = True
                except (OperationalError, InterfaceError) as problem:
                    log.warning("post_database_away", problem=type(problem).__name__)
                    is_idle = True
                except Exception:  # a fault of ours; what was sent is recorded all the same, in a round without claims
                    log.exception("post_round_failed")
                    is_idle, may_claim = may_claim, not may_claim
                if is_idle and not self._running:
                    return
                await (asyncio.sleep(IDLE_SECONDS) if is_idle else self._wait_a_beat())
        finally:
            await self._finish()

    async def close(self) -> None:
        """Let go of the connections to the channel."""
        await self._messenger.close()

    async def _round(self, *, may_claim: bool = True) -> bool:
        """Record what has ended, claim what may go: one transaction. Whether there is something on its way, or may be.

        Once a beat, and not with each message that ends: outcomes that come together are recorded together.
        """
        ended = {task for task in self._running if task.done()}
        outcomes = [task.result() for task in ended]
        room = min(AT_ONCE - len(self._running) + len(ended), self._pace.allowed()) if may_claim else 0
        if not outcomes and room < 1:
            return True
        at = self._now()
        async with self._database.changing() as session:
            if outcomes:
                await record_outcomes(session, outcomes, account=self._messenger.account, mine=self._mine, at=at)
                if silence := self._silence(outcomes):
                    await be_silent(session, self._messenger.account, until=at + silence)
            claimed = await claim(
                session,
                self._messenger.channel,
                self._messenger.account,
                room,
                mine=self._mine,
                at=at,
                first=self._served,
            )
        self._running -= ended
        self._pace.take(len(claimed))
        for one in claimed:
            self._running.add(asyncio.create_task(self._send(one)))
        return bool(self._running)

    async def _wait_a_beat(self) -> None:
        """One beat; where beats are short, until half of the places are free: a round costs as much as ten messages."""
        waited = 0.0
        while waited == 0.0 or (waited < LONGEST_GATHERING and self._on_their_way() > AT_ONCE // 2):
            await asyncio.sleep(self._pace.beat)
            waited += self._pace.beat

    def _on_their_way(self) -> int:
        return sum(not task.done() for task in self._running)

    async def _send(self, one: Claimed) -> Outcome:
        """One message. Every way in which it can go wrong ends in an outcome."""
        if not one.is_direct and not isinstance(one.parcel.content, Direct):
            self._served = one.parcel.content.organisation_id
        has_begun = False
        try:
            async with asyncio.timeout(LONGEST_SEND):
                await self._pace.wait_for_chat(one.parcel.address, is_group=one.group_id is not None)
                await self._pace.wait_for_place()
                has_begun = True
                return Outcome(one, message_id=await self._messenger.send(one.parcel))
        except SendFailed as failure:
            log.info("post_not_sent", row=one.id, reason=failure.reason, may_have_left=failure.may_have_left)
            return Outcome(one, failure=failure)
        except TimeoutError:
            return Outcome(one, failure=SendFailed(permanent=False, reason="time_out", may_have_left=has_begun))
        except Exception:  # a fault of ours with this one message must not hold up the others
            log.exception("post_message_failed", row=one.id, is_direct=one.is_direct)
            return Outcome(one, failure=SendFailed(permanent=True, reason="our_fault"))

    def _silence(self, outcomes: list[Outcome]) -> timedelta | None:
        """How long to leave a channel alone that fails again and again: 1, 2, 4 seconds, at most a minute."""
        for one in outcomes:
            failure = one.failure
            if failure is None or failure.permanent or failure.reason in UNREACHABLE:
                self._troubles = 0
            elif not failure.is_whole_account:
                self._troubles += 1
        if self._troubles < TROUBLE:
            return None
        return timedelta(seconds=min(2.0 ** min(self._troubles // TROUBLE - 1, 6), LONGEST_SILENCE))

    async def _finish(self) -> None:
        """What ends in time is recorded. With the database away it is remembered, for the next time."""
        if not self._running:
            return
        ended, _late = await asyncio.wait(self._running, timeout=TO_FINISH)
        outcomes = [task.result() for task in ended]
        at = self._now()
        async with self._database.changing() as session:
            await record_outcomes(session, outcomes, account=self._messenger.account, mine=self._mine, at=at)
        self._running -= ended
