"""When a message goes out: the time is chosen, the next runs are shown, and only then it is kept."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import HTMLResponse, Response

from broadcasts.announcements.composing import list_texts
from broadcasts.announcements.records import Broadcast, BroadcastState, Kind, Repeat
from broadcasts.delivery.arming import get_policy
from broadcasts.delivery.records import SendingPolicy
from broadcasts.members.counting import count_by_language
from broadcasts.scheduling.planning import find_obstacle, first_run, plan_of
from broadcasts.scheduling.quiet import is_quiet
from broadcasts.scheduling.recurrence import Plan, Run, next_runs
from broadcasts.scheduling.scheduling import schedule
from core.errors import RuleBroken
from core.issues import Issue, Severity
from editor import words
from editor.access.roles import Permission
from editor.forms import by_field, read_boxes, read_day
from editor.message_place import MessagePlace, find_own_place
from editor.message_reach import word_reach
from editor.visits import Page, Visit
from editor.words import messages

MOST_RUNS = 5
USUAL = ("18:00", 24 * 60)  # people read in the evening; a day later most of it is old
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


@dataclass(frozen=True, slots=True)
class Chosen:
    """What stands in the form, as it was written."""

    day: str
    clock: str
    repeat: str
    weekdays: tuple[str, ...]
    until: str
    useful: str
    ignores_quiet_hours: bool

    @property
    def seen(self) -> str:
        """The same in one line: whether the runs that were shown are still those of the form."""
        boxes = "".join(self.weekdays)
        return f"{self.day} {self.clock} {self.repeat} {boxes} {self.until} {self.useful} {self.ignores_quiet_hours}"


async def ask(visit: Visit) -> Response:
    """The form; with the time that was chosen before, or one tomorrow evening."""
    async with visit.database.reading() as session:
        place = await find_own_place(session, visit)
        if place.broadcast.state not in (BroadcastState.APPROVED, BroadcastState.SCHEDULED):
            return visit.go(place.path)
        return await _form(session, visit, place, _kept(visit, place.broadcast))


async def choose(visit: Visit) -> Response:
    """Show the runs; or keep the time, if these very runs were shown."""
    issues: list[Issue] = []
    chosen = _read(visit)
    async with visit.database.changing() as session:
        place = await find_own_place(session, visit)
        plan = _plan(visit, chosen, place.broadcast.zone, issues)
        if plan is None:
            return await _form(session, visit, place, chosen, issues=issues, status=422)
        policy = await get_policy(session)
        obstacle = _obstacle(plan, chosen, place.broadcast, policy, at=visit.at)
        if obstacle is not None:
            return await _form(session, visit, place, chosen, obstacle=obstacle, status=422)
        if visit.field("step") != "save" or visit.field("seen") != chosen.seen:
            return await _form(session, visit, place, chosen, plan=plan)
        await schedule(
            session,
            place.broadcast.id,
            plan,
            useful_minutes=int(chosen.useful),
            ignores_quiet_hours=chosen.ignores_quiet_hours,
            by=place.by,
            at=visit.at,
        )
    return visit.go(place.path, done="message_scheduled")


async def _form(
    session: AsyncSession,
    visit: Visit,
    place: MessagePlace,
    chosen: Chosen,
    *,
    plan: Plan | None = None,
    issues: list[Issue] | None = None,
    obstacle: RuleBroken | None = None,
    status: int = 200,
) -> HTMLResponse:
    counted = await count_by_language(session, place.broadcast.id)
    texts = tuple(await list_texts(session, place.broadcast.id))
    policy = await get_policy(session)
    runs = runs_of(plan, at=visit.at) if plan else []
    return visit.page(
        "message_when.html",
        status=status,
        place=place,
        broadcast=place.broadcast,
        chosen=chosen,
        seen=chosen.seen,
        has_changed=visit.field("step") == "save",
        runs=runs,
        is_more=len(runs) == MOST_RUNS,
        is_quiet=bool(runs) and not chosen.ignores_quiet_hours and _is_quiet(policy, runs[0], place.broadcast.zone),
        policy=policy,
        quiet=messages.quiet_hours(policy.quiet_from, policy.quiet_until, visit.t),
        reach=word_reach(counted, place.broadcast, place.organisation, texts, visit.t),
        issues=by_field(issues or []),
        obstacle=words.words_for(obstacle, visit.t) if obstacle else "",
    )


def runs_of(plan: Plan, *, at: datetime) -> list[Run]:
    """The next runs of a plan that is made now."""
    first = first_run(plan, at=at)
    return [first, *next_runs(plan, after=first.at, count=MOST_RUNS - 1)] if first else []


def _is_quiet(policy: SendingPolicy, run: Run, zone: str) -> bool:
    return is_quiet(policy.quiet_from, policy.quiet_until, zone, at=run.at)


def _kept(visit: Visit, broadcast: Broadcast) -> Chosen:
    plan = plan_of(broadcast)
    if plan is None:
        tomorrow = visit.at.astimezone(ZoneInfo(broadcast.zone)).date() + timedelta(days=1)
        return Chosen(tomorrow.isoformat(), USUAL[0], Repeat.ONCE, (), "", str(USUAL[1]), ignores_quiet_hours=False)
    return Chosen(
        day=plan.first_at.date().isoformat(),
        clock=plan.first_at.strftime("%H:%M"),
        repeat=plan.repeat,
        weekdays=tuple(str(one) for one in sorted(plan.weekdays)),
        until=plan.until.isoformat() if plan.until else "",
        useful=str(broadcast.useful_minutes),
        ignores_quiet_hours=broadcast.ignores_quiet_hours,
    )


def _read(visit: Visit) -> Chosen:
    repeat, useful = visit.field("repeat"), visit.field("useful")
    return Chosen(
        day=visit.field("day"),
        clock=visit.field("clock")[:5],
        repeat=repeat if repeat in list(Repeat) else Repeat.ONCE,
        weekdays=read_boxes(visit, "weekdays", map(str, range(7))),
        until=visit.field("until"),
        useful=useful if useful.isascii() and useful.isdecimal() and len(useful) < 7 else str(USUAL[1]),
        ignores_quiet_hours=bool(visit.field("ignores_quiet_hours")),
    )


def _plan(visit: Visit, chosen: Chosen, zone: str, issues: list[Issue]) -> Plan | None:
    """The plan of the form; None when a day or time in it is none, then there are issues."""
    day, until = read_day(visit, "day", issues), read_day(visit, "until", issues)
    if day is None and not issues:
        issues.append(Issue("day", "day_missing", Severity.SAVING))
    if not _CLOCK.fullmatch(chosen.clock):
        issues.append(Issue("clock", "clock_wrong", Severity.SAVING))
    if issues or day is None:
        return None
    repeat = Repeat(chosen.repeat)
    return Plan(
        datetime.fromisoformat(f"{day.isoformat()}T{chosen.clock}"),
        zone,
        repeat,
        frozenset(map(int, chosen.weekdays)) if repeat is Repeat.WEEKLY else frozenset(),
        until if repeat is not Repeat.ONCE else None,
    )


def _obstacle(
    plan: Plan, chosen: Chosen, broadcast: Broadcast, policy: SendingPolicy, *, at: datetime
) -> RuleBroken | None:
    return find_obstacle(
        plan,
        kind=Kind(broadcast.kind),
        useful_minutes=int(chosen.useful),
        ignores_quiet_hours=chosen.ignores_quiet_hours,
        policy=policy,
        at=at,
    )


PAGES = (
    Page("GET", "/messages/{broadcast_id:int}/when", ask, Permission.WRITE_ANNOUNCEMENT),
    Page("POST", "/messages/{broadcast_id:int}/when", choose, Permission.WRITE_ANNOUNCEMENT),
)
