"""A robot's voice: espeak-ng (espeak.sourceforge.net), a program on this machine, in processes of its own.

Debian: ``apt-get install espeak-ng``, and ``opus-tools`` for small files that Telegram takes. They get the text through
a pipe, none of our environment and no shell, and are ended when they take too long.
"""

import asyncio
import contextlib
import os
import shutil
import signal
import struct
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path

from content.reading_aloud.sound_files import OGG, WAV, StoredSound
from core.logs import get_log

log = get_log(__name__)
# Ours, as espeak-ng calls them. It has no Somali and no Tigrinya, and one Norwegian, which reads both written forms.
VOICES = {
    "nb": "nb", "nn": "nb", "en": "en-gb", "pl": "pl", "uk": "uk", "ru": "ru", "lt": "lt", "ar": "ar", "fa": "fa",
    "ur": "ur", "tr": "tr", "es": "es", "fr": "fr-fr",
}  # fmt: skip
WORDS_A_MINUTE = 145  # espeak's own 175 is too fast for who learns a language
MOST_LETTERS = 12_000
_WAV_HEAD = 44


@dataclass(frozen=True, slots=True)
class RobotVoice:
    """What a robot can do here."""

    languages: frozenset[str]
    is_sendable: bool  # its files are small, and of a kind that messengers play


class Robot:
    """Reads one text at a time; a text may wait and be read for ``seconds`` in all."""

    def __init__(self, espeak: Path, opusenc: Path | None, *, seconds: float = 15) -> None:
        self._espeak = espeak
        self._opusenc = opusenc
        self._seconds = seconds
        self._one = asyncio.Semaphore(1)
        self._under_way: dict[str, asyncio.Task[StoredSound | None]] = {}
        self.voice = RobotVoice(frozenset(VOICES), is_sendable=opusenc is not None)

    async def read_once(
        self, key: str, make: Callable[[], Coroutine[None, None, StoredSound | None]]
    ) -> StoredSound | None:
        """What ``make`` gives, made once for all who ask for this key meanwhile; also when the first of them goes."""
        task = self._under_way.get(key)
        if task is None:
            task = self._under_way[key] = asyncio.create_task(make())
            task.add_done_callback(lambda _task: self._under_way.pop(key, None))
        return await asyncio.shield(task)

    async def read(self, lines: Sequence[str], language: str) -> StoredSound | None:
        """The sound of these lines, with a pause after each; None when the robot cannot, or not in time."""
        text = "\n\n".join(lines)[:MOST_LETTERS]
        try:
            async with asyncio.timeout(self._seconds), self._one:
                spoken = await _run(
                    text.encode(),
                    *(
                        self._espeak,
                        "-v",
                        VOICES[language],
                        "-s",
                        str(WORDS_A_MINUTE),
                        "-b",
                        "1",
                        "--stdin",
                        "--stdout",
                    ),
                )
                if self._opusenc is None:
                    return StoredSound(WAV, _with_lengths(spoken))
                packed = await _run(spoken, self._opusenc, "--quiet", "--ignorelength", "--bitrate", "24", "-", "-")
                return StoredSound(OGG, packed)
        except (TimeoutError, OSError, ChildProcessError) as problem:
            log.warning("robot_voice_failed", problem=type(problem).__name__, language=language)
            return None


def find_robot(*, seconds: float = 15) -> Robot | None:
    """The robot when it is installed."""
    espeak, opusenc = shutil.which("espeak-ng"), shutil.which("opusenc")
    return Robot(Path(espeak), Path(opusenc) if opusenc else None, seconds=seconds) if espeak else None


async def _run(given: bytes, *command: str | Path) -> bytes:
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        env={"LC_ALL": "C.UTF-8"},
        start_new_session=True,
    )  # fmt: skip
    try:
        out, _ = await process.communicate(given)
    except BaseException:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):  # it has just ended by itself
                os.killpg(process.pid, signal.SIGKILL)
        await process.communicate()
        raise
    if process.returncode or not out:
        raise ChildProcessError
    return out


def _with_lengths(wav: bytes) -> bytes:
    """Into a pipe espeak-ng writes a WAV that does not say how long it is; players want to know."""
    size = len(wav)
    return wav[:4] + struct.pack("<I", size - 8) + wav[8:40] + struct.pack("<I", size - _WAV_HEAD) + wav[_WAV_HEAD:]
