"""The widget on somebody else's page."""

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Visit, Words

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]

LABEL = "اسألنا"


async def open_widget(visit: Visit, page: Page) -> None:
    await page.goto(visit.site.elsewhere)
    await page.get_by_role("button", name=LABEL).click()
    await expect(page.locator("iframe")).to_be_visible()
    inside = page.frames[-1]
    await inside.wait_for_url(f"{visit.site.chat}/**")  # with its script, too


async def ask(page: Page, question: str) -> None:
    inside = page.frame_locator("iframe")
    await inside.locator("#question").fill(question)
    await inside.locator(".send").click()
    await expect(inside.locator(".asked").last).to_contain_text(question)


@pytest.mark.parametrize(("width", "question", "title"), [
    (320, "كم تكلف الروضة؟", "مكان في الروضة"), (1200, "hva koster barnehagen?", "مكان في الروضة"),
])  # fmt: skip
async def test_it_opens_and_answers_in_the_language_of_the_page(
    visit: Visit, width: int, question: str, title: str
) -> None:
    async with visit.window(width=width) as page:
        await open_widget(visit, page)

        await ask(page, question)

        inside = page.frame_locator("iframe")
        await expect(inside.locator("html")).to_have_attribute("dir", "rtl")
        await expect(inside.locator(".reply").last).to_contain_text(title)
        assert await page.evaluate("document.documentElement.scrollWidth") == width


async def test_escape_closes_it_from_inside_and_the_conversation_is_still_there_afterwards(visit: Visit) -> None:
    async with visit.window() as page:
        await open_widget(visit, page)
        await ask(page, "كم تكلف الروضة؟")
        button = page.get_by_role("button", name=LABEL)
        await expect(button).to_have_attribute("aria-expanded", "true")

        await page.frame_locator("iframe").locator("#question").press("Escape")

        await expect(page.locator("iframe")).to_be_hidden()
        await expect(button).to_have_attribute("aria-expanded", "false")
        await expect(button).to_be_focused()
        await button.press("Enter")
        await expect(page.frame_locator("iframe").locator(".asked")).to_be_visible()


async def test_escape_closes_it_from_outside(visit: Visit) -> None:
    async with visit.window() as page:
        await open_widget(visit, page)

        await page.locator("#theirs").press("Escape")

        await expect(page.locator("iframe")).to_be_hidden()


async def test_it_loads_nothing_before_it_is_opened(visit: Visit) -> None:
    async with visit.window() as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))

        await page.goto(visit.site.elsewhere)

        await expect(page.get_by_role("button", name=LABEL)).to_be_visible()
        assert asked == [visit.site.elsewhere, f"{visit.site.chat}/widget.js"]


async def test_a_language_chosen_inside_stays(visit: Visit) -> None:
    async with visit.window() as page:
        await open_widget(visit, page)
        inside = page.frame_locator("iframe")

        await inside.locator(".languages summary").click()
        await inside.get_by_role("link", name="Українська").click()
        await expect(inside.locator("html")).to_have_attribute("lang", "uk")

        await expect(inside.locator("body")).to_have_class("embedded")


async def test_leaving_quickly_leaves_the_page_around_too(visit: Visit, words: Words) -> None:
    async with visit.window() as page:
        away = "https://www.yr.no/"
        await page.context.route(away, lambda route: route.fulfill(body="Weather", content_type="text/html"))
        await open_widget(visit, page)
        await ask(page, "زوجي يضربني")

        leave = words("ar", "Leave this page quickly")
        await page.frame_locator("iframe").get_by_role("link", name=leave).click()

        await page.wait_for_url(away)
