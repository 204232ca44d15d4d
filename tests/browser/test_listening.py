"""The chat page reads aloud with a voice of the reader's own device. The device here is made up: nothing is heard."""

import re

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import Visit, Words

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

KINDERGARTEN = {
    "nb": ("hva koster barnehagen?", "Plass i barnehage"),
    "ar": ("كم تكلف الروضة؟", "مكان في الروضة"),
}
# Keeps what it was told; a text ends when ``heard.next()`` is called. Voices come late, as in real browsers.
DEVICE = """
window.heard = { voices: [], said: [], waiting: [], next() { this.waiting.shift()?.onend?.(); } };
window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
Object.defineProperty(window, "speechSynthesis", { value: {
  getVoices: () => heard.voices,
  speak(one) { heard.said.push([one.lang, one.text]); heard.waiting.push(one); },
  cancel() { for (const one of heard.waiting.splice(0)) one.onerror?.(); },
} });
window.comes = (...languages) => {
  heard.voices = languages.map((one) => ({ lang: one.replace("!", ""), localService: !one.endsWith("!") }));
  speechSynthesis.onvoiceschanged();
};
"""


async def answer_on(page: Page, visit: Visit, language: str) -> Locator:
    """The answer to a question, on a device that has no voice yet."""
    await page.add_init_script(DEVICE)
    await page.goto(f"{visit.site.chat}/?lang={language}")
    await page.locator("#question").fill(KINDERGARTEN[language][0])
    await page.locator(".send").click()
    answer = page.locator(".reply").nth(1)
    await expect(answer.get_by_role("heading", level=2)).to_have_text(KINDERGARTEN[language][1])
    return answer


@pytest.mark.parametrize(("language", "voice"), [("nb", "no-NO"), ("ar", "ar-SA")])
async def test_an_answer_is_read_piece_by_piece_until_its_button_is_pressed_again(
    visit: Visit, words: Words, language: str, voice: str
) -> None:
    async with visit.window(width=375) as page:
        answer = await answer_on(page, visit, language)
        listen = answer.get_by_role("button", name=words(language, "Listen"), exact=True)
        await expect(listen).to_be_hidden()
        await page.evaluate("voice => comes(voice)", voice)
        assert await page.evaluate("heard.said.length") == 0

        await listen.click()
        said = await page.evaluate("heard.said")
        assert said[0] == [voice, KINDERGARTEN[language][1]]
        assert {spoken for spoken, _text in said} == {voice}
        assert not any(re.search("[\u2066-\u2069]", text) or len(text) > 200 for _voice, text in said)
        await expect(listen).to_have_attribute("aria-pressed", "true")

        await listen.click()
        await expect(listen).to_have_attribute("aria-pressed", "false")
        assert await page.evaluate("heard.waiting.length") == 0

        await listen.click()
        await page.evaluate("while (heard.waiting.length) heard.next()")
        await expect(listen).to_have_attribute("aria-pressed", "false")


async def test_a_voice_that_lives_elsewhere_or_speaks_another_language_is_not_used(visit: Visit) -> None:
    async with visit.window() as page:
        answer = await answer_on(page, visit, "ar")
        await page.evaluate("comes('ar-SA!', 'en-GB')")

        await expect(answer.locator(".aloud")).to_be_hidden()


async def test_another_answer_takes_over_and_leaving_ends_it(visit: Visit, words: Words) -> None:
    async with visit.window() as page:
        answer = await answer_on(page, visit, "nb")
        await page.evaluate("comes('nb-NO')")
        first, second = page.locator(".aloud button").first, answer.locator(".aloud button")
        await first.click()
        await second.click()
        await expect(first).to_have_attribute("aria-pressed", "false")
        await expect(second).to_have_attribute("aria-pressed", "true")

        await page.evaluate("window.dispatchEvent(new Event('pagehide'))")

        await expect(second).to_have_attribute("aria-pressed", "false")
        assert await page.evaluate("heard.waiting.length") == 0
