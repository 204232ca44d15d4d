"""The wordings as Rasa reads them."""

from pathlib import Path

import yaml

from content.catalogue import load_samples
from content.exporting_rasa import export_for_rasa
from content.finding.rasa import OUT_OF_SCOPE
from tests.conftest import Town


async def test_each_answer_becomes_an_intent_with_the_wordings_of_the_language(town: Town, tmp_path: Path) -> None:
    catalogue = (await town.conversation()).catalogue
    async with town.database.reading() as session:
        samples = await load_samples(session)

    count = export_for_rasa(catalogue, samples, "ar", tmp_path)

    data = yaml.safe_load((tmp_path / "data" / "nlu.yml").read_text(encoding="utf-8"))
    intents = {one["intent"]: one["examples"] for one in data["nlu"]}
    config = yaml.safe_load((tmp_path / "config.yml").read_text(encoding="utf-8"))
    kindergarten = catalogue.answers["services-kindergarten"].texts["ar"].asked_as
    assert intents["services-kindergarten"] == "".join(f"- {wording}\n" for wording in kindergarten)
    assert OUT_OF_SCOPE in intents
    assert len(intents) == count
    assert (data["version"], config["language"]) == ("3.1", "ar")


async def test_a_language_without_texts_has_nothing_to_train_on(town: Town, tmp_path: Path) -> None:
    assert export_for_rasa((await town.conversation()).catalogue, [], "ti", tmp_path) == 0
