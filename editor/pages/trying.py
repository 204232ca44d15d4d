"""Try it: what residents get for a question and why, on what is live and as if a draft were published."""

from starlette.responses import Response

from content.trying import find_open_draft, list_open_drafts, load_trial
from core import languages
from editor.access.roles import Permission
from editor.visits import Heard, Page, Visit

MOST_CHARACTERS = 1000  # of a question; the bot reads no more


async def show(visit: Visit) -> Response:
    """The ask box; question, language and draft may stand in the address."""
    return await _page(visit, None)


async def ask(visit: Visit) -> Response:
    """The same page with the reply. Nothing is changed by it, so there is nothing to go on to."""
    question, language = visit.field("question")[:MOST_CHARACTERS], visit.field("language")
    if not question:
        return await _page(visit, None)
    answer_id, _slash, written_in = visit.field("draft").partition("/")
    trial = None
    if answer_id:
        async with visit.database.reading() as session:
            trial = await load_trial(session, answer_id, written_in)
    wanted = language if language in languages.PROMISED else None
    return await _page(visit, await visit.ask(question, wanted, at=visit.at, draft=trial))


async def _page(visit: Visit, heard: Heard | None) -> Response:
    answer_id, _slash, written_in = visit.field("draft").partition("/")
    async with visit.database.reading() as session:
        drafts = await list_open_drafts(session)
        chosen = await find_open_draft(session, answer_id, written_in) if answer_id else None
    if chosen is not None and chosen not in drafts:
        drafts.append(chosen)  # older than those that the list has room for
    return visit.page(
        "try.html",
        question=visit.field("question")[:MOST_CHARACTERS],
        language=visit.field("language"),
        chosen=chosen,
        drafts=drafts,
        codes=languages.PROMISED,
        heard=heard,
    )


PAGES = (
    Page("GET", "/try", show, Permission.READ_CONTENT),
    Page("POST", "/try", ask, Permission.READ_CONTENT),
)
