"""What was said, as those who answer see it: by the day and in no order, never by whom."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.announcements.records import Broadcast, BroadcastText
from broadcasts.delivery.records import Release
from broadcasts.organisations.records import Ambassador, Organisation
from broadcasts.organisations.speaking import SPEAKS
from broadcasts.voices.records import Voice, VoiceKind, VoiceState, VoiceTo

MOST = 200  # on a page


@dataclass(frozen=True, slots=True)
class VoiceCard:
    """One thing that a member said. ``id`` was drawn by lot and says nothing of when."""

    id: int
    organisation_id: str
    organisation: str
    kind: VoiceKind
    state: VoiceState
    day: date
    language: str
    text: str
    name: str  # only what they gave
    about: str  # the title of the message that they answered
    about_language: str
    answer: str
    answered_on: date | None


@dataclass(frozen=True, slots=True)
class Flags:
    """How often "this does not fit us" was said of an organisation's messages, to whomever."""

    organisation_id: str
    organisation: str
    count: int  # exact: show it by broadcasts.members.counting.shown


async def list_for_organisation(
    session: AsyncSession, organisation_id: str, *, zone: str, state: VoiceState = VoiceState.OPEN
) -> list[VoiceCard]:
    """What was said to this organisation, the newest day first and within a day in no order."""
    wanted = select(Voice).where(Voice.organisation_id == organisation_id, Voice.to == VoiceTo.ORGANISATION)
    return await _cards(session, wanted.where(Voice.state == state), zone=zone)


async def list_for_municipality(
    session: AsyncSession, *, zone: str, state: VoiceState = VoiceState.OPEN
) -> list[VoiceCard]:
    """What was said to the municipality, through all organisations; the same order."""
    wanted = select(Voice).where(Voice.to == VoiceTo.MUNICIPALITY, Voice.state == state)
    return await _cards(session, wanted, zone=zone)


async def find_for_organisation(
    session: AsyncSession, organisation_id: str, voice_id: int, *, zone: str
) -> VoiceCard | None:
    """One voice, if it was said to this organisation and waits."""
    wanted = select(Voice).where(
        Voice.id == voice_id,
        Voice.organisation_id == organisation_id,
        Voice.to == VoiceTo.ORGANISATION,
        Voice.state == VoiceState.OPEN,
    )
    return next(iter(await _cards(session, wanted, zone=zone)), None)


async def find_for_ambassador(session: AsyncSession, person_id: int, voice_id: int, *, zone: str) -> VoiceCard | None:
    """One voice that waits for an answer of somebody who speaks for its organisation in the chat."""
    theirs = select(Ambassador.organisation_id).where(Ambassador.person_id == person_id, SPEAKS)
    organisation_id = await session.scalar(
        select(Voice.organisation_id).where(Voice.id == voice_id, Voice.organisation_id.in_(theirs))
    )
    return await find_for_organisation(session, organisation_id, voice_id, zone=zone) if organisation_id else None


async def count_waiting(session: AsyncSession, *, organisation_id: str | None = None) -> int:
    """How much waits for the municipality's answer; with an organisation, for that organisation's."""
    waiting = select(func.count()).select_from(Voice).where(Voice.state == VoiceState.OPEN)
    if organisation_id is None:
        waiting = waiting.where(Voice.to == VoiceTo.MUNICIPALITY)
    else:
        waiting = waiting.where(Voice.to == VoiceTo.ORGANISATION, Voice.organisation_id == organisation_id)
    return await session.scalar(waiting) or 0


async def count_flags(session: AsyncSession) -> list[Flags]:
    """Of each organisation of whose messages it was said, the most first."""
    counted = await session.execute(
        select(Organisation.id, Organisation.name, func.count())
        .join(Voice, Voice.organisation_id == Organisation.id)
        .where(Voice.kind == VoiceKind.DOES_NOT_FIT)
        .group_by(Organisation.id, Organisation.name)
        .order_by(func.count().desc(), Organisation.name)
    )
    return [Flags(organisation_id, name, count) for organisation_id, name, count in counted]


async def _cards(session: AsyncSession, wanted: Select[Voice], *, zone: str) -> list[VoiceCard]:
    voices = list(await session.scalars(wanted.order_by(Voice.at.desc()).limit(MOST)))
    names = await _names(session, {voice.organisation_id for voice in voices})
    titles = await _titles(session, {voice.release_id for voice in voices if voice.release_id})
    cards = [_card(voice, names[voice.organisation_id], titles.get(voice.release_id or 0), zone) for voice in voices]
    return sorted(cards, key=lambda card: (-card.day.toordinal(), card.id))


def _card(voice: Voice, organisation: str, title: tuple[str, str] | None, zone: str) -> VoiceCard:
    about, about_language = title or ("", "")
    return VoiceCard(
        id=voice.id,
        organisation_id=voice.organisation_id,
        organisation=organisation,
        kind=VoiceKind(voice.kind),
        state=VoiceState(voice.state),
        day=_day(voice.at, zone),
        language=voice.language,
        text=voice.text,
        name=voice.name,
        about=about,
        about_language=about_language,
        answer=voice.answer,
        answered_on=_day(voice.answered_at, zone) if voice.answered_at else None,
    )


def _day(at: datetime, zone: str) -> date:
    return at.astimezone(ZoneInfo(zone)).date()


async def _names(session: AsyncSession, ids: set[str]) -> dict[str, str]:
    rows = await session.execute(select(Organisation.id, Organisation.name).where(Organisation.id.in_(ids)))
    return {row.id: row.name for row in rows}


async def _titles(session: AsyncSession, release_ids: set[int]) -> dict[int, tuple[str, str]]:
    """The title of each release's broadcast in its source language, and that language."""
    rows = await session.execute(
        select(Release.id, BroadcastText.title, BroadcastText.language)
        .join(Broadcast, Broadcast.id == Release.broadcast_id)
        .join(
            BroadcastText,
            (BroadcastText.broadcast_id == Broadcast.id) & (BroadcastText.language == Broadcast.source_language),
        )
        .where(Release.id.in_(release_ids))
    )
    return {release_id: (title, language) for release_id, title, language in rows}
