"""What became of a message: for its ambassadors without small numbers, for staff as it is."""

from starlette.responses import Response

from broadcasts.announcements.composing import list_titles
from broadcasts.delivery.reporting import load_report
from broadcasts.delivery.settling import resend_unknown
from broadcasts.members.counting import shown
from core import languages
from editor.access.roles import Permission
from editor.guard import Refused
from editor.message_place import READERS, MessagePlace, find_place, is_staff
from editor.visits import Page, Visit


async def show(visit: Visit) -> Response:
    """All runs, the newest first."""
    async with visit.database.reading() as session:
        place = await find_place(session, visit)
        report = await load_report(session, place.broadcast.id)
        titles = (await list_titles(session, [place.broadcast.id])).get(place.broadcast.id, {})
    is_rounded = _is_rounded(visit, place)
    runs = report.for_ambassador().runs if is_rounded else report.runs
    return visit.page(
        "message_report.html",
        place=place,
        title=titles.get(languages.first_available(visit.t.language, titles) or "", ""),
        runs=runs,
        is_rounded=is_rounded,
        number=lambda count: shown(count, visit.t) if is_rounded else str(count),
        may_resend=place.may_approve and not is_rounded,
    )


async def resend(visit: Visit) -> Response:
    """Send once more to those of whom nobody knows whether they have it."""
    given = visit.field("release")
    async with visit.database.changing() as session:
        place = await find_place(session, visit)
        report = await load_report(session, place.broadcast.id)
        chosen = next((run.release_id for run in report.runs if str(run.release_id) == given), None)
        if chosen is None or _is_rounded(visit, place):
            raise Refused(404, "not_found")
        await resend_unknown(session, chosen, by=visit.visitor.id, at=visit.at)
    return visit.go(f"{place.path}/report", done="unknown_resent")


def _is_rounded(visit: Visit, place: MessagePlace) -> bool:
    """Who speaks for the organisation sees no small numbers, whatever else they are."""
    return place.ambassador is not None or not is_staff(visit.visitor)


PAGES = (
    Page("GET", "/messages/{broadcast_id:int}/report", show, READERS),
    Page("POST", "/messages/{broadcast_id:int}/report/again", resend, Permission.APPROVE_BROADCAST),
)
