"""Tells a waiting person how far long work has come: at once on a terminal, every two seconds in a log."""

import json
import sys
import time

_lines = {"are_json": False}


class ProgressLine:
    """Writes to standard error. Wall time is only used to write rarely."""

    def __init__(self, *, is_quiet: bool = False) -> None:
        self._is_quiet = is_quiet
        self._written_at = time.monotonic()
        self._what = ""
        self._is_open = False

    def __call__(self, what: str, done: int, of: int) -> None:
        """``done`` of ``of`` of this work is done."""
        if self._is_quiet or _lines["are_json"]:
            return
        pause = 0.1 if sys.stderr.isatty() else 2.0
        if time.monotonic() - self._written_at < pause and (self._is_open or what == self._what):
            return
        self._written_at, self._what = time.monotonic(), what
        share = f" {100 * done // of} %" if of > 1 else ""
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\x1b[K  {what} ...{share}")
            self._is_open = True
        else:
            sys.stderr.write(f"  {what} ...{share}\n")
        sys.stderr.flush()

    def end(self) -> None:
        """Leave the line."""
        if self._is_open:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._is_open = False


def write_for_machines() -> None:
    """From here on every line on standard error is a JSON object: this process is not watched by a person."""
    _lines["are_json"] = True


def say(text: str) -> None:
    """A line for the person at the terminal; where a machine reads it, a line as the log's, at any level."""
    sys.stderr.write(f"{json.dumps({'event': 'said', 'text': text.strip()}) if _lines['are_json'] else text}\n")
    sys.stderr.flush()
