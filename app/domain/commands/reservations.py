"""Commands about visits that are booked ahead. Seating a party is `ReopenSession`."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class BookSession:
    """The visit that was just opened is for later."""

    at: datetime
    people: int


@dataclass(frozen=True, slots=True)
class EndBooked:
    """The party does not come. ``fee`` above 0 is charged to its hold, as one line of the bill with that ``title``."""

    reason: str
    fee: int
    order: str
    line: str
    title: str
