"""Why a command may not happen: a stable code, a sentence for people, and the figures that explain it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

STATUS: Mapping[str, int] = {
    "not_found": 404,
    "forbidden": 403,
    "invalid": 422,
    "not_open": 409,
    "session_closed": 409,
    "already_paid": 409,
    "review_decided": 409,
    "request_claimed": 409,
    "share_being_paid": 409,
    "payment_open": 409,
    "payment_ended": 409,
    "amount_changed": 409,
    "line_voided": 409,
    "sold_out": 409,
    "below_minimum": 409,
    "percent_over_100": 409,
    "nothing_to_pay": 409,
    "nothing_to_refund": 409,
    "payment_disputed": 409,
    "refund_ended": 409,
    "still_owed": 409,
    "table_taken": 409,
    "finding_closed": 409,
    "provider_unavailable": 503,
    "not_connected": 409,
    "drawer_open": 409,
    "no_drawer": 409,
    "group_open": 409,
    "unknown_gift_card": 404,
    "gift_card_empty": 409,
    "gift_card_expired": 409,
    "gift_card_blocked": 409,
    "gift_card_not_for_this": 409,
    "gift_card_short": 409,
    "gift_card_used": 409,
    "hold_open": 409,
    "hold_busy": 409,
    "hold_ended": 409,
    "raise_not_offered": 409,
    "fully_booked": 409,
    "not_bookable": 409,
    "booking_ended": 409,
    "too_many": 429,
}
"""The HTTP status of each code; the same words come over the socket as ``err``."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """``Refusal("already_paid", "Ana has paid for Tacos", {"guest": "g_3"})``; figures are minor units or ids."""

    code: str
    detail: str
    figures: Mapping[str, object] = field(default_factory=dict)

    @property
    def status(self) -> int:
        """The HTTP status that goes with the code."""
        return STATUS[self.code]
