"""What needs me today."""

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from content.overview import count_states, count_validities, coverage
from content.reminding import WaitingNotice, count_notices, list_notices
from content.wanted import State, Wanted
from editor.access.roles import Permission
from editor.visits import Access, Page, Visit, Visitor

SHOWN = (State.IN_REVIEW, State.REVIEW_OWED, State.DRAFT, State.OUTDATED)
MOST_NOTICES = 25


async def front(visit: Visit) -> Response:
    """The first page: how much waits, each with the list behind it, and how far each language has come."""
    today = visit.at.date()
    async with visit.database.reading() as session:
        states, validities = await count_states(session), await count_validities(session, today=today)
        languages = await coverage(session)
        notices, how_many = await _notices(session, visit.visitor)
    counts = [(Wanted(state=state), states[state]) for state in SHOWN]
    counts += [(Wanted(validity=validity), count) for validity, count in validities.items()]
    return visit.page("front.html", counts=counts, languages=languages, notices=notices, how_many=how_many)


async def _notices(session: AsyncSession, visitor: Visitor) -> tuple[list[WaitingNotice], int]:
    """For those who can act, all that waits; for administrators, what nobody has acted on. And how many there are."""
    if not visitor.may(Permission.CONFIRM_STILL_CORRECT) and not visitor.may(Permission.MANAGE_PEOPLE):
        return [], 0
    escalated_only = not visitor.may(Permission.CONFIRM_STILL_CORRECT)
    shown = await list_notices(session, limit=MOST_NOTICES, escalated_only=escalated_only)
    return shown, await count_notices(session, escalated_only=escalated_only)


PAGES = (Page("GET", "/", front, Access.SIGNED_IN),)
