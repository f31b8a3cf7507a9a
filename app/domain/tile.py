"""The bill as a tile of the floor (api.md, ``GET /floor``)."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.bill import Bill, is_paid_in_full
from app.domain.showing import JSON, members, requests, same, timestamp
from app.domain.split import dues

__all__ = ["summary"]

ATTENTION = frozenset({"surplus", "refund_failed", "declined", "left"})
"""Reasons to walk over that are about money."""


def summary(bill: Bill) -> JSON:
    """What the floor shows of a visit: ``{service, money, session: {...}}`` (api.md, ``GET /floor``)."""
    shown: JSON | None = bill.known.get("summary")
    if shown is None:
        shown = bill.known["summary"] = _whole_summary(bill)
    return shown


def _whole_summary(bill: Bill) -> JSON:
    sums, present = bill.sums, bill.present
    paying = same(bill, "paying", bill.payments, bill.refunds, show=lambda: _paying(bill))
    reasons = _attention(bill, paying)
    return {
        "service": _service(bill),
        "money": _money(bill, reasons, paying),
        "session": members(
            id=bill.session,
            status=bill.status,
            version=bill.version,
            openedAt=timestamp(bill.opened_at) if bill.opened_at else None,
            lastAt=timestamp(bill.last_at) if bill.last_at else None,
            covers=bill.covers,
            phones=sum(guest.companion_of is None for guest in present),
            total=sums.charged,
            settled=sums.settled,
            reserved=sums.reserved,
            unpaid=sums.unpaid,
            paying=paying.count,
            requests=requests(bill),
            attention=reasons,
            cashSince=timestamp(paying.cash_since) if paying.cash_since and not bill.is_over else None,
            tabs=sum(hold.is_live for hold in bill.holds.values()) or None,
        ),
    }


def _service(bill: Bill) -> str:
    states = {line.status for line in bill.lines.values() if not line.voided and line.product is None}
    if not states:
        return "seated"
    if states & {"preparing", "ready"}:
        return "cooking"
    return "ordering" if "placed" in states else "served"


@dataclass(frozen=True, slots=True)
class _Paying:
    """What a tile says of payments and refunds; most events leave them alone.

    `count` of them hold money of the bill. `cash_since`: since when the longest waits for somebody with a purse or a
    terminal; how long that is by now, the page knows.
    """

    count: int
    has_surplus: bool
    has_failed_refund: bool
    is_declined: bool
    cash_since: datetime | None


def _paying(bill: Bill) -> _Paying:
    payments = bill.payments.values()
    holding = [payment for payment in payments if payment.holds]
    # Nobody has tried again to send back what came back to us.
    newest = {refund.payment: refund for refund in bill.refunds.values()}
    return _Paying(
        count=len(holding),
        has_surplus=any(payment.surplus for payment in payments),
        has_failed_refund=any(refund.status == "failed" for refund in newest.values()),
        is_declined=any(payment.is_open and payment.decline for payment in payments),
        cash_since=min((each.at for each in holding if each.method in ("cash", "terminal")), default=None),
    )


def _attention(bill: Bill, paying: _Paying) -> list[str]:
    """Why somebody should walk over; the most urgent first."""
    if bill.is_over:
        return []
    reasons = {
        "surplus": paying.has_surplus,
        "refund_failed": paying.has_failed_refund,
        "credit": bill.sums.credit > 0,
        "declined": paying.is_declined,
        "cash": paying.cash_since is not None,
        "left": bool(bill.unpaid and bill.guests) and not bill.present,
        "tab": _tab_ends(bill),
        "called": bool(bill.requests),
    }
    return [reason for reason, applies in reasons.items() if applies]


def _tab_ends(bill: Bill) -> bool:
    """Whether a tab ends soon, or lapsed while its guest owes money."""
    if not bill.holds:
        return False
    owed = dues(bill)
    return any(
        (hold.status == "authorized" and hold.alerted) or (hold.status == "expired" and owed.of(hold.guest) > 0)
        for hold in bill.holds.values()
    )


def _money(bill: Bill, reasons: list[str], paying: _Paying) -> str:
    if not ATTENTION.isdisjoint(reasons):
        return "attention"
    if paying.count:
        return "paying"
    if is_paid_in_full(bill):
        return "paid"
    if bill.sums.settled_by:
        return "part_paid"
    return "bill_asked" if any(each.what == "bill" for each in bill.requests.values()) else "none"
