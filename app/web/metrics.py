"""What Prometheus is told about the HTTP side; one registry per application, so that tests can hold several."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 10, 30)

COUNTER = "_total"

Gauges = Callable[[], Mapping[str, float]]


class Spread(Protocol):
    """How values lie: how many up to each bound and not the one before (the last is above all), and their sum."""

    @property
    def bounds(self) -> Sequence[float]:
        """The upper ends of the buckets but the last one."""

    @property
    def counts(self) -> Sequence[int]:
        """How many values each bucket has."""

    @property
    def total(self) -> float:
        """The sum of all values."""


class Metrics:
    """Counts answers by route and status, and asks other rooms for their figures when it is scraped."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        labels = ("method", "route", "status")
        self._took = Histogram(
            "splittable_http_seconds", "Time to answer", labels, buckets=BUCKETS_S, registry=self.registry
        )
        self._limited = Counter(
            "splittable_http_limited", "Requests turned away by a limit", ("limit",), registry=self.registry
        )
        self._replayed = Counter(
            "splittable_idempotent_replays", "Answers given again to a known Idempotency-Key", registry=self.registry
        )

    def answered(self, method: str, route: str, status: int, took_s: float) -> None:
        """Count one answer; methods nobody knows are one, so that a caller cannot make up label values."""
        self._took.labels(method if method in METHODS else "other", route, str(status)).observe(took_s)

    def limited(self, limit: str) -> None:
        """Count a request that the limit named ``limit`` turned away."""
        self._limited.labels(limit).inc()

    def replayed(self) -> None:
        """Count an answer that was kept from an earlier request with the same key."""
        self._replayed.inc()

    def watch(self, prefix: str, figures: Gauges) -> None:
        """Show ``figures()`` as ``<prefix>_<name>`` at every scrape: counters where the name says so, else gauges."""
        self.registry.register(_Figures(prefix, figures))

    def watch_spreads(self, prefix: str, spreads: Mapping[str, Spread]) -> None:
        """Show ``spreads`` as histograms named ``<prefix>_<name>`` at every scrape."""
        self.registry.register(_Spreads(prefix, spreads))

    def add(self, collector: Collector) -> None:
        """Ask ``collector`` too at every scrape."""
        self.registry.register(collector)

    def text(self) -> bytes:
        """Everything in Prometheus' text format."""
        return generate_latest(self.registry)


class _Figures(Collector):
    def __init__(self, prefix: str, figures: Gauges) -> None:
        self._prefix = prefix
        self._figures = figures

    def collect(self) -> Iterable[Metric]:
        """One counter or gauge for each figure there is at this moment."""
        for name, value in self._figures().items():
            kind = CounterMetricFamily if name.endswith(COUNTER) else GaugeMetricFamily
            yield kind(f"{self._prefix}_{name}", name.removesuffix(COUNTER).replace("_", " "), value=value)


class _Spreads(Collector):
    def __init__(self, prefix: str, spreads: Mapping[str, Spread]) -> None:
        self._prefix = prefix
        self._spreads = spreads

    def collect(self) -> Iterable[Metric]:
        """One histogram for each spread."""
        for name, spread in self._spreads.items():
            histogram = HistogramMetricFamily(f"{self._prefix}_{name}", name.replace("_", " "))
            histogram.add_metric((), buckets(spread), spread.total)
            yield histogram


def buckets(spread: Spread) -> list[tuple[str, float]]:
    """The buckets as Prometheus wants them: how many values are up to each bound."""
    bounds = [*(str(bound) for bound in spread.bounds), "+Inf"]
    return list(zip(bounds, (float(count) for count in accumulate(spread.counts)), strict=True))
