"""Staff: who there is, what they may do, and the links by which people come in."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from content.editing_profile import get_town
from core import languages
from core.logs import get_log
from core.mail import Letter, MailAway, MailRefused, MailUnsure
from core.timeline import list_entries
from editor import letters
from editor.access import accounts, invitations
from editor.access.accounts import compared_email
from editor.access.models import StaffMember
from editor.access.roles import HeldRole, Permission, Role
from editor.visits import Page, Visit

log = get_log(__name__)
MAIL_SECONDS = 30  # then the link is shown: whoever waits for the page must not lose it to a slow mail server


class Posted(StrEnum):
    """What became of the letter with a link."""

    NO = "no"
    YES = "yes"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class MadeLink:
    """A link that was made just now, and whether its owner has it already."""

    link: str
    posted: Posted


async def show(visit: Visit) -> Response:
    """Everybody, and the links that wait."""
    return await _page(visit)


async def invite(visit: Visit) -> Response:
    """Make a link: it goes out by mail, or is shown once."""
    address, roles, email = visit.own_address, roles_in(visit), visit.field("email")
    async with visit.database.changing() as session:
        token = await invitations.invite(session, email=email, roles=roles, by=visit.visitor.id, at=visit.at)
        town = (await get_town(session)).name
    link, by = f"{address}/desk/invitation/{token}", visit.visitor.name
    letter = letters.invitation(compared_email(email), link, by=by, town=town, t=visit.t, at=visit.at)
    return await _page(visit, made=MadeLink(link, await _post(visit, letter)))


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
    """A link for a new password: it goes out by mail, or is shown once.

    One that turns the second step off is never mailed: whoever reads the mailbox would need nothing else.
    """
    address, staff_id = visit.own_address, int(visit.request.path_params["staff_id"])
    drops = bool(visit.field("drops_second_factor"))
    async with visit.database.changing() as session:
        member = await session.get_one(StaffMember, staff_id)
        token = await invitations.invite_to_reset(
            session, staff_id, drops_second_factor=drops, by=visit.visitor.id, at=visit.at
        )
        town = (await get_town(session)).name
    link = f"{address}/desk/invitation/{token}"
    letter = letters.reset(member, link, town=town, t=visit.t.sibling(member.language), at=visit.at)
    return await _person_page(visit, made=MadeLink(link, Posted.NO if drops else await _post(visit, letter)))


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


async def _post(visit: Visit, letter: Letter) -> Posted:
    """After the transaction: the link is made, whatever becomes of the letter."""
    if visit.mail is None:
        return Posted.NO
    try:
        async with asyncio.timeout(MAIL_SECONDS):
            await visit.mail.send(letter)
    except (MailAway, MailRefused, MailUnsure, TimeoutError) as problem:
        log.warning("link_not_mailed", reason=str(problem) or "slow")
        return Posted.FAILED
    return Posted.YES


async def _page(visit: Visit, *, made: MadeLink | None = None) -> Response:
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
        made=made,
        plain=PLAIN,
        codes=languages.PROMISED,
    )


async def _person_page(visit: Visit, *, made: MadeLink | None = None) -> Response:
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
        made=made,
        plain=PLAIN,
        codes=languages.PROMISED,
    )


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
