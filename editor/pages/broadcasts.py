"""Messages of organisations: the list, a new one, and the page of one: where it stands and how members read it."""

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from broadcasts.announcements.announcement import Composed, load_composed
from broadcasts.announcements.approving import may_approve, needs_second_person
from broadcasts.announcements.checks import inspect_broadcast
from broadcasts.announcements.composing import begin
from broadcasts.announcements.overview import count_asked, count_to_read, list_messages, list_to_read
from broadcasts.announcements.records import Broadcast, BroadcastState, Kind
from broadcasts.announcements.rights import check_active, is_accepted_copy
from broadcasts.briefing.reading import list_asked
from broadcasts.delivery.arming import get_policy
from broadcasts.delivery.records import ReleaseState, SendingPolicy
from broadcasts.delivery.reporting import load_report
from broadcasts.members.counting import count_by_language
from broadcasts.organisations.by import By
from broadcasts.organisations.keeping import get_organisation, list_organisations
from broadcasts.scheduling.planning import plan_of
from broadcasts.scheduling.quiet import quiet_ends
from broadcasts.scheduling.recurrence import Run, next_runs
from broadcasts.scheduling.swallowed import will_be_swallowed
from core import languages
from core.issues import Issue
from core.timeline import list_entries
from editor.access.roles import Permission
from editor.guard import Refused
from editor.message_place import (
    READERS,
    WRITERS,
    MessagePlace,
    come_as_ambassador,
    find_place,
    is_staff,
    own_organisations,
)
from editor.message_reach import word_reach
from editor.pages.people import names_of
from editor.visits import Page, Visit
from editor.words import messages

WITH_A_PAGE_OF_ITS_OWN = frozenset({Kind.ANSWER})  # it begins with the answer, not with an empty page
PLANNED = (BroadcastState.SCHEDULED, BroadcastState.PAUSED)
WITH_A_REPORT = (BroadcastState.SCHEDULED, BroadcastState.SENDING, BroadcastState.PAUSED, BroadcastState.SENT,
                 BroadcastState.CANCELLED, BroadcastState.EXPIRED)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Previewed:
    """A message as somebody with this language reads it."""

    wanted: str
    html: str


async def show_list(visit: Visit) -> Response:
    """Messages: of the own organisations, for staff of all; narrowed to a state or an organisation."""
    own, may_see_all = own_organisations(visit.visitor), is_staff(visit.visitor)
    number, chosen = visit.field("page"), visit.field("organisation")
    state = visit.field("state") if visit.field("state") in list(BroadcastState) else ""
    async with visit.database.reading() as session:
        for organisation_id in () if may_see_all else sorted(own):
            await come_as_ambassador(session, visit.visitor, organisation_id)
        there = {one.id: one.name for one in await list_organisations(session) if may_see_all or one.id in own}
        chosen = chosen if chosen in there else ""
        page = await list_messages(
            session,
            organisation_ids={chosen} if chosen else None if may_see_all else set(there),
            state=BroadcastState(state) if state else None,
            language=visit.t.language,
            page=int(number) if number.isdecimal() and len(number) < 7 else 1,
        )
        asked = await count_asked(session, own)
        to_read = await count_to_read(session) if visit.visitor.may(Permission.APPROVE_BROADCAST) else 0
    return visit.page(
        "messages.html",
        page=page,
        organisations=there,
        own={key: name for key, name in there.items() if key in own},
        may_see_all=may_see_all,
        chosen=chosen,
        state=state,
        asked=asked,
        to_read=to_read,
        query=urlencode({"organisation": chosen, "state": state}),
    )


async def show_to_read(visit: Visit) -> Response:
    """What waits for a second person."""
    async with visit.database.reading() as session:
        rows = await list_to_read(session, language=visit.t.language)
    return visit.page("messages_to_read.html", rows=rows)


async def new(visit: Visit) -> Response:
    """Which kind, and in which language it is written."""
    organisation_id = visit.field("organisation")
    async with visit.database.reading() as session:
        await _author(session, visit, organisation_id)
        organisation = await get_organisation(session, organisation_id) if organisation_id else None
        if organisation is not None:
            await check_active(session, organisation.id)  # before they have written anything
    kinds = [kind for kind in Kind if kind not in WITH_A_PAGE_OF_ITS_OWN]
    if organisation is not None:
        kinds.remove(Kind.URGENT)
    return visit.page(
        "message_new.html",
        organisation=organisation,
        kinds=kinds,
        codes=languages.PROMISED,
        chosen=visit.t.language,
    )


async def create(visit: Visit) -> Response:
    """Begin a message; then one writes it."""
    kind, language, organisation_id = visit.field("kind"), visit.field("language"), visit.field("organisation")
    if kind not in {*Kind} - WITH_A_PAGE_OF_ITS_OWN or language not in languages.PROMISED:
        raise Refused(400, "stale_form")
    async with visit.database.changing() as session:
        broadcast = await begin(
            session,
            organisation_id=organisation_id or None,
            kind=Kind(kind),
            source_language=language,
            by=await _author(session, visit, organisation_id),
            zone=visit.zone,
            at=visit.at,
        )
        path = f"/desk/messages/{broadcast.id}/write"
    return visit.go(path)


async def show(visit: Visit) -> Response:
    """One message: where it stands, what comes next, how it reads in every language, and who gets it."""
    async with visit.database.reading() as session:
        place = await find_place(session, visit)
        broadcast = place.broadcast
        composed = await _composed(session, place)
        counted = await count_by_language(session, broadcast.id) if place.organisation else {}
        policy = await get_policy(session)
        entries = await list_entries(session, about=f"broadcast:{broadcast.id}", limit=30)
        language = languages.first_available(visit.t.language, composed.texts) or broadcast.source_language
        to_be_read = await needs_second_person(session, broadcast)
        return visit.page(
            "message.html",
            place=place,
            broadcast=broadcast,
            title=composed.texts[language].title if language in composed.texts else "",
            language=language,
            what_next=messages.what_next(broadcast, visit.t, is_to_be_read=to_be_read),
            previews=previews(visit, composed),
            reach=word_reach(counted, broadcast, place.organisation, tuple(composed.texts), visit.t),
            issues=_to_look_at(place, await inspect_broadcast(session, broadcast.id, at=visit.at)),
            runs=_runs(visit, broadcast),
            quiet=messages.quiet_hours(policy.quiet_from, policy.quiet_until, visit.t),
            quiet_from=policy.quiet_from,
            quiet_until=policy.quiet_until,
            is_swallowed=will_be_swallowed(broadcast, policy),
            is_quiet_now=await _waits_for_quiet_hours(session, visit, broadcast, policy),
            is_off=not policy.is_armed,
            is_to_be_read=to_be_read,
            is_waiting=is_waiting(broadcast),
            is_own=not await may_approve(session, broadcast.id, by=visit.visitor.id),
            was_asked=bool(await list_asked(session, broadcast.id)),
            is_fixed=await is_accepted_copy(session, broadcast),
            is_held=await _is_held(session, broadcast),
            has_report=broadcast.state in WITH_A_REPORT,
            has_chat=place.ambassador is not None and place.ambassador.person_id is not None,
            entries=entries,
            names=await names_of(session, [entry.by for entry in entries]),
        )


def previews(visit: Visit, composed: Composed) -> list[Previewed]:
    """A message in each of its languages; a proposal as if it came from somebody whose name is not known yet."""
    named = composed if composed.organisation else replace(composed, organisation="…")
    order = [code for code in languages.PROMISED if code in named.texts]
    found = ((code, named.for_reader(code)) for code in order)
    return [Previewed(code, visit.preview.announcement(one)) for code, one in found if one is not None]


def is_waiting(broadcast: Broadcast) -> bool:
    """Whether a second person must read it now: what organisations look at waits only if it is urgent."""
    is_unread = broadcast.kind == Kind.URGENT and broadcast.approved_version != broadcast.text_version
    return broadcast.state == BroadcastState.IN_BRIEFING and (broadcast.organisation_id is not None or is_unread)


def _to_look_at(place: MessagePlace, issues: list[Issue]) -> list[Issue]:
    """What its writers can still change. Languages of members stand in a table that hides small numbers."""
    is_writing = place.may_write and place.broadcast.state == BroadcastState.DRAFT
    return [issue for issue in issues if issue.field != "texts"] if is_writing else []


def _runs(visit: Visit, broadcast: Broadcast) -> list[Run]:
    plan = plan_of(broadcast)
    if plan is None or broadcast.state not in PLANNED or broadcast.next_run_at is None:
        return []
    return next_runs(plan, after=visit.at)


async def _waits_for_quiet_hours(
    session: AsyncSession, visit: Visit, broadcast: Broadcast, policy: SendingPolicy
) -> bool:
    """Whether its run came due in quiet hours that last still."""
    if broadcast.state != BroadcastState.SENDING or broadcast.ignores_quiet_hours:
        return False
    runs = (await load_report(session, broadcast.id)).runs
    due_at = runs[0].due_at if runs else visit.at
    return quiet_ends(policy.quiet_from, policy.quiet_until, broadcast.zone, at=due_at) > visit.at


async def _is_held(session: AsyncSession, broadcast: Broadcast) -> bool:
    """Whether it, or one run of it, is paused."""
    if broadcast.state not in PLANNED:
        return False
    runs = (await load_report(session, broadcast.id)).runs
    return broadcast.state == BroadcastState.PAUSED or any(run.state == ReleaseState.PAUSED for run in runs)


async def _author(session: AsyncSession, visit: Visit, organisation_id: str) -> By:
    """As whom the visitor writes. Raises Refused, and AgreementFirst."""
    if organisation_id:
        return By(ambassador_id=(await come_as_ambassador(session, visit.visitor, organisation_id)).id)
    if not visit.visitor.may(Permission.PROPOSE_BROADCAST):
        raise Refused(404, "not_found")
    return By(staff_id=visit.visitor.id)


async def _composed(session: AsyncSession, place: MessagePlace) -> Composed:
    composed = await load_composed(session, place.broadcast.id)
    if composed is None:
        raise Refused(404, "not_found")
    return composed


PAGES = (
    Page("GET", "/messages", show_list, READERS),
    Page("GET", "/messages/to-read", show_to_read, Permission.APPROVE_BROADCAST),
    Page("GET", "/messages/new", new, WRITERS),
    Page("POST", "/messages/new", create, WRITERS),
    Page("GET", "/messages/{broadcast_id:int}", show, READERS),
)
