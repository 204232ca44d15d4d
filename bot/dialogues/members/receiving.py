"""What members do with a message they got: answer with a button, put a meeting into their calendar.

reply:RELEASE:KEY     calendar:BROADCAST
"""

from collections.abc import Mapping
from datetime import datetime

from babel.dates import format_date
from sqlalchemy.ext.asyncio import AsyncSession

from bot.dialogues.buttons import menu_button, number
from bot.dialogues.scene import Handler, Scene
from bot.situation import Act
from bot.turn import Turn
from broadcasts.announcements.announcement import Announcement, load_composed
from broadcasts.announcements.calendar import MEDIA_TYPE, calendar_file
from broadcasts.announcements.records import ReplyKey
from broadcasts.delivery.responses import Request, find_request, has_received, respond
from broadcasts.organisations.ambassadors import find_ambassador
from broadcasts.organisations.keeping import get_organisation
from core.errors import RuleBroken
from core.i18n import Translator
from core.messages import Attachment, Button, OutgoingMessage, Piece
from core.messages import Kind as Look
from core.people import Person


async def reply(scene: Scene, value: str) -> Turn | None:
    """A button below a question. The answer may be changed as long as answers are taken."""
    release, _, key = value.partition(":")
    request = await _find_request(scene, release)
    if request is None or not _is_taken(request, key, scene.situation.at):
        words = scene.t("You cannot answer this message any more.")
        return scene.say(scene.replies.message([Piece(Look.TEXT, words)], [menu_button(scene.t)]))

    async def run(session: AsyncSession, person: Person, at: datetime) -> None:
        await respond(session, request.release_id, person.id, key, at=at)

    return scene.say(await _thanks(scene, request, ReplyKey(key)), Act(run))


async def _find_request(scene: Scene, release: str) -> Request | None:
    wanted = number(release)
    if wanted is None or scene.person_id is None:
        return None
    return await find_request(scene.session, wanted, scene.person_id)


def _is_taken(request: Request, key: str, at: datetime) -> bool:
    try:
        request.check(key, at=at)
    except RuleBroken:
        return False
    return True


async def _thanks(scene: Scene, request: Request, key: ReplyKey) -> OutgoingMessage:
    t = scene.t
    if request.is_drill:
        return scene.replies.message([Piece(Look.TEXT, t("Thank you. I have noted that you have seen it."))], [])
    organisation = await get_organisation(scene.session, request.organisation_id)
    labels = answer_labels(t)
    day = format_date(request.until.date(), "long", locale=t.locale)
    pieces = [
        Piece(Look.TEXT, t("Thank you. Your answer: {answer}", answer=labels[key])),
        Piece(
            Look.NOTE,
            t("{organisation} sees how many answered what, not who. You can change it until {day}.",
              organisation=organisation.name, day=day),
        ),
    ]  # fmt: skip
    others = [Button(labels[one], f"reply:{request.release_id}:{one}") for one in request.answers if one != key]
    return scene.replies.message(pieces, others)


def answer_labels(t: Translator) -> Mapping[ReplyKey, str]:
    """The words on the answer buttons."""
    return {ReplyKey.YES: t("Yes"), ReplyKey.NO: t("No"), ReplyKey.MAYBE: t("Maybe")}


async def calendar(scene: Scene, value: str) -> Turn | None:
    """A file that every calendar reads, for those who may see the message."""
    t, announcement = scene.t, await _announcement(scene, value)
    if announcement is None or announcement.begins_at is None:
        words = t("This message is no longer here.")
        return scene.say(scene.replies.message([Piece(Look.TEXT, words)], [menu_button(t)]))
    text = calendar_file(announcement, at=scene.situation.at)
    words = t("Open this file. Then your calendar asks whether to add it.")
    pieces = (Piece(Look.TITLE, announcement.title, language=announcement.language), Piece(Look.TEXT, words))
    file = Attachment(f"brobygger-{announcement.broadcast_id}.ics", MEDIA_TYPE, text.encode())
    return scene.say(OutgoingMessage(t.language, pieces, attachment=file))


async def _announcement(scene: Scene, value: str) -> Announcement | None:
    """What this person may see of it; None also for what is not there."""
    wanted, person_id = number(value), scene.person_id
    if wanted is None or person_id is None:
        return None
    composed = await load_composed(scene.session, wanted)
    organisation_id = composed.broadcast.organisation_id if composed else None
    if composed is None or organisation_id is None:
        return None
    speaks = await find_ambassador(scene.session, organisation_id, person_id=person_id)
    if speaks is None and not await has_received(scene.session, wanted, person_id):
        return None
    language = scene.situation.language
    return composed.for_reader(language) or composed.for_reader(composed.broadcast.source_language)


ACTIONS: Mapping[str, Handler] = {"reply": reply, "calendar": calendar}
