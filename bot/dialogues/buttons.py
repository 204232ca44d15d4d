"""Buttons that several dialogues show, and the numbers that come back in a button's action."""

from core.i18n import Translator
from core.messages import Button

LARGEST_NUMBER = 2**31 - 1  # what every database takes


def number(value: str) -> int | None:
    """The number in a button's action, which comes from outside; None for anything else."""
    return int(value) if value.isascii() and value.isdecimal() and int(value) <= LARGEST_NUMBER else None


def menu_button(t: Translator) -> Button:
    """To all topics."""
    return Button(t("All topics"), "menu")


def messages_button(t: Translator) -> Button:
    """To the organisations from which somebody gets messages."""
    return Button(t("Messages from organisations"), "messages")


def mine_button(t: Translator) -> Button:
    """Back to what an ambassador can do."""
    return Button(t("My organisations"), "mine")
