"""What happened, and who did it."""

from starlette.responses import Response

from core.timeline import list_entries
from editor.access.roles import Permission
from editor.pages.people import names_of
from editor.visits import Page, Visit


async def show(visit: Visit) -> Response:
    """The newest two hundred events."""
    async with visit.database.reading() as session:
        entries = await list_entries(session, limit=200)
        names = await names_of(session, (entry.by for entry in entries))
    return visit.page("timeline.html", entries=entries, names=names)


PAGES = (Page("GET", "/timeline", show, Permission.SEE_TIMELINE),)
