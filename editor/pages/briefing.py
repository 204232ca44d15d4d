"""Proposals: staff ask organisations and talk with them; each organisation decides for itself."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from broadcasts.announcements.announcement import Composed, load_composed
from broadcasts.announcements.composing import list_texts
from broadcasts.announcements.records import BroadcastState
from broadcasts.briefing.answering import accept, adapt, comment, decline, pause_briefing
from broadcasts.briefing.proposing import propose
from broadcasts.briefing.reading import BriefingCard, find_briefing, list_asked, list_briefings, list_comments
from broadcasts.briefing.records import BriefingComment
from broadcasts.members.counting import count_members, shown
from broadcasts.organisations.by import By
from broadcasts.organisations.keeping import get_organisation, list_organisations
from broadcasts.organisations.records import Ambassador, Organisation, OrganisationState
from core import languages
from core.i18n import Translator
from editor.access.roles import Permission
from editor.guard import Refused
from editor.message_place import STAFF, MessagePlace, come_as_ambassador, find_own_place, find_place, own_organisations
from editor.pages.broadcasts import previews
from editor.pages.people import names_of
from editor.visits import Page, Visit

MOST_ORGANISATIONS = 200  # asked at once


@dataclass(frozen=True, slots=True)
class Card:
    """An organisation that can be asked: whom one reaches through it."""

    id: str
    name: str
    languages: tuple[str, ...]
    without_text: tuple[str, ...]  # languages of its members in which there is no text yet
    districts: tuple[str, ...]
    members: str


@dataclass(frozen=True, slots=True)
class Said:
    """A comment with the name of who said it."""

    name: str
    text: str
    at: datetime


async def ask_whom(visit: Visit) -> Response:
    """Organisations with their languages, and what is missing."""
    async with visit.database.reading() as session:
        place = await _proposal(session, visit)
        texts = tuple(await list_texts(session, place.broadcast.id))
        active = [one for one in await list_organisations(session) if one.state == OrganisationState.ACTIVE]
        cards = [await _card(session, one, texts, visit.t) for one in active]
        asked = {one.organisation.id for one in await list_asked(session, place.broadcast.id)}
    spoken = {code for card in cards for code in card.languages}
    return visit.page(
        "propose.html",
        place=place,
        cards=cards,
        asked=asked,
        texts=texts,
        not_covered=[code for code in languages.PROMISED if code not in {*spoken, "nb", "nn", "en"}],
    )


async def ask(visit: Visit) -> Response:
    """Put the proposal to those that are ticked."""
    ticked = [name.removeprefix("organisation.") for name in visit.form if name.startswith("organisation.")]
    async with visit.database.changing() as session:
        place = await _proposal(session, visit)
        await propose(session, place.broadcast.id, ticked[:MOST_ORGANISATIONS], by=visit.visitor.id, at=visit.at)
    return visit.go(f"{place.path}/briefing", done="proposed")


async def follow(visit: Visit) -> Response:
    """What each organisation said and decided."""
    async with visit.database.reading() as session:
        place = await find_place(session, visit)
        if place.organisation is not None:
            raise Refused(404, "not_found")
        asked = await list_asked(session, place.broadcast.id)
        said = {one.organisation.id: await _said(session, list(one.comments), visit.t) for one in asked}
    return visit.page("briefing.html", place=place, asked=asked, said=said)


async def answer(visit: Visit) -> Response:
    """Staff say something to one organisation."""
    async with visit.database.changing() as session:
        place = await _proposal(session, visit)
        by = By(staff_id=visit.visitor.id)
        organisation_id = visit.field("organisation")
        await comment(session, place.broadcast.id, organisation_id, visit.field("text"), by=by, at=visit.at)
    return visit.go(f"{place.path}/briefing", done="briefing_answered")


async def show_list(visit: Visit) -> Response:
    """What the visitor's organisations were asked."""
    found: list[tuple[str, list[BriefingCard]]] = []
    async with visit.database.reading() as session:
        for organisation_id in sorted(own_organisations(visit.visitor)):
            await come_as_ambassador(session, visit.visitor, organisation_id)
            organisation = await get_organisation(session, organisation_id)
            found.append((organisation.name, await list_briefings(session, organisation_id)))
    return visit.page("proposals.html", organisations=found, best=languages.first_available)


async def show(visit: Visit) -> Response:
    """One proposal as members would read it, the conversation about it, and what one can do."""
    async with visit.database.reading() as session:
        _ambassador, organisation, card = await _asked(session, visit)
        composed = await load_composed(session, card.proposal.id)
        said = await _said(session, await list_comments(session, card.proposal.id, organisation.id), visit.t)
    if composed is None:
        raise Refused(404, "not_found")
    return visit.page(
        "proposal.html",
        organisation=organisation,
        card=card,
        proposal=card.proposal,
        briefing=card.briefing,
        is_closed=card.proposal.state != BroadcastState.IN_BRIEFING,
        language=languages.first_available(visit.t.language, card.titles) or "nb",
        previews=previews(visit, _as_theirs(composed, organisation)),
        comments=said,
    )


async def decide(visit: Visit) -> Response:
    """Ask, pass on, say in own words, leave for later, or say no."""
    async with visit.database.changing() as session:
        ambassador, organisation, card = await _asked(session, visit)
        by, briefing_id = By(ambassador_id=ambassador.id), card.briefing.id
        own = f"/desk/organisations/{organisation.id}/proposals/{card.proposal.id}"
        match visit.field("step"):
            case "comment":
                await comment(session, card.proposal.id, organisation.id, visit.field("text"), by=by, at=visit.at)
                return visit.go(own, done="briefing_asked")
            case "accept":
                copy = await accept(session, briefing_id, by=by, at=visit.at)
                return visit.go(f"/desk/messages/{copy.id}/when", done="proposal_accepted")
            case "adapt":
                copy = await adapt(session, briefing_id, by=by, at=visit.at)
                return visit.go(f"/desk/messages/{copy.id}/write", done="proposal_adapted")
            case "decline":
                await decline(session, briefing_id, reason=visit.field("reason"), by=by, at=visit.at)
                return visit.go(own, done="proposal_declined")
            case "pause":
                await pause_briefing(session, briefing_id, by=by, at=visit.at)
                return visit.go(own, done="proposal_paused")
            case _:
                raise Refused(400, "stale_form")


async def _proposal(session: AsyncSession, visit: Visit) -> MessagePlace:
    """The proposal of the address, for those who write proposals. Raises Refused(404)."""
    place = await find_own_place(session, visit)
    if place.organisation is not None:
        raise Refused(404, "not_found")
    return place


async def _asked(session: AsyncSession, visit: Visit) -> tuple[Ambassador, Organisation, BriefingCard]:
    """Who decides, for whom, about what. Raises Refused(404), and AgreementFirst."""
    organisation_id = visit.request.path_params["organisation_id"]
    ambassador = await come_as_ambassador(session, visit.visitor, organisation_id)
    card = await find_briefing(session, visit.request.path_params["broadcast_id"], organisation_id)
    if card is None:
        raise Refused(404, "not_found")
    return ambassador, await get_organisation(session, organisation_id), card


async def _card(session: AsyncSession, one: Organisation, texts: tuple[str, ...], t: Translator) -> Card:
    return Card(
        id=one.id,
        name=one.name,
        languages=tuple(one.languages),
        without_text=tuple(code for code in one.languages if code not in texts),
        districts=tuple(one.districts),
        members=shown(await count_members(session, one.id), t),
    )


async def _said(session: AsyncSession, comments: list[BriefingComment], t: Translator) -> list[Said]:
    """With names: of staff, and of ambassadors."""
    staff = await names_of(session, [one.staff_id for one in comments])
    found = []
    for one in comments:
        ambassador = await session.get(Ambassador, one.ambassador_id) if one.ambassador_id is not None else None
        name = staff.get(one.staff_id or 0) or (ambassador.name if ambassador else t("somebody who is gone"))
        found.append(Said(name, one.text, one.at))
    return found


def _as_theirs(composed: Composed, organisation: Organisation) -> Composed:
    """The proposal as if this organisation had sent it."""
    return replace(composed, organisation=organisation.name)


PAGES = (
    Page("GET", "/messages/{broadcast_id:int}/propose", ask_whom, Permission.PROPOSE_BROADCAST),
    Page("POST", "/messages/{broadcast_id:int}/propose", ask, Permission.PROPOSE_BROADCAST),
    Page("GET", "/messages/{broadcast_id:int}/briefing", follow, STAFF),
    Page("POST", "/messages/{broadcast_id:int}/briefing", answer, Permission.PROPOSE_BROADCAST),
    Page("GET", "/proposals", show_list, Permission.WRITE_ANNOUNCEMENT),
    Page("GET", "/organisations/{organisation_id}/proposals/{broadcast_id:int}", show, Permission.WRITE_ANNOUNCEMENT),
    Page(
        "POST", "/organisations/{organisation_id}/proposals/{broadcast_id:int}", decide, Permission.WRITE_ANNOUNCEMENT
    ),
)
