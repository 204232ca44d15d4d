"""`brobygger ask` and `say`: one turn from the terminal, by the same code as the channels, writing nothing."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.conversation import Conversation
from bot.situation import Situation
from bot.turn import Turn
from content.finding.certainty import calibration
from core import language_guess, languages
from core.clock import now
from core.errors import SetupProblem
from core.private_numbers import take_out


@dataclass(frozen=True, slots=True)
class Question:
    """A line of a batch: any id, a language (None: guess it), a text."""

    id: object
    language: str | None
    text: str


def read_question(text: str, language: str | None) -> Question:
    """A question as the terminal hands it over. Raises SetupProblem for bytes that are no text."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise SetupProblem("The question is not UTF-8 text.") from None
    return Question(None, language, text)


def read_batch(lines: Iterator[str]) -> list[Question]:
    """Questions as JSON, one a line. Raises SetupProblem that names the line."""
    found = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            values = json.loads(line)
            # JSON can write half a character, which is no text; Python reads NaN and 1e999, which JSON cannot write.
            json.dumps(values, ensure_ascii=False, allow_nan=False).encode()
        except ValueError as problem:
            raise SetupProblem(f"Line {number} is not JSON ({problem}).") from None
        except RecursionError:
            raise SetupProblem(f"Line {number} is nested too deeply.") from None
        if not isinstance(values, dict) or not isinstance(values.get("text"), str):
            raise SetupProblem(f'Line {number} must be an object with "id", "lang" and "text".')
        language = values.get("lang")
        if language is not None and not isinstance(language, str):
            raise SetupProblem(f'Line {number}: "lang" must be a language code such as "uk".')
        found.append(Question(values.get("id"), language, values["text"]))
    return found


def ask(conversation: Conversation, question: Question, *, at: datetime | None = None) -> tuple[Turn, str]:
    """The turn (at this moment, or now), and the language it was asked in."""
    text, secrets = take_out(question.text)
    language = languages.resolve(question.language or language_guess.guess(text) or "nb")
    situation = Situation.of(None, app_language=language, at=at or now())
    return conversation.hear(text, situation, secrets=secrets), language


def as_json(question: Question, turn: Turn, asked_in: str) -> str:
    """One line of the stable interface (shared design, "Interfaces that stay stable")."""
    return json.dumps(
        {
            "id": question.id,
            "kind": turn.outcome.value,
            "answer": turn.answer_id,
            "choices": list(turn.choices),
            "intent": turn.intent.value if turn.intent else None,
            "certainty": round(turn.certainty, 4),
            "asked_in": asked_in,
            "shown_in": turn.shown_in,
            "text": turn.message.as_text(),
        },
        ensure_ascii=False,
    )


def explain(turn: Turn, asked_in: str) -> str:
    """What was understood and why, for people who maintain wordings."""
    lines = [f"asked in    {asked_in}", f"kind        {turn.outcome.value}", f"certainty   {turn.certainty:.2f}"]
    if turn.intent:
        lines.append(f"intent      {turn.intent.value}")
    if turn.ranking is not None:
        thresholds = calibration(asked_in).thresholds
        lines.append(f"thresholds  answer from {thresholds.answer:.2f}, choices from {thresholds.choices:.2f}")
        lines += [f"  {one.share:6.1%}  {one.answer_id}" for one in turn.ranking.candidates[:5]]
        lines += [f"  like      {wording}" for wording in turn.ranking.nearest]
    return "\n".join([*lines, "", turn.message.as_text()])
