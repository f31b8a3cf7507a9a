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


async def test_a_percentage_is_rounded_half_up_to_whole_steps(run: Run) -> None:
    cases = [[2065, 100_000, 1], [1250, 50_000, 1], [13_880, 125_000, 10], [900_719_925_474_099, 150_000, 1]]
    script = "const {percentOf} = await use('shared/money.js'); return given.map(([a, p, s]) => percentOf(a, p, s))"
    assert await run(script, cases) == [207, 63, 1740, 135_107_988_821_115]
