"""Sharing a vetted answer: it is chosen, looked at in every language, and becomes a message."""

from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from broadcasts.announcements.announcement import Announcement
from broadcasts.announcements.checks import forbids_saving, inspect_details
from broadcasts.announcements.composing import details_of, set_details
from broadcasts.announcements.records import Kind
from broadcasts.announcements.sharing import SharedAnswer, SharedText, share_answer
from broadcasts.organisations.by import By
from broadcasts.organisations.records import Ambassador, Organisation
from content.catalogue import AREAS, Catalogue, PublishedAnswer, load_catalogue
from content.overview import list_answers
from content.shareable import Shareable, is_shareable, shareable_texts
from content.wanted import Wanted
from core import languages
from editor.access.roles import Permission
from editor.guard import Refused
from editor.message_place import come_as_ambassador
from editor.pages.broadcasts import Previewed
from editor.visits import Page, Visit


async def choose(visit: Visit) -> Response:
    """Answers to share: those that hold today, by words and area."""
    searched, area = visit.field("words")[:200], visit.field("area")
    area = area if area in AREAS else ""
    async with visit.database.reading() as session:
        _ambassador, organisation = await _come(session, visit)
        page = await list_answers(session, Wanted(words=searched, area=area or None), today=visit.today)
        catalogue = await load_catalogue(session, only=[row.answer_id for row in page.rows])
    found = [one for one in catalogue.answers.values() if is_shareable(one, visit.today)]
    return visit.page(
        "share.html",
        organisation=organisation,
        searched=searched,
        area=area,
        areas=AREAS,
        found=[(one.id, one.text_for(visit.t.language), list(one.texts)) for one in found],
        is_more=page.last > 1,
    )


async def look(visit: Visit) -> Response:
    """One answer as members would read it."""
    async with visit.database.reading() as session:
        _ambassador, organisation = await _come(session, visit)
        catalogue, answer = await _answer(session, visit)
    texts = shareable_texts(catalogue, answer.id, visit.preview.words)
    return visit.page(
        "share_answer.html",
        organisation=organisation,
        answer_id=answer.id,
        title=answer.text_for(visit.t.language).title,
        language=answer.text_for(visit.t.language).language,
        codes=[*dict.fromkeys((visit.t.language, *languages.PROMISED))],
        previews=[
            Previewed(code, visit.preview.announcement(_announcement(organisation, answer, code, texts[code])))
            for code in languages.PROMISED
            if code in texts
        ],
    )


async def share(visit: Visit) -> Response:
    """Make a message of it, with the ambassador's own comment."""
    said, said_in = visit.field("comment"), visit.field("comment_language")
    async with visit.database.changing() as session:
        ambassador, organisation = await _come(session, visit)
        catalogue, answer = await _answer(session, visit)
        texts = shareable_texts(catalogue, answer.id, visit.preview.words)
        by = By(ambassador_id=ambassador.id)
        broadcast = await share_answer(
            session,
            organisation.id,
            SharedAnswer(answer.id, {code: _shared(one) for code, one in texts.items()}),
            source_language=answer.source_language,
            by=by,
            zone=visit.zone,
            at=visit.at,
        )
        path, done = f"/desk/messages/{broadcast.id}", "message_begun"
        if said and said_in in languages.PROMISED:
            details = replace(details_of(broadcast), comment={said_in: said})
            if forbids_saving(inspect_details(details)):
                path, done = f"{path}/write", "comment_not_kept"
            else:
                await set_details(session, broadcast.id, details, by=by, at=visit.at)
    return visit.go(path, done=done)


async def _come(session: AsyncSession, visit: Visit) -> tuple[Ambassador, Organisation]:
    ambassador = await come_as_ambassador(session, visit.visitor, visit.field("organisation"))
    return ambassador, await session.get_one(Organisation, ambassador.organisation_id)


async def _answer(session: AsyncSession, visit: Visit) -> tuple[Catalogue, PublishedAnswer]:
    """Raises Refused(404) for what cannot be shared."""
    answer_id = visit.request.path_params["answer_id"]
    catalogue = await load_catalogue(session, only=[answer_id])
    answer = catalogue.answers.get(answer_id)
    if answer is None or not is_shareable(answer, visit.today):
        raise Refused(404, "not_found")
    return catalogue, answer


def _shared(one: Shareable) -> SharedText:
    return SharedText(one.title, one.body, one.text_hash, one.is_machine)


def _announcement(organisation: Organisation, answer: PublishedAnswer, code: str, text: Shareable) -> Announcement:
    """As it would be if it were a message already."""
    return Announcement(
        broadcast_id=0,
        release_id=None,
        organisation_id=organisation.id,
        organisation=organisation.name,
        kind=Kind.ANSWER,
        language=code,
        wanted=code,
        title=text.title,
        body=text.body,
        is_machine=text.is_machine,
        comment="",
        comment_language="",
        place="",
        begins_at=None,
        ends_at=None,
        zone="",
        deadline_on=None,
        replies=(),
        answer_id=answer.id,
        is_drill=False,
    )


PAGES = (
    Page("GET", "/messages/share", choose, Permission.WRITE_ANNOUNCEMENT),
    Page("GET", "/messages/share/{answer_id}", look, Permission.WRITE_ANNOUNCEMENT),
    Page("POST", "/messages/share/{answer_id}", share, Permission.WRITE_ANNOUNCEMENT),
)
