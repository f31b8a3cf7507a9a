"""static/shared/money.js: whole units in, text out, and back."""

import pytest

from app.domain.money import CURRENCIES
from app.web.formats import money, percent
from tests.static.conftest import Run

pytestmark = pytest.mark.browser


async def test_browser_and_server_know_the_same_currencies(run: Run) -> None:
    script = "const {currency} = await use('shared/money.js'); return given.map(currency)"
    known = await run(script, list(CURRENCIES))
    assert known == [{"code": c.code, "exponent": c.exponent, "step": c.step} for c in CURRENCIES.values()]


@pytest.mark.parametrize("code", ["EUR", "USD", "GBP", "JPY", "KWD", "CHF", "INR"])
async def test_browser_and_server_write_amounts_alike(run: Run, code: str) -> None:
    amounts = [0, 10, 990, 1230, 123_450, 98_765_430, 900_719_925_474_090]
    script = """
        const {Money} = await use('shared/money.js')
        const m = new Money(given[0], 'en')
        return given[1].map((a) => m.format(a))
    """
    assert await run(script, [code, amounts]) == [money(amount, code, "en") for amount in amounts]


async def test_browser_and_server_write_rates_alike(run: Run) -> None:
    rates = [0, 50_000, 88_750, 125_000, 190_000, 333_333, 1_000_000]
    script = "const {percent} = await use('shared/money.js'); return given.map((rate) => percent(rate, 'en'))"
    assert await run(script, rates) == [percent(rate, "en") for rate in rates]


@pytest.mark.parametrize(
    ("code", "locale", "typed", "amount"),
    [
        ("EUR", "en", "12.34", 1234),
        ("EUR", "en", " €12.3 ", 1230),
        ("EUR", "en", "12", 1200),
        ("EUR", "en", ".5", 50),
        ("EUR", "en", "1,234.50", 123_450),
        ("EUR", "en", "1,234", 123_400),
        ("EUR", "de", "1.234,50 €", 123_450),
        ("EUR", "de", "12,34", 1234),
        ("EUR", "en", "12,34", 1234),
        ("EUR", "en", "1 234,50", 123_450),
        ("EUR", "ar", "١٢٫٣٤", 1234),
        ("EUR", "en", "0.10", 10),
        ("JPY", "en", "1,234", 1234),
        ("KWD", "en", "3.340", 3340),
        ("KWD", "en", "1,234.5", 1_234_500),
        ("CHF", "de-CH", "1'234.50", 123_450),
        ("EUR", "en", "4.35", 435),
        ("EUR", "en", "1.005.000", 100_500_000),
    ],
)
async def test_what_people_type_is_read(run: Run, code: str, locale: str, typed: str, amount: int) -> None:
    script = "const {Money} = await use('shared/money.js'); return new Money(given[0], given[1]).parse(given[2])"
    assert await run(script, [code, locale, typed]) == amount


@pytest.mark.parametrize(
    ("code", "typed"),
    [
        ("EUR", ""), ("EUR", "-5"), ("EUR", "1.2.3"), ("EUR", "12.345.6"), ("EUR", "..5"), ("EUR", "one"),
        ("EUR", "12.3456"),
        ("JPY", "1.5"), ("KWD", "1.0005"), ("KWD", "1.234"), ("EUR", "9" * 16), ("EUR", "1,23,4"), ("EUR", "5%"),
    ],
)  # fmt: skip
async def test_what_is_no_amount_is_refused(run: Run, code: str, typed: str) -> None:
    script = "const {Money} = await use('shared/money.js'); return new Money(given[0], 'en').parse(given[1])"
    assert await run(script, [code, typed]) is None


@pytest.mark.parametrize("locale", ["en", "de", "fr", "ja", "ar", "pt"])
async def test_what_is_written_into_a_field_is_read_back(run: Run, locale: str) -> None:
    script = """
        const {Money} = await use('shared/money.js')
        const wrong = []
        for (const code of ["EUR", "JPY", "KWD"]) for (let amount = 0; amount < 2_000_000; amount += 76_530) {
            const money = new Money(code, given)
            const texts = [money.plain(amount), money.format(amount)]
            wrong.push(...texts.filter((text) => money.parse(text) !== amount))
        }
        return wrong
    """
    assert await run(script, locale) == []


async def test_a_percentage_is_rounded_half_up_to_whole_steps(run: Run) -> None:
    cases = [[2065, 100_000, 1], [1250, 50_000, 1], [13_880, 125_000, 10], [900_719_925_474_099, 150_000, 1]]
    script = "const {percentOf} = await use('shared/money.js'); return given.map(([a, p, s]) => percentOf(a, p, s))"
    assert await run(script, cases) == [207, 63, 1740, 135_107_988_821_115]
