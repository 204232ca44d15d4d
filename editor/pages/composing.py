"""Writing a message: every language beside the others, what belongs to all of them, and what is wrong with it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import HTMLResponse, Response

from broadcasts.announcements.announcement import Composed, load_composed
from broadcasts.announcements.checks import Composition, Text, forbids_saving, inspect
from broadcasts.announcements.composing import details_of, remove_text, set_details, set_text
from broadcasts.announcements.details import Details
from broadcasts.announcements.records import Fallback, Kind, ReplyKey
from broadcasts.announcements.rights import lock_broadcast
from broadcasts.members.counting import count_by_language
from core import languages
from core.issues import Issue
from editor.forms import by_field, read_boxes, read_day
from editor.guard import Refused
from editor.message_place import WRITERS, MessagePlace, find_own_place
from editor.message_reach import Reached, word_reach
from editor.visits import Page, Visit


@dataclass(frozen=True, slots=True)
class Written:
    """What stands in the form, as it was written; texts and comments by language."""

    titles: Mapping[str, str]
    bodies: Mapping[str, str]
    comments: Mapping[str, str]
    place: str
    begins_at: str
    ends_at: str
    deadline_on: str
    fallback: str
    replies: tuple[str, ...]


async def write(visit: Visit) -> Response:
    """The form with what is kept."""
    async with visit.database.reading() as session:
        place = await find_own_place(session, visit)
        if not place.is_open:
            return visit.go(place.path)
        composed = await _composed(session, place)
        return await _form(session, visit, place, composed, _kept(composed))


async def save(visit: Visit) -> Response:
    """Keep it, unless somebody else saved meanwhile or something in it cannot be kept."""
    issues: list[Issue] = []
    deadline_on = read_day(visit, "deadline_on", issues)
    async with visit.database.changing() as session:
        place = await find_own_place(session, visit)
        broadcast = await lock_broadcast(session, place.broadcast.id)
        composed = await _composed(session, place)
        written = _read(visit, _kept(composed))
        details = _details(composed, written, deadline_on)
        if visit.field("version") != str(broadcast.text_version):
            return await _form(session, visit, place, composed, written, status=409)
        issues += forbids_saving(inspect(_composition(place, composed, written, details), at=visit.at))
        if issues:
            return await _form(session, visit, place, composed, written, issues=issues, status=422)
        await _keep(session, visit, place, composed, written)
        await set_details(session, broadcast.id, details, by=place.by, at=visit.at)
    more = visit.field("add")
    if more in languages.PROMISED:
        return visit.go(f"{place.path}/write", done="message_saved", add=more)
    return visit.go(place.path, done="message_saved")


async def _keep(session: AsyncSession, visit: Visit, place: MessagePlace, composed: Composed, written: Written) -> None:
    """The texts that are other than before. A text that a person has changed is no machine's any more."""
    for code, title in written.titles.items():
        body, before = written.bodies.get(code, ""), composed.texts.get(code)
        if not title and not body:
            if before is not None:
                await remove_text(session, place.broadcast.id, code, by=place.by, at=visit.at)
        elif before is None or (before.title, before.body) != (title, body):
            await set_text(session, place.broadcast.id, code, title=title, body=body, by=place.by, at=visit.at)


async def _form(
    session: AsyncSession,
    visit: Visit,
    place: MessagePlace,
    composed: Composed,
    written: Written,
    *,
    issues: Iterable[Issue] = (),
    status: int = 200,
) -> HTMLResponse:
    broadcast = place.broadcast
    counted = await count_by_language(session, broadcast.id) if place.organisation else {}
    reach = word_reach(counted, broadcast, place.organisation, tuple(composed.texts), visit.t)
    codes = _shown_languages(visit, composed, reach, written)
    return visit.page(
        "message_write.html",
        status=status,
        place=place,
        broadcast=broadcast,
        version=broadcast.text_version,
        written=written,
        reach=reach,
        codes=codes,
        others=[code for code in languages.PROMISED if code not in codes],
        machine={code for code, text in composed.texts.items() if text.is_machine},
        is_pinned=broadcast.answer_id is not None,
        with_comment=broadcast.answer_id is not None or broadcast.proposal_id is not None,
        issues=by_field(issues),
        is_refused=status == 422,
        is_behind=status == 409,
    )


def _shown_languages(visit: Visit, composed: Composed, reach: Reached, written: Written) -> list[str]:
    """The language that it is written in, those of members, those that have words already, and one more if asked."""
    wanted = (*(row.language for row in reach.rows), *written.titles, *written.comments, visit.field("add"))
    there = dict.fromkeys((composed.broadcast.source_language, *wanted))
    return [code for code in there if code in languages.PROMISED]


def _kept(composed: Composed) -> Written:
    broadcast = composed.broadcast
    return Written(
        titles={code: text.title for code, text in composed.texts.items()},
        bodies={code: text.body for code, text in composed.texts.items()},
        comments=dict(broadcast.comment),
        place=broadcast.place,
        begins_at=broadcast.begins_at,
        ends_at=broadcast.ends_at,
        deadline_on=broadcast.deadline_on.isoformat() if broadcast.deadline_on else "",
        fallback=broadcast.fallback,
        replies=tuple(broadcast.replies),
    )


def _read(visit: Visit, kept: Written) -> Written:
    """What the form holds; of what this kind of message has no field for, what is kept."""
    codes = languages.PROMISED
    fallback = visit.field("fallback")
    has_replies = any(f"replies.{key}" in visit.form for key in ReplyKey)
    return replace(
        kept,
        titles={
            code: " ".join(visit.field(f"{code}.title").split()) for code in codes if f"{code}.title" in visit.form
        },
        bodies={code: visit.field(f"{code}.body") for code in codes if f"{code}.title" in visit.form},
        comments={code: said for code in codes if (said := visit.field(f"comment.{code}"))},
        place=visit.field("place") if "place" in visit.form else kept.place,
        begins_at=visit.field("begins_at")[:16] if "begins_at" in visit.form else kept.begins_at,
        ends_at=visit.field("ends_at")[:16] if "ends_at" in visit.form else kept.ends_at,
        deadline_on=visit.field("deadline_on"),
        fallback=fallback if fallback in list(Fallback) else kept.fallback,
        replies=read_boxes(visit, "replies", ReplyKey) if has_replies else (),
    )


def _details(composed: Composed, written: Written, deadline_on: date | None) -> Details:
    return replace(
        details_of(composed.broadcast),
        fallback=Fallback(written.fallback),
        comment=written.comments,
        place=written.place,
        begins_at=written.begins_at,
        ends_at=written.ends_at,
        deadline_on=deadline_on,
        replies=tuple(ReplyKey(key) for key in written.replies),
    )


def _composition(place: MessagePlace, composed: Composed, written: Written, details: Details) -> Composition:
    """As the checks look at it: the texts of the form, and of a vetted answer those that are pinned."""
    broadcast = composed.broadcast
    texts = {code: Text(text.title, text.body, text.is_machine) for code, text in composed.texts.items()}
    texts |= {code: Text(title, written.bodies.get(code, "")) for code, title in written.titles.items()}
    return Composition(
        kind=Kind(broadcast.kind),
        source_language=broadcast.source_language,
        texts={code: text for code, text in texts.items() if text.title or text.body},
        details=details,
        zone=broadcast.zone,
        is_from_staff=place.organisation is None or broadcast.proposal_id is not None,
    )


async def _composed(session: AsyncSession, place: MessagePlace) -> Composed:
    composed = await load_composed(session, place.broadcast.id)
    if composed is None:
        raise Refused(404, "not_found")
    return composed


PAGES = (
    Page("GET", "/messages/{broadcast_id:int}/write", write, WRITERS),
    Page("POST", "/messages/{broadcast_id:int}/write", save, WRITERS),
)
