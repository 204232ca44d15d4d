"""What ambassadors are told when staff let their organisation rest, wake it, or end it."""

from collections.abc import Mapping

from bot.dialogues.buttons import menu_button, mine_button
from bot.dialogues.scene import Handler
from bot.replies import Replies
from broadcasts.members.words import isolated
from broadcasts.organisations.records import OrganisationState
from broadcasts.organisations.resting import STATE_CHANGED
from core.messages import Button, Kind, OutgoingMessage, Piece


def tell_of_state(replies: Replies, about: Mapping[str, str]) -> OutgoingMessage:
    """What happened, and what to do next."""
    t, name = replies.t, isolated(about["organisation"], replies.t)
    has_ended = about["state"] == OrganisationState.ENDED
    if about["state"] == OrganisationState.ACTIVE:
        lines = [t("{organisation} takes part again. What is planned goes out at its time.", organisation=name)]
    elif has_ended:
        lines = [
            t("The municipality has ended {organisation} here. Its members get nothing more, and what was planned is"
              " cancelled.", organisation=name),
            t("If you think that this is a mistake, talk to the municipality."),
        ]  # fmt: skip
    else:
        lines = [
            t("The municipality lets {organisation} rest. Nothing is sent to its members, and they stay members.",
              organisation=name),
            t("What you have planned does not go out while it rests. Talk to the municipality when it shall go on."),
        ]  # fmt: skip
    person = Button(t("Talk to a person"), "person")
    buttons = [*([] if has_ended else [mine_button(t)]), person, menu_button(t)]
    return replies.message([Piece(Kind.TEXT, line) for line in lines], buttons)


ACTIONS: Mapping[str, Handler] = {}
FORMS: Mapping[str, Handler] = {}
DIRECT = {STATE_CHANGED: tell_of_state}
