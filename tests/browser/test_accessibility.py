"""axe-core on the pages of the chat: no serious or critical finding in any script."""

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from tests.browser.conftest import Visit, slow
from tests.browser.test_chat_page import DANGER, ask

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]


async def findings(page: Page) -> list[str]:
    """What axe takes seriously on the page as it is now."""
    result = (await Axe().run(page)).response
    return [
        f"{one['id']}: {one['help']}: {[node['html'][:120] for node in one['nodes']]}"
        for one in result["violations"]
        if one["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("language", [slow("nb"), "ar", slow("ti")])
async def test_start_page_and_open_list_of_languages(visit: Visit, language: str) -> None:
    async with visit.chat(language, bypass_csp=True) as page:
        assert await findings(page) == []

        await page.locator(".languages summary").click()

        assert await findings(page) == []


@pytest.mark.parametrize("language", ["nb", "ar", "ti"])
async def test_answer_menu_and_safety_reply(visit: Visit, language: str) -> None:
    async with visit.chat(language, bypass_csp=True) as page:
        await page.locator("[value=menu]").last.click()
        await expect(page.locator(".reply")).to_have_count(2)
        await ask(page, "hva koster barnehagen 01017012345")
        await ask(page, DANGER[language])
        await expect(page.locator(".urgent")).to_have_count(1)

        assert await findings(page) == []


async def test_the_page_inside_a_widget(visit: Visit) -> None:
    async with visit.window(width=400, bypass_csp=True) as page:
        await page.goto(f"{visit.site.chat}/?embedded=1&lang=ar")

        assert await findings(page) == []
