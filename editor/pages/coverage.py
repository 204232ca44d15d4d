"""Which languages and districts are reached, and which organisations need a word."""

from starlette.responses import Response

from broadcasts.members.counting import shown
from broadcasts.organisations.coverage import load_coverage
from content.editing_profile import get_town
from editor.access.roles import Permission
from editor.visits import Page, Visit


async def show(visit: Visit) -> Response:
    """The map, as tables."""
    async with visit.database.reading() as session:
        districts = (await get_town(session)).districts
        coverage = await load_coverage(session, districts=districts, at=visit.at, today=visit.today)
    return visit.page("coverage.html", coverage=coverage, shown=shown)


PAGES = (Page("GET", "/coverage", show, Permission.PROPOSE_BROADCAST),)
