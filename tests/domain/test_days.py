from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.domain.days import Calendar

ZURICH = Calendar("Europe/Zurich", 240)


def at(*moment: int) -> datetime:
    return datetime(*moment, tzinfo=UTC)  # type: ignore[arg-type,misc]


def test_a_night_belongs_to_the_evening_before() -> None:
    assert ZURICH.day_of(at(2026, 11, 22, 2, 59)).date == date(2026, 11, 21)
    assert ZURICH.day_of(at(2026, 11, 22, 3, 0)).date == date(2026, 11, 22)


def test_a_day_is_where_the_restaurant_is() -> None:
    day = ZURICH.day(date(2026, 7, 1))
    assert (day.start, day.end) == (at(2026, 7, 1, 2), at(2026, 7, 2, 2))


def test_a_day_on_which_clocks_change_is_an_hour_longer_or_shorter() -> None:
    midnight = Calendar("Europe/Zurich", 0)
    spring, autumn = midnight.day(date(2026, 3, 29)), midnight.day(date(2026, 10, 25))
    assert (spring.end - spring.start, autumn.end - autumn.start) == (timedelta(hours=23), timedelta(hours=25))


def test_a_zone_nobody_knows_is_utc() -> None:
    assert Calendar("Mars/Olympus", 0).day(date(2026, 1, 1)).start == at(2026, 1, 1)


@given(st.integers(0, 3 * 365 * 24 * 60), st.integers(0, 1439))
def test_every_moment_belongs_to_one_day(minutes: int, starts: int) -> None:
    moment = at(2025, 1, 1) + timedelta(minutes=minutes)
    for zone in ("America/New_York", "Asia/Kolkata", "Pacific/Auckland"):
        calendar = Calendar(zone, starts)
        day = calendar.day_of(moment)
        assert day.start <= moment < day.end
        assert calendar.day(day.date) == day
