"""What people read before they join: the consent, and the poster on a wall. The words are in the residents' catalogue.

A consent is kept by its version: a hash of exactly what was shown, in its language. The catalogues' history gives the
words back.
"""

import hashlib
from dataclasses import dataclass

from broadcasts.members.ledger import Consent
from core.i18n import Translator

# What turns a line round (Unicode TR9): a name that holds one would turn what stands around it.
_TURNING = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
FSI, PDI = "\u2068", "\u2069"  # a name keeps its own direction within a line (Unicode TR9, first strong isolate)


@dataclass(frozen=True, slots=True)
class ConsentText:
    """What somebody says yes to."""

    language: str
    lines: tuple[str, ...]

    @property
    def consent(self) -> Consent:
        """The version that the ledger keeps of it."""
        shown = "\n".join((self.language, *self.lines))
        return Consent(hashlib.sha256(shown.encode()).hexdigest(), self.language)


@dataclass(frozen=True, slots=True)
class PosterText:
    """A poster in one language. ``code`` is what stands before the code itself; ``scan`` is empty without a square."""

    language: str
    direction: str
    title: str
    about: str
    scan: str
    code: str
    promise: str
    from_whom: str


def consent_text(t: Translator, *, organisation: str, place: str, asks_approval: bool) -> ConsentText:
    """Who writes, what for, who runs this, what is stored, who sees what, and how to leave."""
    name = isolated(organisation, t)
    lines = [
        t("You will get messages from {organisation} here: news, meetings, courses, deadlines.", organisation=name),
        t("{organisation} writes the messages. {place} runs this service.", organisation=name, place=place),
        t("In a crisis, {place} can send an important message the same way.", place=place),
        t("I store that you get these messages, and since when."),
        t("{organisation} sees about how many get them, never who.", organisation=name),
        t("{organisation} never sees what you ask me.", organisation=name),
        t("You can leave at any time with one button, or write “stop”."),
    ]  # fmt: skip
    if asks_approval:
        lines.insert(5, t("{organisation} must say yes first. It sees a nickname that you choose.", organisation=name))
    return ConsentText(t.language, tuple(lines))


def poster_text(t: Translator, *, organisation: str, place: str, squares: int) -> PosterText:
    """For people who have never heard of it, in a few words. ``squares``: how many QR codes there are to point at."""
    name = isolated(organisation, t)
    scans = {
        1: t("Point the camera of your phone at the square."),
        2: t("Point the camera of your phone at a square: one opens Telegram, the other a web page."),
    }
    return PosterText(
        language=t.language,
        direction=t.direction,
        title=t("Messages from {organisation}, in your language", organisation=name),
        about=t("News, meetings, courses and deadlines, on your phone."),
        scan=scans.get(squares, ""),
        code=t("You can also write this code in the chat:"),
        promise=t("{organisation} does not see who you are. You can leave at any time.", organisation=name),
        from_whom=t("{place} runs this service.", place=place),
    )


def isolated(name: str, t: Translator) -> str:
    """A name within a line that may run the other way."""
    plain = name.translate(_TURNING)
    return f"{FSI}{plain}{PDI}" if t.direction == "rtl" else plain
