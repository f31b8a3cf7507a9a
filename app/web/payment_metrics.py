"""The figures of payments, as Prometheus reads them."""

from collections.abc import Iterable

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from app.actions.measuring import COUNTERS, SPREADS, Measures
from app.web.metrics import buckets

PREFIX = "splittable_"


class PaymentFigures(Collector):
    """Reads the measures of a process at every scrape. A counter without labels is there from the start, at 0."""

    def __init__(self, measures: Measures) -> None:
        self._measures = measures

    def collect(self) -> Iterable[Metric]:
        """Every counter and every histogram."""
        for name, (about, labels) in COUNTERS.items():
            counter = CounterMetricFamily(PREFIX + name, about, labels=labels)
            found = {key[1]: count for key, count in self._measures.counts.items() if key[0] == name}
            for values, count in (found or ({} if labels else {(): 0})).items():
                counter.add_metric(values, count)
            yield counter
        for name, (about, labels, _) in SPREADS.items():
            histogram = HistogramMetricFamily(PREFIX + name, about, labels=labels)
            for (of, values), spread in self._measures.spreads.items():
                if of == name:
                    histogram.add_metric(values, buckets(spread), spread.total)
            yield histogram
