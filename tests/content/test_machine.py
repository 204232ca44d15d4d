"""A machine gives a draft or a clear no; facts and key words survive it, or the line is left to a person."""

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pytest

from content.freshness import Text
from content.machine.apertium import Apertium, find_apertium
from content.machine.asking import in_batches
from content.machine.deepl import DeepL
from content.machine.drafting import draft
from content.machine.libretranslate import LibreTranslate
from content.machine.placeholders import as_words, as_xml, from_words, from_xml
from content.machine.port import Away, MachineTranslator, NoTranslator, TranslatorAway
from tests.fakes.loopback import listening
from tests.fakes.loopback_http import Cut, Request, Response, serving

SOURCE = Text(
    title="Søk plass",
    short="Ring {fact:office.phone} om [barnehage].",
    full="Alle & enhver <kan> søke.\n\n- Logg inn.\n- {fact:link}\n2. Vent til {fact:date}.",
    applies_to="",
    next_steps=("Søk.", "Vent."),
    referral={"whom": "Kontoret", "how": ""},
    easy="Alle kan søke.\nRing {fact:office.phone}.",
)


class Upper:
    """Translates into capitals, and forgets the facts of the lines that it is told to spoil."""

    name = "Upper"

    def __init__(self, *, spoils: str = "\n") -> None:
        self.spoils = spoils
        self.asked: list[str] = []

    def can(self, source: str, target: str) -> bool:
        return (source, target) == ("nb", "en")

    async def translate(self, texts: Sequence[str], *, source: str, target: str) -> list[str]:
        self.asked += texts
        return [from_words(self.shout(as_words(text)), original=text) for text in texts]

    def shout(self, text: str) -> str:
        return "LOST" if self.spoils in text else text.upper()


async def refusal(translator: MachineTranslator, target: str = "en") -> Away:
    with pytest.raises(TranslatorAway) as refused:
        await translator.translate(["Hei {fact:a}"], source="nb", target=target)
    assert refused.value.code == "translator_away"
    assert "secret" not in str(refused.value)
    return refused.value.reason


async def test_a_draft_keeps_paragraphs_lists_facts_and_key_words() -> None:
    text = await draft(Upper(), SOURCE, source_language="nb", target_language="en")

    assert text == Text(
        title="SØK PLASS",
        short="RING {fact:office.phone} OM [barnehage].",
        full="ALLE & ENHVER <KAN> SØKE.\n\n- LOGG INN.\n- {fact:link}\n2. VENT TIL {fact:date}.",
        applies_to="",
        next_steps=("SØK.", "VENT."),
        referral={"whom": "KONTORET", "how": ""},
        easy="ALLE KAN SØKE.\nRING {fact:office.phone}.",
    )


async def test_a_line_that_lost_a_fact_is_left_to_a_person() -> None:
    text = await draft(Upper(spoils="Vent til"), SOURCE, source_language="nb", target_language="en")

    assert text.full.split("\n")[-1] == "2. "
    assert text.title == "SØK PLASS"


async def test_a_translator_that_breaks_its_promise_is_not_believed() -> None:
    class Careless(Upper):
        async def translate(self, texts: Sequence[str], *, source: str, target: str) -> list[str]:
            return [text.replace("{fact:office.phone}", "12 34 56 78") for text in texts]

    text = await draft(Careless(), SOURCE, source_language="nb", target_language="en")

    assert text.short == ""


async def test_a_translator_that_returns_too_little_gives_no_draft() -> None:
    class Short(Upper):
        async def translate(self, texts: Sequence[str], *, source: str, target: str) -> list[str]:
            return list(texts)[1:]

    with pytest.raises(TranslatorAway) as refused:
        await draft(Short(), SOURCE, source_language="nb", target_language="en")

    assert refused.value.reason is Away.UNINTELLIGIBLE


async def test_lines_without_words_and_lines_twice_are_not_sent_again() -> None:
    translator = Upper()

    await draft(translator, SOURCE, source_language="nb", target_language="en")

    assert "{fact:link}" not in translator.asked
    assert max(Counter(translator.asked).values()) == 1


@pytest.mark.parametrize("translator", [NoTranslator(), Upper(), DeepL("secret"), Apertium(Path("/no/apertium"))])
async def test_languages_that_a_translator_does_not_have_are_refused_at_once(translator: MachineTranslator) -> None:
    assert not translator.can("nb", "ti")
    with pytest.raises(TranslatorAway) as refused:
        await draft(translator, SOURCE, source_language="nb", target_language="ti")

    assert refused.value.reason is Away.LANGUAGES


KEPT = "Ring {fact:a.b} om [key & word], {fact:a.b} < QX7Q."


@pytest.mark.parametrize("back", [as_words(KEPT), "qx3q, QX 2 Q QX1Q Qx0q"])
def test_hidden_words_are_put_back_wherever_they_come(back: str) -> None:
    text = from_words(back, original=KEPT)

    assert Counter(text.replace(",", " ").split())["{fact:a.b}"] == 2
    assert "[key & word]" in text
    assert "QX7Q" in text


@pytest.mark.parametrize("back", ["", "QX0Q QX1Q QX2Q", "QX0Q QX1Q QX2Q QX3Q QX3Q", "QX0Q QX1Q QX2Q QX3Q QX4Q", "QX0Q"])
def test_lost_doubled_and_invented_words_leave_the_text_empty(back: str) -> None:
    assert from_words(back, original=KEPT) == ""


def test_xml_keeps_signs_and_facts() -> None:
    sent = as_xml(KEPT)

    assert sent.startswith('Ring <x id="0">{fact:a.b}</x> om <x id="1">[key &amp; word]</x>, ')
    assert from_xml(sent, original=KEPT) == KEPT
    assert from_xml(sent.replace("Ring", "Call &lt;b&gt;"), original=KEPT).startswith("Call <b> {fact:a.b}")
    assert from_xml(sent.replace('<x id="0">{fact:a.b}</x>', '<x id="0"/>'), original=KEPT) == KEPT


@pytest.mark.parametrize(("before", "after"), [('id="1"', 'id="0"'), ("</x>", ""), ("Ring", "<b>Ring</b>")])
def test_spoilt_xml_leaves_the_text_empty(before: str, after: str) -> None:
    assert from_xml(as_xml(KEPT).replace(before, after), original=KEPT) == ""


def test_questions_are_no_larger_than_a_service_takes() -> None:
    texts = ["ø" * 40, *["a"] * 7, "z" * 500]

    batches = list(in_batches(texts, most=3, most_bytes=300))

    assert [text for batch in batches for text in batch] == texts
    assert [len(batch) for batch in batches] == [3, 3, 2, 1]


# --- Services, as real sockets on loopback ---

Make = Callable[[str], MachineTranslator]
SERVICES: list[Make] = [
    lambda address: DeepL("secret", address=address, seconds=20),
    lambda address: LibreTranslate(address, key="secret", seconds=20),
]
HASTY: list[Make] = [
    lambda address: DeepL("secret", address=address, seconds=0.4),
    lambda address: LibreTranslate(address, key="secret", seconds=0.4),
]


def deepl_answers(request: Request) -> Response:
    """As DeepL does; it refuses a wrong key, too many texts and XML that is none."""
    asked = json.loads(request.body)
    if request.headers["authorization"] != "DeepL-Auth-Key secret":
        return Response(403)
    assert (request.method, request.path) == ("POST", "/v2/translate")
    assert (asked["source_lang"], asked["target_lang"], asked["ignore_tags"]) == ("NB", "EN-GB", ["x"])
    assert len(asked["text"]) <= 50
    rows = [{"detected_source_language": "NB", "text": text.replace("Ring", "Call")} for text in asked["text"]]
    return Response(200, json.dumps({"translations": rows}).encode())


def libretranslate_answers(request: Request) -> Response:
    """As LibreTranslate does, with a batch limit of 32."""
    asked = json.loads(request.body)
    if asked.get("api_key") != "secret":
        return Response(403, b'{"error": "Invalid API key"}')
    assert (request.method, request.path) == ("POST", "/translate")
    assert (asked["source"], asked["target"], asked["format"]) == ("nb", "en", "text")
    assert len(asked["q"]) <= 32
    return Response(200, json.dumps({"translatedText": [text.replace("Ring", "Call") for text in asked["q"]]}).encode())


@pytest.mark.parametrize(
    ("make", "answers"), [(SERVICES[0], deepl_answers), (SERVICES[1], libretranslate_answers)], ids=["deepl", "libre"]
)
async def test_a_service_translates_many_lines_in_order(make: Make, answers: Callable[[Request], Response]) -> None:
    async def handle(request: Request) -> Response:
        return answers(request)

    texts = [f"Ring {{fact:a}} & [svar] <{number}>" for number in range(120)]
    async with serving(handle) as port:
        translated = await make(f"http://127.0.0.1:{port}/").translate(texts, source="nb", target="en")

    assert translated == [text.replace("Ring", "Call") for text in texts]


@pytest.mark.parametrize(
    ("make", "answers"),
    [
        (lambda address: DeepL("wrong", address=address), deepl_answers),
        (LibreTranslate, libretranslate_answers),
    ],
    ids=["deepl", "libre"],
)
async def test_a_wrong_key_is_named(make: Make, answers: Callable[[Request], Response]) -> None:
    async def handle(request: Request) -> Response:
        return answers(request)

    async with serving(handle) as port:
        assert await refusal(make(f"http://127.0.0.1:{port}")) is Away.REFUSED


async def never(_request: Request) -> Response:
    await asyncio.sleep(60)
    return Response(200)


async def cut(_request: Request) -> Response:
    raise Cut


def always(status: int, body: bytes = b"") -> Callable[[Request], Awaitable[Response]]:
    async def handle(_request: Request) -> Response:
        return Response(status, body, {"Location": "http://127.0.0.1:9/"} if status == 302 else {})

    return handle


@pytest.mark.parametrize("make", SERVICES, ids=["deepl", "libre"])
@pytest.mark.parametrize(
    ("handle", "reason"),
    [
        pytest.param(cut, Away.UNREACHABLE, id="cut"),
        pytest.param(always(429), Away.BUSY, id="429"),
        pytest.param(always(456), Away.USED_UP, id="456"),
        pytest.param(always(500, b"<html>"), Away.FAILED, id="500"),
        pytest.param(always(302), Away.FAILED, id="redirection"),
        pytest.param(always(200, b"<html>"), Away.UNINTELLIGIBLE, id="no JSON"),
        pytest.param(always(200, b"\xff\xfe\x00"), Away.UNINTELLIGIBLE, id="binary"),
        pytest.param(always(200, b"[" * 200_000), Away.UNINTELLIGIBLE, id="deep JSON"),
        pytest.param(always(200, b" " * 3_000_000), Away.UNINTELLIGIBLE, id="3 MB"),
        pytest.param(always(200, b"[]"), Away.UNINTELLIGIBLE, id="other JSON"),
        pytest.param(always(200, b'{"translations": [{}], "translatedText": 7}'), Away.UNINTELLIGIBLE, id="no texts"),
        pytest.param(
            always(200, b'{"translations": [{"text": "a"}, {"text": "b"}], "translatedText": ["a", "b"]}'),
            Away.UNINTELLIGIBLE,
            id="too many texts",
        ),
    ],
)
async def test_a_service_that_fails_gives_a_clear_no(
    make: Make, handle: Callable[[Request], Awaitable[Response]], reason: Away
) -> None:
    async with serving(handle) as port:
        assert await refusal(make(f"http://127.0.0.1:{port}")) is reason


@pytest.mark.parametrize("make", HASTY, ids=["deepl", "libre"])
async def test_a_service_that_says_nothing_is_given_up(make: Make) -> None:
    async with serving(never) as port:
        assert await refusal(make(f"http://127.0.0.1:{port}")) is Away.SLOW


async def drip(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One byte at a time, for ever: each is in time, all together never come to an end."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while not writer.is_closing():
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("make", HASTY, ids=["deepl", "libre"])
async def test_a_service_that_drips_is_given_up(make: Make) -> None:
    async with listening(drip) as port:
        assert await refusal(make(f"http://127.0.0.1:{port}")) is Away.SLOW


@pytest.mark.parametrize("make", SERVICES, ids=["deepl", "libre"])
@pytest.mark.parametrize("address", ["http://127.0.0.1:9", "ftp://127.0.0.1", "no address", "http://[::1"])
async def test_an_address_where_nobody_is_gives_a_clear_no(make: Make, address: str) -> None:
    assert await refusal(make(address)) is Away.UNREACHABLE


# --- Apertium ---


def script(folder: Path, body: str) -> Path:
    program = folder / "apertium"
    program.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    program.chmod(0o755)
    return program


async def test_apertium_is_run_for_nynorsk_without_our_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://secret")
    program = script(tmp_path, f'echo "$@ $DATABASE_URL" > {tmp_path}/called; sed s/ikke/ikkje/')

    translated = await Apertium(program).translate(["Ikke ring {fact:a}, ikke!"], source="nb", target="nn")

    assert translated == ["Ikke ring {fact:a}, ikkje!"]
    assert (tmp_path / "called").read_text().strip() == "-u nob-nno"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("sleep 60 | sleep 60", Away.SLOW),
        ("exit 1", Away.FAILED),
        ("printf '\\377\\376'", Away.UNINTELLIGIBLE),
    ],
)
async def test_apertium_that_fails_gives_a_clear_no(tmp_path: Path, body: str, reason: Away) -> None:
    seconds = 0.4 if reason is Away.SLOW else 20
    assert await refusal(Apertium(script(tmp_path, body), seconds=seconds), "nn") is reason


async def test_apertium_that_is_gone_gives_a_clear_no(tmp_path: Path) -> None:
    assert await refusal(Apertium(tmp_path / "apertium"), "nn") is Away.UNREACHABLE


def test_apertium_is_found_only_where_it_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    before = find_apertium()
    script(tmp_path, "cat")

    assert before is None
    assert find_apertium() is not None


async def test_the_real_apertium_writes_nynorsk_and_keeps_the_facts() -> None:
    apertium = find_apertium()
    if apertium is None:
        pytest.skip("Apertium is not installed (Debian: apt-get install apertium-nno-nob)")

    text = await draft(
        apertium,
        Text("Jeg vet ikke", "Ring {fact:office.phone} om [barnehage]."),
        source_language="nb",
        target_language="nn",
    )

    assert text.title in ("Eg veit ikkje", "Eg veit ikkje.")
    assert "{fact:office.phone}" in text.short
    assert "[barnehage]" in text.short
