"""Reads HTML as the Bot API does (https://core.telegram.org/bots/api#html-style) and is as strict."""

import re
from html import unescape

TAGS = frozenset(
    "b strong i em u ins s strike del span tg-spoiler a tg-emoji tg-time code pre blockquote".split()
)  # fmt: skip
_TAG = re.compile(
    r"<(?P<end>/?)(?P<name>[a-zA-Z][a-zA-Z0-9-]*)"
    r"(?P<attributes>(?:\s+[a-zA-Z-]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s\"'>]+))?)*)\s*>"
)
_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|#\d+|#x[0-9a-fA-F]+);")


class CannotParse(Exception):
    """The words with which Telegram refuses such a text."""


def visible_text(html: str) -> str:
    """What a reader sees of it. Raises CannotParse."""
    open_tags: list[str] = []
    found, place = "", 0
    while place < len(html):
        if html[place] == "<":
            tag = _TAG.match(html, place)
            if tag is None:
                raise _problem(html, place, "Unsupported start tag")
            _note(open_tags, tag, html, place)
            place = tag.end()
        elif entity := _ENTITY.match(html, place):
            found += unescape(entity[0])
            place = entity.end()
        else:
            found += html[place]
            place += 1
    if open_tags:
        raise _problem(html, len(html), f'Can\'t find end tag corresponding to start tag "{open_tags[-1]}"')
    return found.strip()


def _note(open_tags: list[str], tag: re.Match[str], html: str, place: int) -> None:
    name = tag["name"].lower()
    if tag["end"]:
        if not open_tags or open_tags.pop() != name:
            raise _problem(html, place, "Unmatched end tag")
    elif name not in TAGS:
        raise _problem(html, place, f'Unsupported start tag "{name}"')
    else:
        open_tags.append(name)


def _problem(html: str, place: int, what: str) -> CannotParse:
    return CannotParse(f"Bad Request: can't parse entities: {what} at byte offset {len(html[:place].encode())}")
