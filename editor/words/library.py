"""What staff read about updates of the shared library."""

from collections.abc import Mapping

from content.library_updates.queue import Standing
from core.i18n import Translator


def rules(t: Translator) -> Mapping[str, str]:
    """By the code of a broken rule."""
    return {
        "update_gone": t(
            "This update no longer waits as you saw it: somebody has decided, or one of the two texts has changed."
            " Go back to the list and look again."
        ),
        "text_under_way": t(
            "Somebody is writing this text here, or it is in review. Finish that first, or put the draft away."
        ),
        "update_not_ready": t(
            "The library's version cannot be taken as it is: something in it does not fit what is here, for example a"
            " fact that is missing, or a wording that leads to another answer. Accept the facts and the source text"
            " first, or adapt it: what must be put right is marked in the draft."
        ),
    }


def done(t: Translator) -> Mapping[str, str]:
    """By what was done."""
    return {
        "library_accepted": t("Accepted. Residents see it now."),
        "library_approved": t("Accepted. Facts, sources and dates are seen at once; texts wait for a publisher."),
        "library_adapted": t("The library's text is a draft here now. Residents do not see it yet."),
        "library_fact": t("The library's value stands in the form. Nothing is saved yet."),
        "library_refused": t("Refused. It comes back if the library changes it again."),
        "library_all": t("All of these are accepted."),
        "library_some": t("What could be accepted is accepted. The rest must be looked at one by one."),
    }


def events(t: Translator) -> Mapping[str, str]:
    """By the event in the timeline."""
    return {
        "library_compared": t("shared library compared"),
        "library_accepted": t("update of the shared library accepted"),
        "library_adapted": t("update of the shared library taken to be adapted"),
        "library_refused": t("update of the shared library refused"),
    }


def fields(t: Translator) -> Mapping[str, str]:
    """What stands beside the texts, where an update changes it."""
    return {
        "asked_as": t("What people ask"),
        "sources": t("Sources"),
        "checked_on": t("Checked on"),
        "review_by": t("Check again by"),
        "valid_from": t("Valid from"),
        "valid_until": t("Valid until"),
        "value": t("Value"),
        "source": t("Source"),
        "valid_as_of": t("As of"),
    }


def standings(t: Translator) -> Mapping[Standing, str]:
    """What the municipality has where the library has something new."""
    return {
        Standing.AS_TAKEN: t("not changed here"),
        Standing.CHANGED: t("changed here"),
        Standing.ABSENT: t("not published here"),
        Standing.NEW: t("new"),
    }
