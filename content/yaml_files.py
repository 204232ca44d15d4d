"""Reads YAML so that every complaint can name its line. All scalars are text: `no` is a word here, not a falsehood."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

import yaml

Choice = TypeVar("Choice", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a file, where, in words for whoever wrote it."""

    path: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.reason}"


class Section:
    """A mapping in a file, with typed look-ups that note what is wrong and go on."""

    def __init__(self, node: yaml.MappingNode, path: str, problems: list[Problem]) -> None:
        self._path = path
        self._problems = problems
        self._node = node
        self._values: dict[str, yaml.Node] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._complain(key, "a name must be one word; put texts that begin with { or [ in quotation marks")
                continue
            if key.value in self._values:
                self._complain(key, f"'{key.value}' stands twice")
            self._values[str(key.value)] = value

    @property
    def path(self) -> str:
        """The file, as messages show it."""
        return self._path

    @property
    def line(self) -> int:
        """Where the mapping begins."""
        return int(self._node.start_mark.line) + 1

    def keys(self) -> tuple[str, ...]:
        """The names in it, in order."""
        return tuple(self._values)

    def only(self, *allowed: str) -> None:
        """Complain of every name that is not one of these (a typing error would otherwise be lost in silence)."""
        for key, value in self._values.items():
            if key not in allowed:
                self._complain(value, f"'{key}' is unknown here; known are {', '.join(allowed)}")

    def text(self, key: str, default: str | None = None, *, most: int = 20_000) -> str:
        """A scalar. Without a default it must be there and not empty."""
        node = self._values.get(key)
        if node is None or (isinstance(node, yaml.ScalarNode) and not node.value.strip()):
            if default is None:
                self._complain(node or self._node, f"'{key}' is missing")
            return default or ""
        if not isinstance(node, yaml.ScalarNode):
            self._complain(node, f"'{key}' must be one text; put it in quotation marks if it contains ': '")
            return default or ""
        if len(node.value) > most:
            self._complain(node, f"'{key}' has {len(node.value)} characters; at most {most} are allowed")
        if "\0" in node.value:
            self._complain(node, f"'{key}' has a character in it that is no text (\\0)")
        return str(node.value).strip()

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of scalars, or one scalar; empty when absent."""
        node = self._values.get(key)
        if node is None:
            return ()
        if isinstance(node, yaml.ScalarNode):
            return (str(node.value).strip(),) if node.value.strip() else ()
        if not isinstance(node, yaml.SequenceNode):
            self._complain(node, f"'{key}' must be a list")
            return ()
        found = []
        for one in node.value:
            if isinstance(one, yaml.ScalarNode) and one.value.strip():
                found.append(str(one.value).strip())
            else:
                self._complain(one, f"each line of '{key}' must be a text; put it in quotation marks")
        return tuple(found)

    def choice(self, key: str, kind: type[Choice], default: Choice | None = None) -> Choice:
        """One of a closed set of words."""
        word = self.text(key, None if default is None else default.value).replace("-", "_")
        try:
            return kind(word)
        except ValueError:
            words = ", ".join(one.value for one in kind)
            if word:
                self._complain(self._values.get(key, self._node), f"'{key}' is '{word}'; it must be one of {words}")
            return default if default is not None else next(iter(kind))

    def flag(self, key: str, *, default: bool = False) -> bool:
        """yes/no or true/false."""
        word = self.text(key, "yes" if default else "no").lower()
        if word not in ("yes", "no", "true", "false"):
            self._complain(self._values[key], f"'{key}' is '{word}'; it must be yes or no")
        return word in ("yes", "true")

    def number(self, key: str, default: int) -> int:
        """A whole number."""
        word = self.text(key, str(default))
        if not word.isascii() or not word.isdecimal() or len(word) > 9:
            self._complain(self._values[key], f"'{key}' is '{word}'; it must be a whole number")
            return default
        return int(word)

    def day(self, key: str) -> date | None:
        """A date as year-month-day, or None when absent."""
        word = self.text(key, "")
        if not word:
            return None
        try:
            return date.fromisoformat(word)
        except ValueError:
            self._complain(self._values[key], f"'{key}' is '{word}'; write a date as 2026-11-21")
            return None

    def section(self, key: str) -> "Section | None":
        """A mapping below this one."""
        node = self._values.get(key)
        if node is None:
            return None
        if not isinstance(node, yaml.MappingNode):
            self._complain(node, f"'{key}' must hold names and values")
            return None
        return Section(node, self._path, self._problems)

    def sections(self, key: str) -> Iterator["Section"]:
        """A list of mappings below this one."""
        node = self._values.get(key)
        if node is None:
            return
        for one in node.value if isinstance(node, yaml.SequenceNode) else (node,):
            if isinstance(one, yaml.MappingNode):
                yield Section(one, self._path, self._problems)
            else:
                self._complain(one, f"each entry of '{key}' must hold names and values")

    def mapping(self, key: str) -> dict[str, str]:
        """Names to texts; empty when absent."""
        below = self.section(key)
        return {} if below is None else {name: below.text(name) for name in below.keys()}  # noqa: SIM118

    def scalars(self) -> Iterator[tuple[int, str]]:
        """Every text in it, however deep, with its line."""
        nodes = list(self._values.values())
        while nodes:
            node = nodes.pop()
            if isinstance(node, yaml.ScalarNode):
                yield int(node.start_mark.line) + 1, str(node.value)
            elif isinstance(node, yaml.SequenceNode):
                nodes.extend(node.value)
            elif isinstance(node, yaml.MappingNode):
                nodes.extend(value for _key, value in node.value)

    def complain_at(self, line: int, reason: str) -> None:
        """Note a problem at a line."""
        self._problems.append(Problem(self._path, line, reason))

    def complain(self, key: str, reason: str) -> None:
        """Note a problem at the line of this name."""
        self._complain(self._values.get(key, self._node), reason)

    def _complain(self, node: yaml.Node, reason: str) -> None:
        self.complain_at(int(node.start_mark.line) + 1, reason)


def read_section(file: Path, problems: list[Problem], *, shown_as: str) -> Section | None:
    """The mapping a file consists of; None with a noted problem when it is not one."""
    try:
        node = yaml.compose(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except OSError as problem:
        problems.append(Problem(shown_as, 1, f"the file cannot be read ({problem.strerror})"))
        return None
    except UnicodeDecodeError as problem:
        problems.append(Problem(shown_as, 1, f"the file is not UTF-8 text (byte {problem.start})"))
        return None
    except yaml.MarkedYAMLError as problem:
        line = problem.problem_mark.line + 1 if problem.problem_mark else 1
        problems.append(Problem(shown_as, line, f"not readable as YAML: {problem.problem or problem.context}"))
        return None
    except yaml.YAMLError as problem:  # a character that YAML forbids has no line of its own
        problems.append(Problem(shown_as, 1, f"not readable as YAML: {' '.join(str(problem).split())}"))
        return None
    if not isinstance(node, yaml.MappingNode):
        problems.append(Problem(shown_as, 1, "the file must hold names and values, such as 'language: nb'"))
        return None
    return Section(node, shown_as, problems)
