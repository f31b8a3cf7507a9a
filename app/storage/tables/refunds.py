"""Money on its way back: refunds, what has to be sent back by itself, and disputes."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import CheckConstraint, Field, Index, SQLModel, UniqueConstraint

from app.storage.columns import Json, Utc, one_of

REFUND_STATES = ("asked", "declined", "withdrawn", "planned", "pending", "succeeded", "failed")
REFUND_CAUSES = ("staff", "credit", "surplus", "provider", "dispute")
DISPUTE_STATES = ("open", "won", "lost", "withdrawn", "unknown")


class Refund(SQLModel, table=True):
    """Money that goes back to the payer of one payment, or that somebody asks for (then nothing has moved yet).

    `amount` is what of the base and its surplus goes back, `tip` of the tip, `rounding` what coins add to it. What was
    asked for a whole table has no payment until it is decided; the refunds that come of it share its `batch`. `what`
    holds the wish as it was made. `cause_reference` names what an automatic one is for, so that there is one of it.
    """

    __tablename__ = "refunds"
    __table_args__ = (
        one_of("state", REFUND_STATES),
        one_of("cause", REFUND_CAUSES),
        CheckConstraint("amount >= 0 AND tip >= 0", name="amount"),
        UniqueConstraint("cause", "cause_reference"),
        Index("ix_refunds_list", "restaurant_id", "id"),
    )

    id: str = Field(primary_key=True, max_length=26)
    batch: str = Field(index=True, max_length=26)
    stream: str = Field(foreign_key="table_sessions.id", index=True, max_length=26)
    restaurant_id: str = Field(foreign_key="restaurants.id", max_length=26)
    payment_id: str | None = Field(default=None, foreign_key="payments.id", index=True, max_length=26)
    cause: str = Field(max_length=16)
    cause_reference: str | None = Field(default=None, max_length=64)
    state: str = Field(max_length=16)
    reason: str = Field(default="", max_length=200)
    what: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    owed_again: bool = False
    currency: str = Field(max_length=3)
    amount: int = Field(default=0, sa_type=sa.BigInteger)
    tip: int = Field(default=0, sa_type=sa.BigInteger)
    rounding: int = Field(default=0, sa_type=sa.BigInteger)
    stripe_id: str | None = Field(default=None, unique=True, max_length=64)
    provider_status: str | None = Field(default=None, max_length=64)
    failure_reason: str | None = Field(default=None, max_length=64)
    asked_by: str | None = Field(default=None, max_length=26)
    asked_at: datetime = Field(sa_type=Utc)
    decided_by: str | None = Field(default=None, max_length=26)
    decided_at: datetime | None = Field(default=None, sa_type=Utc)
    ended_at: datetime | None = Field(default=None, sa_type=Utc)
    looks: int = 0
    next_look_at: datetime | None = Field(default=None, index=True, sa_type=Utc)


class Remedy(SQLModel, table=True):
    """A bill on which somebody has paid more than it costs; `due_at` is when to see to it that they get it back."""

    __tablename__ = "remedies"

    stream: str = Field(primary_key=True, foreign_key="table_sessions.id", max_length=26)
    due_at: datetime = Field(index=True, sa_type=Utc)


class Dispute(SQLModel, table=True):
    """A payer's bank wants money back. `id` is the provider's; `withdrawn` is what it holds back of ours for it."""

    __tablename__ = "disputes"
    __table_args__ = (one_of("state", DISPUTE_STATES), Index("ix_disputes_list", "restaurant_id", "opened_at"))

    id: str = Field(primary_key=True, max_length=64)
    stream: str = Field(foreign_key="table_sessions.id", index=True, max_length=26)
    restaurant_id: str = Field(foreign_key="restaurants.id", max_length=26)
    payment_id: str = Field(foreign_key="payments.id", index=True, max_length=26)
    state: str = Field(max_length=16)
    provider_status: str = Field(max_length=64)
    reason: str = Field(default="", max_length=64)
    currency: str = Field(max_length=3)
    amount: int = Field(sa_type=sa.BigInteger)
    withdrawn: int = Field(default=0, sa_type=sa.BigInteger)
    respond_by: datetime | None = Field(default=None, sa_type=Utc)
    opened_at: datetime = Field(sa_type=Utc)
    closed_at: datetime | None = Field(default=None, sa_type=Utc)
