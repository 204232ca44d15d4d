"""What is measured, in Prometheus' form. The only module that knows its client.

What happens in this process is counted here as it happens; what stands in the database is read when somebody asks
(brobygger/observing.py) and handed to ``exposition``. No label ever names a person, an organisation or an answer.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from core import languages
from core.clock import now

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
WITHHELD = "withheld"  # in place of a language that would point at somebody
_QUICK = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.3, 0.5, 1, 2.5, 5, 10, 30, 60)

_registry = CollectorRegistry()
ProcessCollector(registry=_registry)
_turns = Counter(
    "brobygger_turns",
    "Messages that residents got a reply to, by what the reply was. Of safety the language is withheld.",
    ("channel", "language", "outcome"),
    registry=_registry,
)
_turn_seconds = Histogram(
    "brobygger_turn_seconds",
    "From when we had the message until its reply was decided and stored.",
    ("channel",),
    buckets=_QUICK,
    registry=_registry,
)
_turns_failed = Counter(
    "brobygger_turns_failed", "Tries to reply that ended in a failure of ours.", ("channel",), registry=_registry
)
_deliveries = Counter(
    "brobygger_deliveries",
    "Messages of organisations, and messages for one person, that came to a final state in this process.",
    ("state",),
    registry=_registry,
)
_job_runs = Counter("brobygger_job_runs", "Runs of a job that have ended.", ("name",), registry=_registry)
_job_failures = Counter("brobygger_job_failures", "Runs of a job that failed.", ("name",), registry=_registry)
_job_duration = Gauge(
    "brobygger_job_last_duration_seconds", "How long the last run of a job took.", ("name",), registry=_registry
)
_job_success = Gauge(
    "brobygger_job_last_success_timestamp_seconds",
    "When a job last ended without a failure.",
    ("name",),
    registry=_registry,
)


def begin_at_nothing(*, channels: Iterable[str], states: Iterable[str]) -> None:
    """Show what has not happened yet as 0: Prometheus sees no increase from nothing to one."""
    for channel in channels:
        _turns_failed.labels(channel)
    for state in states:
        _deliveries.labels(state)


def count_turn(channel: str, *, language: str, outcome: str, is_about_safety: bool, seconds: float) -> None:
    """A resident got a reply.

    In a small town "somebody who writes Tigrinya asked for help against violence" is a person: of safety no language.
    """
    known = language if language in languages.PROMISED else "other"
    _turns.labels(channel, WITHHELD if is_about_safety else known, outcome).inc()
    _turn_seconds.labels(channel).observe(max(seconds, 0.0))


def count_failed_turn(channel: str) -> None:
    """A try to reply ended in a failure of ours."""
    _turns_failed.labels(channel).inc()


def count_deliveries(state: str, number: int = 1) -> None:
    """So many deliveries came to this final state."""
    _deliveries.labels(state).inc(max(number, 0))


@contextmanager
def counted_job(name: str) -> Iterator[None]:
    """Around one run of a job: how long it took, and whether it failed. What it raises goes on."""
    began = now()
    failures = _job_failures.labels(name)
    try:
        yield
    except Exception:
        failures.inc()
        raise
    else:
        _job_success.labels(name).set(now().timestamp())
    finally:
        _job_runs.labels(name).inc()
        _job_duration.labels(name).set((now() - began).total_seconds())


@dataclass(frozen=True, slots=True)
class Reading:
    """One gauge that was read from outside this process, and its values by their labels."""

    name: str
    says: str
    labels: tuple[str, ...]
    values: Sequence[tuple[Sequence[str], float]]


def reading(name: str, says: str, value: float) -> Reading:
    """A gauge without labels."""
    return Reading(name, says, (), [((), value)])


def exposition(readings: Iterable[Reading] = ()) -> bytes:
    """All that was counted here, and these readings, in Prometheus' text format."""
    once = CollectorRegistry()
    once.register(_Readings(tuple(readings)))
    return generate_latest(_registry) + generate_latest(once)


class _Readings(Collector):
    def __init__(self, readings: tuple[Reading, ...]) -> None:
        self._readings = readings

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for one in self._readings:
            family = GaugeMetricFamily(one.name, one.says, labels=one.labels)
            for labels, value in one.values:
                family.add_metric(labels, value)
            yield family
