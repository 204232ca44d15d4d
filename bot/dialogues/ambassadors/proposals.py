"""A proposal of staff, as one organisation looks at it in the chat, and what its ambassadors are told about it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.dialogues.buttons import number
from bot.dialogues.scene import Scene
from bot.dialogues.speakers import find_speaker
from bot.replies import Replies
from broadcasts.briefing.reading import BriefingCard, find_briefing
from broadcasts.briefing.records import Decision
from broadcasts.organisations.by import By
from broadcasts.organisations.keeping import get_organisation
from core import languages
from core.i18n import Translator
from core.messages import Button, OutgoingMessage, Piece
from core.messages import Kind as Look


@dataclass(frozen=True, slots=True)
class Asked:
    """A proposal, and the organisation in whose name the person who writes decides."""

    card: BriefingCard
    organisation_id: str
    organisation: str
    by: By

    @property
    def id(self) -> int:
        """Of the briefing."""
        return self.card.briefing.id

    def step(self, wish: str) -> str:
        """The action of a button."""
        return action(str(self.card.proposal.id), self.organisation_id, wish)

    def title(self, language: str) -> str:
        """For this reader."""
        return self.card.titles.get(languages.first_available(language, self.card.titles) or "", "")


async def find_asked(scene: Scene, proposal: str, organisation_id: str) -> Asked | None:
    """None also for what another organisation was asked."""
    wanted, speaker = number(proposal), await find_speaker(scene, organisation_id)
    if wanted is None or speaker is None:
        return None
    card = await find_briefing(scene.session, wanted, organisation_id)
    if card is None:
        return None
    organisation = await get_organisation(scene.session, organisation_id)
    return Asked(card, organisation_id, organisation.name, By(ambassador_id=speaker.id))


def filled_with(asked: Asked) -> dict[str, str]:
    """What a form keeps of it."""
    return {"proposal": str(asked.card.proposal.id), "organisation": asked.organisation_id}


def action(proposal: str, organisation_id: str, wish: str) -> str:
    """Of a button that leads to a proposal. At most 64 bytes: see keeping.LONGEST_ID."""
    return f"brief:{proposal}:{organisation_id}" + (f":{wish}" if wish else "")


def list_button(asked: Asked, t: Translator) -> Button:
    """Back to everything that is proposed."""
    return Button(t("All proposals"), f"briefings:{asked.organisation_id}")


def decision_name(decision: Decision, t: Translator) -> str:
    """What the organisation said, in a word or two."""
    names = {
        Decision.ASKED: t("Not decided yet"),
        Decision.ACCEPTED: t("Yes"),
        Decision.ADAPTED: t("Yes, changed"),
        Decision.DECLINED: t("No"),
        Decision.PAUSED: t("Not now"),
    }
    return names[decision]


def proposal(replies: Replies, about: Mapping[str, str]) -> OutgoingMessage:
    """Something new is proposed."""
    t = replies.t
    words = t("The municipality proposes a message to the members of {organisation}. You decide freely.",
              organisation=about["organisation"])  # fmt: skip
    return _told(replies, about, words)


def proposal_changed(replies: Replies, about: Mapping[str, str]) -> OutgoingMessage:
    """What was said yes to reads differently now; the organisation's copy does not."""
    words = replies.t("The municipality has changed this proposal. Your own message stays as you said yes to it.")
    return _told(replies, about, words)


def proposal_withdrawn(replies: Replies, about: Mapping[str, str]) -> OutgoingMessage:
    """Nothing of it goes out any more."""
    t = replies.t
    pieces = [Piece(Look.TITLE, about["title"]), Piece(Look.TEXT, t("The municipality has withdrawn this."))]
    return replies.message(pieces, [Button(t("All proposals"), f"briefings:{about['organisation_id']}")])


def briefing_answer(replies: Replies, about: Mapping[str, str]) -> OutgoingMessage:
    """Staff have answered a question about a proposal."""
    return _told(replies, about, replies.t("The municipality: {text}", text=about.get("text", "")))


def _told(replies: Replies, about: Mapping[str, str], words: str) -> OutgoingMessage:
    pieces = [Piece(Look.TITLE, about["title"]), Piece(Look.TEXT, words)]
    leads_to = action(about["broadcast"], about["organisation_id"], "")
    return replies.message(pieces, [Button(replies.t("Read it and decide"), leads_to)])


DIRECT: Mapping[str, Callable[[Replies, Mapping[str, str]], OutgoingMessage]] = {
    "proposal": proposal,
    "proposal_changed": proposal_changed,
    "proposal_withdrawn": proposal_withdrawn,
    "briefing_answer": briefing_answer,
}
