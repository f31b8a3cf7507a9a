"""Answers about money on its way back."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from app.web.shown import Amount, Method, Reply


class Person(Reply):
    """A member of staff."""

    id: str
    name: str


class Refund(Reply):
    """Money that goes back to a payer, or that somebody wants sent back. The payer gets amount, tip and rounding."""

    id: str
    payment_id: Annotated[str | None, Field(description="absent while it is asked for a whole table")] = None
    table_session_id: str
    table: str | None = None
    payment_method: Method | None = None
    card: str | None = None
    guest: str | None = None
    currency: str
    amount: Annotated[int, Field(description="minor units, without the tip")]
    tip_amount: Amount
    rounding: Annotated[int | None, Field(description="what cash is rounded by; may be below 0")] = None
    state: Literal["asked", "declined", "withdrawn", "planned", "pending", "succeeded", "failed"]
    cause: Literal["staff", "credit", "surplus", "provider", "dispute"]
    reason: str
    owed_again: bool
    what: dict[str, Any]
    asked_by: Person | None = None
    asked_at: datetime
    decided_by: Person | None = None
    decided_at: datetime | None = None
    ended_at: datetime | None = None
    provider_status: str | None = None
    failure_reason: str | None = None
    checking: bool | None = None
    allocations: dict[str, dict[str, int]] | None = None
    surplus: Amount | None = None


class Refunds(Reply):
    """What came of one wish: a refund for each payment that gives something back."""

    refunds: list[Refund]


class RefundPage(Refunds):
    """A page of them, the newest first."""

    next: Annotated[str | None, Field(description="the cursor of the page after")] = None


class Dispute(Reply):
    """A payer's bank wants money back. ``withdrawn`` is what the provider holds back of ours for it."""

    id: str
    payment_id: str
    table_session_id: str
    table: str | None = None
    currency: str
    amount: Amount
    withdrawn: Amount
    reason: str
    state: Literal["open", "won", "lost", "withdrawn", "unknown"]
    provider_status: str
    respond_by: datetime | None = None
    opened_at: datetime
    closed_at: datetime | None = None
    evidence_url: str


class DisputePage(Reply):
    """A page of them, the newest first."""

    disputes: list[Dispute]
    next: Annotated[str | None, Field(description="the cursor of the page after")] = None


class Evidence(Reply):
    """What can be shown for a disputed payment: bill, visit, payment, refunds, receipt and events."""

    dispute: Dispute
    visit: dict[str, Any]
    bill: dict[str, Any]
    payment: dict[str, Any]
    refunds: list[Refund]
    events: list[dict[str, Any]]
