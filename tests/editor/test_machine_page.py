"""A machine drafts, a person decides. Nynorsk, because a machine that everybody can have makes it."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence

import httpx
import pytest

from brobygger.translating import make_translator
from content.drafting import Saved, as_draft, find_newest, find_translation, save_draft
from content.machine.deepl import DeepL
from content.machine.libretranslate import LibreTranslate
from content.machine.port import Away, TranslatorAway
from content.models import Lifecycle, Origin, Revision
from core.errors import SetupProblem
from core.settings import Settings
from core.timeline import record
from editor.access.roles import Role
from tests.conftest import MONDAY_9AM, Town
from tests.editor.desk import Client, fields_of, signed_in, translator

ANSWER = "services-kindergarten"
PLACE = f"/answers/{ANSWER}/nn"
BUTTON = "Draft by machine"


class Shouting:
    """Translates into capitals, or fails; ``meanwhile`` happens while it thinks."""

    name = "Roparen"

    def __init__(self, *, away: Away | None = None, meanwhile: Callable[[], Awaitable[object]] | None = None) -> None:
        self.away = away
        self.meanwhile = meanwhile
        self.asked = 0

    def can(self, source: str, target: str) -> bool:
        return source == "nb" and target in ("nn", "ar")

    async def translate(self, texts: Sequence[str], *, source: str, target: str) -> list[str]:
        self.asked += 1
        if self.meanwhile is not None:
            await self.meanwhile()
        if self.away is not None:
            raise TranslatorAway(self.name, self.away)
        return [re.sub(r"\{[^}]*\}|[^{}]+", lambda m: m[0] if m[0][0] == "{" else m[0].upper(), text) for text in texts]


async def tora(town: Town, machine: Shouting | None = None) -> Client:
    """Translates to Nynorsk and Arabic, with this machine at her side."""
    more = {"machine": machine} if machine else {}
    return await signed_in(town, translator("nn"), translator("ar"), name="Tora", **more)


async def newest(town: Town, language: str = "nn") -> Revision | None:
    async with town.database.reading() as session:
        translation = await find_translation(session, ANSWER, language)
        return await find_newest(session, translation.id) if translation else None


async def write(town: Town, title: str, *, based_on: int | None = None) -> None:
    """Somebody else writes the Nynorsk text."""
    async with town.database.changing() as session:
        translation = await find_translation(session, ANSWER, "nb")
        assert translation is not None
        source = await find_newest(session, translation.id)
        assert source is not None
        draft = as_draft(source)
        saved = await save_draft(session, ANSWER, "nn", draft, based_on=based_on, by=99, at=MONDAY_9AM)
        assert isinstance(saved, Saved)
        saved.revision.title, saved.revision.origin = title, Origin.HUMAN


def words_in(page: httpx.Response) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", page.text).split())


async def test_a_missing_text_is_drafted_marked_and_shown_for_reading(town: Town) -> None:
    client = await tora(town, Shouting())
    before = await client.get(f"{PLACE}/write")

    done = await client.post(f"{PLACE}/machine")

    assert BUTTON in before.text
    assert "Roparen" in words_in(before)
    assert (done.status_code, done.headers["location"]) == (303, f"/desk{PLACE}/write?done=machine_drafted")
    draft = await newest(town)
    assert draft is not None
    assert (draft.title, draft.origin, draft.lifecycle) == ("PLASS I BARNEHAGE", Origin.MACHINE, Lifecycle.DRAFT)
    assert "{fact:kindergarten-price}" in draft.short
    after = await client.get(f"{PLACE}/write?done=machine_drafted")
    assert "A machine wrote this draft" in words_in(after)
    assert BUTTON not in after.text
    assert 'class="tag machine"' in (await client.get(PLACE)).text
    assert [one.event for one in await client.events()][-2:] == ["draft_saved", "machine_drafted"]


async def test_a_draft_stays_the_machines_until_a_person_says_that_they_have_read_it(town: Town) -> None:
    client = await tora(town, Shouting())
    await client.post(f"{PLACE}/machine")
    form = fields_of(await client.get(f"{PLACE}/write"))

    await client.post(f"{PLACE}/write", form, title="Plass i barnehage")
    unread = await newest(town)
    form = fields_of(await client.get(f"{PLACE}/write"))
    await client.post(f"{PLACE}/write", form, checked="1")
    read = await newest(town)

    assert unread is not None
    assert read is not None
    assert (unread.origin, read.origin) == (Origin.MACHINE, Origin.MACHINE_CHECKED)


async def test_there_is_no_button_where_no_machine_can_help(town: Town) -> None:
    amina = await signed_in(town, Role.AUTHOR, translator("so"), name="Amina", machine=Shouting())
    without = await tora(town)

    pages = [
        await amina.get(f"/answers/{ANSWER}/nb/write"),  # the source text
        await amina.get(f"/answers/{ANSWER}/so/write"),  # a language that it does not know
        await (await tora(town, Shouting())).get(f"/answers/{ANSWER}/ar/write"),  # up to date
        await without.get(f"{PLACE}/write"),  # no machine
    ]

    assert [(page.status_code, BUTTON in page.text) for page in pages] == [(200, False)] * 4


async def test_asking_where_there_is_no_button_asks_nobody(town: Town) -> None:
    machine = Shouting()
    client = await tora(town, machine)

    response = await client.post(f"/answers/{ANSWER}/ar/machine")

    assert (response.status_code, machine.asked) == (303, 0)


async def test_who_may_not_translate_the_language_cannot_ask(town: Town) -> None:
    machine = Shouting()
    amara = await signed_in(town, translator("so"), name="Amara", machine=machine)

    response = await amara.post(f"{PLACE}/machine")

    assert (response.status_code, machine.asked) == (403, 0)
    assert (await amara.last_event()).event == "refused"


async def test_a_text_in_review_is_not_drafted_over(town: Town) -> None:
    machine = Shouting()
    client = await tora(town, machine)
    await client.post(f"{PLACE}/machine")
    await client.post(PLACE, step="submit")

    await client.post(f"{PLACE}/machine")

    assert machine.asked == 1


@pytest.mark.parametrize(
    ("away", "words"),
    [
        (Away.UNREACHABLE, "Roparen cannot be reached just now."),
        (Away.SLOW, "Roparen took too long."),
        (Away.BUSY, "Roparen has too much to do just now."),
        (Away.USED_UP, "is used up"),
        (Away.REFUSED, "the key is wrong or missing"),
        (Away.FAILED, "Roparen failed."),
        (Away.UNINTELLIGIBLE, "something that cannot be used"),
        (Away.LANGUAGES, "no machine that translates between these two languages"),
    ],
)
async def test_when_the_machine_is_away_the_page_says_why_and_nothing_is_changed(
    town: Town, away: Away, words: str
) -> None:
    client = await tora(town, Shouting(away=away))

    page = await client.post(f"{PLACE}/machine")

    assert page.status_code == 409
    assert words in words_in(page)
    assert await newest(town) is None


async def test_others_can_write_while_the_machine_thinks(town: Town) -> None:
    async def somebody_writes() -> None:
        async with asyncio.timeout(60), town.database.changing() as session:
            record(session, "commented", about=f"answer:{ANSWER}", at=MONDAY_9AM)

    client = await tora(town, Shouting(meanwhile=somebody_writes))

    assert (await client.post(f"{PLACE}/machine")).status_code == 303


async def test_what_somebody_wrote_while_the_machine_was_thinking_stays_the_draft(town: Town) -> None:
    async def somebody_writes() -> None:
        await write(town, "Plass i barnehagen")

    client = await tora(town, Shouting(meanwhile=somebody_writes))

    page = await client.post(f"{PLACE}/machine")

    draft = await newest(town)
    assert draft is not None
    assert (page.status_code, draft.title, draft.origin) == (409, "Plass i barnehagen", Origin.HUMAN)
    assert "Somebody else saved meanwhile" in words_in(page)


async def test_a_draft_that_could_not_be_saved_by_hand_is_not_saved_for_a_machine(town: Town) -> None:
    class Tagging(Shouting):
        async def translate(self, texts: Sequence[str], *, source: str, target: str) -> list[str]:
            return [f"<b>{text}</b>" for text in texts]

    client = await tora(town, Tagging())

    page = await client.post(f"{PLACE}/machine")

    assert page.status_code == 409
    assert await newest(town) is None


def settings(name: str, **more: str) -> Settings:
    values = {f"BROBYGGER_MACHINE_{key.upper()}": value for key, value in more.items()}
    return Settings.from_env({"BROBYGGER_MACHINE_TRANSLATOR": name, **values})


def test_without_a_setting_there_is_no_machine() -> None:
    assert not make_translator(Settings.from_env({})).can("nb", "nn")


def test_the_settings_choose_the_machine() -> None:
    own = make_translator(settings("libretranslate", url="http://127.0.0.1:5000"))

    assert isinstance(make_translator(settings("deepl", key="secret")), DeepL)
    assert isinstance(own, LibreTranslate)
    assert own.can("nb", "uk")


@pytest.mark.parametrize(
    ("name", "missing"), [("deepl", "BROBYGGER_MACHINE_KEY"), ("libretranslate", "BROBYGGER_MACHINE_URL")]
)
def test_a_machine_without_what_it_needs_is_refused_at_the_start(name: str, missing: str) -> None:
    with pytest.raises(SetupProblem, match=missing):
        settings(name)


def test_apertium_that_is_not_installed_is_refused_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(SetupProblem, match="apertium-nno-nob"):
        make_translator(settings("apertium"))


@pytest.mark.parametrize(("key", "address"), [("a:fx", "https://api-free.deepl.com"), ("a", "https://api.deepl.com")])
def test_keys_of_the_free_plan_lead_to_its_own_address(key: str, address: str) -> None:
    machine = make_translator(settings("deepl", key=key))

    assert isinstance(machine, DeepL)
    assert machine.address == address
