"""Rows of groups and gift cards that follow from facts, written in the append of those facts, whoever decided them.

So a gift card is there together with the payment that bought it, what pays with one is taken from it together with the
payment, and the captures of a group are planned together with the word that everybody agreed.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from app.actions import codes
from app.actions.desk import Desk
from app.domain import payment as domain
from app.domain.bill import Bill, Line
from app.domain.events import (
    Fact,
    GroupCapturing,
    GroupReleased,
    GroupReminded,
    GroupStarted,
    GroupSucceeded,
    PaymentSucceeded,
    RefundFailed,
    RefundStarted,
    RefundSucceeded,
    VoucherGranted,
)
from app.domain.group import Group
from app.storage import payments
from app.storage.log import Add, Change, Put, Spend, Withdraw, Write
from app.storage.tables import GiftCard, GiftCardUse, GroupPayment, Payment

LAST_CALL = timedelta(minutes=1)
CAPTURE_SHARE = "capture_share"

FACTS_OF_OTHERS = ("provider", "dispute")
"""Refunds with these causes have happened already: nothing may refuse them."""


def tender_rows(desk: Desk, before: Bill, after: Bill, facts: tuple[Fact, ...], now: datetime) -> tuple[Write, ...]:
    """What `facts`, which make `after` of `before`, mean to groups and gift cards."""
    rows: list[Write] = []
    for fact in facts:
        rows += _rows(desk, after, fact, now)
    rows += _given_back(before, after, facts, now)
    return tuple(rows)


def _rows(desk: Desk, bill: Bill, fact: Fact, now: datetime) -> Iterator[Write]:
    match fact:
        case GroupStarted():
            yield Put(_group(bill, bill.groups[fact.group], now))
        case GroupReminded():
            yield _of_group(fact.group, now, remind_at=next_reminder(bill.groups[fact.group], now))
        case GroupCapturing():
            yield _of_group(fact.group, now, state="capturing", remind_at=None)
            yield from _captures(bill, bill.groups[fact.group], now)
        case GroupReleased():
            yield _of_group(fact.group, now, state="released", remind_at=None)
        case GroupSucceeded():
            yield _of_group(fact.group, now, state="succeeded", remind_at=None)
        case VoucherGranted():
            yield from _granted(desk, bill, fact, now)
        case PaymentSucceeded() if bill.payments[fact.payment].method == "giftCard":
            yield from _spent(bill, bill.payments[fact.payment], now)
        case RefundStarted() | RefundFailed():
            yield from _withdrawn(bill, fact)


# Groups


def next_reminder(group: Group, now: datetime) -> datetime | None:
    """The room is told half-way, and a minute before the end."""
    times = group.at + (group.deadline - group.at) / 2, group.deadline - LAST_CALL
    return min((at for at in times if at > now and at > group.at), default=None)


def _group(bill: Bill, group: Group, now: datetime) -> GroupPayment:
    return GroupPayment(
        id=group.id,
        stream=bill.session,
        restaurant_id=bill.restaurant_id,
        guest_id=group.guest,
        state=group.status,
        deadline=group.deadline,
        remind_at=next_reminder(group, now),
        created_at=now,
        updated_at=now,
    )


def _of_group(group: str, now: datetime, **values: Any) -> Change:
    return Change(GroupPayment, {"id": group}, {**values, "updated_at": now})


def capture_key(payment: str) -> str:
    """The key of a capture: everybody agreed once."""
    return f"pay:{payment}:capture:1"


def _captures(bill: Bill, group: Group, now: datetime) -> Iterator[Write]:
    """Every capture is planned in the append that decided them all, and due at once: a job sends what nobody sent."""
    for payment in (bill.payments[each] for each in group.payments):
        if payment.is_open:
            call = payments.planned(
                key=capture_key(payment.id),
                operation=CAPTURE_SHARE,
                subject=payment.id,
                stream=bill.session,
                parameters={"payment": payment.id, "amount": payment.charge, "currency": bill.currency},
                now=now,
                lease=timedelta(0),
            )
            yield Add(call)
            yield Change(Payment, {"id": payment.id}, {"expires_at": None, "updated_at": now})


# Gift cards


def _granted(desk: Desk, bill: Bill, fact: VoucherGranted, now: datetime) -> Iterator[Write]:
    line = bill.lines[fact.line]
    for card in fact.cards:
        code = codes.gift_code(desk.policies.signing_keys, card)
        yield Put(_card(bill, line, card, fact.payment, code, now))


def _card(bill: Bill, line: Line, card: str, payment: str, code: str, now: datetime) -> GiftCard:
    grant = line.product
    if grant is None:
        raise ValueError(f"line {line.id} sells nothing")
    is_pass = grant.kind == "pass"
    return GiftCard(
        id=card,
        restaurant_id=bill.restaurant_id,
        sold_in=bill.session,
        payment_id=payment,
        name=line.name,
        kind=grant.kind,
        currency=bill.currency,
        value=grant.value,
        balance=None if is_pass else grant.value,
        uses=grant.uses if is_pass else None,
        uses_left=grant.uses if is_pass else None,
        item_ids=list(grant.items),
        code_hash=codes.gift_code_hash(code),
        last4=code[-4:],
        valid_from=now,
        valid_until=now + timedelta(days=grant.valid_days) if grant.valid_days else None,
        created_at=now,
    )


def _pieces(bill: Bill, payment: domain.Payment) -> int:
    """How many uses a pass gives for what the payment was for."""
    return sum(bill.lines[line].quantity for line in payment.allocations)


def _spent(bill: Bill, payment: domain.Payment, now: datetime) -> Iterator[Write]:
    uses = _pieces(bill, payment)
    yield Spend(payment.reference, payment.charge, uses, now)
    yield Add(
        GiftCardUse(
            payment_id=payment.id,
            card_id=payment.reference,
            stream=bill.session,
            amount=payment.charge,
            uses=uses,
            created_at=now,
        )
    )


def _given_back(before: Bill, after: Bill, facts: tuple[Fact, ...], now: datetime) -> Iterator[Write]:
    """A refund puts money back on the card it came from; uses come back when all of it did."""
    for payment in _refunded(after, facts).values():
        if payment.method == "giftCard":
            was = before.payments[payment.id]
            is_whole = payment.refunded == payment.amount > was.refunded
            amount = payment.returned - was.returned
            yield Spend(payment.reference, -amount, -_pieces(after, payment) if is_whole else 0, now)
            yield Change(GiftCardUse, {"payment_id": payment.id}, {"returned": payment.returned})


def _refunded(bill: Bill, facts: tuple[Fact, ...]) -> Mapping[str, domain.Payment]:
    refunds = (bill.refunds[fact.refund].payment for fact in facts if isinstance(fact, RefundSucceeded))
    return {payment: bill.payments[payment] for payment in refunds}


def _withdrawn(bill: Bill, fact: RefundStarted | RefundFailed) -> Iterator[Write]:
    """Whose money goes back as a whole loses the card that it bought; if the money stays here, the card is good."""
    allocations = fact.allocations if isinstance(fact, RefundStarted) else fact.settled
    for line in (bill.lines[each] for each in allocations if each in bill.lines and bill.lines[each].granted):
        for card in (f"{line.id}-{n}" for n in range(1, line.quantity + 1)):
            if isinstance(fact, RefundFailed):
                yield Change(GiftCard, {"id": card}, {"state": "active"})
            elif line.settled_total:
                continue
            elif fact.cause in FACTS_OF_OTHERS:
                yield Change(GiftCard, {"id": card}, {"state": "blocked"})
            else:
                yield Withdraw(card)
