"""Sound files as telephones make them, in so many bytes as their kinds need. Nothing can be heard in them."""

import struct


def ogg(seconds: float = 3, *, codec: bytes = b"OpusHead") -> bytes:
    """Ogg with Opus: a head, its remarks, and one page that says where it ends."""
    head = codec + struct.pack("<BBHIhB", 1, 1, 312, 48_000, 0, 0)
    end = round(seconds * 48_000) + 312
    return _page(head, 0) + _page(b"OpusTags" + bytes(8), 0) + _page(b"\xfc" * 50, end)


def mp3(seconds: float = 3, *, tag: bytes = b"") -> bytes:
    """Frames of MPEG 1 layer III, 128 kbit/s, 44.1 kHz."""
    head = b"ID3\x04\0\0" + bytes([0, 0, len(tag) >> 7, len(tag) & 127]) + tag if tag else b""
    return head + (b"\xff\xfb\x90\x00" + bytes(413)) * round(seconds * 44_100 / 1152)


def m4a(seconds: float = 3, *, handler: bytes = b"soun") -> bytes:
    """An ISO file with one track."""
    header = _box(b"mvhd", struct.pack(">IIIII", 0, 0, 0, 1000, round(seconds * 1000)) + bytes(80))
    track = _box(b"trak", _box(b"mdia", _box(b"hdlr", bytes(8) + handler + bytes(12))))
    return _box(b"ftyp", b"M4A \0\0\0\0") + _box(b"moov", header + track) + _box(b"mdat", bytes(100))


def _page(content: bytes, position: int) -> bytes:
    return struct.pack("<4sBBqIIIB", b"OggS", 0, 0, position, 1, 0, 0, 1) + bytes([len(content)]) + content


def _box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", len(content) + 8, name) + content
