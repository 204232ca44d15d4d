"""Becoming an ambassador from a link, what ambassadors can do, and stopping. (The directory entry: entry.py.)

ambassador:TOKEN             the agreement, from a link
ambassador_yes:TOKEN         yes to it: the link is used up
ambassador_no:               no; the link stays open
agree:NUMBER                 yes to a newer agreement
mine:                        for whom I speak
own:ORGANISATION             what can be done for it
step_down:ORGANISATION[:yes] speak for it no more
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.dialogues.ambassadors import entry
from bot.dialogues.buttons import menu_button, mine_button
from bot.dialogues.scene import Handler, Scene
from bot.dialogues.speakers import find_speaker, not_an_ambassador
from bot.replies import Replies
from bot.situation import Act
from bot.turn import Turn
from broadcasts.members.admitting import list_waiting
from broadcasts.members.words import isolated
from broadcasts.organisations.ambassadors import (
    ENDED,
    STEPPED_DOWN,
    agree,
    connect,
    end_ambassador,
    find_ambassador,
    find_link,
    list_for_person,
)
from broadcasts.organisations.by import By
from broadcasts.organisations.keeping import get_organisation
from broadcasts.organisations.records import Ambassador, Organisation, OrganisationState
from broadcasts.organisations.words import VERSION, agreement
from broadcasts.voices.reading import count_waiting as count_voices
from core.i18n import Translator
from core.messages import Button, Kind, OutgoingMessage, Piece
from core.people import Person

# From a link to an ambassador


async def open_link(scene: Scene, token: str) -> Turn:
    """What an ambassador and the municipality promise each other, and the question."""
    ambassador = await find_link(scene.session, token, at=scene.situation.at)
    if ambassador is None:
        return _link_over(scene)
    organisation = await get_organisation(scene.session, ambassador.organisation_id)
    if await _speaks_already(scene, organisation.id, other_than=ambassador.id):
        return _already(scene, organisation)
    t, name = scene.t, isolated(organisation.name, scene.t)
    pieces = [
        Piece(Kind.TITLE, t("Speak for {organisation}", organisation=name)),
        *_agreement_pieces(t),
        Piece(Kind.NOTE, t("Your name and this chat are kept for as long as you are an ambassador.")),
        Piece(Kind.TEXT, t("Do you agree?")),
    ]
    yes = Button(t("Yes, I agree"), f"ambassador_yes:{token}")
    return scene.end(scene.replies.message(pieces, [yes, Button(t("No"), "ambassador_no:")]))


async def agree_by_link(scene: Scene, token: str) -> Turn:
    """Yes: from now on this chat is an ambassador's."""
    ambassador = await find_link(scene.session, token, at=scene.situation.at)
    if ambassador is None:
        return _link_over(scene)
    organisation = await get_organisation(scene.session, ambassador.organisation_id)
    if await _speaks_already(scene, organisation.id, other_than=ambassador.id):
        return _already(scene, organisation)

    async def run(session: AsyncSession, person: Person, at: datetime) -> None:
        connected = await connect(session, token, person.id, at=at)
        await agree(session, connected.id, VERSION, at=at)
        person.language = person.language or language  # so far only their app's: what we write comes in this one

    t, name, language = scene.t, isolated(organisation.name, scene.t), scene.t.language
    words = t("Thank you. You speak for {organisation} from now on.", organisation=name)
    hint = Piece(Kind.NOTE, t("You find this again under “Messages from organisations” in the menu."))
    buttons = [*_doings(organisation.id, t), menu_button(t)]
    pieces = [Piece(Kind.TEXT, words), _how_to_join(organisation, t), hint]
    return scene.end(scene.replies.message(pieces, buttons), Act(run))


async def decline_link(scene: Scene, _value: str) -> Turn:
    """No: nothing is kept, and the link works until it is too old."""
    words = scene.t("You are no ambassador, and nothing is kept. You can open the link again later.")
    return scene.end(scene.replies.message([Piece(Kind.TEXT, words)], [menu_button(scene.t)]))


async def agree_again(scene: Scene, number: str) -> Turn:
    """Yes to an agreement that has changed."""
    is_number = number.isascii() and number.isdecimal() and len(number) < 10
    own = await list_for_person(scene.session, scene.person_id) if scene.person_id is not None else []
    ambassador = next((one for one in own if is_number and one.id == int(number)), None)
    if ambassador is None:
        return not_an_ambassador(scene)

    async def run(session: AsyncSession, _person: Person, at: datetime) -> None:
        await agree(session, ambassador.id, VERSION, at=at)

    organisation = await get_organisation(scene.session, ambassador.organisation_id)
    return scene.end(await _own_card(scene, organisation, ambassador, is_agreed_now=True), Act(run))


# What ambassadors can do


async def show_mine(scene: Scene, _value: str) -> Turn:
    """For whom I speak; with one organisation, what can be done for it at once."""
    own = await list_for_person(scene.session, scene.person_id) if scene.person_id is not None else []
    if not own:
        return not_an_ambassador(scene)
    organisations = [await get_organisation(scene.session, one.organisation_id) for one in own]
    if len(own) == 1:
        return scene.end(await _own_card(scene, organisations[0], own[0]))
    buttons = [Button(one.name, f"own:{one.id}") for one in organisations]
    asked = Piece(Kind.TEXT, scene.t("For whom do you speak now?"))
    return scene.end(scene.replies.message([asked], [*buttons, menu_button(scene.t)]))


async def show_own(scene: Scene, organisation_id: str) -> Turn:
    """What can be done for one organisation."""
    ambassador = await find_speaker(scene, organisation_id)
    if ambassador is None:
        return not_an_ambassador(scene)
    return scene.end(await _own_card(scene, await get_organisation(scene.session, organisation_id), ambassador))


async def step_down(scene: Scene, value: str) -> Turn:
    """Ask once, then speak for it no more."""
    organisation_id, _, said = value.partition(":")
    ambassador = await find_speaker(scene, organisation_id)
    if ambassador is None:
        return not_an_ambassador(scene)
    organisation = await get_organisation(scene.session, organisation_id)
    t, name, number = scene.t, isolated(organisation.name, scene.t), ambassador.id
    if said != "yes":
        pieces = [
            Piece(Kind.TEXT, t("Do you want to speak for {organisation} no more?", organisation=name)),
            Piece(Kind.NOTE, t("When nobody speaks for it, it sends nothing; its members stay.")),
            Piece(Kind.NOTE, t("Can somebody take over? Tell the municipality first: the other one gets a link.")),
        ]
        buttons = [Button(t("Yes, I stop"), f"step_down:{organisation_id}:yes")]
        return scene.end(scene.replies.message(pieces, [*buttons, Button(t("No, I go on"), f"own:{organisation_id}")]))

    async def run(session: AsyncSession, _person: Person, at: datetime) -> None:
        await end_ambassador(session, number, STEPPED_DOWN, by=By(ambassador_id=number), at=at)

    words = t("Thank you for all you did. You speak for {organisation} no more.", organisation=name)
    return scene.end(scene.replies.message([Piece(Kind.TEXT, words)], [menu_button(t)]), Act(run))


def tell_of_end(replies: Replies, about: Mapping[str, str]) -> OutgoingMessage:
    """Somebody has taken over, or staff have ended it."""
    t, name = replies.t, isolated(about["name"], replies.t)
    words = t("Thank you for all you did. You speak for {organisation} no more.", organisation=name)
    return replies.message([Piece(Kind.TEXT, words)], [menu_button(t)])


def _doings(organisation_id: str, t: Translator) -> list[Button]:
    return [
        Button(t("Write a message"), f"compose:{organisation_id}"),
        Button(t("Messages of the organisation"), f"sent:{organisation_id}"),
        Button(t("What the municipality asks you to pass on"), f"briefings:{organisation_id}"),
        Button(t("What members say"), f"voices:{organisation_id}"),
        Button(t("What the directory says"), f"entry:{organisation_id}"),
        Button(t("Messages in a crisis"), f"crisis:{organisation_id}"),
        Button(t("Stop being an ambassador"), f"step_down:{organisation_id}"),
    ]


async def _own_card(
    scene: Scene, organisation: Organisation, ambassador: Ambassador, *, is_agreed_now: bool = False
) -> OutgoingMessage:
    t = scene.t
    pieces = [Piece(Kind.TITLE, organisation.name)]
    if ambassador.agreement_version != VERSION and not is_agreed_now:
        pieces += [Piece(Kind.TEXT, t("The agreement has changed. Please read it again.")), *_agreement_pieces(t)]
        buttons = [Button(t("Yes, I agree"), f"agree:{ambassador.id}")]
        stop = Button(t("Stop being an ambassador"), f"step_down:{organisation.id}")
        return scene.replies.message(pieces, [*buttons, stop, menu_button(t)])
    if organisation.state != OrganisationState.ACTIVE:
        pieces.append(Piece(Kind.NOTE, t("It rests just now: nothing is sent. Ask the municipality.")))
    else:
        pieces.append(_how_to_join(organisation, t))
    buttons = _doings(organisation.id, t)
    if voices := await count_voices(scene.session, organisation_id=organisation.id):
        buttons[3] = Button(t("What members say ({count})", count=voices), f"voices:{organisation.id}")
    if organisation.asks_approval:
        waiting = len(await list_waiting(scene.session, organisation.id))
        buttons.insert(3, Button(t("Who waits for a yes ({count})", count=waiting), f"waiting:{organisation.id}"))
    pieces.append(Piece(Kind.TEXT, t("What do you want to do?")))
    return scene.replies.message(pieces, [*buttons, menu_button(t)])


def _how_to_join(organisation: Organisation, t: Translator) -> Piece:
    code = isolated(f"{organisation.join_code[:4]} {organisation.join_code[4:]}", t)
    return Piece(Kind.NOTE, t("People join by writing this code to me: {code}", code=code))


def _agreement_pieces(t: Translator) -> list[Piece]:
    return [
        piece
        for part in agreement(t)
        for piece in (Piece(Kind.LABEL, part.heading), *(Piece(Kind.ITEM, line) for line in part.lines))
    ]


async def _speaks_already(scene: Scene, organisation_id: str, *, other_than: int) -> bool:
    if scene.person_id is None:
        return False
    found = await find_ambassador(scene.session, organisation_id, person_id=scene.person_id)
    return found is not None and found.id != other_than


def _already(scene: Scene, organisation: Organisation) -> Turn:
    words = scene.t(
        "You speak for {organisation} already. This link is for somebody else.",
        organisation=isolated(organisation.name, scene.t),
    )
    return scene.end(scene.replies.message([Piece(Kind.TEXT, words)], [mine_button(scene.t)]))


def _link_over(scene: Scene) -> Turn:
    words = scene.t("This link was used already, or is too old. Ask the municipality for a new one.")
    return scene.end(scene.replies.message([Piece(Kind.TEXT, words)], [menu_button(scene.t)]))


ACTIONS: Mapping[str, Handler] = {
    "ambassador": open_link,
    "ambassador_yes": agree_by_link,
    "ambassador_no": decline_link,
    "agree": agree_again,
    "mine": show_mine,
    "own": show_own,
    "step_down": step_down,
    **entry.ACTIONS,
}
FORMS: Mapping[str, Handler] = entry.FORMS
DIRECT = {**entry.DIRECT, ENDED: tell_of_end}
