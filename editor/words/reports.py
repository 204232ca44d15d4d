"""What the report of a message says: what became of each delivery, and why."""

from collections.abc import Mapping

from broadcasts.delivery.records import DeliveryState, ReleaseState
from core.i18n import Translator


def delivery_state(one: str, t: Translator) -> str:
    """What became of a recipient's message. Never "delivered": nobody tells us."""
    return {
        DeliveryState.QUEUED: t("waits to be sent"),
        DeliveryState.CLAIMED: t("is being sent"),
        DeliveryState.SENT: t("sent"),
        DeliveryState.FAILED: t("could not be sent"),
        DeliveryState.SKIPPED: t("left out"),
        DeliveryState.UNKNOWN: t("not known: the connection broke just then"),
        DeliveryState.EXPIRED: t("too late, not sent"),
    }[DeliveryState(one)]


def release_state(one: str, t: Translator) -> str:
    """How far one run has come."""
    return {
        ReleaseState.EXPANDING: t("begins"),
        ReleaseState.SENDING: t("goes out now"),
        ReleaseState.PAUSED: t("paused"),
        ReleaseState.SENT: t("sent"),
        ReleaseState.CANCELLED: t("cancelled"),
        ReleaseState.EXPIRED: t("too late, not sent"),
    }[ReleaseState(one)]


def pause_reason(one: str, t: Translator) -> str:
    """Why a run does not go on."""
    return {
        "many_failures": t("Sending failed many times in a row, so it was paused. Ask those who run the installation."),
        "ambassador": t("Paused by somebody who speaks for the organisation."),
        "staff": t("Paused by staff."),
        "restored": t("A backup was restored. It may have gone out since the backup: resume it only if it did not."),
        "quiet_hours": t("Not sent: it was quiet for as long as the message was useful. Choose another time."),
        "organisation_dormant": t("Not sent: nobody speaks for the organisation just now."),
    }.get(one, t("Paused."))


def delivery_reason(one: str, t: Translator) -> str:
    """Why a delivery ended as it did; what is only for those who run the installation stands as it is."""
    return reasons(t).get(one, one.replace("_", " ")) if one else "–"


def reasons(t: Translator) -> Mapping[str, str]:
    """By the reason of a delivery."""
    return {
        "left": t("no member any more"),
        "muted": t("does not want messages of this kind"),
        "stopped": t("wants no messages"),
        "unreachable": t("cannot be reached any more"),
        "forgotten": t("asked to be forgotten"),
        "no_text": t("no text in their language"),
        "group_ended": t("the group is gone"),
        "cancelled": t("the message was cancelled"),
        "blocked": t("has blocked the bot"),
        "deactivated": t("has no account there any more"),
        "chat_not_found": t("the chat is gone"),
        "bad_request": t("the chat service refused the message"),
        "restored": t("a backup was restored while it was being sent"),
        "lease_ended": t("the program stopped while it was being sent"),
        "time_out": t("the chat service did not answer in time"),
        "our_fault": t("a fault of our own"),
    }
