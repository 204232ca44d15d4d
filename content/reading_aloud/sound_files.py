"""What kind of sound a file is and how long it lasts, told by its bytes. Pure; nothing is decoded or played.

Ogg with Opus (RFC 7845), MP3 (MPEG audio layer III) and M4A (ISO/IEC 14496-12): what telephones and their messengers
record. Each is walked through from beginning to end, so that a page or a program with a few right bytes is none.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from core.errors import RuleBroken

MOST_BYTES = 5_000_000
MOST_SECONDS = 300
OGG, MP3, M4A, WAV = "audio/ogg", "audio/mpeg", "audio/mp4", "audio/wav"
ENDINGS = {OGG: "ogg", MP3: "mp3", M4A: "m4a", WAV: "wav"}
_OPUS_RATE = 48_000  # of positions in the file, whatever was recorded
_MOST_TAG = 70_000  # bytes after the last frame of an MP3 that are no sound
# By version (MPEG 1; 2 and 2.5), from the 4 bits of the header; the free and the forbidden one are 0.
_KBITS = (
    (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0),
    (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0),
)
_RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}


class SoundUnknown(RuleBroken):
    """A recording is Ogg with Opus, MP3 or M4A, whole and without pictures."""

    code = "sound_unknown"


class SoundTooLarge(RuleBroken):
    """A recording has at most 5 MB."""

    code = "sound_too_large"


class SoundTooLong(RuleBroken):
    """A recording lasts at most five minutes, and at least one second."""

    code = "sound_too_long"


@dataclass(frozen=True, slots=True)
class SoundKind:
    """What a file is."""

    media_type: str
    seconds: float


@dataclass(frozen=True, slots=True)
class StoredSound:
    """A sound with its kind."""

    media_type: str
    content: bytes


def read_sound(data: bytes) -> SoundKind:
    """The kind of a file that may be kept. Raises SoundUnknown, SoundTooLarge, SoundTooLong."""
    if len(data) > MOST_BYTES:
        raise SoundTooLarge(size=len(data))
    try:
        found = _read(data)
    except (struct.error, IndexError, ValueError, ZeroDivisionError):
        raise SoundUnknown from None
    if not 1 <= found.seconds <= MOST_SECONDS:
        raise SoundTooLong(seconds=round(found.seconds))
    return found


def _read(data: bytes) -> SoundKind:
    if data.startswith(b"OggS"):
        return SoundKind(OGG, _ogg_seconds(data))
    if data[4:8] == b"ftyp":
        return SoundKind(M4A, _m4a_seconds(data))
    return SoundKind(MP3, _mp3_seconds(data))


@dataclass(frozen=True, slots=True)
class OggPage:
    """One page: where it begins, where its content begins and ends, and the lengths of the segments in it."""

    place: int
    begin: int
    end: int
    lacing: bytes
    position: int
    serial: int


def ogg_pages(data: bytes) -> Iterator[OggPage]:
    """The pages of an Ogg file, all of it. Raises ValueError and struct.error."""
    place = 0
    while place < len(data):
        magic, version, _type, position, serial, _number, _sum, count = struct.unpack_from("<4sBBqIIIB", data, place)
        if magic != b"OggS" or version:
            raise ValueError(magic)
        begin = place + 27 + count
        lacing = data[place + 27 : begin]
        end = begin + sum(lacing)
        if end > len(data):
            raise ValueError("cut off")
        yield OggPage(place, begin, end, lacing, position, serial)
        place = end


def _ogg_seconds(data: bytes) -> float:
    first, *rest = ogg_pages(data)
    if data[first.begin : first.begin + 8] != b"OpusHead":
        raise ValueError("not Opus")
    skipped: int = struct.unpack_from("<H", data, first.begin + 10)[0]
    if any(page.serial != first.serial for page in rest):
        raise ValueError("more than one sound")
    return (max(page.position for page in (first, *rest)) - skipped) / _OPUS_RATE


def _mp3_seconds(data: bytes) -> float:
    return mp3_frames(data)[2]


def mp3_frames(data: bytes) -> tuple[int, int, float]:
    """Where its frames begin and end, and their seconds: tags stand before and after. Raises ValueError."""
    place, seconds, frames = 0, 0.0, 0
    if data.startswith(b"ID3"):
        place = 10 + sum(byte << shift for byte, shift in zip(data[6:10], (21, 14, 7, 0), strict=True))
    begin = place
    while place + 4 <= len(data) and (frame := _mp3_frame(data[place : place + 4])):
        length, lasts = frame
        place, seconds, frames = place + length, seconds + lasts, frames + 1
    if frames < 10 or len(data) - place > _MOST_TAG:
        raise ValueError("no MP3")
    return begin, place, seconds


def _mp3_frame(header: bytes) -> tuple[int, float] | None:
    """Its bytes and seconds; None when no frame begins here."""
    version, layer = header[1] >> 3 & 3, header[1] >> 1 & 3
    rate_at = header[2] >> 2 & 3
    if header[0] != 0xFF or header[1] >> 5 != 7 or version == 1 or layer != 1 or rate_at == 3:
        return None
    kbits, rate = _KBITS[version != 3][header[2] >> 4], _RATES[version][rate_at]
    samples = 1152 if version == 3 else 576
    if not kbits:
        return None
    return samples // 8 * kbits * 1000 // rate + (header[2] >> 1 & 1), samples / rate


def _m4a_seconds(data: bytes) -> float:
    outer = dict(boxes(data, 0, len(data)))
    if b"mdat" not in outer:
        raise ValueError("no sound in it")
    inside = list(boxes(data, *outer[b"moov"]))
    kinds = {_handler(data, *span) for name, span in inside if name == b"trak"}
    if kinds != {b"soun"}:
        raise ValueError("more than sound")
    begin, _end = dict(inside)[b"mvhd"]
    if data[begin] == 1:
        scale, lasts = struct.unpack_from(">IQ", data, begin + 20)
    else:
        scale, lasts = struct.unpack_from(">II", data, begin + 12)
    return float(lasts / scale)


def _handler(data: bytes, begin: int, end: int) -> bytes:
    media = dict(boxes(data, *dict(boxes(data, begin, end)).get(b"mdia", (begin, begin))))
    start, _end = media.get(b"hdlr", (end, end))
    return data[start + 8 : start + 12]


def boxes(data: bytes | bytearray, begin: int, end: int) -> Iterator[tuple[bytes, tuple[int, int]]]:
    """The boxes between two places, each with where its content begins and ends."""
    while begin + 8 <= end:
        size, name = struct.unpack_from(">I4s", data, begin)
        head = 8
        if size == 1:
            size, head = struct.unpack_from(">Q", data, begin + 8)[0], 16
        size = size or end - begin  # 0: to the end
        if size < head or begin + size > end:
            raise ValueError("cut off")
        yield name, (begin + head, begin + size)
        begin += size
