"""Organisations and their ambassadors, for staff: the list, the entry, who speaks for it, its groups."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import segno
from starlette.responses import HTMLResponse, Response

from broadcasts.members.counting import shown
from broadcasts.organisations.ambassadors import (
    TAKEN_AWAY,
    add_ambassador,
    end_ambassador,
    hand_over,
    hands_over_to,
    list_ambassadors,
    make_link,
)
from broadcasts.organisations.by import By
from broadcasts.organisations.checks import OrganisationDetails, check_organisation
from broadcasts.organisations.coverage import load_standings
from broadcasts.organisations.groups import TAKEN_AWAY as GROUP_TAKEN_AWAY
from broadcasts.organisations.groups import end_group, list_groups, list_groups_of_nobody
from broadcasts.organisations.keeping import (
    OrganisationChangedMeanwhile,
    add_organisation,
    confirm_entry,
    details_of,
    edit_organisation,
    fingerprint,
    get_organisation,
    is_stale,
    list_for_account,
    renew_code,
    set_state,
)
from broadcasts.organisations.records import Ambassador, OrganisationState
from content.editing_profile import get_town
from core import languages
from core.issues import Issue
from core.timeline import list_entries
from editor.access.ambassadors import list_accounts_without, take_role
from editor.access.roles import Permission
from editor.forms import by_field, read_boxes, read_lines
from editor.guard import Refused
from editor.message_place import own_organisations
from editor.pages.people import names_of
from editor.visits import AnyOf, Page, Visit

MANAGE = Permission.MANAGE_ORGANISATIONS
ANY: AnyOf = frozenset({MANAGE, Permission.WRITE_ANNOUNCEMENT})


class Step(StrEnum):
    """What staff do with an ambassador."""

    LINK = "link"
    HAND_OVER = "hand_over"
    END = "end"


@dataclass(frozen=True, slots=True)
class ChatLink:
    """A link for an ambassador's chat, shown once; without the bot's name, what to write to the bot instead."""

    name: str
    written: str
    url: str | None

    @property
    def square(self) -> str:
        """The link as a picture for a camera."""
        return segno.make(self.url, error="m", micro=False).svg_data_uri(border=4, light="#fff") if self.url else ""


async def show_list(visit: Visit) -> Response:
    """All organisations for staff; the own ones for who speaks for some."""
    is_staff = visit.visitor.may(MANAGE)
    async with visit.database.reading() as session:
        standings = await load_standings(session, at=visit.at, today=visit.today)
        own = await list_for_account(session, own_organisations(visit.visitor), visit.visitor.id)
        groups = await list_groups_of_nobody(session) if is_staff else []
    return visit.page(
        "organisations.html",
        rows=standings if is_staff else [],
        stale={one.organisation.id for one in standings if is_stale(one.organisation, today=visit.today)},
        own=own,
        groups=groups,
        shown=shown,
        is_staff=is_staff,
    )


async def new(visit: Visit) -> Response:
    """An empty form."""
    return await _new_form(visit, OrganisationDetails(""), [])


async def add(visit: Visit) -> Response:
    """Keep a new organisation."""
    details = _read(visit)
    if issues := check_organisation(details):
        return await _new_form(visit, details, issues)
    async with visit.database.changing() as session:
        added = await add_organisation(session, details, by=visit.visitor.id, at=visit.at)
    return visit.go(f"/desk/organisations/{added.id}", done="organisation_added")


async def show(visit: Visit) -> Response:
    """One organisation: its entry, its ambassadors, its groups, what happened."""
    return await _page(visit)


async def edit(visit: Visit) -> Response:
    """Keep what stands in the form."""
    details = _read(visit)
    if issues := check_organisation(details):
        return await _page(visit, details=details, issues=issues, status=422)
    try:
        async with visit.database.changing() as session:
            await edit_organisation(
                session, _id(visit), details, seen=visit.field("seen"), by=visit.visitor.id, at=visit.at
            )
    except OrganisationChangedMeanwhile:
        return await _page(visit, details=details, is_conflict=True, status=409)
    return visit.go(f"/desk/organisations/{_id(visit)}", done="organisation_changed")


async def change_state(visit: Visit) -> Response:
    """Wake it, let it sleep, end it."""
    state = visit.field("state")
    if state not in set(OrganisationState):
        raise Refused(404, "not_found")
    async with visit.database.changing() as session:
        await set_state(session, _id(visit), OrganisationState(state), by=visit.visitor.id, at=visit.at)
    return visit.go(f"/desk/organisations/{_id(visit)}", done="organisation_state_changed")


async def new_code(visit: Visit) -> Response:
    """Another code to join by."""
    async with visit.database.changing() as session:
        await renew_code(session, _id(visit), by=visit.visitor.id, at=visit.at)
    return visit.go(f"/desk/organisations/{_id(visit)}", done="join_code_renewed")


async def confirm(visit: Visit) -> Response:
    """Staff have asked the organisation, and the entry is right."""
    by = By(staff_id=visit.visitor.id)
    async with visit.database.changing() as session:
        await confirm_entry(session, _id(visit), by=by, at=visit.at, today=visit.today)
    return visit.go(f"/desk/organisations/{_id(visit)}", done="entry_confirmed")


async def add_speaker(visit: Visit) -> Response:
    """A new ambassador: with an account at the desk, or with a link for the chat, which is shown once."""
    by, name, account = By(staff_id=visit.visitor.id), visit.field("name"), visit.field("account")
    async with visit.database.changing() as session:
        candidates = {str(one): one for one in await list_accounts_without(session, _id(visit))}
        staff_id = candidates.get(account)
        added = await add_ambassador(session, _id(visit), name, staff_id=staff_id, by=by, at=visit.at)
        token = await make_link(session, added.id, by=by, at=visit.at) if staff_id is None else ""
    if not token:
        return visit.go(f"/desk/organisations/{_id(visit)}", done="ambassador_added")
    return await _page(visit, made=_chat_link(visit, added, token))


async def change_speaker(visit: Visit) -> Response:
    """A new link, somebody who takes over, or the end."""
    by, number, step = By(staff_id=visit.visitor.id), visit.request.path_params["ambassador_id"], visit.field("step")
    async with visit.database.changing() as session:
        ambassador = await session.get(Ambassador, number)
        if ambassador is None or ambassador.organisation_id != _id(visit) or step not in set(Step):
            raise Refused(404, "not_found")
        match Step(step):
            case Step.END:
                await end_ambassador(session, number, TAKEN_AWAY, by=by, at=visit.at)
                await take_role(session, ambassador, by=visit.visitor.id, at=visit.at)
                return visit.go(f"/desk/organisations/{_id(visit)}", done="ambassador_ended")
            case Step.HAND_OVER:
                ambassador = await hand_over(session, number, visit.field("name"), by=by, at=visit.at)
            case Step.LINK:
                pass
        token = await make_link(session, ambassador.id, by=by, at=visit.at)
    return await _page(visit, made=_chat_link(visit, ambassador, token))


async def remove_group(visit: Visit) -> Response:
    """Nothing more is sent to this group."""
    by = By(staff_id=visit.visitor.id)
    async with visit.database.changing() as session:
        await end_group(session, visit.request.path_params["group_id"], GROUP_TAKEN_AWAY, by=by, at=visit.at)
    return visit.go("/desk/organisations", done="group_ended")


def _id(visit: Visit) -> str:
    return str(visit.request.path_params["organisation_id"])


def _read(visit: Visit) -> OrganisationDetails:
    about = {code: visit.field(f"about.{code}") for code in languages.PROMISED}
    return OrganisationDetails(
        name=" ".join(visit.field("name").split()),
        is_individual=bool(visit.field("is_individual")),
        number=visit.field("number").replace(" ", ""),
        about={code: text for code, text in about.items() if text},
        languages=read_boxes(visit, "languages", languages.PROMISED),
        districts=read_lines(visit, "districts"),
        website=visit.field("website"),
        contact=" ".join(visit.field("contact").split()),
        asks_approval=bool(visit.field("asks_approval")),
        is_listed=bool(visit.field("is_listed")),
    )


async def _new_form(visit: Visit, details: OrganisationDetails, issues: Sequence[Issue]) -> HTMLResponse:
    async with visit.database.reading() as session:
        districts = (await get_town(session)).districts
    status = 422 if issues else 200
    return visit.page(
        "organisation_new.html",
        status=status,
        details=details,
        districts=districts,
        codes=languages.PROMISED,
        issues=by_field(issues),
    )


async def _page(
    visit: Visit,
    *,
    made: ChatLink | None = None,
    details: OrganisationDetails | None = None,
    issues: Sequence[Issue] = (),
    is_conflict: bool = False,
    status: int = 200,
) -> HTMLResponse:
    async with visit.database.reading() as session:
        organisation = await get_organisation(session, _id(visit))
        standings = await load_standings(session, at=visit.at, today=visit.today)
        entries = await list_entries(session, about=f"organisation:{organisation.id}", limit=30)
        waiting = await list_accounts_without(session, organisation.id)
        ambassadors = await list_ambassadors(session, organisation.id, also_ended=True)
        names = await names_of(session, [*waiting, *(entry.by for entry in entries)])
        groups = await list_groups(session, organisation.id)
        districts = (await get_town(session)).districts
    return visit.page(
        "organisation.html",
        status=status,
        organisation=organisation,
        standing=next(one for one in standings if one.organisation.id == organisation.id),
        is_stale=is_stale(organisation, today=visit.today),
        states=[state for state in OrganisationState if state != organisation.state],
        details=details or details_of(organisation),
        seen=fingerprint(details_of(organisation)),
        ambassadors=[one for one in ambassadors if one.ended_at is None],
        ended=[one for one in ambassadors if one.ended_at is not None],
        hands_over={one.id: hands_over_to(one) for one in ambassadors},
        names_of_ambassadors={one.id: one.name for one in ambassadors},
        accounts=waiting,
        groups=groups,
        entries=entries,
        names=names,
        made=made,
        shown=shown,
        codes=languages.PROMISED,
        districts=districts,
        is_conflict=is_conflict,
        issues=by_field(issues),
    )


def _chat_link(visit: Visit, ambassador: Ambassador, token: str) -> ChatLink:
    start = f"ambassador_{token}"
    return ChatLink(ambassador.name, f"/start {start}", visit.telegram_link(start))


PAGES = (
    Page("GET", "/organisations", show_list, ANY),
    Page("GET", "/organisations/new", new, MANAGE),
    Page("POST", "/organisations/new", add, MANAGE),
    Page("POST", "/organisations/groups/{group_id:int}/remove", remove_group, MANAGE),
    Page("GET", "/organisations/{organisation_id}", show, MANAGE),
    Page("POST", "/organisations/{organisation_id}", edit, MANAGE),
    Page("POST", "/organisations/{organisation_id}/state", change_state, MANAGE),
    Page("POST", "/organisations/{organisation_id}/code", new_code, MANAGE),
    Page("POST", "/organisations/{organisation_id}/confirm", confirm, MANAGE),
    Page("POST", "/organisations/{organisation_id}/ambassadors", add_speaker, MANAGE),
    Page("POST", "/organisations/{organisation_id}/ambassadors/{ambassador_id:int}", change_speaker, MANAGE),
)
