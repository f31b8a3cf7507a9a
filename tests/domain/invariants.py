"""The invariants of domain.md, numbered as there, asked of a bill and of the second bookkeeper's books."""

from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from app.domain import events as ev
from app.domain.bill import Bill, is_paid_in_full
from app.domain.split import dues
from tests.domain.books import Books, Entry

__all__ = ["check", "check_after_append", "check_fact", "check_view"]

MILLION = 1_000_000


def check_fact(books: Books, fact: ev.Fact) -> None:
    """What must be true of a fact before it is booked."""
    match fact:
        case ev.PaymentStarted():
            _check_quote(books, fact)
        case ev.PaymentSucceeded() | ev.SurplusApplied():
            _check_settling(books, fact)
        case _:
            pass


def _check_quote(books: Books, fact: ev.PaymentStarted) -> None:
    """Invariant 3: quoted allocations add up to the base, and none was more than its line's unpaid money."""
    assert sum(amount for guests in fact.allocations.values() for amount in guests.values()) == fact.amount
    for line, guests in fact.allocations.items():
        assert all(amount > 0 and amount % books.step == 0 for amount in guests.values())
        assert sum(guests.values()) <= max(0, books.lines[line].unpaid)
    assert fact.amount > 0
    left = books.left_over_parts()
    assert all(0 < parts <= left.get(guest, 0) for guest, parts in fact.consumes.items())


def _check_settling(books: Books, fact: ev.PaymentSucceeded | ev.SurplusApplied) -> None:
    """A success settles the quoted share, or less when it comes late, and never what another payment holds."""
    tender = books.tenders[fact.payment]
    quoted = {(line, guest): amount for line, guests in tender.quoted.items() for guest, amount in guests.items()}
    settling = {(line, guest): amount for line, guests in fact.settled.items() for guest, amount in guests.items()}
    assert all(0 < amount <= quoted.get(place, 0) for place, amount in settling.items())
    if isinstance(fact, ev.PaymentSucceeded) and tender.holds:
        assert settling == quoted
        assert fact.surplus == 0
        return
    for line, guests in fact.settled.items():
        assert sum(guests.values()) <= max(0, books.lines[line].unpaid)


def check(books: Books, bill: Bill) -> None:
    """What must be true after every single event."""
    _check_same_lines(books, bill)
    for line in books.lines.values():
        _check_line(line)
        _check_rounding(books, line)
    _check_running_totals(books, bill)
    _check_dues(books, bill)
    _check_tenders(books, bill)


def _check_same_lines(books: Books, bill: Bill) -> None:
    """Invariant 1: line by line the product books what the second bookkeeper books."""
    assert list(books.lines) == list(bill.lines)
    for line_id, entry in books.lines.items():
        line = bill.lines[line_id]
        assert line.charged == entry.charged == line.settled_total + line.reserved_total + line.unpaid
        assert dict(line.settled) == +entry.settled
        assert dict(line.reserved) == +entry.reserved
        assert line.unpaid == entry.unpaid
    assert bill.unpaid == books.unpaid


def _check_line(line: Entry) -> None:
    """Invariants 1 and 4: no charge is negative, and nothing is reserved that was not to be paid."""
    assert min(line.charge.net, line.charge.tax, line.charge.service, line.charge.price) >= 0
    assert min([0, *line.settled.values(), *line.reserved.values()]) == 0
    assert line.reserved.total() <= max(0, line.charged - line.settled.total())
    assert line.open_parts >= 0


def _check_rounding(books: Books, line: Entry) -> None:
    """Invariant 8: tax and service are within a unit of their exact values, targets within a step of theirs."""
    for portion in line.charge.taxes:
        over = MILLION + portion.ppm if books.inclusive else MILLION
        assert abs(portion.amount - Fraction(portion.exact, over)) < books.step
    assert sum(portion.amount for portion in line.charge.taxes) == line.charge.tax
    portion_of_service = line.charge.service_portion
    if portion_of_service:
        exact = Fraction(line.charge.price * portion_of_service.ppm, MILLION)
        assert abs(portion_of_service.amount - exact) < books.step
    whole = sum(line.parts.get(guest, 0) for guest in books.guests) + line.open_parts
    targets = books.targets(line)
    if whole and not any(line.held(guest) for guest in (*line.settled, *line.reserved) if guest not in targets):
        for guest, target in targets.items():
            assert abs(target - Fraction(line.charged * line.parts[guest], whole)) < books.step


def _check_running_totals(books: Books, bill: Bill) -> None:
    """The error that is carried on is that of the lines which are there, whatever came and went."""
    taxes, service = Counter[tuple[int, str]](), Counter[tuple[int, str]]()
    for line in books.lines.values():
        for portion in line.charge.taxes:
            taxes.update({(portion.ppm, "exact"): portion.exact, (portion.ppm, "assigned"): portion.amount})
        if portion_of_service := line.charge.service_portion:
            ppm = portion_of_service.ppm
            service.update({(ppm, "exact"): portion_of_service.exact, (ppm, "assigned"): portion_of_service.amount})
    for ours, theirs in ((taxes, bill.running.taxes), (service, bill.running.service)):
        assert all(
            (total.exact, total.assigned) == (ours[ppm, "exact"], ours[ppm, "assigned"])
            for ppm, total in theirs.items()
        )
        assert {ppm for ppm, _ in ours} <= theirs.keys()


def _check_dues(books: Books, bill: Bill) -> None:
    """Invariant 2: dues and open money add up to what is unpaid; each is what the second bookkeeper says."""
    ours, open_ = books.dues()
    theirs = dues(bill)
    assert (theirs.guests, theirs.open) == (ours, open_)
    assert sum(ours.values()) + open_ == books.unpaid
    assert min([open_, *ours.values()]) >= 0
    assert all(amount % books.step == 0 for amount in (open_, *ours.values()))


def _check_tenders(books: Books, bill: Bill) -> None:
    """Invariant 3: of a captured base nothing is ever lost."""
    assert list(books.tenders) == list(bill.payments)
    for payment_id, tender in books.tenders.items():
        payment = bill.payments[payment_id]
        assert payment.holds == tender.holds
        settled = sum(amount for guests in payment.settled.values() for amount in guests.values())
        theirs = (settled, payment.surplus, payment.refunding, payment.refunded)
        assert theirs == (tender.settled, tender.surplus, tender.refunding, tender.refunded)
        assert min(theirs) >= 0
        if tender.status == "succeeded":
            assert sum(theirs) == tender.base
        else:
            assert sum(theirs) == 0


def check_after_append(books: Books, before: Bill, bill: Bill, facts: tuple[ev.Fact, ...]) -> None:
    """Invariant 10: a visit says that it is settled in the same append that made it so, and only then."""
    if before.status == "new" or bill.status in ("closed", "abandoned"):
        return
    full = books.is_paid_in_full(has_comp=any(line.comped for line in bill.lines.values()))
    assert is_paid_in_full(bill) == full
    reopened = any(isinstance(fact, ev.SessionReopened) for fact in facts) or _was_reopened(before)
    assert (bill.status == "settled") == (full and not (reopened and bill.status != "settled"))
    in_flight = any(
        tender.status in ("initiated", "awaiting", "processing", "authorized") for tender in books.tenders.values()
    )
    if bill.status == "open":
        assert not in_flight
        assert not any(tender.settled for tender in books.tenders.values())
    if in_flight:
        assert bill.status == "settling"


def _was_reopened(bill: Bill) -> bool:
    """Staff may hold a visit open that is paid in full."""
    return bill.status in ("open", "settling") and is_paid_in_full(bill)


def check_view(books: Books, view: Mapping[str, Any]) -> None:
    """The figures of the guests' view add up among themselves."""
    totals = view["totals"]
    charged = sum(line.charged for line in books.lines.values())
    assert totals["total"] == charged
    assert totals["unpaid"] + totals["reserved"] + totals["settled"] - totals["credit"] == charged
    assert totals["unpaid"] == books.unpaid
    assert totals["credit"] == sum(line.credit for line in books.lines.values())
    assert totals["tax"] == sum(totals["taxes"].values()) == sum(line.charge.tax for line in books.lines.values())
    assert totals["service"] == sum(line.charge.service for line in books.lines.values())
    owed, open_ = books.dues()
    assert {guest: each["due"] for guest, each in view["guests"].items() if each["due"]} == owed
    assert totals["open"] == open_
    assert totals["refunding"] == sum(tender.refunding + tender.tip_refunding for tender in books.tenders.values())
    settled = sum(line.settled.total() - line.settled[""] for line in books.lines.values())
    reserved = sum(line.reserved.total() - line.reserved[""] for line in books.lines.values())
    assert sum(guest["settled"] for guest in view["guests"].values()) == settled
    assert sum(guest["reserved"] for guest in view["guests"].values()) == reserved
    for line_id, line in books.lines.items():
        shown = view["lines"][line_id]
        assert (shown["charged"], shown["unpaid"]) == (line.charged, line.unpaid)
        assert shown["net"] + shown["tax"] + shown["service"] == shown["charged"]
