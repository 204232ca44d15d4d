"""Ambassadors are told when a crisis message goes through their organisation: they agreed to it, and will be asked."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.announcements.records import Broadcast
from broadcasts.crisis.texts import Texts
from broadcasts.delivery.direct import write_to
from broadcasts.organisations.records import Organisation
from broadcasts.organisations.speaking import list_in_chat
from core import languages

DIRECT_KIND = "crisis_sent"


async def tell_ambassadors(session: AsyncSession, broadcast: Broadcast, texts: Texts, *, at: datetime) -> None:
    """Write the message itself to each who speaks for the organisation in the chat, in their language or the next."""
    organisation = await session.get_one(Organisation, broadcast.organisation_id)
    for ambassador, person in await list_in_chat(session, organisation.id):
        wanted = person.language or broadcast.source_language
        shown_in = languages.first_available(wanted, texts) or broadcast.source_language
        about = {
            "organisation": organisation.name,
            "title": texts[shown_in].title,
            "body": texts[shown_in].body,
            "language": shown_in,
        }
        key = key_of(broadcast.id, ambassador.id)
        await write_to(session, person.id, DIRECT_KIND, about, key=key, at=at, wakes=True)


def key_of(broadcast_id: int, ambassador_id: int) -> str:
    """By which the message to this ambassador is found again."""
    return f"{DIRECT_KIND}:{broadcast_id}:{ambassador_id}"
