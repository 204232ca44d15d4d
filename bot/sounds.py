"""The sound of an answer: the recording that a person made, or else what a robot says. Fetched when it is played."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from bot.conversation import Conversation
from bot.desk import Desk
from bot.situation import Situation
from content.freshness import hash_of
from content.reading_aloud.recordings import find_content
from content.reading_aloud.robot import Robot
from content.reading_aloud.robot_readings import find_robot_reading, keep_robot_reading
from content.reading_aloud.sound_files import ENDINGS, StoredSound
from core.database import Database
from core.messages import Attachment


async def fetch_sound(
    database: Database, desk: Desk, answer_id: str, language: str, *, at: datetime
) -> Attachment | None:
    """The sound of what is published of an answer in a language; None when there is none, or it cannot be had now.

    What a robot reads is made once. It is made with no transaction open, and may take some seconds.
    """
    async with database.reading() as session:
        conversation = await desk.conversation(session)
        replies = conversation.replies(Situation(language, at))
        answer = replies.catalogue.answers.get(answer_id)
        if answer is None or language not in answer.texts or not answer.is_valid(replies.today):
            return None
        if recording := conversation.catalogue.recording_of(answer, language):
            sound = await find_content(session, recording.id)
            return _named(answer_id, language, sound) if sound else None
    if desk.robot is None or language not in desk.robot.voice.languages:
        return None
    sound = await _robot_reading(database, desk, conversation, answer_id, language, at=at)
    return _named(answer_id, language, sound) if sound else None


async def _robot_reading(
    database: Database, desk: Desk, conversation: Conversation, answer_id: str, language: str, *, at: datetime
) -> StoredSound | None:
    if desk.robot is None:
        return None
    replies = conversation.replies(Situation(language, at))
    lines = replies.spoken(replies.catalogue.answers[answer_id])
    key = hash_of([language, desk.robot.voice.is_sendable, lines])
    async with database.reading() as session:
        kept = await find_robot_reading(session, key)
    if kept is not None:
        return kept
    return await desk.robot.read_once(key, partial(_read_and_keep, database, desk.robot, key, lines, language, at=at))


async def _read_and_keep(
    database: Database, robot: Robot, key: str, lines: Sequence[str], language: str, *, at: datetime
) -> StoredSound | None:
    made = await robot.read(lines, language)
    if made is not None:
        async with database.changing() as session:
            await keep_robot_reading(session, key, made, at=at)
    return made


def _named(answer_id: str, language: str, sound: StoredSound) -> Attachment:
    return Attachment(f"{answer_id}-{language}.{ENDINGS[sound.media_type]}", sound.media_type, sound.content)
