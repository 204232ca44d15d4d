"""What staff read when Telegram does not answer: what happened, and what to do."""

from collections.abc import Mapping
from dataclasses import dataclass

from broadcasts.delivery.pulse import Trouble
from core.i18n import Translator


@dataclass(frozen=True, slots=True)
class Told:
    """Two sentences about one outage."""

    what: str  # its moment stands in braces
    to_do: str


def outages(t: Translator) -> Mapping[Trouble, Told]:
    """By what is wrong."""
    not_answered = Told(
        t("Telegram has not answered since {when}."),
        t(
            "The bot tries again by itself. What residents write on Telegram waits there for one day and is answered"
            " then, and messages of organisations wait too. The web chat does not need Telegram. If this lasts for an"
            " hour, tell those who run Brobygger for you."
        ),
    )
    return {
        Trouble.NOT_REACHED: not_answered,
        Trouble.NO_ANSWER: not_answered,
        Trouble.ITS_FAULT: not_answered,
        Trouble.TOKEN_REFUSED: Told(
            t("Telegram has refused the bot’s token since {when}. Nobody who writes there gets an answer."),
            t(
                "Tell those who run Brobygger for you now: the bot needs a new token. What residents write on Telegram"
                " waits there for one day. The web chat does not need Telegram."
            ),
        ),
        Trouble.CONFLICT: Told(
            t("Another program has been fetching the bot’s messages from Telegram since {when}."),
            t(
                "Some residents may get no answer there. Tell those who run Brobygger for you: two programs use the"
                " same token. The web chat does not need Telegram."
            ),
        ),
        Trouble.CANNOT_HAND_OVER: Told(
            t("Telegram has not been able to hand over messages since {when}."),
            t(
                "Tell those who run Brobygger for you: Telegram does not reach the bot’s address. What residents write"
                " there waits for one day. The web chat does not need Telegram."
            ),
        ),
        Trouble.NOT_ASKED: Told(
            t("Nobody has asked Telegram for messages since {when}."),
            t(
                "The program that does it may have stopped. Tell those who run Brobygger for you. What residents write"
                " on Telegram waits there for one day. The web chat does not need Telegram."
            ),
        ),
    }
