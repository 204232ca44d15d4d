"""An ambassador says yes or no to who wants to join, and sees a nickname and nothing else.

waiting:<organisation>   who asks
admit:<number>:yes|no    the decision
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.dialogues.buttons import menu_button, mine_button, number
from bot.dialogues.members.memberships import day_words
from bot.dialogues.scene import Handler, Scene
from bot.dialogues.speakers import find_speaker
from bot.replies import Replies
from bot.situation import Act
from bot.turn import Turn
from broadcasts.members.admitting import approve_member, decline_member, find_waiting, list_waiting
from broadcasts.members.words import isolated
from broadcasts.organisations.by import By
from core.i18n import Translator
from core.messages import Button, Kind, OutgoingMessage, Piece
from core.people import Person

AT_ONCE = 8  # of those who wait


async def show_waiting(scene: Scene, organisation_id: str) -> Turn:
    """Who asks to join, the longest waiting first."""
    t = scene.t
    if await find_speaker(scene, organisation_id) is None:
        return _not_here(scene)
    several = await list_waiting(scene.session, organisation_id)
    if not several:
        message = scene.replies.message(
            [Piece(Kind.TEXT, t("Nobody waits for a yes."))], [mine_button(t), menu_button(t)]
        )
        return scene.say(message)
    lines = [
        t("{nickname}, since {day}", nickname=isolated(one.nickname, t), day=day_words(scene, one.since))
        for one in several[:AT_ONCE]
    ]
    counted = t.plural("{count} person waits for a yes.", "{count} people wait for a yes.", len(several))
    buttons = [button for one in several[:AT_ONCE] for button in _decide(str(one.membership_id), one.nickname, t)]
    pieces = [Piece(Kind.TEXT, counted), *(Piece(Kind.ITEM, line) for line in lines)]
    return scene.say(scene.replies.message(pieces, [*buttons, mine_button(t)]))


async def admit(scene: Scene, value: str) -> Turn:
    """Yes or no. Who speaks for another organisation reads the same as who comes too late."""
    membership, _, decision = value.partition(":")
    membership_id = number(membership)
    found = await find_waiting(scene.session, membership_id) if membership_id is not None else None
    if found is None or decision not in ("yes", "no"):
        return _not_here(scene)
    organisation_id, waiting = found
    speaker = await find_speaker(scene, organisation_id)
    if speaker is None:
        return _not_here(scene)
    decide = approve_member if decision == "yes" else decline_member

    async def run(session: AsyncSession, _person: Person, at: datetime) -> None:
        await decide(session, waiting.membership_id, by=By(ambassador_id=speaker.id), at=at)

    t, name = scene.t, isolated(waiting.nickname, scene.t)
    said_yes = t("{nickname} gets your messages from now on, and is told so.", nickname=name)
    said_no = t("{nickname} is told that you said no this time.", nickname=name)
    more = Button(t("Who else waits?"), f"waiting:{organisation_id}")
    words = said_yes if decision == "yes" else said_no
    return scene.say(scene.replies.message([Piece(Kind.TEXT, words)], [more, mine_button(t)]), Act(run))


def _not_here(scene: Scene) -> Turn:
    t = scene.t
    words = t("There is nothing to decide here. Somebody may have decided already.")
    return scene.say(scene.replies.message([Piece(Kind.TEXT, words)], [menu_button(t)]))


def _decide(number: str, nickname: str, t: Translator) -> tuple[Button, Button]:
    name = isolated(nickname, t)
    return (
        Button(t("Yes to {nickname}", nickname=name), f"admit:{number}:yes"),
        Button(t("No to {nickname}", nickname=name), f"admit:{number}:no"),
    )


def _asked(replies: Replies, about: Mapping[str, str]) -> OutgoingMessage:
    t, name = replies.t, isolated(about["nickname"], replies.t)
    asks = t("{nickname} asks to get messages from {organisation}.",
             nickname=name, organisation=isolated(about["organisation"], t))  # fmt: skip
    seen = t("You see this name and nothing else.")
    return replies.message(
        [Piece(Kind.TEXT, asks), Piece(Kind.NOTE, seen)], _decide(about["membership"], about["nickname"], t)
    )


ACTIONS: Mapping[str, Handler] = {"waiting": show_waiting, "admit": admit}
FORMS: Mapping[str, Handler] = {}
DIRECT = {"membership_asked": _asked}
