"""Whether a plan can be kept, and until when each of its runs is useful. Pure: pages ask before they save."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from broadcasts.announcements.records import Broadcast, Kind, Repeat
from broadcasts.delivery.records import SendingPolicy
from broadcasts.scheduling.quiet import quiet_ends
from broadcasts.scheduling.recurrence import Plan, Run, next_run
from broadcasts.scheduling.rules import OnlyQuietHours, PlanInPast, PlanWithoutRuns, QuietHoursHold, UsefulTimeWrong
from core.errors import RuleBroken

MINUTE = timedelta(minutes=1)
LEAST_USEFUL, MOST_USEFUL = 10, 14 * 24 * 60  # minutes


def right_now(zone: str, *, at: datetime) -> Plan:
    """The plan of a broadcast that shall go out at once."""
    return Plan(_minute_shown(zone, at), zone)


def plan_of(broadcast: Broadcast) -> Plan | None:
    """The plan of a broadcast; None when it was never given a time."""
    if not broadcast.first_at:
        return None
    return Plan(
        datetime.fromisoformat(broadcast.first_at),
        broadcast.zone,
        Repeat(broadcast.repeat),
        frozenset(broadcast.weekdays),
        broadcast.until,
    )


def first_run(plan: Plan, *, at: datetime) -> Run | None:
    """The first run of a plan that is made now. This very minute counts, also in the hour that clocks show twice."""
    run = next_run(plan, after=at.replace(second=0, microsecond=0) - timedelta.resolution)
    if run is None and plan.repeat is Repeat.ONCE and plan.first_at == _minute_shown(plan.zone, at):
        return Run(at.astimezone(ZoneInfo(plan.zone)).replace(tzinfo=None, fold=0), at)
    return run


def useful_until(plan: Plan | None, due_at: datetime, useful_minutes: int) -> datetime:
    """When a run is too late: its useful time is over, or the next run is there. So after an outage there is one."""
    following = next_run(plan, after=due_at) if plan else None
    over = due_at + useful_minutes * MINUTE
    return min(over, following.at) if following else over


def is_swallowed(broadcast: Broadcast, due_at: datetime, policy: SendingPolicy) -> bool:
    """Whether it is quiet for as long as the run that is due then is useful: nobody gets it."""
    if broadcast.ignores_quiet_hours:
        return False
    begins = quiet_ends(policy.quiet_from, policy.quiet_until, broadcast.zone, at=due_at)
    return begins >= useful_until(plan_of(broadcast), due_at, broadcast.useful_minutes)


def check_plan(
    plan: Plan, *, kind: Kind, useful_minutes: int, ignores_quiet_hours: bool, policy: SendingPolicy, at: datetime
) -> Run:
    """The first run of a plan that can be kept.

    Raises UsefulTimeWrong, QuietHoursHold, PlanInPast, PlanWithoutRuns or OnlyQuietHours.
    """
    if not LEAST_USEFUL <= useful_minutes <= MOST_USEFUL:
        raise UsefulTimeWrong(least=LEAST_USEFUL, most=MOST_USEFUL)
    if ignores_quiet_hours and kind != Kind.URGENT:
        raise QuietHoursHold
    run = first_run(plan, at=at)
    if run is None:
        raise PlanInPast if plan.repeat is Repeat.ONCE else PlanWithoutRuns
    begins = quiet_ends(policy.quiet_from, policy.quiet_until, plan.zone, at=run.at)
    if not ignores_quiet_hours and begins >= useful_until(plan, run.at, useful_minutes):
        raise OnlyQuietHours(quiet_from=policy.quiet_from, quiet_until=policy.quiet_until)
    return run


def find_obstacle(
    plan: Plan, *, kind: Kind, useful_minutes: int, ignores_quiet_hours: bool, policy: SendingPolicy, at: datetime
) -> RuleBroken | None:
    """The rule that keeps a plan from being kept; None when there is none. For pages that ask before they save."""
    try:
        check_plan(
            plan,
            kind=kind,
            useful_minutes=useful_minutes,
            ignores_quiet_hours=ignores_quiet_hours,
            policy=policy,
            at=at,
        )
    except RuleBroken as obstacle:
        return obstacle
    return None


def _minute_shown(zone: str, at: datetime) -> datetime:
    return at.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0, second=0, microsecond=0)
