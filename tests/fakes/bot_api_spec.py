"""The Bot API's machine-readable specification: does a call, or an update, keep to it?

The file is not part of the project. Where it is missing, calls are checked by hand only for what matters most
(tests/fakes/bot_api.py), and ``MISSING`` says so.
"""

import gzip
import json
import re
from bisect import bisect_left, bisect_right
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

FILE = Path(__file__).resolve().parents[3] / "shared" / "data" / "telegram" / "bot_api_spec.min.json.gz"
MISSING = f"No specification of the Bot API at {FILE.name}: calls are not checked against it."
_SIMPLE: Mapping[str, tuple[type, ...]] = {
    "Integer": (int,),
    "Float": (int, float),
    "String": (str,),
    "Boolean": (bool,),
    "InputFile": (str,),
}
_LENGTH = re.compile(r"(\d+)-(\d+) (characters|bytes)(?! after entities)")
MOST_SHAPES = 10_000


class Specification:
    """Methods and types by name."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self._methods = content["methods"]
        self._types = content["types"]
        described = [*self._methods.values(), *self._types.values()]
        rules = [_LENGTH.search(field["description"]) for one in described for field in one.get("fields", [])]
        self._borders = sorted({int(number) for rule in rules if rule for number in rule.group(1, 2)})
        self._good_shapes: set[Hashable] = set()

    @classmethod
    def load(cls) -> "Specification | None":
        """None where the file is missing."""
        if not FILE.exists():
            return None
        return cls(json.loads(gzip.decompress(FILE.read_bytes())))

    def problems_of_call(self, method: str, parameters: Mapping[str, Any]) -> list[str]:
        """What is wrong with a call, in words that name the parameter; empty when nothing is."""
        known = self._methods.get(method)
        if known is None:
            return [f"method {method} is not there"]
        shape = (method, self._shape(parameters))
        if shape in self._good_shapes:
            return []
        problems = self._problems(known, parameters, method)
        if not problems and len(self._good_shapes) < MOST_SHAPES:
            self._good_shapes.add(shape)
        return problems

    def _shape(self, value: object) -> Hashable:
        """All that the specification looks at: names, types, and lengths against the lengths that it names.

        So two calls of one shape are right or wrong together, and a broadcast's calls are looked at once.
        """
        if isinstance(value, str):
            return self._place(len(value)), self._place(len(value.encode()))
        if isinstance(value, dict):
            return tuple((name, self._shape(inner)) for name, inner in value.items())
        if isinstance(value, list):
            return (list, *(self._shape(inner) for inner in value))
        return type(value)

    def _place(self, length: int) -> tuple[int, int]:
        return bisect_left(self._borders, length), bisect_right(self._borders, length)

    def problems_of_value(self, kind: str, value: object, where: str = "") -> list[str]:
        """What is wrong with a value of a type such as 'Update' or 'Array of BotCommand'."""
        if kind.startswith("Array of "):
            if not isinstance(value, list):
                return [f"{where} is not an array"]
            inner = kind.removeprefix("Array of ")
            return [
                one
                for place, item in enumerate(value)
                for one in self.problems_of_value(inner, item, f"{where}[{place}]")
            ]
        if kind in _SIMPLE:
            is_right = isinstance(value, _SIMPLE[kind]) and (kind == "Boolean" or not isinstance(value, bool))
            return [] if is_right else [f"{where} is not of type {kind}"]
        described = self._types[kind]
        if several := described.get("subtypes"):
            return self._first_that_fits(several, value, where)
        if not isinstance(value, dict):
            return [f"{where} is not an object"]
        return self._problems(described, value, where or kind)

    def _problems(self, described: Mapping[str, Any], values: Mapping[str, Any], where: str) -> list[str]:
        fields = {field["name"]: field for field in described.get("fields", [])}
        found = [f"{where}.{name} is not known" for name in values if name not in fields]
        for name, field in fields.items():
            if name in values:
                place = f"{where}.{name}"
                found += self._first_that_fits(field["types"], values[name], place)
                found += _length_problems(field["description"], values[name], place)
            elif field["required"]:
                found.append(f"{where}.{name} is missing")
        return found

    def _first_that_fits(self, kinds: list[str], value: object, where: str) -> list[str]:
        tried = [self.problems_of_value(kind, value, where) for kind in kinds]
        return [] if [] in tried else min(tried, key=len)


def _length_problems(description: str, value: object, where: str) -> list[str]:
    rule = _LENGTH.search(description)
    if rule is None or not isinstance(value, str):
        return []
    length = len(value.encode()) if rule[3] == "bytes" else len(value)
    return (
        [] if int(rule[1]) <= length <= int(rule[2]) else [f"{where} has {length} {rule[3]}, not {rule[1]}-{rule[2]}"]
    )
