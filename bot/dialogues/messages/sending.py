"""An ambassador says when a message goes out, and whether it comes again; sees once more to whom, and says yes.

What a button says of a time: now, 2026-12-12T18:00, or 2026-12-12T18:00/weekly for what comes again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from bot.dialogues.messages.drafts import (
    HERE,
    Own,
    after_quiet_hours,
    audience_pieces,
    day_and_clock,
    find_own,
    goes_on,
    load_audience,
    local_now,
    lost,
)
from bot.dialogues.messages.issues import forbidding
from bot.dialogues.messages.moments import read_moment
from bot.dialogues.messages.repeating import as_before, may_repeat, repeat_buttons, times
from bot.dialogues.scene import Scene
from bot.forms import open_form
from bot.situation import Act
from bot.turn import Turn
from broadcasts.announcements.approving import needs_second_person, submit
from broadcasts.announcements.checks import inspect_broadcast
from broadcasts.announcements.records import Broadcast, BroadcastState, Kind, Repeat
from broadcasts.delivery.arming import get_policy
from broadcasts.organisations.keeping import get_organisation
from broadcasts.organisations.records import OrganisationState
from broadcasts.scheduling.planning import LEAST_USEFUL, MOST_USEFUL, check_plan, first_run, right_now
from broadcasts.scheduling.recurrence import Plan
from broadcasts.scheduling.rules import OnlyQuietHours
from broadcasts.scheduling.scheduling import schedule
from core.errors import RuleBroken
from core.i18n import Translator
from core.messages import Button, Piece
from core.messages import Kind as Look
from core.people import Person

FORM = "message_time"
NOW = "now"
USEFUL_MINUTES = 24 * 60  # after its time; of a meeting at most until it begins
EVENING, MORNING, NOON = 18, 10, 12
SATURDAY = 5


async def choose_time(scene: Scene, own: Own, _detail: str) -> Turn:
    """Now, and the times when people read: evenings and weekends."""
    if stopped := await _stopped(scene, own):
        return stopped
    if await _is_read_first(scene, own):  # the time is asked for when it has been read
        return await show_last(scene, own, NOW)
    t, now = scene.t, local_now(scene, own.row.zone)
    buttons = [Button(t("Now"), own.step(f"time:{NOW}"))]
    buttons += [
        Button(label, own.step(f"time:{moment.isoformat(timespec='minutes')}{as_before(own.row)}"))
        for label, moment in _usual(now, t)
    ]
    buttons += [Button(t("Another time"), own.step("at")), Button(t("Back"), own.step(""))]
    policy = await get_policy(scene.session)
    pieces = [Piece(Look.TEXT, t("When shall it go out?"))]
    if policy.quiet_from != policy.quiet_until:
        words = t("Nothing is sent between {quiet_from} and {quiet_until}.",
                  quiet_from=policy.quiet_from, quiet_until=policy.quiet_until)  # fmt: skip
        pieces.append(Piece(Look.NOTE, words))
    return scene.say(scene.replies.message(pieces, buttons), goes_on("message", broadcast=str(own.row.id)))


async def ask_for_time(scene: Scene, own: Own, _detail: str) -> Turn:
    """Another time, typed."""
    words = Piece(Look.TEXT, scene.t("Write day and time, for example: tomorrow 18:00, or 12.12. 18:00"))
    back = Button(scene.t("Back"), own.step("when"))
    return scene.say(scene.replies.message([words], [back]), goes_on(FORM, broadcast=str(own.row.id)))


async def hear_time(scene: Scene, typed: str) -> Turn | None:
    """What was understood stands on the last card, with its weekday, and waits for a yes."""
    own = await find_own(scene, HERE)
    if own is None:
        return lost(scene)
    moment = read_moment(typed, now=local_now(scene, own.row.zone))
    if moment.begins_at is None:
        t = scene.t
        missing = t("I did not understand the day.") if moment.day is None else t("I did not understand the time.")
        again = t("Write day and time, for example: tomorrow 18:00, or 12.12. 18:00")
        pieces = [Piece(Look.TEXT, missing), Piece(Look.TEXT, again)]
        return scene.say(scene.replies.message(pieces, [Button(t("Back"), own.step("when"))]))
    return await show_last(scene, own, moment.begins_at.isoformat(timespec="minutes") + as_before(own.row))


async def show_last(scene: Scene, own: Own, detail: str) -> Turn:
    """The last card: what, when, to whom. Nothing goes out without a yes below it."""
    going = await _going(scene, own, detail)
    if isinstance(going, Turn):
        return going
    plan, is_read_first = going.plan, going.is_read_first
    t, audience = scene.t, audience_pieces(await load_audience(scene, own), own, scene.t)
    if is_read_first:
        words = t("Staff of the municipality read it first. Then you choose the time.")
        pieces = [Piece(Look.TITLE, own.title(t.language)), *audience, Piece(Look.TEXT, words)]
        buttons = [Button(t("Yes, let them read it"), own.step(f"send:{detail}"))]
    else:
        when = t("Now") if detail == NOW else day_and_clock(plan.first_at, t)
        pieces = [
            Piece(Look.TITLE, own.title(t.language)),
            Piece(Look.LABEL, t("When: {moment}", moment=when)),
            *times(plan, t, at=scene.situation.at),
            *await _remarks(scene, own, plan),
            *audience,
        ]
        buttons = [
            Button(t("Yes, send it"), own.step(f"send:{detail}")),
            *repeat_buttons(own, detail, t, now=NOW),
            Button(t("Another time"), own.step("when")),
        ]
    buttons.append(Button(t("Back"), own.step("")))
    return scene.say(scene.replies.message(pieces, buttons), goes_on("message", broadcast=str(own.row.id)))


async def send(scene: Scene, own: Own, detail: str) -> Turn:
    """Yes: it is approved and planned, or waits for the second person."""
    going = await _going(scene, own, detail)
    if isinstance(going, Turn):
        return going
    plan, is_read_first = going.plan, going.is_read_first
    t, useful = scene.t, _useful_minutes(own.row, plan)
    is_draft = own.row.state == BroadcastState.DRAFT

    async def run(session: AsyncSession, person: Person, at: datetime) -> None:
        row = await submit(session, own.row.id, by=own.by, at=at) if is_draft else own.row
        if row.state != BroadcastState.IN_BRIEFING:
            await schedule(
                session, own.row.id, plan, useful_minutes=useful, ignores_quiet_hours=False, by=own.by, at=at
            )
        await open_form(session, person.id, "message", {"broadcast": str(own.row.id)}, at=at)

    if is_read_first:
        words = t("Staff of the municipality are reading it. You get a message when they are done.")
    elif (later := await _put_off(scene, plan)) is None and detail == NOW:
        words = t("Thank you. It goes out now.")
    else:
        words = t("Thank you. It goes out: {moment}", moment=day_and_clock(later or plan.first_at, t))
    pieces = [Piece(Look.TEXT, words), *([] if is_read_first else times(plan, t, at=scene.situation.at))]
    if not (await get_policy(scene.session)).is_armed:
        pieces.append(
            Piece(Look.NOTE, t("Sending is switched off just now. The municipality must switch it on first."))
        )
    buttons = [
        Button(t("How it stands"), f"announcement:{own.row.id}"),
        Button(t("Messages of the organisation"), f"sent:{own.organisation_id}"),
    ]
    return scene.say(scene.replies.message(pieces, buttons), Act(run))


@dataclass(frozen=True, slots=True)
class _Going:
    """When a message would go out, and whether staff read it before."""

    plan: Plan
    is_read_first: bool


async def _going(scene: Scene, own: Own, detail: str) -> _Going | Turn:
    """What the last card and the yes below it both need; a turn where something stands in the way."""
    if stopped := await _stopped(scene, own):
        return stopped
    plan = _plan(own.row, detail, at=scene.situation.at)
    if plan is None:
        return await choose_time(scene, own, "")
    is_read_first = await _is_read_first(scene, own)
    if not is_read_first and (obstacle := await _obstacle(scene, own, plan)):
        return _not_then(scene, own, obstacle)
    return _Going(plan, is_read_first)


def _usual(now: datetime, t: Translator) -> list[tuple[str, datetime]]:
    """The times that are offered, soonest first; each once."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    tomorrow = today + timedelta(days=1)
    saturday = today + timedelta(days=(SATURDAY - now.weekday()) % 7)
    found = [
        (t("This evening, {clock}", clock=f"{EVENING}:00"), today.replace(hour=EVENING)),
        (t("Tomorrow, {clock}", clock=f"{MORNING}:00"), tomorrow.replace(hour=MORNING)),
        (t("Saturday, {clock}", clock=f"{NOON}:00"), saturday.replace(hour=NOON)),
    ]
    return [one for one in found if one[1] > now]


def _plan(row: Broadcast, detail: str, *, at: datetime) -> Plan | None:
    """What a button says; None for what is no time."""
    if detail == NOW:
        return right_now(row.zone, at=at)
    when, _, how = detail.partition("/")
    try:
        moment, repeat = datetime.fromisoformat(when), Repeat(how or Repeat.ONCE)
    except ValueError:
        return None
    if moment.tzinfo is not None or (repeat is not Repeat.ONCE and not may_repeat(row)):
        return None
    return Plan(moment, row.zone, repeat)


def _useful_minutes(row: Broadcast, plan: Plan) -> int:
    """A day; but nobody is called to a meeting that has begun."""
    minutes = USEFUL_MINUTES
    if row.begins_at:
        zone = ZoneInfo(row.zone)
        begins = datetime.fromisoformat(row.begins_at).replace(tzinfo=zone)
        minutes = min(minutes, int((begins - plan.first_at.replace(tzinfo=zone)).total_seconds()) // 60)
    return max(LEAST_USEFUL, min(minutes, MOST_USEFUL))


async def _obstacle(scene: Scene, own: Own, plan: Plan) -> RuleBroken | None:
    try:
        check_plan(
            plan,
            kind=Kind(own.row.kind),
            useful_minutes=_useful_minutes(own.row, plan),
            ignores_quiet_hours=False,
            policy=await get_policy(scene.session),
            at=scene.situation.at,
        )
    except RuleBroken as obstacle:
        return obstacle
    return None


def _not_then(scene: Scene, own: Own, obstacle: RuleBroken) -> Turn:
    t = scene.t
    if isinstance(obstacle, OnlyQuietHours):
        words = t("Then nothing is sent, and afterwards it is too late for this message. Choose another time.")
    else:
        words = t("This time is over. Choose another time.")
    buttons = [Button(t("Another time"), own.step("when")), Button(t("Back"), own.step(""))]
    return scene.say(scene.replies.message([Piece(Look.TEXT, words)], buttons))


async def _remarks(scene: Scene, own: Own, plan: Plan) -> list[Piece]:
    """Quiet hours put it off; it may come too late for its own meeting."""
    t, notes = scene.t, []
    if later := await _put_off(scene, plan):
        notes.append(t("Then it is quiet here. It goes out: {moment}", moment=day_and_clock(later, t)))
    if own.row.begins_at and plan.first_at >= datetime.fromisoformat(own.row.begins_at):
        notes.append(t("It has begun by then."))
    return [Piece(Look.NOTE, note) for note in notes]


async def _put_off(scene: Scene, plan: Plan) -> datetime | None:
    """Until when quiet hours put it off."""
    run = first_run(plan, at=scene.situation.at)
    return await after_quiet_hours(scene, plan.zone, at=run.at) if run is not None else None


async def _is_read_first(scene: Scene, own: Own) -> bool:
    return own.row.state == BroadcastState.DRAFT and await needs_second_person(scene.session, own.row)


async def _stopped(scene: Scene, own: Own) -> Turn | None:
    """Why it cannot be sent as it stands, or None."""
    t = scene.t
    back = [Button(t("Back"), own.step("")), Button(t("Messages of the organisation"), f"sent:{own.organisation_id}")]
    organisation = await get_organisation(scene.session, own.organisation_id)
    if organisation.state != OrganisationState.ACTIVE:
        words = [t("Nothing is sent for this organisation just now. Ask the municipality why.")]
    elif own.row.state == BroadcastState.IN_BRIEFING:
        words = [t("Staff of the municipality are reading it. You get a message when they are done.")]
    elif own.row.state not in (BroadcastState.DRAFT, BroadcastState.APPROVED, BroadcastState.SCHEDULED):
        words = [t("This text cannot be changed any more.")]
    else:
        words = forbidding(await inspect_broadcast(scene.session, own.row.id, at=scene.situation.at), t)
        if words:
            words.insert(0, t("Before it can be sent:"))
    return scene.say(scene.replies.message([Piece(Look.TEXT, one) for one in words], back)) if words else None


STEPS = {"when": choose_time, "at": ask_for_time, "time": show_last, "send": send}
FORMS = {FORM: hear_time}
