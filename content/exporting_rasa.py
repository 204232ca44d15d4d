"""Writes the wordings as training data for Rasa, for a municipality that runs one, and to measure it beside us."""

from collections import defaultdict
from pathlib import Path

from content.catalogue import Catalogue
from content.finding.rasa import OUT_OF_SCOPE
from content.library_files import write_yaml
from content.models import Sample

# Rasa's default pipeline (https://rasa.com/docs/rasa/tuning-your-model), without entities.
CONFIG: dict[str, object] = {
    "recipe": "default.v1",
    "assistant_id": "brobygger",
    "pipeline": [
        {"name": "WhitespaceTokenizer"},
        {"name": "LexicalSyntacticFeaturizer"},
        {"name": "CountVectorsFeaturizer"},
        {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
        {
            "name": "DIETClassifier",
            "epochs": 100,
            "constrain_similarities": True,
            "entity_recognition": False,
        },
        {"name": "FallbackClassifier", "threshold": 0.3, "ambiguity_threshold": 0.1},
    ],
    "policies": [],
}


def export_for_rasa(catalogue: Catalogue, samples: list[Sample], language: str, folder: Path) -> int:
    """Write config.yml and data/nlu.yml with an intent for each answer; how many intents there are.

    Rasa's model knows one language: only what people write in that language is written.
    """
    intents: dict[str, list[str]] = defaultdict(list)
    for answer in catalogue.answers.values():
        if language in answer.texts:
            intents[answer.id].extend(answer.texts[language].asked_as)
    for one in samples:
        if one.language == language and (not one.answer_id or one.answer_id in catalogue.answers):
            intents[one.answer_id or OUT_OF_SCOPE].append(one.text)
    several = [
        {"intent": intent, "examples": "".join(f"- {' '.join(text.split())}\n" for text in texts)}
        for intent, texts in intents.items()
        if len(texts) > 1  # Rasa refuses an intent with less
    ]
    (folder / "data").mkdir(parents=True, exist_ok=True)
    write_yaml(folder / "config.yml", {**CONFIG, "language": language})
    write_yaml(folder / "data" / "nlu.yml", {"version": "3.1", "nlu": several})
    return len(several)
