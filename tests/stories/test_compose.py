"""What docker-compose.yml starts, as processes: its commands, its environment, its order, behind one address.

Hosts, ports and the folder of secrets are this machine's; everything else is read from the file.
"""

import asyncio
import contextlib
import re
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import yaml

from tests.conftest import Postgres
from tests.fakes.round_robin import round_robin
from tests.fakes.web_page import Visitor
from tests.house_rules.test_settings import values
from tests.ports import free_port
from tests.stories.installation import PROJECT

COMPOSE: Mapping[str, Any] = yaml.safe_load((PROJECT / "docker-compose.yml").read_text(encoding="utf-8"))
IMAGE = dict(re.findall(r"^(?:ENV|   ) ?([A-Z_]+)=(\S+)", (PROJECT / "Dockerfile").read_text(encoding="utf-8"), re.M))
SECONDS_TO_START = 120  # three processes and a database server on two cores
QUESTIONS = {
    "nb": ("hva koster barnehagen?", "Plass i barnehage"),
    "ar": ("كم تكلف الروضة؟", "مكان في الروضة"),
}


@dataclass(slots=True)
class Topology:
    """The services of the file on a database, a port for each process that listens."""

    folder: Path
    database_url: str
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)

    def environment(self, service: str, *, port: int) -> dict[str, str]:
        """As the container has it: the image's, the copy of .env.example, then the service's own."""
        own = {**IMAGE, **values(), **COMPOSE["services"][service]["environment"]}
        here = {
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": str(PROJECT),
            "BROBYGGER_HOST": "127.0.0.1",
            "BROBYGGER_PORT": str(port),
            "BROBYGGER_METRICS_HOST": "127.0.0.1",
            "BROBYGGER_METRICS_PORT": str(free_port()),
            "BROBYGGER_VECTORS": "none",  # the one thing that a test has smaller
            "BROBYGGER_CHECK_LINKS": "False",
        }
        return {name: value.replace("/run/secrets", str(self.folder)) for name, value in {**own, **here}.items()}

    def make_secrets(self) -> None:
        for name in COMPOSE["secrets"]:
            (self.folder / name).write_text(self.database_url if name == "database_url" else "", encoding="utf-8")

    def once(self, service: str, *command: str) -> str:
        """Run a service that ends by itself; what it printed."""
        done = subprocess.run(
            (sys.executable, "-m", "brobygger", *(command or COMPOSE["services"][service]["command"])),
            env=self.environment(service, port=0), cwd=self.folder, capture_output=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    def start(self, service: str, *, name: str) -> None:
        self.ports[name] = free_port()
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                (sys.executable, "-m", "brobygger", *COMPOSE["services"][service]["command"]),
                env=self.environment(service, port=self.ports[name]), cwd=self.folder, stderr=log, stdout=log,
            )  # fmt: skip

    async def is_healthy(self, name: str) -> None:
        """As the image's HEALTHCHECK asks."""
        async with httpx.AsyncClient() as client, asyncio.timeout(SECONDS_TO_START):
            while True:
                assert self.processes[name].poll() is None, self.log(name)
                with contextlib.suppress(httpx.TransportError):
                    if (await client.get(f"http://127.0.0.1:{self.ports[name]}/health")).status_code == 200:
                        return
                await asyncio.sleep(0.05)

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(encoding="utf-8")

    def end(self) -> None:
        for process in self.processes.values():
            if process.poll() is None:
                process.terminate()
        for process in self.processes.values():
            process.wait(timeout=SECONDS_TO_START)


@asynccontextmanager
async def one_address(ports: Mapping[str, int]) -> AsyncIterator[tuple[Counter[int], httpx.AsyncClient]]:
    """Who took how many connections, by port, and a client; as ops/nginx.conf does it."""
    front = free_port()
    limits = httpx.Limits(max_keepalive_connections=0)  # each request may meet another process
    async with (
        round_robin(front, list(ports.values())) as taken,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{front}", limits=limits, timeout=60) as client,
    ):
        yield taken, client


@pytest.fixture
def topology(postgres_engine: Postgres, tmp_path: Path) -> Iterator[Topology]:
    name = f"compose{uuid4().hex}"
    postgres_engine.create(name)
    made = Topology(tmp_path, postgres_engine.address(name))
    made.make_secrets()
    yield made
    made.end()
    postgres_engine.drop(name)


@pytest.mark.slow
async def test_the_services_of_the_file_answer_together_behind_one_address(topology: Topology) -> None:
    assert "DATABASE_URL" in IMAGE  # an SQLite file that the secret's file wins over
    topology.once("migrate")
    topology.once("migrate", "content", "import", str(PROJECT / "tests" / "library"))
    assert "fastlege" not in topology.once("prepare").casefold()  # an honest no: the tests' library has no doctor
    for service, name in (("chat", "chat-1"), ("chat", "chat-2"), ("worker", "worker")):
        topology.start(service, name=name)
    chats = [name for name in topology.processes if name.startswith("chat")]
    for name in chats:
        await topology.is_healthy(name)

    async with one_address({name: topology.ports[name] for name in chats}) as (taken, http):
        for language, (question, title) in QUESTIONS.items():
            chau = Visitor(http)
            await chau.open(f"/?lang={language}")
            for _ in range(4):
                assert (await chau.ask(question)).reply.startswith(title)
        shares = dict(taken)

        # The conversation goes on at whichever process takes the next message, also when one has gone.
        going_on = await chau.ask("أين النموذج؟")
        topology.processes["chat-1"].kill()
        topology.processes["chat-1"].wait()
        without_one = [(await chau.ask(QUESTIONS["ar"][0])).reply for _ in range(4)]

        # A restart, as the restart policy does it, takes part again.
        topology.start("chat", name="chat-1")
        await topology.is_healthy("chat-1")

    assert min(shares.values()) >= 4
    assert len(shares) == 2
    assert going_on.reply
    assert all(reply.startswith(QUESTIONS["ar"][1]) for reply in without_one)
    assert topology.processes["worker"].poll() is None, topology.log("worker")
    assert not (topology.folder / "var").exists()  # with PostgreSQL nothing is written beside it
    assert '"event"' in topology.log("chat-2")  # JSON, as the file says
