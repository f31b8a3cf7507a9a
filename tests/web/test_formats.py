import pytest

from app.web import formats


@pytest.mark.parametrize(
    ("amount", "code", "lang", "text"),
    [
        (1234, "EUR", "en", "€12.34"),
        (-1234, "USD", "en", "-$12.34"),
        (123456789, "USD", "en", "$1,234,567.89"),
        (1234, "JPY", "en", "¥1,234"),
        (12340, "KWD", "en", "KWD\u00a012.340"),
        (1234, "CHF", "en", "CHF\u00a012.34"),
        (1234, "EUR", "de", "12,34\u00a0€"),
        (1234, "USD", "fr", "12,34\u00a0$"),
        (0, "GBP", "en-GB", "£0.00"),
    ],
)
def test_money_reads_as_the_browser_writes_it(amount: int, code: str, lang: str, text: str) -> None:
    assert formats.money(amount, code, lang) == text


@pytest.mark.parametrize(("ppm", "text"), [(88750, "8.875%"), (200000, "20%"), (0, "0%"), (1, "0.0001%")])
def test_a_rate_shows_no_more_decimals_than_it_has(ppm: int, text: str) -> None:
    assert formats.percent(ppm, "en") == text


def test_a_moment_is_told_on_the_clock_of_the_restaurant() -> None:
    assert formats.moment("2026-11-21T18:04:05.123456Z", "en", "Europe/Berlin") == "21 Nov 2026, 19:04"


def test_a_clock_that_nobody_knows_is_utc() -> None:
    assert formats.moment("2026-11-21T18:04:05Z", "en", "Middle/Earth") == "21 Nov 2026, 18:04"
