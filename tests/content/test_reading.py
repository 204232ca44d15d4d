"""Whatever is wrong with a library is named with its file and line, and nothing of it is taken."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brobygger.preparing import import_folder
from content.library_files import LibraryUnreadable, read_library, write_yaml
from content.publishing import get_version
from content.yaml_files import Problem, read_section
from core.database import Database
from tests.conftest import LIBRARY
from tests.content.editing import KINDERGARTEN, change, make_answer

NB, AR, ANSWER = f"{KINDERGARTEN}/nb.yaml", f"{KINDERGARTEN}/ar.yaml", f"{KINDERGARTEN}/answer.yaml"
FACTS, PROFILE, OUTSIDE = "facts/facts.yaml", "profile.yaml", "outside/ar.yaml"


def problems(folder: Path) -> list[Problem]:
    """What reading the folder complains of."""
    with pytest.raises(LibraryUnreadable) as unreadable:
        read_library(folder)
    return unreadable.value.problems


# file, what stood there, what stands there now, the line complained of, words of the complaint
MISTAKES = [
    (NB, "title:", "titel:", 3, "'titel' is unknown here"),
    (NB, "title: Plass i barnehage", "title: ''", 3, "'title' is missing"),
    (NB, "title: Plass i barnehage\n", "", 1, "'title' is missing"),
    (NB, "title: Plass i barnehage", "title: [Plass]", 3, "must be one text"),
    (NB, "title: Plass i barnehage", f"title: {'x' * 201}", 3, "at most 200"),
    (NB, "language: nb", "language: nn", 1, "the file is called nb.yaml"),
    (NB, "origin: written", "origin: robot", 2, "must be one of written, human, machine, machine_checked"),
    (NB, "- søke barnehageplass", "- barnehage: hva koster det?", 22, "put it in quotation marks"),
    (NB, "- søke barnehageplass", "- ", 22, "must be a text"),
    (NB, "- søke barnehageplass", f"- {'x' * 501}", 22, "at most 500"),
    (NB, "  whom: '{fact", "  who: '{fact", 16, "'who' is unknown here"),
    (NB, "next_steps:\n- Søk før fristen.\n- Spør om lavere pris.", "next_steps:\n  en: x", 13, "must be a list"),
    (NB, "applies_to: Gjelder", "title: Gjelder", 11, "'title' stands twice"),
    (NB, "applies_to: Gjelder", "applies_to: 'Gjelder", 16, "not readable as YAML"),
    (NB, "applies_to: Gjelder", "applies_to: {fact:library.name} Gjelder", 11, "not readable as YAML"),
    (NB, "applies_to: Gjelder", "{a: b}: Gjelder", 11, "a name must be one word"),
    (NB, "applies_to: Gjelder familier", 'applies_to: "Gjelder\\0familier"\n#', 11, "no text"),
    (NB, "{fact:kindergarten-price}", "{fact:Kindergarten-price}", 4, "write it as {fact:name}"),
    (NB, "{fact:kindergarten-price}", "{ fact:kindergarten-price }", 4, "write it as {fact:name}"),
    (AR, "{fact:kindergarten-price}", "{fact kindergarten-price}", 5, "write it as {fact:name}"),
    (AR, "made_from: 609ff6", "made_from: ", 3, "64-digit hash"),
    (ANSWER, "review_by: '2027-05-01'", "review_by: 1. mai 2027", 16, "write a date as 2026-11-21"),
    (ANSWER, "review_by: '2027-05-01'", "review_by: 2027-02-30", 16, "write a date as 2026-11-21"),
    (ANSWER, "id: services-kindergarten", "id: services-nursery", 1, "the folder is called 'services-kindergarten'"),
    (ANSWER, "id: services-kindergarten\n", "", 1, "'id' is missing"),
    (ANSWER, "safety: 'no'", "safety: perhaps", 10, "must be yes or no"),
    (ANSWER, "priority: '1'", "priority: first", 3, "must be a whole number"),
    (ANSWER, "priority: '1'", "priority: ²", 3, "must be a whole number"),
    (ANSWER, "priority: '1'", "priority: 99999999999", 3, "must be a whole number"),
    (ANSWER, "related:\n- premises-borrow-room", "source_language: pl", 1, "the source text pl.yaml is missing"),
    (ANSWER, "sources:\n- url", "sources:\n- link\n- url", 18, "names and values"),
    (FACTS, "type: money", "type: coins", 2, "must be one of money, number"),
    (FACTS, "value: 1200 NOK", "value: dyrt", 3, "'dyrt' is not a value of the type money"),
    (FACTS, "value: 1200 NOK", "value: NaN NOK", 3, "is not a value of the type money"),
    (FACTS, "  value: 1200 NOK\n", "", 2, "'value' is missing"),
    (FACTS, "verified: 'yes'\nemergency", "verified: 'ja'\nemergency", 7, "must be yes or no"),
    (FACTS, "valid_as_of: '2026-11-01'", "valid_as_of: november", 6, "write a date as"),
    (FACTS, "emergency-ambulance:", "kindergarten-price:", 8, "'kindergarten-price' stands twice"),
    (FACTS, "emergency-ambulance:", "Emergency_Ambulance:", 9, "may have small letters"),
    (PROFILE, "name: Prøvevik\n", "", 1, "'name' is missing"),
    (PROFILE, "website: https://", "website: http://", 2, "not a value of the type link"),
    (PROFILE, "website: https", "zone: Europe/Oslow\nwebsite: https", 2, "not a time zone"),
    (PROFILE, "phone: 00 00 00 10", "phone: ring oss", 13, "not a value of the type phone"),
    (PROFILE, "email: torget@provevik.example", "email: torget", 14, "not a value of the type email"),
    (PROFILE, "hours: mon-fri 09:00-15:00", "hours: mandag til fredag", 16, "not a value of the type hours"),
    (PROFILE, "    helps_with:\n      nb: Bøker", "    helps: x\n    helps_with:\n      nb: Bøker", 22, "unknown here"),
    ("wordings/pl.yaml", "services-kindergarten:", "Kindergarten!:", 4, "not the id of an answer"),
    (OUTSIDE, "texts:", "text:", 3, "'text' is unknown here"),
    (OUTSIDE, "- احكي نكتة", "- نكتة: احكي", 4, "put it in quotation marks"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "line", "reason"), MISTAKES)
def test_a_mistake_is_named_with_its_file_and_line(
    library: Path, file: str, old: str, new: str, line: int, reason: str
) -> None:
    change(library / file, old, new)

    found = problems(library)

    assert any((one.path, one.line) == (f"library/{file}", line) and reason in one.reason for one in found), "\n".join(
        map(str, found)
    )


@pytest.mark.parametrize(
    ("file", "content", "reason"),
    [
        (NB, "tittel: blåbær".encode("latin-1"), "not UTF-8 text"),
        (NB, "language: nb".encode("utf-16"), "not UTF-8 text"),
        (NB, b"", "must hold names and values"),
        (NB, b"- just\n- a list\n", "must hold names and values"),
        (NB, b"\x07\x08", "not readable as YAML"),
        (ANSWER, b"id: [", "not readable as YAML"),
        (FACTS, b"fact", "must hold names and values"),
    ],
)
def test_a_file_that_is_no_file_of_the_format_is_named(library: Path, file: str, content: bytes, reason: str) -> None:
    (library / file).write_bytes(content)

    found = problems(library)

    assert any(one.path == f"library/{file}" and reason in one.reason for one in found)


def test_an_answer_in_two_folders_is_named_with_both(library: Path) -> None:
    make_answer(library / "more", "services-kindergarten", {"nb": {}})

    found = problems(library)

    assert [str(one) for one in found] == [
        "library/services/services-kindergarten/answer.yaml:1: the answer 'services-kindergarten' stands in"
        " library/more/services/services-kindergarten/answer.yaml already"
    ]


@pytest.mark.parametrize(("first", "second"), [("nb", "no"), ("fa", "prs"), ("ar", "ar-SY"), ("ti", "tir")])
def test_a_language_in_two_files_is_named(library: Path, first: str, second: str) -> None:
    place = make_answer(library, "services-twice", {"en": {}, first: {}, second: {}}, source_language="en")

    (found,) = problems(library)

    assert found.path.startswith(f"library/services/{place.name}/")
    assert f"the language '{first}' stands in" in found.reason


@pytest.mark.parametrize("name", ["notes.yaml", "norsk.yaml", "1.yaml"])
def test_a_file_that_is_called_after_no_language_is_named(library: Path, name: str) -> None:
    (library / KINDERGARTEN / name).write_text("title: Notes\n")

    assert "not a language code" in str(problems(library)[0])


def test_a_file_with_another_ending_is_not_passed_over(library: Path) -> None:
    (library / AR).rename(library / KINDERGARTEN / "ar.yml")

    (found,) = problems(library)

    assert str(found) == f"library/{KINDERGARTEN}/ar.yml:1: the file must be called ar.yaml"


def test_an_answer_without_any_text_is_named(library: Path) -> None:
    make_answer(library, "services-empty", {})

    (found,) = problems(library)

    assert "there is no language file" in found.reason


def test_a_folder_that_is_not_there_or_holds_nothing_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    assert "no such folder" in problems(tmp_path / "nowhere")[0].reason
    assert "no answer.yaml" in problems(tmp_path / "empty")[0].reason


def test_all_mistakes_are_named_at_once(library: Path) -> None:
    change(library / NB, "title:", "titel:")
    change(library / FACTS, "type: money", "type: coins")
    change(library / PROFILE, "name: Prøvevik", "")

    assert {one.path for one in problems(library)} == {f"library/{file}" for file in (NB, FACTS, PROFILE)}


async def test_of_a_library_with_a_mistake_nothing_is_imported(database: Database, library: Path) -> None:
    change(library / AR, "title:", "titel:")

    with pytest.raises(LibraryUnreadable):
        await import_folder(database, library)

    async with database.reading() as session:
        assert await get_version(session) == 0


async def test_a_text_that_uses_an_unknown_fact_is_named_and_nothing_is_imported(
    database: Database, library: Path
) -> None:
    change(library / AR, "{fact:kindergarten-price}", "{fact:kindergarden-price}")
    change(library / NB, "- Søk før fristen.", "- Skriv til {fact:library.email}.")  # the library has no e-mail address

    with pytest.raises(LibraryUnreadable) as unreadable:
        await import_folder(database, library)

    assert {str(one) for one in unreadable.value.problems} == {
        f"library/{AR}:5: the fact 'kindergarden-price' is used but not known",
        f"library/{NB}:13: the fact 'library.email' is used but not known",
    }
    async with database.reading() as session:
        assert await get_version(session) == 0


def test_words_that_other_yaml_readers_change_stay_words(tmp_path: Path) -> None:
    text = {"title": "no", "short": "113", "full": "2026-11-21", "asked_as": "[on, 0x1F, ~, 1_000]"}
    make_answer(tmp_path, "services-words", {"nb": text}, audience="yes")

    (answer,) = read_library(tmp_path).answers

    (nb,) = answer.translations
    assert (nb.text.title, nb.text.short, nb.text.full) == ("no", "113", "2026-11-21")
    assert nb.asked_as == ("on", "0x1F", "~", "1_000")
    assert answer.audience == ("yes",)


def test_a_library_in_one_other_language_has_that_as_its_source(tmp_path: Path) -> None:
    make_answer(tmp_path, "services-abrar", {"ar": {"title": "مكان في الروضة"}})

    (answer,) = read_library(tmp_path).answers

    assert answer.source_language == "ar"


def test_files_from_windows_are_read_alike(library: Path) -> None:
    for file in library.rglob("*.yaml"):
        file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n"))

    texts = [one.text.hash() for answer in read_library(library).answers for one in answer.translations]

    assert texts == [one.text.hash() for answer in read_library(LIBRARY).answers for one in answer.translations]


@settings(deadline=None)
@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"], include_characters="\n")),
        max_size=4,
    )
)
def test_any_text_that_is_written_is_read_back(texts: list[str]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "one.yaml"
        write_yaml(file, {"texts": texts, **{f"text{n}": text for n, text in enumerate(texts)}})
        found: list[Problem] = []
        section = read_section(file, found, shown_as="one.yaml")

    assert section is not None
    assert [section.text(f"text{n}", "") for n in range(len(texts))] == [text.strip() for text in texts]
    assert found == []
