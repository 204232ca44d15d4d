"""A broadcast in the real process, which is killed again and again.

What is promised (broadcasts/delivery): every recipient ends in exactly one state; nobody gets the message twice; who is
recorded as sent got it once; who got it is recorded as sent, or as unknown where nobody could know: the answer was lost
on the way, or the process was killed while so many (AT_ONCE) were on their way.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from broadcasts.delivery.claiming import LEASE
from broadcasts.delivery.posting import AT_ONCE
from broadcasts.delivery.records import DeliveryState, ReleaseState
from tests.broadcasts.many import FIRST, Fate, count_open, list_fates, list_releases
from tests.conftest import Engine
from tests.fakes.bot_api_plan import Plan
from tests.stories.broadcasting import USUAL, Broadcasting, broadcasting
from tests.stories.installation import SECONDS_TO_START

pytestmark = pytest.mark.slow
SLOWEST = 10  # messages a second, on a machine that does much else
EACH = 0.02
PLAN = Plan(
    seed=4,
    share=dict.fromkeys(
        ("blocked", "deactivated", "not_found", "parse", "5xx", "cut_before", "cut_after", "slow", "duplicate"), EACH
    ) | {"429": 0.001},
    retry_after=2,
)  # fmt: skip
FOR_GOOD = {"blocked": "blocked", "deactivated": "deactivated", "not_found": "chat_not_found"}


SETTLING = 30  # seconds, after everything is sent and every lease has ended


async def live_through_kills(one: Broadcasting, count: int, kills: int) -> None:
    """It is killed while it writes the recipients down, then again and again while it sends, and ends its work."""
    chance = random.Random(11)
    for kill in range(kills):
        before = await one.api.taken()
        one.there.start()
        if kill == 0:
            await one.has_begun()
        else:
            await has_sent(one, before + chance.randint(1, count // kills))
        await asyncio.sleep(chance.uniform(0, 0.05))
        one.there.kill()
        await one.api.quiet()
    one.there.start()
    await one.has_ended(seconds=count / SLOWEST + LEASE.total_seconds() + SETTLING)
    assert await one.there.end() == 0, one.there.log()


async def has_sent(one: Broadcasting, goal: int) -> None:
    """Wait until so many have got it; on a machine that noticed the kills before too late, until nobody is left."""
    async with asyncio.timeout(SECONDS_TO_START + goal / SLOWEST):
        while await one.api.taken() < goal and await count_open(one.database) != 0:
            await asyncio.sleep(0.02)


def not_true(fates: Sequence[Fate], took: Counter[int]) -> list[Fate]:
    """Whose record says something else than Telegram."""
    wanted = {DeliveryState.SENT: (1,), DeliveryState.UNKNOWN: (0, 1)}
    return [one for one in fates if took[one.chat] not in wanted.get(one.state, (0,))]


def not_as_planned(fates: Sequence[Fate]) -> list[Fate]:
    """Who failed without a reason to, and who should have failed: only a kill in the middle makes that unknown."""
    found = []
    for one in fates:
        wanted = {DeliveryState.UNKNOWN: one.reason}
        reason = FOR_GOOD.get(PLAN.drawn(one.chat))
        wanted |= {DeliveryState.FAILED: reason} if reason else {DeliveryState.SENT: ""}
        if one.reason != wanted.get(one.state):
            found.append(one)
    return found


@pytest.mark.parametrize(
    ("engine", "count", "kills"), [("sqlite", 10_000, 20), ("postgres", 1_500, 6)], indirect=["engine"]
)
async def test_nobody_gets_a_message_twice_and_nobody_is_forgotten_through_many_kills(
    engine: Engine, tmp_path: Path, count: int, kills: int
) -> None:
    async with broadcasting(engine, tmp_path, count) as one:
        await one.api.order("plan", seed=PLAN.seed, share=PLAN.share, retry_after=PLAN.retry_after)
        await live_through_kills(one, count, kills)
        took, struck = await one.api.took(), Counter(await one.api.look("plan"))
        manners, broken = await one.api.look("manners"), await one.api.look("broken")
        fates, (release,) = await list_fates(one.database), await list_releases(one.database)

    states = Counter(fate.state for fate in fates)
    print(dict(states), dict(struck))  # pytest -s
    assert Counter(fate.chat for fate in fates) == Counter(range(FIRST, FIRST + count))
    assert release.state == ReleaseState.SENT
    assert set(took.values()) == {1}
    assert not_true(fates, took) == []
    assert not_as_planned(fates) == []
    lost_answers = struck["cut_before"] + struck["cut_after"]
    assert lost_answers <= states[DeliveryState.UNKNOWN] <= lost_answers + kills * AT_ONCE
    assert broken == []
    # A busy machine is late to see that it must wait; whoever did not wait would go on for two seconds each time.
    assert sum(manners.values()) <= struck["429"] * AT_ONCE


async def test_told_to_end_in_the_middle_it_knows_what_became_of_each_message(engine: Engine, tmp_path: Path) -> None:
    count, ends = 400, 3
    async with broadcasting(engine, tmp_path, count, settings=USUAL | {"BROBYGGER_SEND_RATE": "50"}) as one:
        for _ in range(ends):
            before = await one.api.taken()
            one.there.start()
            await one.api.until(lambda taken, before=before: taken > before + 20)
            assert await one.there.end() == 0, one.there.log()
        one.there.start()
        await one.has_ended(seconds=SECONDS_TO_START + count / SLOWEST)
        await one.there.end()
        took, fates = await one.api.took(), await list_fates(one.database)

    assert "Traceback" not in one.there.log()
    assert Counter(fate.state for fate in fates) == {DeliveryState.SENT: count}
    assert took == Counter(range(FIRST, FIRST + count))
