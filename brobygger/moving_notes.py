"""How far a move has come: one row in the new database, which goes when the move has ended."""

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from brobygger.moving_marks import NOTES
from brobygger.moving_tables import SCHEMA

_TABLE = sql.Identifier(SCHEMA, NOTES)


def find_source(target: psycopg.Connection) -> str | None:
    """What is moving into this database; None when nothing is."""
    if target.execute("SELECT to_regclass(%s)", [f"{SCHEMA}.{NOTES}"]).fetchone() == (None,):
        return None
    found = target.execute(sql.SQL("SELECT source FROM {}").format(_TABLE)).fetchone()
    return str(found[0]) if found else ""


def begin(target: psycopg.Connection, source: str) -> None:
    """From now on nobody starts on the new database before the move has ended."""
    with target.transaction():
        target.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(_TABLE))
        target.execute(sql.SQL("CREATE TABLE {} (source text, reached jsonb)").format(_TABLE))
        target.execute(sql.SQL("INSERT INTO {} VALUES (%s, '{{}}')").format(_TABLE), [source])


def get_reached(target: psycopg.Connection, table: str) -> object:
    """The key of the last row of a table that has arrived; None before the first."""
    found = target.execute(sql.SQL("SELECT reached -> %s FROM {}").format(_TABLE), [table]).fetchone()
    return found[0] if found else None


def note_reached(target: psycopg.Connection, table: str, key: object) -> None:
    """In the transaction of the rows themselves: either both are there, or neither."""
    query = sql.SQL("UPDATE {} SET reached = reached || jsonb_build_object(%s::text, %s::jsonb)")
    target.execute(query.format(_TABLE), [table, Jsonb(key)])


def end(target: psycopg.Connection) -> None:
    """The move has ended: the new database is the one to start on."""
    target.execute(sql.SQL("DROP TABLE {}").format(_TABLE))
