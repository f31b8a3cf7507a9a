"""static/shared/typed.js: what people type as an amount, in every language's way."""

import pytest

from tests.static.conftest import Run

pytestmark = pytest.mark.browser

READ = """
    const {Money} = await use('shared/money.js'), {amountOf} = await use('shared/typed.js')
    return amountOf(new Money(given[0], given[1]), given[2])
"""


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
    assert await run(READ, [code, locale, typed]) == amount


@pytest.mark.parametrize(
    ("code", "typed"),
    [
        ("EUR", ""), ("EUR", "-5"), ("EUR", "1.2.3"), ("EUR", "12.345.6"), ("EUR", "..5"), ("EUR", "one"),
        ("EUR", "12.3456"),
        ("JPY", "1.5"), ("KWD", "1.0005"), ("KWD", "1.234"), ("EUR", "9" * 16), ("EUR", "1,23,4"), ("EUR", "5%"),
    ],
)  # fmt: skip
async def test_what_is_no_amount_is_refused(run: Run, code: str, typed: str) -> None:
    assert await run(READ, [code, "en", typed]) is None


@pytest.mark.parametrize("locale", ["en", "de", "fr", "ja", "ar", "pt"])
async def test_what_is_written_into_a_field_is_read_back(run: Run, locale: str) -> None:
    script = """
        const {Money} = await use('shared/money.js'), {amountOf} = await use('shared/typed.js')
        const wrong = []
        for (const code of ["EUR", "JPY", "KWD"]) for (let amount = 0; amount < 2_000_000; amount += 76_530) {
            const money = new Money(code, given)
            const texts = [money.plain(amount), money.format(amount)]
            wrong.push(...texts.filter((text) => amountOf(money, text) !== amount))
        }
        return wrong
    """
    assert await run(script, locale) == []
