"""Files for translators: download what is to be translated, send back what has been."""

import asyncio

from starlette.datastructures import UploadFile
from starlette.responses import Response

from content.catalogue import AREAS
from content.exchange.incoming import MOST_BYTES, UnreadableExchange
from content.exchange.po import write_po
from content.exchange.xliff import write_xliff
from content.exchanging import export_package, list_source_languages, note_unreadable, read_package, receive
from core import languages
from editor import words
from editor.access.roles import Permission
from editor.guard import Refused
from editor.visits import Page, Visit

# The first is what most translation programs take.
FORMATS = {
    "xliff": (write_xliff, "xlf", "application/x-xliff+xml"),
    "po": (write_po, "po", "text/x-gettext-translation"),
}
_FORM_AROUND = 20_000


async def show(visit: Visit) -> Response:
    """Both forms."""
    return await _page(visit)


async def download(visit: Visit) -> Response:
    """The file; the page again where there is nothing to translate."""
    source, language, area = visit.field("from"), visit.field("language"), visit.field("area")
    _check_may_translate(visit, language)
    write, ending, kind = FORMATS.get(visit.field("format"), FORMATS["xliff"])
    async with visit.database.reading() as session:
        if source not in await list_source_languages(session):
            raise Refused(404, "not_found")
        package = await export_package(
            session,
            language,
            source_language=source,
            only_outdated_or_missing=bool(visit.field("only")),
            area=area if area in AREAS else None,
        )
    if not package.answers:
        return await _page(visit, is_nothing=True)
    data = await asyncio.to_thread(write, package)
    name = f"brobygger-{source}-{language}-{visit.today.isoformat()}.{ending}"
    return Response(data, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


async def upload(visit: Visit) -> Response:
    """Drafts from a translator's file, and what became of each text."""
    file = visit.form.get("file")
    if not isinstance(file, UploadFile) or not file.size:
        return await _page(visit, problem=visit.t("Please choose a file."), status=422)
    by, at = visit.visitor.id, visit.at
    try:
        package = await asyncio.to_thread(read_package, await file.read())
    except UnreadableExchange as problem:
        async with visit.database.changing() as session:
            note_unreadable(session, problem, by=by, at=at)
        return await _page(visit, problem=words.words_for(problem, visit.t), status=422)
    _check_may_translate(visit, package.target_language)
    received = await receive(visit.database, package, by=by, at=at)
    return visit.page("exchange_report.html", received=received)


async def _page(visit: Visit, *, problem: str = "", is_nothing: bool = False, status: int = 200) -> Response:
    async with visit.database.reading() as session:
        sources = await list_source_languages(session)
    mine = [code for code in languages.PROMISED if visit.visitor.may(Permission.TRANSLATE, language=code)]
    return visit.page(
        "exchange.html", status=status, sources=sources, codes=mine, areas=AREAS, problem=problem, is_nothing=is_nothing
    )


def _check_may_translate(visit: Visit, language: str) -> None:
    if not visit.visitor.may(Permission.TRANSLATE, language=language):
        raise Refused(403, "not_yours")


PAGES = (
    Page("GET", "/exchange", show, Permission.TRANSLATE),
    Page("GET", "/exchange/file", download, Permission.TRANSLATE),
    Page("POST", "/exchange", upload, Permission.TRANSLATE, most_bytes=MOST_BYTES + _FORM_AROUND),
)
