"""Turns our messages into Telegram's HTML, strictly escaped, in parts below Telegram's limit. Pure.

4,096 characters a message after the tags are read (https://core.telegram.org/bots/api#sendmessage); we count the tags
too and stay well below.
"""

from dataclasses import dataclass
from html import escape

from core.messages import Kind, OutgoingMessage, Piece, as_line

LIMIT = 3900


@dataclass(frozen=True, slots=True)
class Part:
    """One message of Telegram's: HTML, and the same as plain text for when Telegram does not like the HTML."""

    html: str
    plain: str


def parts(message: OutgoingMessage) -> list[Part]:
    """The message in one or more parts, split between its pieces; a piece that is too long is split at a space."""
    found: list[Part] = []
    html, plain, last = "", "", None
    for piece in message.pieces:
        for small in _split(piece):
            between = "" if not html else "\n" if last is piece.kind is Kind.ITEM or last is Kind.LABEL else "\n\n"
            tagged, untagged = _html(small), as_line(small)
            if html and len(html) + len(between) + len(tagged) > LIMIT:
                found.append(Part(html, plain))
                html, plain, between = "", "", ""
            html, plain, last = html + between + tagged, plain + between + untagged, small.kind
    if html:
        found.append(Part(html, plain))
    return found


def _html(piece: Piece) -> str:
    text = escape(piece.text, quote=False)
    match piece.kind:
        case Kind.TITLE | Kind.LABEL:
            return f"<b>{text}</b>"
        case Kind.NOTE:
            return f"<i>{text}</i>"
        case Kind.ITEM:
            return f"• {text}"
        case Kind.LINK:
            return f'<a href="{escape(piece.url or "")}">{text}</a>'
        case Kind.TEXT:
            return text


def _split(piece: Piece) -> list[Piece]:
    """The piece, or several when one alone would be too long (escaping may make a character five times as long).

    Nothing of a piece without anything to see: Telegram refuses empty messages.
    """
    longest = LIMIT // 2
    if len(escape(piece.text)) <= longest:
        return [piece] if piece.text.strip() else []
    found, rest = [], piece.text
    while rest:
        end = longest // 5 if len(escape(rest[:longest])) > longest else longest
        cut = rest.rfind(" ", 0, end) if len(rest) > end else len(rest)
        cut = cut if cut > 0 else end
        if part := rest[:cut].strip():
            found.append(Piece(piece.kind, part, piece.url, piece.language))
        rest = rest[cut:].strip()
    return found
