"""The lines of "my data" about organisations: memberships, roles, and what is counted."""

from dataclasses import replace

from bot.dialogues.members.memberships import CAN_BE_MUTED, day_words, topic_names
from bot.dialogues.scene import Scene
from bot.turn import Turn
from broadcasts.members.about_person import AboutPerson, load_about
from broadcasts.members.joining import MembershipCard
from broadcasts.members.records import MembershipState
from broadcasts.members.words import isolated
from core import languages
from core.messages import Kind, Piece


async def tell_what_is_stored(scene: Scene, turn: Turn) -> Turn:
    """The lines of "my data" about organisations, below the others."""
    if scene.person_id is None:
        return turn
    about = await load_about(scene.session, scene.person_id)
    added = tuple(Piece(Kind.ITEM, line) for line in _stored(scene, about))
    return replace(turn, message=replace(turn.message, pieces=(*turn.message.pieces, *added)))


def _stored(scene: Scene, about: AboutPerson) -> list[str]:
    """One line for each membership and role; what is many is counted."""
    t = scene.t
    lines = [_membership_line(scene, card) for card in about.memberships]
    lines += [
        t("You speak for {organisation} as {name}, since {day}.",
          organisation=isolated(one.organisation, t), name=isolated(one.name, t), day=day_words(scene, one.since))
        for one in about.speaks_for
    ]  # fmt: skip
    counted = (
        (about.ledger_lines, t.plural("{count} note of what you joined, left and chose, with the time",
                                      "{count} notes of what you joined, left and chose, with the time",
                                      about.ledger_lines)),
        (about.messages, t.plural("{count} message to you from organisations",
                                  "{count} messages to you from organisations", about.messages)),
        (about.responses, t.plural("{count} answer of yours to a request",
                                   "{count} answers of yours to requests", about.responses)),
        (about.open_voices, t.plural("{count} thing you said that waits for an answer",
                                     "{count} things you said that wait for an answer", about.open_voices)),
    )  # fmt: skip
    return lines + [words for count, words in counted if count]


def _membership_line(scene: Scene, card: MembershipCard) -> str:
    t, name, day = scene.t, isolated(card.organisation, scene.t), day_words(scene, card.since)
    if card.state == MembershipState.WAITING:
        nickname = isolated(card.nickname, t)
        return t("You asked {organisation} on {day}, as “{nickname}”. It has not answered yet.",
                 organisation=name, day=day, nickname=nickname)  # fmt: skip
    if not card.muted:
        return t("You get messages from {organisation} since {day}.", organisation=name, day=day)
    names = topic_names(t)
    topics = languages.listed([names[topic] for topic in CAN_BE_MUTED if topic in card.muted], t.language)
    return t("You get messages from {organisation} since {day}, but not: {topics}",
             organisation=name, day=day, topics=topics)  # fmt: skip
