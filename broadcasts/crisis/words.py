"""Words that stand inside a message in a crisis or drill, in the language of its text: from residents' catalogues."""

from broadcasts.members.words import isolated
from core.i18n import Translator


def drill_title(title: str, t: Translator) -> str:
    """The title of a drill: nobody must take it for the real thing, not in a list of chats either."""
    return t("DRILL: {title}", title=title)


def drill_note(t: Translator) -> str:
    """What stands before the text of a drill."""
    return t("This is only a drill, for ambassadors. Please do not pass it on. In a crisis, members would read this:")


def source_line(town: str, day: str, t: Translator) -> str:
    """Who says so, and from when it is; ``day`` as the reader writes it, or empty."""
    place = isolated(town, t)
    return t("Source: {place}, {day}.", place=place, day=day) if day else t("Source: {place}.", place=place)
