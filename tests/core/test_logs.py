"""Logs hold event names and fields, and never a token."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from core.logs import configure_logs, follow, get_log

TOKEN = "123456789:AAE-abcdefghijklmnopqrstuvwxyz_0123"
log = get_log("tests")


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What the log writes."""
    ours = [
        one for one in logging.getLogger().handlers if isinstance(one.formatter, structlog.stdlib.ProcessorFormatter)
    ]
    (handler,) = [one for one in ours if isinstance(one, logging.StreamHandler)]
    stream = io.StringIO()
    before, handler.stream = handler.stream, stream  # setStream would flush one that a command's test has closed
    yield stream
    handler.stream = before


def test_an_event_is_one_line_with_its_name_and_fields(written: io.StringIO) -> None:
    log.warning("index_stale", snapshot_id=7)

    line = json.loads(written.getvalue())

    assert (line["event"], line["snapshot_id"], line["level"]) == ("index_stale", 7, "warning")
    assert line["timestamp"].endswith("Z")


@pytest.mark.parametrize("text", [TOKEN, f"https://api.telegram.org/bot{TOKEN}/getMe", f"token={TOKEN}, refused"])
def test_a_token_is_hidden_wherever_it_stands(written: io.StringIO, text: str) -> None:
    log.warning("telegram_not_reached", reason=text)
    logging.getLogger("somebody.else").warning("GET %s", text)
    try:
        raise ConnectionError(text)
    except ConnectionError:
        log.exception("job_failed")

    assert written.getvalue().count("\n") == 3
    assert "AAE-abc" not in written.getvalue()
    assert written.getvalue().count("<token>") >= 3


def test_times_and_addresses_are_no_tokens(written: io.StringIO) -> None:
    log.warning("listening", at="127.0.0.1:8080", since="2026-11-23T08:00:00")

    assert "127.0.0.1:8080" in written.getvalue()
    assert "2026-11-23T08:00:00" in written.getvalue()


async def test_a_turn_can_be_followed_by_its_id_and_others_are_not_taken_for_it(written: io.StringIO) -> None:
    async def turn(number: int) -> None:
        follow(update=number)
        await asyncio.sleep(0)
        log.warning("telegram_not_sent")

    await asyncio.gather(turn(1), turn(2))
    log.warning("index_stale")

    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    assert [line.get("update") for line in lines] == [1, 2, None]


def test_a_log_used_before_the_logs_were_set_up_again_can_still_be_listened_to(written: io.StringIO) -> None:
    log.warning("used_before")
    configure_logs("INFO", as_json=True)

    with structlog.testing.capture_logs() as heard:
        log.warning("used_after")

    assert [entry["event"] for entry in heard] == ["used_after"]
    assert json.loads(written.getvalue())["event"] == "used_before"
