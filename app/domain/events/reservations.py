"""Facts about visits that were booked ahead."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class SessionBooked:
    """The visit is for ``at``: until its party sits down it is closed, and takes nothing but a hold."""

    kind: ClassVar[str] = "session.booked"
    v: ClassVar[int] = 1
    at: datetime
    people: int
