"""Residents on the web page: real requests go in, pages come out. Most of it without JavaScript."""

import re
from collections.abc import Callable

import pytest

from core import languages
from tests.conftest import Town
from tests.fakes.web_page import Visitor
from tests.stories.web_visits import KINDERGARTEN, people

MACHINE = "A machine translated this text. No person has checked the translation yet."


# Questions and answers


@pytest.mark.parametrize("language", KINDERGARTEN)
async def test_a_question_is_answered_without_javascript(visitor: Visitor, language: str) -> None:
    question, title = KINDERGARTEN[language]
    await visitor.open(f"/?lang={language}")

    page = await visitor.ask(question)

    assert page.asked == question
    assert page.reply.startswith(title)
    assert "https://www.provevik.example/services-kindergarten" in page.links
    assert (page.language, page.direction) == (language, languages.direction(language))


@pytest.mark.parametrize("language", KINDERGARTEN)
async def test_javascript_gets_the_same_answer_as_one_entry(visitor: Visitor, language: str) -> None:
    question, title = KINDERGARTEN[language]
    page = await visitor.open(f"/?lang={language}")

    entry = await visitor.send(text=question)

    assert entry.asked == question
    assert entry.reply.startswith(title)
    assert entry.replies[0]["dir"] == page.direction
    assert "<html" not in entry.html


async def test_numbers_stand_apart_in_a_right_to_left_answer(visitor: Visitor) -> None:
    await visitor.open("/?lang=ar")

    page = await visitor.ask(KINDERGARTEN["ar"][0])

    assert re.search(r'<bdi dir="ltr">[^<]*1,200[^<]*</bdi>', page.html)
    assert '<bdi dir="ltr"><a class="together" href="tel:00000010">00 00 00 10</a></bdi>' in page.html


@pytest.mark.parametrize("language", KINDERGARTEN)
async def test_a_link_can_carry_the_question(visitor: Visitor, town: Town, language: str) -> None:
    question, title = KINDERGARTEN[language]

    page = await visitor.open(f"/?lang={language}&q={question}")

    assert page.asked == question
    assert page.reply.startswith(title)
    assert await people(town) == []


async def test_a_follow_up_goes_on_from_the_answer_before(visitor: Visitor, words: Callable[..., str]) -> None:
    await visitor.open("/?lang=nb")
    await visitor.ask("barnehage til sønnen min")

    page = await visitor.ask("hvor finner jeg skjemaet?")

    assert page.reply.startswith(words("nb", "I think you mean: {title}", title="Plass i barnehage"))


async def test_a_question_without_a_checked_answer_gets_an_honest_no_and_a_person(visitor: Visitor) -> None:
    await visitor.open("/?lang=nb")

    page = await visitor.ask("hvordan blir været i morgen")

    assert "00 00 00 10" in page.reply
    assert {"menu", "person"} <= set(page.buttons)


# Languages


async def test_the_first_page_speaks_the_language_of_the_browser(visitor: Visitor) -> None:
    wishes = {"ar-EG,ar;q=0.9,en": "ar", "no-NO": "nb", "uk": "uk", "vi": "en", "*": "nb", "": "nb", ";,": "nb"}
    wishes |= {
        "de-DE, uk;q=0.9": "uk",
        "uk;q=0.2, ar;Q=0.9": "ar",
        "ar;q=0, so": "so",
        "de, fr;q=oops": "en",
        "uk;q=1.0000": "uk",
    }
    wishes |= {"sv-SE, en;q=0.8": "nb", "fa" + ",x" * 9_000: "fa"}

    shown = {wish: (await visitor.open("/", **{"Accept-Language": wish})).language for wish in wishes}

    assert shown == wishes


async def test_every_promised_language_is_offered_under_its_own_name(visitor: Visitor) -> None:
    page = await visitor.open("/")

    assert [link for link in page.links if "lang=" in link] == [f"/?lang={code}" for code in languages.NAMES]
    assert all(f">{name}</a>" in page.html for name in languages.NAMES.values())


async def test_easy_reading_is_kept_without_javascript(visitor: Visitor, town: Town) -> None:
    await visitor.open("/?lang=nb")
    page = await visitor.press("easy")

    assert page.buttons["plain"]
    assert [person.reads_easy for person in await people(town)] == [True]


async def test_the_language_of_the_page_is_remembered_once_something_was_asked(visitor: Visitor) -> None:
    await visitor.open("/?lang=ar")
    await visitor.ask(KINDERGARTEN["ar"][0])

    later = await visitor.open("/", **{"Accept-Language": "nb"})

    assert (later.language, later.direction) == ("ar", "rtl")


async def test_a_new_choice_wins_over_the_one_before(visitor: Visitor, town: Town) -> None:
    await visitor.open("/?lang=ar")
    await visitor.ask(KINDERGARTEN["ar"][0])

    await visitor.open("/?lang=uk")

    assert (await visitor.open("/")).language == "uk"
    assert [person.language for person in await people(town)] == ["uk"]


@pytest.mark.parametrize("action", ["language:ar", "العربية"])
async def test_a_language_chosen_in_the_conversation_is_remembered(visitor: Visitor, action: str) -> None:
    await visitor.open("/?lang=nb")

    page = await (visitor.press(action) if ":" in action else visitor.ask(action))

    assert (page.language, page.fields["lang"]) == ("ar", "ar")
    assert (await visitor.open("/")).language == "ar"


async def test_javascript_is_told_to_change_the_page_when_the_language_changes(visitor: Visitor) -> None:
    answered = await visitor.http.post("/messages", json={"action": "language:ar", "lang": "nb"})

    assert (answered.json()["language"], answered.json()["reload"]) == ("ar", True)


async def test_the_page_around_a_widget_does_not_undo_a_choice(visitor: Visitor) -> None:
    first = await visitor.open("/?embedded=1&page=en")
    await visitor.press("language:ar")

    later = await visitor.open("/?embedded=1&page=en")

    assert first.language == "en"
    assert first.fields["embedded"] == "1"
    assert later.language == "ar"


async def test_a_text_that_exists_only_in_another_language_says_so(visitor: Visitor, words: Callable[..., str]) -> None:
    await visitor.open("/?lang=ar")

    page = await visitor.press("answer:practice-dugnad")

    said = words(
        "ar", "We do not have this answer in {wanted} yet. It is shown in {shown}.", wanted="العربية", shown="English"
    )
    assert said in page.reply
    assert '<h2 lang="en" dir="ltr">What is dugnad?</h2>' in page.html


async def test_a_machine_translation_is_labelled_and_a_written_text_is_not(
    visitor: Visitor, words: Callable[..., str]
) -> None:
    arabic = await visitor.open("/?lang=ar&q=" + KINDERGARTEN["ar"][0])
    norwegian = await visitor.open("/?lang=nb&q=" + KINDERGARTEN["nb"][0])

    assert words("ar", MACHINE) in arabic.reply
    assert words("nb", MACHINE) not in norwegian.reply


async def test_writing_in_another_language_offers_it_on_a_button(visitor: Visitor) -> None:
    await visitor.open("/?lang=nb")

    page = await visitor.ask("أريد أن أسجل ابني في الروضة هذا العام")

    assert page.language == "nb"
    assert "العربية" in page.buttons["language:ar"]


# Buttons


@pytest.mark.parametrize("language", ["nb", "ar"])
async def test_every_button_leads_to_a_reply(visitor: Visitor, language: str) -> None:
    start = await visitor.open(f"/?lang={language}")
    waiting, tried = list(start.buttons), set[str]()

    while waiting:
        tried.add(action := waiting.pop())
        visitor.fields["lang"] = language
        page = await visitor.press(action)
        assert page.status == 200, action
        assert page.reply, action
        waiting += [other for other in page.buttons if other not in tried and other not in waiting]

    assert {"answer:services-kindergarten", "share:services-kindergarten", "event:crisis", "language:ti"} <= tried


@pytest.mark.parametrize(("language", "title"), [("nb", "Plass i barnehage"), ("ar", "مكان في الروضة")])
async def test_an_answer_can_be_shared_with_its_source(visitor: Visitor, language: str, title: str) -> None:
    await visitor.open(f"/?lang={language}")

    page = await visitor.press("share:services-kindergarten")

    assert title in page.reply
    assert "https://www.provevik.example/services-kindergarten" in page.links


async def test_an_unknown_button_gets_a_helpful_reply(visitor: Visitor) -> None:
    await visitor.open("/?lang=nb")

    for action in ("nosuch", "answer:", "answer:x", "area:x", "language:xx", "\x00", ":", "x" * 5000, "🦄"):
        page = await visitor.press(action)
        assert page.status == 200, action
        assert page.buttons, action
        assert (await visitor.ask(KINDERGARTEN["nb"][0])).reply.startswith("Plass i barnehage"), action
