"""`brobygger ask`: what the channels would answer, as JSON, for programs that build on it. Nothing is written."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import Mapping
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.turn import Outcome, Turn
from brobygger import asking, cli
from brobygger.asking import Question, as_json, read_batch, read_question
from core.database import Base, Database
from core.errors import SetupProblem
from core.messages import Kind, OutgoingMessage, Piece
from core.timeline import list_entries
from tests.conftest import Town
from tests.content.editing import make_answer

ROOT = Path(__file__).resolve().parents[2]
KEYS = ["id", "kind", "answer", "choices", "intent", "certainty", "asked_in", "shown_in", "text"]


async def ask(town: Town, text: str, language: str | None = None, question_id: object = None) -> dict[str, object]:
    """One question, read back from its JSON."""
    question = Question(question_id, language, text)
    turn, asked_in = asking.ask(await town.conversation(), question)
    line = as_json(question, turn, asked_in)
    assert "\n" not in line
    return dict(json.loads(line))


async def row_counts(database: Database) -> Mapping[str, int]:
    """How many rows every table has."""
    async with database.reading() as session:
        return {
            name: await session.scalar(select(func.count()).select_from(table)) or 0
            for name, table in Base.metadata.tables.items()
        }


@pytest.mark.parametrize(
    ("text", "language", "title"),
    [("hva koster barnehagen", "nb", "Plass i barnehage"), ("كم تكلف الروضة", "ar", "مكان في الروضة")],
)
async def test_an_answer_has_all_keys_in_their_order(town: Town, text: str, language: str, title: str) -> None:
    found = await ask(town, text, language, question_id="q-1")

    assert list(found) == KEYS
    assert {key: found[key] for key in ("id", "kind", "answer", "intent", "asked_in", "shown_in")} == {
        "id": "q-1",
        "kind": "answer",
        "answer": "services-kindergarten",
        "intent": None,
        "asked_in": language,
        "shown_in": language,
    }
    assert isinstance(found["certainty"], float)
    assert 0.3 < found["certainty"] <= 1
    assert str(found["text"]).startswith(title)


EVERY_KIND: list[tuple[str, str, dict[str, object]]] = [
    ("زوجي يضربني", "ar", {"kind": "safety", "answer": "services-partner-violence", "certainty": 1.0}),
    ("mannen min slår meg", "so", {"kind": "safety", "answer": "services-partner-violence", "asked_in": "so"}),
    ("كيف الطقس", "ar", {"kind": "not_found", "answer": None, "choices": [], "shown_in": None}),
    ("meny", "nb", {"kind": "intent", "intent": "menu", "answer": None, "shown_in": "nb"}),
    ("stopp", "nb", {"kind": "intent", "intent": "stop"}),
    ("somali", "nb", {"kind": "intent", "intent": "language", "asked_in": "nb", "shown_in": "so"}),
    ("01019012345", "nb", {"kind": "intent", "intent": "secret"}),
    ("", "nb", {"kind": "intent", "intent": "help"}),
    ("what is dugnad", "ti", {"kind": "answer", "answer": "practice-dugnad", "asked_in": "ti", "shown_in": "en"}),
]


async def test_every_kind_says_what_it_is(town: Town) -> None:
    for text, language, expected in EVERY_KIND:
        found = await ask(town, text, language)

        assert {key: found[key] for key in expected} == expected


def test_choices_are_listed_most_likely_first() -> None:
    message = OutgoingMessage("nb", (Piece(Kind.TEXT, "Er det en av disse?"),))
    turn = Turn(Outcome.CHOICES, message, choices=("b", "a"), certainty=0.23456)

    found = json.loads(as_json(Question(7, "nb", "penger"), turn, "nb"))

    assert found == {
        "id": 7,
        "kind": "choices",
        "answer": None,
        "choices": ["b", "a"],
        "intent": None,
        "certainty": 0.2346,
        "asked_in": "nb",
        "shown_in": None,
        "text": "Er det en av disse?",
    }


LANGUAGES: list[tuple[str, str | None, str]] = [
    ("كم تكلف الروضة", None, "ar"),
    ("Hvordan søker jeg om plass i barnehagen?", None, "nb"),
    ("12345", None, "nb"),
    ("hva koster barnehagen", "no", "nb"),
    ("کودکستان چقدر قیمت دارد", "fa-AF", "fa"),
    ("kindergarten", "tlh", "en"),
]


async def test_the_language_is_the_one_that_was_said_or_else_guessed(town: Town) -> None:
    found = [(text, language, (await ask(town, text, language))["asked_in"]) for text, language, _asked_in in LANGUAGES]

    assert found == LANGUAGES


async def test_a_secret_is_not_repeated(town: Town) -> None:
    found = await ask(town, "fnr 01019012345, hva koster barnehagen", "nb")

    assert found["answer"] == "services-kindergarten"
    assert "01019012345" not in str(found)


async def test_asking_writes_nothing(town: Town) -> None:
    before = await row_counts(town.database)

    for text in ("hva koster barnehagen", "كيف الطقس", "زوجي يضربني", "stopp", "slett meg", "meld meg av"):
        await ask(town, text)

    assert await row_counts(town.database) == before


# Batches


def test_a_batch_is_read_in_order_with_any_kind_of_id() -> None:
    lines = ['{"id": 1, "lang": "nb", "text": "a"}', "", '{"id": "x", "text": "كيف"}\r', '{"text": "c", "lang": null}']

    questions = read_batch(iter(lines))

    assert questions == [Question(1, "nb", "a"), Question("x", None, "كيف"), Question(None, None, "c")]


@pytest.mark.parametrize(
    "line",
    [
        "hva koster barnehagen",
        '{"id": 1, "text": "a"',
        '["a"]',
        "null",
        '"a"',
        '{"id": 1}',
        '{"text": 5}',
        '{"text": null}',
        '{"text": "a", "lang": 5}',
        '{"text": "a", "lang": ["nb"]}',
        '{"text": "half a character: \\ud800"}',
        '{"text": "a", "id": NaN}',
        '{"text": "a", "id": 1e999}',
        "[" * 100_000,
    ],
)
def test_a_bad_line_is_named_by_its_number(line: str) -> None:
    with pytest.raises(SetupProblem, match=r"^.*Line 3") as problem:
        read_batch(iter(['{"text": "a"}', "", line]))

    assert "\n" not in problem.value.what


def test_a_question_that_is_no_text_is_said_to_be_none() -> None:
    with pytest.raises(SetupProblem) as problem:
        read_question("a\udcff", "nb")

    assert problem.value.what == "The question is not UTF-8 text."


async def run(*arguments: str, given: str = "", **settings: str) -> tuple[int | None, str, str]:
    """`brobygger` as a program: exit status, what it printed, what it told."""
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "brobygger",
        *arguments,
        env={**os.environ, "BROBYGGER_VECTORS": "none", **settings},
        cwd=ROOT,
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
    )
    out, told = await program.communicate(given.encode())
    return program.returncode, out.decode(), told.decode()


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)  # a program takes its time to start
async def test_the_program_answers_a_batch_in_order_and_writes_nothing(town: Town, tmp_path: Path) -> None:
    questions = [
        {"id": "one", "lang": "ar", "text": "كم تكلف الروضة"},
        {"id": 2, "lang": "nb", "text": "hvem vant kampen"},
        {"id": None, "lang": "ar", "text": "زوجي يضربني"},
        {"id": "four", "text": "hva er dugnad"},
        {"id": "five", "lang": "en", "text": "menu"},
    ]
    file = tmp_path / "batch.jsonl"
    file.write_text("\ufeff" + "\n".join(json.dumps(one, ensure_ascii=False) for one in questions), encoding="utf-8")
    before = await row_counts(town.database)

    status, out, told = await run("ask", "--batch", str(file), "--json", DATABASE_URL=town.database.url)

    answers = [json.loads(line) for line in out.splitlines()]
    assert (status, told) == (0, "")
    assert all(list(one) == KEYS for one in answers)
    assert [(one["id"], one["kind"]) for one in answers] == [
        ("one", "answer"),
        (2, "not_found"),
        (None, "safety"),
        ("four", "answer"),
        ("five", "intent"),
    ]
    assert await row_counts(town.database) == before


@pytest.mark.slow
async def test_the_program_brings_its_own_starter_library_when_the_database_is_empty(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'new' / 'town.sqlite3'}"

    status, out, _told = await run("ask", "--lang", "uk", "--json", "Як знайти лікаря?", DATABASE_URL=address)

    answer = json.loads(out)
    assert status == 0
    assert (answer["id"], answer["asked_in"]) == (None, "uk")
    assert answer["kind"] in ("answer", "choices")


@pytest.mark.slow
async def test_a_library_with_mistakes_is_refused_by_the_program(town: Town, tmp_path: Path) -> None:
    (tmp_path / "profile.yaml").write_text("nam: Prøvevik\n")
    before = await row_counts(town.database)

    status, out, told = await run("content", "import", str(tmp_path), DATABASE_URL=town.database.url)

    assert (status, out) == (2, "")
    assert f"{tmp_path.name}/profile.yaml:1: 'nam' is unknown here" in told
    assert told.splitlines()[-1] == "brobygger: 2 mistakes: nothing was imported. Mend them and try again."
    assert await row_counts(town.database) == before


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_the_program_imports_for_residents_or_for_the_desk(town: Town, tmp_path: Path) -> None:
    make_answer(tmp_path, "services-fishing", {"nb": {"title": "Fiskekort"}})
    there = {"DATABASE_URL": town.database.url}

    _, _, drafts = await run("content", "import", str(tmp_path), "--as-drafts", **there)
    status, _, told = await run("content", "import", str(tmp_path), **there)
    refused, _, why = await run("content", "import", str(tmp_path), "--as-drafts", "--replace", **there)

    assert "1 texts are drafts at the desk now, 0 unchanged, 0 left" in drafts
    assert status == 0
    assert "1 texts published" in told
    assert refused == 2
    assert "choose one" in why
    async with town.database.reading() as session:
        imported = [one for one in await list_entries(session) if one.event == "library_imported"]
    assert imported[0].details == {"texts": "1", "withdrawn": "0"}


# What a person can mend is one line and exit status 2


@pytest.mark.parametrize(
    ("arguments", "settings", "reason"),
    [
        (["ask"], {}, "Give either a question or --batch FILE"),
        (["ask", "hei", "--batch", "x"], {}, "Give either a question or --batch FILE"),
        (["ask", "--batch", "nowhere.jsonl"], {}, "nowhere.jsonl cannot be read (No such file or directory)"),
        (["ask", "--batch", "latin.jsonl"], {}, "latin.jsonl is not UTF-8 text"),
        (["ask", "--batch", "bad.jsonl"], {}, "Line 2 is not JSON"),
        (["ask", "--json", "hei"], {"BROBYGGER_PORT": "eighty"}, "BROBYGGER_PORT is 'eighty'"),
        (["ask", "hei"], {"DATABASE_URL": "mysql://town"}, "DATABASE_URL names 'mysql'"),
        (["run"], {"BROBYGGER_LOG_JSON": "yes"}, "BROBYGGER_LOG_JSON is 'yes'"),
        (["migrate"], {"BROBYGGER_KEEP_DAYS": "0"}, "BROBYGGER_KEEP_DAYS is '0'"),
        (["content", "check", "nowhere"], {}, "1 things to mend in nowhere"),
        (["content", "stamp", "nowhere"], {}, "1 mistakes"),
    ],
)
def test_a_problem_is_one_line_and_exit_status_two(
    arguments: list[str],
    settings: dict[str, str],
    reason: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "latin.jsonl").write_bytes('{"text": "blåbær"}'.encode("latin-1"))
    (tmp_path / "bad.jsonl").write_text('{"text": "a"}\n{"text": \n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["brobygger", *arguments])
    for name, value in settings.items():
        monkeypatch.setenv(name, value)

    with pytest.raises(SystemExit) as ended:
        cli.main()

    told = capsys.readouterr().err.splitlines()
    assert ended.value.code == 2
    assert told[-1].startswith(f"brobygger: {reason}")
    assert not any("Traceback" in line for line in told)
