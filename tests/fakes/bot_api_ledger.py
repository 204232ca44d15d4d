"""Which chat took a message when: 20 bytes each, so that a hundred thousand weigh nothing."""

from array import array
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from zlib import crc32


class Ledger:
    """Only ever grows. Times are seconds of any one clock."""

    def __init__(self) -> None:
        self._chats = array("q")
        self._times = array("d")
        self._hashes = array("I")

    def __len__(self) -> int:
        return len(self._chats)

    def note(self, chat: int, text: str, *, at: float) -> None:
        """The chat took this text."""
        self._chats.append(chat)
        self._times.append(at)
        self._hashes.append(crc32(text.encode()))

    def counts(self) -> Counter[int]:
        """How often each chat took a message."""
        return Counter(self._chats)

    def of(self, chat: int) -> list[tuple[float, int]]:
        """When one chat took a message, in seconds since the first of all, and a hash of each text."""
        return [
            (at - self._times[0], found)
            for one, at, found in zip(self._chats, self._times, self._hashes, strict=True)
            if one == chat
        ]

    @property
    def chats(self) -> Sequence[int]:
        """Which chat took each message, in order."""
        return self._chats

    @property
    def times(self) -> Sequence[float]:
        """When each message was taken, by the clock that ``note`` was given."""
        return self._times

    def seconds(self) -> float:
        """From the first message to the last."""
        return self._times[-1] - self._times[0] if self._times else 0

    def per_second(self) -> list[int]:
        """How many were taken in each second since the first."""
        found = [0] * (int(self.seconds()) + 1 if self._times else 0)
        for at in self._times:
            found[int(at - self._times[0])] += 1
        return found

    def most_in_a_second(self) -> int:
        """The greatest number within any one second, wherever it begins."""
        most = first = 0
        for place, at in enumerate(self._times):
            while self._times[first] <= at - 1:
                first += 1
            most = max(most, place - first + 1)
        return most

    def shortest_gap(self) -> float | None:
        """The shortest time between two messages to one chat; None when no chat took two."""
        latest: dict[int, list[float]] = {}
        for chat, at in zip(self._chats, self._times, strict=True):
            latest.setdefault(chat, []).append(at)
        gaps = [after - before for times in latest.values() for before, after in pairwise(times)]
        return min(gaps, default=None)
