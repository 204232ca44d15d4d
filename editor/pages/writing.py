"""Writing and translating: the form, what is wrong with it, how residents will see it, and two who write at once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import HTMLResponse, Response

from content import drafting
from content.catalogue import Catalogue
from content.differences import FieldDifference, text_difference
from content.drafting import Beside, Draft, InReview, as_draft, save_draft
from content.easy_texts import MOST_LINES, MOST_WORDS, lines_of
from content.freshness import Text, is_easy_outdated
from content.inspecting import MOST_STEPS
from content.library_files import REFERRAL
from content.machine.saving import can_draft
from content.models import Answer, Origin, Revision
from content.previewing import catalogue_with, inspect_draft
from core import languages
from core.issues import Issue, Severity
from editor.access.models import StaffMember
from editor.access.roles import Permission
from editor.forms import by_field, read_numbers
from editor.guard import Refused
from editor.visits import Page, Visit

MOST_WORDING = 300  # characters of a wording that is handed over


@dataclass(frozen=True, slots=True)
class Place:
    """What is being written: an answer in a language."""

    answer: Answer
    language: str
    source: Revision | None  # what a translation is made from
    newest: Revision | None  # the open draft, or what residents see

    @property
    def is_source(self) -> bool:
        """Whether this is the language that the answer is written in."""
        return self.language == self.answer.source_language

    @property
    def path(self) -> str:
        """The address of the text's own page."""
        return f"/desk/answers/{self.answer.id}/{self.language}"


@dataclass(frozen=True, slots=True)
class Previewed:
    """A text as residents would see it; ``easy`` is empty where it has no easy text."""

    plain: str = ""
    easy: str = ""


def preview_both(visit: Visit, catalogue: Catalogue, place: Place, draft: Draft, issues: Sequence[Issue]) -> Previewed:
    """The draft, which the catalogue has in its place, as HTML.

    Nothing when a fact is unknown: it cannot be shown then, and the issue says so.
    """
    if any(issue.code in ("fact_unknown", "placeholder_broken") for issue in issues):
        return Previewed()

    def shown(*, is_easy: bool) -> str:
        return visit.preview(catalogue, place.answer.id, place.language, today=visit.today, is_easy=is_easy)

    return Previewed(shown(is_easy=False), shown(is_easy=True) if draft.text.easy.strip() else "")


async def write(visit: Visit) -> Response:
    """The form with the newest text in it; a translation that does not exist yet begins empty, or as a copy."""
    place, by = await find_place(visit), visit.visitor.id
    check_may_write(visit, place)
    others_name = ""
    async with visit.database.changing() as session:
        translation = await drafting.find_translation(session, place.answer.id, place.language)
        if translation is not None:
            over = bool(visit.field("take_over"))
            lock = await drafting.take_lock(session, translation.id, by=by, at=visit.at, over=over)
            if lock.staff_id != by:
                others_name = (await session.get_one(StaffMember, lock.staff_id)).name
    if place.newest is not None:
        draft = as_draft(place.newest)
    elif visit.field("copy") and place.source is not None:
        draft = drafting.copy_of_source(place.source)
    else:
        draft = _empty(place)
    draft = _with_wording(draft, visit.field("wording"))
    based_on = place.newest.number if place.newest is not None else 0
    return await _form(visit, place, draft, based_on=based_on, others_name=others_name)


async def save(visit: Visit) -> Response:
    """Keep what was written, unless it cannot be kept: then the form comes back with what is wrong."""
    place, by = await find_place(visit), visit.visitor.id
    check_may_write(visit, place)
    draft = read_draft(visit, place)
    base = visit.field("based_on")
    based_on = int(base) if base.isdecimal() and len(base) < 9 else 0
    async with visit.database.reading() as session:
        issues = await inspect_draft(session, place.answer.id, place.language, draft)
    if any(issue.severity is Severity.SAVING for issue in issues):
        return await _form(visit, place, draft, based_on=based_on, issues=issues, status=422)
    try:
        async with visit.database.changing() as session:
            saved = await save_draft(
                session, place.answer.id, place.language, draft, based_on=based_on or None, by=by, at=visit.at
            )
            await session.flush()  # a template that shows both needs their ids
            if isinstance(saved, Beside):
                return await show_conflict(visit, session, place, saved)
            await drafting.let_go(session, saved.revision.translation_id, by=by)
    except InReview:
        return await _form(visit, place, draft, based_on=based_on, issues=issues, status=409)
    return visit.go(place.path, done="saved")


async def show_conflict(visit: Visit, session: AsyncSession, place: Place, saved: Beside) -> Response:
    """Somebody else saved meanwhile: both texts, and the choice between them."""
    ours, theirs = saved.ours, saved.theirs
    author = await session.get(StaffMember, theirs.author_id) if theirs.author_id else None
    return visit.page(
        "conflict.html",
        status=409,
        place=place,
        ours=ours,
        theirs=theirs,
        their_name=author.name if author else "",
        differences=text_difference(theirs.text(), ours.text()),
    )


async def preview(visit: Visit) -> Response:
    """How residents would see what stands in the form; nothing is kept."""
    place = await find_place(visit)
    draft = read_draft(visit, place)
    async with visit.database.reading() as session:
        issues = await inspect_draft(session, place.answer.id, place.language, draft)
        catalogue = await catalogue_with(session, place.answer.id, place.language, draft, only_this=True)
    shown = preview_both(visit, catalogue, place, draft, issues)
    return visit.page("preview.html", place=place, preview=shown, issues=issues)


async def find_place(visit: Visit) -> Place:
    """The answer and language of the address; raises Refused(404)."""
    answer_id, language = visit.request.path_params["answer_id"], visit.request.path_params["language"]
    async with visit.database.reading() as session:
        answer = await session.get(Answer, answer_id)
        if answer is None or language not in languages.PROMISED:
            raise Refused(404, "not_found")
        source = None if language == answer.source_language else await drafting.find_source(session, answer_id)
        translation = await drafting.find_translation(session, answer_id, language)
        newest = await drafting.find_newest(session, translation.id) if translation else None
    return Place(answer, language, source, newest)


def read_draft(visit: Visit, place: Place) -> Draft:
    """What stands in the form, all of it: too much is said beside its field and never cut."""
    steps = [visit.field(f"next_steps.{number}") for number in read_numbers(visit, "next_steps")]
    text = Text(
        title=" ".join(visit.field("title").split()),
        short=visit.field("short"),
        full=visit.field("full"),
        easy="\n".join(lines_of(visit.field("easy"))),
        applies_to=visit.field("applies_to"),
        next_steps=tuple(step for step in steps if step),
        referral={key: value for key in REFERRAL if (value := visit.field(f"referral.{key}"))},
    )
    wordings = [" ".join(line.split()) for line in visit.field("asked_as").split("\n")]
    asked_as = tuple(dict.fromkeys(line for line in wordings if line))
    if place.is_source:
        return Draft(text, asked_as, Origin.WRITTEN, None, is_small_change=bool(visit.field("small_change")))
    was_machine = place.newest is not None and place.newest.origin in (Origin.MACHINE, Origin.MACHINE_CHECKED)
    read_through = Origin.MACHINE_CHECKED if visit.field("checked") else Origin.MACHINE
    origin = read_through if was_machine else Origin.HUMAN
    made_from = visit.field("made_from") or (place.source.text_hash if place.source else None)
    easy_from = visit.field("easy_from") or (place.source.easy_hash if place.source else None)
    return Draft(text, asked_as, origin, made_from, easy_from_hash=easy_from)


async def _form(
    visit: Visit,
    place: Place,
    draft: Draft,
    *,
    based_on: int,
    issues: list[Issue] | None = None,
    others_name: str = "",
    status: int = 200,
) -> HTMLResponse:
    async with visit.database.reading() as session:
        if issues is None:
            issues = await inspect_draft(session, place.answer.id, place.language, draft)
        catalogue = await catalogue_with(session, place.answer.id, place.language, draft, only_this=True)
        changed = await _changed_since(session, place)
    return visit.page(
        "write.html",
        status=status,
        place=place,
        draft=draft,
        text=draft.text,
        most_words=MOST_WORDS,
        most_lines=MOST_LINES,
        steps=_with_empty(draft.text.next_steps),
        referral=REFERRAL,
        based_on=based_on,
        issues=by_field(issues),
        others_name=others_name,
        is_refused=status == 422,
        is_in_review=status == 409,
        facts=sorted(catalogue.facts_for(place.language)),
        preview=preview_both(visit, catalogue, place, draft, issues),
        changed=changed,
        machine=visit.machine.name if may_ask_machine(visit, place) else "",
    )


def _with_empty(steps: tuple[str, ...]) -> list[str]:
    """Room for another step, as long as there may be one; all that are there in any case."""
    there = max(4, min(len(steps) + 1, MOST_STEPS), len(steps))
    return [*steps, *[""] * (there - len(steps))]


async def _changed_since(session: AsyncSession, place: Place) -> tuple[FieldDifference, ...]:
    """What has changed in the source text since the translation was made from it; empty when nothing has."""
    if place.source is None or place.newest is None:
        return ()
    newest, source = place.newest, place.source
    was = now = source.text()
    if newest.made_from_hash not in (None, source.text_hash):
        plain = await drafting.find_by_hash(session, source.translation_id, newest.made_from_hash)
        was = replace(plain.text(), easy=now.easy) if plain else was
    if is_easy_outdated(easy_from=newest.easy_from_hash, source_easy=source.easy_hash) and newest.easy_from_hash:
        easy = await drafting.find_by_easy_hash(session, source.translation_id, newest.easy_from_hash)
        was = replace(was, easy=easy.easy) if easy else was
    return text_difference(was, now)


def may_ask_machine(visit: Visit, place: Place) -> bool:
    """Whether a machine can draft this text, and should."""
    spoken = place.answer.source_language, place.language
    return can_draft(visit.machine, *spoken, source=place.source, newest=place.newest)


def _empty(place: Place) -> Draft:
    origin = Origin.WRITTEN if place.is_source else Origin.HUMAN
    made_from, easy_from = (place.source.text_hash, place.source.easy_hash) if place.source else (None, None)
    return Draft(Text("", ""), (), origin, made_from, easy_from_hash=easy_from)


def _with_wording(draft: Draft, wording: str) -> Draft:
    """The draft with a wording more, as the page of questions asked in vain hands it over."""
    plain = " ".join(wording.split())[:MOST_WORDING]
    if not plain or plain in draft.asked_as:
        return draft
    return replace(draft, asked_as=(*draft.asked_as, plain))


def check_may_write(visit: Visit, place: Place) -> None:
    """Raise Refused unless the visitor may write this answer in this language."""
    if not visit.visitor.may_write(place.language, source_language=place.answer.source_language):
        raise Refused(403, "not_yours")


PAGES = (
    Page("GET", "/answers/{answer_id}/{language}/write", write, Permission.READ_CONTENT),
    Page("POST", "/answers/{answer_id}/{language}/write", save, Permission.READ_CONTENT),
    Page("POST", "/answers/{answer_id}/{language}/preview", preview, Permission.READ_CONTENT),
)
