"""An ambassador added the bot to a Telegram group or channel: for which organisation, and in which language?

group:NUMBER                          which organisation; with one only, which language
group:NUMBER:ORGANISATION             which language
group:NUMBER:ORGANISATION:LANGUAGE    connect
group_no:NUMBER                       nothing is sent there
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.dialogues.buttons import menu_button, mine_button, number
from bot.dialogues.scene import Handler, Scene
from bot.dialogues.speakers import find_speaker, not_an_ambassador
from bot.replies import Replies
from bot.situation import Act
from bot.turn import Turn
from broadcasts.members.words import isolated
from broadcasts.organisations.ambassadors import list_for_person
from broadcasts.organisations.by import By
from broadcasts.organisations.groups import NOT_WANTED, connect_group, end_group, find_own_group
from broadcasts.organisations.keeping import get_organisation
from broadcasts.organisations.records import Ambassador, Group, Organisation
from core import languages
from core.messages import Button, Kind, OutgoingMessage, Piece
from core.people import Person


async def choose(scene: Scene, value: str) -> Turn:
    """One question after the other, then connect."""
    number, _, rest = value.partition(":")
    organisation_id, _, language = rest.partition(":")
    group = await _find(scene, number)
    own = await list_for_person(scene.session, scene.person_id) if scene.person_id is not None else []
    if not own:
        return not_an_ambassador(scene)
    if group is None:
        return _gone(scene)
    if not organisation_id and len(own) == 1:
        organisation_id = own[0].organisation_id
    if not organisation_id:
        return await _ask_organisation(scene, group, own)
    ambassador = await find_speaker(scene, organisation_id)
    if ambassador is None:
        return not_an_ambassador(scene)
    organisation = await get_organisation(scene.session, organisation_id)
    if language not in languages.NAMES:
        return _ask_language(scene, group, organisation)
    return _connect(scene, group, organisation, ambassador, language)


async def leave_alone(scene: Scene, number: str) -> Turn:
    """Nothing is sent there."""
    group = await _find(scene, number)
    own = await list_for_person(scene.session, scene.person_id) if scene.person_id is not None else []
    ambassador = _speaker_of(group, own) if group is not None else None
    if group is None or ambassador is None:
        return _gone(scene)
    by, group_id = By(ambassador_id=ambassador.id), group.id

    async def run(session: AsyncSession, _person: Person, at: datetime) -> None:
        await end_group(session, group_id, NOT_WANTED, by=by, at=at)

    t = scene.t
    words = t("Nothing is sent to {group}. You can take the bot out of it again.", group=isolated(group.title, t))
    return scene.end(scene.replies.message([Piece(Kind.TEXT, words)], [menu_button(t)]), Act(run))


def ask_about_group(replies: Replies, about: Mapping[str, str]) -> OutgoingMessage:
    """The bot was added to a group."""
    t, name = replies.t, isolated(about["title"], replies.t)
    pieces = [
        Piece(Kind.TEXT, t("You have added me to {group}. Shall messages of your organisation come there too?",
                           group=name)),
        Piece(Kind.NOTE, t("Everybody in the group sees them. I never read what is written there.")),
    ]  # fmt: skip
    buttons = [
        Button(t("Yes, connect the group"), f"group:{about['group']}"),
        Button(t("No, send nothing there"), f"group_no:{about['group']}"),
    ]
    return replies.message(pieces, buttons)


async def _ask_organisation(scene: Scene, group: Group, own: list[Ambassador]) -> Turn:
    organisations = [await get_organisation(scene.session, one.organisation_id) for one in own]
    words = scene.t("Whose messages shall come to {group}?", group=isolated(group.title, scene.t))
    buttons = [Button(one.name, f"group:{group.id}:{one.id}") for one in organisations]
    return scene.end(scene.replies.message([Piece(Kind.TEXT, words)], buttons))


def _ask_language(scene: Scene, group: Group, organisation: Organisation) -> Turn:
    words = scene.t("In which language shall messages come to {group}?", group=isolated(group.title, scene.t))
    several = [code for code in (scene.t.language, *organisation.languages) if code in languages.NAMES]
    buttons = [
        Button(languages.name(code), f"group:{group.id}:{organisation.id}:{code}")
        for code in dict.fromkeys([*several, *languages.NAMES])
    ]
    return scene.end(scene.replies.message([Piece(Kind.TEXT, words)], buttons))


def _connect(scene: Scene, group: Group, organisation: Organisation, ambassador: Ambassador, language: str) -> Turn:
    by, group_id, organisation_id = By(ambassador_id=ambassador.id), group.id, organisation.id

    async def run(session: AsyncSession, _person: Person, at: datetime) -> None:
        await connect_group(session, group_id, organisation_id, language, by=by, at=at)

    t = scene.t
    words = t(
        "Messages of {organisation} come to {group} from now on, in {language}.",
        organisation=isolated(organisation.name, t),
        group=isolated(group.title, t),
        language=languages.name(language),
    )
    stop = Button(t("No, send nothing there"), f"group_no:{group_id}")
    return scene.end(scene.replies.message([Piece(Kind.TEXT, words)], [stop, mine_button(t)]), Act(run))


async def _find(scene: Scene, value: str) -> Group | None:
    group_id = number(value)
    if scene.person_id is None or group_id is None:
        return None
    return await find_own_group(scene.session, group_id, scene.person_id)


def _speaker_of(group: Group, own: list[Ambassador]) -> Ambassador | None:
    """The ambassador of the group's organisation; any of theirs where it has none yet."""
    return next((one for one in own if group.organisation_id in (None, one.organisation_id)), None)


def _gone(scene: Scene) -> Turn:
    """The same words whether somebody else's group or none."""
    words = scene.t("I am not in this group any more, or somebody else added me. Add me again, then I ask you.")
    return scene.end(scene.replies.message([Piece(Kind.TEXT, words)], [menu_button(scene.t)]))


ACTIONS: Mapping[str, Handler] = {"group": choose, "group_no": leave_alone}
FORMS: Mapping[str, Handler] = {}
DIRECT = {"group_added": ask_about_group}
