"""One hold on a bill: its state, and the one table of what may follow what."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

__all__ = ["HOLD_ALLOWED", "LIVE_STATUSES", "Hold", "HoldStatus"]

HoldStatus = Literal["placed", "authorized", "capturing", "captured", "releasing", "released", "expired", "refused"]

HOLD_ALLOWED: Mapping[HoldStatus, frozenset[HoldStatus]] = {
    "placed": frozenset({"authorized", "releasing", "refused", "captured", "released", "expired"}),
    "authorized": frozenset({"capturing", "releasing", "captured", "released", "expired"}),
    "capturing": frozenset({"releasing", "captured", "released", "expired"}),
    "captured": frozenset(),
    "releasing": frozenset({"captured", "released", "expired", "refused"}),
    "released": frozenset({"captured"}),
    "expired": frozenset({"captured"}),
    "refused": frozenset({"captured"}),
}
"""Which status may follow which. Captured money is a fact even where the hold was given up: the provider decides."""

LIVE_STATUSES: frozenset[HoldStatus] = frozenset({"placed", "authorized", "capturing", "releasing"})


@dataclass(frozen=True, slots=True)
class Hold:
    """Money set aside on a guest's card, in minor units: a tab.

    ``amount`` is what is authorized (asked for while ``placed``), ``raising`` what the bank is being asked for instead
    (0: nothing), ``raises`` how often it was asked. ``closing``: it is captured with ``tip`` once that is answered.
    ``declines`` counts refused cards. ``captured`` is what was taken; the payment that it paid has the hold's id.
    """

    id: str
    guest: str
    amount: int
    at: datetime | None = None
    status: HoldStatus = "placed"
    expires_at: datetime | None = None
    capture_before: datetime | None = None
    can_raise: bool = False
    raising: int = 0
    raises: int = 0
    closing: bool = False
    tip: int = 0
    captured: int = 0
    decline: str = ""
    declines: int = 0
    attempt: str = ""
    reason: str = ""
    alerted: bool = False

    @property
    def is_live(self) -> bool:
        """Whether the provider may still hold money for it."""
        return self.status in LIVE_STATUSES

    @property
    def is_usable(self) -> bool:
        """Whether it can be captured now: authorized, and nothing under way."""
        return self.status == "authorized" and not self.raising

    @property
    def will_take(self) -> bool:
        """Whether a capture is under way or follows by itself."""
        return self.status == "capturing" or (self.status == "authorized" and self.closing)
