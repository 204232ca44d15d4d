"""PO (GNU gettext): one entry for each unit, its context is ``answer|key``.

The header keeps the hash of each answer's source text, ``X-Source-Hash-<answer>``, and the source language. PO cannot
protect a placeholder: the note of the entry asks to keep it.
"""

import io
from collections import defaultdict

from translate.storage import pypo
from translate.storage.poheader import parseheaderstring

from content.exchange import incoming
from content.exchange.incoming import Unreadable, UnreadableExchange
from content.exchange.units import Package, PackedAnswer, Unit

_BETWEEN = "|"
_HASH_HEADER = "X-Source-Hash-"
_SOURCE_HEADER = "X-Source-Language"


def write_po(package: Package) -> bytes:
    """A file that read_po reads to the same texts, but for control characters, which are left out."""
    store = pypo.pofile(noheader=True)
    store.addunit(_entry("", _header(package)))
    for answer in package.answers:
        for unit in answer.units:
            entry = _entry(unit.source, unit.target)
            entry.setcontext(f"{answer.answer_id}{_BETWEEN}{unit.key}")
            entry.addnote(unit.note, origin="developer")
            store.addunit(entry)
    out = io.BytesIO()
    store.serialize(out)
    return out.getvalue()


def read_po(data: bytes) -> Package:
    """What a translator sent back. Notes are not read; an entry marked as fuzzy is, for somebody to look at it.

    Raises UnreadableExchange, with the reason. The largest file takes about two seconds: an edge calls this in a
    thread.
    """
    store = _parsed(incoming.words_of(data, mark=b"msgid"))
    first = store.header()  # type: ignore[no-untyped-call]
    header: dict[str, str] = parseheaderstring(str(first.target)) if first is not None else {}  # type: ignore[no-untyped-call]
    found: dict[str, list[Unit]] = defaultdict(list)
    for entry in store.unit_iter():
        answer_id, _, key = str(entry.getcontext()).partition(_BETWEEN)  # type: ignore[no-untyped-call]
        unit = Unit(incoming.key(key), str(entry.source), str(entry.target), "")
        found[incoming.answer_id(answer_id)].append(unit)
    if not found:
        raise UnreadableExchange(Unreadable.NO_ANSWERS)
    return Package(
        incoming.language(header.get(_SOURCE_HEADER)),
        incoming.language(header.get("Language")),
        tuple(_packed(answer_id, units, header) for answer_id, units in found.items()),
    )


def _header(package: Package) -> str:
    lines = [
        "Project-Id-Version: Brobygger",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=UTF-8",
        "Content-Transfer-Encoding: 8bit",
        f"Language: {package.target_language}",
        f"{_SOURCE_HEADER}: {package.source_language}",
        *(f"{_HASH_HEADER}{answer.answer_id}: {answer.source_hash}" for answer in package.answers),
    ]
    return "".join(f"{line}\n" for line in lines)


def _entry(source: str, target: str) -> pypo.pounit:
    entry = pypo.pounit(incoming.without_control(source))
    entry.target = incoming.without_control(target)
    return entry


def _parsed(text: str) -> pypo.pofile:
    store = pypo.pofile(noheader=True)
    try:
        store.parse(text.encode())
    except (ValueError, LookupError, AttributeError, TypeError):
        raise UnreadableExchange(Unreadable.DAMAGED) from None
    if str(store.encoding).lower().replace("-", "") not in ("utf8", "ascii", "usascii"):
        raise UnreadableExchange(Unreadable.NOT_TEXT)
    return store


def _packed(answer_id: str, units: list[Unit], header: dict[str, str]) -> PackedAnswer:
    if len({unit.key for unit in units}) < len(units):
        raise UnreadableExchange(Unreadable.TWICE)
    stamp = incoming.source_hash(header.get(f"{_HASH_HEADER}{answer_id}"))
    return PackedAnswer(answer_id, stamp, tuple(units))
