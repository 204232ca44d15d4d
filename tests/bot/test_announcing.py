"""How a broadcast reads to who gets it."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from bot.announcing import word, word_for_group
from bot.desk import CATALOGUES
from broadcasts.announcements.announcement import Announcement
from broadcasts.announcements.records import Kind, ReplyKey
from core import languages
from core.messages import Kind as Look

CAFE = Announcement(
    broadcast_id=7,
    release_id=9,
    organisation_id="eritrean-women",
    organisation="Eritrean Women",
    kind=Kind.EVENT,
    language="nb",
    wanted="nb",
    title="Kafé på lørdag",
    body="Vi møtes.\n\nTa med barna.",
    is_machine=False,
    comment="",
    comment_language="",
    place="Rådhuset",
    begins_at=datetime(2026, 12, 12, 18, 0),  # noqa: DTZ001 (local wall time)
    ends_at=datetime(2026, 12, 12, 20, 30),  # noqa: DTZ001
    zone="Europe/Oslo",
    deadline_on=None,
    replies=(),
    answer_id=None,
    is_drill=False,
)


def lines(announcement: Announcement, language: str = "en", *, is_test: bool = False) -> list[str]:
    message = word(announcement, CATALOGUES.translator(language), is_test=is_test)
    return [piece.text for piece in message.pieces]


@pytest.mark.parametrize(("language", "first"), [("nb", "Ring nå:"), ("ar", "اتصل الآن:")])
def test_lines_with_dashes_are_a_list(language: str, first: str) -> None:
    one = replace(CAFE, body=f"{first}\n- 113: a\n- 112: b\nHei.\n\n• c", language=language, wanted=language)

    message = word(one, CATALOGUES.translator(language))

    body = [(piece.kind, piece.text) for piece in message.pieces[2:7]]
    assert body == [
        (Look.TEXT, first), (Look.ITEM, "113: a"), (Look.ITEM, "112: b"), (Look.TEXT, "Hei."), (Look.ITEM, "c")
    ]  # fmt: skip


def test_a_message_says_whose_it_is_and_when_and_where() -> None:
    said = lines(CAFE)

    assert said[0] == "Message from Eritrean Women"
    assert said[1:4] == ["Kafé på lørdag", "Vi møtes.", "Ta med barna."]
    assert "When: Saturday, December 12, 2026, 18:00–20:30" in said
    assert "Where: Rådhuset" in said


@pytest.mark.parametrize("language", languages.NAMES)
def test_every_language_has_its_words_and_buttons_that_fit(language: str) -> None:
    everything = replace(
        CAFE, replies=tuple(ReplyKey), answer_id="services-doctor", deadline_on=date(2026, 12, 1),
        comment="Vi hjelper deg.", comment_language="nb", is_machine=True, wanted=language,
    )  # fmt: skip

    message = word(everything, CATALOGUES.translator(language))

    assert message.language == language
    assert all(piece.text.strip() and "{" not in piece.text for piece in message.pieces)
    assert all(len(button.label) <= 60 for button in message.buttons)


def test_a_text_in_another_language_says_so_and_keeps_its_own_direction() -> None:
    message = word(replace(CAFE, wanted="ar"), CATALOGUES.translator("ar"))

    title = next(piece for piece in message.pieces if piece.kind is Look.TITLE)
    assert message.direction == "rtl"
    assert title.language == "nb"
    assert any(piece.kind is Look.NOTE for piece in message.pieces)
    assert any("\u2068Rådhuset\u2069" in piece.text for piece in message.pieces)


@pytest.mark.parametrize("language", ["nb", "ar"])
def test_in_a_group_there_is_one_link_for_all_and_no_button(language: str) -> None:
    t, one = CATALOGUES.translator(language), replace(CAFE, join_code="WMNA2345", wanted=language)

    message = word_for_group(one, t, bot_name="brobygda_bot")
    nameless = word_for_group(one, t, bot_name=None)

    (link,) = [piece for piece in message.pieces if piece.kind is Look.LINK]
    assert link.url == "https://t.me/brobygda_bot?start=open_9_WMNA2345"
    assert message.buttons == nameless.buttons == ()
    assert nameless.pieces == word(one, t).pieces


def test_the_organisations_own_words_are_shown_as_theirs() -> None:
    said = lines(replace(CAFE, comment="Vi drikker kaffe.", comment_language="nb"))

    assert said[said.index("Vi drikker kaffe.") - 1] == "Eritrean Women adds:"


def test_a_test_says_that_it_is_one_and_its_buttons_are_left_out() -> None:
    message = word(replace(CAFE, release_id=None), CATALOGUES.translator("en"), is_test=True)

    assert message.pieces[0].text == "This is a test. Only you get it."
    assert message.buttons == ()


def test_a_drill_says_so_first_and_asks_only_whether_it_was_seen() -> None:
    message = word(replace(CAFE, is_drill=True, kind=Kind.URGENT, begins_at=None), CATALOGUES.translator("en"))

    assert message.pieces[0].text == "This is a drill. Nothing has happened."
    assert [button.action for button in message.buttons] == ["reply:9:yes"]


def test_one_button_ends_the_messages_of_this_organisation() -> None:
    message = word(CAFE, CATALOGUES.translator("en"))

    assert message.buttons[-1].label == "No more from Eritrean Women"
    assert message.buttons[-1].action == "leave:eritrean-women"
