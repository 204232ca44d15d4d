"""A resident's browser without JavaScript: reads a page's words, buttons and hidden fields, sends its forms back."""

from collections.abc import Mapping
from html.parser import HTMLParser

import httpx

VOID = {"meta", "link", "input", "img", "br", "wbr"}


class Page(HTMLParser):
    """What stands on a page, or in one new entry of it."""

    def __init__(self, html: str, status: int = 200) -> None:
        super().__init__()
        self.html, self.status = html, status
        self.language = self.direction = ""
        self.asked = self.reply = ""
        self.replies: list[Mapping[str, str | None]] = []
        self.buttons: dict[str, str] = {}  # by what comes back when they are pressed
        self.fields: dict[str, str] = {}
        self.links: list[str] = []
        self._open: list[tuple[str, str]] = []
        self._pressed: str | None = None
        self.feed(html)
        self.asked, self.reply = self.asked.strip(), self.reply.strip()

    @property
    def is_urgent(self) -> bool:
        """Whether a reply stands out as one for people in danger."""
        return any("urgent" in (reply["class"] or "") for reply in self.replies)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag not in VOID:
            self._open.append((tag, f"{values.get('class', '')} {'hidden' if 'hidden' in values else ''}"))
        if tag == "html":
            self.language, self.direction = values["lang"], values["dir"]
        if "reply" in values.get("class", ""):
            self.replies.append(values)
        if tag == "a":
            self.links.append(values["href"])
        if tag == "input":
            self.fields[values["name"]] = values["value"]
        if tag == "button" and values.get("name") == "action":
            self._pressed = values["value"]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """<path/> and its like hold nothing."""

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> closes nothing"
        assert self._open.pop()[0] == tag, f"</{tag}> closes something else"
        self._pressed = None if tag == "button" else self._pressed

    def handle_data(self, data: str) -> None:
        inside = " ".join(name for _tag, name in self._open)
        if "hidden" in inside.split():
            return
        if self._pressed is not None:
            self.buttons[self._pressed] = self.buttons.get(self._pressed, "") + data
        elif "reply" in inside:
            self.reply += data
        elif "asked" in inside:
            self.asked += data


class Visitor:
    """Somebody with a browser that keeps cookies. Sends what the page before told it to send."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http
        self.fields: dict[str, str] = {}

    async def open(self, path: str = "/", **headers: str) -> Page:
        """Go to an address."""
        return self._read(await self.http.get(path, headers=headers))

    async def ask(self, text: str) -> Page:
        """Write into the field and press the button beside it."""
        return self._read(await self.http.post("/", data={**self.fields, "text": text}))

    async def press(self, action: str) -> Page:
        """Press a button below a reply."""
        return self._read(await self.http.post("/", data={**self.fields, "action": action}))

    async def send(self, **values: object) -> Page:
        """What the page's JavaScript does: JSON goes out, one entry comes back."""
        answered = await self.http.post("/messages", json={**self.fields, **values})
        return Page(answered.json()["html"], answered.status_code)

    def _read(self, answered: httpx.Response) -> Page:
        page = Page(answered.text, answered.status_code)
        self.fields = page.fields
        return page
