"""A file beside a reply in the browser: a link that needs neither JavaScript nor another request."""

import re
from base64 import b64decode

import pytest

from bot.channels.web.rendering import Entry, Pages
from bot.desk import CATALOGUES
from core.messages import Attachment, Kind, OutgoingMessage, Piece
from tests.conftest import Town


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize("language", ["nb", "ar"])
async def test_the_file_itself_stands_in_the_link(town: Town, language: str) -> None:
    file = Attachment('a"b.ics', "text/calendar", "BEGIN:VCALENDAR\r\nSUMMARY:مقهى\r\n".encode())
    message = OutgoingMessage(language, (Piece(Kind.TEXT, "x"),), attachment=file)
    catalogue = (await town.conversation()).catalogue

    html = Pages().entry(CATALOGUES.translator(language), Entry(None, message), catalogue, embedded=False)

    found = re.search(r'href="data:text/calendar;charset=utf-8;base64,([^"]*)" download="a&#34;b.ics"', html)
    assert found is not None
    assert b64decode(found[1]) == file.content
