"""Requests about people who pay together, gift cards and passes."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from app.actions.shapes.requests import GuestsPay, LinesPay, SharesPay
from app.actions.shapes.shape import AMOUNT_MAX, Amount, Id, Shape

DAYS_MAX = 36_500
USES_MAX = 10_000

GiftCode = Annotated[str, StringConstraints(min_length=8, max_length=40)]


class PayerShare(Shape):
    """One payer of a group; without `pays` and `amount` what they and their companions owe."""

    guest: Id
    pays: Literal["mine", "open"] | GuestsPay | LinesPay | SharesPay | None = None
    amount: Annotated[int, Field(ge=1, le=AMOUNT_MAX)] | None = None
    tip_amount: Amount = 0


class GroupRequest(Shape):
    """`POST …/group-payments`: without `payers` everybody with a phone who owes something."""

    payers: Annotated[list[PayerShare], Field(min_length=2, max_length=64)] | None = None
    deadline_s: Annotated[int, Field(ge=60, le=3600)] | None = None
    expected_amount: Amount | None = None


class ConfirmRequest(Shape):
    """`POST /payments/{id}/pay`: what the payer's page collected."""

    confirmation_token: Annotated[str, StringConstraints(min_length=1, max_length=200)]


class BalanceRequest(Shape):
    """`POST /gift-cards/balance`."""

    code: GiftCode


class CardChange(Shape):
    """`PATCH /gift-cards/{id}`."""

    state: Literal["active", "blocked"] | None = None
    valid_until: Annotated[datetime, Field(strict=False)] | None = None


class ProductRequest(Shape):
    """`POST /gift-card-products`: a gift card of `value` (its price, where that is not said), or a pass for `items`."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
    kind: Literal["giftCard", "pass"]
    price: Annotated[int, Field(ge=1, le=AMOUNT_MAX)]
    value: Annotated[int, Field(ge=1, le=AMOUNT_MAX)] | None = None
    uses: Annotated[int, Field(ge=1, le=USES_MAX)] | None = None
    valid_days: Annotated[int, Field(ge=1, le=DAYS_MAX)] | None = None
    items: Annotated[list[Id], Field(min_length=1, max_length=64)] | None = None
