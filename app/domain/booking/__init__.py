"""Folding facts onto a bill: one function per fact, in the room of its subject.

Each takes the bill, the fact and its event, and returns the next bill. It only books what the fact says: every rule
was applied before, by ``decide``. A room's ``BOOKINGS`` says which function books which fact.
"""

from collections.abc import Callable, Mapping
from typing import Any

from app.domain.bill import Bill
from app.domain.events import Event, Fact

__all__ = ["Bookings"]

Bookings = Mapping[type[Fact], Callable[[Bill, Any, Event], Bill]]
