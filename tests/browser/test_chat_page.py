"""The chat page in a real browser, as residents meet it."""

import asyncio
import re

import pytest
from playwright.async_api import Locator, Page, Route, expect

from tests.browser.conftest import Visit, Words, slow

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

KINDERGARTEN = {
    "nb": ("hva koster barnehagen?", "Plass i barnehage"),
    "ar": ("كم تكلف الروضة؟", "مكان في الروضة"),
}
DANGER = {"nb": "mannen min slår meg", "ar": "زوجي يضربني", "ti": "ሰብኣየይ ይሃርመኒ"}
AWAY = "https://www.yr.no/"


def last_reply(page: Page) -> Locator:
    return page.locator(".reply").last


async def ask(page: Page, question: str) -> Locator:
    """Write, press the button beside the field, and wait for the reply."""
    await page.wait_for_load_state()  # before its script is there, the form brings a new page
    before = await page.locator(".reply").count()
    await page.locator("#question").fill(question)
    await page.locator(".send").click()
    reply = page.locator(".reply").nth(before)
    await expect(reply).to_be_visible()
    return reply


async def press(page: Page, label: str) -> None:
    await last_reply(page).get_by_role("button", name=label, exact=True).click()


async def focused(page: Page) -> str:
    return str(await page.evaluate("document.activeElement.id || document.activeElement.value"))


# Stories


@pytest.mark.parametrize("language", KINDERGARTEN)
async def test_somebody_asks_reads_looks_further_and_shares(visit: Visit, words: Words, language: str) -> None:
    question, title = KINDERGARTEN[language]
    async with visit.chat(language) as page:
        answer = await ask(page, question)
        await expect(answer.get_by_role("heading", level=2)).to_have_text(title)
        await expect(page.locator(".asked p")).to_have_text(question)

        await press(page, words(language, "Share this"))
        await expect(last_reply(page)).to_contain_text(words(language, "Copy or forward this text:"))

        await press(page, title)
        await expect(page.locator(".reply")).to_have_count(4)
        await expect(last_reply(page).get_by_role("heading", level=2)).to_have_text(title)


@pytest.mark.parametrize(("language", "other"), [("nb", "ar"), slow("ar", "nb")])
async def test_somebody_changes_the_language_and_it_stays(visit: Visit, language: str, other: str) -> None:
    question, title = KINDERGARTEN[other]
    names = {"nb": "Norsk bokmål", "ar": "العربية"}
    async with visit.chat(language) as page:
        await page.locator(".languages summary").click()
        await page.get_by_role("link", name=names[other], exact=True).click()
        await expect(page.locator("html")).to_have_attribute("dir", "rtl" if other == "ar" else "ltr")
        await expect(await ask(page, question)).to_contain_text(title)

        await page.goto(visit.site.chat)

        await expect(page.locator("html")).to_have_attribute("lang", other)


async def test_a_language_chosen_in_the_conversation_changes_the_whole_page(visit: Visit, words: Words) -> None:
    async with visit.chat("nb") as page:
        await press(page, words("nb", "Choose language"))
        await press(page, "العربية")

        await expect(page.locator("html")).to_have_attribute("dir", "rtl")
        await expect(page.locator(".send")).to_have_text(words("ar", "Send"))


@pytest.mark.parametrize("language", [slow("nb"), "ar"])
async def test_everything_works_without_javascript(visit: Visit, words: Words, language: str) -> None:
    question, title = KINDERGARTEN[language]
    async with visit.chat(language, java_script_enabled=False) as page:
        await page.locator("#question").fill(question)
        await page.locator(".send").click()
        await expect(page.locator("h2")).to_have_text(title)
        await press(page, words(language, "All topics"))
        await press(page, words(language, "Choose language"))
        await press(page, "Українська")
        await expect(page.locator("html")).to_have_attribute("lang", "uk")

        await page.locator(".languages summary").click()
        await page.get_by_role("link", name="العربية").click()
        await expect(page.locator("html")).to_have_attribute("dir", "rtl")


# Keyboard, screen readers


@pytest.mark.parametrize("language", [slow("nb"), "ar"])
async def test_a_keyboard_is_enough(visit: Visit, words: Words, language: str) -> None:
    question, title = KINDERGARTEN[language]
    async with visit.chat(language) as page:
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")  # straight to the field
        await page.keyboard.type(question)
        await page.keyboard.press("Enter")
        await expect(last_reply(page)).to_contain_text(title)
        assert await focused(page) == "question"

        while await focused(page) != "menu":
            await page.keyboard.press("Shift+Tab")
        await page.keyboard.press("Space")
        await expect(last_reply(page)).to_contain_text(words(language, "What is it about?"))

        while await focused(page) != "area:services":
            await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await expect(last_reply(page).get_by_role("heading")).to_have_text(words(language, "Public services"))


async def test_the_language_can_be_chosen_with_the_keyboard(visit: Visit) -> None:
    async with visit.chat("nb") as page:
        await page.locator(".languages summary").focus()
        await page.keyboard.press("Enter")
        while "lang=ar" not in str(await page.evaluate("document.activeElement.href")):
            await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")

        await expect(page.locator("html")).to_have_attribute("lang", "ar")


async def test_shift_and_enter_begins_a_new_line(visit: Visit) -> None:
    async with visit.chat("ar") as page:
        await page.locator("#question").press_sequentially("كم")
        await page.keyboard.press("Shift+Enter")
        await page.keyboard.type("تكلف الروضة")

        assert await page.locator("#question").input_value() == "كم\nتكلف الروضة"
        await expect(page.locator(".asked")).to_have_count(0)


async def test_waiting_and_the_answer_are_announced(visit: Visit, words: Words) -> None:
    async with visit.chat("ar") as page:
        waiting: asyncio.Queue[Route] = asyncio.Queue()

        async def hold(route: Route) -> None:
            await waiting.put(route)

        await page.route("**/messages", hold)
        await page.locator("#question").fill(KINDERGARTEN["ar"][0])
        await page.locator(".send").click()
        await expect(page.get_by_role("status")).to_have_text(words("ar", "Looking for an answer …"))

        await (await waiting.get()).continue_()

        log = page.get_by_role("log", name=words("ar", "Conversation"))
        await expect(log).to_have_attribute("aria-live", "polite")
        await expect(log).to_contain_text("مكان في الروضة")
        await expect(page.get_by_role("status")).to_be_empty()
        await expect(page.locator("#question")).to_have_value("")


async def test_a_question_that_did_not_get_through_is_kept_and_can_be_sent_again(visit: Visit, words: Words) -> None:
    async with visit.chat("nb") as page:
        await page.route("**/messages", lambda route: route.abort())
        await page.locator("#question").fill("hva koster barnehagen?")
        await page.locator(".send").click()
        failed = words("nb", "The message did not get through. Check your connection and send it again.")
        await expect(page.get_by_role("status")).to_have_text(failed)
        await expect(page.locator("#question")).to_have_value("hva koster barnehagen?")

        await page.unroute("**/messages")
        await page.locator(".send").click()

        await expect(last_reply(page)).to_contain_text("Plass i barnehage")
        visit.complaints.clear()  # the browser itself notes the lost connection


async def test_pressing_twice_asks_once(visit: Visit) -> None:
    async with visit.chat("nb") as page:
        await page.locator("#question").fill("hva koster barnehagen?")
        await page.locator(".send").dblclick()
        await expect(page.locator(".reply")).to_have_count(2)
        await ask(page, "hva er dugnad")

        await expect(page.locator(".asked")).to_have_count(2)


async def test_the_answer_begins_in_sight_and_a_phones_keyboard_does_not_cover_it(visit: Visit) -> None:
    async with visit.chat("ar", width=375, has_touch=True, is_mobile=True) as page:
        await ask(page, KINDERGARTEN["ar"][0])

        await expect(page.locator(".asked")).to_be_in_viewport(ratio=1)
        await expect(last_reply(page).locator("h2")).to_be_in_viewport(ratio=1)
        assert await focused(page) != "question"


async def test_each_text_has_its_own_direction(visit: Visit) -> None:
    async with visit.chat("nb") as page:
        await ask(page, KINDERGARTEN["ar"][0])
        assert await direction(page.locator(".asked p")) == "rtl"
        assert await direction(last_reply(page)) == "ltr"

    async with visit.chat("ar") as page:
        await ask(page, "hva er dugnad?")
        assert await direction(page.locator(".asked p")) == "ltr"
        assert await direction(last_reply(page).locator("h2")) == "ltr"  # shown in English
        assert await direction(last_reply(page)) == "rtl"


async def direction(element: Locator) -> str:
    return str(await element.evaluate("element => getComputedStyle(element).direction"))


# Danger


@pytest.mark.parametrize("language", [slow("nb"), "ar"])
async def test_somebody_in_danger_sees_the_numbers_and_the_way_out_at_once(
    visit: Visit, words: Words, language: str
) -> None:
    async with visit.chat(language, width=375, height=600) as page:
        reply = await ask(page, DANGER[language])

        await expect(reply).to_have_class(re.compile("urgent"))
        await expect(reply.get_by_role("link", name="116 006").first).to_be_in_viewport(ratio=1)
        await expect(page.get_by_role("link", name=words(language, "Leave this page quickly"))).to_be_in_viewport(
            ratio=1
        )


async def test_telephone_numbers_stay_in_order_and_in_one_line(visit: Visit) -> None:
    async with visit.chat("ar", width=320) as page:
        await ask(page, DANGER["ar"])

        numbers = last_reply(page).locator("bdi", has_text=re.compile(r"^[\d ]+$"))
        assert await numbers.count() >= 3
        for place in range(await numbers.count()):
            assert await direction(numbers.nth(place)) == "ltr"
            lefts, tops = await numbers.nth(place).evaluate(WHERE_DIGITS_STAND)
            assert lefts == sorted(lefts)
            assert len(set(tops)) == 1


WHERE_DIGITS_STAND = """element => {
    const text = document.createTreeWalker(element, NodeFilter.SHOW_TEXT).nextNode();
    const places = [...text.data].map((_, at) => {
        const range = document.createRange();
        range.setStart(text, at);
        range.setEnd(text, at + 1);
        return range.getBoundingClientRect();
    });
    return [places.map(place => place.left), places.map(place => Math.round(place.top))];
}"""


@pytest.mark.parametrize("language", [slow("nb"), "ar"])
async def test_leaving_quickly_shows_something_else_and_back_does_not_lead_here(
    visit: Visit, words: Words, language: str
) -> None:
    async with visit.window() as page:
        await page.goto("about:blank")
        await page.goto(f"{visit.site.chat}/?lang={language}")
        await page.context.route(
            AWAY, lambda route: route.fulfill(body="<title>Weather</title>", content_type="text/html")
        )
        await ask(page, DANGER[language])

        await page.get_by_role("link", name=words(language, "Leave this page quickly")).click()

        await page.wait_for_url(AWAY)
        await page.go_back()
        assert page.url == "about:blank"


# Shape and safety


@pytest.mark.parametrize("language", [slow("nb"), slow("uk"), "ar", slow("ti")])
async def test_nothing_needs_scrolling_sideways_on_the_narrowest_phone(
    visit: Visit, words: Words, language: str
) -> None:
    async with visit.chat(language, width=320) as page:
        await page.locator("#question").fill("x" * 300)
        await page.locator(".send").click()
        await expect(page.locator(".reply")).to_have_count(2)
        await ask(page, DANGER.get(language, "чоловік б'є мене"))
        await press(page, words(language, "All topics"))
        await expect(page.locator(".reply")).to_have_count(4)
        await page.locator(".languages summary").click()

        assert await page.evaluate("document.documentElement.scrollWidth") == 320


async def test_what_was_written_never_runs(visit: Visit) -> None:
    async with visit.chat("nb") as page:
        await ask(page, "<img src=x onerror=\"document.title='broken'\"><script>document.title='broken'</script>")

        assert "broken" not in await page.title()
        await expect(page.locator(".asked img, .asked script")).to_have_count(0)
