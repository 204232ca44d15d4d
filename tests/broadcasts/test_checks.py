"""What is found wrong with a message: all at once, by rule."""

from dataclasses import replace
from datetime import date

import pytest

from broadcasts.announcements.checks import (
    Composition,
    Text,
    forbids_saving,
    forbids_submitting,
    inspect,
    inspect_broadcast,
    missing_languages,
)
from broadcasts.announcements.details import Details
from broadcasts.announcements.records import Fallback, Kind, ReplyKey
from broadcasts.members.counting import Reach
from core.database import Database
from core.issues import Severity
from core.private_numbers import HIDDEN
from tests.broadcasts.making import make_broadcast, make_member, make_organisation
from tests.conftest import MONDAY_9AM

NEWS = Composition(
    kind=Kind.NEWS,
    source_language="nb",
    texts={"nb": Text("Kafé på lørdag", "Vi møtes klokka 12."), "ar": Text("مقهى يوم السبت", "نلتقي الساعة 12.")},
    details=Details(),
    zone="Europe/Oslo",
    is_from_staff=False,
)
EVENT = replace(NEWS, kind=Kind.EVENT, details=Details(place="Biblioteket", begins_at="2026-12-01T18:00"))
COURSE = replace(NEWS, kind=Kind.COURSE)
DEADLINE = replace(NEWS, kind=Kind.DEADLINE, details=Details(deadline_on=date(2026, 11, 23)))
REQUEST = replace(NEWS, kind=Kind.REQUEST, details=Details(replies=(ReplyKey.YES, ReplyKey.NO)))
URGENT = replace(NEWS, kind=Kind.URGENT, is_from_staff=True)


def found(composition: Composition) -> set[tuple[str, str]]:
    return {(issue.field, issue.code) for issue in inspect(composition, at=MONDAY_9AM)}


def with_text(title: str = "Kafé", body: str = "Kom!", language: str = "nb") -> Composition:
    return replace(NEWS, texts={**NEWS.texts, language: Text(title, body)})


@pytest.mark.parametrize("composition", [NEWS, EVENT, COURSE, DEADLINE, REQUEST, URGENT])
def test_nothing_is_wrong_with_a_whole_message(composition: Composition) -> None:
    assert inspect(composition, at=MONDAY_9AM) == []


@pytest.mark.parametrize(
    ("composition", "field", "code"),
    [
        (with_text(title=" "), "nb.title", "title_missing"),
        (with_text(body="\n", language="ar"), "ar.body", "body_missing"),
        (with_text(title="a" * 121), "nb.title", "broadcast_title_long"),
        (with_text(body="<script>"), "nb.body", "html_in_text"),
        (with_text(body="نلتقي\u202e", language="ar"), "ar.body", "control_character"),
        (with_text(body="Ring 010190 12345"), "nb.body", "private_number_in_text"),
        (with_text(title="4111 1111 1111 1111"), "nb.title", "private_number_in_text"),
        (with_text(body=f"Fra {HIDDEN}"), "nb.body", "private_number_in_text"),
        (with_text(language="zz"), "zz.body", "language_unknown"),
        (replace(NEWS, source_language="uk"), "uk.body", "source_text_missing"),
        (replace(NEWS, details=Details(comment={"ar": "ا" * 301})), "comment.ar", "broadcast_comment_long"),
        (replace(NEWS, details=Details(place="a" * 201)), "place", "broadcast_place_long"),
        (replace(EVENT, details=Details(place="Torget")), "begins_at", "begins_missing"),
        (replace(EVENT, details=Details(begins_at="2026-12-01T18:00")), "place", "place_missing"),
        (replace(EVENT, details=Details(place="Torget", begins_at="2026-11-23T09:00")), "begins_at", "begins_past"),
        (replace(COURSE, details=Details(begins_at="i morgen")), "begins_at", "time_unreadable"),
        (replace(COURSE, details=Details(begins_at="2026-12-01T18:00+01:00")), "begins_at", "time_unreadable"),
        (
            replace(COURSE, details=Details(begins_at="2026-12-01T18:00", ends_at="2026-12-01T18:00")),
            "ends_at",
            "ends_too_early",
        ),
        (replace(DEADLINE, details=Details()), "deadline_on", "deadline_missing"),
        (replace(DEADLINE, details=Details(deadline_on=date(2026, 11, 22))), "deadline_on", "deadline_past"),
        (replace(REQUEST, details=Details()), "replies", "replies_missing"),
        (replace(REQUEST, details=Details(replies=(ReplyKey.YES, ReplyKey.MAYBE))), "replies", "no_missing"),
        (replace(URGENT, is_from_staff=False), "kind", "urgent_is_for_staff"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(composition: Composition, field: str, code: str) -> None:
    assert found(composition) == {(field, code)}


def test_an_event_may_begin_a_minute_from_now_by_the_towns_clock() -> None:
    begins_soon = replace(EVENT, details=Details(place="Torget", begins_at="2026-11-23T09:01"))

    assert inspect(begins_soon, at=MONDAY_9AM) == []


def test_two_phone_numbers_and_a_date_are_nothing_private() -> None:
    assert found(with_text(body="Ring 22 33 44 55 eller 99887766 før 12.12.2026 kl. 18:00.")) == set()


def test_the_longest_of_everything_fits_in_one_message() -> None:
    longest = replace(with_text(title="a" * 120, body="ለ" * 1500), details=Details(comment={"nb": "a" * 300}))

    assert found(longest) == set()


@pytest.mark.parametrize("letter", ["&", "🙂"])
def test_letters_that_take_more_room_are_counted_as_they_are_sent(letter: str) -> None:
    swollen = replace(with_text(body=letter * 1500), details=Details(comment={"nb": letter * 200}))

    assert ("nb.body", "broadcast_whole_long") in found(swollen)


def test_an_unfinished_draft_can_be_saved_and_not_submitted() -> None:
    issues = inspect(replace(EVENT, texts={}, details=Details()), at=MONDAY_9AM)

    assert forbids_saving(issues) == []
    assert {issue.code for issue in forbids_submitting(issues)} == {
        "source_text_missing",
        "begins_missing",
        "place_missing",
    }


def test_a_text_of_a_machine_is_advised_to_be_read() -> None:
    machine = replace(NEWS, texts={**NEWS.texts, "uk": Text("Кафе", "Приходьте!", is_machine=True)})

    issues = inspect(machine, at=MONDAY_9AM)

    assert [(issue.field, issue.code, issue.severity) for issue in issues] == [
        ("uk.body", "text_unchecked", Severity.ADVICE)
    ]
    assert forbids_submitting(issues) == []


@pytest.mark.parametrize(
    ("fallback", "code", "shown_in"),
    [
        (Fallback.NEXT_LANGUAGE, "language_gets_other", "nb"),
        (Fallback.OWN_LANGUAGE_ONLY, "language_gets_nothing", None),
    ],
)
async def test_members_without_a_text_in_their_language_are_named_by_language(
    database: Database, fallback: Fallback, code: str, shown_in: str | None
) -> None:
    async with database.changing() as session:
        await make_organisation(session)
        await make_member(session)
        await make_member(session, "1003", "so")
        broadcast = await make_broadcast(
            session, texts={"nb": ("Kafé", "Kom!"), "ar": ("مقهى", "تعالوا")}, fallback=fallback
        )

    async with database.reading() as session:
        issues = await inspect_broadcast(session, broadcast.id, at=MONDAY_9AM)
        missing = await missing_languages(session, broadcast.id)

    assert [(issue.code, issue.severity, issue.details["language"]) for issue in issues] == [
        (code, Severity.ADVICE, "Soomaali")
    ]
    assert missing == {"so": Reach(1, shown_in)}
