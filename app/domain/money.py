"""Currencies, and the one way in which an amount is divided.

Money is a plain `int`: a count of the currency's minor unit (1234 in USD is $12.34, in JPY it is ¥1,234, in KWD it is
1.234 dinar). No float and no fraction is needed to divide it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["CURRENCIES", "Currency", "UnknownCurrency", "allocate", "cash_rounding", "currency"]


class UnknownCurrency(ValueError):
    """The code is not one of the currencies that bills are kept in."""


@dataclass(frozen=True, slots=True)
class Currency:
    """What the arithmetic must know of a currency: CHF has exponent 2, step 1, cash step 5, card minimum 50.

    All amounts are minor units. `step`: every amount on a bill is a multiple of it. `cash_step`: what coins can pay.
    `card_minimum`: the smallest amount that a card payment may have.
    """

    code: str
    exponent: int
    step: int
    cash_step: int
    card_minimum: int


# Minor units are counted as cards count them. Three-decimal currencies are charged in tens.
_STEPS = {0: 1, 2: 1, 3: 10}
_CODES = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW MGA PYG RWF UGX VND VUV XAF XOF XPF",
    2: (
        "AED ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BWP BYN BZD CAD CHF CNY COP CRC CVE CZK "
        "DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR JMD KES KGS KHR KYD "
        "KZT LAK LBP LKR LRD LSL MAD MDL MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK "
        "PHP PKR PLN QAR RON RSD SAR SBD SCR SEK SGD SHP SOS SRD STN SZL THB TJS TOP TRY TTD TWD TZS UAH USD UYU UZS "
        "WST XCD YER ZAR ZMW"
    ),
    3: "BHD JOD KWD OMR TND",
}
_CASH_STEPS = {
    "AUD": 5, "CAD": 5, "CHF": 5, "CZK": 100, "DKK": 50, "HKD": 10, "HUF": 500, "IDR": 10_000, "ILS": 10, "INR": 50,
    "KRW": 10, "MYR": 5, "NOK": 100, "NZD": 10, "SEK": 100, "SGD": 5, "THB": 25, "TWD": 100, "ZAR": 10,
}  # fmt: skip
_CARD_MINIMUMS = {
    "AED": 200, "AUD": 50, "BGN": 100, "BHD": 200, "BRL": 50, "CAD": 50, "CHF": 50, "CLP": 500, "COP": 200_000,
    "CZK": 1_500, "DKK": 250, "EUR": 50, "GBP": 30, "HKD": 400, "HUF": 17_500, "IDR": 1_000_000, "ILS": 200, "INR": 50,
    "ISK": 75, "JOD": 400, "JPY": 50, "KRW": 750, "KWD": 200, "MXN": 1_000, "MYR": 200, "NOK": 300, "NZD": 50,
    "OMR": 200, "PHP": 3_000, "PLN": 200, "RON": 200, "SAR": 200, "SEK": 300, "SGD": 50, "THB": 1_000, "TND": 2_000,
    "TRY": 2_500, "TWD": 2_000, "UGX": 2_000, "USD": 50, "VND": 13_000, "XAF": 350, "XOF": 350, "ZAR": 1_000,
}  # fmt: skip
# Where no minimum is published, the provider decides; the refusal then comes from there.
_CARD_MINIMUM_DEFAULTS = {0: 50, 2: 50, 3: 500}


def _table() -> dict[str, Currency]:
    return {code: _describe(code, exponent) for exponent, codes in _CODES.items() for code in codes.split()}


def _describe(code: str, exponent: int) -> Currency:
    step = _STEPS[exponent]
    minimum = _CARD_MINIMUMS.get(code, _CARD_MINIMUM_DEFAULTS[exponent])
    return Currency(code, exponent, step, _CASH_STEPS.get(code, step), minimum)


CURRENCIES: dict[str, Currency] = _table()


def currency(code: str) -> Currency:
    """Look up an ISO 4217 code in capitals; raises `UnknownCurrency`."""
    try:
        return CURRENCIES[code]
    except KeyError:
        raise UnknownCurrency(code) from None


def allocate(
    total: int, weights: Sequence[int], *, step: int = 1, rotation: int = 0, open_weight: int = 0
) -> tuple[list[int], int]:
    """Divide `total` by `weights` in whole steps, by largest remainder: the amounts, and what stays open.

    `weights` stand in joining order. A tie goes to the earlier of those who take part, after rotating them left by
    `rotation`; `open_weight` is one more part, which comes last in a tie. The amounts and the open rest always add up
    to `total`. When all weights are zero everything stays open. 100 by (1, 1, 1) is 34, 33, 33; -100 mirrors it.

    Raises `ValueError` when `total` is not a whole number of steps or a weight is negative.
    """
    if total % step or open_weight < 0 or any(weight < 0 for weight in weights):
        raise ValueError(f"cannot divide {total} in steps of {step} by {list(weights)} and {open_weight}")
    if total < 0:
        amounts, rest = allocate(-total, weights, step=step, rotation=rotation, open_weight=open_weight)
        return [-amount for amount in amounts], -rest
    whole = sum(weights) + open_weight
    if whole == 0:
        return [0] * len(weights), total
    steps = total // step
    shares = [divmod(steps * weight, whole) for weight in (*weights, open_weight)]
    parts = [share for share, _ in shares]
    if left_over := steps - sum(parts):
        for index in _largest_remainders([rest for _, rest in shares], weights, rotation)[:left_over]:
            parts[index] += 1
    return [part * step for part in parts[:-1]], parts[-1] * step


def _largest_remainders(remainders: list[int], weights: Sequence[int], rotation: int) -> list[int]:
    """Indices in the order in which they get a left-over step; the last index is the open part."""
    joined = [index for index, weight in enumerate(weights) if weight]
    turn = rotation % len(joined) if joined else 0
    order = [*joined[turn:], *joined[:turn], len(weights)]
    return sorted(order, key=lambda index: -remainders[index])  # A stable sort: a tie keeps this order.


def cash_rounding(amount: int, cash_step: int) -> int:
    """What coins add to `amount` (or take from it) to reach the nearest cash step; half a step goes up."""
    return (amount + cash_step // 2) // cash_step * cash_step - amount
