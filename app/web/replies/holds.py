"""Answers about tabs and bookings."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from app.web.shown import Amount, Reply

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
