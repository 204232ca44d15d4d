"""The staff's desk in a real browser: the whole way of a text with two people, by keyboard, on a small telephone."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from core import languages
from core.database import Database
from editor.access.roles import HeldRole, Role
from editor.app import PAGES
from tests.broadcasts.making import WOMEN
from tests.browser.conftest import Site, Visit, running, slow
from tests.browser.test_accessibility import findings
from tests.conftest import FILLED, Sqlite
from tests.editor.access.people import PASSWORD, add
from tests.editor.desk import Clock, application, translator
from tests.editor.messages import fill_with_messages

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

PEOPLE = {
    "amina": [HeldRole(Role.AUTHOR), *(translator(code) for code in languages.PROMISED if code != "nb")],
    "saba": [HeldRole(Role.AMBASSADOR, WOMEN)],
    "bert": [HeldRole(Role.REVIEWER), HeldRole(Role.PUBLISHER), HeldRole(Role.ADMINISTRATOR)],
}
KINDERGARTEN = "/answers/services-kindergarten"
WRITTEN = {
    "nb": ("Fra august er kjernetiden gratis. Prisen er", "hva koster barnehagen?"),
    "ar": ("ابتداءً من أغسطس يكون الوقت الأساسي مجانياً. السعر", "كم تكلف الروضة؟"),
}
SAMPLES = {"answer_id": "services-kindergarten", "language": "ar", "name": "kindergarten-price", "key": "library",
           "organisation_id": WOMEN, "word": "vedtak"}  # fmt: skip


@pytest.fixture(scope="session")
def desk_site(sqlite_engine: Sqlite) -> Iterator[Site]:
    """A town of its own, with Amina and Bert: their texts must not surprise the tests of the chat."""
    address = sqlite_engine.address(sqlite_engine.copy(FILLED))
    asyncio.run(_add_people(address))
    with running(address, lambda town, _site: application(town, Clock())) as site:
        yield site


@pytest_asyncio.fixture(loop_scope="session")
async def desk(chromium: Browser, desk_site: Site) -> AsyncIterator[Visit]:
    visiting = Visit(chromium, desk_site)
    yield visiting
    assert visiting.strangers == [], "a page asked another machine for something"
    assert visiting.complaints == [], "a page stumbled"


async def _add_people(address: str) -> None:
    database = Database(address)
    for name, roles in PEOPLE.items():
        staff_id = await add(database, name.title(), *roles, language="en")
        if name == "saba":
            await fill_with_messages(database, staff_id)
    await database.close()


@asynccontextmanager
async def at_desk(desk: Visit, name: str, **more: object) -> AsyncIterator[Page]:
    """A window in which somebody has signed in."""
    async with desk.window(**more) as page:  # type: ignore[arg-type]
        await page.goto(f"{desk.site.chat}/desk/")
        await page.get_by_label("E-mail").fill(f"{name}@brobygda.example")
        await page.locator("#password").fill(PASSWORD)
        await page.locator("main form button").first.click()
        await expect(page.get_by_role("navigation").first).to_be_visible()
        yield page


async def press(page: Page, label: str) -> None:
    await page.get_by_role("button", name=label, exact=True).click()


@pytest.mark.slow
@pytest.mark.parametrize("language", ["nb", "ar"])
async def test_two_people_bring_a_text_to_residents(desk: Visit, language: str) -> None:
    words, question = WRITTEN[language]
    there = f"{desk.site.chat}/desk{KINDERGARTEN}/{language}"
    async with at_desk(desk, "amina") as amina, at_desk(desk, "bert", width=390) as bert:
        await amina.get_by_role("link", name="Answers").first.click()
        await amina.get_by_role("link", name="Plass i barnehage").click()
        await amina.get_by_role("link", name=languages.name(language)).first.click()
        await amina.get_by_role("link", name="Write", exact=True).click()
        await expect(amina.locator("#short")).to_have_attribute("dir", "rtl" if language == "ar" else "ltr")
        await amina.locator("#short").fill(f"{words} {{fact:kindergarten-price}}.")
        await expect(amina.locator("#preview")).to_contain_text(words)  # while she writes
        await press(amina, "Save draft")
        await expect(amina.get_by_role("status")).to_contain_text("Saved as a draft")
        await press(amina, "Send to review")
        await expect(amina.get_by_role("status")).to_contain_text("Sent to review")

        await bert.goto(there)
        await expect(bert.locator("ins").first).to_contain_text(words.split()[0])
        await press(bert, "Approve")
        await press(bert, "Publish now")
        await expect(bert.get_by_role("status")).to_contain_text("Residents see it now")

        await bert.goto(f"{desk.site.chat}/?lang={language}")
        await bert.locator("#question").fill(question)
        await bert.locator(".send").click()
        await expect(bert.locator(".reply").last).to_contain_text(words)


@pytest.mark.slow
@pytest.mark.parametrize("language", [slow("nb"), "ar"])
async def test_without_javascript_everything_is_there_too(desk: Visit, language: str) -> None:
    async with at_desk(desk, "amina", java_script_enabled=False) as page:
        await page.goto(f"{desk.site.chat}/desk/answers/premises-borrow-room/{language}/write")
        await page.locator("#applies_to").fill("1 2 3")
        async with page.context.expect_page() as opened:
            await press(page, "Preview")
        await expect((await opened.value).locator("#preview")).to_contain_text("1 2 3")
        await press(page, "Save draft")
        await press(page, "Put the draft away")
        await expect(page.get_by_role("status")).to_contain_text("put away")


async def test_a_keyboard_is_enough_to_sign_in_and_save(desk: Visit) -> None:
    async with desk.window() as page:
        await page.goto(f"{desk.site.chat}/desk/answers/practice-dugnad/nb/write")
        await tab_to(page, "email")
        await page.keyboard.type("amina@brobygda.example")
        await tab_to(page, "password")
        await page.keyboard.type(PASSWORD)
        await page.keyboard.press("Enter")
        await expect(page.locator("#title")).to_be_visible()  # the page that she wanted

        await tab_to(page, "short")
        await page.keyboard.press("Control+End")
        await page.keyboard.type(" Alle kan bli med.")
        while await page.evaluate("document.activeElement.textContent.trim()") != "Save draft":
            await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")

        await expect(page.get_by_role("status")).to_contain_text("Saved as a draft")
        await expect(page.locator("ins")).to_contain_text("Alle kan bli med.")


@pytest.mark.slow
async def test_the_first_tab_leads_past_the_menu(desk: Visit) -> None:
    async with at_desk(desk, "bert") as page:
        await page.goto(f"{desk.site.chat}/desk/answers")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await page.keyboard.press("Tab")

        assert await page.evaluate("document.querySelector('main').contains(document.activeElement)")


@pytest.mark.slow
async def test_unsaved_words_are_not_lost_by_leaving(desk: Visit) -> None:
    async with at_desk(desk, "amina") as page:
        asked = []
        page.on("dialog", lambda dialog: (asked.append(dialog.type), asyncio.ensure_future(dialog.dismiss())))
        await page.goto(f"{desk.site.chat}/desk/answers/premises-borrow-room/en/write")
        await page.locator("#title").press_sequentially("X")
        async with page.expect_event("dialog"):
            await page.get_by_role("link", name="Leave without saving").click()

        await expect(page.locator("#title")).to_have_value(re.compile("^X"))
        assert asked == ["beforeunload"]
        await page.close(run_before_unload=False)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["amina", "bert", "saba"])
async def test_every_page_is_accessible_and_fits_a_small_telephone(desk: Visit, name: str) -> None:
    """No serious finding of axe, and nothing to scroll sideways to at 320 pixels (WCAG 1.4.10)."""
    problems: list[str] = []
    looked_at = 0
    async with at_desk(desk, name, width=320, bypass_csp=True) as page:
        desk.complaints.clear()
        for path in paths():
            answer = await page.goto(f"{desk.site.chat}/desk{path}")
            if answer is None or answer.status != 200:
                continue  # not for this person, or nothing there
            looked_at += 1
            problems += [f"{path}: {one}" for one in await findings(page)]
            wide = await page.evaluate("document.documentElement.scrollWidth")
            problems += [f"{path}: {wide} pixels wide"] if wide > 320 else []
    desk.complaints.clear()  # of pages that are not for this person

    assert problems == []
    assert looked_at >= 10


@pytest.mark.slow
async def test_pages_of_strangers_are_accessible(desk: Visit) -> None:
    async with desk.window(width=320, bypass_csp=True) as page:
        for path in ("/sign-in", "/no-such-page", "/invitation/nonsense"):
            await page.goto(f"{desk.site.chat}/desk{path}")
            assert await findings(page) == []
            assert await page.evaluate("document.documentElement.scrollWidth") <= 320
    desk.complaints.clear()  # that there is no such page


def paths() -> list[str]:
    """Every page that can be looked at, also those that somebody adds tomorrow."""
    looked_at = [page.path for page in PAGES if page.method == "GET" and not page.path.endswith(".csv")]
    known = [re.sub(r"\{(\w+)(:int)?\}", lambda match: SAMPLES.get(match[1], "1"), path) for path in looked_at]
    return [
        *known,
        f"{KINDERGARTEN}/nb/write",
        f"{KINDERGARTEN}/pl/write?copy=1",
        f"{KINDERGARTEN}/nb/history?number=1",
        "/messages/2",
        "/messages/2/propose",
        "/messages/2/briefing",
        "/messages/3/report",
        "/messages/4",
        f"/organisations/{WOMEN}/proposals/2",
        f"/messages/new?organisation={WOMEN}",
        f"/messages/share?organisation={WOMEN}",
        f"/messages/share/services-kindergarten?organisation={WOMEN}",
    ]


async def tab_to(page: Page, field: str) -> None:
    """Go on by the keyboard until a field has the focus."""
    for _each in range(120):
        if await page.evaluate("document.activeElement.id") == field:
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"no key leads to {field}")


@pytest.mark.slow
@pytest.mark.parametrize("spoken", [("nb", "ar", "ti", "ur"), ("nb", "pl", "ti", "es", "fr", "so")])
async def test_a_poster_is_one_sheet_also_of_an_organisation_with_a_long_name(
    desk: Visit, spoken: tuple[str, ...]
) -> None:
    name = f"Foreningen for kvinner og familier fra Eritrea, Etiopia og Sudan i Brobygda og omegn, {len(spoken)} språk"
    async with at_desk(desk, "bert") as bert:
        await bert.goto(f"{desk.site.chat}/desk/organisations/new")
        await bert.locator("#name").fill(name)
        await bert.locator("main form button").first.click()
        await expect(bert.get_by_role("heading", name=name)).to_be_visible()
        chosen = "&".join(f"language={code}" for code in spoken)
        await bert.goto(f"{bert.url.partition('?')[0]}/poster?{chosen}")

        sheet = await bert.pdf(format="A4", prefer_css_page_size=True)

    assert len(re.findall(rb"/Type */Page\b", sheet)) == 1
