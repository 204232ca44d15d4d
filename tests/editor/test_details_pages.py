"""Offices that move and go, what an answer is, and two people who change the same page."""

import re

import pytest

from editor.access.roles import Role
from tests.conftest import Town
from tests.content.asking import published
from tests.editor.desk import Client, fields_of, resident_asks, signed_in
from tests.editor.harmless import ATTACK, harmful

DETAILS = "/answers/services-kindergarten/details"
DANGER = "/answers/services-partner-violence"
CENTRE = "/profile/offices/service-centre"
SPORTS = "/profile/offices/sports-office"


async def two(town: Town, role: Role) -> tuple[Client, Client]:
    return await signed_in(town, role, name="Paula"), await signed_in(town, role, name="Bert")


async def test_offices_move_by_buttons(town: Town) -> None:
    ada = await signed_in(town, Role.ADMINISTRATOR)
    page = (await ada.get("/profile")).text
    assert 'aria-label="Move Library up"' in page
    assert 'aria-label="Move Library down"' not in page  # it is the last

    done = await ada.post("/profile/offices/library/move", direction="up")

    assert done.headers["location"] == "/desk/profile?done=office_moved"
    assert list((await published(town.database)).offices) == ["library", "service-centre"]


async def test_an_office_goes_after_a_question_and_not_while_answers_use_it(town: Town) -> None:
    ada = await signed_in(town, Role.ADMINISTRATOR)
    await ada.post("/profile/offices", key="sports-office", name="Idrettskontoret")
    paula = await signed_in(town, Role.PUBLISHER, name="Paula")
    await paula.post(DETAILS, fields_of(await paula.get(DETAILS)), owner="sports-office")

    refused = await ada.post(f"{SPORTS}/remove")
    assert refused.status_code == 409
    assert '<a href="/desk/answers/services-kindergarten">services-kindergarten</a>' in refused.text
    assert "responsible" in refused.text

    await paula.post(DETAILS, fields_of(await paula.get(DETAILS)), owner="library")
    assert "Remove Idrettskontoret?" in (await ada.get(f"{SPORTS}/remove")).text
    done = await ada.post(f"{SPORTS}/remove")
    assert done.headers["location"] == "/desk/profile?done=office_removed"
    assert (await ada.get(SPORTS)).status_code == 404
    timeline = (await ada.get("/timeline")).text
    assert "office removed" in timeline
    assert "sports-office" in timeline


async def test_the_service_centre_cannot_go(town: Town) -> None:
    ada = await signed_in(town, Role.ADMINISTRATOR)

    assert "It cannot be removed." in (await ada.get(f"{CENTRE}/remove")).text
    assert (await ada.post(f"{CENTRE}/remove")).status_code == 409
    assert "service-centre" in (await published(town.database)).offices


@pytest.mark.parametrize("role", [Role.PUBLISHER, Role.ADMINISTRATOR])
async def test_area_place_and_danger_are_set_by_publishers_and_administrators(town: Town, role: Role) -> None:
    person = await signed_in(town, role)
    form = fields_of(await person.get(DETAILS))

    await person.post(DETAILS, form, area="practice", priority="1", is_safety="1")

    answer = (await published(town.database)).answers["services-kindergarten"]
    assert (answer.area, answer.is_safety) == ("practice", True)


async def test_authors_set_the_area_of_a_new_answer_and_nothing_of_its_rank(town: Town) -> None:
    amina = await signed_in(town, Role.AUTHOR)
    await amina.post("/answers/new", id="services-card", area="services", owner="library", source_language="nb")
    path = "/answers/services-card/details"
    page = await amina.get(path)
    assert 'name="is_safety"' not in page.text

    done = await amina.post(path, fields_of(page), area="practice", priority="1", is_safety="1")

    assert done.status_code == 303
    paula = await signed_in(town, Role.PUBLISHER, name="Paula")
    form = fields_of(await paula.get(path))
    assert (form["area"], form["priority"]) == ("practice", "2")
    assert "is_safety" not in form


async def test_help_in_danger_keeps_its_mark_without_a_reason(town: Town) -> None:
    paula = await signed_in(town, Role.PUBLISHER)
    form = fields_of(await paula.get(f"{DANGER}/details"))
    form.pop("is_safety")

    refused = await paula.post(f"{DANGER}/details", form)
    assert refused.status_code == 422
    assert "Please write why it no longer is." in refused.text
    assert (await published(town.database)).answers["services-partner-violence"].is_safety

    done = await paula.post(f"{DANGER}/details", {**fields_of(refused), "reason": "Et annet svar tar over."})
    assert done.status_code == 303
    assert not (await published(town.database)).answers["services-partner-violence"].is_safety
    assert "Et annet svar tar over." in (await paula.get(DANGER)).text


@pytest.mark.parametrize("typed", ["", "0", "first", "²", "1" * 30])
async def test_a_place_in_menus_is_a_number(town: Town, typed: str) -> None:
    paula = await signed_in(town, Role.PUBLISHER)

    page = await paula.post(DETAILS, {**fields_of(await paula.get(DETAILS)), "priority": typed})

    assert re.findall(r'name="([^"]+)"[^>]*aria-invalid="true"', page.text) == ["priority"]
    assert fields_of(page)["priority"] == typed


async def test_two_change_an_answers_details_and_no_words_are_lost(town: Town) -> None:
    paula, bert = await two(town, Role.PUBLISHER)
    form_of_paula, form_of_bert = [fields_of(await one.get(DETAILS)) for one in (paula, bert)]
    await paula.post(DETAILS, {**form_of_paula, "audience": "families", "contact": "library"})

    conflict = await bert.post(DETAILS, {**form_of_bert, "audience": "parents", "valid_until": "2027-01-31"})

    assert conflict.status_code == 409
    assert "Somebody else saved this page while you were writing." in conflict.text
    assert "Somebody else has saved here meanwhile: “families”." in conflict.text
    form = fields_of(conflict)
    assert (form["audience"], form["valid_until"], form["contact"]) == ("parents", "2027-01-31", "library")
    assert (await published(town.database)).answers["services-kindergarten"].audience == ("families",)
    assert (await bert.post(DETAILS, form)).status_code == 303
    answer = (await published(town.database)).answers["services-kindergarten"]
    assert (answer.audience, answer.contact, str(answer.valid_until)) == (("parents",), "library", "2027-01-31")


async def test_sources_that_both_have_changed_are_shown(town: Town) -> None:
    paula, bert = await two(town, Role.PUBLISHER)
    forms = [fields_of(await one.get(DETAILS)) for one in (paula, bert)]
    await paula.post(DETAILS, {**forms[0], "sources.1.url": "https://www.udir.no/a", "sources.1.name": ATTACK})

    conflict = await bert.post(DETAILS, {**forms[1], "sources.1.url": "https://www.udir.no/b"})

    assert "https://www.udir.no/a" in conflict.text
    assert harmful(conflict.text) == []
    assert fields_of(conflict)["sources.1.url"] == "https://www.udir.no/b"


async def test_two_change_the_municipality_and_no_words_are_lost(town: Town) -> None:
    ada, bert = await two(town, Role.ADMINISTRATOR)
    forms = [fields_of(await one.get("/profile")) for one in (ada, bert)]
    await ada.post("/profile", {**forms[0], "name": "Nyvik", "districts": "Lia"})

    conflict = await bert.post("/profile", {**forms[1], "name": "Storvik"})

    assert conflict.status_code == 409
    form = fields_of(conflict)
    assert (form["name"], form["districts"]) == ("Storvik", "Lia")
    assert "“Nyvik”" in conflict.text
    assert (await published(town.database)).municipality == "Nyvik"
    assert (await bert.post("/profile", {**form, "name": "Storvik"})).status_code == 303


async def test_two_change_an_office_and_no_words_are_lost(town: Town) -> None:
    ada, bert = await two(town, Role.ADMINISTRATOR)
    forms = [fields_of(await one.get(CENTRE)) for one in (ada, bert)]
    await ada.post(CENTRE, {**forms[0], "phone": "00 00 00 98", "names.ar": "مركز"})

    conflict = await bert.post(CENTRE, {**forms[1], "phone": "00 00 00 99", "names.uk": "Центр"})

    form = fields_of(conflict)
    assert conflict.status_code == 409
    assert (form["phone"], form["names.ar"], form["names.uk"]) == ("00 00 00 99", "مركز", "Центр")
    assert (await bert.post(CENTRE, form)).status_code == 303
    assert "00 00 00 99" in await resident_asks(town, "søke barnehageplass", "nb")


async def test_what_is_wrong_in_a_late_form_does_not_hide_that_it_is_late(town: Town) -> None:
    ada, bert = await two(town, Role.ADMINISTRATOR)
    forms = [fields_of(await one.get(CENTRE)) for one in (ada, bert)]
    await ada.post(CENTRE, {**forms[0], "address": "Torget 2"})

    wrong = await bert.post(CENTRE, {**forms[1], "hours": "9-15"})
    right = await bert.post(CENTRE, {**fields_of(wrong), "hours": "always"})

    assert (wrong.status_code, right.status_code) == (422, 409)
    assert fields_of(right)["address"] == "Torget 2"
