"""How fast: two starts, understanding, a whole turn through a fake Telegram, memory, training, publish to served.

    python -m benchmarks.speed [--rasa http://127.0.0.1:5599]      (make bench)

Everything runs on this machine and loopback. Ratios side by side in one run are worth more than single figures.
"""

import argparse
import asyncio
import contextlib
import json
import os
import platform
import shutil
import statistics
import sys
import tempfile
import time
import urllib.request
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import numpy as np
import psutil

from benchmarks.questions import read_questions
from brobygger.preparing import STARTER, open_house
from content.index import Knowledge
from core.logs import configure_logs
from core.settings import Settings
from tests.fakes.bot_api import TOKEN, BotAPI, running_bot_api

ASKED = 400


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--rasa", help="the address of a running Rasa server trained on `brobygger content export`")
    chosen = options.parse_args()
    configure_logs("ERROR", as_json=False)
    print(f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.from_env({"DATABASE_URL": f"sqlite:///{folder}/bench.sqlite3"})
        asyncio.run(_starts(settings))
        asyncio.run(_inside(settings))
        asyncio.run(_outside(settings, Path(folder)))
    if chosen.rasa:
        _rasa(chosen.rasa)
    else:
        print("Rasa is not measured in this run (--rasa). Before, on CLINC150 and two cores: 137/s, p50 6.8 ms, 888 MB")


async def _starts(settings: Settings) -> None:
    """From the beginning of the process to the first answer; processor time with that of its builder."""
    async with running_bot_api() as telegram:
        for what in ("an empty database", "its stored index"):
            began = time.perf_counter()
            async with running(settings, telegram.url) as (process, address):
                async with httpx.AsyncClient(base_url=address, timeout=30) as client:
                    (await client.post("/messages", json={"text": "fastlege", "lang": "nb"})).raise_for_status()
                seconds, spent = time.perf_counter() - began, psutil.Process(process.pid)
                processor, memory = sum(spent.cpu_times()[:4]), spent.memory_info().rss / 2**20
            print(f"start from {what}: {seconds:.1f} s, {processor:.1f} s of processor time, then {memory:.0f} MB")


async def _inside(settings: Settings) -> None:
    """Understanding alone, in this process."""
    async with open_house(settings, thoroughly=True) as house:
        finder = house.knowledge.finder
        assert finder is not None
        questions = [one for several in read_questions().values() for one in several]
        chosen = [questions[place] for place in np.random.default_rng(1).permutation(len(questions))[:ASKED]]
        for one in chosen[:20]:
            finder.find(one.text, one.language)
        rounds = [_time(lambda one=one: finder.find(one.text, one.language)) for one in chosen for _ in range(3)]
        _print("understanding alone", [statistics.median(rounds[at : at + 3]) for at in range(0, len(rounds), 3)])
        started = time.perf_counter()
        again = Knowledge(house.database, house.encoder)
        await again.follow()
        print(f"loading a snapshot: {time.perf_counter() - started:.2f} s")


async def _outside(settings: Settings, folder: Path) -> None:
    """A real process, a fake Telegram over HTTP, the web chat, a publication while questions go on."""
    async with running_bot_api() as telegram, running(settings, telegram.url) as (process, address):
        await _whole_turns(telegram)
        async with httpx.AsyncClient(base_url=address, timeout=30) as client:
            await _web_turns(client)
            memory = psutil.Process(process.pid).memory_info().rss / 2**20
            print(f"memory of the single process with the full starter library: {memory:.0f} MB")
            await _publish(client, settings, folder)


def _time(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def _print(what: str, seconds: list[float], *, side_by_side: float | None = None) -> None:
    rate = f"{len(seconds) / side_by_side:.0f}" if side_by_side else f"{1 / statistics.mean(seconds):.0f}"
    p50, p99 = np.quantile(seconds, 0.5) * 1e3, np.quantile(seconds, 0.99) * 1e3
    print(f"{what}: {rate}/s, p50 {p50:.2f} ms, p99 {p99:.2f} ms ({len(seconds)} questions)")


@contextlib.asynccontextmanager
async def running(
    settings: Settings, api_url: str, **more: str
) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """`brobygger run` as a process, ready to answer; its address. ``more`` are settings."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "DATABASE_URL": settings.database_url,
        "BROBYGGER_PORT": str(port),
        "TELEGRAM_TOKEN": TOKEN,
        "TELEGRAM_API_URL": api_url,
        "BROBYGGER_LOG_LEVEL": "ERROR",
        "BROBYGGER_CHECK_LINKS": "False",
        **more,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "brobygger", "run", env=environment, stderr=asyncio.subprocess.DEVNULL
    )
    address = f"http://127.0.0.1:{port}"
    try:
        async with httpx.AsyncClient() as client:
            for _ in range(600):
                with contextlib.suppress(httpx.TransportError):
                    if (await client.get(f"{address}/health")).status_code == 200:
                        break
                await asyncio.sleep(0.1)
        yield process, address
    finally:
        process.terminate()
        await process.wait()


async def _whole_turns(telegram: BotAPI) -> None:
    """Updates in, answers out."""
    questions = [one for one in read_questions()["nb"] if one.answer][:200]
    seconds = []
    for number, one in enumerate(questions[:105]):
        started = time.perf_counter()
        telegram.say(100 + number, one.text)
        await telegram.replies(100 + number)
        seconds.append(time.perf_counter() - started)
    _print("a whole turn through the fake Telegram, one after the other", seconds[5:])
    started = time.perf_counter()
    for number, one in enumerate(questions):
        telegram.say(500 + number, one.text)
    await asyncio.gather(*(telegram.replies(500 + number, seconds=60) for number in range(len(questions))))
    passed = time.perf_counter() - started
    print(f"whole turns, {len(questions)} chats at once: {len(questions) / passed:.0f}/s")


async def _web_turns(client: httpx.AsyncClient) -> None:
    questions = [one for one in read_questions()["en"] if one.answer][:200]
    seconds = []
    for one in questions:
        started = time.perf_counter()
        (await client.post("/messages", json={"text": one.text, "lang": one.language})).raise_for_status()
        seconds.append(time.perf_counter() - started)
    _print("a whole turn through the web chat", seconds)


async def _publish(client: httpx.AsyncClient, settings: Settings, folder: Path) -> None:
    """Change a text and add wordings; how long until residents read and are understood."""
    library = folder / "library"
    shutil.copytree(STARTER, library)
    file = library / "services" / "services-doctor" / "nb.yaml"
    text = file.read_text(encoding="utf-8")
    text = (
        text.replace("title: ", "title: Nytt! ", 1)
        if 'title: "' not in text
        else text.replace('title: "', 'title: "Nytt! ', 1)
    )
    file.write_text(text.rstrip() + '\n  - "zorgblatt frumsel"\n  - "hvor er zorgblatt frumsel"\n', encoding="utf-8")
    slowest, running = 0.0, True

    async def ask_on() -> None:
        nonlocal slowest
        while running:
            started = time.perf_counter()
            (await client.post("/messages", json={"text": "hva er dugnad", "lang": "nb"})).raise_for_status()
            slowest = max(slowest, time.perf_counter() - started)
            await asyncio.sleep(0.02)

    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "brobygger", "content", "import", str(library),
        env={**os.environ, "DATABASE_URL": settings.database_url}, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    await process.wait()
    published = time.perf_counter()
    going_on = asyncio.create_task(ask_on())
    shown = await _until(client, "hvordan får jeg fastlege", "Nytt! ")
    print(f"publish to served, the new text: {shown - published:.2f} s")
    understood = await _until(client, "zorgblatt frumsel", "Nytt! ")
    running = False
    await going_on
    print(f"publish to understood, new wordings: {understood - published:.2f} s")
    print(f"slowest answer to others meanwhile: {slowest * 1e3:.0f} ms")


async def _until(client: httpx.AsyncClient, question: str, wanted: str) -> float:
    for _ in range(1200):
        reply = await client.post("/messages", json={"text": question, "lang": "nb"})
        if wanted in reply.json()["html"]:
            return time.perf_counter()
        await asyncio.sleep(0.05)
    raise TimeoutError(question)


def _rasa(address: str) -> None:
    """The same questions against a Rasa server."""
    seconds, right, asked = [], 0, [one for one in read_questions()["en"] if one.answer]
    for one in asked:
        body = json.dumps({"text": one.text}).encode()
        request = urllib.request.Request(f"{address}/model/parse", body, {"Content-Type": "application/json"})
        started = time.perf_counter()
        with urllib.request.urlopen(request) as response:
            best = json.load(response)["intent"]["name"]
        seconds.append(time.perf_counter() - started)
        right += best == one.answer
    _print("Rasa on the English test questions", seconds)
    print(f"Rasa top-1: {right / len(asked):.3f}")


if __name__ == "__main__":
    main()
