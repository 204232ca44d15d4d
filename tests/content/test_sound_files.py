"""What a sound file is, told by its bytes."""

import struct
from collections.abc import Callable

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
from content.reading_aloud.sound_tags import ogg_sum, without_tags
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
        ogg(serial=2),
        mp3(3) + b"<script>" * 20_000,
        m4a(handler=b"vide"),
        m4a()[:-1],
        struct.pack(">I4s", 16, b"ftyp") + b"M4A \0\0\0\0",
        b"\0\0\0\0ftyp",
    ],
    ids=range(14),
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


PRIVATE = b"Amina sin Nokia, +59.7-010.2, 2026"


@pytest.mark.parametrize(
    ("tagged", "bare"),
    [
        (mp3(3, tag=PRIVATE) + b"TAG" + PRIVATE.ljust(125), mp3(3)),
        (ogg(tags=PRIVATE), ogg(tags=bytes(len(PRIVATE)))),
        (ogg(tags=PRIVATE * 5000), ogg(tags=bytes(len(PRIVATE) * 5000))),
        (m4a(said=PRIVATE, made_at=3_800_000_000), None),
    ],
    ids=["mp3", "ogg", "ogg with a picture", "m4a"],
)
def test_what_a_telephone_wrote_into_a_file_goes_and_the_sound_stays(tagged: bytes, bare: bytes | None) -> None:
    kind = read_sound(tagged)

    left = without_tags(tagged, kind.media_type)

    assert b"Amina" in tagged
    assert b"Amina" not in left
    assert struct.pack(">I", 3_800_000_000) not in left
    assert read_sound(left) == kind
    assert bare is None or left == bare
    assert left.count(b"\x21" * 100) == tagged.count(b"\x21" * 100)
    assert without_tags(left, kind.media_type) == left
    assert kind.media_type == MP3 or len(left) == len(tagged)


@pytest.mark.parametrize("make", [ogg, mp3, m4a])
def test_a_file_without_tags_stays_as_it_is(make: Callable[[], bytes]) -> None:
    assert without_tags(make(), read_sound(make()).media_type) == make()


def test_ogg_without_its_page_of_tags_is_refused() -> None:
    with pytest.raises(SoundUnknown):
        without_tags(ogg().replace(b"OpusTags", b"OpusTagz"), OGG)


def test_the_check_sum_of_a_page_is_that_of_the_standard() -> None:
    assert ogg_sum(b"123456789") == 0x89A1897F  # CRC-32 with this polynomial, not reflected, from 0 and not inverted
