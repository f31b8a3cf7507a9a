"""Requests that are not commands."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from app.actions.shapes.shape import AMOUNT_MAX, ITEMS_MAX, Amount, Id, Name, Shape
from app.domain.events import Method


class GuestsPay(Shape):
    """`pays`: the dues of these guests."""

    guests: Annotated[list[Id], Field(min_length=1, max_length=64)]


class LinesPay(Shape):
    """`pays`: what is unpaid of these lines."""

    lines: Annotated[list[Id], Field(min_length=1, max_length=ITEMS_MAX)]


class SharesPay(Shape):
    """`pays`: k shares of an even split."""

    shares: Annotated[int, Field(ge=1, le=1000)]


class PaymentRequest(Shape):
    """`POST …/payment`. `amount` alone is a free contribution; `includeOrders` pays the lines of those orders.

    `code` is a gift card's, and goes with that way of paying alone.
    """

    payment_method: Method
    code: Annotated[str, StringConstraints(min_length=8, max_length=40)] | None = None
    include_orders: Annotated[list[Id], Field(min_length=1, max_length=ITEMS_MAX)] | None = None
    amount: Annotated[int, Field(ge=1, le=AMOUNT_MAX)] | None = None
    tip_amount: Amount = 0
    pays: Literal["mine", "everything", "open"] | GuestsPay | LinesPay | SharesPay | None = None
    expected_amount: Amount | None = None
    confirmation_token: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None

    @property
    def method(self) -> Method:
        """The tender, as the bill calls it."""
        return self.payment_method


class JoinRequest(Shape):
    """`POST /guest-sessions`."""

    code: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    name: Name | None = None
    pin: Annotated[str, StringConstraints(min_length=1, max_length=12)] | None = None
    visit: Literal["join", "new"] | None = None


class OpenRequest(Shape):
    """`POST /table-sessions`."""

    table_id: Id
    covers: Annotated[int, Field(ge=1, le=1000)] | None = None


class LoginRequest(Shape):
    """`POST /staff/login`."""

    email: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=254)]
    password: Annotated[str, StringConstraints(min_length=1, max_length=256)]


class AvailabilityRequest(Shape):
    """`PATCH /menu-items/{id}`: `left` is a count of portions, `null` for as many as are ordered."""

    available: bool | None = None
    left: Annotated[int, Field(ge=0, le=100_000)] | None = None


class ServiceRequest(Shape):
    """`PATCH /tables/{id}`: a cleared table is free again."""

    service: Literal["free", "to_clean"]
