"""Reads question sets: JSON lines {"id", "lang", "text", "answer", "kind"}; answer is null when no answer covers it.

kind: keyword (one word or fixed term), misspelt, mixed (with words of another language), question, story, outside.
None of them stands word for word in the wordings (a house rule): keywords are the ones that nobody has taught.

tests/questions/<lang>.jsonl is the test part: it decides nothing, it only measures.
tests/questions/development/<lang>.jsonl is the development part: thresholds and weights come from it.
Both were written by people who had read topics.yaml, but not the wordings.
"""

import json
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "questions"
SHARED = Path(__file__).resolve().parent.parent.parent / "shared" / "data"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and the answer it should get (None: none)."""

    id: str
    language: str
    text: str
    answer: str | None
    kind: str = ""


def read_questions(folder: Path = FOLDER) -> dict[str, list[Asked]]:
    """All questions of a folder, by language."""
    found: dict[str, list[Asked]] = {}
    for file in sorted(folder.glob("*.jsonl")):
        rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
        found[file.stem] = [
            Asked(row["id"], row["lang"], row["text"], row["answer"], row.get("kind", "")) for row in rows
        ]
    return found
