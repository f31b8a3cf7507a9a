from app.web.metrics import Metrics


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
