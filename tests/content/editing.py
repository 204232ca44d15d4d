"""Changes files of a library as an editor would."""

from collections.abc import Mapping
from pathlib import Path

KINDERGARTEN = "services/services-kindergarten"
ANSWER = {"id": "{id}", "owner": "service-centre", "contact": "service-centre"}
TEXT = {"title": "Title of {id}", "short": "Short text of {id}.", "full": "Full text of {id}."}


def change(file: Path, old: str, new: str) -> None:
    """Put other words in place of words that stand there once."""
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
    file.write_text(text.replace(old, new), encoding="utf-8")


def make_answer(folder: Path, answer_id: str, texts: Mapping[str, Mapping[str, str]], **more: str) -> Path:
    """A new answer's folder; texts are by language, values stand in the files as they are given."""
    place = folder / "services" / answer_id
    place.mkdir(parents=True)
    _write(place / "answer.yaml", {**ANSWER, "area": "services", **more}, answer_id)
    for language, values in texts.items():
        _write(place / f"{language}.yaml", {"language": language, **TEXT, **values}, answer_id)
    return place


def _write(file: Path, values: Mapping[str, str], answer_id: str) -> None:
    lines = [f"{key}: {value.replace('{id}', answer_id)}\n" for key, value in values.items()]
    file.write_text("".join(lines), encoding="utf-8")
