"""Double entry: what each step of a bill means to the books of the house.

A bill has a *position*: an amount on each account, made from nothing but the bill. Amounts are minor units, debits
above 0 and credits below; the position of a bill adds up to 0, because what is settled in its lines is what its
payments settled. What a step books is the position after it less the position before it, so it adds up to 0 too, and
the sum of all that was ever booked of a visit is the position of its bill. Facts of which no money follows book
nothing.

    a burger of 14.50 with 1.29 tax is ordered
        bill_receivable 1579    sales:88750 -1450    tax:88750 -129
    and paid by card with a tip of 2.00
        stripe_clearing 1779    bill_receivable -1579    tips_payable -200
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

from app.domain.bill import EMPTY, Bill, Line
from app.domain.events import Method
from app.domain.payment import Dispute, Payment
from app.domain.pricing import adjusted_price

__all__ = [
    "APPLICATION_FEE",
    "CASH",
    "CASH_CHANGE",
    "CASH_DIFFERENCE",
    "CASH_SAFE",
    "COMPS",
    "CREDIT",
    "DISCOUNTS",
    "DISPUTES",
    "GIFT_CARDS",
    "PROVIDER_FEES",
    "RECEIVABLE",
    "REDUCED",
    "REFUNDS",
    "ROUNDING",
    "SALES",
    "SERVICE",
    "STRIPE",
    "TAX",
    "TENDERS",
    "TERMINAL",
    "TIPS",
    "VOIDS",
    "WRITE_OFF",
    "Amounts",
    "booked",
    "position",
]

Thing = TypeVar("Thing")

Amounts = Mapping[str, int]
"""Amounts by account, none of them 0."""

# What is owed to the house, and where its money is.
RECEIVABLE = "bill_receivable"
STRIPE, TERMINAL = "stripe_clearing", "terminal_clearing"
CASH, CASH_CHANGE, CASH_SAFE = "cash_drawer", "cash_drawer:change", "cash_safe"
DISPUTES = "dispute_suspense"

# What the house owes to others.
GIFT_CARDS = "gift_card_liability"
TIPS = "tips_payable"
CREDIT = "guest_credit"
REFUNDS = "refunds_due"
TAX = "tax"

# What it earns and what that costs. Sales are net, by tax rate; what was taken off them stands twice: why, and that it
# was, so that all sales together are what the menu says.
SALES, SERVICE = "sales", "service"
REDUCED = "sales:reduced"
DISCOUNTS, COMPS, VOIDS = "discounts", "comps", "voids"
ROUNDING, CASH_DIFFERENCE = "rounding", "cash_difference"
WRITE_OFF = "write_off"
PROVIDER_FEES, APPLICATION_FEE = "provider_fees", "application_fee"

UNTAXED = "none"

TENDERS: Mapping[Method, str] = {"card": STRIPE, "cash": CASH, "terminal": TERMINAL, "giftCard": GIFT_CARDS}
"""Where the money of each way to pay is."""


def booked(before: Bill, after: Bill) -> Amounts:
    """What the step from ``before`` to ``after`` books, by account; nothing where no money follows of it."""
    total: dict[str, int] = {}
    _add(total, _differences(before, after), 1)
    _add(total, _differences(after, before), -1)
    return {account: amount for account, amount in total.items() if amount}


def position(bill: Bill) -> Amounts:
    """What has been booked of this bill all told."""
    total: dict[str, int] = {}
    _add(total, _differences(EMPTY, bill), 1)
    return {account: amount for account, amount in total.items() if amount}


def _add(total: dict[str, int], entries: Iterable[tuple[str, int]], sign: int) -> None:
    for account, amount in entries:
        total[account] = total.get(account, 0) + sign * amount


def _differences(other: Bill, bill: Bill) -> Iterator[tuple[str, int]]:
    """The position of ``bill``, less all that it shares with ``other``."""
    for line in _others(bill.lines, other.lines):
        if not _costs_and_owes_as(line, other.lines.get(line.id)):
            yield from _of_line(bill, line)
    for payment in _others(bill.payments, other.payments):
        yield from _of_payment(payment)
    for dispute in _others(bill.disputes, other.disputes):
        yield from _of_dispute(dispute)
    if bill.is_over:
        yield from _of_the_end(bill)


def _others(these: Mapping[str, Thing], those: Mapping[str, Thing]) -> Iterator[Thing]:
    """What of ``these`` is not the very same in ``those``: bills share what did not change."""
    if these is not those:
        yield from (thing for name, thing in these.items() if thing is not those.get(name))


def _costs_and_owes_as(line: Line, other: Line | None) -> bool:
    """Whether a line books what it booked before: who takes it changes nothing."""
    return (
        other is not None
        and line.charge is other.charge
        and line.adjustments is other.adjustments
        and line.settled is other.settled
        and line.product is other.product
    )


def _of_line(bill: Bill, line: Line) -> Iterator[tuple[str, int]]:
    """What a line costs, and what of it is still owed, or was paid too much."""
    charge = line.charge
    off = dict(_taken_off(bill, line))
    yield from off.items()
    yield REDUCED, -sum(off.values())
    # A gift card is money that is owed in food: it is sold when it is spent.
    rate = UNTAXED if line.tax_ppm is None else line.tax_ppm
    yield GIFT_CARDS if line.product else f"{SALES}:{rate}", -charge.net
    for portion in charge.taxes:
        yield f"{TAX}:{portion.ppm}", -portion.amount
    yield SERVICE, -charge.service
    owed = line.charged - line.settled_total
    yield RECEIVABLE if owed > 0 else CREDIT, owed


def _taken_off(bill: Bill, line: Line) -> Iterator[tuple[str, int]]:
    """Why a line costs less than the menu says, in menu prices."""
    off = line.base_price - line.charge.price
    if line.voided:
        yield VOIDS, off
    elif line.comped:
        discounts = tuple(each for each in line.adjustments if each.kind not in ("void", "comp"))
        comped = min(off, adjusted_price(line.base_price, discounts, bill.step))
        yield COMPS, comped
        yield DISCOUNTS, off - comped
    else:
        yield DISCOUNTS, off


def _of_payment(payment: Payment) -> Iterator[tuple[str, int]]:
    """Where captured money is, and to whom it belongs beside the lines that it settled."""
    if payment.status != "succeeded":
        return
    yield from _change(payment)
    yield TENDERS[payment.method], payment.charge - payment.refunded - payment.tip_refunded - payment.rounding_refunded
    yield TIPS, payment.tip_refunding + payment.tip_refunded - payment.tip
    yield ROUNDING, payment.rounding_refunded - payment.rounding
    yield CREDIT, -payment.surplus
    yield REFUNDS, -payment.refunding - payment.tip_refunding


def _change(payment: Payment) -> Iterator[tuple[str, int]]:
    """Notes go into the drawer whole and change comes out of it: both are counted."""
    change = payment.given - payment.charge if payment.given is not None else 0
    if payment.method == "cash" and change > 0:
        yield CASH, change
        yield CASH_CHANGE, -change


def _of_dispute(dispute: Dispute) -> Iterator[tuple[str, int]]:
    """What the provider holds back is in suspense until the dispute is won, and gone when it is lost."""
    yield STRIPE, -dispute.withdrawn
    yield WRITE_OFF if dispute.status == "lost" else DISPUTES, dispute.withdrawn


def _of_the_end(bill: Bill) -> Iterator[tuple[str, int]]:
    """What a visit that is over still owes will not come: it is written off until it is paid or reopened."""
    owed = sum(max(0, line.charged - line.settled_total) for line in bill.lines.values())
    yield RECEIVABLE, -owed
    yield WRITE_OFF, owed
