"""Whole evenings: what `Serving` does, and payments, refunds, moves and the end of the visit."""

from collections.abc import Iterable
from functools import reduce
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from app.domain import commands as cm
from app.domain.decide import followed
from app.domain.events import Allocations
from app.domain.moving import TwoDecisions, merge, move_lines
from app.domain.payment import Payment, merged, total_of
from app.domain.refunding import credits_of, spread
from app.domain.refusals import Refusal
from app.domain.split import dues
from tests.domain.serving import GUESTS, chance, pick
from tests.domain.tenders import Tenders
from tests.domain.visit import MANAGER, SYSTEM, WAITER, Visit, me

BACKS = ("all", "amount", "lines", "credit", "surplus", "total")
some_guests = st.lists(st.sampled_from(GUESTS), min_size=1, max_size=3)


def has_payment(evening: "Evening") -> bool:
    return any(visit.bill.payments for visit in evening.visits)


def has_open_payment(evening: "Evening") -> bool:
    return any(visit.bill.open_payments for visit in evening.visits)


def has_captured(evening: "Evening") -> bool:
    return any(each.status == "succeeded" for visit in evening.visits for each in visit.bill.payments.values())


def has_refund(evening: "Evening") -> bool:
    return any(visit.bill.refunds for visit in evening.visits)


def merge_all(several: Iterable[Allocations]) -> Allocations:
    return reduce(merged, several, {})


class Evening(Tenders):
    """Beside guests and staff, a payment provider with a mind of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.captured: set[str] = set()

    # Payments

    @rule(table=chance, payer=chance, method=st.sampled_from(["card", "cash", "terminal"]), tip=st.integers(0, 300))
    def pay_mine(self, table: int, payer: int, method: str, tip: int) -> None:
        visit = self.at(table)
        name = pick((each.id for each in visit.bill.present), payer)
        before, mode = dues(visit.bill), visit.bill.split.mode
        outcome = self.start(visit, name, cm.PayMine(), method, tip)
        if isinstance(outcome, Refusal):
            return
        # Invariant 9: nobody else's due moves when somebody pays an own due.
        after, most = dues(visit.bill), 0 if mode == "items" else self.step
        assert visit.payment(outcome).amount == before.of(name)
        assert all(abs(after.of(guest) - before.of(guest)) <= most for guest in visit.bill.guests if guest != name)

    @rule(
        table=chance,
        payer=chance,
        method=st.sampled_from(["card", "cash", "terminal"]),
        pays=st.one_of(
            st.just(cm.PayEverything()),
            st.just(cm.PayOpen()),
            st.builds(cm.PayGuests, some_guests.map(tuple)),
            st.builds(cm.PayShares, st.integers(1, 4)),
        ),
    )
    def pay(self, table: int, payer: int, method: str, pays: cm.Pays) -> None:
        visit = self.at(table)
        payers = [*(each.id for each in visit.bill.present), *([None] if method != "card" else [])]
        self.start(visit, pick(payers, payer), pays, method, 0)

    @rule(table=chance, payer=chance, lines=st.lists(chance, min_size=1, max_size=3))
    def pay_lines(self, table: int, payer: int, lines: list[int]) -> None:
        visit = self.at(table)
        names = {pick(visit.bill.lines, line) for line in lines} - {None}
        name = pick((each.id for each in visit.bill.present), payer)
        self.start(visit, name, cm.PayLines(tuple(sorted(names))), "terminal", 0)

    @rule(table=chance, payer=chance, size=st.integers(1, 3_000))
    def pay_an_amount(self, table: int, payer: int, size: int) -> None:
        visit = self.at(table)
        name = pick((each.id for each in visit.bill.present), payer)
        self.start(visit, name, cm.PayAmount(min(size * self.step, visit.bill.unpaid)), "card", 0)

    def start(self, visit: Visit, payer: str | None, pays: cm.Pays, method: str, tip: int) -> str | Refusal:
        """Start a payment; what is taken of the parts is never more than was there."""
        if not visit.bill.guests:
            return Refusal("not_found", "nobody is here")
        command = visit.starting(payer, pays, method, tip * self.step)
        outcome = visit.attempt(command, me(payer) if payer else WAITER)
        return outcome if isinstance(outcome, Refusal) else command.payment

    def payment(self, visit: Visit, number: int, *, card: bool | None = None) -> Payment | None:
        """One of the table's payments; twice as often one that is still open."""
        payments = [each for each in visit.bill.payments.values() if card is None or (each.method == "card") == card]
        still_open = [each for each in payments if each.is_open]
        found: Payment | None = pick(still_open if number % 3 and still_open else payments, number // 3)
        return found

    @precondition(has_open_payment)
    @rule(table=chance, number=chance)
    def confirm(self, table: int, number: int) -> None:
        visit = self.at(table)
        if payment := self.payment(visit, number, card=False):
            visit.attempt(cm.ConfirmPayment(payment.id))

    @precondition(has_payment)
    @rule(table=chance, number=chance)
    def provider_takes_the_money(self, table: int, number: int) -> None:
        """Also of payments that were cancelled or released here: captured money is a fact."""
        visit = self.at(table)
        if payment := self.payment(visit, number, card=True):
            self.captured.add(payment.id)
            before = dues(visit.bill)
            visit.attempt(cm.ObservePayment(payment.id, "succeeded", payment.charge), SYSTEM)
            assert visit.payment(payment.id).status == "succeeded"
            assert dues(visit.bill) == before or not payment.holds

    @precondition(has_open_payment)
    @rule(table=chance, number=chance)
    def settle(self, table: int, number: int) -> None:
        """The waiter takes cash for all that is left, and the provider answers for everything in doubt."""
        visit = self.at(table)
        if number % 10 == 0 and not visit.bill.is_over:
            for payment in visit.bill.open_payments:
                if payment.method == "card":
                    self.captured.add(payment.id)
                    visit.do(cm.ObservePayment(payment.id, "succeeded", payment.charge), SYSTEM)
                elif visit.payment(payment.id).is_open:
                    visit.do(cm.ConfirmPayment(payment.id))
            if visit.bill.unpaid:
                visit.pay(None, cm.PayEverything(), "cash")
            assert visit.bill.unpaid == 0
            nobody_paid = all(payment.status != "succeeded" for payment in visit.bill.payments.values())
            assert visit.status == "settled" or visit.bill.open_payments or visit.was_reopened or nobody_paid

    @precondition(has_payment)
    @rule(
        table=chance,
        number=chance,
        status=st.sampled_from(["awaiting", "processing", "authorized", "canceled"]),
        action=st.booleans(),
        decline=st.none() | st.just("card_declined"),
    )
    def provider_says(self, table: int, number: int, status: Any, action: bool, decline: str | None) -> None:
        """Late and repeated news of whatever kind; twice is the same as once."""
        visit = self.at(table)
        payment = self.payment(visit, number, card=True)
        if payment is None or (payment.status == "authorized" and status in ("awaiting", "processing")):
            return
        attempt = visit.new("attempt") if decline else ""
        news = cm.ObservePayment(payment.id, status, 0, action and status == "awaiting", decline, attempt)
        visit.attempt(news, SYSTEM)
        if payment.id in self.captured:
            assert visit.payment(payment.id).status == "succeeded"
        assert visit.attempt(news, SYSTEM) == ()

    @precondition(has_open_payment)
    @rule(table=chance, number=chance, known=st.booleans())
    def cancel(self, table: int, number: int, known: bool) -> None:
        visit = self.at(table)
        if payment := self.payment(visit, number):
            visit.attempt(cm.CancelPayment(payment.id, known, "changed my mind"), me(payment.guest or "nobody"))

    @precondition(has_open_payment)
    @rule(table=chance, number=chance, known=st.booleans())
    def expire(self, table: int, number: int, known: bool) -> None:
        visit = self.at(table)
        if payment := self.payment(visit, number):
            visit.now = max(visit.now, payment.expires_at or visit.now)
            visit.attempt(cm.ExpirePayment(payment.id, known), SYSTEM)

    @precondition(has_open_payment)
    @rule(table=chance, number=chance)
    def release(self, table: int, number: int) -> None:
        visit = self.at(table)
        if payment := self.payment(visit, number):
            visit.attempt(cm.ReleasePayment(payment.id, "guest left"), MANAGER)

    @precondition(has_payment)
    @rule(table=chance, number=chance)
    def refuse(self, table: int, number: int) -> None:
        visit = self.at(table)
        if payment := self.payment(visit, number, card=True):
            visit.attempt(cm.RefusePayment(payment.id, "amount_too_small"), SYSTEM)

    @precondition(has_payment)
    @rule(table=chance, number=chance)
    def apply_surplus(self, table: int, number: int) -> None:
        visit = self.at(table)
        if payment := self.payment(visit, number):
            visit.attempt(cm.ApplySurplus(payment.id), SYSTEM)

    # Refunds

    @precondition(has_captured)
    @rule(table=chance, number=chance, line=chance, part=st.integers(1, 100), surplus=st.booleans(), tip=st.booleans())
    def refund(self, table: int, number: int, line: int, part: int, surplus: bool, tip: bool) -> None:
        visit = self.at(table)
        payment = pick((each for each in visit.bill.payments.values() if each.status == "succeeded"), number)
        if payment is None:
            return
        settled = [(name, guest, each) for name, guests in payment.settled.items() for guest, each in guests.items()]
        allocations = {}
        if place := pick(settled, line):
            name, guest, amount = place
            allocations = {name: {guest: max(self.step, amount * part // (100 * self.step) * self.step)}}
        command = cm.StartRefund(
            visit.new("refund"),
            payment.id,
            allocations,
            payment.surplus if surplus else 0,
            payment.tip if tip else 0,
            "staff",
        )
        visit.attempt(command, MANAGER)

    @precondition(has_captured)
    @rule(table=chance, number=chance)
    def refund_the_credits(self, table: int, number: int) -> None:
        """Every credit belongs to payments, and is gone when they have it back."""
        visit = self.at(table)
        shares = credits_of(visit.bill)
        owed = {name: line.credit for name, line in visit.books.lines.items() if line.credit}
        assert total_of(merge_all(share.allocations for share in shares)) == sum(owed.values())
        if number % 2 and not any(visit.payment(share.payment).disputed for share in shares):
            for share in shares:
                visit.do(cm.StartRefund(visit.new("refund"), share.payment, share.allocations, 0, 0, "credit"), SYSTEM)
            assert not self.credits(visit)

    @precondition(has_captured)
    @rule(table=chance, size=st.integers(1, 4_000))
    def refund_a_sum(self, table: int, size: int) -> None:
        visit = self.at(table)
        shares = spread(visit.bill, size * self.step)
        if isinstance(shares, Refusal):
            return
        assert sum(total_of(share.allocations) + share.surplus for share in shares) == size * self.step
        for share in shares:
            new = visit.new("refund")
            visit.do(cm.StartRefund(new, share.payment, share.allocations, share.surplus, 0, "staff"), MANAGER)

    @precondition(has_captured)
    @rule(table=chance, number=chance, size=st.integers(1, 4_000), what=st.sampled_from(BACKS), owed=st.booleans())
    def give_back(self, table: int, number: int, size: int, what: str, owed: bool) -> None:
        """What goes back beyond a credit makes nobody owe more, unless it is to be owed again."""
        visit = self.at(table)
        payment = pick((each.id for each in visit.bill.payments.values() if each.status == "succeeded"), number)
        if payment is None:
            return
        backs: dict[str, cm.Back] = {
            "all": cm.BackAll(),
            "amount": cm.BackAmount(size * self.step),
            "lines": cm.BackLines(tuple(visit.payment(payment).settled)[: number % 3]),
            "credit": cm.BackCredit(),
            "surplus": cm.BackSurplus(),
            "total": cm.BackTotal(size * self.step),
        }
        ids = tuple(visit.new("refund") for _ in range(len(visit.bill.payments)))
        whole = what in ("amount", "credit") and number % 2 == 0
        unpaid = visit.bill.unpaid
        give = cm.GiveBack(ids, None if whole else payment, backs[what], "staff", "sorry", owed_again=owed)
        if not isinstance(visit.attempt(give, MANAGER), Refusal) and not owed:
            assert visit.bill.unpaid == unpaid

    @precondition(has_captured)
    @rule(table=chance, number=chance, share=st.integers(0, 2), outcome=st.sampled_from([None, "won", "lost"]))
    def dispute(self, table: int, number: int, share: int, outcome: Any) -> None:
        visit = self.at(table)
        if payment := self.payment(visit, number, card=True):
            said = cm.ObserveDispute(f"of {payment.id}", payment.id, payment.charge, payment.charge * share, outcome)
            visit.attempt(said, SYSTEM)
            assert visit.payment(payment.id).disputed == (outcome is None)

    @precondition(has_refund)
    @rule(table=chance, number=chance, succeeded=st.booleans())
    def end_refund(self, table: int, number: int, succeeded: bool) -> None:
        visit = self.at(table)
        if refund := pick(visit.bill.refunds, number):
            visit.attempt(cm.EndRefund(refund, succeeded), SYSTEM)

    # Two tables, and the end of the visit

    @rule(direction=st.booleans(), lines=st.lists(chance, min_size=1, max_size=3))
    def move_lines(self, direction: bool, lines: list[int]) -> None:
        origin, target = self.visits if direction else reversed(self.visits)
        names = tuple(name for line in lines if (name := pick(origin.bill.lines, line)))
        self.append(origin, target, move_lines(origin.bill, target.bill, names, target.new("order")))

    @rule(number=chance)
    def merge(self, number: int) -> None:
        origin, target = self.visits if number % 2 else reversed(self.visits)
        if number % 20 == 0:
            self.append(origin, target, merge(origin.bill, target.bill, target.new("order")))

    def append(self, origin: Visit, target: Visit, outcome: TwoDecisions) -> None:
        """Both streams change, or none; what is charged in both together stays the same."""
        if isinstance(outcome, Refusal):
            return
        before = self.charged()
        for visit, facts in zip((origin, target), outcome, strict=True):
            visit.record(*followed(visit.bill, facts, visit.now), by=WAITER)
        moved = {line.id for line in target.bill.lines.values()} & {line.id for line in origin.bill.lines.values()}
        assert not moved
        after = self.charged()
        assert {name: after[name] for name in before} == before or "service_charge.changed" in target.kinds[-2:]

    def charged(self) -> dict[str, int]:
        return {name: line.charged for visit in self.visits for name, line in visit.bill.lines.items()}

    @rule(table=chance, number=chance)
    def close(self, table: int, number: int) -> None:
        if number % 20 == 0:
            self.at(table).attempt(cm.CloseSession("done"))

    @rule(table=chance, number=chance)
    def abandon(self, table: int, number: int) -> None:
        if number % 20 == 0:
            self.at(table).attempt(cm.AbandonSession("walked out"), MANAGER)

    @precondition(lambda self: any(visit.bill.status not in ("open", "settling") for visit in self.visits))
    @rule(table=chance)
    def reopen(self, table: int) -> None:
        self.at(table).attempt(cm.ReopenSession("one more round"))

    def teardown(self) -> None:
        """Replaying from 1 equals what was kept, and what the provider took is what the log says."""
        for visit in getattr(self, "visits", []):
            visit.check_replay()
            paid = {each.id for each in visit.bill.payments.values() if each.status == "succeeded"}
            assert self.captured & visit.bill.payments.keys() <= paid
