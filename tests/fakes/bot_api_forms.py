"""Reads a call's parameters as Telegram takes them: from the query, a form, a form with files, or JSON."""

import json
from dataclasses import dataclass
from email import message_from_bytes, policy
from typing import Any
from urllib.parse import parse_qsl

from tests.fakes.loopback_http import Request

# What is never JSON, even when it looks like it.
_PLAIN = frozenset(
    "text parse_mode callback_query_id url secret_token language_code caption document voice audio".split()
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class File:
    """A file that was uploaded."""

    name: str
    media_type: str
    content: bytes


def read_parameters(request: Request) -> tuple[dict[str, Any], dict[str, File]]:
    """The parameters, and the files by the name of their part; a file's parameter is its name."""
    kind = request.headers.get("content-type", "")
    if kind.startswith("application/json"):
        return dict(request.query) | json.loads(request.body or b"{}"), {}
    found: dict[str, str] = dict(request.query)
    files: dict[str, File] = {}
    if kind.startswith("multipart/form-data"):
        for name, value in _parts(kind, request.body):
            if isinstance(value, File):
                files[name] = value
                found[name] = value.name
            else:
                found[name] = value
    else:
        found |= dict(parse_qsl(request.body.decode(), keep_blank_values=True))
    return {name: value if name in _PLAIN else _value(value) for name, value in found.items()}, files


def _parts(kind: str, body: bytes) -> list[tuple[str, str | File]]:
    letter = message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body, policy=policy.HTTP)
    found: list[tuple[str, str | File]] = []
    for part in letter.iter_parts():  # type: ignore[attr-defined]
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        file = part.get_filename()
        found.append((name, content.decode() if file is None else File(file, part.get_content_type(), content)))
    return found


def _value(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text
