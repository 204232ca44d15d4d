"""What needs me today."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from broadcasts.announcements.overview import count_asked, count_to_read
from broadcasts.briefing.reading import count_questions
from broadcasts.crisis.preparing import count_prepared
from broadcasts.delivery.pulse import list_outages
from broadcasts.delivery.reporting import count_stuck
from broadcasts.organisations.ambassadors import find_ambassador
from broadcasts.voices.reading import count_waiting
from content.asked_in_vain import count_gaps
from content.came_back import CameBack, list_returned
from content.glossary.editing import count_drafts
from content.links.checking import LinkState
from content.links.records import count_dead
from content.overview import count_states, count_validities, coverage
from content.reading_aloud.recordings import list_all_recordings
from content.reminding import WaitingNotice, count_notices, list_notices
from content.wanted import State, Wanted
from core import languages
from editor.access.roles import Permission, scopes
from editor.pages.people import names_of
from editor.showing import list_office_names, wanted_words
from editor.visits import Access, Page, Visit, Visitor
from editor.words import upkeep

SHOWN = (State.IN_REVIEW, State.REVIEW_OWED, State.DRAFT, State.OUTDATED)
MOST_NOTICES = 25


@dataclass(frozen=True, slots=True)
class Waiting:
    """How much of something waits, what it is, and where it stands."""

    count: int
    words: str
    path: str


async def front(visit: Visit) -> Response:
    """The first page: what is out of order, how much waits with the list behind it, what came back, and how far each
    language has come."""
    async with visit.database.reading() as session:
        outages = await list_outages(session, at=visit.at)
        may_read = visit.visitor.may(Permission.READ_CONTENT)
        counts = await _counts(session, visit) if may_read else []
        counts += await _messages(session, visit)
        covered = await coverage(session) if may_read else []
        returned = await _returned(session, visit.visitor)
        names = await names_of(session, (one.by for one in returned))
        notices, how_many = await _notices(session, visit.visitor)
        offices = await list_office_names(session, visit.t)
    return visit.page(
        "front.html",
        outages=outages,
        counts=counts,
        languages=covered,
        returned=returned,
        names=names,
        notices=notices,
        how_many=how_many,
        offices=offices,
    )


async def _counts(session: AsyncSession, visit: Visit) -> list[Waiting]:
    """What everybody may look at, and beside it what this visitor can do something about."""
    states, validities = await count_states(session), await count_validities(session, today=visit.today)
    wanted = [(Wanted(state=state), states[state]) for state in SHOWN]
    wanted += [(Wanted(validity=validity), count) for validity, count in validities.items()]
    found = [Waiting(count, wanted_words(one, visit.t), _path(one)) for one, count in wanted]
    if visit.visitor.may(Permission.CHECK_LINKS):
        words = upkeep.link_states(visit.t)[LinkState.DEAD]
        found.append(Waiting(await count_dead(session), words, f"/desk/links?state={LinkState.DEAD}"))
    if visit.visitor.may(Permission.UPDATE_FROM_LIBRARY):
        found.append(Waiting(visit.visitor.updates_waiting, visit.t("updates of the shared library"), "/desk/library"))
    to_hear = sum(one.needs_somebody for one in await list_all_recordings(session))
    if to_hear:
        found.append(Waiting(to_hear, visit.t("recordings to hear or to make anew"), "/desk/recordings"))
    if drafts := await count_drafts(session):
        found.append(Waiting(drafts, visit.t("words of the glossary with a draft"), "/desk/glossary?drafts=1"))
    return found + await _gaps(session, visit)


async def _gaps(session: AsyncSession, visit: Visit) -> list[Waiting]:
    """Questions without an answer: all for those who sort them, and for translators those in their languages."""
    if visit.visitor.may(Permission.SORT_GAPS):
        return [Waiting(await count_gaps(session), visit.t("questions asked in vain"), "/desk/gaps")]
    found = []
    for code in sorted(scopes(visit.visitor.roles, Permission.TRANSLATE)):
        words = visit.t("questions asked in vain in {language}", language=languages.name(code))
        found.append(Waiting(await count_gaps(session, language=code), words, f"/desk/gaps?language={code}"))
    return found


async def _messages(session: AsyncSession, visit: Visit) -> list[Waiting]:
    """What waits in messages of organisations: for staff who read or propose them, and for who speaks for one."""
    t, visitor, found = visit.t, visit.visitor, []
    if visitor.may(Permission.APPROVE_BROADCAST):
        found.append(Waiting(await count_to_read(session), t("messages to read"), "/desk/messages/to-read"))
        words = t("messages that stand still after many failures")
        found.append(Waiting(await count_stuck(session), words, "/desk/messages?state=paused"))
    if visitor.may(Permission.PROPOSE_BROADCAST):
        words = t("questions about proposals")
        found.append(Waiting(await count_questions(session), words, "/desk/messages?state=in_briefing"))
    if visitor.may(Permission.LEAD_CRISIS):
        words = t("crisis messages that wait for a second person")
        found.append(Waiting(await count_prepared(session), words, "/desk/crisis"))
    if visitor.may(Permission.ANSWER_VOICES):
        found.append(Waiting(await count_waiting(session), t("members’ words to the municipality"), "/desk/voices"))
    if visitor.may(Permission.WRITE_ANNOUNCEMENT):
        held = sorted(scopes(visitor.roles, Permission.WRITE_ANNOUNCEMENT))
        # A role may be there before they have agreed, and after their time.
        own = [key for key in held if await find_ambassador(session, key, staff_id=visitor.id) is not None]
        for key in held:
            if key not in own:  # without it nothing else can be done
                words, path = t("agreement to read before you begin"), f"/desk/organisations/{key}/own"
                found.append(Waiting(1, words, path))
        asked = await count_asked(session, own)
        found.append(Waiting(asked, t("proposals of the municipality"), "/desk/proposals"))
        for key in own:
            words, path = t("members’ words to your organisation"), f"/desk/organisations/{key}/voices"
            found.append(Waiting(await count_waiting(session, organisation_id=key), words, path))
    return found


async def _returned(session: AsyncSession, visitor: Visitor) -> list[CameBack]:
    """What came back to the visitor, where they may still write."""
    found = await list_returned(session, visitor.id)
    return [one for one in found if visitor.may_write(one.language, source_language=one.source_language)]


async def _notices(session: AsyncSession, visitor: Visitor) -> tuple[list[WaitingNotice], int]:
    """For those who can act, all that waits; for administrators, what nobody has acted on. And how many there are."""
    if not visitor.may(Permission.CONFIRM_STILL_CORRECT) and not visitor.may(Permission.MANAGE_PEOPLE):
        return [], 0
    escalated_only = not visitor.may(Permission.CONFIRM_STILL_CORRECT)
    shown = await list_notices(session, limit=MOST_NOTICES, escalated_only=escalated_only)
    return shown, await count_notices(session, escalated_only=escalated_only)


def _path(wanted: Wanted) -> str:
    return f"/desk/answers?state={wanted.state or ''}&validity={wanted.validity or ''}"


PAGES = (Page("GET", "/", front, Access.SIGNED_IN),)
