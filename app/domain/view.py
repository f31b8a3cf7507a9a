"""The bill as every phone at the table sees it (api.md, "The view").

A view is plain JSON: dictionaries, lists, strings, integers and booleans, never null. It holds nothing that is not for
every guest of the table, so that all sockets of a room get the same bytes. Views share what their bills share: nobody
changes one in place. So what an event did not touch is not shown anew, and a patch finds it by being the very same.
"""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from operator import attrgetter
from typing import Any

from app.domain.bill import Bill, Guest
from app.domain.events import OPEN, Allocations
from app.domain.group import READY, Group
from app.domain.hold import Hold
from app.domain.line import Line
from app.domain.payment import Payment
from app.domain.showing import JSON, members, requests, same, shown_each, timestamp
from app.domain.split import Dues, consumed, dues, weights

__all__ = ["IDLE", "JSON", "NOBODY", "merge", "patch", "timestamp", "view"]

IDLE = timedelta(hours=3)
ALMOST_A_MINUTE = timedelta(seconds=59)
NOBODY = "open"
"""Stands in a view where a guest's id would stand, for money that was nobody's when staff took it."""


def view(bill: Bill, names: Mapping[str, str], *, idle: timedelta = IDLE) -> JSON:
    """The whole view. ``names``: people's names by guest id; ``idle``: how long a visit lives without an action."""
    known: tuple[Mapping[str, str], timedelta, JSON] | None = bill.known.get("view")
    if known is not None and known[0] == names and known[1] == idle:
        return known[2]
    shown = _whole(bill, names, idle)
    bill.known["view"] = (dict(names), idle, shown)
    return shown


def _whole(bill: Bill, names: Mapping[str, str], idle: timedelta) -> JSON:
    owed = dues(bill)
    shown: JSON = {
        "tableSession": _session(bill, idle),
        "guests": _guests(bill, owed, names),
        "orders": shown_each(bill, "orders", bill.orders, _order),
        "lines": shown_each(bill, "lines", bill.lines, _line),
        "split": same(bill, "split", bill.split, bill.payments, bill.guests, show=lambda: _split(bill)),
        "totals": same(bill, "totals", bill.sums, owed.open, bill.payments, show=lambda: _totals(bill, owed)),
        "payments": shown_each(bill, "payments", bill.payments, _payment),
        "requests": requests(bill),
        "discounts": shown_each(bill, "discounts", bill.discounts, _discount),
        "holds": shown_each(bill, "holds", bill.holds, _hold),
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


def _session(bill: Bill, idle: timedelta) -> JSON:
    expires_at = _expires_at(bill, idle)
    return same(bill, "session", _OF_SESSION(bill), expires_at, show=lambda: _whole_session(bill, expires_at))


_OF_SESSION = attrgetter(
    "session", "status", "covers", "table_id", "table_label", "restaurant_id", "restaurant_name", "currency",
    "tax_inclusive", "opened_at", "settled_at", "merged_into", "ending", "booked_for",
)  # fmt: skip
"""All that is shown of a session, but for when it expires."""


def _whole_session(bill: Bill, expires_at: str | None) -> JSON:
    return members(
        id=bill.session,
        status=bill.status,
        covers=bill.covers,
        table={"id": bill.table_id, "label": bill.table_label},
        restaurant={"id": bill.restaurant_id, "name": bill.restaurant_name},
        currency=bill.currency,
        taxInclusive=bill.tax_inclusive,
        openedAt=timestamp(bill.opened_at) if bill.opened_at else None,
        expiresAt=expires_at,
        settledAt=timestamp(bill.settled_at) if bill.settled_at else None,
        mergedInto=bill.merged_into or None,
        ending=bill.ending or None,
        bookedFor=timestamp(bill.booked_for) if bill.booked_for else None,
    )


def _expires_at(bill: Bill, idle: timedelta) -> str | None:
    """Rounded up to whole minutes, so that not every event moves it on every phone."""
    if bill.last_at is None or bill.is_over:
        return None
    return timestamp((bill.last_at + idle + ALMOST_A_MINUTE).replace(second=0, microsecond=0))


def _guests(bill: Bill, owed: Dues, names: Mapping[str, str]) -> JSON:
    tips, sums = _tips(bill), bill.sums
    shown = {}
    for guest in bill.guests.values():
        money = (owed.of(guest.id), sums.reserved_by.get(guest.id, 0), sums.settled_by.get(guest.id, 0))
        parts = (guest, names.get(guest.id, ""), money, tips.get(guest.id, 0))
        shown[guest.id] = same(bill, f"guest {guest.id}", *parts, show=partial(_guest, *parts))
    return shown


def _tips(bill: Bill) -> dict[str, int]:
    """What is left of the tips of each guest."""
    tips: dict[str, int] = {}
    for payment in bill.payments.values():
        if payment.guest and payment.status == "succeeded":
            tips[payment.guest] = tips.get(payment.guest, 0) + payment.tip - payment.tip_refunded
    return tips


def _guest(guest: Guest, name: str, money: tuple[int, int, int], tip: int) -> JSON:
    due, reserved, settled = money
    return members(
        name=name,
        color=guest.color,
        companionOf=guest.companion_of,
        due=due,
        reserved=reserved,
        settled=settled,
        tip=tip,
        left=not guest.present,
        remindedAt=timestamp(guest.reminded_at) if guest.reminded_at else None,
    )


def _order(order: Any) -> JSON:
    return members(by=order.by, at=timestamp(order.at), lines=list(order.lines))


def _line(line: Line) -> JSON:
    shown: JSON | None = line.known.get("view")
    if shown is None:
        shown = line.known["view"] = _whole_line(line)
    return shown


def _whole_line(line: Line) -> JSON:
    return members(
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
    return members(
        mode=split.mode,
        shares=split.shares if split.mode == "even" else None,
        parts={} if named else dict(split.parts),
        consumed={} if named else {guest: parts for guest, parts in used.items() if guest != OPEN},
        amounts=dict(weights(bill).guests) if named else {},
    )


def _totals(bill: Bill, owed: Dues) -> JSON:
    """``subtotal + tax + service - discount = total``, and ``unpaid + reserved + settled - credit = total``."""
    sums, payments = bill.sums, bill.payments.values()
    return {
        "subtotal": sums.net + sums.discount,
        "discount": sums.discount,
        "service": sums.service,
        "tax": sums.tax,
        "taxes": {str(ppm): amount for ppm, amount in sums.taxes.items()},
        "total": sums.charged,
        "reserved": sums.reserved,
        "settled": sums.settled,
        "refunding": sum(payment.on_its_way for payment in payments),
        "unpaid": sums.unpaid,
        "open": owed.open,
        "credit": sums.credit,
        "tips": sum(payment.tip - payment.tip_refunded for payment in payments if payment.status == "succeeded"),
    }


def _payment(payment: Payment) -> JSON:
    return members(
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
    return members(
        guest=hold.guest,
        amount=hold.amount,
        status=hold.status,
        raising=hold.raising or None,
        captured=hold.captured or None,
        decline=hold.decline or None,
        closing=hold.closing or None,
    )


def _group(bill: Bill, group: Group) -> JSON:
    payers = {payment: bill.payments[payment] for payment in group.payments}
    return members(
        by=group.guest,
        status=group.status,
        startedAt=timestamp(group.at),
        deadline=timestamp(group.deadline),
        amount=sum(each.amount for each in payers.values()),
        tip=sum(each.tip for each in payers.values()),
        payments=dict(group.payments),
        waiting=list(group.waiting(bill.payments)),
        ready=[guest for payment, guest in group.payments.items() if payers[payment].status in READY],
        remindedAt=timestamp(group.reminded_at) if group.reminded_at else None,
        reminders=group.reminders or None,
        reason=group.reason or None,
        endedAt=timestamp(group.ended_at) if group.ended_at else None,
    )


def _discount(discount: Any) -> JSON:
    return members(
        kind=discount.kind,
        ppm=discount.ppm or None,
        amount=discount.amount or None,
        scope=discount.scope,
        reason=discount.reason,
    )


# Merge patches (RFC 7396)


def patch(old: JSON, new: JSON) -> JSON:
    """The merge patch with absolute values that turns ``old`` into ``new``: applied twice it does no harm."""
    changes: JSON = {}
    if not old.keys() <= new.keys():
        changes = dict.fromkeys(old.keys() - new.keys())
    for key, value in new.items():
        if key not in old:
            changes[key] = value
            continue
        before = old[key]
        if before is value:
            continue
        if isinstance(before, dict) and isinstance(value, dict):
            if inner := patch(before, value):
                changes[key] = inner
        elif before != value:
            changes[key] = value
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
