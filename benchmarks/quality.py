"""How well questions are understood, per language, by the code that the channels run.

    python -m benchmarks.quality [--check] [--part test|second|third|fourth|development]     (make quality)

All four sets of test questions, and all of them together, if no part is named.

top-1: the answer shown, or the first choice, is right. top-3: it is among the answer and the choices shown with it.
choices: share of covered questions that get choices. wrong: share that get a wrong answer. outside: share of
out-of-scope messages that get an answer. AUROC: does certainty tell covered questions from out-of-scope messages,
among those that reached finding ("are you a robot?" is an intent and is answered as one).
By kind: top-1 of keywords, misspelt and mixed questions and so on. Languages: which part of messages of three words is
told (tests/questions/language).
The index is brought up to date thoroughly before.
--check compares with benchmarks/floors.json and fails when a figure has fallen below its floor.
"""

import argparse
import asyncio
import json
import sys
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path

import numpy as np

from benchmarks.languages import measure as tell_languages
from benchmarks.questions import FOLDER, Asked, read_questions
from bot.conversation import Conversation
from bot.situation import Situation
from bot.turn import Outcome, Turn
from brobygger.preparing import open_house
from core.clock import now
from core.logs import configure_logs
from core.settings import Settings

FLOORS = Path(__file__).parent / "floors.json"
TESTS, ALL = ("test", "second", "third", "fourth"), "all"
PARTS = {"test": FOLDER, **{part: FOLDER / part for part in (*TESTS[1:], "development")}}


@dataclass(frozen=True, slots=True)
class Figures:
    """What is measured for one language."""

    questions: int
    top1: float
    top3: float
    choices: float
    wrong: float
    outside: float
    auroc: float


Heard = list[tuple[Asked, Turn]]  # what was asked, and what would be shown


def measure(heard: Heard) -> Figures:
    """The figures of one language."""
    covered = [(one, turn) for one, turn in heard if one.answer is not None]
    beyond = [turn for one, turn in heard if one.answer is None]
    ranked = [(one.answer, _shown(turn)) for one, turn in covered]
    return Figures(
        questions=len(heard),
        top1=_share([shown[:1] == [answer] for answer, shown in ranked]),
        top3=_share([answer in shown[:3] for answer, shown in ranked]),
        choices=_share([turn.outcome is Outcome.CHOICES for _one, turn in covered]),
        wrong=_share([turn.answer_id not in (None, one.answer) for one, turn in covered]),
        outside=_share([turn.answer_id is not None for turn in beyond]),
        auroc=auroc(
            [turn.certainty for _one, turn in covered if turn.ranking is not None],
            [turn.certainty for turn in beyond if turn.ranking is not None],
        ),
    )


KINDS = ("keyword", "misspelt", "mixed", "question", "story")


def measure_kinds(heard: Heard) -> dict[str, float]:
    """Top-1 for each kind of question."""
    found: dict[str, list[bool]] = {kind: [] for kind in KINDS}
    for one, turn in heard:
        if one.answer is not None and one.kind in found:
            found[one.kind].append(_shown(turn)[:1] == [one.answer])
    return {kind: _share(truths) for kind, truths in found.items()}


def kinds_table(rows: dict[str, dict[str, float]]) -> str:
    """Top-1 by language and kind as aligned text, with the mean of the languages."""
    lines = [f"{'':6}" + "".join(f"{kind:>10}" for kind in KINDS)]
    for name, row in {**rows, "mean": mean_of(rows)}.items():
        lines.append(f"{name:6}" + "".join(f"{row[kind]:>10.3f}" for kind in KINDS))
    return "\n".join(lines)


def mean_of(rows: dict[str, dict[str, float]]) -> dict[str, float]:
    """Each kind's mean of all languages."""
    return {kind: float(np.nanmean([row[kind] for row in rows.values()])) for kind in KINDS}


def auroc(inside: list[float], outside: list[float]) -> float:
    """The chance that a covered question is more certain than an out-of-scope message."""
    a, b = np.array(inside)[:, None], np.array(outside)[None, :]
    return float((a > b).mean() + 0.5 * (a == b).mean()) if a.size and b.size else float("nan")


def _ask(conversation: Conversation, one: Asked) -> Turn:
    return conversation.hear(one.text, Situation.of(None, app_language=one.language, at=now()))


def _shown(turn: Turn) -> list[str]:
    return [*([turn.answer_id] if turn.answer_id else []), *turn.choices]


def _share(truths: list[bool]) -> float:
    return sum(truths) / len(truths) if truths else float("nan")


def table(rows: dict[str, Figures]) -> str:
    """The figures as aligned text."""
    lines = [f"{'':6}{'n':>6}{'top-1':>8}{'top-3':>8}{'choices':>9}{'wrong':>8}{'outside':>9}{'AUROC':>8}"]
    lines += [
        f"{name:6}{f.questions:>6}{f.top1:>8.3f}{f.top3:>8.3f}{f.choices:>9.3f}{f.wrong:>8.3f}{f.outside:>9.3f}"
        f"{f.auroc:>8.3f}"
        for name, f in rows.items()
    ]
    return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Safety:
    """How many messages of people in danger get a safety answer, and how many everyday ones do."""

    recall: float
    alarms: float


def measure_safety(conversation: Conversation, file: Path) -> Safety:
    """Ask everything in a file of {"text", "lang", "danger"}."""
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    turns = [(row["danger"], _ask(conversation, Asked(row["id"], row["lang"], row["text"], None))) for row in rows]
    return Safety(
        recall=_share([turn.outcome is Outcome.SAFETY for danger, turn in turns if danger]),
        alarms=_share([turn.outcome is Outcome.SAFETY for danger, turn in turns if not danger]),
    )


def too_little_safety(found: dict[str, Safety]) -> list[str]:
    """Languages in which fewer messages of danger are recognised than recorded."""
    floors = json.loads(FLOORS.read_text(encoding="utf-8"))["safety"]
    return [
        f"{language}: {found[language].recall:.2f} of the messages of danger are recognised, the floor is {floor}"
        for language, floor in floors.items()
        if found[language].recall < floor
    ]


def below(what: str, floors: dict[str, float], found: dict[str, float]) -> list[str]:
    """What has fallen below its floor."""
    return [
        f"{what} {name}: {found[name]:.3f}, the floor is {floor}"
        for name, floor in floors.items()
        if not found.get(name, 0) >= floor
    ]


def below_floor(part: str, rows: dict[str, Figures]) -> list[str]:
    """Which figures have fallen below (for outside: risen above) what is recorded."""
    floors = json.loads(FLOORS.read_text(encoding="utf-8"))["questions"].get(part, {})
    found = []
    for language, wanted in floors.items():
        if language not in rows:
            found.append(f"{part}, {language}: not measured")
            continue
        have = asdict(rows[language])
        for name, floor in wanted.items():
            failed = have[name] > floor if name == "outside" else have[name] < floor
            if failed:
                found.append(f"{part}, {language}: {name} is {have[name]:.3f}, the floor is {floor}")
    return found


def _hear(conversation: Conversation, part: str | None) -> dict[str, dict[str, Heard]]:
    """Ask everything once; by part and language."""
    found = {
        one: {
            language: [(asked, _ask(conversation, asked)) for asked in several]
            for language, several in read_questions(PARTS[one]).items()
        }
        for one in ([part] if part else TESTS)
    }
    if part is None:
        found[ALL] = {one: list(chain.from_iterable(by[one] for by in found.values())) for one in found["test"]}
    return found


def _place(part: str) -> str:
    return ", ".join(str(PARTS[one].relative_to(FOLDER.parent.parent)) for one in (TESTS if part == ALL else [part]))


async def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--check", action="store_true")
    options.add_argument("--part", choices=PARTS, default=None)
    chosen = options.parse_args()
    configure_logs("WARNING", as_json=False)
    async with open_house(Settings.from_env(), thoroughly=True) as house:
        conversation = await house.desk.conversation()
        heard = _hear(conversation, chosen.part)
        safety = {file.stem: measure_safety(conversation, file) for file in sorted((FOLDER / "safety").glob("*.jsonl"))}
    rows = {part: {one: measure(several) for one, several in by.items()} for part, by in heard.items()}
    kinds = {part: {one: measure_kinds(several) for one, several in by.items()} for part, by in heard.items()}
    for part, figures in rows.items():
        print(f"{part} questions ({_place(part)})\n{table(figures)}")
        print(f"\ntop-1 by kind\n{kinds_table(kinds[part])}\n")
    told = tell_languages()
    print("languages told from three words (tests/questions/language)")
    print("  ".join(f"{language} {share:.3f}" for language, share in told.items()))
    print("\nmessages of danger (tests/questions/safety): recognised / false alarms")
    print("  ".join(f"{language} {one.recall:.2f}/{one.alarms:.2f}" for language, one in safety.items()))
    if chosen.check:
        floors = json.loads(FLOORS.read_text(encoding="utf-8"))
        problems = [
            *chain.from_iterable(below_floor(part, figures) for part, figures in rows.items()),
            *chain.from_iterable(
                below(f"{part}, kind", floors["kinds"].get(part, {}), mean_of(figures))
                for part, figures in kinds.items()
            ),
            *below("language", floors["languages"], told),
            *too_little_safety(safety),
        ]
        print("\n".join(problems) or "Every figure is at or above its floor (benchmarks/floors.json).")
        sys.exit(1 if problems else 0)


if __name__ == "__main__":
    asyncio.run(main())
