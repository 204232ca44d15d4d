"""Texts go out to translators and come back as they were; a file that wants to do harm is not read."""

import io
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content.exchange.incoming import MOST_BYTES, Unreadable, UnreadableExchange
from content.exchange.po import read_po, write_po
from content.exchange.units import Package, Unit, pack, text_from, units
from content.exchange.xliff import read_xliff, write_xliff
from content.freshness import Text
from content.library_files import read_library

SOURCE = Text(
    title='Plass i "barnehage" & <b>SFO</b>',
    short="Søk innen {fact:kindergarten-deadline}. Ring {fact:office.phone} eller {fact:office.phone}.",
    full="Alle kan få plass.\n\nSlik gjør du:\n- Logg inn  med to mellomrom.\n- Søk\\nå.\tFerdig.\n\nSiste avsnitt.",
    applies_to="",
    next_steps=("Søk.", "Vent på svar «innen {fact:days}»."),
    referral={"whom": "Barnehagekontoret", "how": "Ring {fact:office.phone}.", "bring": ""},
)
ARABIC = Text(
    title='مكان في "الروضة" & <b>',
    short="قدّم قبل {fact:kindergarten-deadline}. اتصل {fact:office.phone} أو {fact:office.phone}.",
    full="يمكن للجميع.\n\nهكذا:\n- سجّل (barnehage).\n- ثم.\n\nأخيرًا.",
    applies_to="زيادة",
    next_steps=("قدّم.", "انتظر {fact:days}."),
    referral={"whom": "المكتب", "how": "اتصل {fact:office.phone}.", "bring": ""},
)
TIGRINYA = replace(
    SOURCE,
    title="ቦታ ኣብ መዋእለ ህጻናት",
    short="ቅድሚ {fact:kindergarten-deadline} ኣመልክቱ።",
    full="ኩሉ ሰብ ይኽእል እዩ።\r\nመስመር\n\n\nካልእ።\n\nሳልሳይ።\n\nራብዓይ።",
    next_steps=("ኣመልክቱ።", "ተጸበዩ።"),
)
FORMATS = [pytest.param(write_xliff, read_xliff, id="xliff"), pytest.param(write_po, read_po, id="po")]
Write = Callable[[Package], bytes]
Read = Callable[[bytes], Package]
LIBRARY = Path(__file__).resolve().parents[1] / "library"
XLIFF = '<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2">{}</xliff>'
FILE = (
    '<file original="barnehage" source-language="nb" target-language="ar" datatype="plaintext"><body>{}</body></file>'
)
UNIT = '<trans-unit id="title"><source>Plass</source><target>{}</target></trans-unit>'


def package(target: Text | None = ARABIC, language: str = "ar", source: Text = SOURCE) -> Package:
    return Package("nb", language, (pack("barnehage", source, target),))


def refusal(read: Read, data: bytes) -> Unreadable:
    with pytest.raises(UnreadableExchange) as refused:
        read(data)
    assert refused.value.code == "exchange_unreadable"
    return refused.value.reason


@pytest.mark.parametrize(("write", "read"), FORMATS)
@pytest.mark.parametrize(("target", "language"), [(ARABIC, "ar"), (TIGRINYA, "ti"), (SOURCE, "nn")])
def test_a_text_comes_back_as_it_went_out(write: Write, read: Read, target: Text, language: str) -> None:
    back = read(write(package(target, language)))

    assert (back.source_language, back.target_language) == ("nb", language)
    assert text_from(back.answers[0].units, SOURCE) == target
    assert back.answers[0].source_hash == SOURCE.hash()
    assert [one.source for one in back.answers[0].units] == [one.source for one in units("barnehage", SOURCE, target)]


@pytest.mark.parametrize(("write", "read"), FORMATS)
def test_what_nobody_has_translated_comes_back_empty(write: Write, read: Read) -> None:
    back = read(write(package(None)))

    assert text_from(back.answers[0].units, SOURCE) == Text("", "", referral=dict.fromkeys(SOURCE.referral, ""))


@pytest.mark.parametrize(("write", "read"), FORMATS)
def test_every_answer_of_the_library_comes_back_as_it_went_out(write: Write, read: Read) -> None:
    texts = {
        answer.id: (source.text, target.text)
        for answer in read_library(LIBRARY).answers
        if (source := answer.translation("nb")) and (target := answer.translation("ar"))
    }
    out = Package("nb", "ar", tuple(pack(answer_id, *pair) for answer_id, pair in texts.items()))

    back = {answer.answer_id: answer for answer in read(write(out)).answers}

    assert texts
    assert {one: text_from(back[one].units, texts[one][0]) for one in texts} == {one: texts[one][1] for one in texts}


@pytest.mark.parametrize(("write", "read"), FORMATS)
@settings(max_examples=60, deadline=None)
@given(words=st.text(st.sampled_from("aø<>&\"'\\{}%n\n\r\t #;:_-|]عት{fact:x}\u2028\u0085\ufeff"), max_size=40))
def test_no_sign_is_lost_on_the_way(write: Write, read: Read, words: str) -> None:
    source = Text(title=f"A{words}", short=f"{{fact:x}}{words}{{fact:y}}")
    target = Text(title=f"{words}{{fact:y}}", short=f"B{words}")

    back = read(write(package(target, source=source)))

    assert text_from(back.answers[0].units, source) == target
    assert [one.source for one in back.answers[0].units] == [source.title, source.short]


@pytest.mark.parametrize(("write", "read"), FORMATS)
def test_characters_that_no_file_may_carry_are_left_out(write: Write, read: Read) -> None:
    back = read(write(package(Text("a\x0bb\x00c", "d"))))

    assert text_from(back.answers[0].units, SOURCE).title == "abc"


def test_a_translation_with_more_paragraphs_and_steps_than_its_source_keeps_them() -> None:
    source = Text("t", "k", full="En.", next_steps=("Søk.",))
    target = Text("t", "k", full="1.\n\n2.\n\n3.", next_steps=("1.", "2."), referral={"whom": "W"})

    cut = units("a", source, target)

    assert [unit.key for unit in cut if unit.key.startswith("full")] == ["full.0"]
    assert text_from(cut, source) == target


def test_a_paragraph_that_is_missing_in_the_middle_keeps_its_place() -> None:
    source = Text("t", "k", full="1.\n\n2.\n\n3.\n\n4.", next_steps=("1", "2", "3"))
    back = [Unit("full.0", "1.", "a", ""), Unit("full.2", "3.", "c", ""), Unit("next_steps.1", "2", "b", "")]

    text = text_from(back, source)

    assert text == Text("", "", full="a\n\n\n\nc", next_steps=("", "b"))


def test_keys_that_no_text_has_are_left_out() -> None:
    strange = ("full.99999999999", "next_steps.4000000000", "next_steps.x", "referral.", "owner", "title.0", "full.-1")

    text = text_from([Unit(key, "", "x", "") for key in strange], SOURCE)

    assert text == text_from([], SOURCE)


def test_translators_read_what_each_unit_is_and_what_to_keep() -> None:
    notes = {unit.key: unit.note for unit in units("barnehage", SOURCE, None)}

    assert notes["title"] == "barnehage: Title, on a button: at most 75 characters."
    assert notes["short"].endswith("Keep exactly as it is: {fact:kindergarten-deadline}, {fact:office.phone}")
    for data in (write_xliff(package()), write_po(package())):
        assert all(note.partition(" Keep")[0].encode() in data for note in notes.values())


def test_xliff_shows_a_fact_as_a_piece_with_the_number_it_has_in_the_source() -> None:
    source, target = Text("{fact:a} og {fact:b}", "k"), Text("{fact:b} ثم {fact:a} {fact:new}", "")

    data = write_xliff(package(target, source=source)).decode()

    assert '<source><ph id="1">{fact:a}</ph> og <ph id="2">{fact:b}</ph></source>' in data
    assert '<ph id="2">{fact:b}</ph> ثم <ph id="1">{fact:a}</ph> <ph id="3">{fact:new}</ph>' in data
    assert "approved" not in data


def test_a_program_that_empties_the_protected_pieces_does_no_harm() -> None:
    back = write_xliff(package()).replace(b">{fact:days}</ph>", b"/>", 2)
    whole = back.replace('<ph id="1"/>»'.encode(), '<ph id="1">{fact:days}</ph>»'.encode())

    assert text_from(read_xliff(whole).answers[0].units, SOURCE) == ARABIC


def test_a_file_that_lost_its_hash_or_has_another_says_so() -> None:
    for write, read, before in (
        (write_xliff, read_xliff, b'from="source_hash"'),
        (write_po, read_po, b"X-Source-Hash-barnehage"),
    ):
        lost = write(package()).replace(before, before.replace(b"ource", b"omething"))
        other = write(package(source=replace(SOURCE, short="Ny.")))

        assert read(lost).answers[0].source_hash == ""
        assert read(other).answers[0].source_hash != SOURCE.hash()


def test_gettext_itself_takes_the_file(tmp_path: Path) -> None:
    program = shutil.which("msgfmt")
    if program is None:
        pytest.skip("gettext is not installed (Debian: apt-get install gettext)")
    (tmp_path / "a.po").write_bytes(write_po(package()))

    done = subprocess.run([program, "-o", "/dev/null", tmp_path / "a.po"], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.xlf", b"0" * 10_000_000)
    return out.getvalue()


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
BOMB = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]>' + XLIFF.format(FILE.format(UNIT.format("&l9;")))
OUTSIDE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + XLIFF.format(FILE.format(UNIT.format("&e;")))
FROM_NET = '<!DOCTYPE xliff SYSTEM "http://127.0.0.1:9/x.dtd">' + XLIFF.format(FILE.format(UNIT.format("x")))
HIDDEN = f'<?xml version="1.0" encoding="UTF-7"?>{OUTSIDE.replace("<!", "+ADwAIQ-")}'
TWO_LANGUAGES = FILE.format(UNIT.format("x")) + FILE.replace("barnehage", "b").replace('"ar"', '"so"').format("")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(BOMB, Unreadable.FORBIDDEN, id="a billion laughs"),
        pytest.param(OUTSIDE, Unreadable.FORBIDDEN, id="external entity"),
        pytest.param(FROM_NET, Unreadable.FORBIDDEN, id="external document type"),
        pytest.param(HIDDEN, Unreadable.NOT_TEXT, id="document type hidden in UTF-7"),
        pytest.param(BOMB.encode("utf-16"), Unreadable.NOT_TEXT, id="UTF-16"),
        pytest.param("Plass på søk".encode("latin-1"), Unreadable.NOT_TEXT, id="Latin 1"),
        pytest.param(zipped(), Unreadable.NOT_TEXT, id="zip"),
        pytest.param(b"\x89PNG\r\n\x1a\n\x00\x00", Unreadable.NOT_TEXT, id="picture"),
        pytest.param(b" " * 10_000_000, Unreadable.TOO_LARGE, id="10 MB"),
        pytest.param(b"<trans-unit/>" * 100_000, Unreadable.TOO_LARGE, id="too many units"),
        pytest.param("<a>" * 1_000_000, Unreadable.DAMAGED, id="a million deep"),
        pytest.param("", Unreadable.DAMAGED, id="empty"),
        pytest.param(XLIFF.format(FILE.format(UNIT.format("&e;"))), Unreadable.DAMAGED, id="unknown entity"),
        pytest.param(write_po(package()), Unreadable.DAMAGED, id="PO"),
        pytest.param("<html><body/></html>", Unreadable.OTHER_FORMAT, id="other XML"),
        pytest.param(XLIFF.replace("1.2", "2.0").format(""), Unreadable.OTHER_FORMAT, id="XLIFF 2"),
        pytest.param(XLIFF.format(""), Unreadable.OTHER_FORMAT, id="no file element"),
        pytest.param(XLIFF.format(FILE.format("")), Unreadable.NO_ANSWERS, id="no units"),
        pytest.param(XLIFF.format(FILE.format(UNIT.format("x") * 2)), Unreadable.TWICE, id="unit twice"),
        pytest.param(XLIFF.format(FILE.format(UNIT.format("x")) * 2), Unreadable.TWICE, id="answer twice"),
        pytest.param(XLIFF.format(TWO_LANGUAGES), Unreadable.NO_LANGUAGE, id="two languages"),
        pytest.param(
            XLIFF.format(FILE.replace("barnehage", "../x").format(UNIT)), Unreadable.UNKNOWN_KEY, id="strange answer"
        ),
    ],
)
def test_an_xliff_file_that_is_none_is_refused_with_a_reason(data: str | bytes, reason: Unreadable) -> None:
    assert refusal(read_xliff, data.encode() if isinstance(data, str) else data) is reason


HEADER = (
    'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset={}\\n"\n"Language: ar\\n"\n"X-Source-Language: nb\\n"\n\n'
)
ENTRY = 'msgctxt "barnehage|title"\nmsgid "Plass"\nmsgstr "x"\n\n'


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(HEADER.format("UTF-7") + ENTRY, Unreadable.NOT_TEXT, id="another encoding"),
        pytest.param(HEADER.format("nonsense") + ENTRY, Unreadable.DAMAGED, id="unknown encoding"),
        pytest.param(HEADER.format("UTF-8"), Unreadable.NO_ANSWERS, id="only a header"),
        pytest.param(ENTRY, Unreadable.NO_LANGUAGE, id="no header"),
        pytest.param(HEADER.format("UTF-8") + ENTRY * 2, Unreadable.TWICE, id="unit twice"),
        pytest.param(HEADER.format("UTF-8") + 'msgid "a"\nmsgstr "b"\n', Unreadable.UNKNOWN_KEY, id="other PO file"),
        pytest.param("Hei, her er oversettelsen.", Unreadable.DAMAGED, id="a letter"),
        pytest.param("", Unreadable.NO_ANSWERS, id="empty"),
        pytest.param(zipped(), Unreadable.NOT_TEXT, id="zip"),
        pytest.param(b" " * (MOST_BYTES + 1), Unreadable.TOO_LARGE, id="too large"),
        pytest.param(b'msgid ""\n' * 100_000, Unreadable.TOO_LARGE, id="too many entries"),
        pytest.param(write_xliff(package()), Unreadable.DAMAGED, id="XLIFF"),
    ],
)
def test_a_po_file_that_is_none_is_refused_with_a_reason(data: str | bytes, reason: Unreadable) -> None:
    assert refusal(read_po, data.encode() if isinstance(data, str) else data) is reason


@pytest.mark.parametrize(("write", "read"), FORMATS)
def test_a_file_that_was_cut_off_is_refused_or_has_fewer_units(write: Write, read: Read) -> None:
    whole = write(package())
    sent = {unit.key: unit.target for unit in units("barnehage", SOURCE, ARABIC)}

    for length in range(0, len(whole), 37):
        try:
            back = read(whole[:length])
        except UnreadableExchange:
            continue
        assert all(sent[unit.key].startswith(unit.target) for unit in back.answers[0].units)
