"""Messages that belong to no channel."""

import pytest

from core.messages import Button, Kind, OutgoingMessage, Piece


def test_a_button_that_telegram_would_refuse_cannot_be_made() -> None:
    Button("Velg", "a" * 64)

    with pytest.raises(ValueError, match="64 bytes"):
        Button("اختر", "answer:" + "ب" * 30)


def test_a_message_as_text_shows_paragraphs_lists_and_links() -> None:
    message = OutgoingMessage(
        "nb",
        (
            Piece(Kind.TITLE, "Plass i barnehage"),
            Piece(Kind.LABEL, "Slik gjør du"),
            Piece(Kind.ITEM, "Søk"),
            Piece(Kind.ITEM, "Vent"),
            Piece(Kind.LINK, "Kilde", url="https://www.provevik.example"),
        ),
    )

    text = message.as_text()

    assert text == "Plass i barnehage\n\nSlik gjør du\n• Søk\n• Vent\n\nKilde: https://www.provevik.example"


@pytest.mark.parametrize(("language", "direction"), [("ar", "rtl"), ("fa", "rtl"), ("ur", "rtl"), ("uk", "ltr")])
def test_a_message_knows_its_direction(language: str, direction: str) -> None:
    assert OutgoingMessage(language, ()).direction == direction
