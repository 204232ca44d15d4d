"""A broadcast beside other things: a second process that sends too, and people who write meanwhile."""

import asyncio
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from broadcasts.delivery.records import DeliveryState
from tests.broadcasts.many import FIRST, list_fates
from tests.conftest import Engine
from tests.stories.broadcasting import USUAL, broadcasting
from tests.stories.installation import SECONDS_TO_START

pytestmark = pytest.mark.slow


async def test_two_processes_share_a_broadcast_and_nobody_gets_it_twice(engine: Engine, tmp_path: Path) -> None:
    count = 600
    async with broadcasting(engine, tmp_path, count) as one:
        worker = replace(one.there, command="worker")
        one.there.start()
        worker.start()
        try:
            await one.has_ended(seconds=SECONDS_TO_START + count / 5)
            assert await worker.end() == await one.there.end() == 0, one.there.log()
        finally:
            worker.clean_up()
        took, fates = await one.api.took(), await list_fates(one.database)

    assert Counter(fate.state for fate in fates) == {DeliveryState.SENT: count}
    assert took == Counter(range(FIRST, FIRST + count))


@pytest.mark.alone
@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_at_the_usual_rate_telegrams_limits_are_kept_and_who_writes_is_answered(
    engine: Engine, tmp_path: Path
) -> None:
    count, writers = 300, range(1, 21)
    async with broadcasting(engine, tmp_path, count, "--limits", settings=USUAL) as one:
        one.there.start()
        await one.api.until(lambda taken: taken > 0)
        for writer in writers:
            await one.api.order("say", chat=writer, text="مرحبا" if writer % 2 else "hei")
            await asyncio.sleep(0.3)
        await one.has_ended(seconds=SECONDS_TO_START + count)
        await one.api.until(lambda taken: taken >= count + len(writers), seconds=SECONDS_TO_START)
        await one.there.end()
        took, manners = await one.api.took(), await one.api.look("manners")

    print(dict(manners))  # pytest -s
    # None where nothing else runs; a busy machine may hold messages up and bunch them. At forty a second it were 75.
    assert sum(manners.values()) <= count / 10, manners
    assert took == Counter([*range(FIRST, FIRST + count), *writers])
