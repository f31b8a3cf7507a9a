"""Payments: started by guests or staff, observed at the provider, ended by facts."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.actions.access import Access
from app.actions.desk import Desk
from app.actions.shapes import PaymentRequest


@dataclass(frozen=True, slots=True)
class PaymentStarted:
    """What the payer's own page is told. `client_secret` is absent while the provider's answer is in doubt.

    `checking` means that: the answer to the create was lost, and a job is finding out. `next_action` is
    `requires_action` where the payer's bank wants a confirmation.
    """

    id: str
    table_session_id: str
    status: str
    method: str
    currency: str
    amount: int
    tip_amount: int
    expires_at: datetime | None
    publishable_key: str | None = None
    client_secret: str | None = field(default=None, repr=False)
    next_action: str | None = None
    checking: bool = False
    decline: str | None = None
    receipt_token: str | None = field(default=None, repr=False)


async def start(
    desk: Desk, stream: str, request: PaymentRequest, *, by: Access, payment: str | None = None
) -> PaymentStarted:
    """Reserve what the request pays for and, for a card, make the intent at the provider.

    `payment` is the id the new payment gets (the subject of the request's idempotency key): asked again with the same
    id, a payment that exists is gone on with, never made twice.
    Raises `Refused` (`payment_open`, `amount_changed`, `below_minimum`, …), `NotFound`, `TooMany`.
    """
    raise NotImplementedError


async def state(desk: Desk, payment: str, *, by: Access) -> PaymentStarted:
    """Where a payment stands, for its payer or staff; looks at the provider first if it is still open there."""
    raise NotImplementedError


async def cancel(desk: Desk, payment: str, *, by: Access) -> PaymentStarted:
    """Let go of the share; what the provider knows of is cancelled there first. Raises `Refused` (`payment_ended`)."""
    raise NotImplementedError


async def observe(desk: Desk, payment: str) -> None:
    """Fetch the payment from the provider and append what the log does not know yet. Twice is the same as once."""
    raise NotImplementedError


async def status(desk: Desk, stream: str) -> dict[str, Any]:
    """`GET …/payment-status`, camelCase members as in the API."""
    raise NotImplementedError


async def receipt(desk: Desk, receipt_token: str) -> dict[str, Any]:
    """Everything a receipt page shows, by its unguessable token. Raises `NotFound`."""
    raise NotImplementedError


async def receipt_of(desk: Desk, payment: str, *, by: Access) -> dict[str, Any]:
    """The same by the payment's id, for its payer and staff."""
    raise NotImplementedError
