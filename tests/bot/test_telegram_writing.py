"""Any message becomes parts that Telegram takes: short enough, well formed, nothing lost."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.channels.telegram.writing import LIMIT, parts
from core.messages import Kind, OutgoingMessage, Piece
from tests.fakes.bot_api_html import CannotParse, visible_text

MOST = 4096
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=300) | st.builds(
    lambda text, times: text * times,
    st.text(st.sampled_from("<>&\"' \nabجæ😀"), min_size=1, max_size=12),
    st.integers(1, 1500),
)
LINKS = st.builds(
    Piece, st.just(Kind.LINK), TEXT, st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=500)
)
PIECES = st.builds(Piece, st.sampled_from([kind for kind in Kind if kind is not Kind.LINK]), TEXT) | LINKS


def _letters(text: str) -> str:
    return re.sub(r"[\s•]+", "", text)


@settings(deadline=None)
@given(st.lists(PIECES, max_size=6))
@example([Piece(Kind.TEXT, "&" * 9000)])
@example([Piece(Kind.TITLE, " " * 5000), Piece(Kind.NOTE, " ")])
@example([Piece(Kind.LINK, "x" * 5000, "https://a.example/?q='&\"<>")])
def test_any_message_becomes_parts_that_telegram_takes(pieces: list[Piece]) -> None:
    found = parts(OutgoingMessage("ar", tuple(pieces)))

    for part in found:
        assert len(part.html) <= LIMIT
        assert len(part.plain) <= MOST
        assert visible_text(part.html)
        assert part.plain.strip()
    shown = "".join(visible_text(part.html) for part in found)
    assert _letters(shown) == _letters("".join(piece.text for piece in pieces))


@pytest.mark.parametrize(
    ("piece", "html", "plain"),
    [
        (Piece(Kind.TEXT, 'a < b & "c"'), 'a &lt; b &amp; "c"', 'a < b & "c"'),
        (Piece(Kind.TITLE, "<i>"), "<b>&lt;i&gt;</b>", "<i>"),
        (Piece(Kind.LABEL, "مرحبا"), "<b>مرحبا</b>", "مرحبا"),
        (Piece(Kind.NOTE, "مرحبا"), "<i>مرحبا</i>", "مرحبا"),
        (Piece(Kind.ITEM, "one"), "• one", "• one"),
        (
            Piece(Kind.LINK, "Kilde", "https://a.example/?a=1&b='\""),
            '<a href="https://a.example/?a=1&amp;b=&#x27;&quot;">Kilde</a>',
            "Kilde: https://a.example/?a=1&b='\"",
        ),
    ],
)
def test_how_each_kind_of_piece_is_written(piece: Piece, html: str, plain: str) -> None:
    (part,) = parts(OutgoingMessage("nb", (piece,)))

    assert (part.html, part.plain) == (html, plain)


def test_a_message_is_split_between_its_pieces_and_at_spaces() -> None:
    words = " ".join(f"ord{number}" for number in range(1500))
    message = OutgoingMessage("nb", (Piece(Kind.TEXT, "først " * 200), Piece(Kind.TEXT, words)))

    found = parts(message)

    assert len(found) > 2
    assert " ".join(part.plain for part in found).split() == [*["først"] * 200, *words.split()]


@pytest.mark.parametrize("html", ["<b>x", "x</b>", "<x>y</x>", "<b><i>x</b></i>", "<", "a < b", "<a href='x>y</a>"])
def test_the_fake_refuses_what_telegram_refuses(html: str) -> None:
    with pytest.raises(CannotParse, match="can't parse entities"):
        visible_text(html)
