"""Commands about money on its way back."""

from dataclasses import dataclass
from typing import Literal

from app.domain.events import Allocations, Cause


@dataclass(frozen=True, slots=True)
class StartRefund:
    """Send money back: ``allocations`` of what it settled, of its ``surplus`` and of its ``tip``."""

    refund: str
    payment: str
    allocations: Allocations
    surplus: int
    tip: int
    cause: Cause
    reason: str = ""


@dataclass(frozen=True, slots=True)
class BackAll:
    """Everything that is left of it, the tip included."""


@dataclass(frozen=True, slots=True)
class BackAmount:
    """So much of it, over its lines in proportion; without the tip."""

    amount: int


@dataclass(frozen=True, slots=True)
class BackLines:
    """What it settled of these lines."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BackCredit:
    """What its lines cost less than was paid of them."""


@dataclass(frozen=True, slots=True)
class BackSurplus:
    """What of it fitted no line; with the whole tip, where nothing did."""


@dataclass(frozen=True, slots=True)
class BackTotal:
    """So much of all that was taken, as the provider counts: what is owed to the payer first, the tip last."""

    amount: int


Back = BackAll | BackAmount | BackLines | BackCredit | BackSurplus | BackTotal


@dataclass(frozen=True, slots=True)
class GiveBack:
    """Send back ``what`` of one payment, or (None) of all of a table. ``refunds`` are ids for as many as it takes.

    What is more than a credit is taken off the bill as well, unless it is to be ``owed_again``. ``tip`` is so much of
    the tip, which nothing but ``BackAll`` and a surplus implies.
    """

    refunds: tuple[str, ...]
    payment: str | None
    what: Back
    cause: Cause
    reason: str = ""
    tip: int = 0
    owed_again: bool = False


@dataclass(frozen=True, slots=True)
class AskRefund:
    """Note that somebody wants money sent back and may not decide it alone."""

    refund: str
    payment: str | None
    what: Back
    reason: str
    tip: int = 0


@dataclass(frozen=True, slots=True)
class DeclineRefund:
    """Note that what was asked is not done."""

    refund: str
    reason: str


@dataclass(frozen=True, slots=True)
class EndRefund:
    refund: str
    succeeded: bool


@dataclass(frozen=True, slots=True)
class ObserveDispute:
    """What the provider says of a dispute now: all that it holds back, and how it ended, where it has."""

    dispute: str
    payment: str
    amount: int
    withdrawn: int
    outcome: Literal["won", "lost", "withdrawn"] | None = None
