"""Sends one part of a message to one Telegram chat and says what came of it."""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import lru_cache

from aiohttp import ClientError
from telegram import Bot, InputFile
from telegram.constants import ParseMode
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError

from bot.channels.telegram.requesting import Encoded, NeverLeft
from bot.channels.telegram.writing import Part
from core.logs import get_log
from core.messages import Attachment, Button
from core.sending import BLOCKED, DEACTIVATED, GONE, SendFailed

log = get_log(__name__)
_NO_PREVIEW = {"is_disabled": True}
LONGEST_LABEL = 60  # characters that a phone shows on a button
NO_NUMBER = "what came back is no message"
MOST_SECONDS = 24 * 3600  # we are told to wait longer: then we ask again


async def send_part(
    bot: Bot, address: str, part: Part, buttons: tuple[Button, ...], *, is_for_many: bool = False
) -> str:
    """Send as HTML; once more as plain text when Telegram does not like the HTML. Raises SendFailed.

    What is for many is encoded once; what is for one person is not remembered.

    Gives back Telegram's number of the message.
    """
    form = _form_for_many if is_for_many else _form
    try:
        try:
            return await _send(bot, address, form(part.html, ParseMode.HTML, buttons))
        except BadRequest as problem:
            if "parse" not in problem.message.lower() and "entit" not in problem.message.lower():
                raise
            log.warning("telegram_html_refused", problem=problem.message)
            return await _send(bot, address, form(part.plain, None, buttons))
    except TelegramError as problem:
        raise _failure(problem) from problem


async def send_file(bot: Bot, address: str, attachment: Attachment) -> None:
    """Send a file; a sound so that it can be played at once. Raises SendFailed."""
    try:
        await _send_file(bot, int(address), attachment)
    except TelegramError as problem:
        raise _failure(problem) from problem


async def _send_file(bot: Bot, chat: int, attachment: Attachment) -> None:
    file = InputFile(attachment.content, attachment.name)
    match attachment.media_type:
        case "audio/ogg":
            try:
                await bot.send_voice(chat, file)
            except BadRequest as problem:
                # Somebody takes no voice messages: that is a choice in their own settings.
                if "voice_messages_forbidden" not in problem.message.lower():
                    raise
                await bot.send_document(chat, InputFile(attachment.content, attachment.name))
        case "audio/mpeg" | "audio/mp4":
            await bot.send_audio(chat, file)
        case _:
            await bot.send_document(chat, file)


# A proxy gave up waiting for Telegram, which may have taken the message all the same.
_GATEWAY_TIMEOUT = "504"


def _failure(problem: TelegramError) -> SendFailed:
    said = problem.message.lower()
    match problem:
        case RetryAfter():
            pause = _seconds(problem)
            return SendFailed(permanent=False, reason="too_many_requests", retry_after=pause, is_whole_account=True)
        case ChatMigrated():
            return SendFailed(permanent=False, reason="group_moved", moved_to=str(problem.new_chat_id))
        case Forbidden():
            return SendFailed(permanent=True, reason=DEACTIVATED if "deactivated" in said else BLOCKED)
        case BadRequest():
            return SendFailed(permanent=True, reason=GONE if "chat not found" in said else "bad_request")
        case InvalidToken():
            pause = timedelta(minutes=1)
            return SendFailed(permanent=False, reason="token_refused", retry_after=pause, is_whole_account=True)
        case _:
            return SendFailed(permanent=False, reason=type(problem).__name__, may_have_left=_may_have_left(problem))


def _may_have_left(problem: TelegramError) -> bool:
    """Whether Telegram may have taken the message although we got no answer that says so.

    Telegram, or a proxy before it, answered with an error: not taken. An answer of 200 that nobody can read: perhaps.
    """
    if isinstance(problem, NeverLeft):
        return False
    is_answered = isinstance(problem, NetworkError) and not isinstance(problem.__cause__, (OSError, ClientError))
    return not is_answered or _GATEWAY_TIMEOUT in problem.message


async def _send(bot: Bot, address: str, form: str) -> str:
    """sendMessage without the library's reading of what comes back: of the whole message we keep its number."""
    filled = Encoded(f'{{"chat_id": {int(address)}, {form}}}')
    try:
        sent = await bot.request.post(f"{bot.base_url}/sendMessage", filled)
        return str(sent["message_id"])  # type: ignore[call-overload,index]
    except (KeyError, TypeError) as problem:
        raise TelegramError(NO_NUMBER) from problem


def _form(text: str, mode: ParseMode | None, buttons: tuple[Button, ...]) -> str:
    """All of a message but whom it goes to, encoded: what stands between the braces of a JSON object.

    https://core.telegram.org/bots/api#sendmessage and #making-requests. Written by hand: the library's own objects take
    longer than all else of a call.
    """
    fields: dict[str, object] = {"text": text, "link_preview_options": _NO_PREVIEW}
    if mode is not None:
        fields["parse_mode"] = mode.value
    if keyboard := _keyboard(buttons):
        fields["reply_markup"] = {"inline_keyboard": keyboard}
    return json.dumps(fields)[1:-1]


_form_for_many = lru_cache(maxsize=64)(_form)


async def acknowledge(bot: Bot, callback_id: str) -> None:
    """Take the waiting sign off a pressed button. Too late is no harm."""
    try:
        await bot.answer_callback_query(callback_id)
    except TelegramError as problem:
        log.info("telegram_button_not_acknowledged", problem=type(problem).__name__)


def _keyboard(buttons: tuple[Button, ...]) -> Sequence[Sequence[Mapping[str, str]]]:
    # One below the other, except where many short ones stand together (languages).
    several = len(buttons) > 8 and all(len(button.label) <= 20 for button in buttons)
    row = 3 if several else 1
    shown = [{"text": _label(button.label), "callback_data": button.action} for button in buttons]
    return [shown[start : start + row] for start in range(0, len(shown), row)]


def _label(label: str) -> str:
    return label if len(label) <= LONGEST_LABEL else label[: LONGEST_LABEL - 1].rstrip() + "…"


def _seconds(wait: RetryAfter) -> timedelta:
    seconds = wait.retry_after.total_seconds() if isinstance(wait.retry_after, timedelta) else wait.retry_after
    return timedelta(seconds=min(seconds, MOST_SECONDS))
