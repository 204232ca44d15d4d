"""All revisions of a text: what each changed, and a way back."""

from starlette.responses import Response

from content import drafting
from content.differences import text_difference
from content.freshness import Text
from content.models import Revision
from editor.access.roles import Permission
from editor.guard import Refused
from editor.pages.people import names_of
from editor.pages.writing import find_place
from editor.visits import Page, Visit


async def show(visit: Visit) -> Response:
    """The revisions, the newest first; with ``number``, what that one changed against the one before."""
    place = await find_place(visit)
    async with visit.database.reading() as session:
        translation = await drafting.find_translation(session, place.answer.id, place.language)
        revisions = await drafting.list_history(session, translation.id) if translation else []
        if not revisions:
            raise Refused(404, "not_found")
        names = await names_of(session, (one.author_id for one in revisions))
    number = visit.field("number")
    chosen = next((one for one in revisions if str(one.number) == number), revisions[0])
    before = next((one for one in revisions if one.number < chosen.number), None)
    differences = text_difference(before.text() if before else Text("", ""), chosen.text())
    return visit.page(
        "history.html",
        place=place,
        revisions=revisions,
        names=names,
        chosen=chosen,
        before=before,
        differences=differences,
        may_write=visit.visitor.may_write(place.language, source_language=place.answer.source_language),
    )


async def restore(visit: Visit) -> Response:
    """An earlier text as the new draft."""
    place = await find_place(visit)
    if not visit.visitor.may_write(place.language, source_language=place.answer.source_language):
        raise Refused(403, "not_yours")
    number = visit.field("revision")
    async with visit.database.changing() as session:
        old = await session.get(Revision, int(number)) if number.isdecimal() and len(number) < 10 else None
        translation = await drafting.find_translation(session, place.answer.id, place.language)
        if old is None or translation is None or old.translation_id != translation.id:
            raise Refused(404, "not_found")
        await drafting.restore(session, old.id, by=visit.visitor.id, at=visit.at)
    return visit.go(place.path, done="restored")


PAGES = (
    Page("GET", "/answers/{answer_id}/{language}/history", show, Permission.READ_CONTENT),
    Page("POST", "/answers/{answer_id}/{language}/history", restore, Permission.READ_CONTENT),
)
