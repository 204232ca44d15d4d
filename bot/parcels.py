"""Words what delivery hands over: a broadcast, or a message for one person, in the language of who gets it."""

from datetime import datetime

from bot.announcing import word, word_for_group
from bot.desk import Desk
from bot.direct import word_direct
from bot.situation import Situation
from broadcasts.announcements.announcement import Announcement
from broadcasts.delivery.port import Direct, Parcel
from core.messages import OutgoingMessage

MOST_REMEMBERED = 200  # a few broadcasts at a time, each in a few languages


class Wording:
    """Words parcels; an announcement once for all who read the same."""

    def __init__(self, desk: Desk, *, bot_name: str | None = None) -> None:
        """``bot_name``: what a link in a group leads to, if the channel has such links."""
        self._desk = desk
        self._bot_name = bot_name
        self._worded: dict[Announcement, OutgoingMessage] = {}

    async def message(self, parcel: Parcel, *, at: datetime) -> OutgoingMessage:
        """What the person reads."""
        if isinstance(parcel.content, Direct):
            conversation = await self._desk.conversation()
            replies = conversation.replies(Situation(parcel.wanted, at))
            return word_direct(parcel.content.kind, parcel.content.about, replies)
        if parcel.is_group:
            t = self._desk.words.translator(parcel.wanted)
            return word_for_group(parcel.content, t, bot_name=self._bot_name)
        return self._announcement(parcel.content)

    def _announcement(self, announcement: Announcement) -> OutgoingMessage:
        if announcement not in self._worded:
            if len(self._worded) >= MOST_REMEMBERED:
                self._worded.clear()
            words, is_test = self._desk.words.translator(announcement.wanted), announcement.release_id is None
            self._worded[announcement] = word(announcement, words, is_test=is_test)
        return self._worded[announcement]
