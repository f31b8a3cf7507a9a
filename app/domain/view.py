"""The bill as every phone at the table sees it (api.md, "The view"), and as a tile of the floor.

A view is plain JSON: dictionaries, lists, strings, integers and booleans, never null. It holds nothing that is not for
every guest of the table, so that all sockets of a room get the same bytes. Views share what their bills share: nobody
changes one in place.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from app.domain.bill import Bill, Guest, Line, is_paid_in_full
from app.domain.events import OPEN, Allocations
from app.domain.group import READY, Group
from app.domain.hold import Hold
from app.domain.payment import Payment
from app.domain.split import Dues, consumed, dues, weights

__all__ = ["IDLE", "JSON", "NOBODY", "merge", "patch", "summary", "timestamp", "view"]

JSON = dict[str, Any]

IDLE = timedelta(hours=3)
NOBODY = "open"
"""Stands in a view where a guest's id would stand, for money that was nobody's when staff took it."""


@lru_cache(maxsize=4096)
def timestamp(at: datetime) -> str:
    """RFC 3339 in UTC with microseconds: ``2026-11-21T18:04:05.123456Z``."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def view(bill: Bill, names: Mapping[str, str], *, idle: timedelta = IDLE) -> JSON:
    """The whole view. ``names``: people's names by guest id; ``idle``: how long a visit lives without an action."""
    known: tuple[Mapping[str, str], timedelta, JSON] | None = bill.known.get("view")
    if known is not None and known[0] == names and known[1] == idle:
        return known[2]
    shown = _whole(bill, names, idle)
    bill.known["view"] = (dict(names), idle, shown)
    return shown


def _whole(bill: Bill, names: Mapping[str, str], idle: timedelta) -> JSON:
    owed, held = dues(bill), _held(bill)
    shown: JSON = {
        "tableSession": _session(bill, idle),
        "guests": {guest.id: _guest(guest, owed, held, names) for guest in bill.guests.values()},
        "orders": {order.id: _order(order) for order in bill.orders.values()},
        "lines": {line.id: _line(line) for line in bill.lines.values()},
        "split": _split(bill),
        "totals": _totals(bill, owed),
        "payments": {payment.id: _payment(payment) for payment in bill.payments.values()},
        "requests": _requests(bill),
        "discounts": {each.id: _discount(each) for each in bill.discounts.values()},
        "holds": {each.id: _hold(each) for each in bill.holds.values()},
    }
    if bill.groups:
        shown["groups"] = {group.id: _group(bill, group) for group in bill.groups.values()}
    if bill.service_ppm:
        shown["serviceCharge"] = {
            "ppm": bill.service_ppm,
            "fromCovers": bill.service_from_covers,
            "applies": bill.service_applies,
        }
    return shown


def _present(**members: object) -> JSON:
    """Only members that are there: a merge patch deletes by null, so a view has none."""
    return {key: value for key, value in members.items() if value is not None}


def _session(bill: Bill, idle: timedelta) -> JSON:
    return _present(
        id=bill.session,
        status=bill.status,
        covers=bill.covers,
        table={"id": bill.table_id, "label": bill.table_label},
        restaurant={"id": bill.restaurant_id, "name": bill.restaurant_name},
        currency=bill.currency,
        taxInclusive=bill.tax_inclusive,
        openedAt=timestamp(bill.opened_at) if bill.opened_at else None,
        expiresAt=_expires_at(bill, idle),
        settledAt=timestamp(bill.settled_at) if bill.settled_at else None,
        mergedInto=bill.merged_into or None,
        ending=bill.ending or None,
        bookedFor=timestamp(bill.booked_for) if bill.booked_for else None,
    )


def _expires_at(bill: Bill, idle: timedelta) -> str | None:
    """Rounded up to whole minutes, so that not every event moves it on every phone."""
    if bill.last_at is None or bill.is_over:
        return None
    return timestamp((bill.last_at + idle + timedelta(seconds=59)).replace(second=0, microsecond=0))


@dataclass(frozen=True, slots=True)
class _Held:
    """What is reserved and settled for each guest, and their tips."""

    reserved: dict[str, int]
    settled: dict[str, int]
    tips: dict[str, int]


def _held(bill: Bill) -> _Held:
    held = _Held({}, {}, {})
    for line in bill.lines.values():
        for guest, amount in line.reserved.items():
            held.reserved[guest] = held.reserved.get(guest, 0) + amount
        for guest, amount in line.settled.items():
            held.settled[guest] = held.settled.get(guest, 0) + amount
    for payment in bill.payments.values():
        if payment.guest and payment.status == "succeeded":
            held.tips[payment.guest] = held.tips.get(payment.guest, 0) + payment.tip - payment.tip_refunded
    return held


def _guest(guest: Guest, owed: Dues, held: _Held, names: Mapping[str, str]) -> JSON:
    return _present(
        name=names.get(guest.id, ""),
        color=guest.color,
        companionOf=guest.companion_of,
        due=owed.of(guest.id),
        reserved=held.reserved.get(guest.id, 0),
        settled=held.settled.get(guest.id, 0),
        tip=held.tips.get(guest.id, 0),
        left=not guest.present,
        remindedAt=timestamp(guest.reminded_at) if guest.reminded_at else None,
    )


def _order(order: Any) -> JSON:
    return _present(by=order.by, at=timestamp(order.at), lines=list(order.lines))


def _line(line: Line) -> JSON:
    shown: JSON | None = line.known.get("view")
    if shown is None:
        shown = line.known["view"] = _whole_line(line)
    return shown


def _whole_line(line: Line) -> JSON:
    return _present(
        n=line.n,
        menuItemId=line.menu_item_id,
        name=line.name,
        taxRatePpm=line.tax_ppm,
        quantity=line.quantity,
        unitPrice=line.unit_price,
        modifiers=[{"id": each.id, "name": each.name, "price": each.price} for each in line.modifiers],
        note=line.note or None,
        price=line.charge.price,
        discount=line.base_price - line.charge.price,
        net=line.charge.net,
        tax=line.charge.tax,
        service=line.charge.service,
        charged=line.charged,
        unpaid=line.unpaid,
        reserved=line.reserved_total,
        settled=line.settled_total,
        status="voided" if line.voided else "comped" if line.comped else line.status,
        reason=next((each.reason for each in reversed(line.adjustments) if each.reason), None),
        orderedBy=line.ordered_by,
        claims=dict(line.claims),
        openParts=line.open_parts or None,
        product=line.product.kind if line.product else None,
        granted=bool(line.granted) or None,
        paidBy={guest or NOBODY: amount for guest, amount in line.settled.items()} or None,
        heldBy={guest or NOBODY: amount for guest, amount in line.reserved.items()} or None,
    )


def _split(bill: Bill) -> JSON:
    split, used = bill.split, consumed(bill)
    named = split.mode == "amounts"
    return _present(
        mode=split.mode,
        shares=split.shares if split.mode == "even" else None,
        parts={} if named else dict(split.parts),
        consumed={} if named else {guest: parts for guest, parts in used.items() if guest != OPEN},
        amounts=dict(weights(bill).guests) if named else {},
    )


def _totals(bill: Bill, owed: Dues) -> JSON:
    """``subtotal + tax + service - discount = total``, and ``unpaid + reserved + settled - credit = total``."""
    lines = list(bill.lines.values())
    taxes: dict[str, int] = {}
    for line in lines:
        for portion in line.charge.taxes:
            taxes[str(portion.ppm)] = taxes.get(str(portion.ppm), 0) + portion.amount
    discount = sum(line.base_price - line.charge.price for line in lines if not line.voided)
    payments = bill.payments.values()
    return {
        "subtotal": sum(line.charge.net for line in lines) + discount,
        "discount": discount,
        "service": sum(line.charge.service for line in lines),
        "tax": sum(line.charge.tax for line in lines),
        "taxes": taxes,
        "total": sum(line.charged for line in lines),
        "reserved": bill.reserved,
        "settled": sum(line.settled_total for line in lines),
        "refunding": sum(payment.on_its_way for payment in payments),
        "unpaid": bill.unpaid,
        "open": owed.open,
        "credit": sum(max(0, -line.unpaid) for line in lines),
        "tips": sum(payment.tip - payment.tip_refunded for payment in payments if payment.status == "succeeded"),
    }


def _payment(payment: Payment) -> JSON:
    return _present(
        guest=payment.guest,
        method=payment.method,
        group=payment.group or None,
        amount=payment.amount,
        tip=payment.tip,
        rounding=payment.rounding or None,
        status=payment.status,
        at=timestamp(payment.at),
        paidAt=timestamp(payment.succeeded_at) if payment.succeeded_at else None,
        expiresAt=timestamp(payment.expires_at) if payment.expires_at and payment.is_open else None,
        action=payment.action or None,
        expiring=payment.expiring or None,
        released=payment.released or None,
        decline=payment.decline or None,
        surplus=payment.surplus,
        refunding=payment.on_its_way or None,
        refunded=payment.returned,
        disputed=payment.disputed,
        allocations=_allocations(payment.settled if payment.status == "succeeded" else payment.allocations),
    )


def _allocations(allocations: Allocations) -> JSON:
    return {line: {guest or NOBODY: amount for guest, amount in each.items()} for line, each in allocations.items()}


def _hold(hold: Hold) -> JSON:
    return _present(
        guest=hold.guest,
        amount=hold.amount,
        status=hold.status,
        raising=hold.raising or None,
        captured=hold.captured or None,
        decline=hold.decline or None,
        closing=hold.closing or None,
    )


def _group(bill: Bill, group: Group) -> JSON:
    members = {payment: bill.payments[payment] for payment in group.payments}
    return _present(
        by=group.guest,
        status=group.status,
        startedAt=timestamp(group.at),
        deadline=timestamp(group.deadline),
        amount=sum(each.amount for each in members.values()),
        tip=sum(each.tip for each in members.values()),
        payments=dict(group.payments),
        waiting=list(group.waiting(bill.payments)),
        ready=[guest for payment, guest in group.payments.items() if members[payment].status in READY],
        remindedAt=timestamp(group.reminded_at) if group.reminded_at else None,
        reminders=group.reminders or None,
        reason=group.reason or None,
        endedAt=timestamp(group.ended_at) if group.ended_at else None,
    )


def _requests(bill: Bill) -> JSON:
    return {
        each.id: _present(kind=each.what, by=each.guest, at=timestamp(each.at), claimedBy=each.claimed_by)
        for each in bill.requests.values()
    }


def _discount(discount: Any) -> JSON:
    return _present(
        kind=discount.kind,
        ppm=discount.ppm or None,
        amount=discount.amount or None,
        scope=discount.scope,
        reason=discount.reason,
    )


# A tile of the floor


def summary(bill: Bill) -> JSON:
    """What the floor shows of a visit: ``{service, money, session: {...}}`` (api.md, ``GET /floor``)."""
    shown: JSON | None = bill.known.get("summary")
    if shown is None:
        shown = bill.known["summary"] = _whole_summary(bill)
    return shown


def _whole_summary(bill: Bill) -> JSON:
    lines = list(bill.lines.values())
    reasons = _attention(bill)
    return {
        "service": _service(lines),
        "money": _money(bill, reasons),
        "session": _present(
            id=bill.session,
            status=bill.status,
            version=bill.version,
            openedAt=timestamp(bill.opened_at) if bill.opened_at else None,
            lastAt=timestamp(bill.last_at) if bill.last_at else None,
            covers=bill.covers,
            phones=sum(1 for guest in bill.present if guest.companion_of is None),
            total=sum(line.charged for line in lines),
            settled=sum(line.settled_total for line in lines),
            reserved=bill.reserved,
            unpaid=bill.unpaid,
            paying=sum(1 for payment in bill.payments.values() if payment.holds),
            requests=_requests(bill),
            attention=reasons,
            cashSince=_cash_since(bill),
            tabs=sum(1 for hold in bill.holds.values() if hold.is_live) or None,
        ),
    }


def _service(lines: list[Line]) -> str:
    states = {line.status for line in lines if not line.voided and line.product is None}
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
        "credit": any(line.unpaid < 0 for line in bill.lines.values()),
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
    if any(line.settled for line in bill.lines.values()):
        return "part_paid"
    return "bill_asked" if any(each.what == "bill" for each in bill.requests.values()) else "none"


# Merge patches (RFC 7396)


def patch(old: JSON, new: JSON) -> JSON:
    """The merge patch with absolute values that turns ``old`` into ``new``: applied twice it does no harm."""
    changes: JSON = {}
    for key in old.keys() - new.keys():
        changes[key] = None
    for key, value in new.items():
        if key not in old:
            changes[key] = value
        elif old[key] is not value and old[key] != value:
            both = isinstance(old[key], dict) and isinstance(value, dict)
            changes[key] = patch(old[key], value) if both else value
    return changes


def merge(target: Any, change: Any) -> Any:
    """Apply a merge patch, as every client does; ``target`` itself stays as it was."""
    if not isinstance(change, dict):
        return change
    merged = dict(target) if isinstance(target, dict) else {}
    for key, value in change.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge(merged.get(key), value)
    return merged
