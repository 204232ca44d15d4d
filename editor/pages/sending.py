"""Whether this installation sends at all, and by which rules."""

from starlette.responses import Response

from broadcasts.announcements.overview import list_swallowed_rows
from broadcasts.delivery.arming import MOST_FIRST, arm, disarm, edit_policy, get_policy
from editor.access.roles import Permission
from editor.pages.people import names_of
from editor.visits import AnyOf, Page, Visit

READERS: AnyOf = frozenset({Permission.ARM_SENDING, Permission.PROPOSE_BROADCAST, Permission.APPROVE_BROADCAST})


async def show(visit: Visit) -> Response:
    """Is it on, since when, when is it quiet, and what is read first."""
    async with visit.database.reading() as session:
        policy = await get_policy(session)
        names = await names_of(session, [policy.armed_by])
        swallowed = await list_swallowed_rows(session, language=visit.t.language)
    return visit.page("sending.html", policy=policy, names=names, swallowed=swallowed, most_first=MOST_FIRST)


async def switch_on(visit: Visit) -> Response:
    """From now on what is due goes out."""
    async with visit.database.changing() as session:
        await arm(session, by=visit.visitor.id, at=visit.at)
    return visit.go("/desk/sending", done="sending_armed")


async def switch_off(visit: Visit) -> Response:
    """Nothing goes out any more."""
    async with visit.database.changing() as session:
        await disarm(session, by=visit.visitor.id, at=visit.at, why=visit.field("why")[:300])
    return visit.go("/desk/sending", done="sending_disarmed")


async def save_policy(visit: Visit) -> Response:
    """Quiet hours, and how many messages of a new organisation are read first."""
    first = visit.field("first_read_by_staff")
    async with visit.database.changing() as session:
        await edit_policy(
            session,
            quiet_from=visit.field("quiet_from"),
            quiet_until=visit.field("quiet_until"),
            first_read_by_staff=int(first) if first.isascii() and first.isdecimal() and len(first) < 5 else -1,
            by=visit.visitor.id,
            at=visit.at,
        )
    return visit.go("/desk/sending", done="sending_policy_saved")


PAGES = (
    Page("GET", "/sending", show, READERS),
    Page("POST", "/sending/on", switch_on, Permission.ARM_SENDING),
    Page("POST", "/sending/off", switch_off, Permission.ARM_SENDING),
    Page("POST", "/sending", save_policy, Permission.ARM_SENDING),
)
