"""Learns to tell the promised languages apart, and measures it.

    python -m benchmarks.languages [--learn]     (make languages learns)

Learns from the starter library's texts and wordings and the bot's catalogues, and writes core/language_grams.npz.
Measured on messages of three words (tests/questions/language), by somebody who had seen none of these texts.
"""

import argparse
import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import numpy as np
from babel.messages.pofile import read_po

from benchmarks.questions import FOLDER
from content.facts import PLACEHOLDER
from content.library_files import read_library
from core import languages
from core.language_guess import STEPS, guess, runs

LIBRARY = Path(str(resources.files("content"))) / "library"
CATALOGUES = Path(str(resources.files("bot"))) / "locales"
TARGET = Path(str(resources.files("core"))) / "language_grams.npz"
UNSEEN = 0.05  # how often a run counts that a language has never shown
SEEN_AT_LEAST = 3
_IN_BRACKETS = re.compile(r"\([^)]*\)|\{[^}]*\}|https?:\S+")  # Norwegian key words, placeholders, addresses


def measure(folder: Path = FOLDER / "language") -> dict[str, float]:
    """Which share of each language's short messages is told."""
    found: dict[str, list[bool]] = defaultdict(list)
    for file in sorted(folder.glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            found[row["lang"]].append(guess(row["text"]) == row["lang"])
    return {language: sum(truths) / len(truths) for language, truths in found.items()}


def learn() -> None:
    """Count, and write the file."""
    counts: dict[str, Counter[str]] = {language: Counter() for language in languages.PROMISED}
    for language, text in (*_from_library(), *_from_catalogues()):
        counts[language].update(runs(_IN_BRACKETS.sub(" ", text)))
    total = sum(counts.values(), Counter())
    kept = sorted(run for run, times in total.items() if times >= SEEN_AT_LEAST)
    likely = np.zeros((len(kept), len(counts)), dtype=np.uint8)
    for column, several in enumerate(counts.values()):
        whole = sum(several.values()) + UNSEEN * len(total)
        logs = (-math.log((several[run] + UNSEEN) / whole) for run in kept)
        likely[:, column] = [min(round(STEPS * one), 255) for one in logs]
    names = np.array(" ".join(counts))
    np.savez_compressed(TARGET, languages=names, runs=np.frombuffer("\n".join(kept).encode(), np.uint8), likely=likely)
    print(f"{len(kept)} runs of letters, {TARGET.stat().st_size / 1e3:.0f} kB: {TARGET.name}")


def _from_library() -> Iterator[tuple[str, str]]:
    library = read_library(LIBRARY)
    for sample in library.samples:
        yield sample.language, sample.text
    for answer in library.answers:
        for one in answer.translations:
            for text in (*one.asked_as, one.text.title, one.text.short, one.text.full, *one.text.next_steps):
                yield one.language, PLACEHOLDER.sub(" ", text)


def _from_catalogues() -> Iterator[tuple[str, str]]:
    for language in languages.PROMISED:
        with (CATALOGUES / language / "LC_MESSAGES" / "brobygger.po").open("rb") as file:
            for message in read_po(file):
                several = [message.string] if isinstance(message.string, str) else message.string
                for text in several if message.id else ():
                    yield language, text


def main() -> None:
    """The command line."""
    options = argparse.ArgumentParser(description="Tell the promised languages apart.")
    options.add_argument("--learn", action="store_true")
    if options.parse_args().learn:
        learn()
    shares = measure()
    print("  ".join(f"{language} {share:.3f}" for language, share in shares.items()))
    print(f"all: {np.mean(list(shares.values())):.3f}")


if __name__ == "__main__":
    main()
