"""How a text becomes HTML: what can be pressed, what stays together, what is escaped."""

import time

import pytest

from bot.channels.web.rendering import Entry, Links, words
from core.messages import Kind, OutgoingMessage, Piece

LINKS = Links(["113", "116 006", "00 00 00 10", "+47 23 32 70 00"])
WEB = '<a href="{0}" target="_blank" rel="noopener noreferrer">{0}</a>'
TEL = '<a class="together" href="tel:{}">{}</a>'


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Ring 113.", f"Ring {TEL.format('113', '113')}."),
        ("116 006, 113", f"{TEL.format('116006', '116 006')}, {TEL.format('113', '113')}"),
        ("+47 23 32 70 00", TEL.format("+4723327000", "+47 23 32 70 00")),
        ("\u2066116 006\u2069 اتصل", f'<bdi dir="ltr">{TEL.format("116006", "116 006")}</bdi> اتصل'),
        ("1130 og 5113 og 113 000", '1130 og 5113 og <span class="together">113 000</span>'),
        ("1 200 kr, 09:00–15:00", '<span class="together">1 200</span> kr, <span class="together">09:00–15:00</span>'),
        ("Se https://a.no/b?c=1&d=2.", f"Se {WEB.format('https://a.no/b?c=1&amp;d=2')}."),
        ("(https://a.no/116%20006)", f"({WEB.format('https://a.no/116%20006')})"),
        ("\u2066https://a.no\u2069؟", f'<bdi dir="ltr">{WEB.format("https://a.no")}</bdi>؟'),
        ("eller:post+1@a.no", 'eller:<a href="mailto:post+1@a.no">post+1@<wbr>a.no</a>'),
        ("post@a.no.", '<a href="mailto:post@a.no">post@<wbr>a.no</a>.'),
        ("javascript:alert(1) http://a.no", "javascript:alert(1) http://a.no"),
        ('<b onclick="x">&', "&lt;b onclick=&#34;x&#34;&gt;&amp;"),
        ('https://a.no/"><script>', WEB.format("https://a.no/&#34;") + "&gt;&lt;script&gt;"),
    ],
)
def test_addresses_and_known_numbers_can_be_pressed_and_the_rest_is_escaped(text: str, html: str) -> None:
    assert words(Piece(Kind.TEXT, text), LINKS) == html


def test_a_long_word_takes_no_longer_than_as_many_short_ones() -> None:
    began = time.thread_time()

    LINKS.mark("x" * 20_000 + " 1")

    assert time.thread_time() - began < 1  # three seconds, when each letter may begin an address


def test_without_known_numbers_nothing_can_be_called() -> None:
    assert "tel:" not in Links([]).mark("Ring 113 eller 116 006")


def test_what_belongs_together_stands_in_one_part() -> None:
    kinds = [Kind.TITLE, Kind.NOTE, Kind.NOTE, Kind.TEXT, Kind.ITEM, Kind.ITEM, Kind.LINK, Kind.NOTE]
    message = OutgoingMessage("ar", tuple(Piece(kind, kind.value) for kind in kinds))

    parts = [(name, len(pieces)) for name, pieces in Entry(None, message).parts]

    assert parts == [("title", 1), ("about", 2), ("text", 1), ("item", 2), ("about", 2)]


def test_a_list_has_one_language() -> None:
    message = OutgoingMessage(
        "ar",
        (
            Piece(Kind.ITEM, "one", language="en"),
            Piece(Kind.ITEM, "اثنان"),
            Piece(Kind.ITEM, "ثلاثة", language="ar"),
        ),
    )

    lists = [[piece.text for piece in pieces] for _name, pieces in Entry(None, message).parts]

    assert lists == [["one"], ["اثنان", "ثلاثة"]]


@pytest.mark.parametrize(("kinds", "level"), [([Kind.TITLE, Kind.LABEL], 3), ([Kind.TEXT, Kind.LABEL], 2)])
def test_no_level_of_heading_is_left_out(kinds: list[Kind], level: int) -> None:
    message = OutgoingMessage("nb", tuple(Piece(kind, "…") for kind in kinds))

    assert Entry(None, message).label_level == level
