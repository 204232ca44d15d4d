"""Somebody who talks to the bot over a channel, with everything that a turn changes."""

from dataclasses import dataclass
from datetime import datetime

from bot.turn import Turn
from core.messages import IncomingMessage, Said
from core.private_numbers import take_out
from tests.conftest import DALIA, MONDAY_9AM, TELEGRAM, Town


@dataclass(slots=True)
class Talker:
    """One person on Telegram, or anywhere else."""

    town: Town
    address: str = DALIA
    language: str = "en"
    channel: str = TELEGRAM
    at: datetime = MONDAY_9AM

    async def say(self, text: str) -> Turn:
        """Write something."""
        cleaned, secrets = take_out(text)
        return await self._turn(Said.TEXT, cleaned, secrets=secrets)

    async def press(self, action: str) -> Turn:
        """Press a button, or open a link to the bot."""
        return await self._turn(Said.BUTTON, action)

    async def _turn(self, said: Said, text: str, **more: object) -> Turn:
        message = IncomingMessage(
            self.channel,
            self.address,
            said,
            self.at,
            text=text,
            app_language=self.language,
            **more,  # type: ignore[arg-type]
        )
        async with self.town.database.changing() as session:
            return await self.town.desk.answer(session, message)


def actions(turn: Turn) -> list[str]:
    """What the buttons below a reply do."""
    return [button.action for button in turn.message.buttons]


def action(turn: Turn, name: str) -> str:
    """The action of the first button with this name."""
    return next(one for one in actions(turn) if one.partition(":")[0] == name)
