"""My organisations: what I get, topics to mute, leaving one; and what "stop" says about them.

messages                        the organisations I get messages from
membership:<number>             one of them
topic:<number>:<kind>:on|off    a kind of messages
leave:<organisation>            get no more
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from babel.dates import format_date
from sqlalchemy.ext.asyncio import AsyncSession

from bot.dialogues.buttons import menu_button, messages_button
from bot.dialogues.members.joining import again_button
from bot.dialogues.scene import Handler, Scene
from bot.situation import Act
from bot.turn import Turn
from broadcasts.announcements.records import Kind as Topic
from broadcasts.members.joining import MembershipCard, find_membership, leave, list_memberships, mute, unmute
from broadcasts.members.records import MembershipState
from broadcasts.members.words import isolated
from broadcasts.organisations.ambassadors import list_for_person
from content.days import day_in
from core import languages
from core.i18n import Translator
from core.messages import Button, Kind, Piece
from core.people import Person

CAN_BE_MUTED = tuple(topic for topic in Topic if topic is not Topic.URGENT)
MOST_AGAIN = 5  # buttons below "stop"


async def show_all(scene: Scene, _value: str) -> Turn:
    """From whom I get messages, and where I wait."""
    t = scene.t
    cards = await list_cards(scene)
    speaks = await list_for_person(scene.session, scene.person_id) if scene.person_id is not None else []
    buttons = [Button(_line(card, t), f"membership:{card.id}") for card in cards]
    if speaks:
        buttons.append(Button(t("For ambassadors"), "mine"))
    if cards:
        pieces = [Piece(Kind.TEXT, t("From here you get messages. Press one to choose topics, or to leave."))]
    else:
        pieces = [
            Piece(Kind.TEXT, t("You get messages from no organisation.")),
            Piece(Kind.TEXT, t("To get some, write the code of an organisation. It stands on its poster.")),
        ]
    buttons += [Button(t("Organisations here"), "organisations"), menu_button(t)]
    return scene.say(scene.replies.message(pieces, buttons))


async def hear_name(scene: Scene, text: str) -> Turn | None:
    """Somebody types what the button says: we tell them to look for these words in the menu."""
    said = text.strip(' .!«»“”"').casefold()
    return await show_all(scene, "") if said == messages_button(scene.t).label.casefold() else None


async def show_one(scene: Scene, number: str) -> Turn:
    """One of my organisations."""
    card = await _find(scene, number)
    return _gone(scene) if card is None else _card(scene, card)


async def choose_topic(scene: Scene, value: str) -> Turn:
    """Get a kind of messages, or get it no more."""
    number, _, choice = value.partition(":")
    kind, _, wanted = choice.partition(":")
    card = await _find(scene, number)
    if card is None or kind not in CAN_BE_MUTED or wanted not in ("on", "off"):
        return _gone(scene)
    topic = Topic(kind)

    async def run(session: AsyncSession, person: Person, at: datetime) -> None:
        await (unmute if wanted == "on" else mute)(session, person.id, card.organisation_id, topic, at=at)

    muted = card.muted - {topic} if wanted == "on" else card.muted | {topic}
    return _card(scene, replace(card, muted=muted), Act(run))


async def leave_one(scene: Scene, organisation_id: str) -> Turn:
    """One tap: no more from this organisation; the others stay. Who left long ago reads the same."""
    known = scene.person_id
    card = await find_membership(scene.session, known, organisation_id) if known is not None else None
    if card is None:
        return _gone(scene)

    async def run(session: AsyncSession, person: Person, at: datetime) -> None:
        await leave(session, person.id, organisation_id, at=at)

    t, name = scene.t, isolated(card.organisation, scene.t)
    others = [other for other in await list_cards(scene) if other.organisation_id != organisation_id]
    pieces = [
        Piece(Kind.TEXT, t("You get no more messages from {organisation}.", organisation=name)),
        Piece(Kind.TEXT, _still(others, t)),
    ]
    again = [again_button(t, card.organisation, card.join_code)] if card.is_active else []
    message = scene.replies.message(pieces, [*again, messages_button(t), menu_button(t)])
    return scene.say(message, Act(run))


async def after_stop(scene: Scene, turn: Turn) -> Turn:
    """Which organisations "stop" has left, and a way back to each: it leads to the consent again."""
    cards = await list_cards(scene)
    if not cards:
        return turn
    t = scene.t
    names = languages.listed([isolated(card.organisation, t) for card in cards], t.language)
    left = Piece(Kind.TEXT, t("You have left: {organisations}", organisations=names))
    again = [again_button(t, card.organisation, card.join_code) for card in cards if card.is_active]
    message = replace(
        turn.message,
        pieces=(*turn.message.pieces, left),
        buttons=(*again[:MOST_AGAIN], *turn.message.buttons),
    )
    return replace(turn, message=message)


def _card(scene: Scene, card: MembershipCard, *acts: Act) -> Turn:
    t, name = scene.t, isolated(card.organisation, scene.t)
    if card.state == MembershipState.WAITING:
        asked = t("You asked {organisation} on {day}, as “{nickname}”. It has not answered yet.",
                  organisation=name, day=day_words(scene, card.since), nickname=isolated(card.nickname, t))  # fmt: skip
        buttons = [Button(t("Do not ask any more"), f"leave:{card.organisation_id}"), messages_button(t)]
        return scene.say(scene.replies.message([Piece(Kind.TEXT, asked)], buttons), *acts)
    since = t("Messages from {organisation}, since {day}", organisation=name, day=day_words(scene, card.since))
    pieces = [Piece(Kind.TITLE, since)]
    if not card.is_active:
        pieces.append(Piece(Kind.NOTE, t("It sends no messages at the moment.")))
    pieces.append(Piece(Kind.TEXT, t("Press a topic to turn it on or off.")))
    pieces.append(Piece(Kind.NOTE, t("Urgent messages always come. If you do not want them, leave.")))
    buttons = [
        *(_topic_button(card, topic, t) for topic in CAN_BE_MUTED),
        Button(t("You said, we changed"), f"changed:{card.organisation_id}"),
        Button(t("No more from {organisation}", organisation=name), f"leave:{card.organisation_id}"),
        messages_button(t),
    ]
    return scene.say(scene.replies.message(pieces, buttons), *acts)


def _topic_button(card: MembershipCard, topic: Topic, t: Translator) -> Button:
    name = topic_names(t)[topic]
    if topic in card.muted:
        return Button(t("{topic}: off", topic=name), f"topic:{card.id}:{topic.value}:on")
    return Button(t("{topic}: on", topic=name), f"topic:{card.id}:{topic.value}:off")


def topic_names(t: Translator) -> Mapping[Topic, str]:
    """What the kinds of messages are called that somebody can choose."""
    return {
        Topic.NEWS: t("News"),
        Topic.EVENT: t("Meetings and events"),
        Topic.DEADLINE: t("Deadlines"),
        Topic.COURSE: t("Courses"),
        Topic.REQUEST: t("Requests"),
        Topic.ANSWER: t("Answers that they share"),
    }


def _line(card: MembershipCard, t: Translator) -> str:
    if card.state == MembershipState.WAITING:
        return t("{organisation} (not answered yet)", organisation=isolated(card.organisation, t))
    return card.organisation


def _still(others: list[MembershipCard], t: Translator) -> str:
    members = [isolated(card.organisation, t) for card in others if card.state == MembershipState.MEMBER]
    if not members:
        return t("You get messages from no other organisation. You can still ask me questions.")
    return t("You still get messages from: {organisations}", organisations=languages.listed(members, t.language))


async def list_cards(scene: Scene) -> list[MembershipCard]:
    """Where this person is a member or waits; nowhere when we do not know them."""
    return await list_memberships(scene.session, scene.person_id) if scene.person_id is not None else []


async def _find(scene: Scene, number: str) -> MembershipCard | None:
    """One of the person's own: whose number it is decides, not who has the button."""
    return next((card for card in await list_cards(scene) if str(card.id) == number), None)


def _gone(scene: Scene) -> Turn:
    t = scene.t
    words = t("You get no messages from there any more.")
    return scene.say(scene.replies.message([Piece(Kind.TEXT, words)], [messages_button(t), menu_button(t)]))


def day_words(scene: Scene, at: datetime) -> str:
    """A day in the municipality, as the reader writes it."""
    return format_date(day_in(scene.conversation.catalogue.zone, at=at), "long", locale=scene.t.locale)


ACTIONS: Mapping[str, Handler] = {
    "messages": show_all,
    "membership": show_one,
    "topic": choose_topic,
    "leave": leave_one,
}
FORMS: Mapping[str, Handler] = {}
