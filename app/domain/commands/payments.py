"""Commands about payments."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from app.domain.events import Method


@dataclass(frozen=True, slots=True)
class PayMine:
    pass


@dataclass(frozen=True, slots=True)
class PayEverything:
    pass


@dataclass(frozen=True, slots=True)
class PayOpen:
    pass


@dataclass(frozen=True, slots=True)
class PayGuests:
    guests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PayLines:
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PayShares:
    shares: int


@dataclass(frozen=True, slots=True)
class PayAmount:
    """A free contribution."""

    amount: int


Pays = PayMine | PayEverything | PayOpen | PayGuests | PayLines | PayShares | PayAmount


@dataclass(frozen=True, slots=True)
class GiftCard:
    """What a gift card holds (``balance``, minor units), or (None) how many pieces of ``items`` a pass still pays."""

    card: str
    balance: int | None = None
    uses: int | None = None
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StartPayment:
    """``guest`` is the payer; None when staff take a tender for the table. ``tip_max`` is what the house allows."""

    payment: str
    guest: str | None
    method: Method
    pays: Pays
    tip: int
    expected_amount: int | None
    expires_at: datetime | None
    gift_card: GiftCard | None = None
    tip_max: int | None = None


@dataclass(frozen=True, slots=True)
class KeepPayment:
    """A sign of life from the payer's page."""

    payment: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class CancelPayment:
    """Let go of the share. ``known``: the provider may know of it, so it is cancelled there first."""

    payment: str
    known: bool
    reason: str


@dataclass(frozen=True, slots=True)
class ExpirePayment:
    """Its time is over (decided again on the newest bill: a sign of life may have come meanwhile)."""

    payment: str
    known: bool


@dataclass(frozen=True, slots=True)
class ReleasePayment:
    """A manager forces the share free."""

    payment: str
    reason: str


@dataclass(frozen=True, slots=True)
class RefusePayment:
    """The provider would not create it."""

    payment: str
    code: str


@dataclass(frozen=True, slots=True)
class ConfirmPayment:
    """Staff hold the cash, or the terminal's slip, in their hands."""

    payment: str
    given: int | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class ObservePayment:
    """What a freshly fetched object of the provider says, in absolute facts.

    ``status`` is one of ours: awaiting, processing, authorized, succeeded, canceled. ``captured`` is base plus tip in
    minor units. ``decline`` is the reason of the newest failed attempt, ``attempt`` names it so that it counts once.
    """

    payment: str
    status: Literal["awaiting", "processing", "authorized", "succeeded", "canceled"]
    captured: int
    action: bool = False
    decline: str | None = None
    attempt: str = ""


@dataclass(frozen=True, slots=True)
class ImportPayment:
    """The provider has taken money for this visit that its log does not know of: it is from before a restored backup.

    ``amount`` is the base and ``tip`` comes on top, as they were when it started.
    """

    payment: str
    amount: int
    tip: int = 0


@dataclass(frozen=True, slots=True)
class ApplySurplus:
    """Move surplus into lines where it fits by now."""

    payment: str
