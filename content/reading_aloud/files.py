"""Recordings in a library's folder: ``nb.ogg`` beside ``nb.yaml``, which has the stamp of the text that was read.

They are held to what one that is attached at the desk is held to.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from content.reading_aloud.sound_files import (
    MOST_BYTES,
    SoundKind,
    SoundTooLong,
    SoundUnknown,
    read_sound,
)
from content.reading_aloud.sound_tags import without_tags
from content.yaml_files import Problem

# What is taken for a recording by its name; what it is, its bytes tell.
ENDINGS = (".ogg", ".oga", ".opus", ".mp3", ".m4a", ".mp4", ".aac", ".flac", ".wav", ".amr", ".webm")


@dataclass(frozen=True, slots=True)
class RecordingFile:
    """A recording of a text in files, which may be kept."""

    file: Path
    read_from: str | None  # content.catalogue.Catalogue.read_from; None: of the text that stands beside it

    def load(self) -> tuple[SoundKind, bytes]:
        """Its sound, without what a telephone wrote into it. Raises what ``read_sound`` raises."""
        data = self.file.read_bytes()
        kind = read_sound(data)
        return kind, without_tags(data, kind.media_type)


def find_recordings(folder: Path) -> Mapping[str, list[Path]]:
    """The sound files of an answer's folder, by the name before their ending."""
    found: dict[str, list[Path]] = {}
    for file in sorted(folder.iterdir()):
        if file.suffix.lower() in ENDINGS and file.is_file():
            found.setdefault(file.stem, []).append(file)
    return found


def faults_of(files: list[Path], *, shown_as: str) -> Iterator[Problem]:
    """What keeps the recording of one text from being taken; ``shown_as`` is the folder in messages."""
    for file in files[1:]:
        yield Problem(f"{shown_as}/{file.name}", 1, f"a text has one recording, and there is {files[0].name}")
    for file in files[:1]:
        if fault := _fault(file):
            yield Problem(f"{shown_as}/{file.name}", 1, fault)


def _fault(file: Path) -> str:
    try:
        if file.stat().st_size > MOST_BYTES:
            return "a recording has at most 5 MB"
        RecordingFile(file, None).load()
    except SoundTooLong as problem:
        return f"the recording lasts {problem.details['seconds']} seconds; it may last from one second to five minutes"
    except SoundUnknown:
        return "a recording is OGG with Opus, MP3 or M4A, whole and without pictures; this file is not"
    return ""
