"""Sound files as telephones make them, in so many bytes as their kinds need. Nothing can be heard in them."""

import struct

from content.reading_aloud.sound_tags import ogg_sum


def ogg(seconds: float = 3, *, codec: bytes = b"OpusHead", tags: bytes = bytes(8), serial: int = 1) -> bytes:
    """Ogg with Opus: a head, its tags (over as many pages as they need), and one page that says where it ends."""
    head = codec + struct.pack("<BBHIhB", 1, 1, 312, 48_000, 0, 0)
    end = round(seconds * 48_000) + 312
    said = b"OpusTags" + tags
    pages = [said[at : at + 255 * 255] for at in range(0, len(said), 255 * 255)]
    return b"".join([_page(head, 0), *(_page(one, 0) for one in pages), _page(b"\xfc" * 50, end, serial)])


def mp3(seconds: float = 3, *, tag: bytes = b"") -> bytes:
    """Frames of MPEG 1 layer III, 128 kbit/s, 44.1 kHz."""
    head = b"ID3\x04\0\0" + bytes([0, 0, len(tag) >> 7, len(tag) & 127]) + tag if tag else b""
    return head + (b"\xff\xfb\x90\x00" + bytes(413)) * round(seconds * 44_100 / 1152)


def m4a(seconds: float = 3, *, handler: bytes = b"soun", made_at: int = 0, said: bytes = b"") -> bytes:
    """An ISO file with one track; where telephones write something about it, ``said`` stands."""
    header = _box(b"mvhd", struct.pack(">IIIII", 0, made_at, made_at, 1000, round(seconds * 1000)) + bytes(80))
    about = _box(b"udta", _box(b"\xa9xyz", said)) if said else b""
    inside = _box(b"hdlr", bytes(8) + handler + bytes(12) + said) + _box(b"minf", b"where the sound is")
    track = _box(b"trak", _box(b"mdia", inside) + about)
    outside = (_box(b"uuid", said) + _box(b"meta", said)) if said else b""
    moov = _box(b"moov", header + track + about)
    return _box(b"ftyp", b"M4A \0\0\0\0") + moov + outside + _box(b"mdat", b"\x21" * 100)


def _page(content: bytes, position: int, serial: int = 1) -> bytes:
    whole, rest = divmod(len(content), 255)
    lacing = bytes([255] * whole) + (b"" if whole == 255 else bytes([rest]))

    def page(check: int) -> bytes:
        head = struct.pack("<4sBBqIIIB", b"OggS", 0, 0, position, serial, 0, check, len(lacing))
        return head + lacing + content

    return page(ogg_sum(page(0)))


def _box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", len(content) + 8, name) + content
