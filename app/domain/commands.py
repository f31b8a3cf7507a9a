"""Everything that a person, a job or the payment provider may ask of a bill.

Ids of new things and everything read from the menu come in with the command: deciding is pure.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from app.domain.events import Allocations, LineStatus, Method, RequestKind, Scope, SplitMode
from app.domain.menu import Modifier

Role = Literal["owner", "manager", "waiter", "kitchen"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks: a guest of this visit, a member of staff, or the system itself (jobs, the provider's news)."""

    kind: Literal["guest", "staff", "system"]
    id: str
    role: Role | None = None


SYSTEM = Actor("system", "system")


@dataclass(frozen=True, slots=True)
class OpenSession:
    session: str
    table_id: str
    table_label: str
    restaurant_id: str
    restaurant_name: str
    currency: str
    tax_inclusive: bool
    service_ppm: int
    service_tax_ppm: int | None
    service_from_covers: int
    covers: int | None


@dataclass(frozen=True, slots=True)
class JoinGuest:
    """A phone, or (``companion_of``) a person without one, takes a seat."""

    guest: str
    color: str
    companion_of: str | None = None


@dataclass(frozen=True, slots=True)
class RenameGuest:
    guest: str


@dataclass(frozen=True, slots=True)
class LeaveGuest:
    guest: str


@dataclass(frozen=True, slots=True)
class RemoveGuest:
    guest: str
    reason: str


@dataclass(frozen=True, slots=True)
class SetCovers:
    covers: int


@dataclass(frozen=True, slots=True)
class WantedLine:
    """One position of an order, already looked up in the menu."""

    id: str
    menu_item_id: str | None
    name: str
    quantity: int
    unit_price: int
    modifiers: tuple[Modifier, ...]
    tax_ppm: int | None
    station: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class PlaceOrder:
    """``guest`` ordered on a phone, or staff entered it (None)."""

    order: str
    guest: str | None
    lines: tuple[WantedLine, ...]


@dataclass(frozen=True, slots=True)
class SetLineStatus:
    lines: tuple[str, ...]
    status: LineStatus


@dataclass(frozen=True, slots=True)
class VoidLine:
    line: str
    reason: str
    adjustment: str


@dataclass(frozen=True, slots=True)
class CompLine:
    line: str
    reason: str
    adjustment: str


@dataclass(frozen=True, slots=True)
class DiscountLine:
    line: str
    reason: str
    adjustment: str
    ppm: int = 0
    amount: int = 0


@dataclass(frozen=True, slots=True)
class SetDiscount:
    """A bill-wide discount, off what is unpaid (``rest``) or off every line (``all``)."""

    discount: str
    reason: str
    scope: Scope
    ppm: int = 0
    amount: int = 0


@dataclass(frozen=True, slots=True)
class RemoveDiscount:
    discount: str


@dataclass(frozen=True, slots=True)
class SetServiceCharge:
    ppm: int
    from_covers: int


@dataclass(frozen=True, slots=True)
class SetClaim:
    line: str
    guest: str
    parts: int


@dataclass(frozen=True, slots=True)
class SetSplit:
    mode: SplitMode
    shares: int | None = None
    percents: dict[str, int] | None = None


@dataclass(frozen=True, slots=True)
class SetParts:
    guest: str
    shares: int | None = None
    amount: int | None = None


# What a payment pays


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
class StartPayment:
    """``guest`` is the payer; None when staff take a tender for the table."""

    payment: str
    guest: str | None
    method: Method
    pays: Pays
    tip: int
    expected_amount: int | None
    expires_at: datetime | None


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
class ApplySurplus:
    """Move surplus into lines where it fits by now."""

    payment: str


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


@dataclass(frozen=True, slots=True)
class MakeRequest:
    request: str
    what: RequestKind
    guest: str | None


@dataclass(frozen=True, slots=True)
class ClaimRequest:
    request: str


@dataclass(frozen=True, slots=True)
class AnswerRequest:
    request: str


@dataclass(frozen=True, slots=True)
class MoveSession:
    table_id: str
    table_label: str


@dataclass(frozen=True, slots=True)
class CloseSession:
    """Ends a visit that owes nothing."""

    reason: str


@dataclass(frozen=True, slots=True)
class AbandonSession:
    """Ends a visit that still owes: a walk-out."""

    reason: str


@dataclass(frozen=True, slots=True)
class ReopenSession:
    reason: str


Command = (
    OpenSession
    | JoinGuest
    | RenameGuest
    | LeaveGuest
    | RemoveGuest
    | SetCovers
    | PlaceOrder
    | SetLineStatus
    | VoidLine
    | CompLine
    | DiscountLine
    | SetDiscount
    | RemoveDiscount
    | SetServiceCharge
    | SetClaim
    | SetSplit
    | SetParts
    | StartPayment
    | KeepPayment
    | CancelPayment
    | ExpirePayment
    | ReleasePayment
    | RefusePayment
    | ConfirmPayment
    | ObservePayment
    | ApplySurplus
    | StartRefund
    | EndRefund
    | MakeRequest
    | ClaimRequest
    | AnswerRequest
    | MoveSession
    | CloseSession
    | AbandonSession
    | ReopenSession
)
