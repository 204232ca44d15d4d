"""Work that costs little more for several than for one: what is asked for at one moment is done in one go."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


class Together(Generic[Asked, Answer]):
    """Gathers what is asked for while the last go is under way, and then does all of it at once.

    Whoever asks alone waits for nobody. A go that fails is tried again one by one, so that each meets only what is
    wrong with their own: what is done must be such that it can be done again.
    """

    def __init__(self, do: Callable[[Sequence[Asked]], Awaitable[Sequence[Answer]]], *, most: int) -> None:
        """``do`` gives as many answers as it was asked for, in their order, of at most ``most``."""
        self._do = do
        self._most = most
        self._waiting: list[tuple[Asked, asyncio.Future[Answer]]] = []
        self._going: asyncio.Task[None] | None = None

    async def ask(self, one: Asked) -> Answer:
        """The answer to this one. Raises what ``do`` raises when it is asked for this one alone."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((one, answer))
        if self._going is None or self._going.done():
            self._going = asyncio.create_task(self._go(), context=Context())  # it belongs to no turn of its own
        return await answer

    async def _go(self) -> None:
        """Begins when all who are ready at this moment have asked."""
        while self._waiting:
            now, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            await self._answer(now)
            if self._waiting:
                await asyncio.sleep(0)  # who was answered goes on first

    async def _answer(self, now: Sequence[tuple[Asked, asyncio.Future[Answer]]]) -> None:
        try:
            answers = await self._do([one for one, _answer in now])
        except Exception as problem:
            if len(now) > 1:
                await asyncio.gather(*(self._answer([one]) for one in now))
            elif not now[0][1].done():
                now[0][1].set_exception(problem)
            return
        for (_one, waiting), answer in zip(now, answers, strict=True):
            if not waiting.done():  # who asked may be gone
                waiting.set_result(answer)
