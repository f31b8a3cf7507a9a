"""Gift cards and passes, and people who pay together."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import CheckConstraint, Field, Index, SQLModel

from app.storage.columns import Json, Utc, one_of

GROUP_STATES = ("open", "capturing", "succeeded", "released")
CARD_KINDS = ("giftCard", "pass")
CARD_STATES = ("active", "blocked")


class GroupPayment(SQLModel, table=True):
    """People who pay together, as the log tells it; `remind_at` is when the room is told again who is waited for."""

    __tablename__ = "group_payments"
    __table_args__ = (
        one_of("state", GROUP_STATES),
        Index(
            "ix_group_payments_remind",
            "remind_at",
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        ),
    )

    id: str = Field(primary_key=True, max_length=26)
    stream: str = Field(foreign_key="table_sessions.id", index=True, max_length=26)
    restaurant_id: str = Field(foreign_key="restaurants.id", index=True, max_length=26)
    guest_id: str | None = Field(default=None, max_length=26)
    state: str = Field(max_length=16)
    deadline: datetime = Field(sa_type=Utc)
    remind_at: datetime | None = Field(default=None, sa_type=Utc)
    created_at: datetime = Field(sa_type=Utc)
    updated_at: datetime = Field(sa_type=Utc)


class Product(SQLModel, table=True):
    """What an item of the menu grants to whoever pays for it."""

    __tablename__ = "products"
    __table_args__ = (
        one_of("kind", CARD_KINDS),
        CheckConstraint("value >= 0", name="value"),
        CheckConstraint("uses > 0", name="uses"),
        CheckConstraint("valid_days > 0", name="valid_days"),
    )

    item_id: str = Field(primary_key=True, foreign_key="menu_items.id", max_length=26)
    kind: str = Field(max_length=16)
    value: int = Field(default=0, sa_type=sa.BigInteger)
    uses: int | None = None
    valid_days: int | None = None
    items: list[str] = Field(default_factory=list, sa_type=Json)


class GiftCard(SQLModel, table=True):
    """A gift card (`balance`) or a pass (`uses_left`, NULL without an end). Its code is kept as a hash alone.

    `value` and `uses` are what it was sold with. `item_ids` are what a pass pays for. A card outlives the visit that it
    was `sold_in`: what is forgotten of a visit takes no balance away.
    """

    __tablename__ = "gift_cards"
    __table_args__ = (
        one_of("kind", CARD_KINDS),
        one_of("state", CARD_STATES),
        CheckConstraint("balance >= 0", name="balance"),
        CheckConstraint("uses_left >= 0", name="uses_left"),
    )

    id: str = Field(primary_key=True, max_length=40)
    restaurant_id: str = Field(foreign_key="restaurants.id", index=True, max_length=26)
    sold_in: str = Field(max_length=26)
    payment_id: str = Field(index=True, max_length=26)
    name: str = Field(max_length=120)
    kind: str = Field(max_length=16)
    currency: str = Field(max_length=3)
    value: int = Field(default=0, sa_type=sa.BigInteger)
    balance: int | None = Field(default=None, sa_type=sa.BigInteger)
    uses: int | None = None
    uses_left: int | None = None
    item_ids: list[str] = Field(default_factory=list, sa_type=Json)
    code_hash: bytes = Field(unique=True)
    last4: str = Field(max_length=4)
    state: str = Field(default="active", max_length=16)
    valid_from: datetime = Field(sa_type=Utc)
    valid_until: datetime | None = Field(default=None, sa_type=Utc)
    created_at: datetime = Field(sa_type=Utc)


class GiftCardUse(SQLModel, table=True):
    """What one payment took from a gift card, and how much of it came back with a refund."""

    __tablename__ = "gift_card_uses"
    __table_args__ = (CheckConstraint("amount >= 0 AND returned >= 0", name="amount"),)

    payment_id: str = Field(primary_key=True, foreign_key="payments.id", max_length=26)
    card_id: str = Field(foreign_key="gift_cards.id", index=True, max_length=40)
    stream: str = Field(foreign_key="table_sessions.id", max_length=26)
    amount: int = Field(sa_type=sa.BigInteger)
    uses: int = 0
    returned: int = Field(default=0, sa_type=sa.BigInteger)
    created_at: datetime = Field(sa_type=Utc)
