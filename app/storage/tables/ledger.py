"""Double entry, the cash drawer, and who shares the tips."""

import datetime as dt
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import CheckConstraint, Field, Index, SQLModel, UniqueConstraint

from app.storage.columns import Json, Utc, one_of

TIP_RULES = ("hours", "points", "served")

_IS_OPEN = sa.text("counted_at IS NULL")
_IS_CASH = sa.text("account IN ('cash_drawer', 'cash_drawer:change')")


class LedgerEntry(SQLModel, table=True):
    """What one cause books on one account: debits above 0, credits below. The entries of a cause add up to 0.

    A cause is an event of a stream (`<stream>.<seq>`), a fee, or a count of the drawer; `kind` is the event's wire name
    or the other causes' own word. Entries are never changed. No foreign key leads away from here: they are written on
    the way of every event, and a check per row costs more than the insert.
    """

    __tablename__ = "ledger_entries"
    __table_args__ = (
        CheckConstraint("amount <> 0", name="amount"),
        Index("ix_ledger_entries_day", "restaurant_id", "at"),
        Index("ix_ledger_entries_cash", "restaurant_id", sqlite_where=_IS_CASH, postgresql_where=_IS_CASH),
    )

    cause: str = Field(primary_key=True, max_length=80)
    account: str = Field(primary_key=True, max_length=40)
    restaurant_id: str = Field(max_length=26)
    stream: str | None = Field(default=None, index=True, max_length=26)
    kind: str = Field(max_length=40)
    at: datetime = Field(sa_type=Utc)
    amount: int = Field(sa_type=sa.BigInteger)
    currency: str = Field(max_length=3)


class Drawer(SQLModel, table=True):
    """The cash drawer from the float that is put into it until it is counted; a restaurant has one open at a time.

    `carried` is cash that was taken before it was opened. The figures after `note` stand when it is counted.
    """

    __tablename__ = "drawers"
    __table_args__ = (
        CheckConstraint("opening >= 0", name="opening"),
        CheckConstraint("counted >= 0", name="counted"),
        Index("uq_drawers_one_open", "restaurant_id", unique=True, sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN),
        Index("ix_drawers_opened", "restaurant_id", "opened_at"),
    )

    id: str = Field(primary_key=True, max_length=26)
    restaurant_id: str = Field(foreign_key="restaurants.id", max_length=26)
    currency: str = Field(max_length=3)
    opened_at: datetime = Field(sa_type=Utc)
    opened_by: str = Field(max_length=64)
    opening: int = Field(sa_type=sa.BigInteger)
    carried: int = Field(default=0, sa_type=sa.BigInteger)
    note: str | None = Field(default=None, max_length=200)
    counted_at: datetime | None = Field(default=None, sa_type=Utc)
    counted_by: str | None = Field(default=None, max_length=64)
    counted: int | None = Field(default=None, sa_type=sa.BigInteger)
    expected: int | None = Field(default=None, sa_type=sa.BigInteger)


class TipRule(SQLModel, table=True):
    """How tips are shared from a business day on, until a later rule. `points` are by role."""

    __tablename__ = "tip_rules"
    __table_args__ = (one_of("shared_by", TIP_RULES),)

    restaurant_id: str = Field(primary_key=True, foreign_key="restaurants.id", max_length=26)
    starts_on: dt.date = Field(primary_key=True, sa_type=sa.Date)
    shared_by: str = Field(max_length=16)
    points: dict[str, int] = Field(default_factory=dict, sa_type=Json)


class Shift(SQLModel, table=True):
    """How long somebody worked on a business day, as the manager entered it."""

    __tablename__ = "shifts"
    __table_args__ = (
        UniqueConstraint("staff_id", "date"),
        CheckConstraint("minutes > 0 AND minutes <= 1440", name="minutes"),
        Index("ix_shifts_day", "restaurant_id", "date"),
    )

    id: str = Field(primary_key=True, max_length=26)
    restaurant_id: str = Field(foreign_key="restaurants.id", max_length=26)
    staff_id: str = Field(foreign_key="staff.id", max_length=26)
    date: dt.date = Field(sa_type=sa.Date)
    minutes: int
