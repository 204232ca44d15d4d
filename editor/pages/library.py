"""Updates of the shared library: the queue with the differences, and what somebody decides about each."""

from urllib.parse import urlencode

from starlette.responses import Response

from content.catalogue import AREAS
from content.library_updates import deciding
from content.library_updates.items import Item, details
from content.library_updates.queue import FACTS, MOST_AT_ONCE, Standing, Update, list_never_changed, list_updates
from content.models import Answer
from core import languages
from editor.access.roles import Permission
from editor.guard import Refused
from editor.visits import Page, Visit

QUEUE = "/desk/library"


async def show(visit: Visit) -> Response:
    """What waits, twenty a page; of one area or language when they are chosen."""
    chosen, number = _chosen(visit), visit.field("page")
    async with visit.database.reading() as session:
        page = await list_updates(session, **chosen, page=int(number) if number.isdecimal() and len(number) < 7 else 1)
    return visit.page(
        "library.html",
        page=page,
        chosen=chosen,
        query=urlencode(chosen),
        areas=AREAS,
        codes=languages.PROMISED,
        issues={},
        fact_form=_fact_form,
        may_publish=visit.visitor.may(Permission.PUBLISH),
    )


async def decide(visit: Visit) -> Response:
    """Accept, adapt or refuse one update; then the rest of the queue, or where to write on."""
    update_id, mark, step = visit.request.path_params["update_id"], visit.field("mark"), visit.field("step")
    by, at = visit.visitor.id, visit.at
    may_publish = visit.visitor.may(Permission.PUBLISH)
    async with visit.database.changing() as session:
        match step:
            case "accept":
                item = await deciding.accept(session, update_id, mark=mark, may_publish=may_publish, by=by, at=at)
            case "adapt":
                item = await deciding.adapt(session, update_id, mark=mark, by=by, at=at)
            case "refuse":
                item = await deciding.refuse(session, update_id, visit.field("reason"), mark=mark, by=by, at=at)
            case _:
                raise Refused(404, "not_found")
    if step == "adapt":
        return await _write_on(visit, item)
    accepted = "library_accepted" if may_publish else "library_approved"
    return visit.go(QUEUE, done=accepted if step == "accept" else "library_refused", **_chosen(visit))


async def show_never_changed(visit: Visit) -> Response:
    """Everything that would be accepted together, before it is."""
    async with visit.database.reading() as session:
        page = await list_never_changed(session)
    may_publish = visit.visitor.may(Permission.PUBLISH)
    return visit.page("library_unchanged.html", page=page, may_publish=may_publish)


async def accept_never_changed(visit: Visit) -> Response:
    """Accept what stood on that page."""
    marks = {
        int(name.removeprefix("mark.")): visit.field(name)
        for name in list(visit.form)[: MOST_AT_ONCE + 10]
        if name.removeprefix("mark.").isdecimal() and len(name) < 15
    }
    may_publish = visit.visitor.may(Permission.PUBLISH)
    done = await deciding.accept_together(
        visit.database, marks, may_publish=may_publish, by=visit.visitor.id, at=visit.at
    )
    return visit.go(QUEUE, done="library_some" if done.left else "library_all")


async def _write_on(visit: Visit, item: Item) -> Response:
    """The form in which what was offered can be adapted, if this is somebody who may write there."""
    _kind, key, language = item.name
    async with visit.database.reading() as session:
        answer = await session.get(Answer, key)
    written_in = answer.source_language if answer else details(item)["source_language"]
    text = f"/desk/answers/{key}/{language or written_in}"
    may_write = visit.visitor.may_write(language or written_in, source_language=written_in)
    return visit.go(f"{text}/write" if may_write else text, done="library_adapted")


def _fact_form(update: Update) -> str:
    """The form with the library's value in it: nothing is decided until it is saved."""
    if update.fact is None:
        return ""
    one, is_here = update.fact, update.standing in (Standing.AS_TAKEN, Standing.CHANGED)
    offered = {"value": one["value"], "source": one["source"], "valid_as_of": one["valid_as_of"] or ""}
    new = {} if is_here else {"name": update.key, "type": one["type"], "about": one["about"]}
    return f"/desk/facts/{update.key if is_here else 'new'}?{urlencode({'done': 'library_fact', **new, **offered})}"


def _chosen(visit: Visit) -> dict[str, str]:
    """The filters; what is unknown is none."""
    area, language = visit.field("area"), visit.field("language")
    return {
        "area": area if area in (*AREAS, FACTS) else "",
        "language": language if language in languages.PROMISED else "",
    }


PAGES = (
    Page("GET", "/library", show, Permission.UPDATE_FROM_LIBRARY),
    Page("GET", "/library/unchanged", show_never_changed, Permission.UPDATE_FROM_LIBRARY),
    Page("POST", "/library/unchanged", accept_never_changed, Permission.UPDATE_FROM_LIBRARY),
    Page("POST", "/library/{update_id:int}", decide, Permission.UPDATE_FROM_LIBRARY),
)
