"""Several payers who pay together or not at all."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from app.domain.payment import Payment

__all__ = ["READY", "Group", "GroupStatus"]

READY = ("authorized", "succeeded")
"""What a payment is whose payer has done their part."""

GroupStatus = Literal["open", "capturing", "succeeded", "released"]


@dataclass(frozen=True, slots=True)
class Group:
    """A payment of several people: ``payments`` are theirs, by id, with the guest who pays each.

    ``open`` until everybody's card said yes, ``capturing`` while the money is being taken, then ``succeeded``; or
    ``released`` for ``reason``, and nobody is charged. ``guest`` proposed it; None: staff did.
    """

    id: str
    guest: str | None
    payments: dict[str, str]
    deadline: datetime
    at: datetime
    status: GroupStatus = "open"
    reason: str = ""
    reminded_at: datetime | None = None
    reminders: int = 0
    ended_at: datetime | None = None

    @property
    def is_under_way(self) -> bool:
        """Whether it may still end in one way or the other."""
        return self.status in ("open", "capturing")

    def waiting(self, payments: Mapping[str, Payment]) -> tuple[str, ...]:
        """Who has still to pay their part."""
        return tuple(guest for payment, guest in self.payments.items() if payments[payment].status not in READY)
