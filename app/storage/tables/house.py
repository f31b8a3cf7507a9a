"""What a restaurant sets up: its tables and its menu."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import CheckConstraint, Field, SQLModel, UniqueConstraint

from app.storage.columns import Json, Utc, one_of

JOIN_POLICIES = ("open", "approve", "pin")
SURPLUS_POLICIES = ("refund", "credit", "ask")


class Restaurant(SQLModel, table=True):
    """The tenant. Its currency and taxes are copied into a visit when it opens.

    With a `stripe_account` of its own its card payments go there, less the application fee (of the amount without the
    tip). A business day begins `day_starts_minutes` after midnight on its own clock.
    """

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
    application_fee_ppm: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    application_fee_fixed: int = Field(default=0, sa_type=sa.BigInteger, sa_column_kwargs={"server_default": "0"})
    day_starts_minutes: int = Field(default=240, sa_column_kwargs={"server_default": "240"})
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
