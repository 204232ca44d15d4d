"""Procrastinate's tables and functions: it brings them as SQL files, and leaves it to us to run each once, in order."""

from pathlib import Path

from procrastinate.schema import SchemaManager
from sqlalchemy import Connection, inspect, text

TABLE = "procrastinate_upgrades"  # which of its files have been run; made by us


def upgrade_job_tables(connection: Connection) -> bool:
    """Make the tables, or run what a newer Procrastinate brings, in the caller's transaction; whether anything was."""
    files = sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))
    if not inspect(connection).has_table(TABLE):
        _run(connection, SchemaManager.get_schema())  # as it is after all of its files
        connection.execute(text(f"CREATE TABLE {TABLE} (file text PRIMARY KEY)"))
        missing = files
    else:
        known = set(connection.scalars(text(f"SELECT file FROM {TABLE}")))  # noqa: S608
        missing = [file for file in files if file.name not in known]
        for file in missing:
            _run(connection, file.read_text(encoding="utf-8"))
    for file in missing:
        connection.execute(text(f"INSERT INTO {TABLE} VALUES (:file)"), {"file": file.name})  # noqa: S608
    return bool(missing)


def _run(connection: Connection, statements: str) -> None:
    connection.exec_driver_sql(statements.replace("%", "%%"))
