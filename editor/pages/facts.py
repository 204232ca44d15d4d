"""Facts: the list, a page for each with the texts that use it, and what a change would do before it is kept."""

from starlette.responses import HTMLResponse, Response

from content.editing_facts import (
    FactChangedMeanwhile,
    NewFact,
    add_fact,
    change_fact,
    check_new,
    check_value,
    find_fact,
    list_facts,
    preview_change,
    remove_fact,
    tidy,
    uses_of,
)
from content.facts import FactType, Value, is_valid, show
from content.models import Fact
from core.issues import Issue, Severity
from editor.access.roles import Permission
from editor.forms import by_field, read_day
from editor.guard import Refused
from editor.visits import Page, Visit


async def show_list(visit: Visit) -> Response:
    """All facts, or those that are looked for."""
    words, only_unverified = visit.field("words")[:200], bool(visit.field("unverified"))
    async with visit.database.reading() as session:
        facts = await list_facts(session, words=words, only_unverified=only_unverified)
    rows = [(fact, _shown(visit, FactType(fact.type), fact.value)) for fact in facts]
    return visit.page("facts.html", rows=rows, words=words, only_unverified=only_unverified)


async def show_fact(visit: Visit) -> Response:
    """One fact, ready to be changed."""
    fact = await _find(visit)
    # The address may bring what the shared library says.
    value, source = visit.field("value") or fact.value, visit.field("source") or fact.source
    day = visit.field("valid_as_of") or str(fact.valid_as_of or "")
    return await _form(visit, fact, value, source, day, is_verified=fact.is_verified and value == fact.value)


async def change(visit: Visit) -> Response:
    """First what residents would read, then, when that was looked at, the change."""
    fact, issues = await _find(visit), list[Issue]()
    value, source = tidy(FactType(fact.type), visit.field("value")), visit.field("source")
    day, is_verified = read_day(visit, "valid_as_of", issues), bool(visit.field("is_verified"))
    issues += check_value(FactType(fact.type), value, source=source, is_verified=is_verified)
    was_looked_at = visit.field("step") == "save" and visit.field("previewed") == value
    if issues or not was_looked_at:
        given = visit.field("valid_as_of")
        return await _form(visit, fact, value, source, given, is_verified=is_verified, issues=issues, is_preview=True)
    try:
        async with visit.database.changing() as session:
            await change_fact(
                session,
                fact.name,
                value,
                source=source,
                valid_as_of=day,
                is_verified=is_verified,
                seen=visit.field("seen"),
                by=visit.visitor.id,
                at=visit.at,
            )
    except FactChangedMeanwhile:
        now = await _find(visit)
        theirs = Issue("value", "meanwhile_both", Severity.SAVING, {"theirs": now.value})
        given = visit.field("valid_as_of")
        return await _form(visit, now, value, source, given, is_verified=is_verified, issues=[theirs], is_conflict=True)
    return visit.go(f"/desk/facts/{fact.name}", done="fact_changed")


async def new(visit: Visit) -> Response:
    """An empty form."""
    return _new_form(visit, [])


async def add(visit: Visit) -> Response:
    """Keep a new fact."""
    issues: list[Issue] = []
    given = visit.field("type")
    kind = FactType(given) if given in FactType.__members__.values() else FactType.TEXT
    fact = NewFact(
        name=visit.field("name"),
        type=kind,
        value=tidy(kind, visit.field("value")),
        about=visit.field("about"),
        source=visit.field("source"),
        valid_as_of=read_day(visit, "valid_as_of", issues),
        is_verified=bool(visit.field("is_verified")),
    )
    issues += check_new(fact)
    if issues:
        return _new_form(visit, issues, status=422)
    async with visit.database.changing() as session:
        await add_fact(session, fact, by=visit.visitor.id, at=visit.at)
    return visit.go(f"/desk/facts/{fact.name}", done="fact_added")


async def remove(visit: Visit) -> Response:
    """Take away a fact that no text uses."""
    fact = await _find(visit)
    async with visit.database.changing() as session:
        await remove_fact(session, fact.name, by=visit.visitor.id, at=visit.at)
    return visit.go("/desk/facts", done="fact_removed")


async def _find(visit: Visit) -> Fact:
    async with visit.database.reading() as session:
        fact = await find_fact(session, visit.request.path_params["name"])
    if fact is None:
        raise Refused(404, "not_found")
    return fact


async def _form(
    visit: Visit,
    fact: Fact,
    value: str,
    source: str,
    valid_as_of: str,
    *,
    is_verified: bool,
    issues: list[Issue] | None = None,
    is_preview: bool = False,
    is_conflict: bool = False,
) -> HTMLResponse:
    async with visit.database.reading() as session:
        uses = await uses_of(session, fact.name)
        changes = []
        if is_preview and not issues:
            changes = await preview_change(session, fact.name, value, words=visit.preview.words)
    return visit.page(
        "fact.html",
        status=409 if is_conflict else 422 if issues else 200,
        is_conflict=is_conflict,
        fact=fact,
        shown=_shown(visit, FactType(fact.type), fact.value),
        value=value,
        source=source,
        valid_as_of=valid_as_of,
        is_verified=is_verified,
        issues=by_field(issues or []),
        is_preview=is_preview and not issues,
        changes=changes,
        uses=uses,
    )


def _new_form(visit: Visit, issues: list[Issue], *, status: int = 200) -> HTMLResponse:
    given = {name: visit.field(name) for name in ("name", "type", "value", "about", "source", "valid_as_of")}
    is_verified = bool(visit.field("is_verified"))
    return visit.page(
        "fact_new.html", status=status, given=given, is_verified=is_verified, types=FactType, issues=by_field(issues)
    )


def _shown(visit: Visit, kind: FactType, value: str) -> str:
    """The value as residents read it who have the visitor's language."""
    t = visit.preview.words(visit.t.language)
    return show(Value(kind, value), t) if is_valid(Value(kind, value), t) else value


PAGES = (
    Page("GET", "/facts", show_list, Permission.EDIT_FACTS),
    Page("GET", "/facts/new", new, Permission.EDIT_FACTS),
    Page("POST", "/facts/new", add, Permission.EDIT_FACTS),
    Page("GET", "/facts/{name}", show_fact, Permission.EDIT_FACTS),
    Page("POST", "/facts/{name}", change, Permission.EDIT_FACTS),
    Page("POST", "/facts/{name}/remove", remove, Permission.EDIT_FACTS),
)
