"""What Prometheus is told about the HTTP side; one registry per application, so that tests can hold several."""

from collections.abc import Callable, Iterable, Mapping

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 10, 30)

Gauges = Callable[[], Mapping[str, float]]


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
        """Show ``figures()`` as gauges named ``<prefix>_<name>`` at every scrape."""
        self.registry.register(_Figures(prefix, figures))

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
        """One gauge for each figure there is at this moment."""
        for name, value in self._figures().items():
            yield GaugeMetricFamily(f"{self._prefix}_{name}", name.replace("_", " "), value=value)
