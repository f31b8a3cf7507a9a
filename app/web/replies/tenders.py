"""Answers about people who pay together, gift cards and passes."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from app.web.replies.table import PaymentState
from app.web.shown import Amount, Reply


class Group(Reply):
    """People who pay together: everybody is charged, or nobody is."""

    id: str
    table_session_id: str
    status: Literal["open", "capturing", "succeeded", "released"]
    reason: str | None = None
    deadline: datetime
    currency: str
    amount: Amount
    tip_amount: Amount
    payments: Annotated[dict[str, str], Field(description="payment id to the guest who pays it")]
    waiting: Annotated[list[str], Field(description="guests who have still to pay their part")]
    payment: Annotated[PaymentState | None, Field(description="the own share of the one who asks")] = None


class GiftCard(Reply):
    """A gift card, or a pass. ``code`` is shown to its buyer alone."""

    id: str
    name: str
    kind: Literal["giftCard", "pass"]
    code: str | None = None
    currency: str
    value: Amount | None = None
    balance: Amount | None = None
    uses: int | None = None
    uses_left: int | None = None
    items: list[str] | None = None
    valid_from: datetime
    valid_until: datetime | None = None
    state: Literal["active", "blocked"]
    last4: str
    used_for: list[dict[str, Any]] | None = None


class GiftCards(Reply):
    """Gift cards."""

    gift_cards: list[GiftCard]
    next: str | None = None


class Product(Reply):
    """Something on the menu that is a gift card or a pass."""

    menu_item_id: str
    name: str
    price: Amount
    available: bool
    grants: dict[str, Any]


class Products(Reply):
    """What the menu sells beside food."""

    products: list[Product]
