"""The same finding code on sets that others made, read from ../shared/data and never copied.

    python -m benchmarks.third_party [--only SET ...] [--whole]

outside    xSID and Home Assistant: voice-assistant sentences, none of which we cover, to the site as it is installed
hint3      three live FAQ bots: four in five sentences of each intent are learned, the others asked
omos       OMoS-QA: the right municipal page for a question, learned from the page's own lines alone
languages  TICO-19, the Refugee Phrasebook, NAV's forms: which language a text is written in
--whole    omos also with all German pages (train and dev); two to eight minutes more

Rows are drawn with a fixed seed where there are more than are asked. What a set lacks is said, not filled in.
"""

import argparse
import asyncio
import csv
import json
import math
import random
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from benchmarks.quality import auroc
from benchmarks.questions import SHARED
from bot.conversation import Conversation
from bot.situation import Situation
from bot.turn import Outcome, Turn
from brobygger.preparing import open_house
from content.finding.building import Example, build
from content.finding.certainty import calibration
from content.finding.features import words
from content.finding.finder import Finder, Ranking
from content.finding.sentences import UniversalSentenceEncoder
from core import languages
from core.clock import now
from core.language_guess import guess
from core.logs import configure_logs
from core.settings import Settings

SEED = 2026
MOST_ASKED, FEWEST_ASKED = 200, 20  # of one language of xSID or Home Assistant
LEARNED = 0.8  # of each intent of HINT3
ASKED_IN = ("de", "en", "ar", "uk", "fr")
# BM25 on character 4-grams, over 617 pages (shared/anchors.md); the sets handed out hold fewer pages.
ANCHORS = {"de": "0.53/0.82", "ar": "0.41/0.76", "uk": "0.45/0.78", "uk>de": "-/0.12"}

Cell = str | int | float


def table(head: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """Rows as aligned text: the first column to the left, shares with three digits."""
    shown = [list(head), *([f"{c:.3f}" if isinstance(c, float) else str(c) for c in row] for row in rows)]
    widths = [max(len(row[place]) for row in shown) + 2 for place in range(len(head))]
    return "\n".join(
        row[0].ljust(widths[0]) + "".join(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True)) for row in shown
    )


def share(truths: Sequence[bool]) -> float:
    """How many of them are true; not a number when there are none."""
    return sum(truths) / len(truths) if truths else math.nan


def is_here(name: str) -> bool:
    """Whether a folder of third-party data is there; says so when it is not."""
    if (SHARED / name).is_dir():
        return True
    print(f"{name} is not here (../shared/data/{name}): skipped.")
    return False


def read(file: str) -> list[dict[str, str]]:
    """Rows of a file of JSON lines; none when it is absent."""
    path = SHARED / file
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.is_file() else []


# Out of scope


async def outside() -> None:
    """Ask the installed site what no municipality answers, and print what it makes of it."""
    sets = [one for one in ("xsid", "home_assistant") if is_here(one)]
    if not sets:
        return
    async with open_house(Settings.from_env(), thoroughly=True) as house:
        conversation = await house.desk.conversation()
        for name in sets:
            print(f"\n{name}: all out of scope; at most {MOST_ASKED} of each row, drawn by seed {SEED}")
            groups = dict(outside_texts(name))
            left_out = [row for row, several in groups.items() if len(several) < FEWEST_ASKED]
            rows = [outside_row(conversation, row, groups[row]) for row in groups if row not in left_out]
            print(table(("", "n", "answered", "as danger", "choices", "command", "not found"), rows))
            if left_out:
                print(f"Left out, fewer than {FEWEST_ASKED} sentences: {', '.join(left_out)}")


def outside_texts(name: str) -> Iterator[tuple[str, list[str]]]:
    """Sentences by language; Norwegian of xSID by the groups of its writers too (B: translated into Bokmål)."""
    if name == "home_assistant":
        for file in sorted((SHARED / name).glob("*.jsonl")):
            yield file.stem, [row["text"] for row in read(f"{name}/{file.name}")]
        return
    for language in ("no", "en", "lt", "tr", "ar"):
        found: dict[str, list[str]] = defaultdict(list)
        for row in read(f"{name}/{language}.valid.jsonl"):
            if row.get("text"):  # one Norwegian row has none
                found[f"{language} {row.get('dialect', '')}".strip()].append(row["text"])
        yield from sorted(found.items())


def outside_row(conversation: Conversation, name: str, texts: Sequence[str]) -> list[Cell]:
    """What is shown for sentences in one language, by the code that the channels run."""
    distinct = sorted(set(texts))
    drawn = random.Random(SEED).sample(distinct, min(MOST_ASKED, len(distinct)))
    situation = Situation.of(None, app_language=name.split()[0], at=now())
    turns = [conversation.hear(text, situation) for text in drawn]

    def are(outcome: Outcome) -> float:
        return share([turn.outcome is outcome for turn in turns])

    answered = share([_is_answered(turn) for turn in turns])
    rest = (Outcome.SAFETY, Outcome.CHOICES, Outcome.INTENT, Outcome.NOT_FOUND)
    return [name, len(turns), answered, *(are(outcome) for outcome in rest)]


def _is_answered(turn: Turn) -> bool:
    return turn.outcome in (Outcome.ANSWER, Outcome.SAFETY)


# HINT3


@dataclass(frozen=True, slots=True)
class Split:
    """One bot's sentences and their intents: what is learned, what is asked."""

    learned: list[tuple[str, str]]
    asked: list[tuple[str, str]]


async def hint3() -> None:
    """Train on four in five sentences of each bot and ask the others; out of scope is what the other bots are asked."""
    if not is_here("hint3"):
        return
    encoder = UniversalSentenceEncoder()
    bots = {file.stem.removesuffix("_train"): split(file.name) for file in sorted((SHARED / "hint3").glob("*.csv"))}
    rows: list[list[Cell]] = []
    for name, own in bots.items():
        examples = [Example(text, "en", intent) for text, intent in own.learned]
        finder = Finder(build(examples, safety=frozenset(), encoder=encoder), encoder)
        strange = [text for other, theirs in bots.items() if other != name for text, _intent in theirs.asked]
        inside, beyond = finder.rank_all([text for text, _intent in own.asked]), finder.rank_all(strange)
        places = [place_of(intent, one) for (_text, intent), one in zip(own.asked, inside, strict=True)]
        separation = auroc(certainties(inside, "en"), certainties(beyond, "en"))
        intents = len({intent for _text, intent in own.learned})
        top1, top3 = share([place < 1 for place in places]), share([place < 3 for place in places])
        rows.append([name, intents, len(own.learned), len(own.asked), top1, top3, separation])
    print(f"\nhint3: {LEARNED:.0%} of each intent learned, the rest asked (seed {SEED}); train files only")
    print("These hold no NO_NODES_DETECTED rows: AUROC is against what the other two bots are asked.")
    print(table(("", "intents", "learned", "asked", "top-1", "top-3", "AUROC"), rows))


def split(file: str) -> Split:
    """Distinct sentences of one bot, drawn by intent; an intent of one sentence is learned only."""
    with (SHARED / "hint3" / file).open(encoding="utf-8", newline="") as lines:
        label_of = {row["sentence"].strip(): row["label"].strip() for row in csv.DictReader(lines)}
    by_intent: dict[str, list[str]] = defaultdict(list)
    for text, intent in label_of.items():
        by_intent[intent].append(text)
    result, draw = Split([], []), random.Random(SEED)
    for intent, texts in sorted(by_intent.items()):
        kept = max(1, min(round(len(texts) * LEARNED), len(texts) - 1))
        mixed = draw.sample(sorted(texts), len(texts))
        result.learned.extend((text, intent) for text in mixed[:kept])
        result.asked.extend((text, intent) for text in mixed[kept:])
    return result


def place_of(wanted: str, ranking: Ranking) -> int:
    """Where the wanted answer stands, from 0; 10 when it is not among the first ten."""
    ids = [one.answer_id for one in ranking.candidates]
    return ids.index(wanted) if wanted in ids else 10


def certainties(rankings: Sequence[Ranking], language: str) -> list[float]:
    """How sure each best answer is."""
    return [calibration(language).certainty(one.signs) for one in rankings]


# OMoS-QA

Pages = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Asking:
    """A question about one page, and whether that page answers it."""

    text: str
    page: str
    is_answered: bool


@dataclass(frozen=True, slots=True)
class Hits:
    """For each question the place of its page, and how sure the first page is."""

    places: Sequence[int]
    sure: Sequence[float]

    def figures(self, asked: Sequence[Asking]) -> list[float]:
        """R@1 and R@5 of the questions that their page answers; AUROC of those against the ones it does not."""
        places = [place for place, one in zip(self.places, asked, strict=True) if one.is_answered]
        yes = [sure for sure, one in zip(self.sure, asked, strict=True) if one.is_answered]
        no = [sure for sure, one in zip(self.sure, asked, strict=True) if not one.is_answered]
        return [share([place < 1 for place in places]), share([place < 5 for place in places]), auroc(yes, no)]


async def omos(*, whole: bool) -> None:
    """Learn pages from their lines and ask the dev questions; beside BM25 on just the same pages."""
    if not is_here("omos_qa"):
        return
    encoder = UniversalSentenceEncoder()
    asked = {language: questions(language) for language in ASKED_IN}
    rows: list[list[Cell]] = []
    for language in ASKED_IN:
        pages = pages_of(f"dev_{language}")
        finder = finder_of(pages, language, encoder)
        rows.append(omos_row(language, finder, pages, asked[language]))
        if language == "de":
            rows.extend(omos_row(f"{other}>de", finder, pages, asked[other]) for other in ASKED_IN[1:])
    if whole:
        pages = pages_of("dev_de", "train_de")
        finder = finder_of(pages, "de", encoder)
        for other in ASKED_IN:
            name = "de" if other == "de" else f"{other}>de"
            rows.append(omos_row(name, finder, pages, asked[other]))
    print("\nomos_qa: pages known by their own lines, no asked-as wordings; dev questions (ar, uk, fr: by machine)")
    print("uk>de: asked in Ukrainian, the pages are German. BM25: measured here, on the same pages.")
    print("anchor: R@1/R@5 of BM25 over 617 pages (shared/anchors.md): more pages, so a harder task than ours.")
    names = ("", "pages", "asked", "R@1", "R@5", "AUROC", "BM25 R@1", "R@5", "AUROC", "anchor")
    print(table(names, rows))


def questions(language: str) -> list[Asking]:
    """The dev questions in one language."""
    rows = read(f"omos_qa/dev_{language}.jsonl")
    return [Asking(row["question"], str(row["pageId"]), bool(row["answers"])) for row in rows]


def pages_of(*parts: str) -> dict[str, list[str]]:
    """The distinct lines of each page, the title first."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for part in parts:
        for row in read(f"omos_qa/{part}.jsonl"):
            lines = (line.strip() for line in row["context"].splitlines())
            found[str(row["pageId"])].update(dict.fromkeys(line for line in lines if words(line)))
    return {page: list(lines) for page, lines in sorted(found.items())}


def finder_of(pages: Pages, language: str, encoder: UniversalSentenceEncoder) -> Finder:
    """An index in which each page is an answer and its lines are the wordings."""
    examples = [Example(line, language, page) for page, lines in pages.items() for line in lines]
    return Finder(build(examples, safety=frozenset(), encoder=encoder), encoder)


def omos_row(name: str, finder: Finder, pages: Pages, asked: Sequence[Asking]) -> list[Cell]:
    """Our figures, BM25's on the same pages, and the anchor's."""
    rankings = finder.rank_all([one.text for one in asked])
    places = [place_of(one.page, ranking) for one, ranking in zip(asked, rankings, strict=True)]
    ours = Hits(places, certainties(rankings, name.split(">", maxsplit=1)[0])).figures(asked)
    return [name, len(pages), len(asked), *ours, *bm25(pages, asked).figures(asked), ANCHORS.get(name, "")]


def bm25(pages: Pages, asked: Sequence[Asking], *, k: float = 1.2, b: float = 0.75) -> Hits:
    """Okapi BM25 on character 4-grams, the yardstick of anchors.md."""
    counted = [Counter(gram for line in lines for gram in four_grams(line)) for lines in pages.values()]
    ids, lengths = list(pages), [sum(one.values()) for one in counted]
    average = statistics.mean(lengths)
    weights: dict[str, dict[int, float]] = defaultdict(dict)
    for number, (one, length) in enumerate(zip(counted, lengths, strict=True)):
        for gram, n in one.items():
            weights[gram][number] = n * (k + 1) / (n + k * (1 - b + b * length / average))
    places, sure = [], []
    for question in asked:
        scores = np.zeros(len(ids))
        for gram in set(four_grams(question.text)):
            known = weights.get(gram, {})
            rarity = math.log(1 + (len(ids) - len(known) + 0.5) / (len(known) + 0.5))
            for number, weight in known.items():
                scores[number] += rarity * weight
        own = scores[ids.index(question.page)]
        places.append(int((scores > own).sum()) if own > 0 else len(ids))
        sure.append(float(scores.max()))
    return Hits(places, sure)


def four_grams(text: str) -> list[str]:
    """Four neighbouring characters each, of the text in the form in which we compare it."""
    plain = f" {' '.join(words(text))} "
    return [plain[at : at + 4] for at in range(len(plain) - 3)]


# Languages


async def language_guesses() -> None:
    """Guess the language of texts whose language is known."""
    for name, texts in (("tico19", tico19), ("refugee_phrasebook", phrasebook), ("nav_forms", nav_forms)):
        if is_here(name):
            title, groups = texts()
            print(f"\n{name}: {title}")
            rows = [guess_row(group, several) for group, several in groups.items() if len(several) >= 10]
            print(table(("", "n", "right", "no guess", "wrong", "mostly taken for"), rows))


def guess_row(name: str, texts: Sequence[str]) -> list[Cell]:
    """Right: the promised language of the column (nb and nn are one); for a language not promised, no guess."""
    code = languages.normalise(name.split()[0])
    wanted = {"nb", "nn"} if code in ("nb", "nn") else {code if code in languages.NAMES else None}
    guessed = [guess(text) for text in texts]
    wrong = Counter(one for one in guessed if one is not None and one not in wanted)
    most = ", ".join(f"{other} {n}" for other, n in wrong.most_common(3))
    right, silent = share([one in wanted for one in guessed]), share([one is None for one in guessed])
    return [name, len(texts), right, silent, sum(wrong.values()) / len(texts), most]


def tico19() -> tuple[str, dict[str, list[str]]]:
    """CMU's spoken sentences; all where this part of the set has none of them."""
    found: dict[str, list[tuple[str, str]]] = {}
    for file in sorted((SHARED / "tico19").glob("*.tsv")):
        lines = (line.split("\t", 1) for line in file.read_text(encoding="utf-8").splitlines() if "\t" in line)
        found[file.stem] = [(key, text) for key, text in lines]
    has_cmu = any(key.startswith("CMU") for rows in found.values() for key, _text in rows)
    title = "CMU_* sentences" if has_cmu else "no CMU_* sentences in this part: all its (long, written) ones instead"
    return f"{title}; am, ckb, ku, ps, sw are not promised: no guess is right", {
        name: [text for key, text in rows if key.startswith("CMU") or not has_cmu]
        for name, rows in sorted(found.items(), key=lambda item: not languages.is_promised(item[0]))
    }


def phrasebook() -> tuple[str, dict[str, list[str]]]:
    """Phrases of three words in promised languages, then romanised ones; without those that have gaps or choices."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in read("refugee_phrasebook/phrases.jsonl"):
        if len(row["text"].split()) == 3 and not set(row["text"]) & set("/(…_[") and ".." not in row["text"]:
            found[row["lang"]].append(row["text"])
    promised = {name: texts for name, texts in found.items() if languages.is_promised(name)}
    title = "phrases of three words; nb is cut from a mixed column, groups under 10 are left out (so)"
    return title, dict(sorted(promised.items(), key=lambda item: (item[0].endswith("Latn"), item[0])))


def nav_forms() -> tuple[str, dict[str, list[str]]]:
    """Distinct texts of Norwegian forms, those of up to three words apart."""
    rows = read("nav_forms/triples_nb_nn_en.jsonl") + read("nav_forms/pairs_nb_nn.jsonl")
    found: dict[str, list[str]] = {}
    for name in ("nb", "nn", "en"):
        texts = dict.fromkeys(row[name] for row in rows if row.get(name) and words(row[name]))
        found[f"{name} 1-3 words"] = [text for text in texts if len(words(text)) <= 3]
        found[f"{name} 4 words on"] = [text for text in texts if len(words(text)) > 3]
    return "labels, questions and titles; nb or nn counts as right for both", found


async def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--only", nargs="+", choices=("outside", "hint3", "omos", "languages"), metavar="SET")
    options.add_argument("--whole", action="store_true")
    chosen = options.parse_args()
    configure_logs("WARNING", as_json=False)
    sets: dict[str, Callable[[], Awaitable[None]]] = {
        "languages": language_guesses,
        "hint3": hint3,
        "outside": outside,
        "omos": partial(omos, whole=chosen.whole),
    }
    for name in chosen.only or sets:
        started = time.perf_counter()
        await sets[name]()
        print(f"({name}: {time.perf_counter() - started:.0f} s)", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
