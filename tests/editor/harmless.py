"""Looks for what a page must never have: scripts and links that somebody wrote into a text."""

from html.parser import HTMLParser

ATTACK = "\"'><script>alert(1)</script><img src=x onerror=alert(1)><a href='javascript:alert(1)'>x</a><xss></textarea>"
_LINKS = frozenset({"href", "src", "action", "formaction", "data", "srcset", "poster", "background"})
_EVIL = ("javascript:", "vbscript:", "data:text")
_NEVER = frozenset({"iframe", "object", "embed", "base", "xss", "style"})


class _Looking(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._is_script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._is_script = tag == "script"
        if tag in _NEVER or (self._is_script and not given.get("src", "").startswith(("/desk/static/", "/static/"))):
            self.found.append(f"<{tag}>")
        self.found += [f"{name}=" for name in given if name.startswith("on") or name == "style"]
        links = "".join(value for name, value in given.items() if name in _LINKS)
        squeezed = "".join(links.split()).lower()
        self.found += [evil for evil in _EVIL if evil in squeezed]

    def handle_data(self, data: str) -> None:
        if self._is_script and data.strip():
            self.found.append(f"script: {data[:40]}")

    def handle_endtag(self, tag: str) -> None:
        self._is_script = False


def harmful(page: str) -> list[str]:
    """What a browser would run, or follow into a script; empty for a page that is as it should be."""
    looking = _Looking()
    looking.feed(page)
    return looking.found
