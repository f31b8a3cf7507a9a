"""Money, rates and moments as people read them, for the first paint; the browser's Intl writes them the same way."""

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale
from babel.dates import format_datetime
from babel.numbers import format_currency, format_percent, get_currency_symbol

from app.domain.money import currency

PPM = 1_000_000
NARROW = {"USD": "$", "CAD": "$", "AUD": "$", "NZD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹", "KRW": "₩"}
"""At one table there is one currency: US$ and CA$ say more than anybody asks."""


def money(amount: int, code: str, lang: str) -> str:
    """``money(1234, "EUR", "en")`` is €12.34, with as many decimals as the currency has."""
    exponent = currency(code).exponent
    locale = _locale(lang)
    wide = get_currency_symbol(code, locale)
    symbol = NARROW.get(code, wide)
    pattern = locale.currency_formats["standard"].pattern
    if symbol[-1].isalpha():
        pattern = pattern.replace("¤#", "¤\u00a0#")
    pattern = pattern.replace(".00", "." + "0" * exponent if exponent else "")
    value = Decimal(amount).scaleb(-exponent)
    return format_currency(value, code, pattern, locale, currency_digits=False).replace(wide, symbol)


def percent(ppm: int, lang: str) -> str:
    """``percent(88750, "en")`` is 8.875%."""
    locale = _locale(lang)
    pattern = locale.percent_formats[None].pattern.replace("0%", "0.####%").replace("0\u00a0%", "0.####\u00a0%")
    return format_percent(Decimal(ppm) / PPM, pattern, locale)


def moment(at: str | datetime, lang: str, timezone: str = "UTC") -> str:
    """``moment("2026-11-21T18:04:05Z", "en")`` is 21 Nov 2026, 18:04, on the restaurant's clock."""
    when = datetime.fromisoformat(at) if isinstance(at, str) else at
    locale = _locale(lang)
    try:
        zone = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError):
        zone = ZoneInfo("UTC")
    return format_datetime(when.astimezone(zone), "d MMM y, HH:mm", locale=locale)


def _locale(lang: str) -> Locale:
    return Locale.parse(lang.replace("-", "_"))
