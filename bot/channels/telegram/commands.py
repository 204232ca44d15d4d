"""The commands that Telegram shows in its menu, in every promised language."""

from typing import TYPE_CHECKING

from core import languages
from core.i18n import Catalogues, Translator
from core.logs import get_log

# Metrics know Telegram by name where it is off, too: its library, which takes long to import, is not needed for that.
if TYPE_CHECKING:
    from telegram import Bot, BotCommand

log = get_log(__name__)
# A command and the button action it stands for.
ACTIONS = {
    "start": "start",
    "language": "language",
    "menu": "menu",
    "safety": "safety",
    "person": "person",
    "stop": "stop",
    "mydata": "my_data",
    "forgetme": "forget_me",
    "help": "help",
    "share": "share",
    "about": "about",
    "messages": "messages",
}


def commands(t: Translator) -> "list[BotCommand]":
    """Names and descriptions in one language (Telegram allows 256 characters a description)."""
    from telegram import BotCommand

    descriptions = {
        "menu": t("All topics"),
        "language": t("Choose language"),
        "person": t("Talk to a person"),
        "safety": t("Emergency help"),
        "messages": t("Messages from organisations"),
        "share": t("Share this"),
        "help": t("How this works"),
        "about": t("About this service"),
        "mydata": t("What is stored about me?"),
        "forgetme": t("Delete what is stored about me"),
        "stop": t("Get no messages from organisations"),
    }
    return [BotCommand(command, description) for command, description in descriptions.items()]


async def set_commands(bot: "Bot", words: Catalogues) -> None:
    """Set the menu in each language that Telegram has a code for. A failure is logged and stops nothing."""
    from telegram.error import TelegramError

    for code in (None, *languages.PROMISED):
        # Telegram takes two-letter codes (ISO 639-1); a user with no code of ours sees the first, English list.
        try:
            await bot.set_my_commands(commands(words.translator(code or "en")), language_code=code)
        except TelegramError as problem:
            log.warning("telegram_commands_not_set", language=code or "default", problem=str(problem))
            return
