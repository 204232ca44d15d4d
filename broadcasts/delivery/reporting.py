"""What became of a broadcast, counted: by state, reason and language. Nobody is named."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.delivery.records import (
    MANY_FAILURES,
    OPEN,
    Delivery,
    DeliveryState,
    Release,
    ReleaseState,
    Response,
)

FEW = 5  # below it a count could tell of one person


@dataclass(frozen=True, slots=True)
class Line:
    """How many deliveries ended so."""

    state: DeliveryState
    reason: str
    language: str  # the recipient's
    count: int


@dataclass(frozen=True, slots=True)
class RunReport:
    """One run. ``responses`` counts the buttons that were pressed."""

    release_id: int
    due_at: datetime
    ended_at: datetime | None
    state: ReleaseState
    paused_reason: str
    lines: tuple[Line, ...]
    responses: Mapping[str, int]

    def total(self, state: DeliveryState) -> int:
        """How many deliveries are in this state."""
        return sum(line.count for line in self.lines if line.state is state)

    @property
    def recipients(self) -> int:
        """Everybody who was a recipient."""
        return sum(line.count for line in self.lines)

    def by_state(self) -> dict[DeliveryState, int]:
        """Counts of the states that stand in the lines."""
        there = {line.state for line in self.lines}
        return {state: self.total(state) for state in DeliveryState if state in there}


@dataclass(frozen=True, slots=True)
class Report:
    """All runs of a broadcast, the newest first."""

    broadcast_id: int
    runs: tuple[RunReport, ...]

    def for_ambassador(self) -> "Report":
        """The same as an organisation may see it: where a number is small, it is not said what of."""
        return replace(self, runs=tuple(_hidden(run) for run in self.runs))


async def count_stuck(session: AsyncSession) -> int:
    """How many runs paused of themselves, after many failures in a row, and wait until somebody looks."""
    stuck = select(func.count()).where(Release.state == ReleaseState.PAUSED, Release.paused_reason == MANY_FAILURES)
    return await session.scalar(stuck) or 0


async def load_report(session: AsyncSession, broadcast_id: int) -> Report:
    """Count what became of every recipient; for a run that goes on, as far as it has come."""
    releases = await session.scalars(
        select(Release).where(Release.broadcast_id == broadcast_id).order_by(Release.due_at.desc())
    )
    return Report(broadcast_id, tuple([await _load_run(session, release) for release in releases]))


async def _load_run(session: AsyncSession, release: Release) -> RunReport:
    what = (Delivery.state, Delivery.reason, Delivery.wanted)
    counted = await session.execute(
        select(*what, func.count()).where(Delivery.release_id == release.id).group_by(*what).order_by(*what)
    )
    pressed = await session.execute(
        select(Response.key, func.count()).where(Response.release_id == release.id).group_by(Response.key)
    )
    return RunReport(
        release.id,
        release.due_at,
        release.ended_at,
        ReleaseState(release.state),
        release.paused_reason,
        tuple(Line(DeliveryState(state), reason, language, count) for state, reason, language, count in counted),
        dict(pressed.all()),
    )


def _hidden(run: RunReport) -> RunReport:
    """Reasons and languages tell of people ("one has blocked us, in Tigrinya"): only of five and more.

    What is left of small lines is counted together under no reason and no language, for every state there can be, also
    when it is none; the pages show numbers below five as "fewer than 5" (members/counting.py, ``shown``).
    """
    kept = [line for line in run.lines if line.count >= FEW]
    rest = {state: 0 for state in DeliveryState if run.ended_at is None or state not in OPEN}
    for line in run.lines:
        if line.count < FEW:
            rest[line.state] = rest.get(line.state, 0) + line.count
    lines = (*kept, *(Line(state, "", "", count) for state, count in rest.items()))
    return replace(run, lines=tuple(lines))
