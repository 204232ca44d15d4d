"""Sends one part of a message to one Telegram chat and says what came of it."""

from dataclasses import dataclass
from datetime import timedelta

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.constants import ParseMode
from telegram.error import BadRequest, Forbidden, RetryAfter, TelegramError

from bot.channels.telegram.writing import Part
from core.logs import get_log
from core.messages import Button

log = get_log(__name__)
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
LONGEST_LABEL = 60  # characters that a phone shows on a button
BLOCKED, DEACTIVATED = "blocked", "deactivated"  # why a person cannot be reached any more


@dataclass(frozen=True, slots=True)
class SendFailed(Exception):
    """Telegram did not take the message: for good (``permanent``), or try again after a while."""

    permanent: bool
    reason: str
    retry_after: timedelta = timedelta(seconds=2)
    is_whole_account: bool = False  # all chats must wait, not this one only


async def send_part(bot: Bot, address: str, part: Part, buttons: tuple[Button, ...]) -> None:
    """Send as HTML; once more as plain text when Telegram does not like the HTML. Raises SendFailed."""
    keyboard = _keyboard(buttons)
    try:
        try:
            await _send(bot, address, part.html, ParseMode.HTML, keyboard)
        except BadRequest as problem:
            if "parse" not in problem.message.lower() and "entit" not in problem.message.lower():
                raise
            log.warning("telegram_html_refused", problem=problem.message)
            await _send(bot, address, part.plain, None, keyboard)
    except RetryAfter as wait:
        raise SendFailed(
            permanent=False, reason="too_many_requests", retry_after=_seconds(wait), is_whole_account=True
        ) from None
    except Forbidden as problem:
        gone = "deactivated" in problem.message.lower()
        raise SendFailed(permanent=True, reason=DEACTIVATED if gone else BLOCKED) from None
    except BadRequest as problem:
        raise SendFailed(permanent=True, reason="bad_request") from problem
    except TelegramError as problem:
        raise SendFailed(permanent=False, reason=type(problem).__name__) from problem


async def _send(
    bot: Bot, address: str, text: str, mode: ParseMode | None, keyboard: InlineKeyboardMarkup | None
) -> None:
    await bot.send_message(int(address), text, parse_mode=mode, reply_markup=keyboard, link_preview_options=_NO_PREVIEW)


async def acknowledge(bot: Bot, callback_id: str) -> None:
    """Take the waiting sign off a pressed button. Too late is no harm."""
    try:
        await bot.answer_callback_query(callback_id)
    except TelegramError as problem:
        log.info("telegram_button_not_acknowledged", problem=type(problem).__name__)


def _keyboard(buttons: tuple[Button, ...]) -> InlineKeyboardMarkup | None:
    if not buttons:
        return None
    # One below the other, except where many short ones stand together (languages).
    several = len(buttons) > 8 and all(len(button.label) <= 20 for button in buttons)
    row = 3 if several else 1
    shown = [InlineKeyboardButton(_label(button.label), callback_data=button.action) for button in buttons]
    return InlineKeyboardMarkup([shown[start : start + row] for start in range(0, len(shown), row)])


def _label(label: str) -> str:
    return label if len(label) <= LONGEST_LABEL else label[: LONGEST_LABEL - 1].rstrip() + "…"


def _seconds(wait: RetryAfter) -> timedelta:
    return wait.retry_after if isinstance(wait.retry_after, timedelta) else timedelta(seconds=wait.retry_after)
