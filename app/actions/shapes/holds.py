"""Requests about tabs and bookings."""

from typing import Annotated

from pydantic import Field, StringConstraints

from app.actions.shapes.shape import AMOUNT_MAX, Amount, Shape

Estimate = Annotated[int, Field(ge=1, le=AMOUNT_MAX)]
Token = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class HoldRequest(Shape):
    """`POST …/holds`: `estimate` is what the evening may cost this guest, in minor units."""

    estimate: Estimate | None = None
    confirmation_token: Token | None = None


class RaiseRequest(Shape):
    """`POST /holds/{id}/raise`."""

    estimate: Estimate | None = None


class CaptureRequest(Shape):
    """`POST /holds/{id}/capture`."""

    tip_amount: Amount = 0
    expected_amount: Amount | None = None
