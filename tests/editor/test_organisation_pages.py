"""The desk's pages for organisations, ambassadors, coverage, and what ambassadors have done."""

import csv
import re
from datetime import timedelta

import httpx
import pytest

from broadcasts.announcements.records import Audience
from broadcasts.organisations.ambassadors import find_ambassador, find_link, list_ambassadors
from broadcasts.organisations.keeping import get_organisation
from broadcasts.organisations.records import Ambassador, Group, Organisation, OrganisationState
from editor.access.accounts import get_roles
from editor.access.roles import HeldRole, Role
from tests.broadcasts.making import POLES, WOMEN, make_ambassador, make_broadcast, make_member, make_organisation
from tests.conftest import DALIA, MONDAY_9AM, Town
from tests.editor.desk import Client, fields_of, signed_in
from tests.editor.messages import make_release

one_database = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
ENTRY = f"/organisations/{WOMEN}"
OWN = f"{ENTRY}/own"
SPEAKS = HeldRole(Role.AMBASSADOR, WOMEN)
TODAY = MONDAY_9AM.date().isoformat()


async def prepared(town: Town, **more: object) -> None:
    async with town.database.changing() as session:
        await make_organisation(session, **more)  # type: ignore[arg-type]


async def organisation(town: Town, organisation_id: str = WOMEN) -> Organisation:
    async with town.database.reading() as session:
        return await get_organisation(session, organisation_id)


async def ambassadors(town: Town, organisation_id: str = WOMEN) -> list[Ambassador]:
    async with town.database.reading() as session:
        return await list_ambassadors(session, organisation_id)


async def agreed(town: Town, **more: object) -> Client:
    """Saba, who speaks for the organisation at the desk and has agreed."""
    saba = await signed_in(town, SPEAKS, name="Saba", **more)
    done = await saba.post(OWN, step="agree")
    assert done.status_code == 303
    return saba


def marked(page: httpx.Response) -> set[str]:
    """The fields that are marked as wrong."""
    assert page.status_code == 422
    return set(re.findall(r'name="([^"]+)"[^>]*aria-invalid="true"', page.text))


async def test_an_organisation_is_added_and_gets_an_ambassador_with_a_link(town: Town) -> None:
    amina = await signed_in(town, Role.ADMINISTRATOR, telegram_name="brobygger_bot")
    fields = fields_of(await amina.get("/organisations/new"))

    added = await amina.post("/organisations/new", fields, name="Polski Klub", **{"languages.pl": "1"})
    path = added.headers["location"].removeprefix("/desk").partition("?")[0]
    made = await amina.post(f"{path}/ambassadors", name="Ola Kowalska")

    assert path == "/organisations/polski-klub"
    (token,) = re.findall(r"https://t\.me/brobygger_bot\?start=ambassador_([\w-]+)", made.text)
    assert 'src="data:image/svg+xml' in made.text
    assert token not in (await amina.get(path)).text
    async with town.database.reading() as session:
        ola = await find_link(session, token, at=MONDAY_9AM)
    assert ola is not None
    assert ola.name == "Ola Kowalska"
    assert (await organisation(town, "polski-klub")).state == OrganisationState.DORMANT


@one_database
async def test_without_the_bots_name_the_page_says_what_to_write_to_it(town: Town) -> None:
    await prepared(town)
    amina = await signed_in(town, Role.ADMINISTRATOR)

    made = await amina.post(f"{ENTRY}/ambassadors", name="Saba")

    assert re.search(r"<code>/start ambassador_[\w-]{32}</code>", made.text)


@one_database
async def test_what_is_wrong_with_an_entry_is_marked_and_nothing_is_lost(town: Town) -> None:
    amina = await signed_in(town, Role.ADMINISTRATOR)

    refused = await amina.post("/organisations/new", name="", number="123", website="x", **{"about.ar": "نلتقي"})

    assert marked(refused) == {"name", "number", "website"}
    assert fields_of(refused)["about.ar"] == "نلتقي"
    assert 'lang="ar" dir="rtl"' in refused.text


async def test_an_entry_is_edited_and_who_comes_late_is_told(town: Town) -> None:
    await prepared(town)
    amina, bert = await signed_in(town, Role.ADMINISTRATOR), await signed_in(town, Role.ADMINISTRATOR, name="Bert")
    first, second = fields_of(await amina.get(ENTRY)), fields_of(await bert.get(ENTRY))

    done = await amina.post(ENTRY, first, name="Women and Girls")
    late = await bert.post(ENTRY, second, name="Kvinner")

    assert done.headers["location"] == f"/desk{ENTRY}?done=organisation_changed"
    assert late.status_code == 409
    assert fields_of(late)["name"] == "Women and Girls" or 'value="Kvinner"' in late.text
    assert (await organisation(town)).name == "Women and Girls"


async def test_the_list_hides_small_numbers_and_marks_what_is_old(town: Town) -> None:
    await prepared(town)
    async with town.database.changing() as session:
        await make_member(session)
        (await get_organisation(session, WOMEN)).confirmed_on = MONDAY_9AM.date() - timedelta(days=366)
    amina = await signed_in(town, Role.ADMINISTRATOR)

    page = (await amina.get("/organisations")).text

    assert "fewer than 5" in page
    assert "not lately" in page
    assert "not confirmed yet" not in page
    assert "takes part" in page


async def test_an_organisation_rests_wakes_and_ends(town: Town) -> None:
    await prepared(town)
    async with town.database.changing() as session:
        await make_ambassador(session)
    amina = await signed_in(town, Role.ADMINISTRATOR)

    for state in ("dormant", "active", "ended"):
        done = await amina.post(f"{ENTRY}/state", state=state)
        assert done.headers["location"].endswith("done=organisation_state_changed")
        assert (await organisation(town)).state == state

    refused = await amina.post(f"{ENTRY}/state", state="active")
    assert refused.status_code == 409
    assert "Nobody speaks for this organisation" in refused.text
    assert "organisation ended" in (await amina.get(ENTRY)).text


@one_database
async def test_a_new_code_and_todays_date_take_one_press_each(town: Town) -> None:
    await prepared(town)
    amina, before = await signed_in(town, Role.ADMINISTRATOR), await organisation(town)
    for path in (ENTRY, "/organisations"):
        page = (await amina.get(path)).text
        assert ("not confirmed yet" in page, "not lately" in page) == (True, False)

    await amina.post(f"{ENTRY}/code")
    await amina.post(f"{ENTRY}/confirm")

    after = await organisation(town)
    assert after.join_code != before.join_code
    assert after.confirmed_on == MONDAY_9AM.date()
    assert "not confirmed yet" not in (await amina.get(ENTRY)).text


async def test_an_account_reads_the_agreement_first_and_speaks_from_then_on(town: Town) -> None:
    await prepared(town, state=OrganisationState.DORMANT)
    saba = await signed_in(town, SPEAKS, name="Saba")

    shown = await saba.get(OWN)
    assert "please read this and say yes" in shown.text
    refused = await saba.post(OWN, step="confirm")
    assert refused.headers["location"] == f"/desk{OWN}"
    await saba.post(OWN, step="agree")

    assert "Time you gave" in (await saba.get(OWN)).text
    assert (await organisation(town)).state == OrganisationState.ACTIVE
    async with town.database.reading() as session:
        assert await find_ambassador(session, WOMEN, staff_id=saba.id) is not None


@one_database
async def test_who_does_not_agree_may_go(town: Town) -> None:
    await prepared(town)
    saba = await signed_in(town, SPEAKS, name="Saba")
    await saba.get(OWN)

    gone = await saba.post(OWN, step="step_down")

    assert gone.headers["location"] == "/desk/organisations?done=stepped_down"
    assert (await saba.get(OWN)).status_code == 404
    assert OWN not in (await saba.get("/organisations")).text


@pytest.mark.parametrize("language", ["nb", "ar"])
async def test_everybody_can_read_the_agreement_without_an_account(town: Town, language: str) -> None:
    stranger = Client(town)

    page = await stranger.get(f"/organisations/agreement?language={language}")

    assert page.status_code == 200
    assert f'lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}"' in page.text


@one_database
@pytest.mark.parametrize("path", ["own", "certificate", "effort.csv", ""])
async def test_an_ambassador_finds_nothing_of_another_organisation(town: Town, path: str) -> None:
    await prepared(town)
    async with town.database.changing() as session:
        await make_organisation(session, POLES)
        await make_ambassador(session, organisation_id=POLES)
    saba = await agreed(town)

    answers = [await saba.get(f"/organisations/{one}/{path}".rstrip("/")) for one in (POLES, "no-such-organisation")]

    assert {answer.status_code for answer in answers} == {403 if path == "" else 404}
    assert POLES not in (await saba.get("/organisations")).text
    assert (await saba.post(f"/organisations/{POLES}/own", step="agree")).status_code == 404


async def test_an_ambassador_keeps_the_entry_right(town: Town) -> None:
    await prepared(town)
    saba = await agreed(town)

    await saba.post(OWN, step="describe", language="ar", about="نلتقي كل سبت")
    wrong = await saba.post(OWN, step="describe", language="ar", about="x" * 601)

    assert (await organisation(town)).about["ar"] == "نلتقي كل سبت"
    assert (await organisation(town)).confirmed_on == MONDAY_9AM.date()
    assert marked(wrong) == {"about"}
    await saba.post(OWN, step="describe", language="ar", about="")
    assert "ar" not in (await organisation(town)).about


async def test_time_is_written_down_and_counted_on_a_certificate(town: Town) -> None:
    await prepared(town)
    saba = await agreed(town)

    await saba.post(OWN, step="effort", day=TODAY, minutes="90", what="Ringte <medlemmer>")
    wrong = await saba.post(OWN, step="effort", day="2030-01-01", minutes="-1", what="")
    sheet = (await saba.get(f"{ENTRY}/certificate")).text

    assert marked(wrong) == {"day", "minutes", "what"}
    assert "Ringte &lt;medlemmer&gt;" in wrong.text
    assert "1:30 hours of voluntary work, on 1 day" in sheet
    assert "Saba has been an ambassador of Eritrean Women" in sheet
    assert "Prøvevik" in sheet


@one_database
async def test_a_report_is_a_table_that_runs_no_formula(town: Town) -> None:
    await prepared(town)
    saba = await agreed(town)
    await saba.post(OWN, step="effort", day=TODAY, minutes="5", what="=1+1")

    table = await saba.get(f"{ENTRY}/effort.csv")

    rows = list(csv.reader(table.text.removeprefix("\ufeff").splitlines()))
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    assert rows[1] == [TODAY, "Saba", "5", "'=1+1", ""]


@one_database
async def test_a_drill_is_no_message_of_the_organisation(town: Town) -> None:
    await prepared(town)
    saba = await agreed(town)
    async with town.database.changing() as session:
        for title, audience in (("Kafé", Audience.MEMBERS), ("DRILL: Vann", Audience.AMBASSADORS)):
            made = await make_broadcast(session, audience=audience, texts={"nb": (title, "Hei.")})
            await make_release(session, made.id)

    table = (await saba.get(f"{ENTRY}/effort.csv")).text

    assert "Kafé" in table
    assert "DRILL" not in table


@one_database
async def test_a_line_is_taken_back_by_who_wrote_it(town: Town) -> None:
    await prepared(town)
    saba = await agreed(town)
    await saba.post(OWN, step="effort", day=TODAY, minutes="5", what="Kafé")
    line = fields_of(await saba.get(OWN))["line"]

    await saba.post(OWN, step="drop", line=line)

    assert "Kafé" not in (await saba.get(OWN)).text


async def test_staff_end_an_ambassador_and_with_it_the_role_of_the_account(town: Town) -> None:
    await prepared(town)
    saba, amina = await agreed(town), await signed_in(town, Role.ADMINISTRATOR)
    (found,) = await ambassadors(town)

    await amina.post(f"{ENTRY}/ambassadors/{found.id}", step="end")

    assert await ambassadors(town) == []
    assert (await saba.get(OWN)).status_code in (403, 404)
    async with town.database.reading() as session:
        assert await get_roles(session, saba.id) == frozenset()
    assert "Certificate" in (await amina.get(ENTRY)).text


@one_database
async def test_an_account_that_was_ended_once_is_let_in_again_by_staff(town: Town) -> None:
    await prepared(town)
    saba, amina = await agreed(town), await signed_in(town, Role.ADMINISTRATOR)
    await saba.post(OWN, step="step_down")

    await amina.post(f"{ENTRY}/ambassadors", name="Saba", account=str(saba.id))

    assert "please read this and say yes" in (await saba.get(OWN)).text


async def test_handing_over_shows_a_link_and_the_first_stays_until_the_other_agrees(town: Town) -> None:
    await prepared(town)
    async with town.database.changing() as session:
        saba = await make_ambassador(session)
    amina = await signed_in(town, Role.ADMINISTRATOR, telegram_name="brobygger_bot")

    made = await amina.post(f"{ENTRY}/ambassadors/{saba.id}", step="hand_over", name="Senait")

    assert "start=ambassador_" in made.text
    assert "Stops when Senait has agreed." in made.text
    assert [one.name for one in await ambassadors(town)] == ["Saba", "Senait"]


@one_database
async def test_an_ambassador_of_another_organisation_is_not_changed_here(town: Town) -> None:
    await prepared(town)
    async with town.database.changing() as session:
        await make_organisation(session, POLES)
        ola = await make_ambassador(session, organisation_id=POLES)
    amina = await signed_in(town, Role.ADMINISTRATOR)

    for step in ("end", "link", "hand_over", "nonsense"):
        assert (await amina.post(f"{ENTRY}/ambassadors/{ola.id}", step=step, name="X")).status_code == 404

    assert [one.name for one in await ambassadors(town, POLES)] == ["Saba"]


@one_database
async def test_staff_see_groups_and_take_them_away(town: Town) -> None:
    await prepared(town)
    async with town.database.changing() as session:
        for address, whose in (("-1", None), ("-2", WOMEN)):
            session.add(Group(channel="telegram", address=address, title=f"Gruppe {address}", organisation_id=whose,
                              language="nb", added_at=MONDAY_9AM))  # fmt: skip
    amina = await signed_in(town, Role.ADMINISTRATOR)
    assert "Gruppe -1" in (await amina.get("/organisations")).text
    assert "Gruppe -2" in (await amina.get(ENTRY)).text

    for number in (1, 2):
        await amina.post(f"/organisations/groups/{number}/remove")

    assert "Gruppe -1" not in (await amina.get("/organisations")).text
    assert "Gruppe -2" not in (await amina.get(ENTRY)).text


async def test_the_map_shows_who_is_not_reached_and_no_small_number(town: Town) -> None:
    await prepared(town, districts=["Nord"], at=MONDAY_9AM - timedelta(days=400))
    async with town.database.changing() as session:
        await make_member(session, DALIA)
    paula = await signed_in(town, Role.PUBLISHER)

    page = (await paula.get("/coverage")).text

    assert "Nobody speaks for it." in page
    assert "no organisation" in page
    assert "Nord" in page
    assert not re.search(r"<td>[1-4]</td><td>1</td>", page)
    assert "fewer than 5" in page


@one_database
async def test_what_nobody_speaks_for_cannot_be_woken_and_says_how_people_join(town: Town) -> None:
    await prepared(town, state=OrganisationState.DORMANT)
    amina = await signed_in(town, Role.ADMINISTRATOR)

    before = await amina.get(ENTRY)
    saba = await agreed(town)

    assert "Let it take part again" not in before.text
    assert "Code to join" in (await saba.get(OWN)).text
