"""The steps of a message: ready, taken back, read by a second person, paused, cancelled, sent again, tried first."""

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from broadcasts.announcements.approving import approve, send_back, submit, take_back
from broadcasts.announcements.composing import discard
from broadcasts.announcements.copying import send_again
from broadcasts.announcements.records import BroadcastState
from broadcasts.announcements.testing import send_test
from broadcasts.briefing.proposing import withdraw
from broadcasts.scheduling.scheduling import cancel, pause, resume
from editor.access.roles import Permission
from editor.guard import Refused
from editor.message_place import READERS, MessagePlace, find_own_place, find_place
from editor.visits import Page, Visit

BY_WRITERS = ("submit", "take_back", "copy", "discard")
BY_STAFF_TOO = ("pause", "resume", "cancel")  # those who approve messages can stop what should not go out


async def take_step(visit: Visit) -> Response:
    """One step; what a visitor may not take is not there."""
    step = visit.field("step")
    async with visit.database.changing() as session:
        place = await find_place(session, visit)
        may = place.may_write if step in BY_WRITERS else step in BY_STAFF_TOO and (place.may_write or place.may_approve)
        if not may:
            raise Refused(404, "not_found")
        if step in BY_STAFF_TOO:
            return await _steer(session, visit, place, step)
        return await _write(session, visit, place, step)


async def _write(session: AsyncSession, visit: Visit, place: MessagePlace, step: str) -> Response:
    broadcast_id = place.broadcast.id
    match step:
        case "submit":
            broadcast = await submit(session, broadcast_id, by=place.by, at=visit.at)
            is_ready = broadcast.state == BroadcastState.APPROVED
            if is_ready and place.organisation is not None:
                return visit.go(f"{place.path}/when", done="message_ready")
            return visit.go(place.path, done="message_ready" if is_ready else "message_submitted")
        case "take_back":
            await take_back(session, broadcast_id, by=place.by, at=visit.at)
            return visit.go(place.path, done="message_taken_back")
        case "discard":
            await discard(session, broadcast_id, by=place.by, at=visit.at)
            return visit.go("/desk/messages", done="message_discarded")
        case _:
            copy = await send_again(session, broadcast_id, by=place.by, at=visit.at)
            return visit.go(f"/desk/messages/{copy.id}", done="message_copied")


async def _steer(session: AsyncSession, visit: Visit, place: MessagePlace, step: str) -> Response:
    broadcast_id = place.broadcast.id
    match step:
        case "pause":
            await pause(session, broadcast_id, by=place.by, at=visit.at)
            return visit.go(place.path, done="message_paused")
        case "resume":
            await resume(session, broadcast_id, by=place.by, at=visit.at)
            return visit.go(place.path, done="message_resumed")
        case _:
            await cancel(session, broadcast_id, by=place.by, at=visit.at)
            return visit.go(place.path, done="message_cancelled")


async def say_yes(visit: Visit) -> Response:
    """A second person has read it."""
    async with visit.database.changing() as session:
        place = await find_place(session, visit)
        seen = visit.field("version")
        version = int(seen) if seen.isdecimal() else None
        await approve(session, place.broadcast.id, by=visit.visitor.id, at=visit.at, seen=version)
    return visit.go(place.path, done="message_approved")


async def return_it(visit: Visit) -> Response:
    """A second person asks for a change."""
    async with visit.database.changing() as session:
        place = await find_place(session, visit)
        await send_back(session, place.broadcast.id, visit.field("note"), by=visit.visitor.id, at=visit.at)
    return visit.go(place.path, done="message_sent_back")


async def take_away(visit: Visit) -> Response:
    """A proposal is taken back from all organisations."""
    async with visit.database.changing() as session:
        place = await find_own_place(session, visit)
        await withdraw(session, place.broadcast.id, visit.field("why"), by=visit.visitor.id, at=visit.at)
    return visit.go(place.path, done="proposal_withdrawn")


async def try_it(visit: Visit) -> Response:
    """The message in one language to the ambassador's own chat."""
    async with visit.database.changing() as session:
        place = await find_place(session, visit)
        if place.ambassador is None:
            raise Refused(404, "not_found")
        await send_test(session, place.broadcast.id, visit.field("language"), ambassador=place.ambassador, at=visit.at)
    return visit.go(place.path, done="message_tested")


PAGES = (
    Page("POST", "/messages/{broadcast_id:int}/step", take_step, READERS),
    Page("POST", "/messages/{broadcast_id:int}/approve", say_yes, Permission.APPROVE_BROADCAST),
    Page("POST", "/messages/{broadcast_id:int}/send-back", return_it, Permission.APPROVE_BROADCAST),
    Page("POST", "/messages/{broadcast_id:int}/withdraw", take_away, Permission.PROPOSE_BROADCAST),
    Page("POST", "/messages/{broadcast_id:int}/test", try_it, Permission.WRITE_ANNOUNCEMENT),
)
