"""When a hold has to be seen to next."""

from datetime import UTC, datetime, timedelta

from app.actions.hold_rows import ALERT_BEFORE, DEADLINE_BEFORE, deadline_of, next_time
from app.domain.hold import Hold

NOW = datetime(2026, 3, 6, 19, 0, tzinfo=UTC)


def hold(**more: object) -> Hold:
    return Hold("tab", "ana", 5000, NOW, **{"status": "authorized", **more})  # type: ignore[arg-type]


def test_a_hold_is_captured_or_given_back_half_a_day_before_the_bank_lets_go_of_it() -> None:
    week = NOW + timedelta(days=7)
    assert deadline_of(hold(capture_before=week)) == week - DEADLINE_BEFORE
    assert deadline_of(hold()) is None


def test_a_hold_that_the_bank_keeps_briefly_has_half_of_that_time() -> None:
    assert deadline_of(hold(capture_before=NOW + timedelta(hours=10))) == NOW + timedelta(hours=5)


def test_it_is_seen_to_daily_then_for_the_alarm_and_then_at_its_deadline() -> None:
    tab = hold(capture_before=NOW + timedelta(days=7))
    deadline = deadline_of(tab)
    assert deadline is not None
    assert next_time(tab, NOW) == NOW + timedelta(days=1)
    late = deadline - timedelta(hours=3)
    assert next_time(tab, late) == deadline - ALERT_BEFORE
    assert next_time(hold(capture_before=tab.capture_before, alerted=True), late) == deadline


def test_what_is_under_way_is_looked_at_soon_and_what_has_ended_never() -> None:
    assert next_time(hold(status="capturing"), NOW, first=True) == NOW + timedelta(seconds=30)
    assert next_time(hold(status="releasing"), NOW) == NOW + timedelta(minutes=2)
    expires = NOW + timedelta(seconds=20)
    assert next_time(hold(status="placed", expires_at=expires), NOW) == expires
    assert next_time(hold(status="captured"), NOW) is None
