"""Payments: started by guests or staff, observed at the provider, ended by facts."""

import math
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from app.actions import attending, bills, calls, connect, errors, giftcards, risk, tables
from app.actions.access import Access, GuestAccess
from app.actions.desk import Desk
from app.actions.observing import observe
from app.actions.receipts import receipt, receipt_of
from app.actions.refund_lists import refundable
from app.actions.roles import FLOOR, check_role
from app.actions.shapes import GuestsPay, LinesPay, PaymentRequest, SharesPay
from app.domain import commands as c
from app.domain.bill import Bill
from app.domain.events import PaymentStarted as Started
from app.domain.payment import Payment as Standing
from app.domain.refusals import Refusal
from app.domain.view import timestamp, view
from app.payments.gateway import CaptureMethod, CreateIntent, Unknown
from app.storage import payments, restaurants
from app.storage.log import Add, Write
from app.storage.tables import Payment

__all__ = [
    "PaymentStarted",
    "cancel",
    "check_declines",
    "check_provider",
    "creating",
    "observe",
    "own",
    "receipt",
    "receipt_of",
    "start",
    "state",
    "status",
    "told",
]

HOUR = timedelta(hours=1)
DECLINES_WITHIN = timedelta(minutes=10)
LOOK_AGAIN = timedelta(seconds=2)
LOOKED_MAX = 4096
GIFT_TRIES = 5


@dataclass(frozen=True, slots=True)
class PaymentStarted:
    """What the payer's own page is told. `client_secret` is absent while the provider's answer is in doubt.

    `checking` means that: the answer to the create was lost, and a job is finding out. `next_action` is
    `requires_action` where the payer's bank wants a confirmation.
    """

    id: str
    table_session_id: str
    status: str
    method: str
    currency: str
    amount: int
    tip_amount: int
    expires_at: datetime | None
    publishable_key: str | None = None
    client_secret: str | None = field(default=None, repr=False)
    next_action: str | None = None
    checking: bool = False
    decline: str | None = None
    receipt_token: str | None = field(default=None, repr=False)
    rounding: int = 0
    surplus: int = 0
    card: str | None = None
    refunding: int = 0
    refunded: int = 0
    disputed: bool = False
    refundable: dict[str, Any] | None = None
    given: int | None = None
    reference: str | None = None
    gift_card: dict[str, Any] | None = None


async def start(
    desk: Desk,
    stream: str,
    request: PaymentRequest,
    *,
    by: Access,
    payment: str | None = None,
    admit: Callable[[], Awaitable[None]] | None = None,
) -> PaymentStarted:
    """Reserve what the request pays for and, for a card, make the intent at the provider.

    `payment` is the id the new payment gets (the subject of the request's idempotency key): asked again with the same
    id, a payment that exists is gone on with, never made twice. `admit` is asked before a new one is made, and raises
    where there were too many: only what the bill allows is counted.
    Raises `Refused` (`payment_open`, `amount_changed`, `below_minimum`, …), `NotFound`, `TooMany`, and `Unavailable`
    (`provider_unavailable`) while the provider does not answer.
    """
    payment = payment or desk.new_id()
    if await payments.payment(desk.database, payment) is None:
        await _reserve_on_what_is_left(desk, stream, request, payment, by, admit)
    row = await own(desk, payment, by)
    if row.method == "card" and row.intent_id is None:
        await calls.send(desk, calls.create_key(payment))
    return await told(desk, payment, by)


async def _reserve_on_what_is_left(
    desk: Desk,
    stream: str,
    request: PaymentRequest,
    payment: str,
    by: Access,
    admit: Callable[[], Awaitable[None]] | None,
) -> None:
    """A gift card that somebody else used at this very moment is looked at again: it pays what is left on it."""
    for _ in range(GIFT_TRIES - 1):
        try:
            return await _reserve(desk, stream, request, payment, by, admit)
        except errors.Refused as refused:
            if refused.code != "gift_card_used":
                raise
    return await _reserve(desk, stream, request, payment, by, admit)


async def _reserve(
    desk: Desk,
    stream: str,
    request: PaymentRequest,
    payment: str,
    by: Access,
    admit: Callable[[], Awaitable[None]] | None,
) -> None:
    """The payment, its row and the planned call are one append: none of them is ever there without the others."""
    bill = (await bills.newest(desk, stream)).bill
    if payment in bill.payments:  # A second tap, on another node, was faster.
        return
    guest = by.guest_id if isinstance(by, GuestAccess) else None
    if not isinstance(by, GuestAccess):
        check_role(by.role, FLOOR)
    is_card = request.method == "card"
    command = c.StartPayment(
        payment=payment,
        guest=guest,
        method=request.method,
        pays=_pays(bill, request, guest),
        tip=request.tip_amount,
        expected_amount=_expected(request),
        expires_at=desk.now() + desk.policies.payment_lifetime if is_card else None,
        gift_card=await _gift_card(desk, bill, request),
        tip_max=desk.policies.tip_max * 10**bill.money.exponent,
    )
    rows = await creating(desk, bill, token=request.confirmation_token) if is_card else None
    # What the bill refuses is refused for that, however often it is asked; limits are for what could be.
    decided = bills.decide_all(bill, (command,), by=by.actor, now=desk.now())
    if not isinstance(decided, Refusal):
        if is_card:
            check_provider(desk)
            _check_velocity(desk, bill, guest)
            check_declines(desk, bill, guest)
        if admit is not None:
            await admit()
        if is_card and guest is not None:
            await risk.admit(desk, bill, guest, next(fact for fact in decided if isinstance(fact, Started)))
    await bills.change(desk, stream, command, by=by.actor, rows=rows)


async def _gift_card(desk: Desk, bill: Bill, request: PaymentRequest) -> c.GiftCard | None:
    """The card whose code came with the request; a code goes with that way of paying and with no other."""
    if (request.method == "giftCard") != (request.code is not None):
        raise errors.Invalid([errors.FieldError(("code",), "one_of", "a gift card, and nothing else, has a code")])
    return await giftcards.presented(desk, bill, request.code) if request.code is not None else None


def check_provider(desk: Desk) -> None:
    """While the provider does not answer nothing new is held for a card that could not be charged; cash goes on."""
    if wait := desk.gateway.held_back_s():
        detail = "cards cannot be taken right now; try again in a moment, or pay cash"
        raise errors.Unavailable(detail, retry_after_s=math.ceil(wait), code="provider_unavailable")


def _check_velocity(desk: Desk, bill: Bill, guest: str | None) -> None:
    """A seat is not a place to try out cards."""
    now, most = desk.now(), desk.policies.payment_starts_per_hour_max
    mine = [each for each in bill.payments.values() if guest and each.guest == guest and each.method == "card"]
    started = [each.at for each in mine if now - each.at < HOUR]
    if len(started) >= most:
        wait = int((min(started) + HOUR - now).total_seconds()) + 1
        raise errors.TooMany("too many payments were started from this phone", retry_after_s=wait)


def check_declines(desk: Desk, bill: Bill, guest: str | None) -> None:
    """Whoever had so many cards declined tries no further one for a while; cash is always taken."""
    now, most = desk.now(), desk.policies.declines_max
    mine = [at for each in bill.payments.values() if guest and each.guest == guest for at in each.declined_at]
    recent = sorted(at for at in mine if now - at < DECLINES_WITHIN)
    if len(recent) >= most:
        wait = int((recent[-most] + DECLINES_WITHIN - now).total_seconds()) + 1
        raise errors.TooMany("too many cards were declined on this phone", retry_after_s=wait)


def _pays(bill: Bill, request: PaymentRequest, guest: str | None) -> c.Pays:
    """Which of the ways to say what is paid was used; both of them at once make no sense.

    Staff have no share of their own: where they do not say what, they take all that is left.
    """
    if request.pays is not None and request.include_orders is not None:
        raise errors.Invalid([errors.FieldError(("pays",), "one_of", "give only one of pays and includeOrders")])
    if request.include_orders is not None:
        return c.PayLines(_lines_of(bill, request.include_orders))
    if request.amount is not None and request.pays is None:
        return c.PayAmount(request.amount)
    match request.pays or ("mine" if guest else "everything"):
        case "everything":
            return c.PayEverything()
        case "open":
            return c.PayOpen()
        case GuestsPay(guests=guests):
            return c.PayGuests(tuple(guests))
        case LinesPay(lines=lines):
            return c.PayLines(tuple(lines))
        case SharesPay(shares=shares):
            return c.PayShares(shares)
        case _:
            return c.PayMine()


def _expected(request: PaymentRequest) -> int | None:
    """What the payer believes to pay: beside `pays` or `includeOrders` an `amount` says that and nothing else."""
    names_share = request.pays is not None or request.include_orders is not None
    return request.amount if request.expected_amount is None and names_share else request.expected_amount


def _lines_of(bill: Bill, orders: list[str]) -> tuple[str, ...]:
    """The lines of these orders that still have unpaid money."""
    if any(order not in bill.orders for order in orders):
        raise errors.NotFound("there is no such order on this bill")
    lines = [line for order in dict.fromkeys(orders) for line in bill.orders[order].lines if line in bill.lines]
    unpaid = [line for line in lines if bill.lines[line].unpaid > 0]
    return tuple(unpaid or [line for line in lines if not bill.lines[line].voided] or lines)


async def creating(
    desk: Desk, bill: Bill, *, token: str | None = None, capture: CaptureMethod = "automatic"
) -> bills.Rows:
    """The planned create of each payment that starts, with the amount that was decided."""
    now, terms = desk.now(), await connect.terms(desk, bill.restaurant_id)
    table = await restaurants.table(desk.database, bill.table_id) if token else None

    def planned(after: Bill, started: Started) -> tuple[Write, ...]:
        params = CreateIntent(
            payment=started.payment,
            table_session=after.session,
            restaurant=after.restaurant_id,
            amount=started.amount + started.tip,
            currency=after.currency,
            capture=capture,
            confirmation_token=token,
            return_url=tables.code_of(desk, table).url if table else None,
            description=f"{after.restaurant_name}, table {after.table_label}",
            tip=started.tip or None,
        )
        call = calls.planned_create(terms.directed(params, started.amount, after.step), after.session, now)
        return (*terms.noted(started.payment, started.amount, after.step), Add(call))

    return lambda after, facts: tuple(
        row for fact in facts if isinstance(fact, Started) for row in planned(after, fact)
    )


async def own(desk: Desk, payment: str, by: Access) -> Payment:
    """The row of a payment that `by` has to do with. Raises `NotFound`: others' look like none."""
    row = await payments.payment(desk.database, payment)
    if row is None or not _is_own(row, by):
        raise errors.NotFound("there is no such payment")
    return row


def _is_own(row: Payment, by: Access) -> bool:
    if isinstance(by, GuestAccess):
        return row.stream == by.stream and row.guest_id == by.guest_id
    return row.restaurant_id == by.restaurant_id


async def state(desk: Desk, payment: str, *, by: Access) -> PaymentStarted:
    """Where a payment stands, for its payer or staff; looks at the provider first if it is still open there."""
    row = await own(desk, payment, by)
    if row.method == "card" and row.state not in payments.ENDED and _looks_again(desk, payment):
        with suppress(Unknown):  # What is written is what can be said now; the jobs go on asking.
            await observe(desk, payment)
    return await told(desk, payment, by)


def _looks_again(desk: Desk, payment: str) -> bool:
    """Whether a page's question is worth one to the provider: it counts our reads."""
    now = desk.now()
    if now - desk.looked.get(payment, now - LOOK_AGAIN) < LOOK_AGAIN:
        return False
    if len(desk.looked) >= LOOKED_MAX:
        desk.looked.clear()
    desk.looked[payment] = now
    return True


async def cancel(desk: Desk, payment: str, *, by: Access) -> PaymentStarted:
    """Let go of the share; what the provider knows of is cancelled there first. Raises `Refused` (`already_paid`)."""
    row = await own(desk, payment, by)
    if not isinstance(by, GuestAccess):
        check_role(by.role, FLOOR)
    reason = "payer" if isinstance(by, GuestAccess) else "staff"
    await attending.cancel(desk, row, reason, by=by.actor)
    return await told(desk, payment, by)


async def told(desk: Desk, payment: str, by: Access) -> PaymentStarted:
    """What somebody may know of a payment of theirs, from what is written. Raises `NotFound`."""
    row = await own(desk, payment, by)
    bill = (await bills.newest(desk, row.stream)).bill
    standing = bill.payments[payment]
    is_staff = not isinstance(by, GuestAccess)
    is_payer = isinstance(by, GuestAccess) and row.guest_id == by.guest_id
    waits = row.method == "card" and standing.is_open
    return PaymentStarted(
        id=row.id,
        table_session_id=row.stream,
        status=standing.status,
        method=row.method,
        currency=row.currency,
        amount=row.amount,
        tip_amount=row.tip,
        expires_at=standing.expires_at if standing.is_open else None,
        publishable_key=desk.policies.publishable_key if row.method == "card" else None,
        client_secret=row.client_secret if waits and is_payer else None,
        next_action="requires_action" if standing.is_open and standing.action else None,
        checking=waits and row.intent_id is None,
        decline=(standing.decline or None) if standing.status != "succeeded" else None,
        receipt_token=row.receipt_token if is_payer or (is_staff and not _has_codes(bill, standing)) else None,
        rounding=row.rounding,
        surplus=standing.surplus,
        refunding=standing.on_its_way,
        refunded=standing.returned,
        disputed=standing.disputed and is_staff,
        refundable=refundable(bill, standing) if is_staff else None,
        given=standing.given,
        reference=standing.reference or None if row.method == "terminal" else None,
        gift_card=await giftcards.paid_with(desk, row.id) if row.method == "giftCard" else None,
        card=f"{row.card_brand} {row.card_last4}" if row.card_last4 else None,
    )


def _has_codes(bill: Bill, payment: Standing) -> bool:
    """Whether the receipt shows codes of gift cards that somebody at the table has bought."""
    return payment.guest is not None and any(line.granted == payment.id for line in bill.lines.values())


async def status(desk: Desk, stream: str) -> dict[str, Any]:
    """`GET …/payment-status`, camelCase members as in the API."""
    kept = await bills.newest(desk, stream)
    shown = view(kept.bill, kept.names, idle=desk.policies.session_idle)
    totals, bill = shown["totals"], kept.bill
    told: dict[str, Any] = {
        "currency": bill.currency,
        "totalAmount": totals["total"],
        "paidAmount": totals["settled"],
        "remainingAmount": totals["unpaid"],
        "reservedAmount": totals["reserved"],
        "payments": [{"id": payment, **members} for payment, members in shown["payments"].items()],
        "canAcceptNewPayment": not bill.is_over and bill.unpaid > 0,
        "tipAmount": totals["tips"],
        "refundedAmount": sum(payment.returned for payment in bill.payments.values()),
        "guests": {
            guest: {name: members[name] for name in ("due", "reserved", "settled")}
            for guest, members in shown["guests"].items()
        },
        **({"groups": shown["groups"]} if "groups" in shown else {}),
    }
    paid = [each.succeeded_at for each in bill.payments.values() if each.succeeded_at is not None]
    return {**told, **({"lastPaymentAt": timestamp(max(paid))} if paid else {})}
