"""A receipt as its page reads it: one flat table of what was paid, made from what the actions know."""

from collections.abc import Mapping
from typing import Any

NUMBER_CHARS = 8


def page(receipt: Mapping[str, Any], url: str | None = None) -> dict[str, Any]:
    """The page's members; what is not there is absent. ``url`` is where the receipt can be found again."""
    payment, restaurant = receipt["payment"], receipt["restaurant"]
    taxes = receipt["taxes"]
    shown: dict[str, Any] = {
        "restaurant": {
            "name": restaurant["name"],
            "address": restaurant.get("address") or None,
            "taxId": restaurant.get("taxNumber") or None,
        },
        "table": {"label": receipt["table"]},
        "number": payment["id"][-NUMBER_CHARS:],
        "paidAt": payment.get("paidAt"),
        "currency": receipt["currency"],
        "taxInclusive": receipt["taxInclusive"],
        "payer": payment.get("guest") or None,
        "method": payment["method"],
        "card": _card(payment.get("card")),
        "status": payment["status"],
        "lines": [_line(line, payment.get("guest")) for line in receipt["lines"]],
        "subtotal": payment["amount"] - sum(taxes.values()),
        "taxes": [{"ppm": int(ppm), "tax": tax} for ppm, tax in sorted(taxes.items(), key=lambda one: int(one[0]))],
        "tip": payment["tip"],
        "rounding": payment["rounding"] or None,
        "total": payment["total"],
        "refunded": payment["refunded"],
        "receiptUrl": url,
    }
    return _present(shown)


def _line(line: Mapping[str, Any], payer: str | None) -> dict[str, Any]:
    treated = [person["name"] for person in line["for"] if person["name"] != payer]
    return _present(
        {
            "name": line["name"],
            "quantity": line["quantity"],
            "modifiers": line["modifiers"],
            "amount": line["paid"],
            "of": line["charged"],
            "for": ", ".join(name for name in treated if name) or None,
        }
    )


def _card(card: str | None) -> dict[str, str] | None:
    brand, _, last4 = (card or "").rpartition(" ")
    return {"brand": brand, "last4": last4} if last4 else None


def _present(members: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in members.items() if value is not None}
    return {name: _present(value) if isinstance(value, dict) else value for name, value in kept.items()}
