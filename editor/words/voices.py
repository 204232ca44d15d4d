"""What staff and ambassadors read about what members say upwards, and crises."""

from collections.abc import Mapping

from broadcasts.crisis.records import CrisisState
from broadcasts.crisis.told import Told
from broadcasts.delivery.records import DeliveryState
from core.i18n import Translator
from editor.vetted_texts import LeftOut
from editor.words.reports import delivery_reason


def rules(t: Translator) -> Mapping[str, str]:
    """By the code of a broken rule."""
    return {
        "organisation_is_silent": t("Nobody speaks for this organisation just now, so nobody there would read it."),
        "too_many_voices": t("One person can say five things a day. Please wait until tomorrow."),
        "voice_wrong": t("Write at most 1,000 characters, and a name of at most 60 letters."),
        "voice_answered": t("Somebody has answered this already. You find the answer below on the page."),
        "voice_answer_wrong": t("Please write an answer of at most 1,500 characters. Nothing was sent."),
        "change_wrong": t("Something in the line must be put right first. Nothing was published."),
        "only_its_ambassador_agrees": t("Only who speaks for an organisation can agree to crisis messages."),
        "crisis_name_missing": t("Please give it a name of at most 120 letters, so that everybody means the same."),
        "crisis_answer_gone": t("This answer is not published, or no text of it can be sent. Choose another one."),
        "crisis_decided": t("Somebody has released or ended this already. Look at its page for what happened."),
        "crisis_needs_second_person": t("You prepared this yourself. Somebody else must read and release it."),
        "crisis_text_changed": t(
            "The texts are not those that you read: somebody has changed or withdrawn the answer. Nothing was sent."
            " Go back and read them again."
        ),
        "crisis_sending_off": t(
            "Sending is turned off, so nothing was sent. An administrator turns it on under Sending. Then"
            " release again."
        ),
        "crisis_nobody_agreed": t("No organisation has agreed to crisis messages, so nothing was sent."),
    }


def done(t: Translator) -> Mapping[str, str]:
    """By what was done."""
    return {
        "voice_answered": t("Answered. The answer is on its way, if who asked can still be reached."),
        "change_published": t("Published. Everybody can read it now."),
        "change_taken_away": t("The line is taken away."),
        "crisis_prepared": t("Prepared. Nothing is sent until a second person releases it."),
        "crisis_released": t("Released. The messages go out now."),
        "crisis_ended": t("Ended. What has not gone out does not go out any more."),
        "crisis_agreement_saved": t("Saved. You can change it at any time."),
    }


def events(t: Translator) -> Mapping[str, str]:
    """By the event in the timeline."""
    return {
        "voice_answered": t("answered what a member said"),
        "change_published": t("“you said, we changed” published"),
        "change_taken_away": t("“you said, we changed” taken away"),
        "crisis_agreed": t("agreed to crisis messages"),
        "crisis_not_agreed": t("took the agreement to crisis messages back"),
        "crisis_prepared": t("crisis message prepared"),
        "drill_prepared": t("drill prepared"),
        "crisis_released": t("crisis message released"),
        "drill_released": t("drill released"),
        "crisis_sent_through": t("sent through an organisation"),
        "crisis_ended": t("ended"),
        "crisis_given_up": t("given up before it was released"),
    }


def issues(t: Translator) -> Mapping[str, str]:
    """By the code of an issue; details stand in braces."""
    return {
        "change_part_missing": t("This part is missing. Norwegian is needed, and in each language both parts or none."),
        "change_part_long": t("This is long: {length} characters. At most {most} can be kept."),
    }


def crisis_states(t: Translator) -> Mapping[CrisisState, str]:
    """How far a crisis or drill has come."""
    return {
        CrisisState.PREPARED: t("waits for a second person"),
        CrisisState.RELEASED: t("released"),
        CrisisState.ENDED: t("ended"),
    }


def left_out(t: Translator) -> Mapping[LeftOut, str]:
    """Why a text does not go out in a crisis."""
    return {
        LeftOut.OUTDATED: t("outdated: the source text has changed since"),
        LeftOut.LONG: t("too long for one message"),
    }


def delivery_states(t: Translator) -> Mapping[DeliveryState, str]:
    """What became of messages, before a number."""
    return {
        DeliveryState.QUEUED: t("waiting"),
        DeliveryState.CLAIMED: t("being sent"),
        DeliveryState.SENT: t("sent"),
        DeliveryState.FAILED: t("failed"),
        DeliveryState.SKIPPED: t("skipped"),
        DeliveryState.UNKNOWN: t("not known whether they arrived"),
        DeliveryState.EXPIRED: t("too late, not sent"),
    }


def told(one: Told, t: Translator) -> str:
    """What is known of the message to an ambassador."""
    if one.state is None:
        if not one.name:
            return t("nobody speaks for the organisation")
        return t("not told: nothing was written to them") if one.has_chat else t("not told: has no chat with the bot")
    words = {
        DeliveryState.QUEUED: t("not told yet: the message is waiting"),
        DeliveryState.CLAIMED: t("not told yet: the message is being sent"),
        DeliveryState.SENT: t("told"),
        DeliveryState.UNKNOWN: t("not known whether the message arrived: {reason}"),
        DeliveryState.EXPIRED: t("not told: it was too late"),
        DeliveryState.FAILED: t("not told: {reason}"),
        DeliveryState.SKIPPED: t("not told: {reason}"),
    }[one.state]
    return words.format(reason=delivery_reason(one.reason, t))
