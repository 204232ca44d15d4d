"""The tables that move, and their rows as they are read on both sides: the same values look the same.

A moment is UTC to the microsecond, JSON is in one order, a yes is 1, and bytes are their hash. NULL is not JSON's null.
"""

import json
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import blake2b

import psycopg
import sqlalchemy as sa
from psycopg import sql
from sqlalchemy.types import TypeEngine

SCHEMA = "public"
MANY_ROWS, FEW_ROWS = 20_000, 20  # at once: fewer where one row may have megabytes
_MOST_BITS = 2**128


class Kind(StrEnum):
    """What a column holds, as far as the databases differ in it."""

    PLAIN = "plain"
    TRUTH = "truth"
    MOMENT = "moment"
    DAY = "day"
    JSON = "json"
    BYTES = "bytes"


# How the new database is asked, so that both give the same: SQLite keeps the texts, and 0 or 1.
_ASKED = {
    Kind.PLAIN: "{}",
    Kind.TRUTH: "{}::int",
    Kind.MOMENT: "to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')",
    Kind.DAY: "to_char({}, 'YYYY-MM-DD')",
    Kind.JSON: "{}::text",
    Kind.BYTES: "{}",
}


@dataclass(frozen=True, slots=True)
class MovedTable:
    """One table: its columns with what they hold, and the one that is its key."""

    name: str
    key: str
    kinds: dict[str, Kind]

    @property
    def rows_at_once(self) -> int:
        """So many that memory stays small."""
        return FEW_ROWS if Kind.BYTES in self.kinds.values() else MANY_ROWS

    def read_old(self, source: sqlite3.Connection, *, after: object = None) -> sqlite3.Cursor:
        """The next rows behind a key, in the order of keys, as SQLite keeps them."""
        columns, behind = ", ".join(f'"{name}"' for name in self.kinds), "" if after is None else "WHERE {0} > ?"
        query = f'SELECT {columns} FROM "{self.name}" {behind} ORDER BY {{0}} LIMIT {self.rows_at_once}'  # noqa: S608
        return source.execute(query.format(f'"{self.key}"'), () if after is None else (after,))

    def key_of(self, row: tuple[object, ...]) -> object:
        """The key of a row."""
        return row[list(self.kinds).index(self.key)]


def list_tables(url: sa.URL, *, left_out: Callable[[str], bool]) -> list[MovedTable]:
    """All tables of the new database, those first that others point to."""
    engine = sa.create_engine(url)
    try:
        found = sa.MetaData()
        found.reflect(engine, only=lambda name, _: not left_out(name))
    finally:
        engine.dispose()
    return [
        MovedTable(table.name, _key(table), {one.name: _kind(one.type) for one in table.columns})
        for table in found.sorted_tables
    ]


def _key(table: sa.Table) -> str:
    """Every table has one column as its key: rows are read in its order, and none twice or never."""
    (key,) = table.primary_key.columns
    return key.name


def _kind(column: TypeEngine[object]) -> Kind:
    match column:
        case sa.Boolean():
            return Kind.TRUTH
        case sa.DateTime():
            return Kind.MOMENT
        case sa.Date():
            return Kind.DAY
        case sa.JSON():
            return Kind.JSON
        case sa.LargeBinary():
            return Kind.BYTES
        case _:
            return Kind.PLAIN


# Counts and hashes


@dataclass(frozen=True, slots=True)
class Content:
    """How many rows a table has, and the sum of their hashes: whatever their order, it is the same."""

    rows: int
    hash: str


def content_of_old(source: sqlite3.Connection, table: MovedTable) -> Content:
    """What the old database has."""
    columns = ", ".join(f'"{name}"' for name in table.kinds)
    return _content(source.execute(f'SELECT {columns} FROM "{table.name}"'), table)  # noqa: S608


def content_of_new(target: psycopg.Connection, table: MovedTable) -> Content:
    """What the new database has; it is read a few rows at a time."""
    asked = [sql.SQL(_ASKED[kind]).format(sql.Identifier(name)) for name, kind in table.kinds.items()]
    query = sql.SQL("SELECT {} FROM {}").format(sql.SQL(", ").join(asked), sql.Identifier(SCHEMA, table.name))
    with target.transaction(), target.cursor("content", binary=True) as cursor:
        cursor.itersize = min(table.rows_at_once, 2_000)
        return _content(cursor.execute(query), table)


def _content(rows: Iterable[tuple[object, ...]], table: MovedTable) -> Content:
    special = [(at, _CANONICAL[kind]) for at, kind in enumerate(table.kinds.values()) if kind in _CANONICAL]
    count = total = 0
    for row in rows:
        values = list(row)
        for at, canonical in special:
            if values[at] is not None:
                values[at] = canonical(values[at])
        count += 1
        total += int.from_bytes(blake2b(repr(values).encode(), digest_size=16).digest(), "big")
    return Content(count, f"{total % _MOST_BITS:032x}")


def _moment(value: object) -> object:
    """As written by SQLAlchemy, in all likelihood; else brought into that form."""
    if not isinstance(value, str) or len(value) == len("2026-11-23 08:00:00.000000"):
        return value
    read = datetime.fromisoformat(value)
    return (read if read.tzinfo is None else read.astimezone(UTC)).strftime("%Y-%m-%d %H:%M:%S.%f")


def _json(value: object) -> object:
    return json.dumps(json.loads(str(value)), sort_keys=True)


def _bytes(value: object) -> object:
    return blake2b(value).hexdigest() if isinstance(value, bytes) else value


_CANONICAL: dict[Kind, Callable[[object], object]] = {Kind.MOMENT: _moment, Kind.JSON: _json, Kind.BYTES: _bytes}
