"""Recordings: attached on the page of a text, heard there, and released by a second person."""

from starlette.datastructures import UploadFile
from starlette.responses import Response

from content.reading_aloud import recordings
from content.reading_aloud.sound_files import ENDINGS, MOST_BYTES, SoundTooLarge, SoundUnknown
from core.byte_ranges import portion
from editor.access.roles import Permission
from editor.guard import Refused
from editor.pages.people import names_of
from editor.pages.writing import Place, check_may_write, find_place
from editor.visits import Page, Visit

_FORM_AROUND = 20_000


async def show_all(visit: Visit) -> Response:
    """All of them, those that wait and those whose text has changed first."""
    async with visit.database.reading() as session:
        found = await recordings.list_all_recordings(session)
        names = await names_of(session, (one.added_by for one in found))
    return visit.page("recordings.html", recordings=found, names=names)


async def attach(visit: Visit) -> Response:
    """A sound file for the text as the form showed it."""
    place = await find_place(visit)
    check_may_write(visit, place)
    file = visit.form.get("sound")
    if not isinstance(file, UploadFile):
        raise SoundUnknown
    data = await file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise SoundTooLarge
    async with visit.database.changing() as session:
        await recordings.attach(
            session,
            place.answer.id,
            place.language,
            data,
            read_from=visit.field("read_from"),
            by=visit.visitor.id,
            at=visit.at,
        )
    return visit.go(place.path, done="recording_added")


async def listen(visit: Visit) -> Response:
    """The sound, or the part of it that a player asks for."""
    place, recording_id = await find_place(visit), visit.request.path_params["recording_id"]
    async with visit.database.reading() as session:
        known = await recordings.list_recordings(session, place.answer.id, place.language)
        if all(one.id != recording_id for one in known):
            raise Refused(404, "not_found")
        sound = await recordings.find_content(session, recording_id)
    if sound is None:
        raise Refused(404, "not_found")
    part = portion(sound.content, visit.request.headers.get("range"))
    name = f"{place.answer.id}-{place.language}.{ENDINGS[sound.media_type]}"
    headers = {**part.headers, "Content-Disposition": f'inline; filename="{name}"'}
    return Response(part.content, part.status, headers, sound.media_type)


async def act(visit: Visit) -> Response:
    """Release it, or remove it."""
    place, recording_id = await find_place(visit), visit.request.path_params["recording_id"]
    step, by, at = visit.field("step"), visit.visitor.id, visit.at
    if not _may(visit, place, step):
        raise Refused(403, "not_yours")
    async with visit.database.changing() as session:
        if step == "release":
            await recordings.release(session, place.answer.id, place.language, recording_id, by=by, at=at)
            return visit.go(place.path, done="recording_released")
        await recordings.remove(session, place.answer.id, place.language, recording_id, by=by, at=at)
    return visit.go(place.path, done="recording_removed")


def _may(visit: Visit, place: Place, step: str) -> bool:
    is_publisher = visit.visitor.may(Permission.PUBLISH)
    if step == "release":
        return is_publisher
    is_writer = visit.visitor.may_write(place.language, source_language=place.answer.source_language)
    return step == "remove" and (is_publisher or is_writer)


_OF_TEXT = "/answers/{answer_id}/{language}/recordings"
PAGES = (
    Page("GET", "/recordings", show_all, Permission.READ_CONTENT),
    Page("POST", _OF_TEXT, attach, Permission.READ_CONTENT, most_bytes=MOST_BYTES + _FORM_AROUND),
    Page("GET", f"{_OF_TEXT}/{{recording_id:int}}", listen, Permission.READ_CONTENT),
    Page("POST", f"{_OF_TEXT}/{{recording_id:int}}", act, Permission.READ_CONTENT),
)
