"""Parts of a file over HTTP (RFC 9110, 14): players ask for them, and some play nothing else."""

import re
from dataclasses import dataclass

_ONE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


@dataclass(frozen=True, slots=True)
class Portion:
    """What to answer: the status, the bytes, and the headers that say which they are."""

    status: int
    content: bytes
    headers: dict[str, str]


def portion(content: bytes, wanted: str | None) -> Portion:
    """The one range of a Range header; all of it without one, or for what is not understood (which the RFC allows)."""
    size, headers = len(content), {"Accept-Ranges": "bytes"}
    found = _ONE.fullmatch(wanted.strip()) if wanted else None
    if found is None or not any(found.groups()):
        return Portion(200, content, headers)
    first, last = found.groups()
    begin = int(first) if first else max(0, size - int(last))
    end = min(int(last), size - 1) if first and last else size - 1
    if begin > end:
        return Portion(416, b"", {**headers, "Content-Range": f"bytes */{size}"})
    return Portion(206, content[begin : end + 1], {**headers, "Content-Range": f"bytes {begin}-{end}/{size}"})
