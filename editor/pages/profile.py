"""The municipality and its offices."""

from starlette.responses import HTMLResponse, Response

from content.catalogue import SERVICE_CENTRE
from content.editing_profile import (
    DETAILS,
    OfficeDetails,
    TownDetails,
    add_office,
    change_office,
    change_town,
    check_office,
    check_town,
    details_of,
    find_office,
    get_town,
    list_offices,
    list_schemes,
)
from content.meanwhile import ChangedMeanwhile, fingerprint, merge
from content.models import Office
from content.offices import OfficeUsed, list_uses, move_office, remove_office
from core import languages
from core.issues import Issue
from editor.access.roles import Permission
from editor.forms import by_field, meanwhile, read_boxes, read_lines
from editor.guard import Refused
from editor.visits import Page, Visit


async def show(visit: Visit) -> Response:
    """The municipality, and a list of its offices."""
    async with visit.database.reading() as session:
        town = await get_town(session)
    return await _town_form(visit, town, [], seen=fingerprint(town))


async def change(visit: Visit) -> Response:
    """Keep what stands in the form of the municipality."""
    async with visit.database.reading() as session:
        schemes = dict.fromkeys([*await list_schemes(session), *(await get_town(session)).manages])
    town = TownDetails(
        name=" ".join(visit.field("name").split()),
        website=visit.field("website"),
        zone=visit.field("zone"),
        districts=read_lines(visit, "districts"),
        manages=read_boxes(visit, "manages", schemes),
        is_example=bool(visit.field("is_example")),
    )
    async with visit.database.reading() as session:
        issues = await check_town(session, town)
    seen = visit.field("seen")
    if issues:
        return await _town_form(visit, town, issues, seen=seen)
    try:
        async with visit.database.changing() as session:
            await change_town(session, town, seen=seen, by=visit.visitor.id, at=visit.at)
    except ChangedMeanwhile:
        async with visit.database.reading() as session:
            theirs = await get_town(session)
        merged = merge(town, theirs, seen=seen)
        notes = meanwhile(merged, visit.t, words={})
        return await _town_form(visit, merged.details, notes, seen=fingerprint(theirs), is_conflict=True)
    return visit.go("/desk/profile", done="profile_changed")


async def add(visit: Visit) -> Response:
    """A new office."""
    key, name = visit.field("key").lower(), " ".join(visit.field("name").split())
    async with visit.database.changing() as session:
        await add_office(session, key, name, by=visit.visitor.id, at=visit.at)
    return visit.go(f"/desk/profile/offices/{key}", done="office_added")


async def show_office(visit: Visit) -> Response:
    """One office, ready to be changed."""
    office = await _find(visit)
    details = details_of(office)
    return _office_form(visit, office, details, [], seen=fingerprint(details))


async def edit_office(visit: Visit) -> Response:
    """Keep what stands in the form of an office."""
    office = await _find(visit)
    details = OfficeDetails(
        _by_language(visit, "names", office),
        _by_language(visit, "helps_with", office),
        **{name: " ".join(visit.field(name).split()) for name in DETAILS},
    )
    async with visit.database.reading() as session:
        issues = await check_office(session, office.key, details)
    seen = visit.field("seen")
    if issues:
        return _office_form(visit, office, details, issues, seen=seen)
    try:
        async with visit.database.changing() as session:
            await change_office(session, office.key, details, seen=seen, by=visit.visitor.id, at=visit.at)
    except ChangedMeanwhile:
        theirs = details_of(await _find(visit))
        merged = merge(details, theirs, seen=seen)
        notes = meanwhile(merged, visit.t, words={})
        return _office_form(visit, office, merged.details, notes, seen=fingerprint(theirs), is_conflict=True)
    return visit.go(f"/desk/profile/offices/{office.key}", done="office_changed")


async def move(visit: Visit) -> Response:
    """One place up or down in the list."""
    office = await _find(visit)
    async with visit.database.changing() as session:
        is_up = visit.field("direction") == "up"
        await move_office(session, office.key, is_up=is_up, by=visit.visitor.id, at=visit.at)
    return visit.go("/desk/profile", done="office_moved")


async def ask_before_removing(visit: Visit) -> Response:
    """What uses the office; when nothing does, the question whether it is to go."""
    return await _removal(visit, await _find(visit))


async def remove(visit: Visit) -> Response:
    """Take the office away; the same page again while something uses it."""
    office = await _find(visit)
    try:
        async with visit.database.changing() as session:
            await remove_office(session, office.key, by=visit.visitor.id, at=visit.at)
    except OfficeUsed:
        return await _removal(visit, office, status=409)
    return visit.go("/desk/profile", done="office_removed")


async def _removal(visit: Visit, office: Office, *, status: int = 200) -> HTMLResponse:
    async with visit.database.reading() as session:
        uses = await list_uses(session, office.key)
    is_needed = office.key == SERVICE_CENTRE
    return visit.page("office_remove.html", status=status, office=office, uses=uses, is_needed=is_needed)


def _codes(office: Office) -> list[str]:
    """Ours, and others that a library brought along: a form must not lose them."""
    return list(dict.fromkeys([*languages.PROMISED, *office.names, *office.helps_with]))


def _by_language(visit: Visit, group: str, office: Office) -> dict[str, str]:
    given = {code: " ".join(visit.field(f"{group}.{code}").split()) for code in _codes(office)}
    return {code: text for code, text in given.items() if text}


async def _find(visit: Visit) -> Office:
    async with visit.database.reading() as session:
        office = await find_office(session, visit.request.path_params["key"])
    if office is None:
        raise Refused(404, "not_found")
    return office


async def _town_form(
    visit: Visit, town: TownDetails, issues: list[Issue], *, seen: str, is_conflict: bool = False
) -> HTMLResponse:
    async with visit.database.reading() as session:
        offices = await list_offices(session)
        schemes = list(dict.fromkeys([*await list_schemes(session), *town.manages]))
    return visit.page(
        "profile.html",
        status=409 if is_conflict else 422 if issues else 200,
        is_conflict=is_conflict,
        seen=seen,
        town=town,
        offices=offices,
        schemes=schemes,
        issues=by_field(issues),
    )


def _office_form(
    visit: Visit, office: Office, details: OfficeDetails, issues: list[Issue], *, seen: str, is_conflict: bool = False
) -> HTMLResponse:
    return visit.page(
        "office.html",
        status=409 if is_conflict else 422 if issues else 200,
        is_conflict=is_conflict,
        seen=seen,
        office=office,
        details=details,
        codes=_codes(office),
        issues=by_field(issues),
    )


PAGES = (
    Page("GET", "/profile", show, Permission.EDIT_PROFILE),
    Page("POST", "/profile", change, Permission.EDIT_PROFILE),
    Page("POST", "/profile/offices", add, Permission.EDIT_PROFILE),
    Page("GET", "/profile/offices/{key}", show_office, Permission.EDIT_PROFILE),
    Page("POST", "/profile/offices/{key}", edit_office, Permission.EDIT_PROFILE),
    Page("POST", "/profile/offices/{key}/move", move, Permission.EDIT_PROFILE),
    Page("GET", "/profile/offices/{key}/remove", ask_before_removing, Permission.EDIT_PROFILE),
    Page("POST", "/profile/offices/{key}/remove", remove, Permission.EDIT_PROFILE),
)
