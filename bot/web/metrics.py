"""What Prometheus reads: the store's figures as they are now, and what this process has seen since its start."""

import asyncio
import hashlib
import logging
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import urlsplit

from aiohttp import web
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from bot.errors import Fault
from bot.service import Clock
from bot.store import Store
from bot.store.figures import Figures, figures

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each counter, which nobody asks for

_LATE = (15, 60, 600, 3600, 21_600)  # seconds: a tick, a minute, an alert, an hour, and from 6 h on folded together
_MOST_EVENTS = 200  # kinds: more would mean that somebody logs text, not events


class Metrics:
    """The page at /metrics. Reads the store only when it is asked for."""

    def __init__(self, store: Store, clock: Clock, patience: float) -> None:
        """patience: the seconds after which the database's figures are left out."""
        self._patience = patience
        self._store = store
        self._clock = clock
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self.events = EventCounter(self._registry)
        self.lag = Gauge(
            "paper_round_loop_lag_seconds", "Longest wait for the event loop lately.", registry=self._registry
        )

    async def page(self, _request: web.Request) -> web.Response:
        families = await self._families()
        body = generate_latest(self._registry) + generate_latest(_registry_of(families))
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})

    async def _families(self) -> list[GaugeMetricFamily]:
        up = GaugeMetricFamily("paper_round_database_up", "Whether the database answers.")
        try:
            async with asyncio.timeout(self._patience):
                found = await figures(self._store.database, self._clock())
        except (Fault, TimeoutError):
            up.add_metric((), 0)
            return [up]
        up.add_metric((), 1)
        return [up, *_families(found)]


class EventCounter(logging.Handler):
    """Counts our log's events by name, and how late digests were: what is worth a line is worth a number."""

    def __init__(self, registry: CollectorRegistry) -> None:
        super().__init__(logging.INFO)
        labels = ("event", "level")
        self._counter = Counter("paper_round_events", "Events logged since the start.", labels, registry=registry)
        told = "How late digests were when they were composed, in seconds."
        self._late = Histogram("paper_round_digest_late_seconds", told, buckets=_LATE, registry=registry)
        self._known: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        event = str(record.msg)
        if len(self._known) < _MOST_EVENTS:
            self._known.add(event)
        self._counter.labels(event if event in self._known else "other", record.levelname.lower()).inc()
        if (late := vars(record).get("late_s")) is not None:
            self._late.observe(late)


class _Given(Collector):
    def __init__(self, families: Iterable[GaugeMetricFamily]) -> None:
        self._families = families

    def collect(self) -> Iterable[GaugeMetricFamily]:
        return self._families


def _registry_of(families: Iterable[GaugeMetricFamily]) -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(_Given(families))
    return registry


def _families(found: Figures) -> Iterator[GaugeMetricFamily]:
    yield _gauge("papers", "Papers stored.", {(): found.papers})
    yield _gauge("papers_sighted", "Papers on a source's lists of 7 days.", _keyed(_called(found.sighted)), "source")
    yield _gauge("digests", "Digests composed and kept.", _keyed(found.digests), "kind")
    yield _gauge("deliveries", "Messages kept, by state.", found.deliveries, "platform", "state")
    yield _gauge("deliveries_due", "Messages that may be sent now.", _keyed(found.due), "platform")
    yield _gauge("digests_overdue", "Slots that have come and are not composed yet.", {(): found.overdue})
    yield _gauge("waiting_late_seconds", "How late the most overdue message is.", {(): found.waiting_late_seconds})
    yield _gauge("sent_late_seconds", "How late the latest one of the last hour came.", {(): found.sent_late_seconds})
    failures = _called({one.source: one.failures for one in found.sources})
    yield _gauge("source_failures", "Failures in a row.", _keyed(failures), "source")
    times = {one.source: one.last_success_at.timestamp() for one in found.sources if one.last_success_at}
    successes = _called(times)
    yield _gauge("source_success_timestamp_seconds", "When it last answered.", _keyed(successes), "source")
    stale = _called({one.source: one.stale_since is not None for one in found.sources})
    yield _gauge("source_stale", "Whether it told nothing new on a day that should have some.", _keyed(stale), "source")


def _called(values: Mapping[str, float]) -> dict[str, float]:
    """The same by names that are safe to show: a feed's address can hold a secret, so its host stands for it."""
    return {shown_name(source): value for source, value in values.items()}


def shown_name(source: str) -> str:
    """The name of a source, without what nobody may read."""
    kind, _, address = source.partition(":")
    if kind != "feed":
        return source
    return f"feed:{urlsplit(address).hostname}#{hashlib.sha256(address.encode()).hexdigest()[:6]}"


def _gauge(name: str, help: str, values: Mapping[tuple[str, ...], float], *labels: str) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"paper_round_{name}", help, labels=labels)
    for names, value in sorted(values.items()):
        family.add_metric(names, float(value))
    return family


def _keyed(values: Mapping[str, float]) -> dict[tuple[str, ...], float]:
    return {(name,): value for name, value in values.items()}
