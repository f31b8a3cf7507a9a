"""Money beside the log."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import CheckConstraint, Field, Index, SQLModel

from app.storage.columns import Json, Utc, one_of

PAYMENT_STATES = ("initiated", "awaiting", "processing", "authorized", "succeeded", "canceled", "refused")
PAYMENT_METHODS = ("card", "cash", "terminal", "giftCard")
CALL_STATES = ("planned", "sent", "answered", "refused", "looked_up")


class Payment(SQLModel, table=True):
    """One tender, as the log tells it, with what its payer's page and the provider need to find it.

    `next_look_at` is when to ask the provider about it again (NULL: not watched), `looks` how often that was done.
    `receipt_token` is the unguessable end of the receipt's address. `destination` is the restaurant's own account that
    the money goes to, less `application_fee`; `fee` is what the provider kept, known only some time after the success.
    """

    __tablename__ = "payments"
    __table_args__ = (
        one_of("state", PAYMENT_STATES),
        one_of("method", PAYMENT_METHODS),
        CheckConstraint("amount >= 0 AND tip >= 0", name="amount"),
        Index("ix_payments_day", "restaurant_id", "created_at"),
    )

    id: str = Field(primary_key=True, max_length=26)
    stream: str = Field(foreign_key="table_sessions.id", index=True, max_length=26)
    restaurant_id: str = Field(foreign_key="restaurants.id", index=True, max_length=26)
    guest_id: str | None = Field(default=None, max_length=26)
    method: str = Field(max_length=16)
    currency: str = Field(max_length=3)
    amount: int = Field(sa_type=sa.BigInteger)
    tip: int = Field(default=0, sa_type=sa.BigInteger)
    rounding: int = Field(default=0, sa_type=sa.BigInteger)
    fee: int | None = Field(default=None, sa_type=sa.BigInteger)
    state: str = Field(max_length=16)
    released: bool = False
    captured: int = Field(default=0, sa_type=sa.BigInteger)
    refunded: int = Field(default=0, sa_type=sa.BigInteger)
    surplus: int = Field(default=0, sa_type=sa.BigInteger)
    intent_id: str | None = Field(default=None, unique=True, max_length=64)
    client_secret: str | None = Field(default=None, max_length=200)
    charge_id: str | None = Field(default=None, max_length=64)
    account: str | None = Field(default=None, max_length=64)
    destination: str | None = Field(default=None, max_length=64)
    application_fee: int | None = Field(default=None, sa_type=sa.BigInteger)
    card_brand: str | None = Field(default=None, max_length=40)
    card_last4: str | None = Field(default=None, max_length=4)
    decline_code: str | None = Field(default=None, max_length=64)
    provider_status: str | None = Field(default=None, max_length=64)
    evidence: dict[str, Any] | None = Field(default=None, sa_type=Json)
    receipt_token: str = Field(unique=True, max_length=64)
    created_at: datetime = Field(sa_type=Utc)
    updated_at: datetime = Field(sa_type=Utc)
    expires_at: datetime | None = Field(default=None, index=True, sa_type=Utc)
    capture_before: datetime | None = Field(default=None, sa_type=Utc)
    looks: int = 0
    next_look_at: datetime | None = Field(default=None, index=True, sa_type=Utc)


class StripeCall(SQLModel, table=True):
    """A write to the provider: committed before it is sent, under one key until its answer is definitive.

    `next_at` is when a job may send it (again); whoever sends it moves that moment ahead first, as a lease.
    """

    __tablename__ = "stripe_calls"
    __table_args__ = (
        one_of("state", CALL_STATES),
        Index(
            "ix_stripe_calls_open",
            "next_at",
            sqlite_where=sa.text("state IN ('planned', 'sent')"),
            postgresql_where=sa.text("state IN ('planned', 'sent')"),
        ),
    )

    key: str = Field(primary_key=True, max_length=120)
    operation: str = Field(max_length=40)
    subject: str = Field(index=True, max_length=26)
    stream: str = Field(foreign_key="table_sessions.id", index=True, max_length=26)
    account: str | None = Field(default=None, max_length=64)
    parameters: bytes
    parameters_hash: bytes
    state: str = Field(default="planned", max_length=16)
    sends: int = 0
    created_at: datetime = Field(sa_type=Utc)
    first_sent_at: datetime | None = Field(default=None, sa_type=Utc)
    answered_at: datetime | None = Field(default=None, sa_type=Utc)
    next_at: datetime = Field(sa_type=Utc)
    answer: dict[str, Any] | None = Field(default=None, sa_type=Json)
    error: str | None = Field(default=None, max_length=200)


class StripeRef(SQLModel, table=True):
    """Which of our things an id of the provider belongs to."""

    __tablename__ = "stripe_refs"

    stripe_id: str = Field(primary_key=True, max_length=64)
    kind: str = Field(max_length=24)
    our_id: str = Field(index=True, max_length=26)
    stream: str = Field(max_length=26)


class InboxRow(SQLModel, table=True):
    """An event somebody sent us, stored before it was acknowledged and worked on later.

    `body` says what to look at; `payload` is the event as it came, kept for people who look into a dead one.
    """

    __tablename__ = "inbox"
    __table_args__ = (
        one_of("state", ("received", "done", "dead")),
        Index(
            "ix_inbox_due",
            "next_at",
            sqlite_where=sa.text("state = 'received'"),
            postgresql_where=sa.text("state = 'received'"),
        ),
    )

    source: str = Field(primary_key=True, max_length=40)
    event_id: str = Field(primary_key=True, max_length=120)
    type: str = Field(max_length=80)
    object_id: str | None = Field(default=None, max_length=64)
    account: str | None = Field(default=None, max_length=64)
    body: bytes
    payload: bytes | None = None
    state: str = Field(default="received", max_length=16)
    attempts: int = 0
    received_at: datetime = Field(sa_type=Utc)
    next_at: datetime = Field(sa_type=Utc)
    done_at: datetime | None = Field(default=None, sa_type=Utc)
    error: str | None = Field(default=None, max_length=500)


class IdempotencyKey(SQLModel, table=True):
    """A mutating request by its caller's name for it, and the answer it got.

    `subject` is the id of the thing the request makes: a retry after a crash makes the same thing, not a second one.
    """

    __tablename__ = "idempotency_keys"
    __table_args__ = (one_of("state", ("running", "done")),)

    scope: str = Field(primary_key=True, max_length=120)
    key: str = Field(primary_key=True, max_length=255)
    body_hash: bytes
    subject: str = Field(max_length=26)
    state: str = Field(default="running", max_length=16)
    locked_at: datetime = Field(sa_type=Utc)
    status: int | None = None
    response: bytes | None = None
    expires_at: datetime = Field(index=True, sa_type=Utc)
