"""Ambassadors and staff answer what members say. With the answer, who said it is forgotten."""

import secrets
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcasts.delivery.direct import write_to
from broadcasts.delivery.records import OPEN, DirectMessage
from broadcasts.organisations.by import By
from broadcasts.organisations.records import Ambassador, Organisation
from broadcasts.organisations.speaking import SPEAKS
from broadcasts.voices.records import Voice, VoiceState, VoiceTo
from core.errors import RuleBroken

DIRECT_KIND = "voice_answer"
LONGEST = 1_500  # characters of an answer
QUOTED = 200  # characters of what was said, so that its author knows what is answered
USEFUL = timedelta(days=30)  # an answer is brought so long: on the web, at the next visit
KEEP = timedelta(days=365)  # after the answer


class VoiceAnswered(RuleBroken):
    """One answer is brought for each thing that was said."""

    code = "voice_answered"


class VoiceAnswerWrong(RuleBroken):
    """An answer has 1 to 1,500 characters."""

    code = "voice_answer_wrong"


async def answer_voice(
    session: AsyncSession, voice_id: int, text: str, *, language: str, zone: str, by: By, at: datetime
) -> None:
    """Answer, in the words and the language it is written in, and bring it to who asked if they are still there.

    Then nothing says any more who asked. Raises NoResultFound for what was said to somebody else.
    """
    voice = await _lock(session, voice_id, by)
    text = text.strip()
    if voice.state != VoiceState.OPEN:
        raise VoiceAnswered
    if not 1 <= len(text) <= LONGEST:
        raise VoiceAnswerWrong
    if voice.person_id is not None:
        organisation = await session.get_one(Organisation, voice.organisation_id)
        about = {
            "to": str(voice.to),
            "organisation": organisation.name,
            "day": voice.at.astimezone(ZoneInfo(zone)).date().isoformat(),
            "said": voice.text if len(voice.text) <= QUOTED else f"{voice.text[:QUOTED]}…",
            "said_in": voice.language,
            "answer": text,
            "answer_in": language,
        }
        # The key must not lead from the person to what they said; the voice's state keeps it from being answered twice.
        key = f"{DIRECT_KIND}:{secrets.token_hex(16)}"
        voice.is_answer_brought = await write_to(
            session, voice.person_id, DIRECT_KIND, about, key=key, at=at, useful=USEFUL
        )
    voice.state, voice.answer, voice.answered_at = VoiceState.ANSWERED, text, at
    voice.answered_by_staff, voice.answered_by_ambassador = by.staff_id, by.ambassador_id
    voice.person_id, voice.name = None, ""
    by.record(session, "voice_answered", about=f"organisation:{voice.organisation_id}", at=at)


async def forget_answered(session: AsyncSession, *, at: datetime) -> None:
    """Delete answers that have gone to who asked (they would say who it was), and what was answered a year ago."""
    brought = DirectMessage.state.not_in(OPEN)
    await session.execute(delete(DirectMessage).where(DirectMessage.kind == DIRECT_KIND, brought))
    await session.execute(delete(Voice).where(Voice.answered_at < at - KEEP))


async def _lock(session: AsyncSession, voice_id: int, by: By) -> Voice:
    """The voice, if it was said to whom ``by`` speaks for."""
    wanted = select(Voice).where(Voice.id == voice_id).with_for_update()
    if by.staff_id is not None:
        wanted = wanted.where(Voice.to == VoiceTo.MUNICIPALITY)
    else:
        theirs = select(Ambassador.organisation_id).where(Ambassador.id == by.ambassador_id, SPEAKS)
        wanted = wanted.where(Voice.to == VoiceTo.ORGANISATION, Voice.organisation_id.in_(theirs))
    return (await session.scalars(wanted, execution_options={"populate_existing": True})).one()
