"""Messages that belong to no channel: what came in, what goes out. Each channel translates to its own calls."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core import languages
from core.private_numbers import Secret


class Said(StrEnum):
    """What kind of thing a person sent."""

    TEXT = "text"
    BUTTON = "button"
    OTHER = "other"  # a photo, a voice message, a sticker: nothing that we can read


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """One message from one person, already cleaned of what must not be kept (see core.private_numbers)."""

    channel: str
    address: str
    said: Said
    at: datetime
    text: str = ""
    app_language: str | None = None
    secrets: frozenset[Secret] = frozenset()


class Kind(StrEnum):
    """How a piece of a message looks. Channels decide how to show it."""

    TITLE = "title"
    TEXT = "text"
    ITEM = "item"
    LABEL = "label"  # a small heading
    NOTE = "note"  # a remark about the text, not the text itself
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Piece:
    """One paragraph, heading, list item, note or link; plain text, never markup."""

    kind: Kind
    text: str
    url: str | None = None
    language: str | None = None  # where it differs from the message's


@dataclass(frozen=True, slots=True)
class Button:
    """A choice: the words on it and what comes back when it is pressed (at most 64 bytes, Telegram's limit)."""

    label: str
    action: str

    def __post_init__(self) -> None:
        if len(self.action.encode()) > 64:
            raise ValueError(f"a button's action has at most 64 bytes: {self.action}")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A small file that goes along with a message, such as a calendar entry or a sound."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Reading:
    """That an answer can be heard. The sound is fetched (bot.sounds) when it is played or sent: it may be large.

    A page plays it beside the answer; a chat offers ``button`` and sends it when that is pressed.
    """

    answer_id: str
    language: str
    button: Button
    is_robot: bool
    is_sendable: bool = True  # as a message; a page plays more kinds of sound


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """What a person is told: pieces in order, then buttons, one below the other, and perhaps a file."""

    language: str
    pieces: tuple[Piece, ...]
    buttons: tuple[Button, ...] = ()
    is_urgent: bool = False  # safety: channels also offer a way to leave quickly
    attachment: Attachment | None = None
    reading: Reading | None = None  # it can be heard
    sound: Reading | None = None  # it was asked for: after the words comes the sound
    vetted: tuple[Piece, ...] = ()  # those of a published answer, as everybody reads them

    @property
    def direction(self) -> str:
        """'rtl' or 'ltr'."""
        return languages.direction(self.language)

    @property
    def is_for_all(self) -> bool:
        """Nothing was said to this reader alone: what a channel makes of the pieces can be kept for the next one."""
        return bool(self.vetted) and self.pieces == self.vetted

    def as_text(self) -> str:
        """Everything the person reads, without markup; also the text of `brobygger ask`."""
        lines: list[str] = []
        last: Kind | None = None
        for piece in self.pieces:
            if lines and not (piece.kind is last is Kind.ITEM or last is Kind.LABEL):
                lines.append("")
            lines.append(as_line(piece))
            last = piece.kind
        return "\n".join(lines)


def as_line(piece: Piece) -> str:
    """A piece as one plain line."""
    match piece.kind:
        case Kind.ITEM:
            return f"• {piece.text}"
        case Kind.LINK:
            return f"{piece.text}: {piece.url}"
        case _:
            return piece.text
