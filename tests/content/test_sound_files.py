"""What a sound file is, told by its bytes."""

import struct

import pytest

from content.reading_aloud.sound_files import (
    M4A,
    MOST_BYTES,
    MP3,
    OGG,
    SoundTooLarge,
    SoundTooLong,
    SoundUnknown,
    read_sound,
)
from tests.sounds import m4a, mp3, ogg

WAV = b"RIFF\x24\0\0\0WAVEfmt " + bytes(60)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (ogg(42), OGG),
        (mp3(42), MP3),
        (mp3(42, tag=b"x" * 300), MP3),
        (mp3(42) + b"TAG" + bytes(125), MP3),
        (m4a(42), M4A),
    ],
)
def test_the_kind_and_the_length_are_told(data: bytes, kind: str) -> None:
    found = read_sound(data)

    assert found.media_type == kind
    assert found.seconds == pytest.approx(42, abs=0.1)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"OggS",
        WAV,
        b"<html><script>alert(1)</script></html>",
        b"\xff\xfb\x90\x00<script>" * 40,
        ogg(codec=b"\x01vorbis\0"),
        ogg()[:-1],
        ogg() + b"<script>",
        mp3(3) + b"<script>" * 20_000,
        m4a(handler=b"vide"),
        m4a()[:-1],
        struct.pack(">I4s", 16, b"ftyp") + b"M4A \0\0\0\0",
        b"\0\0\0\0ftyp",
    ],
    ids=range(13),
)
def test_what_is_no_sound_is_refused(data: bytes) -> None:
    with pytest.raises(SoundUnknown):
        read_sound(data)


@pytest.mark.parametrize("make", [ogg, mp3, m4a])
@pytest.mark.parametrize("seconds", [0.5, 302])
def test_too_short_and_too_long_are_refused(make: object, seconds: float) -> None:
    with pytest.raises(SoundTooLong):
        read_sound(make(seconds))  # type: ignore[operator]


def test_five_megabytes_are_enough() -> None:
    with pytest.raises(SoundTooLarge):
        read_sound(bytes(MOST_BYTES + 1))
