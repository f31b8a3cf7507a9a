"""Every table of the database, as SQLModel classes without behaviour.

Amounts are BIGINT in the currency's minor unit, rates are integers in parts per million, times are aware and UTC,
ids are sortable strings of 26 characters. A stream is a table session: both names mean the same id.
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import CheckConstraint, Field, Index, SQLModel, UniqueConstraint

from app.storage.columns import Json, Utc, one_of

SESSION_STATUSES = ("open", "settling", "settled", "closed", "abandoned")
OPEN_STATUSES = ("open", "settling", "settled")
PAYMENT_STATES = ("initiated", "awaiting", "processing", "authorized", "succeeded", "canceled", "refused")
PAYMENT_METHODS = ("card", "cash", "terminal", "giftCard")
CALL_STATES = ("planned", "sent", "answered", "refused", "looked_up")
JOIN_POLICIES = ("open", "approve", "pin")
ROLES = ("owner", "manager", "waiter", "kitchen")
SURPLUS_POLICIES = ("refund", "credit", "ask")

_IS_OPEN = sa.text("status IN ('open', 'settling', 'settled')")


# The house: what a restaurant sets up


class Restaurant(SQLModel, table=True):
    """The tenant. Its currency and taxes are copied into a visit when it opens."""

    __tablename__ = "restaurants"
    __table_args__ = (one_of("join_policy", JOIN_POLICIES), one_of("surplus_policy", SURPLUS_POLICIES))

    id: str = Field(primary_key=True, max_length=26)
    name: str = Field(max_length=120)
    address: str = Field(default="", max_length=300)
    tax_number: str = Field(default="", max_length=60)
    currency: str = Field(max_length=3)
    timezone: str = Field(default="UTC", max_length=64)
    tax_inclusive: bool
    service_ppm: int = 0
    service_tax_ppm: int | None = None
    service_from_covers: int = 0
    tip_presets: list[int] = Field(default_factory=list, sa_type=Json)
    join_policy: str = Field(default="open", max_length=16)
    surplus_policy: str = Field(default="refund", max_length=16)
    stripe_account: str | None = Field(default=None, max_length=64)
    created_at: datetime = Field(sa_type=Utc)


class DiningTable(SQLModel, table=True):
    """A physical table. `code_version` goes up when its printed QR code is to stop working."""

    __tablename__ = "dining_tables"
    __table_args__ = (UniqueConstraint("restaurant_id", "label"), one_of("service", ("free", "to_clean")))

    id: str = Field(primary_key=True, max_length=26)
    restaurant_id: str = Field(foreign_key="restaurants.id", index=True, max_length=26)
    label: str = Field(max_length=40)
    area: str = Field(default="", max_length=60)
    seats: int = 2
    position: int = 0
    service: str = Field(default="free", max_length=16)
    code_version: int = 1


class MenuCategory(SQLModel, table=True):
    """A heading of the menu."""

    __tablename__ = "menu_categories"

    id: str = Field(primary_key=True, max_length=26)
    restaurant_id: str = Field(foreign_key="restaurants.id", index=True, max_length=26)
    name: str = Field(max_length=80)
    position: int = 0


class MenuItem(SQLModel, table=True):
    """A dish. `portions` counts down to 0 (sold out); NULL is as many as are ordered."""

    __tablename__ = "menu_items"
    __table_args__ = (
        CheckConstraint("price >= 0", name="price"),
        CheckConstraint("portions >= 0", name="portions"),
        CheckConstraint("table_limit > 0", name="table_limit"),
    )

    id: str = Field(primary_key=True, max_length=26)
    restaurant_id: str = Field(foreign_key="restaurants.id", index=True, max_length=26)
    category_id: str = Field(foreign_key="menu_categories.id", index=True, max_length=26)
    name: str = Field(max_length=120)
    description: str = Field(default="", max_length=500)
    price: int = Field(sa_type=sa.BigInteger)
    tax_ppm: int | None = None
    station: str = Field(default="kitchen", max_length=40)
    available: bool = True
    portions: int | None = None
    table_limit: int | None = None
    position: int = 0


class ModifierGroup(SQLModel, table=True):
    """A question about a dish ("How done?") with the least and the most answers it takes."""

    __tablename__ = "modifier_groups"
    __table_args__ = (CheckConstraint("0 <= least AND least <= most", name="choices"),)

    id: str = Field(primary_key=True, max_length=26)
    item_id: str = Field(foreign_key="menu_items.id", index=True, max_length=26)
    name: str = Field(max_length=80)
    least: int = 0
    most: int = 1
    position: int = 0


class Modifier(SQLModel, table=True):
    """One answer to a modifier group; its price is added to the dish's and may be negative."""

    __tablename__ = "modifiers"

    id: str = Field(primary_key=True, max_length=26)
    group_id: str = Field(foreign_key="modifier_groups.id", index=True, max_length=26)
    name: str = Field(max_length=80)
    price: int = Field(default=0, sa_type=sa.BigInteger)
    position: int = 0


# People


class Staff(SQLModel, table=True):
    """Somebody who works here and may log in. `email` is stored in lower case; the password only as argon2."""

    __tablename__ = "staff"
    __table_args__ = (one_of("role", ROLES),)

    id: str = Field(primary_key=True, max_length=26)
    restaurant_id: str = Field(foreign_key="restaurants.id", index=True, max_length=26)
    email: str = Field(unique=True, max_length=254)
    name: str = Field(max_length=80)
    role: str = Field(max_length=16)
    password_hash: str = Field(max_length=200)
    active: bool = True
    created_at: datetime = Field(sa_type=Utc)


class StaffSession(SQLModel, table=True):
    """A login of a member of staff, known by the hash of its token."""

    __tablename__ = "staff_sessions"

    id: str = Field(primary_key=True, max_length=26)
    staff_id: str = Field(foreign_key="staff.id", index=True, max_length=26)
    token_hash: bytes = Field(unique=True)
    created_at: datetime = Field(sa_type=Utc)
    expires_at: datetime = Field(sa_type=Utc)
    revoked_at: datetime | None = Field(default=None, sa_type=Utc)


class GuestSession(SQLModel, table=True):
    """A device at a table session: one row per device and visit, so several tabs are one guest."""

    __tablename__ = "guest_sessions"
    __table_args__ = (UniqueConstraint("stream", "device_hash"),)

    id: str = Field(primary_key=True, max_length=26)
    stream: str = Field(foreign_key="table_sessions.id", index=True, max_length=26)
    guest_id: str = Field(index=True, max_length=26)
    token_hash: bytes = Field(unique=True)
    device_hash: bytes
    approved: bool = True
    created_at: datetime = Field(sa_type=Utc)
    revoked_at: datetime | None = Field(default=None, sa_type=Utc)


class GuestName(SQLModel, table=True):
    """What a guest is called: beside the log, where it can be erased."""

    __tablename__ = "guest_names"

    guest_id: str = Field(primary_key=True, max_length=26)
    stream: str = Field(index=True, max_length=26)
    name: str = Field(max_length=80)


# The log


class TableSession(SQLModel, table=True):
    """The head of one stream, and what can be told of its bill without folding it."""

    __tablename__ = "table_sessions"
    __table_args__ = (
        one_of("status", SESSION_STATUSES),
        Index("uq_table_sessions_one_open", "table_id", unique=True, sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN),
        Index("ix_table_sessions_idle", "last_at", sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN),
    )

    id: str = Field(primary_key=True, max_length=26)
    restaurant_id: str = Field(foreign_key="restaurants.id", index=True, max_length=26)
    table_id: str = Field(foreign_key="dining_tables.id", index=True, max_length=26)
    status: str = Field(max_length=16)
    epoch: str = Field(max_length=26)
    version: int
    head_hash: bytes
    pin: str | None = Field(default=None, max_length=8)
    opened_at: datetime = Field(sa_type=Utc)
    last_at: datetime = Field(sa_type=Utc)
    summary: dict[str, Any] = Field(sa_type=Json)


class StoredEvent(SQLModel, table=True):
    """One fact of a stream. `body` is the canonical JSON that was hashed; the other columns are for finding it.

    No foreign key leads to the stream: the head is written in the same statement, and a check per event costs more
    than the insert.
    """

    __tablename__ = "events"

    stream: str = Field(primary_key=True, max_length=26)
    seq: int = Field(primary_key=True)
    at: datetime = Field(sa_type=Utc)
    by: str = Field(max_length=64)
    kind: str = Field(max_length=40)
    v: int
    cause: str | None = Field(default=None, max_length=100)
    body: bytes
    hash: bytes


class StoredCommand(SQLModel, table=True):
    """A command that was applied, so that it can be answered again and never applied twice."""

    __tablename__ = "commands"

    stream: str = Field(primary_key=True, max_length=26)
    cid: str = Field(primary_key=True, max_length=64)
    id: int = Field(primary_key=True, sa_type=sa.BigInteger)
    body_hash: bytes
    version: int


# Money beside the log


class Payment(SQLModel, table=True):
    """One tender, as the log tells it, with what its payer's page and the provider need to find it.

    `next_look_at` is when to ask the provider about it again (NULL: not watched), `looks` how often that was done.
    `receipt_token` is the unguessable end of the receipt's address.
    """

    __tablename__ = "payments"
    __table_args__ = (
        one_of("state", PAYMENT_STATES),
        one_of("method", PAYMENT_METHODS),
        CheckConstraint("amount >= 0 AND tip >= 0", name="amount"),
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
    """An event somebody sent us, stored before it was acknowledged and worked on later."""

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
