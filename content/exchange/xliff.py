"""XLIFF 1.2 (OASIS, 2008): one ``file`` for each answer, one ``trans-unit`` for each unit.

The hash of the source text is a note in the header of its ``file``. Facts are ``ph`` elements, which translation
programs show as one piece that cannot be edited.
"""

import io
import re

from lxml import etree  # type: ignore[import-untyped]
from translate.storage import xliff

from content.exchange import incoming
from content.exchange.incoming import Unreadable, UnreadableExchange
from content.exchange.units import Package, PackedAnswer, Unit
from content.facts import PLACEHOLDER

_NAMESPACE = "urn:oasis:names:tc:xliff:document:1.2"
_NAMESPACES = (_NAMESPACE, "urn:oasis:names:tc:xliff:document:1.1")
_HASH_IS_FROM = "source_hash"
_EMPTY = f"""<?xml version="1.0" encoding="UTF-8"?>
<xliff version="1.2" xmlns="{_NAMESPACE}">
<file original="NoName" source-language="" target-language="" datatype="plaintext"><body></body></file>
</xliff>"""
_DECLARATION = re.compile(r"\s*<\?xml\s[^>]*\?>")
_ENCODING = re.compile(r"encoding\s*=\s*[\"']([^\"']*)[\"']")


class _TransUnit(xliff.Xliff1Unit):
    namespace = _NAMESPACE


class _File(xliff.Xliff1File[_TransUnit]):
    UnitClass = _TransUnit
    XMLskeleton = _EMPTY
    namespace = _NAMESPACE


def write_xliff(package: Package) -> bytes:
    """A file that read_xliff reads to the same texts, but for control characters, which XML cannot carry."""
    store = _File(sourcelanguage=package.source_language, targetlanguage=package.target_language)
    for answer in package.answers:
        store.switchfile(answer.answer_id, createifmissing=True)
        _add_hash(store, answer)
        for unit in answer.units:
            store.addunit(_written(unit))
    out = io.BytesIO()
    store.serialize(out)
    return out.getvalue()


def read_xliff(data: bytes) -> Package:
    """What a translator sent back. Notes are not read. Raises UnreadableExchange, with the reason.

    Nothing is fetched and nothing expanded: a document type is refused before parsing. The largest file takes about
    two seconds: an edge calls this in a thread.
    """
    root = _parsed(incoming.words_of(data, mark=b"trans-unit"))
    files = list(root.iterchildren(_name("file", like=root)))
    packed = tuple(_packed(file) for file in files)
    if not any(answer.units for answer in packed):
        raise UnreadableExchange(Unreadable.NO_ANSWERS)
    if len({answer.answer_id for answer in packed}) < len(packed):
        raise UnreadableExchange(Unreadable.TWICE)
    return Package(_one_language(files, "source-language"), _one_language(files, "target-language"), packed)


def _add_hash(store: _File, answer: PackedAnswer) -> None:
    """In front of the body of the file that is being written."""
    header = etree.Element(_name("header"))
    note = etree.SubElement(header, _name("note"), {"from": _HASH_IS_FROM})
    note.text = answer.source_hash
    store.body.addprevious(header)


def _written(unit: Unit) -> _TransUnit:
    written = _TransUnit("")
    written.setid(unit.key)
    facts = [match[0] for match in PLACEHOLDER.finditer(unit.source)]
    _fill(written.source_dom, unit.source, facts)
    if unit.target:
        # Not settarget: it would mark the unit as approved, and programs hide what is approved.
        _fill(etree.SubElement(written.xmlelement, _name("target")), unit.target, facts)
    written.addnote(unit.note, origin="developer")
    return written


def _fill(node: etree._Element, text: str, facts: list[str]) -> None:
    """Write a text into an element, each fact as a ``ph`` with the number that it has in the source."""
    text = incoming.without_control(text)
    numbers = {fact: [number for number, one in enumerate(facts, start=1) if one == fact] for fact in facts}
    node.text, last, end, added = "", None, 0, len(facts)
    for match in PLACEHOLDER.finditer(text):
        _append(node, last, text[end : match.start()])
        if numbers.get(match[0]):
            number = numbers[match[0]].pop(0)
        else:
            number = added = added + 1
        last = etree.SubElement(node, _name("ph"), {"id": str(number)})
        last.text, end = match[0], match.end()
    _append(node, last, text[end:])


def _append(node: etree._Element, last: etree._Element | None, text: str) -> None:
    if last is None:
        node.text = text
    else:
        last.tail = text


def _parsed(text: str) -> etree._Element:
    """The root, once translate-toolkit too takes the file for XLIFF 1."""
    clean = etree.tostring(_root(text), encoding="UTF-8", xml_declaration=True)
    store: xliff.Xliff1File[_TransUnit] = xliff.Xliff1File()
    try:
        store.parse(clean)
    except (ValueError, StopIteration, AssertionError):
        raise UnreadableExchange(Unreadable.OTHER_FORMAT) from None
    return store.document.getroot()


def _root(text: str) -> etree._Element:
    declaration = _DECLARATION.match(text)
    named = _ENCODING.search(declaration[0]) if declaration else None
    # A parser believes the declaration: in UTF-7 harmless letters would become a document type.
    if named and named[1].lower() not in ("utf-8", "utf8", "us-ascii"):
        raise UnreadableExchange(Unreadable.NOT_TEXT)
    body = text[declaration.end() :] if declaration else text
    if re.search(r"<!\s*(DOCTYPE|ENTITY|ELEMENT|ATTLIST|NOTATION)", body, re.IGNORECASE):
        raise UnreadableExchange(Unreadable.FORBIDDEN)
    parser = etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False,
        huge_tree=False, recover=False, remove_comments=True, remove_pis=True, strip_cdata=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(body.encode(), parser=parser)
    except etree.XMLSyntaxError:
        raise UnreadableExchange(Unreadable.DAMAGED) from None
    name = etree.QName(root)
    if name.localname != "xliff" or name.namespace not in _NAMESPACES:
        raise UnreadableExchange(Unreadable.OTHER_FORMAT)
    return root


def _packed(file: etree._Element) -> PackedAnswer:
    found = [_unit(element) for element in file.iterdescendants(_name("trans-unit", like=file))]
    if len({unit.key for unit in found}) < len(found):
        raise UnreadableExchange(Unreadable.TWICE)
    notes = file.iterfind(f"{_name('header', like=file)}/{_name('note', like=file)}")
    stamps = [note.text for note in notes if note.get("from") == _HASH_IS_FROM]
    stamp = incoming.source_hash(stamps[0] if stamps else None)
    return PackedAnswer(incoming.answer_id(file.get("original")), stamp, tuple(found))


def _unit(element: etree._Element) -> Unit:
    source = element.find(_name("source", like=element))
    target = element.find(_name("target", like=element))
    pieces = {piece.get("id"): piece.text for piece in _pieces(source)}
    for piece in _pieces(target):
        # Some programs hand a protected piece back empty, with its number only.
        piece.text = piece.text or pieces.get(piece.get("id"))
    return Unit(incoming.key(element.get("id")), _text(source), _text(target), "")


def _pieces(node: etree._Element | None) -> list[etree._Element]:
    return [] if node is None else list(node.iterdescendants(_name("ph", like=node)))


def _text(node: etree._Element | None) -> str:
    return "" if node is None else "".join(node.itertext())


def _name(local: str, *, like: etree._Element | None = None) -> str:
    """The full name of an element, in the version of XLIFF of another element or in ours."""
    return f"{{{_NAMESPACE if like is None else etree.QName(like).namespace}}}{local}"


def _one_language(files: list[etree._Element], attribute: str) -> str:
    found = {file.get(attribute) for file in files}
    if len(found) != 1:
        raise UnreadableExchange(Unreadable.NO_LANGUAGE)
    return incoming.language(found.pop())
