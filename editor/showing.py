"""What templates need to say things: dates and times as the reader writes them, words for codes."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_percent
from jinja2 import Environment, pass_context
from jinja2.runtime import Context
from sqlalchemy.ext.asyncio import AsyncSession

from content.editing_profile import list_offices
from content.models import Office, Origin
from content.overview import LanguageState
from content.wanted import State, Validity, Wanted
from core import languages
from core.i18n import Translator
from editor import words
from editor.access.roles import Permission
from editor.browsers import browser_name
from editor.visits import Visit
from editor.words import channels, editing, exchange, library, messages, organisations, reports, upkeep


@pass_context
def moment(context: Context, at: datetime, t: Translator) -> str:
    """A time on the municipality's clocks, as the reader writes it."""
    visit: Visit = context["visit"]
    return format_datetime(at.astimezone(ZoneInfo(visit.zone)), "short", locale=t.locale)


def percent(share: float, t: Translator) -> str:
    """A share between 0 and 1 as the reader writes it."""
    return format_percent(share, "#,##0.0 %", locale=t.locale)


def day(when: date | None, t: Translator) -> str:
    """A date, or a dash."""
    return format_date(when, "medium", locale=t.locale) if when else "–"


def state_title(one: LanguageState, t: Translator) -> str:
    """A language and how an answer stands in it, for a small sign that shows only the code."""
    stands = words.lifecycle(t)["withdrawn"] if one.is_withdrawn else words.freshness(t)[one.stands]
    parts = [languages.name(one.language), stands]
    if one.origin == "machine":
        parts.append(t("machine"))
    if one.opened:
        parts.append(words.lifecycle(t)[one.opened])
    return ", ".join(parts)


def wanted_words(wanted: Wanted, t: Translator) -> str:
    """What a list on the front page holds."""
    if wanted.state is not None:
        return words.states(t)[wanted.state]
    return words.validities(t)[wanted.validity] if wanted.validity else t("All")


def name_in(staff_id: int, names: Mapping[int, str]) -> str:
    """Somebody's name."""
    return names.get(staff_id, "–")


def zip_same(values: Iterable[str]) -> list[tuple[str, str]]:
    """Options whose words are their values."""
    return [(value, value) for value in values]


def office_name(office: Office, t: Translator) -> str:
    """An office's name in the reader's language, or in the nearest."""
    best = languages.first_available(t.language, office.names)
    return office.names[best] if best else office.key


async def list_office_names(session: AsyncSession, t: Translator) -> dict[str, str]:
    """The name of each office, by its key, in the order of the municipality."""
    return {office.key: office_name(office, t) for office in await list_offices(session)}


def _options(values: Iterable[str], words_for: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(value, words_for.get(value, value)) for value in values]


def equip(environment: Environment) -> None:
    """Give the templates all of it."""
    _equip_for_messages(environment)
    _equip_for_organisations(environment)
    environment.filters.update(name_in=name_in, zip_same=zip_same, role_words=words.role)
    environment.globals.update(
        Permission=Permission,
        language_name=languages.name,
        direction=languages.direction,
        moment=moment,
        day=day,
        percent=percent,
        state_title=state_title,
        done_words=words.done,
        freshness_words=words.freshness,
        lifecycle_words=words.lifecycle,
        expiry_words=words.expiries,
        kind_words=words.kinds,
        issue_words=words.issue,
        field_words=words.text_field,
        event_words=words.event,
        reason_words=words.reason,
        left_words=exchange.left,
        browser_name=browser_name,
        standing_words=library.standings,
        link_state_words=upkeep.link_states,
        link_reason=upkeep.link_reason,
        notice_words=lambda one, t: upkeep.notice(one.key, day(one.day, t), t),
        outage_words=lambda one, t: channels.outages(t)[one.trouble],
        fact_hint=lambda kind, t: editing.fact_hints(t)[kind],
        fact_type_options=lambda kinds, t: _options(kinds, editing.fact_types(t)),
        level_options=lambda levels, t: _options(levels, editing.levels(t)),
        life_event_options=lambda several, t: _options(several, editing.life_events(t)),
        office_name=office_name,
        area_options=lambda areas, t: [(area, words.areas(t).get(area, area)) for area in areas],
        language_options=lambda codes: [(code, languages.name(code)) for code in codes],
        state_options=lambda t: [(state, words.states(t)[state]) for state in State],
        origin_options=lambda t: _options(Origin, words.origins(t)),
        validity_options=lambda t: [(one, words.validities(t)[one]) for one in Validity],
    )


def _equip_for_messages(environment: Environment) -> None:
    """Of messages of organisations."""
    environment.filters.update(language_name=languages.name)
    environment.globals.update(
        message_kind_words=messages.kind,
        message_kind_hint=messages.kind_hint,
        message_state_words=messages.state,
        message_state_style=messages.state_style,
        message_state_options=lambda t: list(messages.states(t).items()),
        reply_options=lambda t: list(messages.replies(t).items()),
        fallback_options=lambda t: list(messages.fallbacks(t).items()),
        repeat_options=lambda t: list(messages.repeats(t).items()),
        weekday_options=messages.weekdays,
        useful_words=messages.useful,
        useful_options=messages.useful_options,
        run_words=messages.run,
        decision_words=messages.decision,
        decision_style=messages.decision_style,
        delivery_state_words=reports.delivery_state,
        delivery_reason_words=reports.delivery_reason,
        release_state_words=reports.release_state,
        pause_reason_words=reports.pause_reason,
    )


def _equip_for_organisations(environment: Environment) -> None:
    """Of organisations and ambassadors."""
    environment.globals.update(
        organisation_state_words=organisations.state,
        organisation_state_style=organisations.state_style,
        organisation_move_words=organisations.move,
        concern_words=organisations.concern,
        ended_words=organisations.ended,
    )
