"""Deciding about payments: from the quoted share to the settled line (domain.md "Payments", payments.md rules 1-5)."""

from datetime import datetime, timedelta

from app.domain.bill import Bill
from app.domain.commands import (
    Actor,
    ApplySurplus,
    CancelPayment,
    ConfirmPayment,
    ExpirePayment,
    KeepPayment,
    ObservePayment,
    RefusePayment,
    ReleasePayment,
    StartPayment,
)
from app.domain.deciding import Decision, acts_for, is_staff, unless_over
from app.domain.events import (
    Allocations,
    Fact,
    PaymentAuthorized,
    PaymentAwaiting,
    PaymentCanceled,
    PaymentDeclined,
    PaymentExpiring,
    PaymentExtended,
    PaymentProcessing,
    PaymentRefused,
    PaymentReleased,
    PaymentStarted,
    PaymentSucceeded,
    SurplusApplied,
)
from app.domain.granting import covered
from app.domain.money import cash_rounding
from app.domain.payment import Payment, total_of, without
from app.domain.quoting import Quote, fitting, quote
from app.domain.refusals import Refusal

__all__ = [
    "apply_surplus",
    "bad_tip",
    "cancel",
    "confirm",
    "expire",
    "frozen",
    "keep",
    "observe",
    "payment_open",
    "refuse",
    "release",
    "start",
    "surplus_that_fits",
]

KEEP_EVERY = timedelta(minutes=1)
KEEP_AT_LEAST = timedelta(seconds=10)
TIP_ALWAYS_ALLOWED_MAJOR = 100


def start(bill: Bill, command: StartPayment, by: Actor, now: datetime) -> Decision:
    """Freeze the quoted share and reserve it. Asked for twice at once, a payment was started by whoever was faster."""
    if command.payment in bill.payments:
        return ()
    return _may_start(bill, command, by) or frozen(bill, command)


def frozen(bill: Bill, command: StartPayment) -> Decision:
    """The share as it is quoted now, reserved; what a gift card pays is settled at once."""
    quoted = quote(bill, command.guest, command.pays)
    if not isinstance(quoted, Refusal) and command.gift_card is not None:
        quoted = covered(bill, quoted, command.gift_card, command.tip)
    if isinstance(quoted, Refusal):
        return quoted
    if refusal := _bad_amount(bill, command, quoted):
        return refusal
    started = PaymentStarted(
        payment=command.payment,
        guest=command.guest,
        method=command.method,
        amount=quoted.amount,
        tip=command.tip,
        rounding=_rounding(bill, command, quoted),
        allocations=quoted.allocations,
        consumes=quoted.consumes,
        expires_at=command.expires_at,
    )
    facts: tuple[Fact, ...] = (quoted.taken, started) if quoted.taken else (started,)
    if command.gift_card is None:
        return facts
    return (*facts, PaymentSucceeded(command.payment, quoted.allocations, 0, reference=command.gift_card.card))


def _may_start(bill: Bill, command: StartPayment, by: Actor) -> Refusal | None:
    guest = command.guest
    if guest is None and not is_staff(by):
        return Refusal("forbidden", "A guest pays for themselves.")
    if guest is not None and (guest not in bill.guests or not bill.guests[guest].present):
        return Refusal("not_found", "There is no such guest at this table.")
    if guest is not None and not acts_for(bill, by, guest):
        return Refusal("forbidden", "A guest pays for themselves.")
    shows_card = command.gift_card is not None
    if (command.method == "giftCard") != shows_card or (command.method == "card" and guest is None):
        return Refusal("invalid", "This way of paying is not offered here.", {"paymentMethod": command.method})
    return unless_over(bill) or payment_open(bill, guest)


def payment_open(bill: Bill, guest: str | None) -> Refusal | None:
    """One payment of a guest at a time: another card is a retry of the same payment."""
    for payment in bill.payments.values():
        if guest is not None and payment.guest == guest and payment.holds:
            figures = {"payment": payment.id, "guest": guest}
            return Refusal("payment_open", "You have a payment under way; go on with that one.", figures)
    return None


def _bad_amount(bill: Bill, command: StartPayment, quoted: Quote) -> Refusal | None:
    money, amount, tip = bill.money, quoted.amount, command.tip
    if command.expected_amount is not None and command.expected_amount != amount:
        figures = {"amount": amount, "expectedAmount": command.expected_amount}
        return Refusal("amount_changed", "The share has changed since you saw it.", figures)
    if refusal := bad_tip(bill, amount, tip, command.tip_max):
        return refusal
    if command.method == "card" and amount + tip < money.card_minimum:
        works = {"amount": amount + tip, "minimum": money.card_minimum, "works": ["cash", "treat"]}
        detail = "This is too small for a card. Somebody can pay it along, or you pay cash."
        return Refusal("below_minimum", detail, works)
    return None


def bad_tip(bill: Bill, amount: int, tip: int, most: int | None = None) -> Refusal | None:
    """Refuse a tip that is out of all proportion, above the house's ``most``, or no whole steps."""
    money = bill.money
    tip_max = max(amount, TIP_ALWAYS_ALLOWED_MAJOR * 10**money.exponent)
    tip_max = tip_max if most is None else min(tip_max, most)
    if not 0 <= tip <= tip_max or tip % money.step:
        return Refusal("invalid", f"A tip is 0 to {tip_max}, in whole steps of {money.step}.", {"max": tip_max})
    return None


def _rounding(bill: Bill, command: StartPayment, quoted: Quote) -> int:
    """Cash is rounded where the currency's coins are; the due is settled in full all the same."""
    if command.method != "cash":
        return 0
    return cash_rounding(quoted.amount + command.tip, bill.money.cash_step)


# While it is under way


def _find(bill: Bill, payment: str) -> Payment | Refusal:
    return bill.payments.get(payment) or Refusal("not_found", "There is no such payment.")


def _own(bill: Bill, by: Actor, payment: Payment) -> Refusal | None:
    if is_staff(by) or by.id == payment.guest:
        return None
    return Refusal("forbidden", "This is somebody else's payment.")


def keep(bill: Bill, command: KeepPayment, by: Actor, now: datetime) -> Decision:
    """The payer's page is alive: the share is held longer, said at most once a minute unless it ends within one."""
    payment = _find(bill, command.payment)
    if isinstance(payment, Refusal):
        return payment
    if refusal := _own(bill, by, payment):
        return refusal
    if not payment.holds or payment.expiring or payment.expires_at is None or payment.group:
        return ()
    ends_soon = payment.expires_at - now < KEEP_EVERY
    if command.expires_at - payment.expires_at < (KEEP_AT_LEAST if ends_soon else KEEP_EVERY):
        return ()
    return (PaymentExtended(payment.id, command.expires_at),)


def cancel(bill: Bill, command: CancelPayment, by: Actor, now: datetime) -> Decision:
    """The payer, or staff, let go of a share."""
    payment = _find(bill, command.payment)
    if isinstance(payment, Refusal):
        return payment
    if refusal := _own(bill, by, payment):
        return refusal
    if payment.status == "succeeded":
        return Refusal("already_paid", "This payment has gone through.", {"payment": payment.id})
    if not payment.is_open:
        return ()
    if payment.capturing:
        return _agreed(payment)
    if payment.id in bill.holds:
        detail = "The tab is being captured; once it is, a refund gives it back."
        return Refusal("hold_busy", detail, {"hold": payment.id})
    return _let_go(payment, command.reason, known=command.known)


def _agreed(payment: Payment) -> Refusal:
    detail = "Everybody has agreed, and the money is being taken."
    return Refusal("already_paid", detail, {"payment": payment.id, "group": payment.group})


def _let_go(payment: Payment, reason: str, *, known: bool) -> Decision:
    """A payment that the provider may know of is cancelled there first; its share stays held until that is certain."""
    if payment.method != "card" or not known:
        return (PaymentCanceled(payment.id, reason),)
    return () if payment.expiring else (PaymentExpiring(payment.id, reason),)


def expire(bill: Bill, command: ExpirePayment, by: Actor, now: datetime) -> Decision:
    """The payment's time is over, unless a sign of life came meanwhile."""
    payment = _find(bill, command.payment)
    if isinstance(payment, Refusal):
        return payment
    if not is_staff(by):
        return Refusal("forbidden", "Only the system lets a payment expire.")
    if not payment.is_open or payment.expires_at is None or payment.expires_at > now:
        return ()
    return _let_go(payment, "expired", known=command.known)


def release(bill: Bill, command: ReleasePayment, by: Actor, now: datetime) -> Decision:
    """Staff free the share by force. Money that still arrives becomes a surplus, visibly."""
    payment = _find(bill, command.payment)
    if isinstance(payment, Refusal):
        return payment
    if not is_staff(by):
        return Refusal("forbidden", "Only a manager may release a payment.")
    if payment.capturing and payment.is_open:
        return _agreed(payment)
    if not payment.holds:
        return ()
    if payment.method != "card":
        return (PaymentCanceled(payment.id, command.reason),)
    if payment.id in bill.holds:
        return (PaymentReleased(payment.id, command.reason),)  # A capture that was sent is not taken back.
    expiring = () if payment.expiring else (PaymentExpiring(payment.id, "released"),)
    return (*expiring, PaymentReleased(payment.id, command.reason))


def refuse(bill: Bill, command: RefusePayment, by: Actor, now: datetime) -> Decision:
    """The provider would not create it: its share is free again."""
    payment = _find(bill, command.payment)
    if isinstance(payment, Refusal):
        return payment
    return (PaymentRefused(payment.id, command.code),) if payment.status == "initiated" else ()


def confirm(bill: Bill, command: ConfirmPayment, by: Actor, now: datetime) -> Decision:
    """Staff hold the money, or the terminal's slip."""
    payment = _find(bill, command.payment)
    if isinstance(payment, Refusal):
        return payment
    if not is_staff(by):
        return Refusal("forbidden", "Only staff may confirm this.")
    if payment.method == "card":
        return Refusal("forbidden", "A card payment is confirmed by the provider alone.")
    if payment.status == "succeeded":
        return Refusal("already_paid", "This payment was confirmed before.", {"payment": payment.id})
    if not payment.is_open:
        return Refusal("payment_ended", "This payment was given up.", {"payment": payment.id})
    if command.given is not None and command.given < payment.charge:
        return Refusal("invalid", "This is less than what is to be paid.", {"amount": payment.charge})
    return (_succeeded(payment, command.given, command.reference),)


def _succeeded(payment: Payment, given: int | None = None, reference: str | None = None) -> PaymentSucceeded:
    return PaymentSucceeded(payment.id, payment.allocations, 0, given, reference)


# What the provider says


def observe(bill: Bill, command: ObservePayment, by: Actor, now: datetime) -> Decision:
    """Compare a fetched object with the log and say what is missing. Twice is the same as once."""
    payment = _find(bill, command.payment)
    if isinstance(payment, Refusal):
        return payment
    if by.kind != "system":
        return Refusal("forbidden", "Only the provider's own word counts.")
    if payment.status == "succeeded":
        return ()
    if command.status == "succeeded":
        return _captured(bill, payment)
    if not payment.is_open:
        return ()
    if command.status == "canceled":
        return (PaymentCanceled(payment.id, payment.expiring or "provider"),)
    return _under_way(payment, command)


def _under_way(payment: Payment, command: ObservePayment) -> Decision:
    """News of an older attempt does not undo an authorization."""
    if payment.status == "authorized":
        return ()
    facts: list[Fact] = []
    if command.decline is not None and command.attempt != payment.attempt:
        facts.append(PaymentDeclined(payment.id, command.decline, command.attempt))
    match command.status:
        case "awaiting" if command.action != (payment.action and not facts) or (
            not facts and payment.status != "awaiting"
        ):
            facts.append(PaymentAwaiting(payment.id, command.action))
        case "processing" if payment.status in ("initiated", "awaiting") or facts:
            facts.append(PaymentProcessing(payment.id))
        case "authorized":
            facts.append(PaymentAuthorized(payment.id))
    return tuple(facts)


def _captured(bill: Bill, payment: Payment) -> Decision:
    """Money was taken. What was held is settled; after a forced release, whatever of it still fits."""
    if payment.holds:
        return (_succeeded(payment),)
    fits = fitting(bill, payment.allocations)
    surplus = payment.amount - total_of(fits)
    contested = tuple(_give_way(other) for other in _contesting(bill, payment, fits))
    return (PaymentSucceeded(payment.id, fits, surplus), *contested)


def _give_way(payment: Payment) -> Fact:
    """A card payment is cancelled at the provider first; cash that nobody has confirmed is only an intention."""
    known = payment.method == "card"
    return PaymentExpiring(payment.id, "contested") if known else PaymentCanceled(payment.id, "contested")


def _contesting(bill: Bill, payment: Payment, fits: Allocations) -> list[Payment]:
    """Intentions that hold what captured money was meant for: they are cancelled, if the provider still can."""
    missing = without(payment.allocations, fits)
    return [
        other
        for other in bill.payments.values()
        if other.id != payment.id
        and other.holds
        and not other.expiring
        and not other.capturing
        and other.id not in bill.holds
        and not missing.keys().isdisjoint(other.allocations)
    ]


def apply_surplus(bill: Bill, command: ApplySurplus, by: Actor, now: datetime) -> Decision:
    """Move a surplus into its lines where it fits by now."""
    payment = _find(bill, command.payment)
    if isinstance(payment, Refusal):
        return payment
    if not is_staff(by):
        return Refusal("forbidden", "Only the system may do this.")
    applied = _surplus_applied(bill, payment)
    return (applied,) if applied else ()


def surplus_that_fits(bill: Bill) -> SurplusApplied | None:
    """The next surplus that fits its own lines by now, because a contested payment let go of them."""
    applied = (_surplus_applied(bill, payment) for payment in bill.payments.values())
    return next((each for each in applied if each), None)


def _surplus_applied(bill: Bill, payment: Payment) -> SurplusApplied | None:
    if payment.status != "succeeded" or not payment.surplus:
        return None
    fits = fitting(bill, without(payment.allocations, payment.settled), at_most=payment.surplus)
    return SurplusApplied(payment.id, fits) if fits else None
