"""Another site has a form that is sent to the web chat: the reader's cookie comes along, their consent does not."""

import pytest
from sqlalchemy import select

from broadcasts.members.records import Membership
from tests.broadcasts.making import CODE, make_organisation
from tests.conftest import Town
from tests.stories.test_web import visiting


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
