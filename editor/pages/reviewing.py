"""A text in one language: what it says, what is said about it, and what may be done with it now."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from starlette.responses import Response

from content import drafting, reviewing
from content.differences import text_difference
from content.drafting import as_draft
from content.freshness import Text
from content.previewing import catalogue_with, inspect_draft
from content.publishing import find_published
from content.reading_aloud.recordings import list_recordings, text_to_read
from editor.access.roles import Permission
from editor.guard import Refused
from editor.pages.people import names_of
from editor.pages.writing import find_place, preview_both
from editor.visits import Page, Visit


async def show(visit: Visit) -> Response:
    """The text with its preview, what it changes for residents, its comments, and the next step."""
    place = await find_place(visit)
    if place.newest is None:
        return visit.go(f"{place.path}/write")
    async with visit.database.reading() as session:
        now = await find_published(session, place.newest.translation_id)
        draft = as_draft(place.newest)
        issues = await inspect_draft(session, place.answer.id, place.language, draft)
        catalogue = await catalogue_with(session, place.answer.id, place.language, draft, only_this=True)
        comments = await reviewing.list_comments(session, place.newest.translation_id)
        authors = await reviewing.authors(session, place.newest)
        recordings = await list_recordings(session, place.answer.id, place.language) if now else []
        shown = {*(one.by for one in comments), *authors, *(one.added_by for one in recordings)}
        names = await names_of(session, [*shown, place.newest.approved_by])
        read_from = await text_to_read(session, place.answer.id, place.language) if now else ""
    may_write = visit.visitor.may_write(place.language, source_language=place.answer.source_language)
    return visit.page(
        "text.html",
        place=place,
        revision=place.newest,
        draft=draft,
        text=draft.text,
        is_open=place.newest.lifecycle in drafting.OPEN,
        differences=text_difference(now.text() if now else Text("", ""), draft.text),
        issues=issues,
        comments=comments,
        names=names,
        authors=authors,
        is_own=visit.visitor.id in authors,
        may_write=may_write,
        recordings=recordings,
        read_from=read_from,
        preview=preview_both(visit, catalogue, place, draft, issues),
    )


async def act(visit: Visit) -> Response:
    """One step: each needs its own permission, and the rules of reviewing hold for everybody."""
    place, by, at = await find_place(visit), visit.visitor.id, visit.at
    if place.newest is None:
        raise Refused(404, "not_found")
    step, number, note = visit.field("step"), place.newest.translation_id, visit.field("note")
    needs = _NEEDS.get(step)
    may_write = visit.visitor.may_write(place.language, source_language=place.answer.source_language)
    if not (may_write if needs is None and step in _OF_WRITERS else needs is not None and visit.visitor.may(needs)):
        raise Refused(403, "not_yours")
    async with visit.database.changing() as session:
        match step:
            case "submit":
                await reviewing.submit(session, number, by=by, at=at)
            case "take_back":
                await reviewing.take_back(session, number, by=by, at=at)
            case "discard":
                await drafting.discard(session, number, by=by, at=at)
            case "return":
                await reviewing.send_back(session, number, note, by=by, at=at)
            case "comment":
                await reviewing.comment(session, number, note, by=by, at=at)
            case "approve":
                when = _moment(visit.field("publish_at"), visit.zone)
                if when and not visit.visitor.may(Permission.PUBLISH):
                    raise Refused(403, "not_yours")
                await reviewing.approve(session, number, by=by, at=at, publish_at=when)
                return visit.go(place.path, done="scheduled" if when else "approved")
            case "publish":
                await reviewing.publish_approved(session, number, by=by, at=at)
            case "emergency":
                await reviewing.publish_now_review_after(session, number, note, by=by, at=at)
            case "reviewed_afterwards":
                await reviewing.review_afterwards(session, number, by=by, at=at)
    return visit.go(place.path, done=_DONE[step])


_OF_WRITERS = frozenset({"submit", "take_back", "discard"})
_NEEDS = {
    "return": Permission.REVIEW,
    "comment": Permission.READ_CONTENT,
    "approve": Permission.REVIEW,
    "publish": Permission.PUBLISH,
    "emergency": Permission.PUBLISH_NOW_REVIEW_AFTER,
    "reviewed_afterwards": Permission.REVIEW,
}
_DONE = {
    "submit": "submitted",
    "take_back": "taken_back",
    "discard": "discarded",
    "return": "returned",
    "comment": "commented",
    "publish": "published",
    "emergency": "published",
    "reviewed_afterwards": "reviewed_afterwards",
}


def _moment(local: str, zone: str) -> datetime | None:
    """What a browser's field for day and time says, in the town's time; None when it is empty or no time."""
    try:
        return datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) if local else None
    except (ValueError, OverflowError):
        return None


PAGES = (
    Page("GET", "/answers/{answer_id}/{language}", show, Permission.READ_CONTENT),
    Page("POST", "/answers/{answer_id}/{language}", act, Permission.READ_CONTENT),
)
