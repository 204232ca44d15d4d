"""The pages for facts, for the municipality, and for what stands beside the texts of an answer."""

import re

import httpx
import pytest

from editor.access.roles import Role
from tests.conftest import Town
from tests.content.asking import published
from tests.editor.desk import Client, fields_of, resident_asks, signed_in

PRICE = "/facts/kindergarten-price"
ANSWER = "/answers/services-kindergarten"
DETAILS = f"{ANSWER}/details"
SCRIPT = '"><script>alert(1)</script>'


async def look(person: Client, path: str) -> tuple[str, dict[str, str]]:
    """A page, and what stands in its fields."""
    page = await person.get(path)
    assert page.status_code == 200
    return page.text, fields_of(page)


def marked(page: httpx.Response) -> set[str]:
    """The fields that are marked as wrong."""
    assert page.status_code == 422
    return set(re.findall(r'name="([^"]+)"[^>]*aria-invalid="true"', page.text))


async def test_a_fact_is_changed_after_looking_at_what_residents_will_read(town: Town) -> None:
    paula = await signed_in(town, Role.PUBLISHER)
    text, fields = await look(paula, PRICE)
    assert "What residents will read" not in text

    seen = await paula.post(PRICE, {**fields, "value": "1 250 kr"}, step="preview")
    assert "Plassen koster høyst 1\xa0250 NOK i måneden." in seen.text
    assert 'lang="ar" dir="rtl"' in seen.text
    assert (await published(town.database)).facts["kindergarten-price"].value == "1200 NOK"

    done = await paula.post(PRICE, fields_of(seen), step="save")
    assert done.headers["location"] == f"/desk{PRICE}?done=fact_changed"
    shown = await resident_asks(town, "søke barnehageplass", "nb")
    assert "1\xa0250<" in shown


async def test_what_nobody_looked_at_is_not_saved(town: Town) -> None:
    paula = await signed_in(town, Role.PUBLISHER)
    _text, fields = await look(paula, PRICE)
    seen = await paula.post(PRICE, {**fields, "value": "1250 NOK"}, step="preview")

    again = await paula.post(PRICE, {**fields_of(seen), "value": "9999 NOK"}, step="save")

    assert again.status_code == 200
    assert "9\xa0999 NOK" in again.text
    assert (await published(town.database)).facts["kindergarten-price"].value == "1200 NOK"


async def test_two_who_change_a_fact_at_once_are_told(town: Town) -> None:
    paula = await signed_in(town, Role.PUBLISHER, name="Paula")
    bert = await signed_in(town, Role.PUBLISHER, name="Bert")
    seen_by_both = []
    for person, value in ((paula, "1250 NOK"), (bert, "1300 NOK")):
        _text, fields = await look(person, PRICE)
        seen_by_both.append(fields_of(await person.post(PRICE, {**fields, "value": value}, step="preview")))

    first = await paula.post(PRICE, seen_by_both[0], step="save")
    second = await bert.post(PRICE, seen_by_both[1], step="save")

    assert (first.status_code, second.status_code) == (303, 409)
    assert "Somebody else has saved here meanwhile: “1250 NOK”." in second.text
    assert fields_of(second)["value"] == "1300 NOK"
    assert (await published(town.database)).facts["kindergarten-price"].value == "1250 NOK"


async def test_a_wrong_value_is_marked_beside_its_field_and_kept_in_the_form(town: Town) -> None:
    paula = await signed_in(town, Role.PUBLISHER)
    _text, fields = await look(paula, PRICE)

    page = await paula.post(
        PRICE, {**fields, "value": SCRIPT, "valid_as_of": "yesterday"}, step="save", previewed=SCRIPT
    )

    assert marked(page) == {"value", "valid_as_of"}
    assert fields_of(page)["value"] == SCRIPT
    assert "<script>" not in page.text


async def test_a_fact_is_added_found_and_removed_and_the_timeline_tells(town: Town) -> None:
    paula = await signed_in(town, Role.PUBLISHER)

    added = await paula.post("/facts/new", name="card-price", type="money", value="50 kr", about=SCRIPT, source="")
    text, _fields = await look(paula, "/facts?unverified=1")
    assert added.headers["location"] == "/desk/facts/card-price?done=fact_added"
    assert "50 NOK" in text
    assert "kindergarten-price" not in text
    assert "<script>alert" not in text
    removed = await paula.post("/facts/card-price/remove")

    assert removed.headers["location"] == "/desk/facts?done=fact_removed"
    assert (await paula.get("/facts/card-price")).status_code == 404
    timeline = (await paula.get("/timeline")).text
    assert "fact added" in timeline
    assert "fact removed" in timeline


async def test_a_new_fact_is_not_kept_with_mistakes(town: Town) -> None:
    paula = await signed_in(town, Role.PUBLISHER)

    page = await paula.post("/facts/new", name="Card price", type="money", value="fifty", source="http://example.no")

    assert marked(page) == {"name", "value", "source"}


async def test_a_fact_that_texts_use_stays(town: Town) -> None:
    paula = await signed_in(town, Role.PUBLISHER)
    text, _fields = await look(paula, PRICE)

    refused = await paula.post(f"{PRICE}/remove")

    assert "services-kindergarten · العربية" in text
    assert "/remove" not in text
    assert refused.status_code == 409
    assert "Texts use this fact." in refused.text


async def test_an_office_gets_a_new_number_that_residents_read(town: Town) -> None:
    ada = await signed_in(town, Role.ADMINISTRATOR)
    _text, fields = await look(ada, "/profile/offices/service-centre")

    done = await ada.post("/profile/offices/service-centre", {**fields, "phone": "00 00 00 99"})

    assert done.headers["location"] == "/desk/profile/offices/service-centre?done=office_changed"
    assert "00 00 00 99" in await resident_asks(town, "søke barnehageplass", "nb")
    assert (await published(town.database)).offices["service-centre"].names["ar"] == "مركز الخدمة"


async def test_an_office_is_not_saved_with_mistakes(town: Town) -> None:
    ada = await signed_in(town, Role.ADMINISTRATOR)
    _text, fields = await look(ada, "/profile/offices/service-centre")

    page = await ada.post("/profile/offices/service-centre", {**fields, "phone": "", "email": SCRIPT, "hours": "9-15"})

    assert marked(page) == {"phone", "email", "hours"}
    assert "<script>alert" not in page.text


async def test_the_municipality_is_changed_and_an_office_added(town: Town) -> None:
    ada = await signed_in(town, Role.ADMINISTRATOR)
    _text, fields = await look(ada, "/profile")
    fields.pop("key")

    changed = await ada.post(
        "/profile", {**fields, "name": "Nyvik", "districts": "Sentrum\r\nLia\r\n", "manages.grants-closed": "1"}
    )
    added = await ada.post("/profile/offices", key="sports-office", name="Idrettskontoret")

    assert changed.headers["location"] == "/desk/profile?done=profile_changed"
    assert added.headers["location"] == "/desk/profile/offices/sports-office?done=office_added"
    text, fields = await look(ada, "/profile")
    assert "Idrettskontoret" in text
    assert (fields["districts"], fields["manages.grants-closed"]) == ("Sentrum\nLia", "1")
    assert (await published(town.database)).municipality == "Nyvik"


async def test_a_wrong_time_zone_is_marked(town: Town) -> None:
    ada = await signed_in(town, Role.ADMINISTRATOR)
    _text, fields = await look(ada, "/profile")

    page = await ada.post("/profile", {**fields, "name": "Nyvik", "zone": "Oslo", "website": "http://nyvik.example"})

    assert marked(page) == {"zone", "website"}


async def test_a_publisher_changes_the_details_of_an_answer(town: Town) -> None:
    paula = await signed_in(town, Role.PUBLISHER)
    text, _fields = await look(paula, ANSWER)
    assert f"/desk{DETAILS}" in text
    _text, fields = await look(paula, DETAILS)
    new = {"owner": "library", "contact": "library", "valid_until": "2027-01-31", "level.state": "1"}
    source = {"sources.1.url": "https://www.udir.no", "sources.1.name": SCRIPT, "levels.state": "1"}

    done = await paula.post(DETAILS, {**fields, **new, **source})

    assert done.headers["location"] == f"/desk{ANSWER}?done=answer_details_changed"
    answer = (await published(town.database)).answers["services-kindergarten"]
    assert (answer.contact, str(answer.valid_until)) == ("library", "2027-01-31")
    assert answer.levels == ("municipality", "state")
    assert [one.url for one in answer.sources] == [
        "https://www.provevik.example/services-kindergarten",
        "https://www.udir.no",
    ]
    text, _fields = await look(paula, ANSWER)
    assert "details of the answer changed" in text
    assert "<script>alert" not in text


async def test_a_form_that_is_sent_as_it_was_changes_nothing(town: Town) -> None:
    paula = await signed_in(town, Role.PUBLISHER)
    before = await published(town.database)

    done = await paula.post(DETAILS, fields_of(await paula.get(DETAILS)))

    assert done.status_code == 303
    assert await published(town.database) == before


async def test_wrong_details_are_marked_beside_their_fields(town: Town) -> None:
    paula = await signed_in(town, Role.PUBLISHER)
    _text, fields = await look(paula, DETAILS)
    wrong = {"owner": "", "contact": "library", "related": "no-such-answer", "valid_from": "31.1.2027"}

    page = await paula.post(DETAILS, {**fields, **wrong, "sources.0.url": "http://example.no"})

    assert marked(page) == {"owner", "related", "valid_from", "sources.0.url"}
    assert "The link http://example.no does not begin with https://." in page.text


async def test_authors_change_the_details_of_an_answer_until_residents_see_it(town: Town) -> None:
    amina = await signed_in(town, Role.AUTHOR)

    begun = await amina.post("/answers/new", id="services-card", area="services", owner="library", source_language="nb")
    assert begun.headers["location"] == "/desk/answers/services-card/nb/write?done=answer_added"
    assert (await amina.get("/answers/services-card/nb/write")).status_code == 200
    _text, fields = await look(amina, "/answers/services-card/details")
    own = {**fields, "owner": "library", "contact": "library", "sources.0.url": "https://www.provevik.example/card"}

    assert (await amina.post("/answers/services-card/details", own)).status_code == 303
    assert (await amina.get(DETAILS)).status_code == 403
    assert (await amina.post(DETAILS, own)).status_code == 403
    assert f"/desk{DETAILS}" not in (await amina.get(ANSWER)).text


@pytest.mark.parametrize(
    ("field", "value"), [("id", "Two words"), ("id", "new"), ("area", "weather"), ("owner", "nobody")]
)
async def test_an_answer_is_not_begun_with_mistakes(town: Town, field: str, value: str) -> None:
    amina = await signed_in(town, Role.AUTHOR)
    right = {"id": "services-card", "area": "services", "owner": "library", "source_language": "nb"}

    assert marked(await amina.post("/answers/new", {**right, field: value})) == {field}


async def test_an_answer_that_is_there_already_stays_as_it_is(town: Town) -> None:
    amina = await signed_in(town, Role.AUTHOR)

    page = await amina.post("/answers/new", id="services-kindergarten", area="services", owner="library")

    assert page.status_code == 409
    assert "There is an answer with this name already." in page.text


@pytest.mark.parametrize(
    "path",
    [
        "/facts/no-such-fact",
        "/facts/a%00b",
        "/facts/..%2f..",
        "/profile/offices/a%00b",
        "/profile/offices/nobody",
        "/answers/a%00b/details",
        "/answers/nothing/details",
    ],
)
async def test_what_is_not_there_is_said_in_words(town: Town, path: str) -> None:
    everybody = await signed_in(town, Role.PUBLISHER, Role.ADMINISTRATOR)

    page = await everybody.get(path)

    assert page.status_code == 404
    assert "There is no such page." in page.text
