from app.web.metrics import Metrics
from realtime.figures import Spread


def test_answers_are_counted_by_route_and_status() -> None:
    metrics = Metrics()
    metrics.answered("GET", "/t/{code}", 200, 0.02)
    metrics.answered("GET", "/t/{code}", 200, 0.02)
    line = b'splittable_http_seconds_count{method="GET",route="/t/{code}",status="200"} 2.0'
    assert line in metrics.text()


def test_a_caller_cannot_make_up_labels() -> None:
    metrics = Metrics()
    for number in range(50):
        metrics.answered(f"BREW{number}", "unknown", 405, 0.001)
    assert b"BREW" not in metrics.text()
    assert b'method="other"' in metrics.text()


def test_figures_of_other_rooms_are_asked_for_at_every_scrape() -> None:
    metrics, figures = Metrics(), {"sockets": 1.0}
    metrics.watch("realtime", lambda: figures)
    assert b"realtime_sockets 1.0" in metrics.text()
    figures["sockets"] = 7.0
    assert b"realtime_sockets 7.0" in metrics.text()


def test_a_figure_whose_name_says_so_is_a_counter() -> None:
    metrics = Metrics()
    metrics.watch("realtime", lambda: {"sockets": 1.0, "writes_total": 3.0})
    assert b"# TYPE realtime_sockets gauge" in metrics.text()
    assert b"# TYPE realtime_writes_total counter" in metrics.text()
    assert b"realtime_writes_total 3.0" in metrics.text()


def test_a_spread_is_a_histogram() -> None:
    metrics, spread = Metrics(), Spread((0.1, 1.0))
    metrics.watch_spreads("realtime", {"seconds": spread})
    for value in (0.05, 0.5, 5.0):
        spread.add(value)
    told = metrics.text()
    assert b'realtime_seconds_bucket{le="0.1"} 1.0' in told
    assert b'realtime_seconds_bucket{le="1.0"} 2.0' in told
    assert b'realtime_seconds_bucket{le="+Inf"} 3.0' in told
    assert b"realtime_seconds_sum 5.55" in told


def test_what_is_turned_away_or_repeated_is_counted() -> None:
    metrics = Metrics()
    metrics.limited("joins")
    metrics.replayed()
    assert b'splittable_http_limited_total{limit="joins"} 1.0' in metrics.text()
    assert b"splittable_idempotent_replays_total 1.0" in metrics.text()


def test_two_applications_count_apart() -> None:
    one, other = Metrics(), Metrics()
    one.limited("joins")
    assert b"joins" not in other.text()
