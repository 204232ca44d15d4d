"""A crisis: an ambassador agrees beforehand that one message may go through the organisation, and is told when it does.

crisis:ORGANISATION[:yes|no]  whether it may, for its ambassadors
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.dialogues.buttons import mine_button
from bot.dialogues.scene import Handler, Scene
from bot.dialogues.speakers import find_speaker, not_an_ambassador
from bot.replies import Replies
from bot.situation import Act
from bot.turn import Turn
from broadcasts.crisis.agreeing import agree_to_crisis
from broadcasts.crisis.telling import DIRECT_KIND
from broadcasts.members.words import isolated
from broadcasts.organisations.by import By
from broadcasts.organisations.records import Organisation
from core.messages import Button, Kind, OutgoingMessage, Piece
from core.people import Person


async def agree(scene: Scene, value: str) -> Turn:
    """What a crisis message is, whether the organisation has agreed, and yes or no."""
    organisation_id, _, said = value.partition(":")
    ambassador = await find_speaker(scene, organisation_id)
    if ambassador is None:
        return not_an_ambassador(scene)
    organisation = await scene.session.get_one(Organisation, organisation_id)
    t, by = scene.t, By(ambassador_id=ambassador.id)
    agrees = said == "yes" if said in ("yes", "no") else organisation.agrees_to_crisis_at is not None
    name = isolated(organisation.name, t)
    standing = (
        t("{organisation} has agreed.", organisation=name)
        if agrees
        else t("{organisation} has not agreed.", organisation=name)
    )
    place = isolated(scene.replies.catalogue.municipality or t("your municipality"), t)
    lines = (
        t("In a crisis, for example when the drinking water is not safe, {place} can send one important message to your"
          " members, in their languages, at once and at night too.", place=place),
        t("Two people there must want it, and the words were checked beforehand. You are told, and you can take your"
          " yes back at any time."),
    )  # fmt: skip
    pieces = [*(Piece(Kind.TEXT, line) for line in lines), Piece(Kind.LABEL, standing)]
    button = (
        Button(t("We do not agree any more"), f"crisis:{organisation_id}:no")
        if agrees
        else Button(t("Yes, we agree"), f"crisis:{organisation_id}:yes")
    )

    async def run(session: AsyncSession, _person: Person, at: datetime) -> None:
        await agree_to_crisis(session, organisation_id, by=by, agrees=agrees, at=at)

    acts = (Act(run),) if said in ("yes", "no") else ()
    return scene.end(scene.replies.message(pieces, [button, mine_button(t)]), *acts)


def tell_of_crisis(replies: Replies, about: Mapping[str, str]) -> OutgoingMessage:
    """An ambassador is told that a crisis message goes to the members, and what it says."""
    t = replies.t
    place = isolated(replies.catalogue.municipality or t("your municipality"), t)
    name = isolated(about["organisation"], t)
    words = t(
        "{place} sends this important message to the members of {organisation} now, as you agreed beforehand:",
        place=place,
        organisation=name,
    )
    body = (Piece(Kind.TEXT, part, language=about["language"]) for part in about["body"].split("\n\n"))
    title = Piece(Kind.TITLE, about["title"], language=about["language"])
    return replies.message([Piece(Kind.TEXT, words), title, *body], [mine_button(t)])


ACTIONS: Mapping[str, Handler] = {"crisis": agree}
FORMS: Mapping[str, Handler] = {}
DIRECT = {DIRECT_KIND: tell_of_crisis}
