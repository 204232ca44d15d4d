"""A PostgreSQL server of our own for the tests: Debian's programs, a folder that is thrown away, loopback only."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def find_programs() -> Path | None:
    """The folder with initdb and postgres, the newest version; None when they are not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    initdb = shutil.which("initdb")
    return Path(initdb).resolve().parent if initdb else None


@contextmanager
def running_server(programs: Path, *, is_durable: bool = False) -> Iterator[str]:
    """Start a server; gives its address without a database name. Ends it and deletes its folder afterwards.

    A durable one waits for the disk at every commit, as a real one does: tests that measure nothing need not.
    """
    folder = Path(tempfile.mkdtemp(prefix="brobygger-pg-"))
    user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    as_user = ["runuser", "-u", user, "--"] if os.geteuid() == 0 else []
    if as_user:
        shutil.chown(folder, user)
    data = folder / "data"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run(
        [*as_user, programs / "initdb", "-D", data, "-U", "brobygger", "--auth=trust", "-E", "UTF8", "--no-sync",
         "--locale=C.UTF-8"],
        check=True, cwd="/", **quiet,
    )  # fmt: skip
    port = _free_port()
    server = subprocess.Popen(
        [*as_user, programs / "postgres", "-D", data, "-p", str(port), "-c", "listen_addresses=127.0.0.1",
         "-c", f"unix_socket_directories={folder}", "-c", f"fsync={'on' if is_durable else 'off'}",
         "-c", "max_connections=60"],
        cwd="/", **quiet,
    )  # fmt: skip
    try:
        _wait_until_open(port, server)
        yield f"postgresql://brobygger@127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=20)
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_open(port: int, server: subprocess.Popen[bytes]) -> None:
    import psycopg

    for _ in range(200):
        if server.poll() is not None:
            raise RuntimeError("PostgreSQL ended while it was starting")
        try:
            psycopg.connect(f"postgresql://brobygger@127.0.0.1:{port}/postgres", connect_timeout=2).close()
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("PostgreSQL did not open its port within 20 seconds")
