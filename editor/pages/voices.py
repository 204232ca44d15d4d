"""What members say upwards, the answers, and "you said, we changed"."""

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from broadcasts.members.counting import shown
from broadcasts.organisations.by import By
from broadcasts.organisations.keeping import get_organisation
from broadcasts.organisations.records import Organisation
from broadcasts.voices.answering import LONGEST, answer_voice
from broadcasts.voices.changes import LONGEST as LONGEST_CHANGE
from broadcasts.voices.changes import NEEDED, check_change, list_changes, publish_change, take_away
from broadcasts.voices.reading import count_flags, list_for_municipality, list_for_organisation
from broadcasts.voices.records import VoiceState
from core import languages
from core.issues import Issue
from editor.access.roles import Permission
from editor.forms import by_field
from editor.message_place import come_as_ambassador
from editor.visits import AnyOf, Page, Visit

MOST_ANSWERED = 20
CHANGE_READERS: AnyOf = frozenset({Permission.WRITE_ANNOUNCEMENT, Permission.ANSWER_VOICES})


async def show_for_organisation(visit: Visit) -> Response:
    """What was said to the ambassador's own organisation."""
    key = visit.request.path_params["organisation_id"]
    async with visit.database.reading() as session:
        await come_as_ambassador(session, visit.visitor, key)
        organisation = await get_organisation(session, key)
        waiting = await list_for_organisation(session, key, zone=visit.zone)
        answered = await list_for_organisation(session, key, zone=visit.zone, state=VoiceState.ANSWERED)
    return visit.page(
        "voices.html",
        organisation=organisation,
        waiting=waiting,
        answered=answered[:MOST_ANSWERED],
        flags=[],
        path=f"/desk/organisations/{key}/voices",
        codes=languages.PROMISED,
        longest=LONGEST,
    )


async def answer_for_organisation(visit: Visit) -> Response:
    """An ambassador's answer at the desk."""
    key = visit.request.path_params["organisation_id"]
    async with visit.database.changing() as session:
        ambassador = await come_as_ambassador(session, visit.visitor, key)
        await _answer(session, visit, By(ambassador_id=ambassador.id))
    return visit.go(f"/desk/organisations/{key}/voices", done="voice_answered")


async def show_for_municipality(visit: Visit) -> Response:
    """What was said to the municipality, through all organisations, and how often "this does not fit us" was."""
    async with visit.database.reading() as session:
        waiting = await list_for_municipality(session, zone=visit.zone)
        answered = await list_for_municipality(session, zone=visit.zone, state=VoiceState.ANSWERED)
        flags = await count_flags(session)
    return visit.page(
        "voices.html",
        organisation=None,
        waiting=waiting,
        answered=answered[:MOST_ANSWERED],
        flags=[(one.organisation, shown(one.count, visit.t)) for one in flags],
        path="/desk/voices",
        codes=languages.PROMISED,
        longest=LONGEST,
    )


async def answer_for_municipality(visit: Visit) -> Response:
    """The municipality's answer."""
    async with visit.database.changing() as session:
        await _answer(session, visit, By(staff_id=visit.visitor.id))
    return visit.go("/desk/voices", done="voice_answered")


async def show_changes(visit: Visit) -> Response:
    """You said, we changed: the list of an organisation; for staff also the form."""
    return await _changes_page(visit, {}, {}, [])


async def add_change(visit: Visit) -> Response:
    """A new line; everybody sees it at once."""
    key = visit.request.path_params["organisation_id"]
    said, changed = _parts(visit, "said"), _parts(visit, "changed")
    if issues := check_change(said, changed):
        return await _changes_page(visit, said, changed, issues, status=422)
    async with visit.database.changing() as session:
        await publish_change(session, key, said, changed, by=visit.visitor.id, at=visit.at)
    return visit.go(f"/desk/organisations/{key}/changes", done="change_published")


async def remove_change(visit: Visit) -> Response:
    """A line that was wrong."""
    key, change_id = visit.request.path_params["organisation_id"], visit.request.path_params["change_id"]
    async with visit.database.changing() as session:
        await take_away(session, key, change_id, by=visit.visitor.id, at=visit.at)
    return visit.go(f"/desk/organisations/{key}/changes", done="change_taken_away")


async def _answer(session: AsyncSession, visit: Visit, by: By) -> None:
    chosen = visit.field("language")
    language = chosen if chosen in languages.PROMISED else visit.t.language
    voice_id = visit.request.path_params["voice_id"]
    await answer_voice(session, voice_id, visit.field("answer"), language=language, zone=visit.zone, by=by, at=visit.at)


async def _changes_page(
    visit: Visit, said: Mapping[str, str], changed: Mapping[str, str], issues: list[Issue], *, status: int = 200
) -> Response:
    key = visit.request.path_params["organisation_id"]
    may_write = visit.visitor.may(Permission.ANSWER_VOICES)
    async with visit.database.reading() as session:
        if not may_write:
            await come_as_ambassador(session, visit.visitor, key)
        organisation = await get_organisation(session, key)
        changes = await list_changes(session, key, visit.t.language, zone=visit.zone)
    return visit.page(
        "changes.html",
        status=status,
        organisation=organisation,
        changes=changes,
        codes=_codes(organisation),
        may_write=may_write,
        said=said,
        changed=changed,
        issues=by_field(issues),
        needed=NEEDED,
        longest=LONGEST_CHANGE,
    )


def _parts(visit: Visit, part: str) -> dict[str, str]:
    return {code: text for code in languages.PROMISED if (text := visit.field(f"{part}.{code}"))}


def _codes(organisation: Organisation) -> list[str]:
    """Bokmål, then the languages of the members for which there are words, then the others."""
    spoken = [code for code in organisation.languages if code in languages.PROMISED]
    return list(dict.fromkeys((NEEDED, *spoken, *languages.PROMISED)))


PAGES: tuple[Page, ...] = (
    Page("GET", "/voices", show_for_municipality, Permission.ANSWER_VOICES),
    Page("POST", "/voices/{voice_id:int}", answer_for_municipality, Permission.ANSWER_VOICES),
    Page("GET", "/organisations/{organisation_id}/voices", show_for_organisation, Permission.WRITE_ANNOUNCEMENT),
    Page(
        "POST",
        "/organisations/{organisation_id}/voices/{voice_id:int}",
        answer_for_organisation,
        Permission.WRITE_ANNOUNCEMENT,
    ),
    Page("GET", "/organisations/{organisation_id}/changes", show_changes, CHANGE_READERS),
    Page("POST", "/organisations/{organisation_id}/changes", add_change, Permission.ANSWER_VOICES),
    Page(
        "POST",
        "/organisations/{organisation_id}/changes/{change_id:int}/remove",
        remove_change,
        Permission.ANSWER_VOICES,
    ),
)
