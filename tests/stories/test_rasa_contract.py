"""A real Rasa 3.6.21, trained on our export, through our client: that the fake in tests/fakes says what Rasa says.

Runs only where one is installed: RASA_VENV, or ../rasa-venv beside the project. docs/rasa.md says how.
"""

import asyncio
import contextlib
import os
import subprocess
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from bot.desk import Desk
from bot.turn import Outcome
from content.catalogue import load_samples
from content.exporting_rasa import export_for_rasa
from content.finding.rasa import OUT_OF_SCOPE, Rasa
from core.messages import IncomingMessage, Said
from tests.conftest import DALIA, MONDAY_9AM, TELEGRAM, Town
from tests.ports import free_port
from tests.stories.installation import PROJECT

VENV = Path(os.environ.get("RASA_VENV", PROJECT.parent / "rasa-venv"))
PROGRAM = VENV / "bin" / "rasa"
TOKEN = "hemmelig"
SECONDS_TO_START = 600
pytestmark = [
    pytest.mark.slow,
    pytest.mark.parametrize("engine", ["sqlite"], indirect=True),
    pytest.mark.skipif(not PROGRAM.exists(), reason=f"no Rasa in {VENV}: docs/rasa.md says how to install one"),
]


@pytest.fixture
async def server(town: Town, tmp_path: Path) -> AsyncIterator[str]:
    """The address of a Rasa server that has learned the Norwegian of tests/library."""
    async with town.database.reading() as session:
        catalogue, samples = (await town.conversation()).catalogue, await load_samples(session)
    export_for_rasa(catalogue, samples, "nb", tmp_path)
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "RASA_TELEMETRY_ENABLED": "false"}
    with (tmp_path / "log").open("wb") as log:
        subprocess.run((PROGRAM, "train", "nlu"), cwd=tmp_path, env=environment, stdout=log, stderr=log, check=True)
        port = free_port()
        process = subprocess.Popen(
            (PROGRAM, "run", "--enable-api", "--auth-token", TOKEN, "-i", "127.0.0.1", "-p", str(port), "-m", "models"),
            cwd=tmp_path, env=environment, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        await _is_up(f"http://127.0.0.1:{port}/status", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=30)


async def _is_up(url: str, process: subprocess.Popen[bytes]) -> None:
    async with httpx.AsyncClient(timeout=5) as http, asyncio.timeout(SECONDS_TO_START):
        while True:
            assert process.poll() is None
            with contextlib.suppress(httpx.TransportError):
                answer = await http.get(url, params={"token": TOKEN})
                if answer.status_code == 200 and answer.json().get("model_file"):
                    return
            await asyncio.sleep(0.5)


async def test_a_real_rasa_says_what_we_read(town: Town, server: str) -> None:
    published = (await town.conversation()).catalogue.answers
    rasa = Rasa(server, languages=("nb",), token=TOKEN, timeout=timedelta(seconds=20))
    stranger = Rasa(server, languages=("nb",), token="wrong", timeout=timedelta(seconds=20))
    try:
        asked = {text: await rasa.ask(text, at=MONDAY_9AM) for text in ("hva koster barnehagen", "hvordan blir været")}
        nothing = await rasa.ask("", at=MONDAY_9AM)
        refused = await stranger.ask("hva koster barnehagen", at=MONDAY_9AM)
        message = IncomingMessage(
            TELEGRAM, DALIA, Said.TEXT, MONDAY_9AM, text="hva koster barnehagen?", app_language="nb"
        )
        talking = replace(town, desk=Desk(town.knowledge, rasa=rasa))
        opinion = await talking.desk.second_opinion(town.database, message)
        async with town.database.changing() as session:
            turn = await talking.desk.answer(session, message, opinion=opinion)
    finally:
        await rasa.close()
        await stranger.close()

    known, unknown = asked.values()
    print(f"\n{known}\n{unknown}\n{nothing}")
    assert known is not None
    assert unknown is not None
    assert nothing is not None
    assert {one.intent for one in known.meant} <= {*published, OUT_OF_SCOPE, "nlu_fallback"}
    assert known.meant[0].intent == "services-kindergarten"
    assert unknown.meant[0].intent == OUT_OF_SCOPE
    assert refused is None
    assert opinion is not None
    assert (turn.outcome, turn.answer_id) == (Outcome.ANSWER, "services-kindergarten")
    assert turn.certainty == opinion.meant[0].confidence
