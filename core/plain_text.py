"""What no text that people read may hold: tags, and characters that cannot be seen."""

import re

# Tags are never shown as tags: a text that has them was pasted from elsewhere. "<https://…>" and "<name@…>" are links.
_TAG = re.compile(r"<(?!https?://[^\s<>\"']+>|[\w.+-]{1,64}@[\w.-]+>)(?:/?[a-zA-Z]|[!?])[^<>\n]{0,40}>?")
# Controls except tab and line ends, halves of characters (no UTF-8), and forced directions that hide what is written.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202d\u202e\ud800-\udfff]")


def find_tag(text: str) -> str | None:
    """The first thing that looks like HTML, or None."""
    found = _TAG.search(text)
    return found[0] if found else None


def find_control(text: str) -> str | None:
    """The first invisible character that has no place in a text, as people write it: "U+202E"; or None."""
    found = _CONTROL.search(text)
    return f"U+{ord(found[0]):04X}" if found else None
