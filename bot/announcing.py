"""Words a broadcast as a message to one recipient: whose it is, the text, the details, and what they can do. Pure."""

from dataclasses import replace
from datetime import datetime
from itertools import groupby

from babel.dates import format_date

from broadcasts.announcements.announcement import Announcement
from broadcasts.announcements.records import Kind, ReplyKey
from content.facts import LRI, PDI
from core import languages
from core.i18n import Translator
from core.messages import Button, OutgoingMessage, Piece
from core.messages import Kind as Look

OPEN = "open"  # open:RELEASE_CODE, where a link below a message in a group leads (dialogues/members/opening.py)
_POINTS = ("- ", "• ", "* ")


def word(announcement: Announcement, t: Translator, *, is_test: bool = False) -> OutgoingMessage:
    """The message; ``t`` has the words of the recipient's own language. Buttons of a preview or test lead nowhere."""
    one = announcement
    pieces = [
        *([Piece(Look.NOTE, t("This is a test. Only you get it."))] if is_test else []),
        *([Piece(Look.LABEL, t("This is a drill. Nothing has happened."))] if one.is_drill else []),
        Piece(Look.LABEL, _heading(one, t)),
        Piece(Look.TITLE, one.title, language=one.language),
        *(piece for part in _paragraphs(one) for piece in _paragraph(part, one.language)),
        *(Piece(Look.ITEM, line) for line in _details(one, t)),
        *_comment(one, t),
        *(Piece(Look.NOTE, note) for note in _notes(one, t)),
    ]
    return OutgoingMessage(t.language, tuple(pieces), () if one.release_id is None else _buttons(one, t))


def word_for_group(announcement: Announcement, t: Translator, *, bot_name: str | None) -> OutgoingMessage:
    """The message for many at one address: no buttons, but a way to a chat with us, when the bot's name is known.

    The link says which message and whose; it is the same for everybody, and nothing in the group shows who follows it.
    """
    message = word(announcement, t)
    if bot_name is None or announcement.release_id is None or not announcement.join_code:
        return replace(message, buttons=())
    url = f"https://t.me/{bot_name}?start={OPEN}_{announcement.release_id}_{announcement.join_code}"
    way = (
        Piece(Look.LINK, t("Answer, or get such messages yourself"), url),
        Piece(Look.NOTE, t("Nobody here sees that you do.")),
    )
    return replace(message, pieces=(*message.pieces, *way), buttons=())


def _paragraphs(one: Announcement) -> list[str]:
    """The body; a message of one line has it as its title already."""
    return [part for part in one.body.split("\n\n") if part.strip() and part != one.title]


def _paragraph(text: str, language: str) -> list[Piece]:
    """Lines that begin with a dash or a point are a list: on a page they would run into one another."""
    pieces: list[Piece] = []
    for is_list, lines in groupby(text.split("\n"), key=lambda line: line.startswith(_POINTS)):
        if is_list:
            pieces += [Piece(Look.ITEM, line[2:].strip(), language=language) for line in lines]
        else:
            pieces.append(Piece(Look.TEXT, "\n".join(lines), language=language))
    return pieces


def _heading(one: Announcement, t: Translator) -> str:
    if one.kind is Kind.URGENT:
        return t("Important message through {organisation}", organisation=one.organisation)
    return t("Message from {organisation}", organisation=one.organisation)


def _details(one: Announcement, t: Translator) -> list[str]:
    lines = []
    if one.begins_at is not None:
        lines.append(t("When: {moment}", moment=moments(one.begins_at, one.ends_at, t)))
    if one.place:
        lines.append(t("Where: {place}", place=_isolated(one.place, t)))
    if one.deadline_on is not None:
        day = format_date(one.deadline_on, "full", locale=t.locale)
        lines.append(t("Deadline: {day}", day=day))
    return lines


def moments(begins: datetime, ends: datetime | None, t: Translator) -> str:
    """The day in words and the hours: "Saturday, December 12, 2026, 18:00–20:30"."""
    if ends is not None and ends.date() != begins.date():
        return t("{first} to {last}", first=_moment(begins, None, t), last=_moment(ends, None, t))
    return _moment(begins, ends, t)


def _moment(begins: datetime, ends: datetime | None, t: Translator) -> str:
    clock = _clock(begins) if ends is None else f"{_clock(begins)}–{_clock(ends)}"
    if t.direction == "rtl":
        clock = f"{LRI}{clock}{PDI}"
    return t("{day}, {clock}", day=format_date(begins, "full", locale=t.locale), clock=clock)


def _clock(moment: datetime) -> str:
    """Norway's clock has twenty-four hours, whatever the reader's language."""
    return f"{moment:%H:%M}"


def _comment(one: Announcement, t: Translator) -> list[Piece]:
    if not one.comment:
        return []
    return [
        Piece(Look.LABEL, t("{organisation} adds:", organisation=one.organisation)),
        Piece(Look.TEXT, one.comment, language=one.comment_language),
    ]


def _notes(one: Announcement, t: Translator) -> list[str]:
    notes = []
    if one.language != one.wanted:
        words = t(
            "There is no text in {wanted}. This one is in {shown}.", wanted=_name(one.wanted), shown=_name(one.language)
        )
        notes.append(words)
    if one.is_machine:
        notes.append(t("A machine translated this text. No person has checked the translation yet."))
    return notes


def _buttons(one: Announcement, t: Translator) -> tuple[Button, ...]:
    labels = {ReplyKey.YES: t("Yes"), ReplyKey.NO: t("No"), ReplyKey.MAYBE: t("Maybe")}
    buttons = [Button(labels[key], f"reply:{one.release_id}:{key}") for key in one.replies]
    if one.begins_at is not None:
        buttons.append(Button(t("Add to calendar"), f"calendar:{one.broadcast_id}"))
    if one.answer_id:
        buttons.append(Button(t("Read all of it"), f"answer:{one.answer_id}"))
    if one.is_drill:
        return (*buttons, Button(t("I have seen it"), f"reply:{one.release_id}:{ReplyKey.YES}"))
    buttons.append(Button(t("Answer this message"), f"voice:{one.release_id}"))
    buttons.append(Button(t("This does not fit us"), f"nofit:{one.release_id}"))
    buttons.append(
        Button(t("No more from {organisation}", organisation=one.organisation), f"leave:{one.organisation_id}")
    )
    return tuple(buttons)


def _name(language: str) -> str:
    return languages.name(language)


def _isolated(text: str, t: Translator) -> str:
    """Norwegian places stand in a right-to-left line as one block (Unicode TR9, first strong isolate)."""
    return f"\u2068{text}{PDI}" if t.direction == "rtl" else text
