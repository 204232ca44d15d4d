"""A draft by a machine translator, for a person to read and mend."""

from starlette.responses import Response

from content import drafting
from content.drafting import Beside
from content.machine.drafting import draft
from content.machine.saving import save_machine_draft
from editor.access.roles import Permission
from editor.pages.writing import check_may_write, find_place, may_ask_machine, show_conflict
from editor.visits import Page, Visit


async def ask(visit: Visit) -> Response:
    """Ask the machine, with no transaction open, and keep what it says as a draft; only where a draft is of use."""
    place = await find_place(visit)
    check_may_write(visit, place)
    if place.source is None or not may_ask_machine(visit, place):
        return visit.go(f"{place.path}/write")
    answer, source, newest = place.answer, place.source, place.newest
    text = await draft(
        visit.machine, source.text(), source_language=answer.source_language, target_language=place.language
    )
    async with visit.database.changing() as session:
        saved = await save_machine_draft(
            session,
            answer.id,
            place.language,
            text,
            translator=visit.machine.name,
            made_from=source.text_hash,
            easy_from=source.easy_hash,
            based_on=newest.number if newest else None,
            by=visit.visitor.id,
            at=visit.at,
        )
        await session.flush()  # a template that shows both needs their ids
        if isinstance(saved, Beside):
            return await show_conflict(visit, session, place, saved)
        await drafting.let_go(session, saved.revision.translation_id, by=visit.visitor.id)
    return visit.go(f"{place.path}/write", done="machine_drafted")


PAGES = (Page("POST", "/answers/{answer_id}/{language}/machine", ask, Permission.READ_CONTENT),)
