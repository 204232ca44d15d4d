"""Asked in vain: questions that found nothing, and what to do about each."""

from urllib.parse import urlencode

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from content.asked_in_vain import Asked, drop_gap, get_gap, list_gaps, mark_outside
from content.overview import Row, get_row, list_answers
from content.wanted import Wanted
from core import languages
from editor.access.roles import Permission
from editor.guard import Refused
from editor.visits import Page, Visit

MOST_FOUND = 20


async def show_list(visit: Visit) -> Response:
    """Questions, fifty a page, in all languages or one."""
    language, number = visit.field("language"), visit.field("page")
    wanted = language if language in languages.PROMISED else None
    async with visit.database.reading() as session:
        page = await list_gaps(
            session, language=wanted, page=int(number) if number.isdecimal() and len(number) < 7 else 1
        )
    return visit.page("gaps.html", page=page, language=wanted, query=urlencode({"language": wanted or ""}))


async def show(visit: Visit) -> Response:
    """One question: what the search would have guessed, and answers to look for, each with a way to its wordings."""
    searched = visit.field("words")[:200]
    async with visit.database.reading() as session:
        asked = await get_gap(session, _number(visit))
        found = await _search(session, visit, searched) if searched else []
    heard = await visit.ask(asked.text, asked.language, at=visit.at)
    async with visit.database.reading() as session:
        rows = [await get_row(session, one.answer_id) for one in heard.candidates]
    return visit.page(
        "gap.html",
        asked=asked,
        likely=[(row, _path(visit, row, asked)) for row in rows if row is not None],
        found=[(row, _path(visit, row, asked)) for row in found],
        searched=searched,
    )


async def outside(visit: Visit) -> Response:
    """No answer covers it, and none will."""
    async with visit.database.changing() as session:
        await mark_outside(session, _number(visit), by=visit.visitor.id, at=visit.at)
    return visit.go("/desk/gaps", done="gap_outside", language=visit.field("language"))


async def drop(visit: Visit) -> Response:
    """It is no question."""
    async with visit.database.changing() as session:
        await drop_gap(session, _number(visit), by=visit.visitor.id, at=visit.at)
    return visit.go("/desk/gaps", done="gap_dropped", language=visit.field("language"))


async def _search(session: AsyncSession, visit: Visit, words: str) -> list[Row]:
    page = await list_answers(session, Wanted(words=words), today=visit.today)
    return list(page.rows[:MOST_FOUND])


def _path(visit: Visit, row: Row, asked: Asked) -> str:
    """Where this visitor adds the question to the answer's wordings; empty when they may not write there."""
    if not visit.visitor.may_write(asked.language, source_language=row.source_language):
        return ""
    return f"/desk/answers/{row.answer_id}/{asked.language}/write?{urlencode({'wording': asked.text})}"


def _number(visit: Visit) -> int:
    number = visit.request.path_params["gap_id"]
    if not number.isascii() or not number.isdecimal() or len(number) > 9:
        raise Refused(404, "not_found")
    return int(number)


PAGES = (
    Page("GET", "/gaps", show_list, Permission.READ_CONTENT),
    Page("GET", "/gaps/{gap_id}", show, Permission.READ_CONTENT),
    Page("POST", "/gaps/{gap_id}/outside", outside, Permission.SORT_GAPS),
    Page("POST", "/gaps/{gap_id}/drop", drop, Permission.SORT_GAPS),
)
