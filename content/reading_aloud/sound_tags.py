"""Takes out of a sound file what a telephone wrote into it: names, place, device, time, pictures. Pure.

The sound itself is not touched, nor decoded. In Ogg and M4A nothing changes its place: what goes becomes padding, so
that all that points into the file stays right.
"""

import struct
from collections.abc import Iterator

from content.reading_aloud.sound_files import M4A, MP3, OGG, OggPage, SoundUnknown, boxes, mp3_frames, ogg_pages

_OPUS_TAGS = b"OpusTags"
# What an M4A must have, by the box that it stands in; all else is about the sound, not of it.
_NEEDED = {
    b"": {b"ftyp", b"moov", b"mdat"},
    b"moov": {b"mvhd", b"trak"},
    b"trak": {b"tkhd", b"edts", b"mdia"},
    b"mdia": {b"mdhd", b"hdlr", b"minf"},
}
_WITH_TIMES = {b"mvhd", b"tkhd", b"mdhd"}  # when it was made and changed
_NAME_OF_HANDLER = 24  # bytes before it


def without_tags(data: bytes, media_type: str) -> bytes:
    """The same sound (one that ``read_sound`` takes) without what is said about it. Raises SoundUnknown."""
    try:
        return {MP3: _mp3, OGG: _ogg, M4A: _m4a}[media_type](data)
    except (struct.error, IndexError, ValueError):
        raise SoundUnknown from None


def _mp3(data: bytes) -> bytes:
    begin, end, _seconds = mp3_frames(data)
    return data[begin:end]


def _m4a(data: bytes) -> bytes:
    bare = bytearray(data)
    _clear_boxes(bare, b"", 0, len(bare))
    return bytes(bare)


def _ogg(data: bytes) -> bytes:
    """The second packet holds the tags, on pages of its own; zeros after its end are padding (RFC 7845, 5.2)."""
    bare, empty = bytearray(data), _OPUS_TAGS + bytes(8)  # no vendor, no tags
    for page in _pages_of_tags(data):
        length = page.end - page.begin
        bare[page.begin : page.end] = empty[:length].ljust(length, b"\0")
        empty = empty[length:]
        bare[page.place + 22 : page.place + 26] = bytes(4)
        bare[page.place + 22 : page.place + 26] = struct.pack("<I", ogg_sum(bare[page.place : page.end]))
    if empty:
        raise ValueError("tags that are too short")
    return bytes(bare)


def _pages_of_tags(data: bytes) -> Iterator[OggPage]:
    pages = ogg_pages(data)
    next(pages)
    for number, page in enumerate(pages):
        is_whole = not number and data[page.begin : page.begin + 8] != _OPUS_TAGS
        if is_whole or any(length < 255 for length in page.lacing[:-1]):
            raise ValueError("no tags, or something beside them")
        yield page
        if page.lacing[-1] < 255:
            return


def ogg_sum(page: bytes | bytearray) -> int:
    """The check sum of a page in whose place of the sum there are zeros (RFC 3533, 6)."""
    found = 0
    for byte in page:
        found = (found << 8 & 0xFFFFFFFF) ^ _OGG_SUMS[found >> 24 ^ byte]
    return found


def _sum_of(byte: int) -> int:
    found = byte << 24
    for _bit in range(8):
        found = (found << 1 ^ (0x04C11DB7 if found >> 31 else 0)) & 0xFFFFFFFF
    return found


_OGG_SUMS = tuple(map(_sum_of, range(256)))


def _clear_boxes(data: bytearray, around: bytes, begin: int, end: int) -> None:
    place = begin
    for name, (inside, after) in list(boxes(data, begin, end)):
        if name not in _NEEDED[around]:
            data[place + 4 : place + 8] = b"free"
            data[inside:after] = bytes(after - inside)
        elif name in _NEEDED:
            _clear_boxes(data, name, inside, after)
        elif name in _WITH_TIMES:
            times = slice(inside + 4, min(after, inside + (20 if data[inside] == 1 else 12)))
            data[times] = bytes(times.stop - times.start)
        elif name == b"hdlr":
            named = min(after, inside + _NAME_OF_HANDLER)
            data[named:after] = bytes(after - named)
        place = after
