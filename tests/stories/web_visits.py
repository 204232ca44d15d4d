"""A browser without JavaScript, in front of the web chat of a town."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import httpx
from sqlalchemy import select

from bot.channels.web.app import WebChat
from bot.desk import Desk
from content.index import Knowledge
from core.database import Database
from core.people import Person
from tests.conftest import MONDAY_9AM, Town
from tests.fakes.web_page import Visitor

KINDERGARTEN = {
    "nb": ("hva koster barnehagen?", "Plass i barnehage"),
    "en": ("what does kindergarten cost", "A place in kindergarten"),
    "ar": ("كم تكلف الروضة؟", "مكان في الروضة"),
}
DANGER = {
    "nb": ("mannen min slår meg", "Vold fra partner", "Ring 113 hvis du er skadet, 116 006"),
    "ar": ("زوجي يضربني", "عنف من الشريك", "اتصل بالرقم 113 إذا أصبت، وبالرقم 116 006"),
}


@asynccontextmanager
async def visiting(
    database: Database, knowledge: Knowledge, *, is_https: bool = False, embed_sites: Sequence[str] = ()
) -> AsyncIterator[Visitor]:
    chat = WebChat(
        database, Desk(knowledge), knowledge, now=lambda: MONDAY_9AM, is_https=is_https, embed_sites=embed_sites
    )
    way = httpx.ASGITransport(chat.application(), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=way, base_url=f"http{'s' if is_https else ''}://chat.example") as http:
        yield Visitor(http)


async def people(town: Town) -> list[Person]:
    async with town.database.reading() as session:
        return list(await session.scalars(select(Person)))
