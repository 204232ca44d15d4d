"""Whole ways of a text through the desk, from somebody's first word to what residents read."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from content.finding.sentences import NoVectors
from content.index import rebuild
from content.models import Lifecycle, Revision
from content.reviewing import publish_due
from editor.access.roles import Role
from tests.conftest import MONDAY_9AM, Town
from tests.editor.desk import Client, fields_of, resident_asks, signed_in, translator

KINDERGARTEN, ROOM = "/answers/services-kindergarten", "/answers/premises-borrow-room"
WRITTEN = {
    "nb": ("Fra august er kjernetiden gratis i barnehagen.", "hva koster barnehagen?"),
    "ar": ("ابتداءً من أغسطس يكون الوقت الأساسي مجانياً. السعر:", "كم تكلف الروضة؟"),
}


async def write(client: Client, path: str, **changed: str) -> str:
    """Change fields of a text as its form has them; gives where the answer leads, or what it says."""
    form = fields_of(await client.get(f"{path}/write"))
    answer = await client.post(f"{path}/write", form, **changed)
    return answer.headers.get("location", answer.text)


async def step(client: Client, path: str, name: str, **more: str) -> str:
    """One step; gives the key of what was done, or the page that says why not."""
    answer = await client.post(path, step=name, **more)
    return answer.headers["location"].partition("?done=")[2] if answer.status_code == 303 else answer.text


async def revisions(town: Town) -> list[Revision]:
    """Of all texts, the oldest first."""
    async with town.database.reading() as session:
        return list(await session.scalars(select(Revision).order_by(Revision.id)))


@pytest.mark.parametrize("language", WRITTEN)
async def test_somebody_writes_another_reviews_and_residents_read_it(town: Town, language: str) -> None:
    words, question = WRITTEN[language]
    amina = await signed_in(town, Role.AUTHOR, translator("ar"))
    bert = await signed_in(town, Role.REVIEWER, Role.PUBLISHER, name="Bert")
    path = f"{KINDERGARTEN}/{language}"

    assert (await write(amina, path, short=f"{words} {{fact:kindergarten-price}}")).endswith("?done=saved")
    assert words not in await resident_asks(town, question, language)
    assert await step(amina, path, "submit") == "submitted"
    assert words in (await bert.get(path)).text
    assert await step(bert, path, "approve") == "approved"
    assert words not in await resident_asks(town, question, language)
    assert await step(bert, path, "publish") == "published"

    assert words in await resident_asks(town, question, language)
    told = [(entry.event, entry.by) for entry in await bert.events() if entry.about == "answer:services-kindergarten"]
    assert told == [
        ("draft_saved", amina.id), ("submitted", amina.id), ("approved", bert.id), ("published", bert.id),
    ]  # fmt: skip


@pytest.mark.parametrize(("language", "wording"), [("nb", "småbarnsplass"), ("ar", "حضانة الصغار")])
async def test_a_new_wording_is_understood_after_publishing(town: Town, language: str, wording: str) -> None:
    amina = await signed_in(town, Role.AUTHOR, translator("ar"))
    bert = await signed_in(town, Role.REVIEWER, Role.PUBLISHER, name="Bert")
    path = f"{KINDERGARTEN}/{language}"
    known = fields_of(await amina.get(f"{path}/write"))["asked_as"]

    await write(amina, path, asked_as=f"{known}\n{wording}\n{wording} i byen")
    await step(amina, path, "submit")
    await step(bert, path, "approve")
    await step(bert, path, "publish")
    await rebuild(town.database, NoVectors(), now=lambda: MONDAY_9AM)
    await town.knowledge.follow()

    title = {"nb": "Plass i barnehage", "ar": "مكان في الروضة"}[language]
    assert title in await resident_asks(town, wording, language)


async def test_an_approved_text_is_published_at_its_time(town: Town) -> None:
    amina = await signed_in(town, Role.AUTHOR)
    bert = await signed_in(town, Role.REVIEWER, Role.PUBLISHER, name="Bert")
    await write(amina, f"{KINDERGARTEN}/nb", short=WRITTEN["nb"][0])
    await step(amina, f"{KINDERGARTEN}/nb", "submit")

    assert await step(bert, f"{KINDERGARTEN}/nb", "approve", publish_at="2026-11-24T12:00") == "scheduled"

    for hour, is_there in ((10, False), (11, True)):  # noon in Norway is eleven in UTC
        async with town.database.changing() as session:
            await publish_due(session, at=MONDAY_9AM.replace(day=24, hour=hour))
        assert (WRITTEN["nb"][0] in await resident_asks(town, "hva koster barnehagen?", "nb")) is is_there


async def test_a_reviewer_who_may_not_publish_cannot_do_it_by_a_time(town: Town) -> None:
    amina, bert = await signed_in(town, Role.AUTHOR), await signed_in(town, Role.REVIEWER, name="Bert")
    await write(amina, f"{KINDERGARTEN}/nb", short=WRITTEN["nb"][0])
    await step(amina, f"{KINDERGARTEN}/nb", "submit")

    answer = await bert.post(f"{KINDERGARTEN}/nb", step="approve", publish_at="2026-11-23T09:01")

    assert answer.status_code == 403
    assert 'name="publish_at"' not in (await bert.get(f"{KINDERGARTEN}/nb")).text


async def test_nobody_approves_their_own_words(town: Town) -> None:
    amina = await signed_in(town, Role.AUTHOR, Role.REVIEWER, Role.PUBLISHER)
    await write(amina, f"{KINDERGARTEN}/nb", short=WRITTEN["nb"][0])
    await step(amina, f"{KINDERGARTEN}/nb", "submit")

    answer = await amina.post(f"{KINDERGARTEN}/nb", step="approve")
    published = await amina.post(f"{KINDERGARTEN}/nb", step="publish")

    assert (answer.status_code, published.status_code) == (409, 409)
    assert 'value="approve"' not in (await amina.get(f"{KINDERGARTEN}/nb")).text


async def test_a_translator_of_arabic_writes_arabic_alone(town: Town) -> None:
    dana = await signed_in(town, translator("ar"), name="Dana")

    assert (await write(dana, f"{KINDERGARTEN}/ar", short=WRITTEN["ar"][0])).endswith("?done=saved")
    for language in ("nb", "en", "ti"):
        assert (await dana.get(f"{KINDERGARTEN}/{language}/write")).status_code == 403
        assert (await dana.post(f"{KINDERGARTEN}/{language}/write", title="X", short="X")).status_code == 403
        for name in ("submit", "take_back", "discard", "approve", "publish", "emergency"):
            assert (await dana.post(f"{KINDERGARTEN}/{language}", step=name)).status_code in (403, 404)
    for language in ("nb", "en"):
        assert (await dana.post(f"{KINDERGARTEN}/{language}/history", revision="1")).status_code == 403
    assert {one.author_id for one in await revisions(town)} == {None, dana.id}
    refused = [entry.about for entry in await dana.events() if entry.event == "refused"]
    assert f"page:/desk{KINDERGARTEN}/ti/write" in refused


async def test_a_translation_begins_with_a_copy_and_shows_the_source_beside(town: Town) -> None:
    amina = await signed_in(town, translator("pl"))

    page = await amina.get(f"{KINDERGARTEN}/pl/write?copy=1")

    assert fields_of(page)["title"] == "Plass i barnehage"
    assert '<blockquote lang="nb" dir="ltr">Plass i barnehage</blockquote>' in page.text
    assert (await amina.get(f"{KINDERGARTEN}/pl")).headers["location"] == f"/desk{KINDERGARTEN}/pl/write"


async def test_a_text_comes_back_with_a_note_and_goes_again(town: Town) -> None:
    amina, bert = await signed_in(town, Role.AUTHOR), await signed_in(town, Role.REVIEWER, name="Bert")
    path = f"{KINDERGARTEN}/nb"
    await write(amina, path, short="Kort.")
    await step(amina, path, "submit")

    assert (await bert.post(path, step="return", note="  ")).status_code == 409
    assert await step(bert, path, "return", note="Prisen mangler.") == "returned"

    assert "Prisen mangler." in (await amina.get(path)).text
    await write(amina, path, short="Plassen koster høyst {fact:kindergarten-price}.")
    assert await step(amina, path, "submit") == "submitted"
    assert await step(bert, path, "approve") == "approved"


async def test_in_review_nobody_changes_the_text_until_it_is_taken_back(town: Town) -> None:
    amina, path = await signed_in(town, Role.AUTHOR), f"{KINDERGARTEN}/nb"
    await write(amina, path, short="Kort.")
    form = fields_of(await amina.get(f"{path}/write"))
    await step(amina, path, "submit")

    refused = await amina.post(f"{path}/write", form, short="Kortere.")
    assert refused.status_code == 409
    assert fields_of(refused)["short"] == "Kortere."
    assert await step(amina, path, "take_back") == "taken_back"
    assert (await write(amina, path, short="Kortere.")).endswith("?done=saved")


async def test_a_text_with_faults_is_kept_but_not_sent_to_review(town: Town) -> None:
    amina, path = await signed_in(town, Role.AUTHOR), f"{KINDERGARTEN}/nb"
    form = fields_of(await amina.get(f"{path}/write"))

    saved = await amina.post(f"{path}/write", {**form, "referral.whom": "", "short": "Pris: {fact:no-such-fact}."})
    answer = await amina.post(path, step="submit")

    assert saved.status_code == 303
    assert answer.status_code == 409
    assert "no-such-fact" in (await amina.get(path)).text


async def test_in_an_emergency_residents_read_it_at_once_and_the_review_is_owed(town: Town) -> None:
    amina, siri = await signed_in(town, Role.AUTHOR), await signed_in(town, Role.ADMINISTRATOR, name="Siri")
    bert, path = await signed_in(town, Role.REVIEWER, name="Bert"), f"{KINDERGARTEN}/nb"
    words = "Barnehagen er stengt i dag på grunn av vannlekkasje."
    await write(amina, path, short=words)

    assert (await siri.post(path, step="emergency", note="")).status_code == 409
    assert (await amina.post(path, step="emergency", note="Haster")).status_code == 403
    assert await step(siri, path, "emergency", note="Vannlekkasje.") == "published"

    assert words in await resident_asks(town, "hva koster barnehagen?", "nb")
    assert "tag owed" in (await bert.get(KINDERGARTEN)).text
    assert "services-kindergarten" in (await bert.get("/answers?state=review_owed")).text
    assert (await amina.post(path, step="reviewed_afterwards")).status_code == 403
    assert await step(bert, path, "reviewed_afterwards") == "reviewed_afterwards"
    assert "tag owed" not in (await bert.get(KINDERGARTEN)).text


async def test_a_withdrawn_answer_is_gone_for_residents_and_can_come_back(town: Town) -> None:
    amina, path = await signed_in(town, Role.AUTHOR), f"{KINDERGARTEN}/nb"
    bert = await signed_in(town, Role.REVIEWER, Role.PUBLISHER, name="Bert")

    assert (await bert.post(f"{KINDERGARTEN}/withdraw", reason=" ")).status_code == 409
    assert (await bert.post(f"{KINDERGARTEN}/withdraw", reason="Prisen er feil.")).status_code == 303

    assert "Plass i barnehage" not in await resident_asks(town, "hva koster barnehagen?", "nb")
    assert "Prisen er feil." in (await bert.get(KINDERGARTEN)).text
    assert "Plass i barnehage" in (await bert.get("/answers")).text  # staff still know what it was
    assert (await amina.get(path)).status_code == 200
    assert (await amina.get(f"{path}/history")).status_code == 200
    assert fields_of(await amina.get(f"{path}/write"))["title"] == "Plass i barnehage"
    await write(amina, path, short=WRITTEN["nb"][0])
    await step(amina, path, "submit")
    await step(bert, path, "approve")
    await step(bert, path, "publish")
    assert WRITTEN["nb"][0] in await resident_asks(town, "hva koster barnehagen?", "nb")


async def test_withdrawing_stops_what_was_to_be_published_later(town: Town) -> None:
    amina, path = await signed_in(town, Role.AUTHOR), f"{KINDERGARTEN}/nb"
    bert = await signed_in(town, Role.REVIEWER, Role.PUBLISHER, name="Bert")
    await write(amina, path, short=WRITTEN["nb"][0])
    await step(amina, path, "submit")
    await step(bert, path, "approve", publish_at="2026-11-24T12:00")

    await bert.post(f"{KINDERGARTEN}/withdraw", reason="Stengt for godt.")

    async with town.database.changing() as session:
        assert await publish_due(session, at=MONDAY_9AM + timedelta(days=7)) == 0


@pytest.mark.parametrize(
    ("language", "mine", "theirs"), [("nb", "Søk før mars.", "Vi ringer deg."), ("ar", "قدّم قبل مارس.", "سنتصل بك.")]
)
async def test_of_two_who_write_at_once_nobodys_words_are_lost(
    town: Town, language: str, mine: str, theirs: str
) -> None:
    amina = await signed_in(town, Role.AUTHOR, translator("ar"))
    bert = await signed_in(town, Role.AUTHOR, translator("ar"), name="Bert")
    path = f"{KINDERGARTEN}/{language}"
    amina_has = fields_of(await amina.get(f"{path}/write"))
    opened = await bert.get(f"{path}/write")
    assert "Amina" in opened.text.partition("<main")[2]  # is writing: he is warned

    await bert.post(f"{path}/write", fields_of(opened), short=theirs)
    conflict = await amina.post(f"{path}/write", amina_has, short=mine)

    assert conflict.status_code == 409
    assert mine in conflict.text
    assert theirs in conflict.text
    assert fields_of(await amina.get(f"{path}/write"))["short"] == theirs  # his is the draft
    history = (await amina.get(f"{path}/history?number=3")).text
    assert mine in history

    await amina.post(f"{path}/history", fields_of(conflict))  # "Make my text the draft"
    assert fields_of(await amina.get(f"{path}/write"))["short"] == mine
    assert {mine, theirs} <= {one.short for one in await revisions(town)}


async def test_words_written_on_top_of_a_text_that_was_published_meanwhile_are_kept_beside(town: Town) -> None:
    amina, bert = await signed_in(town, Role.AUTHOR), await signed_in(town, Role.AUTHOR, name="Bert")
    siri = await signed_in(town, Role.REVIEWER, Role.PUBLISHER, name="Siri")
    path = f"{KINDERGARTEN}/nb"
    amina_has = fields_of(await amina.get(f"{path}/write"))
    await write(bert, path, short="Vi ringer deg.")
    await step(bert, path, "submit")
    await step(siri, path, "approve")
    await step(siri, path, "publish")

    conflict = await amina.post(f"{path}/write", amina_has, short="Søk før mars.")

    assert conflict.status_code == 409
    assert "Vi ringer deg." in conflict.text
    assert fields_of(await amina.get(f"{path}/write"))["short"] == "Vi ringer deg."
    assert "Søk før mars." in {one.short for one in await revisions(town)}


async def test_words_written_while_the_text_went_to_review_are_kept_beside(town: Town) -> None:
    amina, bert = await signed_in(town, Role.AUTHOR), await signed_in(town, Role.AUTHOR, name="Bert")
    path = f"{KINDERGARTEN}/nb"
    amina_has = fields_of(await amina.get(f"{path}/write"))
    await write(bert, path, short="Vi ringer deg.")
    await step(bert, path, "submit")

    conflict = await amina.post(f"{path}/write", amina_has, short="Søk før mars.")

    assert conflict.status_code == 409
    by_words = {one.short: one.lifecycle for one in await revisions(town)}
    assert by_words["Vi ringer deg."] == Lifecycle.IN_REVIEW
    assert by_words["Søk før mars."] == Lifecycle.SUPERSEDED


async def test_whoever_takes_over_is_the_one_who_writes(town: Town) -> None:
    amina, bert = await signed_in(town, Role.AUTHOR), await signed_in(town, Role.AUTHOR, name="Bert")
    path = f"{KINDERGARTEN}/nb/write"
    await amina.get(path)

    assert "take_over=1" in (await bert.get(path)).text
    assert "take_over=1" not in (await bert.get(f"{path}?take_over=1")).text
    assert "take_over=1" in (await amina.get(path)).text


async def test_a_small_change_leaves_translations_fresh_and_is_written_down(town: Town) -> None:
    amina, path = await signed_in(town, Role.AUTHOR), f"{KINDERGARTEN}/nb"
    bert = await signed_in(town, Role.REVIEWER, Role.PUBLISHER, name="Bert")
    for is_small, outdated in ((True, 0), (False, 1)):
        more = {"small_change": "1"} if is_small else {}
        await write(amina, path, applies_to=f"Gjelder alle familier{'.' * (2 - is_small)}", **more)
        await step(amina, path, "submit")
        await step(bert, path, "approve")
        await step(bert, path, "publish")

        assert ("services-kindergarten" in (await bert.get("/answers?state=outdated")).text) is bool(outdated)
        assert [entry.event for entry in await bert.events()].count("small_change") == 1


async def test_a_translator_sees_what_changed_in_the_source_since(town: Town) -> None:
    amina, path = await signed_in(town, Role.AUTHOR, translator("ar")), f"{KINDERGARTEN}/nb"
    bert = await signed_in(town, Role.REVIEWER, Role.PUBLISHER, name="Bert")
    await write(amina, path, applies_to="Gjelder familier som nettopp har flyttet hit.")
    await step(amina, path, "submit")
    await step(bert, path, "approve")
    await step(bert, path, "publish")

    page = (await amina.get(f"{KINDERGARTEN}/ar/write")).text

    assert "nettopp har flyttet hit." in page.partition("<details")[2].partition("</details>")[0]
    assert "<ins>" in page
    await write(amina, f"{KINDERGARTEN}/ar", short=WRITTEN["ar"][0])
    assert "<ins>" not in (await amina.get(f"{KINDERGARTEN}/ar/write")).text  # made from the new text now


async def test_an_earlier_text_can_be_the_draft_again(town: Town) -> None:
    amina, path = await signed_in(town, Role.AUTHOR), f"{KINDERGARTEN}/nb"
    before = fields_of(await amina.get(f"{path}/write"))["short"]
    await write(amina, path, short="Et forsøk.")
    await write(amina, path, short="Enda et.")
    first = fields_of(await amina.get(f"{path}/history?number=1"))

    answer = await amina.post(f"{path}/history", first)

    assert answer.headers["location"].endswith("?done=restored")
    assert fields_of(await amina.get(f"{path}/write"))["short"] == before
    assert "Enda et." in (await amina.get(f"{path}/history?number=3")).text


async def test_a_draft_that_is_put_away_stays_in_the_history(town: Town) -> None:
    amina, path = await signed_in(town, Role.AUTHOR, translator("pl")), f"{KINDERGARTEN}/pl"
    await write(amina, path, title="Przedszkole", short="Krótko.")

    assert await step(amina, path, "discard") == "discarded"

    assert (await amina.get(path)).headers["location"].endswith("/write")
    assert "Krótko." in (await amina.get(f"{path}/history")).text
    await amina.post(f"{path}/history", fields_of(await amina.get(f"{path}/history?number=1")))


async def test_still_correct_touches_dates_only(town: Town) -> None:
    bert = await signed_in(town, Role.REVIEWER, name="Bert")

    answer = await bert.post(f"{ROOM}/still-correct")

    assert answer.headers["location"].endswith("?done=still_correct")
    assert "Nov 23, 2026" in (await bert.get(ROOM)).text
    assert "premises-borrow-room" not in (await bert.get("/answers?state=outdated")).text


async def test_a_machines_text_is_marked_until_somebody_has_read_it(town: Town) -> None:
    amina, path = await signed_in(town, translator("ar")), f"{KINDERGARTEN}/ar"
    assert "tag machine" in (await amina.get(KINDERGARTEN)).text
    await write(amina, path, short=WRITTEN["ar"][0])
    assert (await revisions(town))[-1].origin == "machine"

    await write(amina, path, checked="1")

    assert (await revisions(town))[-1].origin == "machine_checked"
