"""What staff and ambassadors read about messages of organisations, briefing, scheduling and sending."""

from collections.abc import Mapping

from core.i18n import Translator


def rules(t: Translator) -> Mapping[str, str]:
    """By the code of a broken rule."""
    return {}


def done(t: Translator) -> Mapping[str, str]:
    """By what was done."""
    return {}


def events(t: Translator) -> Mapping[str, str]:
    """By the event in the timeline."""
    return {}


def issues(t: Translator) -> Mapping[str, str]:
    """By the code of an issue; details stand in braces."""
    return {}
