"""Another site has a form that is sent to the web chat: the reader's cookie comes along, their consent does not."""

import pytest
from sqlalchemy import select

from broadcasts.members.records import Membership
from core.settings import Settings
from tests.broadcasts.making import CODE, make_organisation
from tests.conftest import Town
from tests.stories.web_visits import visiting


@pytest.mark.parametrize("where", ["cross-site", "same-site"])
async def test_a_form_on_another_site_makes_nobody_a_member(town: Town, where: str) -> None:
    async with town.database.changing() as session:
        await make_organisation(session)
    async with visiting(town.database, town.knowledge, is_https=True) as dalia:
        yes = next(one for one in (await dalia.open(f"/?join={CODE}")).buttons if one.startswith("consent:"))
        await dalia.ask("hei")

        refused = await dalia.http.post("/", data={"action": yes}, headers={"Sec-Fetch-Site": where})

    async with town.database.reading() as session:
        assert refused.status_code == 403
        assert (await session.scalars(select(Membership))).all() == []


async def test_the_buttons_of_our_own_page_work(town: Town) -> None:
    async with town.database.changing() as session:
        await make_organisation(session)
    async with visiting(town.database, town.knowledge, is_https=True) as dalia:
        yes = next(one for one in (await dalia.open(f"/?join={CODE}")).buttons if one.startswith("consent:"))

        await dalia.http.post("/", data={"action": yes}, headers={"Sec-Fetch-Site": "same-origin"})

    async with town.database.reading() as session:
        assert (await session.scalars(select(Membership))).one().state == "member"


async def test_only_the_sites_that_are_named_may_embed_the_chat(town: Town) -> None:
    named = Settings.from_env(
        {"BROBYGGER_EMBED_SITES": "https://www.example.no, https://*.Example.no:8443"}
    ).embed_sites
    around = []
    for sites in ((), named):
        async with visiting(town.database, town.knowledge, embed_sites=sites) as chau:
            for path in ("/", "/nowhere", "/static/chat.js"):
                policy = (await chau.http.get(path)).headers["Content-Security-Policy"]
                around.append(policy.partition("frame-ancestors ")[2])

    assert around == ["*"] * 3 + ["'self' https://www.example.no https://*.example.no:8443"] * 3
