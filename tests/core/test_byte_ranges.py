"""Parts of a file, as players ask for them."""

import pytest

from core.byte_ranges import portion

ALL = b"0123456789"


@pytest.mark.parametrize(
    ("wanted", "status", "content", "said"),
    [
        (None, 200, ALL, None),
        ("bytes=0-1", 206, b"01", "bytes 0-1/10"),
        ("bytes=4-", 206, b"456789", "bytes 4-9/10"),
        ("bytes=-3", 206, b"789", "bytes 7-9/10"),
        ("bytes=-30", 206, ALL, "bytes 0-9/10"),
        ("bytes=8-99999", 206, b"89", "bytes 8-9/10"),
        ("bytes=10-", 416, b"", "bytes */10"),
        ("bytes=5-4", 416, b"", "bytes */10"),
        ("bytes=-0", 416, b"", "bytes */10"),
        ("bytes=0-1,4-5", 200, ALL, None),
        ("bytes=-", 200, ALL, None),
        ("words=1-2", 200, ALL, None),
        (f"bytes={'9' * 5000}-", 200, ALL, None),
    ],
)
def test_a_range_is_answered_with_what_it_names(
    wanted: str | None, status: int, content: bytes, said: str | None
) -> None:
    found = portion(ALL, wanted)

    assert (found.status, found.content, found.headers.get("Content-Range")) == (status, content, said)
    assert found.headers["Accept-Ranges"] == "bytes"
