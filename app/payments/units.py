"""Stripe's units: how an amount in our minor unit is counted on the other side of the seam, and back."""

from app.payments.gateway import Refused

IN_HUNDREDS = frozenset(("ISK", "UGX"))
"""Currencies without a minor unit that Stripe counts in hundredths, for history's sake: 1500 ISK is 150000."""

THREE_DECIMAL = frozenset(("BHD", "JOD", "KWD", "OMR", "TND"))
"""Currencies in thousandths; the card networks carry hundredths, so amounts come in tens."""

_TENS = 10
_HUNDREDS = 100


def to_stripe(amount: int, currency: str) -> int:
    """Say how Stripe counts this amount; raises `Refused` for thousandths that no card can carry."""
    if currency in THREE_DECIMAL and amount % _TENS:
        raise Refused("amount_step", f"{currency} amounts are charged in tens", "amount")
    return amount * _HUNDREDS if currency in IN_HUNDREDS else amount


def from_stripe(amount: int, currency: str) -> int:
    """Say how we count what Stripe told; raises `Refused` for a fraction that this money does not have."""
    if currency not in IN_HUNDREDS:
        return amount
    whole, rest = divmod(amount, _HUNDREDS)
    if rest:
        raise Refused("amount_unreadable", f"{currency} has no hundredths", "amount")
    return whole
