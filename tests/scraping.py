"""What Prometheus would read of a process, and promtool where Debian's package prometheus is installed."""

import shutil
from dataclasses import dataclass, field

import httpx
from prometheus_client.parser import text_string_to_metric_families

from brobygger.observing import application
from brobygger.preparing import House
from core.settings import Settings
from tests.conftest import Town

PROMTOOL = shutil.which("promtool")


def house_of(town: Town, **environ: str) -> House:
    """A town as a process knows it."""
    settings = Settings.from_env({"BROBYGGER_VECTORS": "none", **environ})
    return House(settings, town.database, town.knowledge.encoder, town.knowledge, town.desk)


@dataclass(frozen=True, slots=True)
class Scrape:
    """All that one look found: values by name and labels."""

    text: str
    values: dict[tuple[str, frozenset[tuple[str, str]]], float] = field(default_factory=dict)

    def get(self, name: str, /, **labels: str) -> float:
        """One value; 0 where there is none yet."""
        return self.values.get((name, frozenset(labels.items())), 0.0)

    def labels(self, name: str) -> list[dict[str, str]]:
        """The labels under which there is something of this name."""
        return [dict(labels) for one, labels in self.values if one == name]


def read(text: str) -> Scrape:
    """Read the text format."""
    families = text_string_to_metric_families(text)
    samples = [one for family in families for one in family.samples]
    return Scrape(text, {(one.name, frozenset(one.labels.items())): one.value for one in samples})


async def ask(house: House, path: str, *, answers: bool = True) -> httpx.Response:
    """A page of the port for operators."""
    through = httpx.ASGITransport(app=application(house, answers=answers))
    async with httpx.AsyncClient(transport=through, base_url="http://metrics.test") as client:
        return await client.get(path)


async def scrape(town: Town) -> Scrape:
    """One look at /metrics."""
    response = await ask(house_of(town), "/metrics")
    assert response.status_code == 200
    return read(response.text)
