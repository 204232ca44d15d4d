"""What staff and ambassadors read about joining; what residents read about it stands in bot/dialogues."""

from collections.abc import Mapping

from core.i18n import Translator


def rules(t: Translator) -> Mapping[str, str]:
    """By the code of a broken rule."""
    return {
        "organisation_takes_nobody": t("The organisation is dormant or has ended. Nobody can join it now."),
        "consent_missing": t("Nobody joins without having read what it means."),
        "nickname_missing": t("A nickname of 2 to 40 letters is needed, without numbers and addresses."),
        "asked_too_soon": t("The organisation said no less than a week ago."),
        "nobody_waits": t("Nobody waits there. It may have been decided already: look at the list again."),
        "urgent_is_not_muted": t("Urgent messages come to every member. Who wants none of them leaves."),
    }


def done(t: Translator) -> Mapping[str, str]:
    """By what was done."""
    return {
        "member_approved": t("Done. They get your messages from now on, and are told so."),
        "member_declined": t("Done. They are told that you said no this time."),
    }


def events(t: Translator) -> Mapping[str, str]:
    """By the event in the timeline."""
    return {
        "member_approved": t("somebody who asked to join was let in"),
        "member_declined": t("somebody who asked to join was told no"),
    }
