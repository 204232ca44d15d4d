"""Fits certainty and thresholds on the development questions and writes content/finding/certainty.json.

    python -m benchmarks.calibrate        (make calibrate)

Certainty: logistic regression of "the best answer is right" on the signs, all languages together, with a bias of its
own for each language. Thresholds: the lowest from which no more than ANSWERED_OUTSIDE of the out-of-scope messages
are answered, and CHOICES_OUTSIDE are offered choices, in each language's development part. Sixty such messages a
language say little about the few of them that are answered: they count together with those of all languages. Many of
them lie next to a topic, more than is common. They must be unlike all that finding learns from: the ones before them
were not, and promised 0.005 where new messages showed 0.05.
"""

import asyncio
import json
from importlib import resources
from pathlib import Path

import numpy as np

from benchmarks.questions import FOLDER, Asked, read_questions
from bot.phrases import load_phrases
from brobygger.preparing import open_house
from content.finding.certainty import SIGNS
from content.finding.finder import Finder, Ranking
from core.logs import configure_logs
from core.settings import Settings

ANSWERED_OUTSIDE, CHOICES_OUTSIDE = 0.05, 0.15
LIKE_ALL = 300  # as so many out-of-scope messages of a language's own weighs what is seen in all languages together
# A wrong answer costs more than one more press.
LEAST_SURE, MOST_SURE = 0.75, 0.9
# Above it, too many who are meant to find something would be left with nothing.
LEAST_CHOICES, MOST_CHOICES = 0.03, 0.08
# What is true of this library alone must not weigh much: in a small one less is known, and nothing is as like.
PENALTY_OF_SIGNS, PENALTY_OF_BIAS = 3.0, 0.01


async def main() -> None:
    configure_logs("WARNING", as_json=False)
    async with open_house(Settings.from_env(), thoroughly=True) as house:
        finder = house.knowledge.finder
        assert finder is not None
        questions = read_questions(FOLDER / "development")
        rows = {language: _signs(finder, several) for language, several in questions.items()}
    weights, biases = _fit(rows)
    result: dict[str, object] = {}
    certainties = {language: _sigmoid(signs @ weights + biases[language]) for language, (signs, *_) in rows.items()}
    beyond = np.concatenate([certainties[language][outside] for language, (_s, _r, outside, _c) in rows.items()])
    for language, (_signs_of_all, right, outside, covered) in rows.items():
        certainty = certainties[language]
        result[language] = _row(weights, biases[language], *_thresholds(certainty[outside], beyond))
        print(
            f"{language}  right {right[covered].mean():.3f}  answer from {result[language]['answer']:.2f}"  # type: ignore[index]
            f"  choices from {result[language]['choices']:.2f}"  # type: ignore[index]
            f"  answered {np.mean(certainty[covered] >= result[language]['answer']):.3f}"  # type: ignore[index]
            f"  neither {np.mean(certainty[covered] < result[language]['choices']):.3f}"  # type: ignore[index]
        )
    bias = float(np.mean(list(biases.values())))
    everything = np.concatenate([_sigmoid(signs @ weights + bias) for signs, *_ in rows.values()])
    all_outside = np.concatenate([outside for _s, _r, outside, _c in rows.values()])
    result["other"] = _row(weights, bias, *_thresholds(everything[all_outside], everything[all_outside]))
    about = "Made by `make calibrate` from tests/questions/development. Do not edit by hand."
    target = Path(str(resources.files("content.finding") / "certainty.json"))
    target.write_text(json.dumps({"about": about, "signs": SIGNS, "languages": result}, indent=1) + "\n")


def _signs(finder: Finder, questions: list[Asked]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Signs, is the best answer right, is it out of scope, is it covered; without what phrases answer before."""
    phrases = load_phrases()
    kept = [one for one in questions if not phrases.dangers(one.text) and not phrases.intent(one.text)]
    rankings: list[Ranking] = finder.rank_all([one.text for one in kept])
    signs = np.array([ranking.signs.values() for ranking in rankings])
    right = np.array(
        [
            bool(ranking.candidates) and ranking.candidates[0].answer_id == one.answer
            for ranking, one in zip(rankings, kept, strict=True)
        ]
    )
    outside = np.array([one.answer is None for one in kept])
    return signs, right, outside, ~outside


def _fit(rows: dict[str, tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]) -> tuple[np.ndarray, dict[str, float]]:
    """Newton's method for logistic regression with penalties; one bias a language."""
    languages = list(rows)
    penalties = np.repeat([PENALTY_OF_SIGNS, PENALTY_OF_BIAS], [len(SIGNS), len(languages)])
    blocks = []
    for place, language in enumerate(languages):
        signs = rows[language][0]
        own = np.zeros((len(signs), len(languages)))
        own[:, place] = 1
        blocks.append(np.hstack([signs, own]))
    inputs = np.vstack(blocks)
    target = np.concatenate([rows[language][1] for language in languages]).astype(float)
    solution = np.zeros(inputs.shape[1])
    for _ in range(50):
        chance = _sigmoid(inputs @ solution)
        slope = inputs.T @ (chance - target) + penalties * solution
        curvature = (inputs * (chance * (1 - chance))[:, None]).T @ inputs + np.diag(penalties)
        step = np.linalg.solve(curvature, slope)
        solution -= step
        if np.abs(step).max() < 1e-8:
            break
    weights = solution[: len(SIGNS)]
    return weights, {language: float(solution[len(SIGNS) + place]) for place, language in enumerate(languages)}


def _thresholds(own: np.ndarray, of_all: np.ndarray) -> tuple[float, float]:
    """From the certainties of out-of-scope messages: of one language, and of all together."""
    steps = np.arange(LEAST_SURE, MOST_SURE, 0.01)
    answer = next(
        (float(step) for step in steps if _share_answered(float(step), own, of_all) <= ANSWERED_OUTSIDE), MOST_SURE
    )
    choices = float(np.quantile(own, 1 - CHOICES_OUTSIDE, method="higher"))
    return answer, min(max(choices, LEAST_CHOICES), MOST_CHOICES)


def _share_answered(threshold: float, own: np.ndarray, of_all: np.ndarray) -> float:
    """Which share of a language's out-of-scope messages is answered from this threshold on."""
    answered = float(np.sum(own >= threshold)) + LIKE_ALL * float(np.mean(of_all >= threshold))
    return answered / (len(own) + LIKE_ALL)


def _row(weights: np.ndarray, bias: float, answer: float, choices: float) -> dict[str, object]:
    return {
        "weights": [round(float(weight), 4) for weight in weights],
        "bias": round(bias, 4),
        "answer": round(answer, 4),
        "choices": round(min(choices, answer), 4),
    }


def _sigmoid(total: np.ndarray) -> np.ndarray:
    result: np.ndarray = 1 / (1 + np.exp(-np.clip(total, -30, 30)))
    return result


if __name__ == "__main__":
    asyncio.run(main())
