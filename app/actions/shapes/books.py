"""Requests about the books: the drawer, shares of tips, and the restaurant's own account."""

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from app.actions.shapes.shape import Amount, Id, Ppm, Shape, Text
from app.domain.commands import Role

POINTS_MAX = 1000
MINUTES_OF_A_DAY = 24 * 60

Date = Annotated[dt.date, Field(strict=False)]
Clock = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


class FloatRequest(Shape):
    """`POST /drawer/open`: what is put into the drawer to begin with."""

    float: Amount


class CountRequest(Shape):
    """`POST /drawer/count`: what is in it at the end."""

    counted: Amount
    note: Text | None = None


class TipRuleRequest(Shape):
    """`PUT /tips/rule`. `from` absent: from the current business day on."""

    by: Literal["hours", "points", "served"]
    points: dict[Role, Annotated[int, Field(ge=0, le=POINTS_MAX)]] = Field(default_factory=dict)
    starts_on: Annotated[Date | None, Field(alias="from")] = None


class ShiftRequest(Shape):
    """`POST /shifts`: how long somebody worked on a business day."""

    staff_id: Id
    date: Date
    minutes: Annotated[int, Field(ge=1, le=MINUTES_OF_A_DAY)]


class ConnectRequest(Shape):
    """`PUT /connect`. The fee is of the amount without the tip; `dayStartsAt` is when a business day begins."""

    stripe_account: Annotated[str, StringConstraints(max_length=64)] | None = None
    application_fee_ppm: Ppm = 0
    application_fee_fixed: Amount = 0
    day_starts_at: Clock = "04:00"
