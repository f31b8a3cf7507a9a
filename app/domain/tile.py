"""The bill as a tile of the floor (api.md, ``GET /floor``)."""

from app.domain.bill import Bill, is_paid_in_full
from app.domain.payment import Payment
from app.domain.showing import JSON, members, requests, timestamp
from app.domain.split import Dues, dues

__all__ = ["summary"]


def summary(bill: Bill) -> JSON:
    """What the floor shows of a visit: ``{service, money, session: {...}}`` (api.md, ``GET /floor``)."""
    shown: JSON | None = bill.known.get("summary")
    if shown is None:
        shown = bill.known["summary"] = _whole_summary(bill)
    return shown


def _whole_summary(bill: Bill) -> JSON:
    reasons, sums = _attention(bill), bill.sums
    return {
        "service": _service(bill),
        "money": _money(bill, reasons),
        "session": members(
            id=bill.session,
            status=bill.status,
            version=bill.version,
            openedAt=timestamp(bill.opened_at) if bill.opened_at else None,
            lastAt=timestamp(bill.last_at) if bill.last_at else None,
            covers=bill.covers,
            phones=sum(1 for guest in bill.present if guest.companion_of is None),
            total=sums.charged,
            settled=sums.settled,
            reserved=sums.reserved,
            unpaid=sums.unpaid,
            paying=sum(1 for payment in bill.payments.values() if payment.holds),
            requests=requests(bill),
            attention=reasons,
            cashSince=_cash_since(bill),
            tabs=sum(1 for hold in bill.holds.values() if hold.is_live) or None,
        ),
    }


def _service(bill: Bill) -> str:
    states = {line.status for line in bill.lines.values() if not line.voided and line.product is None}
    if not states:
        return "seated"
    if states & {"preparing", "ready"}:
        return "cooking"
    return "ordering" if "placed" in states else "served"


def _attention(bill: Bill) -> list[str]:
    """Why somebody should walk over; the most urgent first."""
    payments = bill.payments.values()
    reasons = {
        "surplus": any(payment.surplus for payment in payments),
        "refund_failed": _has_failed_refund(bill),
        "credit": bool(bill.sums.credit),
        "declined": any(payment.is_open and payment.decline for payment in payments),
        "cash": bool(_to_collect(bill)),
        "left": bool(bill.unpaid and bill.guests) and not bill.present,
        "tab": _tab_ends(bill),
        "called": bool(bill.requests),
    }
    return [reason for reason, applies in reasons.items() if applies and not bill.is_over]


def _has_failed_refund(bill: Bill) -> bool:
    """Whether money that was to go back came back to us, and nobody has tried again."""
    newest = {refund.payment: refund for refund in bill.refunds.values()}
    return any(refund.status == "failed" for refund in newest.values())


def _tab_ends(bill: Bill) -> bool:
    """Whether a tab ends soon, or lapsed while its guest owes money."""
    owed = dues(bill) if bill.holds else Dues({}, 0)
    return any(
        (hold.status == "authorized" and hold.alerted) or (hold.status == "expired" and owed.of(hold.guest) > 0)
        for hold in bill.holds.values()
    )


def _to_collect(bill: Bill) -> list[Payment]:
    """Payments that only staff can end: somebody has to walk over with a purse or a terminal."""
    return [each for each in bill.payments.values() if each.holds and each.method in ("cash", "terminal")]


def _cash_since(bill: Bill) -> str | None:
    """Since when the longest of them waits; how long that is by now, the page knows."""
    waiting = [payment.at for payment in _to_collect(bill)]
    return timestamp(min(waiting)) if waiting and not bill.is_over else None


def _money(bill: Bill, reasons: list[str]) -> str:
    if {"surplus", "refund_failed", "declined", "left"} & set(reasons):
        return "attention"
    if any(payment.holds for payment in bill.payments.values()):
        return "paying"
    if is_paid_in_full(bill):
        return "paid"
    if bill.sums.settled_by:
        return "part_paid"
    return "bill_asked" if any(each.what == "bill" for each in bill.requests.values()) else "none"
