"""CLINC150 through the same finding code: 10 examples an intent, measured on its validation part.

    python -m benchmarks.clinc [--export FOLDER]

The data is read from ../shared/data/clinc150 (CC BY 3.0) and never copied. --export writes the training part as a
library, for `brobygger content import FOLDER`. Rasa 3.6.21 (DIET, default pipeline), by the same split: 0.721 top-1,
0.854 AUROC, 541 s of training (shared/peers/rasa).
"""

import argparse
import json
import random
import statistics
import time
from collections import defaultdict
from pathlib import Path

import numpy as np

from benchmarks.quality import auroc
from benchmarks.questions import SHARED
from content.finding.building import Example, build
from content.finding.certainty import calibration
from content.finding.finder import Finder
from content.finding.sentences import UniversalSentenceEncoder
from content.library_files import write_yaml

EXAMPLES = 10


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--export", type=Path)
    chosen = options.parse_args()
    folder = SHARED / "clinc150"
    if not folder.is_dir():
        print("CLINC150 is not here (../shared/data/clinc150): nothing measured.")
        return
    if chosen.export:
        export(chosen.export, examples(first=True))
        return
    for name, first in (("the first 10 of each intent", True), ("10 of each at random", False)):
        print(f"{name}: {measure(examples(first=first))}")


def rows(name: str) -> list[dict[str, str]]:
    text = (SHARED / "clinc150" / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def examples(*, first: bool) -> dict[str, list[str]]:
    """Ten training sentences for each intent."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in rows("train.jsonl"):
        found[row["intent"]].append(row["text"])
    draw = random.Random(150)
    return {
        intent: several[:EXAMPLES] if first else draw.sample(several, EXAMPLES)
        for intent, several in sorted(found.items())
    }


def measure(training: dict[str, list[str]]) -> str:
    """Build an index, ask the validation questions and the out-of-scope ones."""
    encoder = UniversalSentenceEncoder()
    started = time.perf_counter()
    index = build(
        [Example(text, "en", intent) for intent, texts in training.items() for text in texts],
        safety=frozenset(),
        encoder=encoder,
    )
    built = time.perf_counter() - started
    finder = Finder(index, encoder)
    certainty = calibration("en")
    seconds, right, top3, inside = [], [], [], []
    for row in rows("val.jsonl"):
        started = time.perf_counter()
        ranking = finder.rank(row["text"])
        seconds.append(time.perf_counter() - started)
        ids = [one.answer_id for one in ranking.candidates]
        right.append(ids[0] == row["intent"])
        top3.append(row["intent"] in ids[:3])
        inside.append(certainty.certainty(ranking.signs))
    outside = [
        certainty.certainty(finder.rank(row["text"]).signs) for row in rows("oos_train.jsonl") + rows("oos_val.jsonl")
    ]
    return (
        f"top-1 {statistics.mean(right):.3f}  top-3 {statistics.mean(top3):.3f}  AUROC {auroc(inside, outside):.3f}"
        f"  training {built:.1f} s  p50 {np.quantile(seconds, 0.5) * 1e3:.2f} ms"
        f"  p99 {np.quantile(seconds, 0.99) * 1e3:.2f} ms"
    )


def export(folder: Path, training: dict[str, list[str]]) -> None:
    """Write a library that `brobygger content import` takes."""
    for intent, texts in training.items():
        place = folder / "clinc" / intent
        write_yaml(place / "answer.yaml", {"id": intent, "area": "clinc", "source_language": "en"})
        title = intent.replace("_", " ")
        write_yaml(place / "en.yaml", {"language": "en", "origin": "written", "title": title, "asked_as": texts})
    print(f"{len(training)} answers written to {folder}")


if __name__ == "__main__":
    main()
