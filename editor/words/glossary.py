"""What staff read about explained words."""

from collections.abc import Mapping

from core.i18n import Translator


def done(t: Translator) -> Mapping[str, str]:
    """By what was done."""
    return {
        "word_saved": t("Saved as a draft. Residents do not see it yet: somebody else reads and publishes it."),
        "word_published": t("Published. Residents read it now."),
        "word_withdrawn": t("Taken away. Residents do not find the word any more."),
    }


def events(t: Translator) -> Mapping[str, str]:
    """By the event in the timeline."""
    return {
        "word_saved": t("word explained in a draft"),
        "word_published": t("explanation of a word published"),
        "word_withdrawn": t("word taken away from residents"),
    }


def issues(t: Translator) -> Mapping[str, str]:
    """By the code of an issue; details stand in braces."""
    return {
        "word_wrong": t("Use letters, digits, spaces and hyphens only, at most 50 of them."),
        "word_taken": t("This word is in the list already. Look it up there."),
        "word_incomplete": t("Please fill in this field."),
        "forms_many": t("At most {most} forms can be kept."),
    }
