"""The list of answers, and the page of one answer with all its languages."""

from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlencode

from starlette.responses import Response

from content.catalogue import AREAS
from content.models import Answer, Origin
from content.overview import get_row, list_answers
from content.reviewing import withdraw_answer
from content.validity import confirm_still_correct
from content.wanted import State, Validity, Wanted
from core import languages
from core.timeline import list_entries
from editor.access.roles import Permission
from editor.guard import Refused
from editor.pages.details import may_edit
from editor.pages.people import names_of
from editor.showing import list_office_names
from editor.visits import Page, Visit

Choice = TypeVar("Choice", bound=StrEnum)


async def show_list(visit: Visit) -> Response:
    """All answers that match the filters, fifty a page."""
    wanted = Wanted(
        words=visit.field("words")[:200],
        area=visit.field("area") or None,
        owner=visit.field("owner") or None,
        language=visit.field("language") or None,
        state=_choice(State, visit.field("state")),
        validity=_choice(Validity, visit.field("validity")),
        origin=_choice(Origin, visit.field("origin")),
    )
    number = visit.field("page")
    async with visit.database.reading() as session:
        page = await list_answers(
            session, wanted, today=visit.today, page=int(number) if number.isdecimal() and len(number) < 7 else 1
        )
        offices = await list_office_names(session, visit.t)
    query = {name: value for name, value in visit.request.query_params.items() if name != "page" and value}
    return visit.page(
        "answers.html",
        page=page,
        wanted=wanted,
        areas=AREAS,
        offices=offices,
        codes=languages.PROMISED,
        query=urlencode(query),
    )


async def show(visit: Visit) -> Response:
    """One answer: the state of each language, its dates and sources, what happened to it."""
    answer_id = visit.request.path_params["answer_id"]
    async with visit.database.reading() as session:
        row = await get_row(session, answer_id)
        if row is None:
            raise Refused(404, "not_found")
        answer = await session.get_one(Answer, answer_id)
        await session.refresh(answer, ["sources"])
        entries = await list_entries(session, about=f"answer:{answer_id}", limit=20)
        names = await names_of(session, (entry.by for entry in entries))
        offices = await list_office_names(session, visit.t)
    return visit.page(
        "answer.html",
        row=row,
        answer=answer,
        entries=entries,
        names=names,
        offices=offices,
        codes=languages.PROMISED,
        may_edit_details=may_edit(visit.visitor, is_new=not any(one.is_published for one in row.states.values())),
    )


async def withdraw(visit: Visit) -> Response:
    """Take the answer away from residents."""
    answer_id = visit.request.path_params["answer_id"]
    async with visit.database.changing() as session:
        await withdraw_answer(session, answer_id, visit.field("reason"), by=visit.visitor.id, at=visit.at)
    return visit.go(f"/desk/answers/{answer_id}", done="withdrawn")


async def still_correct(visit: Visit) -> Response:
    """Somebody has read the answer and its sources today, and it is right."""
    answer_id = visit.request.path_params["answer_id"]
    async with visit.database.changing() as session:
        await confirm_still_correct(session, answer_id, by=visit.visitor.id, at=visit.at)
    return visit.go(f"/desk/answers/{answer_id}", done="still_correct")


def _choice(kind: type[Choice], word: str) -> Choice | None:
    return kind(word) if word in kind.__members__.values() else None


PAGES = (
    Page("GET", "/answers", show_list, Permission.READ_CONTENT),
    Page("GET", "/answers/{answer_id}", show, Permission.READ_CONTENT),
    Page("POST", "/answers/{answer_id}/withdraw", withdraw, Permission.WITHDRAW),
    Page("POST", "/answers/{answer_id}/still-correct", still_correct, Permission.CONFIRM_STILL_CORRECT),
)
