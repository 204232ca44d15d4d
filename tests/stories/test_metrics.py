"""What operators see: counts of what happens, how long things wait, and whether a process can work."""

import asyncio
import contextlib
import json
import re
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import event, select, text, update

from bot.inbound import InboundUpdate, Progress
from broadcasts.delivery import queue
from broadcasts.delivery.arming import disarm
from broadcasts.delivery.audience import expand_all
from broadcasts.delivery.pulse import Pulse
from broadcasts.delivery.records import Delivery, DeliveryState
from broadcasts.delivery.settling import settle
from broadcasts.scheduling.releasing import release_due
from brobygger import observing
from content.models import Snapshot
from core.database import Database
from core.jobs.clock import run_by_clock
from core.jobs.job import Job
from tests.broadcasts.many import make_many
from tests.conftest import CHAU, DALIA, MONDAY_9AM, Engine, Town
from tests.editor.desk import Clock, transport
from tests.fakes.bot_api import running_bot_api
from tests.fakes.telegram_line import telegram_line
from tests.ports import free_port
from tests.scraping import PROMTOOL, ask, house_of, read, scrape
from tests.stories.installation import installed

one_database = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
chau, dalia = int(CHAU), int(DALIA)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """What time it is for whoever looks."""
    clock = Clock()
    monkeypatch.setattr(observing, "now", clock)
    return clock


@asynccontextmanager
async def browser(town: Town) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=transport(town, Clock()), base_url="http://chat.test") as client:
        yield client


# Turns


async def test_every_turn_is_counted_by_what_it_came_to(town: Town) -> None:
    before = await scrape(town)
    async with browser(town) as web, telegram_line(town) as line:
        for question in ("hva koster barnehagen", "hvordan blir været i morgen"):
            await web.post("/", data={"text": question, "lang": "nb"})
        await web.post("/messages", json={"text": "كم تكلف الروضة؟", "lang": "ar"})
        await line.ask(dalia, "كم تكلف الروضة؟", "ar")
        await line.press(chau, "menu")
    after = await scrape(town)

    for channel, language, outcome in (
        ("web", "nb", "answer"), ("web", "nb", "not_found"), ("web", "ar", "answer"),
        ("telegram", "ar", "answer"), ("telegram", "nb", "intent"),
    ):  # fmt: skip
        labels = {"channel": channel, "language": language, "outcome": outcome}
        counted = after.get("brobygger_turns_total", **labels) - before.get("brobygger_turns_total", **labels)
        assert counted == 1, labels
    for channel, count in (("web", 3), ("telegram", 2)):
        counted = after.get("brobygger_turn_seconds_count", channel=channel)
        assert counted - before.get("brobygger_turn_seconds_count", channel=channel) == count


@one_database
async def test_a_page_that_is_opened_is_no_turn_but_a_question_in_its_address_is(town: Town) -> None:
    before = await scrape(town)
    async with browser(town) as web:
        await web.get("/?lang=ar")
        await web.get("/nothing")
        await web.get("/", params={"q": "hva koster barnehagen", "lang": "nb"})
    after = await scrape(town)

    name = "brobygger_turn_seconds_count"
    assert after.get(name, channel="web") - before.get(name, channel="web") == 1


@one_database
async def test_of_a_call_for_help_the_language_is_withheld(town: Town) -> None:
    before = await scrape(town)
    async with browser(town) as web, telegram_line(town) as line:
        await web.post("/", data={"text": "زوجي يضربني", "lang": "ar"})
        await web.post("/", data={"action": "safety", "lang": "ti"})
        await line.ask(dalia, "زوجي يضربني", "ar")
    after = await scrape(town)

    for channel, outcome in (("web", "safety"), ("web", "intent"), ("telegram", "safety")):
        labels = {"channel": channel, "language": "withheld", "outcome": outcome}
        assert after.get("brobygger_turns_total", **labels) - before.get("brobygger_turns_total", **labels) == 1
    withheld = [one for one in after.labels("brobygger_turns_total") if one["outcome"] == "safety"]
    assert {one["language"] for one in withheld} == {"withheld"}


@one_database
async def test_what_never_happened_is_there_as_nothing(town: Town) -> None:
    found = await scrape(town)

    states = {one["state"] for one in found.labels("brobygger_deliveries_total")}
    assert states == {"sent", "failed", "skipped", "unknown", "expired"}
    assert {one["channel"] for one in found.labels("brobygger_turns_failed_total")} == {"web", "telegram"}


@one_database
async def test_nothing_of_a_person_an_organisation_or_a_question_is_in_it(town: Town) -> None:
    await make_many(town.database, 3, at=MONDAY_9AM)
    async with telegram_line(town) as line:
        await line.ask(dalia, "hva koster barnehagen")
        await line.ask(dalia, "hvordan blir været i morgen")

    found = (await scrape(town)).text

    assert not [word for word in ("eritrean", "barnehage", "kindergarten", "været") if word in found.lower()]
    assert not re.search(rf"(?<![\d.]){DALIA}(\.0)?(?![\d.])", found)  # whole: 0.51001 seconds are nobody


# What waits


async def test_what_waits_for_an_answer_is_told_with_its_age(town: Town, clock: Clock) -> None:
    async with town.database.changing() as session:
        for number, progress in enumerate((Progress.RECEIVED, Progress.REPLIED, Progress.DONE, Progress.FAILED)):
            received_at = MONDAY_9AM + timedelta(seconds=number)
            session.add(
                InboundUpdate(
                    account="telegram:1", update_id=number, address="1", progress=progress, received_at=received_at
                )
            )
    clock.pass_(minutes=2)

    found = await scrape(town)

    assert found.get("brobygger_inbound_waiting") == 2
    assert found.get("brobygger_inbound_oldest_seconds") == 120


async def test_a_message_to_many_is_counted_while_it_goes_out(
    town: Town, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make_many(town.database, 12, at=MONDAY_9AM)
    async with town.database.changing() as session:
        await release_due(session, at=MONDAY_9AM)
    await expand_all(town.database, at=MONDAY_9AM)
    clock.pass_(minutes=3)

    found = await scrape(town)
    assert found.get("brobygger_deliveries_waiting") == 12
    assert found.get("brobygger_delivery_oldest_seconds") == 180
    assert found.get("brobygger_releases", state="sending") == 1
    assert found.get("brobygger_sending_armed") == 1

    monkeypatch.setattr(queue, "MOST_COUNTED", 10)
    assert (await scrape(town)).get("brobygger_deliveries_waiting") == 10

    async with town.database.changing() as session:
        await disarm(session, by=None, at=MONDAY_9AM)
    held = await scrape(town)
    assert held.get("brobygger_sending_armed") == 0
    assert held.get("brobygger_delivery_oldest_seconds") == 0  # nothing may go now


async def test_what_expires_is_counted_in_this_process(town: Town) -> None:
    await make_many(town.database, 7, at=MONDAY_9AM)
    async with town.database.changing() as session:
        await release_due(session, at=MONDAY_9AM)
    await expand_all(town.database, at=MONDAY_9AM)
    before = await scrape(town)
    async with town.database.changing() as session:
        first = await session.scalar(select(Delivery.id).order_by(Delivery.id).limit(1))
        claimed = {"state": DeliveryState.CLAIMED, "claimed_until": MONDAY_9AM}
        await session.execute(update(Delivery).where(Delivery.id == first).values(**claimed))

    await settle(town.database, at=MONDAY_9AM + timedelta(days=60))
    after = await scrape(town)

    for state, count in (("expired", 6), ("unknown", 1)):
        counted = after.get("brobygger_deliveries_total", state=state)
        assert counted - before.get("brobygger_deliveries_total", state=state) == count
    assert after.get("brobygger_releases", state="sending") == 0


async def test_a_look_reads_no_message_to_many_to_its_end(town: Town) -> None:
    await make_many(town.database, 30, at=MONDAY_9AM)
    async with town.database.changing() as session:
        await release_due(session, at=MONDAY_9AM)
    await expand_all(town.database, at=MONDAY_9AM)

    asked = await statements(town)

    of_deliveries = [one for one in asked if "FROM deliveries" in one]
    assert len(of_deliveries) == 2
    assert all("LIMIT" in one or "EXISTS" in one for one in of_deliveries)
    assert len(asked) < 20


async def statements(town: Town) -> list[str]:
    """What one look asks the database."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        asked.append(statement)

    engine = town.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        await scrape(town)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return asked


# Channels, index, jobs


async def test_channels_tell_when_they_last_answered_and_what_staff_are_told(town: Town, clock: Clock) -> None:
    pulse = Pulse(town.database, "telegram:123456", now=clock)
    pulse.answered()
    await pulse.write()
    clock.pass_(minutes=6)

    found = await scrape(town)

    answered = found.get("brobygger_channel_answered_timestamp_seconds", account="telegram:123456")
    assert answered == MONDAY_9AM.timestamp()
    assert found.get("brobygger_channel_outage", account="telegram:123456", trouble="not_asked") == 1


async def test_the_index_tells_whether_it_knows_what_is_published(town: Town) -> None:
    built = await scrape(town)
    async with town.database.changing() as session:
        await session.execute(update(Snapshot).values(content_version=0, is_thorough=False))
    late = await scrape(town)

    names = ("brobygger_index_newest", "brobygger_index_thorough", "brobygger_index_loaded")
    assert [built.get(name) for name in names] == [1, 1, 1]
    assert [late.get(name) for name in names] == [0, 0, 1]
    assert built.get("brobygger_content_version") == built.get("brobygger_index_content_version") > 0


@one_database
async def test_jobs_are_counted_with_their_failures(town: Town) -> None:
    ran, failed = asyncio.Event(), asyncio.Event()

    async def good(_at: datetime) -> None:
        ran.set()

    async def bad(_at: datetime) -> None:
        failed.set()
        raise RuntimeError("this run fails")

    jobs = asyncio.create_task(run_by_clock([Job("test_good", 60, good), Job("test_bad", 60, bad)]))
    async with asyncio.timeout(60):
        await asyncio.gather(ran.wait(), failed.wait())
    jobs.cancel()
    await asyncio.gather(jobs, return_exceptions=True)  # each run is brought to its end, and counted
    found = await scrape(town)

    assert found.get("brobygger_job_runs_total", name="test_good") >= 1
    assert found.get("brobygger_job_failures_total", name="test_good") == 0
    assert found.get("brobygger_job_last_success_timestamp_seconds", name="test_good") > MONDAY_9AM.timestamp() - 1e9
    assert found.get("brobygger_job_failures_total", name="test_bad") >= 1
    assert "brobygger_job_last_success_timestamp_seconds" in found.text
    assert found.labels("brobygger_job_last_success_timestamp_seconds").count({"name": "test_bad"}) == 0


# Ready


@pytest.mark.parametrize("answers", [True, False])
async def test_a_process_that_can_work_says_so(town: Town, *, answers: bool) -> None:
    house = house_of(town)

    ready, live = await ask(house, "/health/ready", answers=answers), await ask(house, "/health/live")

    assert (ready.status_code, ready.json()["ready"]) == (200, True)
    assert live.json() == {"live": True}


async def test_tables_of_a_later_release_are_fine_and_of_an_earlier_one_are_not(town: Town) -> None:
    async def ready_with(version: str) -> tuple[int, object]:
        async with town.database.changing() as session:
            await session.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": version})
        response = await ask(house_of(town), "/health/ready")
        return response.status_code, response.json()["schema"]

    assert await ready_with("9999") == (200, True)
    assert await ready_with("0001") == (503, False)


@one_database
async def test_without_its_database_a_process_lives_and_is_not_ready(town: Town) -> None:
    away = Database("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    house = house_of(Town(away, town.knowledge, town.desk))
    try:
        ready, metrics = await ask(house, "/health/ready", answers=False), await ask(house, "/metrics")
    finally:
        await away.close()

    assert (ready.status_code, ready.json()["database"]) == (503, False)
    assert (await ask(house, "/health/live")).status_code == 200
    assert read(metrics.text).get("brobygger_database_up") == 0


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not here: apt-get install prometheus")
@one_database
async def test_names_and_types_are_as_prometheus_wants_them(town: Town) -> None:
    found = await scrape(town)

    command = [str(PROMTOOL), "check", "metrics"]
    checked = subprocess.run(command, input=found.text, text=True, capture_output=True, check=False)

    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


@pytest.mark.slow
@one_database
@pytest.mark.parametrize("command", ["run", "worker"])
async def test_each_process_shows_itself_on_a_port_of_its_own(engine: Engine, tmp_path: Path, command: str) -> None:
    port = free_port()
    async with running_bot_api() as api, installed(engine, tmp_path, api.url) as there:
        there.command, there.more = command, {"BROBYGGER_METRICS_PORT": str(port), "BROBYGGER_LOG_JSON": "True"}
        there.start()
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as client, asyncio.timeout(120):
            while not (await is_ready(client) and await has_followed(client)):
                await asyncio.sleep(0.1)
            found = read((await client.get("/metrics")).text)
            if command == "run":
                await client.post(f"http://127.0.0.1:{there.port}/", data={"text": "hva koster barnehagen"})
        assert await there.end() == 0

    lines = [json.loads(line) for line in there.log().splitlines()]  # all of them
    turns = [line for line in lines if line["event"] == "turn"]
    assert [(line["outcome"], len(line["request"])) for line in turns] == [("answer", 8)] * len(turns)
    assert len(turns) == (command == "run")
    assert "barnehage" not in there.log()
    assert found.get("brobygger_database_up") == 1
    assert found.get("process_resident_memory_bytes") > 1e7


async def has_followed(client: httpx.AsyncClient) -> bool:
    """It has looked for a new index, as all processes do again and again."""
    return read((await client.get("/metrics")).text).get("brobygger_job_runs_total", name="follow_index") >= 1


async def is_ready(client: httpx.AsyncClient) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return (await client.get("/health/ready")).status_code == 200
    return False
