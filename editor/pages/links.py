"""The links of published answers: what is wrong with them, and where they stand."""

from starlette.responses import Response

from content.links.checking import LinkState
from content.links.records import WORST_FIRST, check_now, list_links, visitor_of_town
from editor.access.roles import Permission
from editor.guard import Refused
from editor.visits import Page, Visit

MOST = 200  # links of one state on a page
NOT_YET = "not_yet"  # stands for the links that were never visited
TO_LOOK_AT = (LinkState.DEAD, LinkState.MOVED, LinkState.TROUBLE, LinkState.REFUSED)


async def show(visit: Visit) -> Response:
    """What somebody should look at, the dead first; or the links of one state."""
    async with visit.database.reading() as session:
        links = await list_links(session)
    groups = {state or NOT_YET: [link for link in links if link.state == state] for state in WORST_FIRST}
    chosen = visit.field("state")
    shown = [chosen] if chosen in groups else [state for state in TO_LOOK_AT if groups[state]]
    return visit.page(
        "links.html",
        counts={state: len(group) for state, group in groups.items()},
        shown={state: groups[state][:MOST] for state in shown},
        chosen=chosen,
        can_check=visit.link_visitor is not None,
    )


async def check(visit: Visit) -> Response:
    """Visit one link now."""
    if visit.link_visitor is None:
        raise Refused(404, "not_found")
    async with visit.database.reading() as session:
        visitor = await visitor_of_town(session, visit.link_visitor)
    found = await check_now(visit.database, visitor, visit.field("url"), by=visit.visitor.id, at=visit.at)
    return visit.go("/desk/links", done=f"link_{found.state}", state=visit.field("state"))


PAGES = (
    Page("GET", "/links", show, Permission.CHECK_LINKS),
    Page("POST", "/links", check, Permission.CHECK_LINKS),
)
