"""Turns our messages into HTML, escaped by Jinja."""

import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup, escape

from content.catalogue import Catalogue
from content.facts import LRI, PDI, FactType
from core import languages
from core.i18n import Translator
from core.messages import Attachment, Kind, OutgoingMessage, Piece

FOLDER = Path(__file__).parent
MOST_KEPT = 300  # answers, some ten kilobytes each
FSI = "\u2068"  # what follows, until PDI, runs as its own letters do (Unicode TR9)
_WEB = r"https://[^\s<>\u2069]*[^\s<>\u2069.,;:!?)\]»”]"
_MAIL = r"(?<![\w.+-])[\w.+-]++@[\w-]+(?:\.[\w-]+)+"  # begun once for each word, or long texts take long
_MAY_BE_LINKED = re.compile(r"[\d@]|https:")  # most texts need not be looked through letter by letter
_NUMBER = r"\d+(?:[ \u00a0\u202f:–]\d+)+"  # "1 200", "09:00–15:00"


@dataclass(frozen=True, slots=True)
class Entry:
    """A question as it was asked (None for a button) and what we said."""

    asked: str | None
    message: OutgoingMessage

    @property
    def parts(self) -> list[tuple[str, list[Piece]]]:
        """Pieces that follow each other, by what they form: remarks one block, items of one language one list."""
        return [(name, list(pieces)) for (name, _language), pieces in groupby(self.message.pieces, key=self._part)]

    @property
    def label_level(self) -> int:
        """Small headings stand below the title where there is one, so that no level is left out."""
        return 3 if any(piece.kind is Kind.TITLE for piece in self.message.pieces) else 2

    def _part(self, piece: Piece) -> tuple[str, str | None]:
        if piece.kind is Kind.ITEM:
            return "item", piece.language or self.message.language
        return "about" if piece.kind in (Kind.NOTE, Kind.LINK) else piece.kind.value, None


class Links:
    """Finds in a text what one can press or must not tear apart: addresses, known telephone numbers, other numbers."""

    def __init__(self, phones: Iterable[str]) -> None:
        several = sorted(set(phones), key=lambda phone: (-len(phone), phone))
        begins, known = "".join(sorted({re.escape(phone[:1]) for phone in several})), "|".join(map(re.escape, several))
        phone = rf"(?=[{begins}])(?<!\d)(?<!\d )(?:{known})(?! ?\d)" if known else r"(?!)"
        self._pattern = re.compile(rf"(?P<web>{_WEB})|(?P<mail>{_MAIL})|(?P<phone>{phone})|(?P<number>{_NUMBER})")

    @classmethod
    def of(cls, catalogue: Catalogue) -> "Links":
        """All telephone numbers of the facts and offices are known."""
        facts = [fact.value for fact in catalogue.facts.values() if fact.type is FactType.PHONE]
        return cls([*facts, *(office.phone for office in catalogue.offices.values() if office.phone)])

    def mark(self, text: str) -> Markup:
        """The text escaped, with its links."""
        if not _MAY_BE_LINKED.search(text):
            return escape(text)
        marked, end = [], 0
        for match in self._pattern.finditer(text):
            marked += [escape(text[end : match.start()]), _marked(match)]
            end = match.end()
        return Markup("").join([*marked, escape(text[end:])])


def language_of(piece: Piece, message: OutgoingMessage) -> Markup:
    """lang and dir where a piece is in another language than its message: screen readers and browsers need both."""
    if piece.language is None or piece.language == message.language:
        return Markup()
    return _attributes(piece.language)


def words(piece: Piece, links: Links) -> Markup:
    """The text, with the isolating marks that keep "116 117" in order inside a right-to-left line as elements."""
    marked = links.mark(piece.text)
    if PDI not in marked:
        return marked
    marked = marked.replace(LRI, Markup('<bdi dir="ltr">')).replace(FSI, Markup("<bdi>"))
    return marked.replace(PDI, Markup("</bdi>"))


def as_address(attachment: Attachment) -> str:
    """The file itself as an address (RFC 2397): the browser saves it without asking anybody for it again."""
    content = b64encode(attachment.content).decode()
    return f"data:{attachment.media_type};charset=utf-8;base64,{content}"


@cache
def make_environment() -> Environment:
    """The templates of the web chat, compiled once for a process."""
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"), autoescape=True, trim_blocks=True, auto_reload=False
    )
    environment.filters.update(language_of=language_of, words=words, as_address=as_address)
    return environment


class Pages:
    """Renders the page, or only new entries for a page that is open."""

    def __init__(self) -> None:
        environment = make_environment()
        self._page = environment.get_template("page.html")
        self._entry = environment.get_template("entry.html")
        self._make: Callable[[Entry, Links], Markup] = vars(environment.get_template("pieces.html").module)["pieces_of"]
        self._links: tuple[Catalogue, Links] | None = None  # of the catalogue that served last
        self._made: dict[tuple[str, tuple[Piece, ...]], Markup] = {}  # with these links

    def page(
        self, t: Translator, entries: Sequence[Entry], catalogue: Catalogue, *, embedded: bool, join: str = ""
    ) -> str:
        """The whole page; ``join`` is the code with which it was opened, which the links to languages keep."""
        return self._page.render(
            t=t,
            entries=entries,
            pieces=partial(self._pieces_of, links=self._links_of(catalogue)),
            place=catalogue.municipality or t("your municipality"),
            embedded=embedded,
            join=join,
            names=languages.NAMES,
        )

    def entry(self, t: Translator, entry: Entry, catalogue: Catalogue, *, embedded: bool) -> str:
        """One question and its reply."""
        pieces = partial(self._pieces_of, links=self._links_of(catalogue))
        return self._entry.render(t=t, entry=entry, pieces=pieces, embedded=embedded)

    def entries(self, t: Translator, entries: Sequence[Entry], catalogue: Catalogue, *, embedded: bool) -> str:
        """Several, one below the other."""
        return "".join(self.entry(t, entry, catalogue, embedded=embedded) for entry in entries)

    def _links_of(self, catalogue: Catalogue) -> Links:
        if self._links is None or self._links[0] is not catalogue:
            self._links = catalogue, Links.of(catalogue)
            self._made.clear()
        return self._links[1]

    def _pieces_of(self, entry: Entry, *, links: Links) -> Markup:
        """All but the buttons; made once where the same is read by everybody."""
        message = entry.message
        if not message.is_for_all:
            return self._make(entry, links)
        place = message.language, message.pieces
        made = self._made.pop(place, None)
        self._made[place] = made if made is not None else self._make(entry, links)
        if len(self._made) > MOST_KEPT:
            del self._made[next(iter(self._made))]  # the first was read longest ago
        return self._made[place]


@cache
def _attributes(language: str) -> Markup:
    return Markup(' lang="{}" dir="{}"').format(language, languages.direction(language))


def _marked(match: re.Match[str]) -> Markup:
    found = match[0]
    match match.lastgroup:
        case "web":
            return Markup('<a href="%s" target="_blank" rel="noopener noreferrer">%s</a>') % (found, found)
        case "mail":
            name, _at, host = found.partition("@")
            return Markup('<a href="mailto:%s@%s">%s@<wbr>%s</a>') % (name, host, name, host)
        case "phone":
            return Markup('<a class="together" href="tel:%s">%s</a>') % (found.replace(" ", ""), found)
        case _:
            return Markup('<span class="together">%s</span>') % found
