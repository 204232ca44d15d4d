"""Somebody at their phone: writes, presses buttons, and reads what comes back."""

from dataclasses import dataclass
from datetime import datetime

from core.messages import OutgoingMessage
from tests.bot.talking import Talker
from tests.conftest import MONDAY_9AM, Town

SABA = "2001"  # the ambassador of broadcasts/making.py


@dataclass(slots=True)
class Phone:
    """One person's chat with a town. ``last`` is what they read last."""

    town: Town
    address: str = SABA
    at: datetime = MONDAY_9AM
    language: str = "nb"
    last: OutgoingMessage | None = None

    async def write(self, text: str) -> OutgoingMessage:
        """A message, cleaned as every channel does."""
        self.last = (await self._talker.say(text)).message
        return self.last

    async def press(self, action: str) -> OutgoingMessage:
        """Any button, also one that does not stand under the last message."""
        self.last = (await self._talker.press(action)).message
        return self.last

    async def choose(self, ending: str) -> OutgoingMessage:
        """The one button under the last message whose action ends so."""
        found = [action for action in self.actions if action.endswith(ending)]
        assert len(found) == 1, f"{ending} is one of {self.actions}"
        return await self.press(found[0])

    @property
    def actions(self) -> list[str]:
        """What the buttons under the last message send."""
        assert self.last is not None
        return [button.action for button in self.last.buttons]

    @property
    def text(self) -> str:
        """What the last message says."""
        assert self.last is not None
        return self.last.as_text()

    @property
    def _talker(self) -> Talker:
        return Talker(self.town, self.address, self.language, at=self.at)
