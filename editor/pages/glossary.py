"""The glossary: Norwegian words, how each stands in every language, and what a second person publishes."""

from starlette.responses import HTMLResponse, Response

from content.glossary.checks import SOURCE
from content.glossary.editing import (
    Standing,
    Written,
    check_word,
    check_written,
    list_words,
    publish_word,
    save_word,
    standings,
    withdraw_word,
)
from content.glossary.records import Explanation, list_versions
from core import languages
from core.issues import Issue, Severity
from core.timeline import list_entries
from editor.access.roles import Permission
from editor.forms import by_field
from editor.guard import Refused
from editor.pages.people import names_of
from editor.visits import AnyOf, Page, Visit

WRITING = AnyOf({Permission.WRITE_SOURCE, Permission.TRANSLATE})


async def show_list(visit: Visit) -> Response:
    """All words, those that are looked for, or those with a draft that waits."""
    words, only_drafts = visit.field("words")[:200], bool(visit.field("drafts"))
    async with visit.database.reading() as session:
        found = await list_words(session, words=words)
    rows = [(word, several) for word, several in found if not only_drafts or any(one.draft for one in several)]
    return visit.page("glossary.html", rows=rows, words=words, only_drafts=only_drafts)


async def show_word(visit: Visit) -> Response:
    """One word in all languages."""
    word, several = await _find(visit)
    async with visit.database.reading() as session:
        events = await list_entries(session, about=f"word:{word}", limit=20)
        names = await names_of(
            session, [*(one.by for one in events), *(one.draft.author_id for one in several if one.draft)]
        )
    may_write = [code for code in languages.PROMISED if visit.visitor.may_write(code, source_language=SOURCE)]
    return visit.page("word.html", word=word, several=several, events_here=events, names=names, may_write=may_write)


async def new(visit: Visit) -> Response:
    """An empty form."""
    return _form(visit, "", SOURCE, Written("", (), ""), 0)


async def add(visit: Visit) -> Response:
    """Keep the draft of a new word."""
    word, written = visit.field("word"), _written(visit)
    issues = [*check_word(word), *check_written(written)]
    if not issues:
        async with visit.database.reading() as session:
            if await list_versions(session, word):
                issues.append(Issue("word", "word_taken", Severity.SAVING))
    if issues:
        return _form(visit, word, SOURCE, written, 0, issues=issues)
    return await _save(visit, word, SOURCE, written, 0)


async def write(visit: Visit) -> Response:
    """The explanation in one language, ready to be changed, beside the Norwegian one."""
    word, language, several = await _find_writable(visit)
    newest = _newest(several, language)
    written = Written(newest.term, tuple(newest.forms), newest.meaning) if newest else Written("", (), "")
    return _form(visit, word, language, written, await _number(visit, word, language), source=_newest(several, SOURCE))


async def save(visit: Visit) -> Response:
    """Keep the draft."""
    word, language, several = await _find_writable(visit)
    written, number = _written(visit), _seen(visit)
    if issues := check_written(written):
        return _form(visit, word, language, written, number, issues=issues, source=_newest(several, SOURCE))
    return await _save(visit, word, language, written, number)


async def publish(visit: Visit) -> Response:
    """Residents read the draft from now on."""
    word, _several = await _find(visit)
    language = visit.request.path_params["language"]
    async with visit.database.changing() as session:
        await publish_word(session, word, language, seen=_seen(visit), by=visit.visitor.id, at=visit.at)
    return visit.go(f"/desk/glossary/{word}", done="word_published")


async def withdraw(visit: Visit) -> Response:
    """Take the word away from residents."""
    word, _several = await _find(visit)
    async with visit.database.changing() as session:
        await withdraw_word(session, word, visit.field("reason"), by=visit.visitor.id, at=visit.at)
    return visit.go(f"/desk/glossary/{word}", done="word_withdrawn")


async def _save(visit: Visit, word: str, language: str, written: Written, seen: int) -> Response:
    async with visit.database.changing() as session:
        await save_word(session, word, language, written, seen=seen, by=visit.visitor.id, at=visit.at)
    return visit.go(f"/desk/glossary/{word}", done="word_saved")


async def _find(visit: Visit) -> tuple[str, list[Standing]]:
    word = visit.request.path_params["word"]
    async with visit.database.reading() as session:
        several = await standings(session, word)
    if not several:
        raise Refused(404, "not_found")
    return word, several


async def _find_writable(visit: Visit) -> tuple[str, str, list[Standing]]:
    word, several = await _find(visit)
    language = visit.request.path_params["language"]
    if language not in languages.PROMISED:
        raise Refused(404, "not_found")
    if not visit.visitor.may_write(language, source_language=SOURCE):
        raise Refused(403, "not_yours")
    return word, language, several


async def _number(visit: Visit, word: str, language: str) -> int:
    async with visit.database.reading() as session:
        versions = await list_versions(session, word, language)
    return versions[-1].number if versions else 0


def _newest(several: list[Standing], language: str) -> Explanation | None:
    return next((one.draft or one.published for one in several if one.language == language), None)


def _seen(visit: Visit) -> int:
    """The number of the version that the form was opened with."""
    given = visit.field("seen")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 9 else 0


def _written(visit: Visit) -> Written:
    forms = (" ".join(line.split()) for line in visit.field("forms").splitlines())
    term, meaning = (" ".join(visit.field(name).split()) for name in ("term", "meaning"))
    return Written(term, tuple(dict.fromkeys(form for form in forms if form)), meaning)


def _form(
    visit: Visit,
    word: str,
    language: str,
    written: Written,
    seen: int,
    *,
    issues: list[Issue] | None = None,
    source: Explanation | None = None,
) -> HTMLResponse:
    return visit.page(
        "word_write.html",
        status=422 if issues else 200,
        word=word,
        is_new=visit.request.url.path.endswith("/glossary/new"),
        language=language,
        written=written,
        seen=seen,
        source=source if language != SOURCE else None,
        issues=by_field(issues or []),
    )


PAGES = (
    Page("GET", "/glossary", show_list, Permission.READ_CONTENT),
    Page("GET", "/glossary/new", new, Permission.WRITE_SOURCE),
    Page("POST", "/glossary/new", add, Permission.WRITE_SOURCE),
    Page("GET", "/glossary/{word}", show_word, Permission.READ_CONTENT),
    Page("POST", "/glossary/{word}/withdraw", withdraw, Permission.WITHDRAW),
    Page("GET", "/glossary/{word}/{language}", write, WRITING),
    Page("POST", "/glossary/{word}/{language}", save, WRITING),
    Page("POST", "/glossary/{word}/{language}/publish", publish, Permission.PUBLISH),
)
