"""Answers about tabs and bookings."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from app.web.shown import Amount, Labelled, Named, Reply

HoldStatus = Literal["placed", "authorized", "capturing", "captured", "releasing", "released", "expired", "refused"]


class HoldState(Reply):
    """Where a tab stands, for its holder or staff."""

    id: str
    table_session_id: str
    guest: str
    status: HoldStatus
    currency: str
    amount: Annotated[int, Field(description="what is set aside (asked for, while placed), in minor units")]
    owed: Annotated[int, Field(description="what the holder owes on the bill now")]
    raising: Annotated[int | None, Field(description="what the bank is being asked for instead")] = None
    captured: Amount | None = None
    closing: Annotated[bool | None, Field(description="captured as soon as the raise is answered")] = None
    can_raise: bool | None = None
    expires_at: Annotated[datetime | None, Field(description="the card is to be given before")] = None
    capture_before: Annotated[datetime | None, Field(description="the bank lets go of it then")] = None
    deadline: Annotated[datetime | None, Field(description="it is captured or given back by then")] = None
    publishable_key: str | None = None
    client_secret: str | None = None
    next_action: Literal["requires_action"] | None = None
    checking: bool | None = None
    decline: str | None = None
    card: str | None = None
    payment_id: Annotated[str | None, Field(description="the payment that its capture is")] = None


class Terms(Reply):
    """What a house wants of tabs and bookings; amounts in minor units, times in minutes after its midnight."""

    tab_ppm: int
    tab_estimate: Amount
    bookable: bool
    no_show_amount: Annotated[int, Field(description="per person; 0: no card is asked for")]
    cancel_hours: int
    booking_minutes: int
    days_ahead: int
    people_max: int
    opens_at: int
    last_at: int


class BookingState(Reply):
    """A booking."""

    id: str
    table_session_id: str
    state: Literal["booked", "seated", "canceled", "no_show"]
    at: datetime
    until: datetime
    people: int
    name: str
    contact: str
    table: Labelled
    currency: str
    no_show_amount: Annotated[int, Field(description="what staying away costs all of them together")]
    cancel_before: Annotated[datetime, Field(description="until then it costs nothing to cancel")]
    charged: Amount | None = None
    hold_id: str | None = None
    hold_status: HoldStatus | None = None
    hold: HoldState | None = None
    token: Annotated[str | None, Field(description="the booker's seat, for a bearer")] = None


class Bookings(Reply):
    """The bookings of a day."""

    bookings: list[BookingState]


class BookingOffer(Reply):
    """When a table is free on a day, and the house's terms."""

    restaurant: Named
    currency: str
    timezone: str
    no_show_amount: Amount
    cancel_hours: int
    days_ahead: int
    people_max: int
    times: list[datetime]
