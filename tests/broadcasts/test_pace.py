"""How fast one process may send."""

from dataclasses import dataclass

import pytest

from broadcasts.delivery.pace import Pace


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


def sent_in(pace: Pace, clock: Clock, seconds: float, *, replies_a_second: int = 0) -> int:
    """How many go out when everything that may go goes, looking at every beat."""
    sent, end, asked = 0, clock.now + seconds, 0.0
    while clock.now < end:
        if replies_a_second and clock.now - asked >= 1:
            asked = clock.now
            for number in range(replies_a_second):
                pace.note_reply(str(number))
        count = pace.allowed()
        pace.take(count)
        sent += count
        clock.now += pace.beat
    return sent


@pytest.mark.parametrize("rate", [1, 25, 400, 1000])
def test_the_rate_is_kept_over_time(rate: int) -> None:
    clock = Clock()

    sent = sent_in(Pace(rate, seconds=clock), clock, 60)

    assert 0.95 * rate * 60 <= sent <= rate * 60 + rate


def test_replies_go_first_and_both_together_stay_below_telegrams_limit() -> None:
    clock = Clock()

    sent = sent_in(Pace(25, seconds=clock), clock, 60, replies_a_second=20)

    assert sent <= (30 - 20) * 60 + 25
    assert sent >= 60  # a broadcast does not stand still


def test_after_a_pause_no_burst_makes_up_for_it() -> None:
    clock = Clock()
    pace = Pace(25, seconds=clock)
    pace.allowed()
    clock.now += 3600

    assert pace.allowed() <= 10


async def test_one_chat_gets_one_message_a_second_and_a_group_one_in_three() -> None:
    clock = Clock()
    pace = Pace(seconds=clock)
    waited: list[float] = []

    async def no_sleep(seconds: float) -> None:
        waited.append(seconds)

    pace.sleep = no_sleep
    await pace.wait_for_chat("1", is_group=False)
    await pace.wait_for_chat("1", is_group=False)
    await pace.wait_for_chat("-5", is_group=True)
    await pace.wait_for_chat("-5", is_group=True)
    await pace.wait_for_chat("2", is_group=False)

    assert waited == [1.0, 3.0]


async def test_what_was_held_up_does_not_all_go_in_one_second() -> None:
    clock = Clock()
    pace = Pace(25, seconds=clock)

    async def pass_time(seconds: float) -> None:
        clock.now += seconds

    pace.sleep = pass_time
    left = []
    for _ in range(100):
        await pace.wait_for_place()
        left.append(clock.now)

    assert max(sum(at <= one < at + 1 for one in left) for at in left) <= 28
    assert left[-1] - left[0] <= 100 / 25
