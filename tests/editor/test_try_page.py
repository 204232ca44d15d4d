"""Trying what residents get, on what is live and as if a draft were published."""

import asyncio
import re
import threading
from collections.abc import Mapping, Sequence
from html import unescape

from sqlalchemy import func, select

from brobygger.trying import Asking
from content.finding.features import Floats
from content.finding.sentences import NoVectors
from content.index import Knowledge
from core.database import Base, Database
from editor.access.roles import Role
from tests.conftest import Town
from tests.editor.desk import Client, fields_of, signed_in, translator

ANSWER = "services-kindergarten"
NEW = "kan poden begynne hos dagmamma snart"


async def ask(client: Client, question: str, **more: str) -> str:
    """What the page says to a question."""
    page = await client.post("/try", question=question, **more)
    assert page.status_code == 200, page.text
    return unescape(page.text)


async def write_draft(client: Client, *, language: str = "nb", **changed: str) -> None:
    """A draft of the kindergarten answer through its form."""
    path = f"/answers/{ANSWER}/{language}/write"
    fields = fields_of(await client.get(path))
    saved = await client.post(path, {**fields, **changed})
    assert saved.status_code == 303, saved.text


async def draft_with(client: Client, wording: str) -> None:
    fields = fields_of(await client.get(f"/answers/{ANSWER}/nb/write"))
    await write_draft(client, asked_as=f"{fields['asked_as']}\n{wording}")


async def row_counts(database: Database) -> Mapping[str, int]:
    """How many rows every table has."""
    async with database.reading() as session:
        return {
            name: await session.scalar(select(func.count()).select_from(table)) or 0
            for name, table in Base.metadata.tables.items()
        }


async def test_an_answer_is_shown_with_its_reasons(town: Town) -> None:
    amina = await signed_in(town, Role.AUTHOR)

    page = await ask(amina, "hva koster barnehagen", language="nb")

    assert "An answer: it is certain enough which one is meant." in page
    assert f'<a href="/desk/answers/{ANSWER}" lang="nb" dir="ltr">Plass i barnehage</a>' in page
    assert "An answer from" in page
    assert "<li><bdi>hva koster barnehagen</bdi></li>" in page
    assert "Du søker om plass i barnehagen" in page


async def test_a_resident_who_reads_arabic_is_answered_right_to_left(town: Town) -> None:
    amina = await signed_in(town, translator("ar"))

    page = await ask(amina, "كم تكلف الروضة", language="ar")

    assert 'lang="ar" dir="rtl">مكان في الروضة</a>' in page
    assert '<div class="entry reply" lang="ar" dir="rtl">' in page


async def test_without_a_language_it_is_guessed_from_the_question(town: Town) -> None:
    amina = await signed_in(town, Role.AUTHOR)

    assert '<dd lang="ar">العربية</dd>' in await ask(amina, "كم تكلف الروضة")


async def test_what_finds_nothing_says_so(town: Town) -> None:
    amina = await signed_in(town, Role.AUTHOR)

    page = await ask(amina, "hvem vant kampen", language="nb")

    assert "No answer: not certain enough for anything. People are led to a person." in page


async def test_danger_comes_before_everything(town: Town) -> None:
    amina = await signed_in(town, Role.AUTHOR)

    assert "The answer for danger: it comes before everything else." in await ask(amina, "زوجي يضربني", language="ar")


async def test_words_that_mean_something_to_do_are_not_looked_up(town: Town) -> None:
    amina = await signed_in(town, Role.AUTHOR)

    page = await ask(amina, "stopp", language="nb")

    assert "<code>stop</code>" in page
    assert "An answer from" not in page


async def test_nothing_is_written_whatever_is_asked(town: Town) -> None:
    amina = await signed_in(town, Role.AUTHOR)
    await draft_with(amina, NEW)
    before = await row_counts(town.database)

    for question in ("hvem vant kampen", "زوجي يضربني", "slett meg", "stopp", NEW):
        await ask(amina, question)
        await ask(amina, question, draft=f"{ANSWER}/nb")

    assert await row_counts(town.database) == before


async def test_a_draft_is_found_by_its_new_wording_and_what_is_live_is_not(town: Town) -> None:
    amina = await signed_in(town, Role.AUTHOR)
    await draft_with(amina, NEW)

    on_the_draft = await ask(amina, NEW, language="nb", draft=f"{ANSWER}/nb")
    live = await ask(amina, NEW, language="nb")

    assert "An answer: it is certain enough which one is meant." in on_the_draft
    assert f"<li><bdi>{NEW}</bdi></li>" in on_the_draft
    assert "An answer: it is certain enough which one is meant." not in live
    assert f"<li><bdi>{NEW}</bdi></li>" not in live


async def test_the_words_of_the_draft_are_shown(town: Town) -> None:
    amina = await signed_in(town, translator("ar"))
    await write_draft(amina, language="ar", title="حضانة جديدة")

    page = await ask(amina, "كم تكلف الروضة", language="ar", draft=f"{ANSWER}/ar")

    assert "As if the draft were published" in page
    assert "حضانة جديدة</h2>" in page


async def test_the_page_of_a_text_leads_to_trying_its_draft(town: Town) -> None:
    amina = await signed_in(town, Role.AUTHOR)
    await draft_with(amina, NEW)

    page = await amina.get(f"/answers/{ANSWER}/nb/write")
    link = re.search(r'href="/desk(/try\?draft=[^"]*)">Try how the saved draft is found', page.text)
    assert link is not None
    tried = await amina.get(unescape(link[1]))

    assert f'<option value="{ANSWER}/nb" selected>' in tried.text


async def test_a_draft_that_is_gone_is_said_in_words(town: Town) -> None:
    amina = await signed_in(town, Role.AUTHOR)

    for draft in (f"{ANSWER}/nb", "nothing/nb", "x", f"{ANSWER}/xx"):
        page = await amina.post("/try", question="barnehage", draft=draft)
        assert page.status_code == 409
        assert "There is no open draft of this text." in page.text


async def test_a_draft_with_an_unknown_fact_is_said_in_words(town: Town) -> None:
    amina = await signed_in(town, Role.AUTHOR)
    await write_draft(amina, short="Ring {fact:nobody.phone}.")

    page = await amina.post("/try", question="hva koster barnehagen", draft=f"{ANSWER}/nb")

    assert page.status_code == 409
    assert "The draft names a fact that does not exist." in page.text


class Waiting(NoVectors):
    """An encoder that learns only when it is told to go on."""

    def __init__(self) -> None:
        self.has_begun, self.may_go_on = threading.Event(), threading.Event()

    def knows(self, language: str) -> bool:
        return True

    def encode(self, texts: Sequence[str]) -> Floats:
        self.has_begun.set()
        self.may_go_on.wait(60)
        return super().encode(texts)


async def test_two_drafts_are_not_learned_at_once(town: Town) -> None:
    encoder = Waiting()
    knowledge = Knowledge(town.database, encoder)
    await knowledge.follow()
    amina = await signed_in(town, Role.AUTHOR, ask=Asking(town.database, town.desk, knowledge))
    await draft_with(amina, NEW)
    token = await amina.csrf()

    first = asyncio.create_task(amina.post("/try", question=NEW, draft=f"{ANSWER}/nb", csrf=token))
    await asyncio.to_thread(encoder.has_begun.wait, 60)
    second = await amina.post("/try", question=NEW, draft=f"{ANSWER}/nb", csrf=token)
    encoder.may_go_on.set()

    assert second.status_code == 409
    assert "Another draft is being tried just now." in second.text
    assert (await first).status_code == 200
    assert (await amina.post("/try", question=NEW, draft=f"{ANSWER}/nb", csrf=token)).status_code == 200


async def test_what_somebody_wrote_is_escaped(town: Town) -> None:
    amina = await signed_in(town, Role.AUTHOR)

    page = await amina.post("/try", question='</textarea><script>alert("barnehage")</script>')

    assert "<script>alert" not in page.text


async def test_an_empty_question_leads_back_to_the_box(town: Town) -> None:
    amina = await signed_in(town, Role.AUTHOR)

    page = await amina.post("/try", question="  ")

    assert page.status_code == 200
    assert 'id="got"' not in page.text
