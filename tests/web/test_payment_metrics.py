from datetime import UTC, datetime, timedelta

from app.actions.measuring import Measures
from app.web.metrics import Metrics
from app.web.payment_metrics import PaymentFigures
from tests.web.house import House

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_figures_of_payments_are_counters_and_histograms() -> None:
    measures, metrics = Measures(), Metrics()
    metrics.add(PaymentFigures(measures))
    measures.counts["payments", ("card", "succeeded")] += 3
    measures.worked_on(NOW - timedelta(seconds=3), NOW)
    lines = metrics.text().decode().splitlines()
    assert 'splittable_payments_total{method="card",outcome="succeeded"} 3.0' in lines
    assert "splittable_bill_conflicts_total 0.0" in lines
    assert 'splittable_webhook_lag_seconds_bucket{le="2.5"} 0.0' in lines
    assert 'splittable_webhook_lag_seconds_bucket{le="5.0"} 1.0' in lines
    assert "splittable_webhook_lag_seconds_count 1.0" in lines


async def test_a_running_house_tells_them(house: House) -> None:
    async with house.client() as anybody:
        assert "splittable_payments_total" in (await anybody.get("/metrics")).text.replace("# TYPE ", "")
