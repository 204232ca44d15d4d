"""Backups of PostgreSQL, by its own programs: pg_dump, pg_restore and psql (Debian: postgresql-client)."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Collection
from pathlib import Path
from typing import IO

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL, make_url

from bot.used_together import TABLES as FOR_MINUTES
from core.errors import SetupProblem

DUMP_FILE = b"PGDMP"
SCHEMA = "public"
CANNOT_OPEN = "The database cannot be opened ({})."
# In the transaction of everything restored: nobody sees it armed. A backup of an old release has no such table.
DISARM = b"""
DO $$ BEGIN
    IF to_regclass('public.sending_policy') IS NOT NULL THEN
        UPDATE public.sending_policy SET is_armed = false;
    END IF;
END $$;
"""


# What Procrastinate has beside its tables: the backup brings its own.
CLEAR_JOBS = b"""
DO $$ DECLARE one record; BEGIN
    FOR one IN SELECT oid::regprocedure AS name FROM pg_proc
               WHERE pronamespace = 'public'::regnamespace AND starts_with(proname, 'procrastinate_') LOOP
        EXECUTE format('DROP FUNCTION %s CASCADE', one.name);
    END LOOP;
    FOR one IN SELECT typname AS name FROM pg_type
               WHERE typnamespace = 'public'::regnamespace AND starts_with(typname, 'procrastinate_')
                 AND typtype IN ('c', 'e') LOOP
        EXECUTE format('DROP TYPE public.%I CASCADE', one.name);
    END LOOP;
END $$;
"""


def dump(url: str, file: Path) -> None:
    """Write the database into a file, in PostgreSQL's custom format, as it is at one moment. Raises SetupProblem."""
    program = _find("pg_dump")
    options = ["--format=custom", "--no-owner", "--no-acl", f"--file={file}", f"--dbname={_without_password(url)}"]
    options += [f"--exclude-table-data={table}" for table in FOR_MINUTES]
    done = subprocess.run(  # noqa: S603  # nobody but the operator chooses any of it
        [program, *options], env=_environment(url), capture_output=True, check=False
    )
    if done.returncode != 0:
        raise SetupProblem(f"The backup failed: {reason(done.stderr)}")


def load(url: str, file: Path, *, check: Callable[[Collection[str], Callable[[str], bool]], None]) -> None:
    """Replace all tables by those of the file, in one transaction, and unarmed. Raises SetupProblem.

    ``check`` is asked with the names of the tables that are there, and a way to see whether one has rows.
    """
    reading, running = _find("pg_restore"), _find("psql")
    clearing = _look(url, check)
    with tempfile.TemporaryFile() as complaints:
        # With -1 all of it is one transaction, which is only committed at the end of the input.
        psql = subprocess.Popen(  # noqa: S603
            [running, "--no-psqlrc", "--quiet", "-v", "ON_ERROR_STOP=1", "-1", "-f", "-", _without_password(url)],
            env=_environment(url),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=complaints,
        )
        try:
            has_worked = _feed(psql, reading, file, clearing, complaints)
        finally:
            psql.kill()
            psql.wait()
            if psql.stdin is not None:
                with contextlib.suppress(BrokenPipeError):
                    psql.stdin.close()
        if not has_worked:
            complaints.seek(0)
            raise SetupProblem(f"Nothing was restored: {reason(complaints.read())}")


def _feed(psql: subprocess.Popen[bytes], reading: str, file: Path, clearing: bytes, complaints: IO[bytes]) -> bool:
    """Hand everything to psql; whether it was taken. If not, its input must not end: it would commit."""
    if psql.stdin is None:
        raise AssertionError("psql was started with a pipe")
    try:
        psql.stdin.write(clearing)
        psql.stdin.flush()
        options = ["--file=-", "--no-owner", "--no-acl", f"--schema={SCHEMA}"]
        done = subprocess.run(  # noqa: S603
            [reading, *options, file], stdout=psql.stdin, stderr=complaints, check=False
        )
        if done.returncode != 0:
            return False
        psql.stdin.write(DISARM)
        psql.stdin.close()
    except BrokenPipeError:
        return False
    return psql.wait() == 0


def _look(url: str, check: Callable[[Collection[str], Callable[[str], bool]], None]) -> bytes:
    """Make sure that the tables may go, and nobody uses them; the statement that lets them go."""
    try:
        with psycopg.connect(plain(url).render_as_string(hide_password=False), autocommit=True) as connection:
            if has_others(connection):
                raise SetupProblem(
                    "The database is in use: stop brobygger run, chat and worker first, and whatever else has it open."
                )
            tables = list_table_names(connection)

            def has_rows(table: str) -> bool:
                query = sql.SQL("SELECT 1 FROM {} LIMIT 1").format(sql.Identifier(SCHEMA, table))
                return connection.execute(query).fetchone() is not None

            check(tables, has_rows)
            dropping = [
                sql.SQL("DROP TABLE {} CASCADE;\n").format(sql.Identifier(SCHEMA, one)).as_bytes(connection)
                for one in tables
            ]
            return b"".join(dropping) + CLEAR_JOBS
    except psycopg.OperationalError as problem:
        raise SetupProblem(CANNOT_OPEN.format(reason(str(problem).encode()))) from None


def has_others(connection: psycopg.Connection) -> bool:
    """Whether anybody else is connected to the database."""
    others = connection.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        " AND backend_type = 'client backend'"
    ).fetchone()
    return others != (0,)


def list_table_names(connection: psycopg.Connection) -> list[str]:
    """All tables, ours or not."""
    rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [SCHEMA]).fetchall()
    return sorted(str(name) for (name,) in rows)


def _find(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        raise SetupProblem(
            f"{program} is not installed here (Debian: apt-get install postgresql-client). It must not be older than"
            " the server."
        )
    return found


def plain(url: str) -> URL:
    """An address as PostgreSQL's own programs and psycopg take it."""
    return make_url(url).set(drivername="postgresql")


def _without_password(url: str) -> str:
    """Everybody on this machine can read what a program was started with."""
    return URL.create(
        "postgresql",
        username=plain(url).username,
        host=plain(url).host,
        port=plain(url).port,
        database=plain(url).database,
        query=plain(url).query,
    ).render_as_string(hide_password=False)


def _environment(url: str) -> dict[str, str]:
    password = plain(url).password
    return {**os.environ, "LC_MESSAGES": "C", **({"PGPASSWORD": password} if password else {})}  # noqa: TID251


def reason(said: bytes) -> str:
    """Why a program failed: its first line with an error, or else its last."""
    lines = said.decode("utf-8", "replace").strip().splitlines()
    errors = [line for line in lines if "ERROR:" in line]
    return (errors[:1] or lines[-1:] or ["no reason was given"])[0]
