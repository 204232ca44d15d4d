"""A PostgreSQL server of our own for the tests: Debian's programs, a folder that is thrown away, loopback only."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.ports import free_port

QUIET: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def find_programs() -> Path | None:
    """The folder with initdb and postgres, the newest version; None when they are not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    initdb = shutil.which("initdb")
    return Path(initdb).resolve().parent if initdb else None


@dataclass(slots=True)
class Server:
    """A server on loopback, which can be started again as an operator would."""

    programs: Path
    folder: Path
    port: int
    as_user: Sequence[str]
    is_durable: bool = False
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Without a database name."""
        return f"postgresql://brobygger@127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self.process = subprocess.Popen(
            [*self.as_user, self.programs / "postgres", "-D", self.folder / "data", "-p", str(self.port),
             "-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={self.folder}", "-c",
             f"fsync={'on' if self.is_durable else 'off'}",
             "-c", "max_connections=90"],
            cwd="/", **QUIET,
        )  # fmt: skip
        _wait_until_open(self.port, self.process)

    def stop(self) -> None:
        """Cut all connections and end it: what is committed is kept."""
        if self.process is None:
            return
        control = [*self.as_user, self.programs / "pg_ctl", "-D", self.folder / "data", "-m", "fast", "stop"]
        subprocess.run(control, check=True, cwd="/", **QUIET)
        self.process.wait(timeout=60)
        self.process = None


@contextmanager
def running_server(programs: Path, *, is_durable: bool = False) -> Iterator[str]:
    """Start a server; gives its address without a database name. Ends it and deletes its folder afterwards."""
    with own_server(programs, is_durable=is_durable) as server:
        yield server.address


@contextmanager
def own_server(programs: Path, *, is_durable: bool = False) -> Iterator[Server]:
    """The same, for a story that starts it again.

    A durable one waits for the disk at every commit, as a real one does: tests that measure nothing need not.
    """
    folder = Path(tempfile.mkdtemp(prefix="brobygger-pg-"))
    user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    as_user = ["runuser", "-u", user, "--"] if os.geteuid() == 0 else []
    if as_user:
        shutil.chown(folder, user)
    subprocess.run(
        [*as_user, programs / "initdb", "-D", folder / "data", "-U", "brobygger", "--auth=trust", "-E", "UTF8",
         "--no-sync", "--locale=C.UTF-8"],
        check=True, cwd="/", **QUIET,
    )  # fmt: skip
    server = Server(programs, folder, free_port(), as_user, is_durable)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _wait_until_open(port: int, server: subprocess.Popen[bytes]) -> None:
    import psycopg

    for _ in range(600):
        if server.poll() is not None:
            raise RuntimeError("PostgreSQL ended while it was starting")
        try:
            psycopg.connect(f"postgresql://brobygger@127.0.0.1:{port}/postgres", connect_timeout=10).close()
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("PostgreSQL did not open its port within a minute")
