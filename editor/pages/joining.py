"""How people join: the poster, and who waits for a yes."""

import segno
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from broadcasts.members.admitting import NobodyWaits, approve_member, decline_member, find_waiting, list_waiting
from broadcasts.members.words import poster_text
from broadcasts.organisations.by import By
from broadcasts.organisations.keeping import get_organisation
from broadcasts.organisations.records import OrganisationState
from content.days import day_in
from content.editing_profile import get_town
from core import languages
from editor.access.roles import Permission
from editor.message_place import come_as_ambassador
from editor.visits import AnyOf, OwnAddressUnknown, Page, Visit

PRINTERS: AnyOf = frozenset({Permission.WRITE_ANNOUNCEMENT, Permission.MANAGE_ORGANISATIONS})
MOST_LANGUAGES = 6  # more do not fit on one sheet
DECISIONS = {"yes": (approve_member, "member_approved"), "no": (decline_member, "member_declined")}


async def show_poster(visit: Visit) -> Response:
    """A sheet of paper to put on a wall, in the languages that were chosen, and above it the form to choose others."""
    key = visit.request.path_params["organisation_id"]
    async with visit.database.reading() as session:
        await _may_print(session, visit, key)
        organisation = await get_organisation(session, key)
        municipality = (await get_town(session)).name
    asked = [code for code in visit.request.query_params.getlist("language") if code in languages.NAMES]
    usual = [code for code in (*organisation.languages, "nb") if code in languages.NAMES]
    chosen = list(dict.fromkeys(asked or usual))[:MOST_LANGUAGES]
    code = organisation.join_code
    links = [link for link in (visit.telegram_link(f"join_{code}"), _web_link(visit, code)) if link]
    texts = []
    for language in chosen:
        residents = visit.preview.words(language)
        place = municipality or residents("your municipality")
        texts.append(poster_text(residents, organisation=organisation.name, place=place, squares=len(links)))
    return visit.page(
        "poster.html",
        organisation=organisation,
        takes_members=organisation.state == OrganisationState.ACTIVE,
        texts=texts,
        squares=[(link, _square(link)) for link in links],
        code=f"{code[:4]} {code[4:]}",
        chosen=chosen,
        codes=languages.NAMES,
        most=MOST_LANGUAGES,
    )


async def show_waiting(visit: Visit) -> Response:
    """Who asks to join: a nickname and a day."""
    key = visit.request.path_params["organisation_id"]
    async with visit.database.reading() as session:
        await come_as_ambassador(session, visit.visitor, key)
        organisation = await get_organisation(session, key)
        waiting = await list_waiting(session, key)
    rows = [(one, day_in(visit.zone, at=one.since)) for one in waiting]
    return visit.page("waiting.html", organisation=organisation, rows=rows)


async def decide(visit: Visit) -> Response:
    """Yes or no. Raises NobodyWaits also for a number that is another organisation's: both look the same."""
    key, number = visit.request.path_params["organisation_id"], visit.request.path_params["membership_id"]
    decision = DECISIONS.get(visit.field("decision"))
    async with visit.database.changing() as session:
        ambassador = await come_as_ambassador(session, visit.visitor, key)
        found = await find_waiting(session, number)
        if found is None or found[0] != key or decision is None:
            raise NobodyWaits
        act, done = decision
        await act(session, number, by=By(ambassador_id=ambassador.id), at=visit.at)
    return visit.go(f"/desk/organisations/{key}/waiting", done=done)


async def _may_print(session: AsyncSession, visit: Visit, organisation_id: str) -> None:
    """Raises Refused(404) for an organisation that is not theirs, and AgreementFirst."""
    if not visit.visitor.may(Permission.MANAGE_ORGANISATIONS):
        await come_as_ambassador(session, visit.visitor, organisation_id)


def _web_link(visit: Visit, code: str) -> str | None:
    try:
        return f"{visit.own_address}/?join={code}"
    except OwnAddressUnknown:
        return None


def _square(link: str) -> str:
    """A QR code as the address of a picture: SVG, sharp at any size. A quarter of it may be dirty (level Q)."""
    return segno.make(link, error="q", micro=False).svg_data_uri(border=4, light="#fff", dark="#000")


PAGES: tuple[Page, ...] = (
    Page("GET", "/organisations/{organisation_id}/poster", show_poster, PRINTERS),
    Page("GET", "/organisations/{organisation_id}/waiting", show_waiting, Permission.WRITE_ANNOUNCEMENT),
    Page("POST", "/organisations/{organisation_id}/waiting/{membership_id:int}", decide, Permission.WRITE_ANNOUNCEMENT),
)
