"""What the steps of a message share in the chat: finding the ambassador's own message, and how it stands with readers.

Buttons name a message by its number. A button that is made before the message has a number says HERE instead: the
message that the open form is about.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from bot.announcing import moments
from bot.dialogues.buttons import mine_button, number
from bot.dialogues.scene import Scene
from bot.dialogues.speakers import find_speaker
from bot.forms import open_form
from bot.situation import Act
from bot.turn import Turn
from broadcasts.announcements.announcement import Composed, load_composed
from broadcasts.announcements.records import Broadcast, BroadcastState, BroadcastText, Fallback, Kind
from broadcasts.announcements.rights import check_changeable
from broadcasts.delivery.arming import get_policy
from broadcasts.members.counting import Split, count_by_language, shown, split
from broadcasts.organisations.by import By
from broadcasts.organisations.keeping import get_organisation
from broadcasts.organisations.records import Ambassador
from broadcasts.scheduling.quiet import quiet_ends
from core import languages
from core.errors import RuleBroken
from core.i18n import Translator
from core.messages import Button, Piece
from core.messages import Kind as Look
from core.people import Person

HERE = "0"


@dataclass(frozen=True, slots=True)
class Own:
    """A message of an organisation that the person who writes speaks for."""

    composed: Composed
    ambassador: Ambassador

    @property
    def row(self) -> Broadcast:
        """The message itself."""
        return self.composed.broadcast

    @property
    def organisation_id(self) -> str:
        """Whose it is."""
        return self.ambassador.organisation_id

    @property
    def texts(self) -> Mapping[str, BroadcastText]:
        """By language."""
        return self.composed.texts

    @property
    def by(self) -> By:
        """In whose name it is changed."""
        return By(ambassador_id=self.ambassador.id)

    def title(self, language: str) -> str:
        """For this reader."""
        best = languages.first_available(language, self.texts)
        return self.texts[best].title if best else ""

    def step(self, wish: str) -> str:
        """The action of a button below this message."""
        return f"draft:{self.row.id}:{wish}"


async def find_own(scene: Scene, reference: str) -> Own | None:
    """The message that a button means; None when it is gone, or not of an organisation that this person speaks for."""
    if reference == HERE:
        reference = scene.form.filled.get("broadcast", "") if scene.form else ""
    wanted = number(reference)
    if wanted is None or scene.person_id is None:
        return None
    composed = await load_composed(scene.session, wanted)
    if composed is None or composed.broadcast.organisation_id is None:
        return None
    ambassador = await find_speaker(scene, composed.broadcast.organisation_id)
    return Own(composed, ambassador) if ambassador else None


async def may_change(scene: Scene, own: Own) -> bool:
    """Whether its words and details may be changed now, by this ambassador."""
    try:
        await check_changeable(scene.session, own.row)
    except RuleBroken:
        return False
    return True


def lost(scene: Scene) -> Turn:
    """What a button or a form was about cannot be found."""
    t = scene.t
    words = t("I do not find this message any more. Look in the list of your organisation.")
    return scene.say(scene.replies.message([Piece(Look.TEXT, words)], [mine_button(t)]))


def fixed(scene: Scene, own: Own) -> Turn:
    """It cannot be changed now; why."""
    t = scene.t
    if own.row.state == BroadcastState.IN_BRIEFING:
        words = t("Staff of the municipality are reading it. You get a message when they are done.")
    else:
        words = t("This text cannot be changed any more.")
    button = Button(t("Messages of the organisation"), f"sent:{own.organisation_id}")
    return scene.say(scene.replies.message([Piece(Look.TEXT, words)], [button]))


def goes_on(name: str, **filled: str) -> Act:
    """Open a form, or go on to its next step."""

    async def run(session: AsyncSession, person: Person, at: datetime) -> None:
        await open_form(session, person.id, name, filled, at=at)

    return Act(run)


def local_now(scene: Scene, zone: str) -> datetime:
    """What a clock on the wall shows in this zone."""
    return scene.situation.at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


async def after_quiet_hours(scene: Scene, zone: str, *, at: datetime) -> datetime | None:
    """When quiet hours put off until what is due then, in local time; None when it is not quiet."""
    policy = await get_policy(scene.session)
    ends = quiet_ends(policy.quiet_from, policy.quiet_until, zone, at=at)
    return None if ends == at else ends.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def day_and_clock(moment: datetime, t: Translator) -> str:
    """A local time in words: "Saturday 12 December 2026, 18:00"."""
    return moments(moment, None, t)


@dataclass(frozen=True, slots=True)
class Audience:
    """Who would get a message, as its ambassador may know it."""

    split: Split
    missing: tuple[str, ...]  # named languages without a text of their own


async def load_audience(scene: Scene, own: Own) -> Audience:
    """Count recipients by language."""
    counted = await count_by_language(scene.session, own.row.id)
    organisation = await get_organisation(scene.session, own.organisation_id)
    parts = split(counted, (*own.texts, *organisation.languages))
    return Audience(parts, missing=tuple(code for code in parts.named if code not in own.texts))


def audience_pieces(audience: Audience, own: Own, t: Translator) -> list[Piece]:
    """Who gets it, in which language, and who does not."""
    nearest = own.row.fallback == Fallback.NEXT_LANGUAGE
    lines = []
    for code, count in audience.split.named.items():
        values = {"language": languages.name(code), "count": shown(count, t)}
        best = code if code in own.texts else languages.first_available(code, own.texts)
        if code in own.texts:
            lines.append(t("{language}, {count}: a text of their own", **values))
        elif nearest and best:
            lines.append(t("{language}, {count}: they read it in {shown}", **values, shown=languages.name(best)))
        else:
            lines.append(t("{language}, {count}: they get nothing", **values))
    others = shown(audience.split.others, t)
    if nearest:
        lines.append(t("Other languages, {count}: they read it in the next best language", count=others))
    else:
        lines.append(t("Other languages, {count}: they get nothing", count=others))
    heading = t("Your members and their languages: {count} in all", count=shown(audience.split.total, t))
    return [Piece(Look.LABEL, heading), *(Piece(Look.ITEM, line) for line in lines)]


def kind_name(kind: Kind, t: Translator) -> str:
    """What a message is about."""
    names = {
        Kind.NEWS: t("News"),
        Kind.EVENT: t("Meeting or event"),
        Kind.DEADLINE: t("Reminder of a deadline"),
        Kind.COURSE: t("Course"),
        Kind.REQUEST: t("Question with answer buttons"),
        Kind.ANSWER: t("Checked answer, shared"),
        Kind.URGENT: t("Important message"),
    }
    return names[kind]
