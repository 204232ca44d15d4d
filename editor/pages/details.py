"""What stands beside the texts of an answer, and the beginning of a new one."""

from starlette.responses import HTMLResponse, Response

from content.catalogue import AREAS, LIFE_EVENTS
from content.checks import LEVELS
from content.editing_answers import (
    LAST_PRIORITY,
    AnswerDetails,
    NewAnswer,
    SourceDetails,
    add_answer,
    change_details,
    check_details,
    check_new,
    find_details,
    is_published,
)
from content.editing_checks import wrong
from content.meanwhile import ChangedMeanwhile, fingerprint, merge
from core.issues import Issue
from editor import words
from editor.access.roles import Permission
from editor.forms import by_field, meanwhile, read_boxes, read_day, read_lines, read_numbers
from editor.guard import Refused, note_refusal
from editor.showing import list_office_names
from editor.visits import Page, Visit, Visitor
from editor.words import editing

WRITTEN_IN = ("nb", "nn", "en")
TYPED = ("review_by", "valid_from", "valid_until", "priority")  # what may be mistyped is shown as it was typed


async def show(visit: Visit) -> Response:
    """The details, ready to be changed."""
    details = await _find(visit)
    return await _form(visit, details, _typed(details), [], seen=fingerprint(details))


async def change(visit: Visit) -> Response:
    """Keep what stands in the form: residents see it at once."""
    answer_id, before, issues = visit.request.path_params["answer_id"], await _find(visit), list[Issue]()
    details, seen, reason = _read(visit, before, issues), visit.field("seen"), " ".join(visit.field("reason").split())
    async with visit.database.reading() as session:
        issues += await check_details(session, answer_id, details, reason=reason)
    if issues:
        typed = _typed(details) | {name: visit.field(name) for name in TYPED if name in visit.form}
        return await _form(visit, details, typed, issues, seen=seen)
    try:
        async with visit.database.changing() as session:
            by, at = visit.visitor.id, visit.at
            await change_details(session, answer_id, details, reason=reason, seen=seen, by=by, at=at)
    except ChangedMeanwhile:
        theirs = await _find(visit)
        merged = merge(details, theirs, seen=seen)
        notes = meanwhile(merged, visit.t, words=await _words(visit))
        return await _form(
            visit, merged.details, _typed(merged.details), notes, seen=fingerprint(theirs), is_conflict=True
        )
    return visit.go(f"/desk/answers/{answer_id}", done="answer_details_changed")


def _read(visit: Visit, before: AnswerDetails, issues: list[Issue]) -> AnswerDetails:
    """What stands in the form; what this visitor may not change stays as it was."""
    may_rank = visit.visitor.may(Permission.EDIT_DETAILS)
    return AnswerDetails(
        area=visit.field("area"),
        priority=_priority(visit, before, issues) if may_rank else before.priority,
        is_safety=bool(visit.field("is_safety")) if may_rank else before.is_safety,
        owner=visit.field("owner"),
        contact=visit.field("contact"),
        levels=read_boxes(visit, "levels", _known(LEVELS, before.levels)),
        audience=read_lines(visit, "audience"),
        life_events=read_boxes(visit, "life_events", _known(LIFE_EVENTS, before.life_events)),
        related=read_lines(visit, "related"),
        review_by=read_day(visit, "review_by", issues),
        valid_from=read_day(visit, "valid_from", issues),
        valid_until=read_day(visit, "valid_until", issues),
        sources=_sources(visit),
        is_hidden_when_expired=bool(visit.field("is_hidden_when_expired")),
    )


def _priority(visit: Visit, before: AnswerDetails, issues: list[Issue]) -> int:
    given = visit.field("priority")
    if given.isascii() and given.isdecimal() and len(given) < 10:
        return int(given)
    issues.append(wrong("priority", "priority_wrong", most=str(LAST_PRIORITY)))
    return before.priority


def _typed(details: AnswerDetails) -> dict[str, str]:
    return {name: "" if (value := getattr(details, name)) is None else str(value) for name in TYPED}


async def new(visit: Visit) -> Response:
    """An empty form for a new answer."""
    return await _new_form(visit, [])


async def add(visit: Visit) -> Response:
    """Begin an answer; the page for its first text follows."""
    wanted = NewAnswer(
        visit.field("id").lower(), visit.field("area"), visit.field("owner"), visit.field("source_language") or "nb"
    )
    async with visit.database.reading() as session:
        issues = await check_new(session, wanted)
    if issues:
        return await _new_form(visit, issues)
    async with visit.database.changing() as session:
        await add_answer(session, wanted, by=visit.visitor.id, at=visit.at)
    return visit.go(f"/desk/answers/{wanted.id}/{wanted.source_language}/write", done="answer_added")


def may_edit(someone: Visitor, *, is_new: bool) -> bool:
    """What residents see, publishers and administrators change; an answer that they do not see yet, its authors too."""
    return someone.may(Permission.EDIT_DETAILS) or (is_new and someone.may(Permission.WRITE_SOURCE))


async def _find(visit: Visit) -> AnswerDetails:
    """The details, for somebody who may change them."""
    answer_id, someone = visit.request.path_params["answer_id"], visit.visitor
    async with visit.database.reading() as session:
        details = await find_details(session, answer_id)
        if details is None:
            raise Refused(404, "not_found")
        is_new = not await is_published(session, answer_id)
    if not may_edit(someone, is_new=is_new):
        await note_refusal(visit.database, someone, visit.request.url.path, at=visit.at)
        raise Refused(403, "not_yours")
    return details


def _known(ours: tuple[str, ...], before: tuple[str, ...]) -> list[str]:
    """Ours, and others that a library brought along: a form must not lose them."""
    return list(dict.fromkeys([*ours, *before]))


def _sources(visit: Visit) -> tuple[SourceDetails, ...]:
    """The sources in the form, however many; one without an address is left out."""
    return tuple(
        SourceDetails(
            url=url,
            name=" ".join(visit.field(f"sources.{number}.name").split()),
            is_verified=bool(visit.field(f"sources.{number}.is_verified")),
            note=visit.field(f"sources.{number}.note"),
        )
        for number in read_numbers(visit, "sources")
        if (url := visit.field(f"sources.{number}.url"))
    )


async def _form(
    visit: Visit,
    details: AnswerDetails,
    typed: dict[str, str],
    issues: list[Issue],
    *,
    seen: str,
    is_conflict: bool = False,
) -> HTMLResponse:
    known = await _words(visit)
    return visit.page(
        "details.html",
        status=409 if is_conflict else 422 if issues else 200,
        is_conflict=is_conflict,
        seen=seen,
        reason=visit.field("reason"),
        may_rank=visit.visitor.may(Permission.EDIT_DETAILS),
        last_priority=LAST_PRIORITY,
        answer_id=visit.request.path_params["answer_id"],
        details=details,
        typed=typed,
        offices=list(known["owner"].items()),
        areas=_known(AREAS, (details.area,)),
        levels=_known(LEVELS, details.levels),
        life_events=_known(LIFE_EVENTS, details.life_events),
        sources=[*details.sources, SourceDetails(""), SourceDetails("")],
        issues=by_field(issues),
    )


async def _words(visit: Visit) -> dict[str, dict[str, str]]:
    """By field, what its values are called."""
    t = visit.t
    async with visit.database.reading() as session:
        offices = await list_office_names(session, t)
    return {
        "owner": offices,
        "contact": offices,
        "area": dict(words.areas(t)),
        "levels": dict(editing.levels(t)),
        "life_events": dict(editing.life_events(t)),
    }


async def _new_form(visit: Visit, issues: list[Issue]) -> HTMLResponse:
    async with visit.database.reading() as session:
        offices = await list_office_names(session, visit.t)
    return visit.page(
        "answer_new.html",
        status=422 if issues else 200,
        given={name: visit.field(name) for name in ("id", "area", "owner", "source_language")},
        areas=AREAS,
        codes=WRITTEN_IN,
        offices=offices.items(),
        issues=by_field(issues),
    )


PAGES = (
    Page("GET", "/answers/new", new, Permission.WRITE_SOURCE),
    Page("POST", "/answers/new", add, Permission.WRITE_SOURCE),
    Page("GET", "/answers/{answer_id}/details", show, Permission.READ_CONTENT),
    Page("POST", "/answers/{answer_id}/details", change, Permission.READ_CONTENT),
)
