"""For who speaks for an organisation: the agreement, the entry, time given, the certificate."""

import csv
import io
from collections.abc import Sequence
from datetime import date
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import HTMLResponse, Response

from broadcasts.members.counting import count_members, shown
from broadcasts.organisations.ambassadors import STEPPED_DOWN, agree, end_ambassador, ensure_ambassador, find_ambassador
from broadcasts.organisations.by import By
from broadcasts.organisations.checks import LONGEST_ABOUT, check_text
from broadcasts.organisations.effort import (
    check_effort,
    drop_effort,
    list_effort,
    list_sent,
    load_certificate,
    log_effort,
)
from broadcasts.organisations.groups import list_groups
from broadcasts.organisations.keeping import confirm_entry, describe, get_organisation, is_stale
from broadcasts.organisations.records import Ambassador
from broadcasts.organisations.words import VERSION, agreement
from content.editing_profile import get_town
from core import languages
from core.issues import Issue
from editor.access.roles import Permission, may
from editor.forms import by_field, read_day
from editor.guard import Refused
from editor.message_place import come_as_ambassador
from editor.visits import Access, AnyOf, Page, Visit

READERS: AnyOf = frozenset({Permission.WRITE_ANNOUNCEMENT, Permission.MANAGE_ORGANISATIONS})
SHOWN_LINES = 50


class Step(StrEnum):
    """What an ambassador does on the page."""

    AGREE = "agree"
    CONFIRM = "confirm"
    DESCRIBE = "describe"
    EFFORT = "effort"
    DROP = "drop"
    STEP_DOWN = "step_down"


async def show_agreement(visit: Visit) -> Response:
    """Who can be an ambassador and what both sides promise, for everybody, in the language they choose."""
    asked = visit.field("language")
    chosen = asked if asked in languages.NAMES else visit.t.language
    parts = agreement(visit.preview.words(chosen))
    return visit.page("agreement.html", parts=parts, chosen=chosen, codes=languages.NAMES)


async def show(visit: Visit) -> Response:
    """The organisation as its ambassador sees it; first of all the agreement."""
    ambassador = None
    if may(visit.visitor.roles, Permission.WRITE_ANNOUNCEMENT, organisation=_id(visit)):
        async with visit.database.reading() as session:
            ambassador = await find_ambassador(session, _id(visit), staff_id=visit.visitor.id)
    if ambassador is None:
        async with visit.database.changing() as session:
            ambassador = await _come(session, visit)
    return await _page(visit, ambassador)


async def change(visit: Visit) -> Response:
    """One step."""
    given = visit.field("step")
    if given not in set(Step):
        raise Refused(404, "not_found")
    step = Step(given)
    async with visit.database.changing() as session:
        ambassador = await _come(session, visit)
        if step is Step.AGREE:
            await agree(session, ambassador.id, VERSION, at=visit.at)
            return visit.go(_path(visit), done="agreed")
        if step is not Step.STEP_DOWN:  # who does not agree may go
            await come_as_ambassador(session, visit.visitor, _id(visit))
        issues = await _take_step(session, visit, step, ambassador)
    if issues:
        return await _page(visit, ambassador, issues=issues)
    if step is Step.STEP_DOWN:
        return visit.go("/desk/organisations", done="stepped_down")
    return visit.go(_path(visit), done=f"own_{step}")


async def show_certificate(visit: Visit) -> Response:
    """A sheet of paper that says what somebody has done."""
    since, until = _period(visit)
    async with visit.database.reading() as session:
        ambassador = await _whose(session, visit)
        found = await load_certificate(session, ambassador.id, since=since, until=until, zone=visit.zone)
        town = (await get_town(session)).name
    return visit.page("certificate.html", one=found, town=town, hours=_hours(found.minutes), ambassador=ambassador)


async def download_effort(visit: Visit) -> Response:
    """The organisation's log as a table for a report: time given, and messages sent."""
    since, until = _period(visit)
    async with visit.database.reading() as session:
        if not visit.visitor.may(Permission.MANAGE_ORGANISATIONS):
            await come_as_ambassador(session, visit.visitor, _id(visit))
        organisation = await get_organisation(session, _id(visit))
        rows = await list_effort(session, organisation.id, since=since, until=until)
        sent = await list_sent(session, organisation.id, since=since, until=until, zone=visit.zone)
    t, table = visit.t, io.StringIO()
    writer = csv.writer(table)
    writer.writerow([t("Day"), t("Name"), t("Minutes"), t("What"), t("Message sent")])
    writer.writerows([one.day.isoformat(), _plain(one.name), one.minutes, _plain(one.what), ""] for one in rows)
    writer.writerows([one.day.isoformat(), _plain(one.name), "", "", _plain(one.title)] for one in sent)
    headers = {"Content-Disposition": f'attachment; filename="{organisation.id}-{since}-{until}.csv"'}
    # The mark at the beginning tells spreadsheets that these are all letters, not Latin ones only.
    return Response(f"\ufeff{table.getvalue()}", media_type="text/csv; charset=utf-8", headers=headers)


async def _take_step(session: AsyncSession, visit: Visit, step: Step, ambassador: Ambassador) -> Sequence[Issue]:
    """Do it, unless something is wrong with the form."""
    by, key = By(ambassador_id=ambassador.id), _id(visit)
    match step:
        case Step.CONFIRM:
            await confirm_entry(session, key, by=by, at=visit.at, today=visit.today)
        case Step.DESCRIBE:
            language, text = visit.field("language"), visit.field("about")
            if language not in languages.NAMES:
                raise Refused(404, "not_found")
            if issues := check_text("about", text, most=LONGEST_ABOUT):
                return issues
            await describe(session, key, language, text, by=by, at=visit.at, today=visit.today)
        case Step.EFFORT:
            return await _log(session, visit, ambassador)
        case Step.DROP:
            line = visit.field("line")
            if line.isascii() and line.isdecimal() and len(line) < 10:
                await drop_effort(session, int(line), ambassador_id=ambassador.id)
        case Step.STEP_DOWN:
            await end_ambassador(session, ambassador.id, STEPPED_DOWN, by=by, at=visit.at)
        case Step.AGREE:
            pass
    return ()


async def _log(session: AsyncSession, visit: Visit, ambassador: Ambassador) -> Sequence[Issue]:
    issues: list[Issue] = []
    day, what, given = read_day(visit, "day", issues), visit.field("what"), visit.field("minutes")
    minutes = int(given) if given.isascii() and given.isdecimal() and len(given) < 6 else None
    issues = check_effort(day, minutes, what, today=visit.today)
    if not issues and day is not None and minutes is not None:
        await log_effort(session, ambassador.id, day, minutes, what, at=visit.at, today=visit.today)
    return issues


async def _come(session: AsyncSession, visit: Visit) -> Ambassador:
    """Who the visitor is here, agreed or not. Raises Refused(404) for who does not speak for it any more."""
    if not may(visit.visitor.roles, Permission.WRITE_ANNOUNCEMENT, organisation=_id(visit)):
        raise Refused(404, "not_found")
    await get_organisation(session, _id(visit))
    found = await ensure_ambassador(session, _id(visit), visit.visitor.id, visit.visitor.name, at=visit.at)
    if found is None:
        raise Refused(404, "not_found")
    return found


async def _whose(session: AsyncSession, visit: Visit) -> Ambassador:
    """Whose certificate: for staff the one they ask for, else the own."""
    number = visit.field("ambassador")
    if not visit.visitor.may(Permission.MANAGE_ORGANISATIONS):
        return await come_as_ambassador(session, visit.visitor, _id(visit))
    is_number = number.isascii() and number.isdecimal() and len(number) < 10
    found = await session.get(Ambassador, int(number)) if is_number else None
    if found is None or found.organisation_id != _id(visit):
        raise Refused(404, "not_found")
    return found


async def _page(visit: Visit, ambassador: Ambassador, *, issues: Sequence[Issue] = ()) -> HTMLResponse:
    async with visit.database.reading() as session:
        organisation = await get_organisation(session, _id(visit))
        if ambassador.agreed_at is None or ambassador.agreement_version != VERSION:
            parts = agreement(visit.preview.words(visit.t.language))
            return visit.page(
                "agreement.html", parts=parts, chosen=visit.t.language, codes=languages.NAMES, organisation=organisation
            )
        since, until = _period(visit)
        rows = await list_effort(
            session, organisation.id, since=date.min, until=visit.today, ambassador_id=ambassador.id
        )
        members = shown(await count_members(session, organisation.id), visit.t)
        groups = await list_groups(session, organisation.id)
    return visit.page(
        "own_organisation.html",
        status=422 if issues else 200,
        organisation=organisation,
        ambassador=ambassador,
        members=members,
        groups=groups,
        is_stale=is_stale(organisation, today=visit.today),
        rows=rows[:SHOWN_LINES],
        hours=_hours(sum(row.minutes for row in rows)),
        since=since,
        until=until,
        codes=languages.NAMES,
        most=LONGEST_ABOUT,
        issues=by_field(issues),
    )


def _period(visit: Visit) -> tuple[date, date]:
    """The days that the address asks for; this year, where it asks for none or for nothing that makes sense."""
    wrong: list[Issue] = []
    since = read_day(visit, "since", wrong) or date(visit.today.year, 1, 1)
    until = read_day(visit, "until", wrong) or visit.today
    is_plain = date(2000, 1, 1) <= since <= until <= date(2100, 1, 1)
    return (since, until) if is_plain else (date(visit.today.year, 1, 1), visit.today)


def _hours(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02}"


def _plain(cell: str) -> str:
    """A spreadsheet takes what begins so for a formula, and names are written by people."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def _id(visit: Visit) -> str:
    return str(visit.request.path_params["organisation_id"])


def _path(visit: Visit) -> str:
    return f"/desk/organisations/{_id(visit)}/own"


PAGES = (
    Page("GET", "/organisations/agreement", show_agreement, Access.ANYBODY),
    Page("GET", "/organisations/{organisation_id}/own", show, Permission.WRITE_ANNOUNCEMENT),
    Page("POST", "/organisations/{organisation_id}/own", change, Permission.WRITE_ANNOUNCEMENT),
    Page("GET", "/organisations/{organisation_id}/certificate", show_certificate, READERS),
    Page("GET", "/organisations/{organisation_id}/effort.csv", download_effort, READERS),
)
