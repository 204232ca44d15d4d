"""Crises and drills: prepare, read, release by a second person, follow, end; and the log of it all."""

import csv
import io
from collections.abc import Iterator, Mapping
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from broadcasts.crisis import ending, preparing, releasing
from broadcasts.crisis.agreeing import agree_to_crisis, list_agreed, list_not_agreed
from broadcasts.crisis.log import CrisisLog, load_log
from broadcasts.crisis.records import Crisis, CrisisState
from broadcasts.crisis.texts import as_sent, mark_of
from broadcasts.delivery.arming import get_policy
from broadcasts.delivery.records import DeliveryState
from broadcasts.members.counting import shown
from broadcasts.organisations.by import By
from broadcasts.organisations.keeping import get_organisation
from content.catalogue import PublishedAnswer, load_catalogue
from editor import words
from editor.access.roles import Permission
from editor.message_place import come_as_ambassador
from editor.pages.people import names_of
from editor.vetted_texts import VettedTexts, vetted_texts
from editor.visits import Page, Visit
from editor.words.voices import crisis_states, delivery_states, left_out, told

START = "/desk/crisis"


async def show_all(visit: Visit) -> Response:
    """What was prepared and released, who agreed beforehand, and the form for a new one."""
    async with visit.database.reading() as session:
        catalogue = (await load_catalogue(session)).on(visit.today)
        crises = await preparing.list_crises(session)
        agreed, others = await list_agreed(session), await list_not_agreed(session)
        names = await names_of(session, (one.prepared_by for one in crises))
        is_armed = (await get_policy(session)).is_armed
    valid = (one for one in catalogue.answers.values() if one.is_valid(visit.today))
    answers = sorted(valid, key=lambda one: _title(one, visit).casefold())
    return visit.page(
        "crises.html",
        crises=crises,
        states=crisis_states(visit.t),
        agreed=agreed,
        others=others,
        names=names,
        is_armed=is_armed,
        safety=[(one.id, _title(one, visit)) for one in answers if one.is_safety],
        answers=[(one.id, _title(one, visit)) for one in answers if not one.is_safety],
    )


async def prepare(visit: Visit) -> Response:
    """Nothing goes out by this."""
    answer_id = visit.field("answer")
    async with visit.database.changing() as session:
        crisis = await preparing.prepare(
            session,
            name=visit.field("name"),
            answer_id=answer_id,
            texts=(await _texts(session, visit, answer_id)).texts,
            is_drill=visit.field("what") != "real",
            by=visit.visitor.id,
            at=visit.at,
        )
    return visit.go(f"{START}/{crisis.id}", done="crisis_prepared")


async def show(visit: Visit) -> Response:
    """One of them: before, what would go out and through whom; afterwards, what became of it."""
    async with visit.database.reading() as session:
        log = await load_log(session, _number(visit), at=visit.at)
        crisis = log.crisis
        is_open = crisis.state == CrisisState.PREPARED
        found = await _texts(session, visit, crisis.answer_id)
        agreed = await list_agreed(session) if is_open else []
        names = await names_of(session, (entry.by for entry in log.events))
        is_armed = (await get_policy(session)).is_armed
    return visit.page(
        "crisis.html",
        crisis=crisis,
        log=log,
        names=names,
        organisations={one.organisation_id: one.organisation for one in log.through},
        rows=[(one, _counts(one.counts, crisis, visit)) for one in log.through],
        to_call=[(one, told(one, visit.t)) for one in log.to_call()],
        totals=_counts(log.totals(), crisis, visit),
        answer_title=next((found.texts[one].title for one in (visit.t.language, "nb") if one in found.texts), ""),
        texts=as_sent(found.texts, visit.preview.words, is_drill=crisis.is_drill),
        left_out=[(code, left_out(visit.t)[why]) for code, why in found.left_out.items()],
        states=crisis_states(visit.t),
        mark=mark_of(found.texts),
        agreed=agreed,
        is_armed=is_armed,
        is_own=crisis.prepared_by == visit.visitor.id,
    )


async def release(visit: Visit) -> Response:
    """A second person sends it."""
    number = _number(visit)
    async with visit.database.changing() as session:
        crisis = await preparing.get_crisis(session, number)
        found = await _texts(session, visit, crisis.answer_id)
        await releasing.release(
            session,
            number,
            found.texts,
            visit.preview.words,
            source_language=found.source_language,
            mark=visit.field("mark"),
            zone=visit.zone,
            by=visit.visitor.id,
            at=visit.at,
        )
    return visit.go(f"{START}/{number}", done="crisis_released")


async def end(visit: Visit) -> Response:
    """It is over, or it is given up."""
    number = _number(visit)
    async with visit.database.changing() as session:
        await ending.end(session, number, by=visit.visitor.id, at=visit.at)
    return visit.go(f"{START}/{number}", done="crisis_ended")


async def download_log(visit: Visit) -> Response:
    """The log as a table for any spreadsheet."""
    async with visit.database.reading() as session:
        log = await load_log(session, _number(visit), at=visit.at)
        names = await names_of(session, (entry.by for entry in log.events))
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerows([_plain(cell) for cell in row] for row in _rows(log, names, visit))
    kind = "drill" if log.crisis.is_drill else "crisis"
    name = f"{kind}-{log.crisis.id}-{visit.today.isoformat()}.csv"
    return Response(
        file.getvalue().encode("utf-8-sig"),  # a spreadsheet knows by its first bytes that it is UTF-8
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


async def show_agreement(visit: Visit) -> Response:
    """An ambassador reads what it is about, and whether the organisation has agreed."""
    key = visit.request.path_params["organisation_id"]
    async with visit.database.reading() as session:
        await come_as_ambassador(session, visit.visitor, key)
        organisation = await get_organisation(session, key)
    return visit.page("crisis_agreement.html", organisation=organisation)


async def save_agreement(visit: Visit) -> Response:
    """Yes, or not any more."""
    key = visit.request.path_params["organisation_id"]
    async with visit.database.changing() as session:
        ambassador = await come_as_ambassador(session, visit.visitor, key)
        by, agrees = By(ambassador_id=ambassador.id), visit.field("agrees") == "yes"
        await agree_to_crisis(session, key, by=by, agrees=agrees, at=visit.at)
    return visit.go(f"/desk/organisations/{key}/crisis", done="crisis_agreement_saved")


async def _texts(session: AsyncSession, visit: Visit, answer_id: str) -> VettedTexts:
    """What would go out now; without any texts when the answer is not published."""
    catalogue = await load_catalogue(session, only=[answer_id])
    answer = catalogue.answers.get(answer_id)
    return vetted_texts(catalogue, answer, visit.preview.words) if answer else VettedTexts("", {}, {})


def _counts(counts: Mapping[DeliveryState, int], crisis: Crisis, visit: Visit) -> list[tuple[str, str]]:
    """Words and numbers. Ambassadors of a drill are known by name; of members, small numbers are not told."""
    known = delivery_states(visit.t)
    return [
        (known[state], str(counts[state]) if crisis.is_drill else shown(counts[state], visit.t))
        for state in DeliveryState
        if counts.get(state)
    ]


def _rows(log: CrisisLog, names: Mapping[int, str], visit: Visit) -> Iterator[list[str]]:
    t, zone = visit.t, ZoneInfo(visit.zone)
    organisations = {one.organisation_id: one.organisation for one in log.through}
    yield [t("When"), t("What"), t("Who"), t("Organisation"), t("How many")]
    for event in log.events:
        when = event.at.astimezone(zone).isoformat(" ", "seconds")
        organisation = organisations.get(event.details.get("organisation", ""), "")
        yield [when, words.event(event.event, t), names.get(event.by or 0, "–"), organisation, ""]
    for one in log.through:
        when = one.ended_at.astimezone(zone).isoformat(" ", "seconds") if one.ended_at else ""
        for what, count in _counts(one.counts, log.crisis, visit):
            yield [when, what, "", one.organisation, count]
        if log.crisis.is_drill:
            yield ["", t("seen"), "", one.organisation, str(one.seen)]
    for person in log.told or ():
        when = person.at.astimezone(zone).isoformat(" ", "seconds") if person.at else ""
        yield [when, told(person, t), person.name, person.organisation, ""]


def _plain(cell: str) -> str:
    """A spreadsheet takes what begins so for a formula, and names are written by people."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def _title(answer: PublishedAnswer, visit: Visit) -> str:
    return answer.text_for(visit.t.language).title


def _number(visit: Visit) -> int:
    return int(visit.request.path_params["crisis_id"])


PAGES: tuple[Page, ...] = (
    Page("GET", "/crisis", show_all, Permission.LEAD_CRISIS),
    Page("POST", "/crisis", prepare, Permission.LEAD_CRISIS),
    Page("GET", "/crisis/{crisis_id:int}", show, Permission.LEAD_CRISIS),
    Page("POST", "/crisis/{crisis_id:int}/release", release, Permission.LEAD_CRISIS),
    Page("POST", "/crisis/{crisis_id:int}/end", end, Permission.LEAD_CRISIS),
    Page("GET", "/crisis/{crisis_id:int}/log.csv", download_log, Permission.LEAD_CRISIS),
    Page("GET", "/organisations/{organisation_id}/crisis", show_agreement, Permission.WRITE_ANNOUNCEMENT),
    Page("POST", "/organisations/{organisation_id}/crisis", save_agreement, Permission.WRITE_ANNOUNCEMENT),
)
