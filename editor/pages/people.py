"""Staff: who there is, what they may do, and the links by which people come in."""

from collections.abc import Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from core import languages
from core.timeline import list_entries
from editor.access import accounts, invitations
from editor.access.models import StaffMember
from editor.access.roles import HeldRole, Permission, Role
from editor.visits import Page, Visit


async def show(visit: Visit) -> Response:
    """Everybody, and the links that wait."""
    return await _page(visit)


async def invite(visit: Visit) -> Response:
    """Make a link, shown once."""
    roles = roles_in(visit)
    async with visit.database.changing() as session:
        token = await invitations.invite(
            session, email=visit.field("email"), roles=roles, by=visit.visitor.id, at=visit.at
        )
    return await _page(visit, link=_link(visit, token))


async def show_person(visit: Visit) -> Response:
    """One person: what they may do, and ways to help them back in."""
    return await _person_page(visit)


async def change_roles(visit: Visit) -> Response:
    """Give exactly these roles."""
    staff_id, roles = int(visit.request.path_params["staff_id"]), roles_in(visit)
    async with visit.database.changing() as session:
        await accounts.change_roles(session, staff_id, roles, by=visit.visitor.id, at=visit.at)
    return visit.go(f"/desk/people/{staff_id}", done="roles_changed")


async def reset(visit: Visit) -> Response:
    """A link for a new password, shown once."""
    async with visit.database.changing() as session:
        token = await invitations.invite_to_reset(
            session,
            int(visit.request.path_params["staff_id"]),
            drops_second_factor=bool(visit.field("drops_second_factor")),
            by=visit.visitor.id,
            at=visit.at,
        )
    return await _person_page(visit, link=_link(visit, token))


async def deactivate(visit: Visit) -> Response:
    """Take somebody's access away; their sessions end."""
    staff_id = int(visit.request.path_params["staff_id"])
    async with visit.database.changing() as session:
        await accounts.deactivate(session, staff_id, by=visit.visitor.id, at=visit.at)
    return visit.go("/desk/people", done="deactivated")


async def reactivate(visit: Visit) -> Response:
    """Let somebody in again."""
    staff_id = int(visit.request.path_params["staff_id"])
    async with visit.database.changing() as session:
        await accounts.reactivate(session, staff_id, by=visit.visitor.id, at=visit.at)
    return visit.go(f"/desk/people/{staff_id}", done="reactivated")


async def take_back(visit: Visit) -> Response:
    """End a link that nobody has used."""
    invitation_id = int(visit.request.path_params["invitation_id"])
    async with visit.database.changing() as session:
        await invitations.end_open(session, invitation_id, by=visit.visitor.id, at=visit.at)
    return visit.go("/desk/people", done="invitation_taken_back")


def roles_in(visit: Visit) -> list[HeldRole]:
    """The roles that the form asks for. Raises RoleScopeWrong."""
    roles = [HeldRole(role) for role in PLAIN if visit.field(f"role.{role.value}")]
    roles += [HeldRole(Role.TRANSLATOR, code) for code in languages.PROMISED if visit.field(f"translator.{code}")]
    return roles + [HeldRole(Role.AMBASSADOR, one) for one in visit.field("organisations").split()]


async def names_of(session: AsyncSession, ids: Iterable[int | None]) -> Mapping[int, str]:
    """The names of staff members, for pages that say who did something."""
    wanted = {one for one in ids if one is not None}
    rows = await session.execute(select(StaffMember.id, StaffMember.name).where(StaffMember.id.in_(wanted)))
    return {member.id: member.name for member in rows}


async def _page(visit: Visit, *, link: str = "") -> Response:
    async with visit.database.reading() as session:
        members = await accounts.list_staff(session)
        roles = await accounts.list_roles(session)
        waiting = await invitations.list_open(session, at=visit.at)
    return visit.page(
        "people.html",
        members=members,
        roles={staff_id: sorted(f"{one.role} {one.scope}".strip() for one in held) for staff_id, held in roles.items()},
        held=frozenset(),
        waiting=waiting,
        link=link,
        plain=PLAIN,
        codes=languages.PROMISED,
    )


async def _person_page(visit: Visit, *, link: str = "") -> Response:
    staff_id = int(visit.request.path_params["staff_id"])
    async with visit.database.reading() as session:
        member = await session.get_one(StaffMember, staff_id)
        held = await accounts.get_roles(session, staff_id)
        entries = await list_entries(session, about=f"staff:{staff_id}", limit=20)
        names = await names_of(session, (entry.by for entry in entries))
    return visit.page(
        "person.html",
        member=member,
        held=frozenset(map(str, held)),
        organisations=" ".join(sorted(one.scope for one in held if one.role is Role.AMBASSADOR)),
        entries=entries,
        names=names,
        link=link,
        plain=PLAIN,
        codes=languages.PROMISED,
    )


def _link(visit: Visit, token: str) -> str:
    return str(visit.request.url.replace(path=f"/desk/invitation/{token}", query=""))


PLAIN = (Role.AUTHOR, Role.REVIEWER, Role.PUBLISHER, Role.ADMINISTRATOR)  # those that are not limited to anything
PAGES = (
    Page("GET", "/people", show, Permission.MANAGE_PEOPLE),
    Page("POST", "/people", invite, Permission.MANAGE_PEOPLE),
    Page("GET", "/people/{staff_id:int}", show_person, Permission.MANAGE_PEOPLE),
    Page("POST", "/people/{staff_id:int}/roles", change_roles, Permission.MANAGE_PEOPLE),
    Page("POST", "/people/{staff_id:int}/reset", reset, Permission.MANAGE_PEOPLE),
    Page("POST", "/people/{staff_id:int}/deactivate", deactivate, Permission.MANAGE_PEOPLE),
    Page("POST", "/people/{staff_id:int}/reactivate", reactivate, Permission.MANAGE_PEOPLE),
    Page("POST", "/people/invitations/{invitation_id:int}/take-back", take_back, Permission.MANAGE_PEOPLE),
)
