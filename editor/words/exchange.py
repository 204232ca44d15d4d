"""What staff read about files for translators and about machine drafts; part of editor/words."""

from collections.abc import Mapping

from content.exchange.incoming import Unreadable
from content.exchanging import Reason
from content.machine.port import Away
from core.i18n import Translator


def rules(t: Translator) -> Mapping[str, str]:
    """By the code of a broken rule; unreadable() and away() say it by the reason."""
    return {
        "exchange_unreadable": t("The file cannot be read. Nothing was changed."),
        "translator_away": t("There is no draft by machine just now. You can write the text yourself."),
    }


def unreadable(t: Translator) -> Mapping[str, str]:
    """Why a translator's file is refused."""
    return {
        Unreadable.TOO_LARGE: t("The file is too large: at most 5 MB. Nothing was changed. Send it in parts, by area."),
        Unreadable.NOT_TEXT: t(
            "This is not an XLIFF or PO file in UTF-8. If it is packed (zip), unpack it first. Nothing was changed."
        ),
        Unreadable.FORBIDDEN: t(
            "The file has a document type or entities. Files with these are not read. Nothing was changed."
        ),
        Unreadable.DAMAGED: t(
            "The file is damaged: it is not complete, or something in it was changed. Nothing was changed here."
            " Please save it again in the translation program."
        ),
        Unreadable.OTHER_FORMAT: t(
            "This is another kind of file. Please send XLIFF 1.2 or PO, as you got it from here. Nothing was changed."
        ),
        Unreadable.NO_LANGUAGE: t("The file does not say which language it is for. Nothing was changed."),
        Unreadable.NO_ANSWERS: t("There are no texts in the file. Nothing was changed."),
        Unreadable.UNKNOWN_KEY: t(
            "Something in the file is not from here: the ids of the texts must stay as they are. Nothing was changed."
        ),
        Unreadable.TWICE: t("One text stands in the file twice. Nothing was changed."),
    }


def away(t: Translator) -> Mapping[str, str]:
    """Why there is no draft by machine; {machine} is its name."""
    return {
        Away.LANGUAGES: t("There is no machine that translates between these two languages."),
        Away.UNREACHABLE: t("{machine} cannot be reached just now. Try again later, or write the text yourself."),
        Away.SLOW: t("{machine} took too long. Try again later, or write the text yourself."),
        Away.BUSY: t("{machine} has too much to do just now. Try again in a few minutes."),
        Away.USED_UP: t(
            "What the municipality pays {machine} for is used up. Write the text yourself, or ask those who run this."
        ),
        Away.REFUSED: t("{machine} does not let us in: the key is wrong or missing. Tell those who run this."),
        Away.FAILED: t("{machine} failed. Try again later, or write the text yourself."),
        Away.UNINTELLIGIBLE: t("{machine} sent something that cannot be used. Write the text yourself."),
    }


def done(t: Translator) -> Mapping[str, str]:
    """By what was done."""
    return {
        "machine_drafted": t(
            "A machine wrote this draft. Read every line beside the source text. What it lost stands empty."
        )
    }


def events(t: Translator) -> Mapping[str, str]:
    """Lines of the timeline."""
    return {
        "machine_drafted": t("drafted by machine"),
        "exchange_received": t("translations taken from a file"),
        "exchange_refused": t("a file from a translator was not read"),
        "library_imported": t("answers imported from files and published, past review"),
        "glossary_imported": t("explained words imported from files and published, past review"),
        "library_drafted": t("answers imported from files as drafts"),
    }


def left(t: Translator) -> Mapping[str, str]:
    """Why an answer of a file was left as it is."""
    return {
        Reason.UNKNOWN_ANSWER: t("There is no such answer here."),
        Reason.OTHER_LANGUAGE: t("The answer is written in another language than the file says."),
        Reason.NO_SOURCE: t("The source text is not published any more."),
        Reason.IN_REVIEW: t("The text is in review. Take it back first, then send the file again."),
        Reason.CANNOT_BE_SAVED: t("The text cannot be saved as it is:"),
    }
