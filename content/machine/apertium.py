"""Apertium (apertium.org), a program on this machine: Norwegian Bokmål to Nynorsk.

Debian: ``apt-get install apertium-nno-nob``. It needs no network and no key.
"""

import asyncio
import contextlib
import os
import shutil
import signal
from collections.abc import Sequence
from pathlib import Path

from content.machine.placeholders import as_words, from_words
from content.machine.port import Away, MachineTranslator, TranslatorAway

_PAIRS = {("nb", "nn"): "nob-nno"}


class Apertium(MachineTranslator):
    """Runs ``apertium`` once for each text. All texts together may take ``seconds``."""

    name = "Apertium"

    def __init__(self, program: Path, *, seconds: float = 30) -> None:
        self._program = program
        self._seconds = seconds

    def can(self, source: str, target: str) -> bool:
        return (source, target) in _PAIRS

    async def translate(self, texts: Sequence[str], *, source: str, target: str) -> list[str]:
        if not self.can(source, target):
            raise TranslatorAway(self.name, Away.LANGUAGES)
        try:
            async with asyncio.timeout(self._seconds):
                return [
                    from_words(await self._run(as_words(text), _PAIRS[source, target]), original=text) for text in texts
                ]
        except TimeoutError:
            raise TranslatorAway(self.name, Away.SLOW) from None

    async def _run(self, text: str, pair: str) -> str:
        try:
            # -u: unknown words without an asterisk. Without our environment: it holds secrets.
            process = await asyncio.create_subprocess_exec(
                self._program, "-u", pair,
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
                env={"LC_ALL": "C.UTF-8", "PATH": f"{self._program.parent}:/usr/local/bin:/usr/bin:/bin"},
                start_new_session=True,
            )  # fmt: skip
        except OSError:
            raise TranslatorAway(self.name, Away.UNREACHABLE) from None
        try:
            out, _ = await process.communicate(f"{text}\n".encode())
        except BaseException:
            await _end(process)
            raise
        if process.returncode:
            raise TranslatorAway(self.name, Away.FAILED)
        try:
            return out.decode().strip()
        except UnicodeDecodeError:
            raise TranslatorAway(self.name, Away.UNINTELLIGIBLE) from None


def find_apertium(*, seconds: float = 30) -> Apertium | None:
    """Apertium when it is installed. Whether the languages are, shows when they are asked for."""
    program = shutil.which("apertium")
    return Apertium(Path(program), seconds=seconds) if program else None


async def _end(process: asyncio.subprocess.Process) -> None:
    """It is a shell script with children: all of them are ended, and nobody stays behind as a zombie."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):  # it has just ended by itself
            os.killpg(process.pid, signal.SIGKILL)
    await process.communicate()
