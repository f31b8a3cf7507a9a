"""Money set aside on cards, tables that are booked, and what the house wants of both."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import CheckConstraint, Field, SQLModel

from app.storage.columns import Utc, one_of

HOLD_STATES = ("placed", "authorized", "capturing", "captured", "releasing", "released", "expired", "refused")
BOOKING_STATES = ("booked", "seated", "canceled", "no_show")


class Hold(SQLModel, table=True):
    """One tab, as the log tells it, with what its holder's page and the provider need to find it.

    `next_at` is when somebody has to see to it again (NULL: it has ended). The payment that its capture is has its id.
    `destination`, `fee_ppm` and `fee_fixed` are the terms of the restaurant's own account when it was placed.
    """

    __tablename__ = "holds"
    __table_args__ = (one_of("state", HOLD_STATES), CheckConstraint("amount > 0 AND captured >= 0", name="amount"))

    id: str = Field(primary_key=True, max_length=26)
    stream: str = Field(foreign_key="table_sessions.id", index=True, max_length=26)
    restaurant_id: str = Field(foreign_key="restaurants.id", index=True, max_length=26)
    guest_id: str = Field(max_length=26)
    currency: str = Field(max_length=3)
    amount: int = Field(sa_type=sa.BigInteger)
    captured: int = Field(default=0, sa_type=sa.BigInteger)
    state: str = Field(max_length=16)
    intent_id: str | None = Field(default=None, unique=True, max_length=64)
    client_secret: str | None = Field(default=None, max_length=200)
    charge_id: str | None = Field(default=None, max_length=64)
    account: str | None = Field(default=None, max_length=64)
    destination: str | None = Field(default=None, max_length=64)
    fee_ppm: int = 0
    fee_fixed: int = Field(default=0, sa_type=sa.BigInteger)
    card_brand: str | None = Field(default=None, max_length=40)
    card_last4: str | None = Field(default=None, max_length=4)
    provider_status: str | None = Field(default=None, max_length=64)
    decline_code: str | None = Field(default=None, max_length=64)
    created_at: datetime = Field(sa_type=Utc)
    updated_at: datetime = Field(sa_type=Utc)
    expires_at: datetime | None = Field(default=None, sa_type=Utc)
    capture_before: datetime | None = Field(default=None, sa_type=Utc)
    next_at: datetime | None = Field(default=None, index=True, sa_type=Utc)


class BookingRules(SQLModel, table=True):
    """What a restaurant wants of tabs and bookings. Without a row the defaults of its columns hold.

    `opens_at` and `last_at` are the first and the last time of a day to sit down, in minutes after midnight there.
    `version` goes up with every booking: two that are made at once never take the same table.
    """

    __tablename__ = "booking_rules"
    __table_args__ = (
        CheckConstraint("tab_ppm >= 1000000 AND tab_estimate >= 0", name="tab"),
        CheckConstraint("no_show_amount >= 0 AND cancel_hours >= 0", name="no_show"),
        CheckConstraint("0 <= opens_at AND opens_at <= last_at AND last_at < 1440", name="hours"),
        CheckConstraint("booking_minutes > 0 AND days_ahead > 0 AND people_max > 0", name="booking"),
    )

    restaurant_id: str = Field(primary_key=True, foreign_key="restaurants.id", max_length=26)
    tab_ppm: int = 1_200_000
    tab_estimate: int = Field(default=0, sa_type=sa.BigInteger)
    bookable: bool = False
    no_show_amount: int = Field(default=0, sa_type=sa.BigInteger)
    cancel_hours: int = 24
    booking_minutes: int = 120
    days_ahead: int = 30
    people_max: int = 8
    opens_at: int = 660
    last_at: int = 1290
    version: int = 0


class Booking(SQLModel, table=True):
    """A table for some people at some time. Its visit `stream` exists from the beginning, closed until they sit down.

    `no_show_amount` is what staying away costs all of them together, `charged` what was taken for it.
    """

    __tablename__ = "bookings"
    __table_args__ = (one_of("state", BOOKING_STATES), CheckConstraint("people > 0", name="people"))

    id: str = Field(primary_key=True, max_length=26)
    restaurant_id: str = Field(foreign_key="restaurants.id", index=True, max_length=26)
    table_id: str = Field(foreign_key="dining_tables.id", index=True, max_length=26)
    stream: str = Field(foreign_key="table_sessions.id", unique=True, max_length=26)
    guest_id: str = Field(max_length=26)
    state: str = Field(default="booked", max_length=16)
    starts_at: datetime = Field(index=True, sa_type=Utc)
    ends_at: datetime = Field(sa_type=Utc)
    people: int
    currency: str = Field(max_length=3)
    hold_id: str | None = Field(default=None, max_length=26)
    no_show_amount: int = Field(default=0, sa_type=sa.BigInteger)
    cancel_before: datetime = Field(sa_type=Utc)
    charged: int = Field(default=0, sa_type=sa.BigInteger)
    token_hash: bytes = Field(unique=True)
    created_at: datetime = Field(sa_type=Utc)
    ended_at: datetime | None = Field(default=None, sa_type=Utc)


class BookingPerson(SQLModel, table=True):
    """Who booked: beside everything else, sealed, where it can be erased."""

    __tablename__ = "booking_people"

    booking_id: str = Field(primary_key=True, max_length=26)
    stream: str = Field(index=True, max_length=26)
    guest_id: str = Field(index=True, max_length=26)
    name: str = Field(sa_type=sa.Text)
    contact: str = Field(sa_type=sa.Text)
