"""Requests about tabs and bookings."""

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BeforeValidator, Field, StringConstraints

from app.actions.shapes.shape import AMOUNT_MAX, Amount, Id, Name, Shape

Estimate = Annotated[int, Field(ge=1, le=AMOUNT_MAX)]
FIRST, LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def _moment(given: Any) -> datetime:
    """A moment as RFC 3339 writes it; nothing else is taken for one."""
    if not isinstance(given, str):
        raise ValueError("not a moment like 2026-11-30T19:00:00+01:00")  # noqa: TRY004 - a validator says it so
    return datetime.fromisoformat(given)


Moment = Annotated[AwareDatetime, BeforeValidator(_moment), Field(ge=FIRST, le=LAST)]
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


class PolicyRequest(Shape):
    """`PUT /booking-policy`: what is absent stays as it is. Amounts in minor units, times in minutes after midnight."""

    tab_ppm: Annotated[int, Field(ge=1_000_000, le=3_000_000)] | None = None
    tab_estimate: Amount | None = None
    bookable: bool | None = None
    no_show_amount: Amount | None = None
    cancel_hours: Annotated[int, Field(ge=0, le=24 * 14)] | None = None
    booking_minutes: Annotated[int, Field(ge=15, le=24 * 60)] | None = None
    days_ahead: Annotated[int, Field(ge=1, le=365)] | None = None
    people_max: Annotated[int, Field(ge=1, le=100)] | None = None
    opens_at: Annotated[int, Field(ge=0, lt=24 * 60)] | None = None
    last_at: Annotated[int, Field(ge=0, lt=24 * 60)] | None = None


class BookingRequest(Shape):
    """`POST …/bookings`. With the same `key`, made by the page, the same booking is meant."""

    at: Moment
    people: Annotated[int, Field(ge=1, le=100)]
    name: Name
    contact: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=254)]
    key: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_-]{16,64}$")] | None = None
    confirmation_token: Token | None = None


class CancelBooking(Shape):
    """`POST /bookings/{id}/cancel`: staff let a party off, unless they say that it is charged."""

    charge: bool = False


class NoShow(Shape):
    """`POST /bookings/{id}/no-show`."""

    charge: bool = True


class SeatBooking(Shape):
    """`POST /bookings/{id}/seat`: at the booked table, or another one."""

    table_id: Id | None = None
