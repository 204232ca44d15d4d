"""What several ask at one moment is done in one go."""

import asyncio
from collections.abc import Sequence

import pytest

from core.together import Together


class Kitchen:
    """Bakes what is ordered, as many at once as are there; what is rotten spoils the whole lot."""

    def __init__(self) -> None:
        self.lots: list[list[str]] = []
        self.oven = asyncio.Event()
        self.oven.set()

    async def bake(self, several: Sequence[str]) -> list[str]:
        self.lots.append(list(several))
        await self.oven.wait()
        if "rotten" in several:
            raise ValueError("rotten")
        return [one.upper() for one in several]


async def test_all_who_ask_at_one_moment_are_served_in_one_go_in_their_order() -> None:
    kitchen = Kitchen()
    together = Together(kitchen.bake, most=3)

    assert await asyncio.gather(*(together.ask(one) for one in "abcd")) == ["A", "B", "C", "D"]
    assert kitchen.lots == [["a", "b", "c"], ["d"]]


async def test_who_comes_while_a_go_is_under_way_is_in_the_next() -> None:
    kitchen = Kitchen()
    together = Together(kitchen.bake, most=8)
    kitchen.oven.clear()
    first = asyncio.create_task(together.ask("a"))
    while not kitchen.lots:
        await asyncio.sleep(0)
    others = [asyncio.create_task(together.ask(one)) for one in "bc"]
    await asyncio.sleep(0)
    kitchen.oven.set()

    assert await asyncio.gather(first, *others) == ["A", "B", "C"]
    assert kitchen.lots == [["a"], ["b", "c"]]
    assert await together.ask("later") == "LATER"


async def test_what_is_wrong_with_one_harms_no_other() -> None:
    together = Together(Kitchen().bake, most=8)

    good, bad, better = await asyncio.gather(
        *(together.ask(one) for one in ("a", "rotten", "b")), return_exceptions=True
    )

    assert (good, better) == ("A", "B")
    assert isinstance(bad, ValueError)
    with pytest.raises(ValueError, match="rotten"):
        await together.ask("rotten")


async def test_who_goes_away_leaves_the_others_served() -> None:
    together = Together(Kitchen().bake, most=8)
    gone, there = (asyncio.create_task(together.ask(one)) for one in "ab")
    await asyncio.sleep(0)
    gone.cancel()

    assert await there == "B"
    assert isinstance((await asyncio.gather(gone, return_exceptions=True))[0], asyncio.CancelledError)
