"""Commands about money on its way back."""

from dataclasses import dataclass
from typing import Literal

from app.domain.events import Allocations


@dataclass(frozen=True, slots=True)
class StartRefund:
    """Send money back: ``allocations`` of what it settled, of its ``surplus`` and of its ``tip``."""

    refund: str
    payment: str
    allocations: Allocations
    surplus: int
    tip: int
    cause: Literal["staff", "credit", "surplus", "provider", "dispute"]


@dataclass(frozen=True, slots=True)
class EndRefund:
    refund: str
    succeeded: bool
