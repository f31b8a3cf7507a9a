"""The books: every step adds up to 0, and what was booked of a visit is what its bill says."""

from collections import Counter
from collections.abc import Iterable
from typing import Literal

import pytest

from app.domain import commands as cm
from app.domain import events as ev
from app.domain import ledger
from app.domain.bill import EMPTY, Bill
from app.domain.events import Event
from app.domain.evolve import evolve
from app.domain.ledger import Amounts, booked, position
from app.domain.voucher import Grant
from tests.domain.visit import MANAGER, SYSTEM, WAITER, Visit, me, sharing, table_of
from tests.domain.walks import walk


def bookings(events: Iterable[Event], bill: Bill = EMPTY) -> list[tuple[str, Amounts, Bill]]:
    """What each event booked, by its kind, and the bill after it."""
    found = []
    for event in events:
        after = evolve(bill, event)
        found.append((event.fact.kind, booked(bill, after), after))
        bill = after
    return found


def totals(bill: Bill) -> Counter[str]:
    """The position by the first word of each account: all taxes together, all sales together."""
    found: Counter[str] = Counter()
    for account, amount in position(bill).items():
        found[account.partition(":")[0]] += amount
    return found


def last(visit: Visit) -> Amounts:
    """What the newest event that books anything booked."""
    return next(amounts for _, amounts, _ in reversed(bookings(visit.log)) if amounts)


@pytest.mark.parametrize("seed", range(5000, 5006))
def test_every_step_adds_up_to_zero_and_all_of_them_to_the_position_of_the_bill(seed: int) -> None:
    for visit in walk(seed).visits:
        sums: Counter[str] = Counter()
        for kind, amounts, bill in bookings(visit.log):
            assert sum(amounts.values()) == 0, kind
            assert 0 not in amounts.values()
            sums.update(amounts)
            assert {account: amount for account, amount in sums.items() if amount} == position(bill)


@pytest.mark.parametrize("seed", range(5006, 5012))
def test_the_accounts_agree_with_the_bill(seed: int) -> None:
    for visit in walk(seed).visits:
        bill, books = visit.bill, totals(visit.bill)
        paid = [each for each in bill.payments.values() if each.status == "succeeded"]
        credit = sum(max(0, -line.unpaid) for line in bill.lines.values()) + sum(each.surplus for each in paid)
        owed = sum(max(0, line.charged - line.settled_total) for line in bill.lines.values())
        assert books[ledger.RECEIVABLE] == (0 if bill.is_over else owed)
        assert books[ledger.CREDIT] == -credit
        assert books[ledger.TAX] == -sum(line.charge.tax for line in bill.lines.values())
        assert books[ledger.SERVICE] == -sum(line.charge.service for line in bill.lines.values())
        off = books[ledger.DISCOUNTS] + books[ledger.COMPS] + books[ledger.VOIDS]
        sold = sum(line.charge.net for line in bill.lines.values() if not line.product)
        assert -books[ledger.SALES] - off == sold
        for method, account in ledger.TENDERS.items():
            own = [each for each in paid if each.method == method]
            refunds = sum(each.refunded + each.tip_refunded + each.rounding_refunded for each in own)
            elsewhere = {
                "card": sum(each.withdrawn for each in bill.disputes.values()),
                "giftCard": sum(line.charge.net for line in bill.lines.values() if line.product),
            }.get(method, 0)
            assert books[account] == sum(each.charge for each in own) - refunds - elsewhere


def test_what_costs_nothing_and_moves_nothing_books_nothing() -> None:
    visit = sharing(3000, "ana", "bob")
    visit.start("ana")
    silent = {kind for kind, amounts, _ in bookings(visit.log) if not amounts}
    assert silent == {"session.opened", "guest.joined", "claims.changed", "payment.started"}


def test_an_order_is_owed_and_its_tax_belongs_to_the_state() -> None:
    visit = Visit(tax_ppm=88_750, service_ppm=180_000)
    visit.join("ana")
    visit.order("ana", burger=1450)
    assert last(visit) == {
        "bill_receivable": 1840,
        "sales:88750": -1450,
        "tax:88750": -129,
        "service": -261,
    }


def test_a_card_payment_moves_what_was_owed_to_the_provider_and_the_tip_to_the_staff() -> None:
    visit = table_of("ana")
    visit.order("ana", burger=1450)
    visit.pay("ana", tip=200)
    assert last(visit) == {"stripe_clearing": 1650, "bill_receivable": -1450, "tips_payable": -200}


def test_cash_counts_what_was_given_the_change_and_what_coins_cannot_pay() -> None:
    visit = table_of("ana", currency="CHF")
    visit.order("ana", burger=1453)
    payment = visit.start("ana", method="cash")
    visit.do(cm.ConfirmPayment(payment, given=2000), WAITER)
    assert last(visit) == {
        "cash_drawer": 2000,
        "cash_drawer:change": -545,
        "bill_receivable": -1453,
        "rounding": -2,
    }


def test_a_void_after_the_payment_is_the_guests_credit() -> None:
    visit = table_of("ana")
    visit.order("ana", burger=1450)
    visit.pay("ana")
    visit.do(cm.VoidLine("burger", "cold", "a1"), MANAGER)
    assert last(visit) == {"voids": 1450, "sales:reduced": -1450, "sales:none": 1450, "guest_credit": -1450}


def test_a_gift_card_is_owed_in_food_until_it_is_spent() -> None:
    visit = table_of("ana")
    card = cm.WantedLine("card", "menu-card", "Gift card", 1, 5000, (), None, grants=Grant("giftCard", value=5000))
    visit.do(cm.PlaceOrder("o1", "ana", (card,)), me("ana"))
    ordered, marked = [amounts for _, amounts, _ in bookings(visit.log) if amounts]
    assert ordered == {"bill_receivable": 5000, "sales:none": -5000}
    assert marked == {"sales:none": 5000, "gift_card_liability": -5000}


def test_a_comp_after_a_discount_takes_off_the_rest() -> None:
    visit = table_of("ana")
    visit.order("ana", burger=1000)
    visit.do(cm.DiscountLine("burger", "happy hour", "a1", 200_000, 0), MANAGER)
    assert last(visit) == {"discounts": 200, "sales:reduced": -200, "sales:none": 200, "bill_receivable": -200}
    visit.do(cm.CompLine("burger", "cold", "a2"), MANAGER)
    assert last(visit) == {"comps": 800, "sales:reduced": -800, "sales:none": 800, "bill_receivable": -800}


def test_a_refund_is_due_until_the_provider_sent_it_and_owed_again_when_it_fails() -> None:
    """F33: a refund that succeeded and then failed is reversed in the books."""
    visit = table_of("ana")
    visit.order("ana", burger=1450)
    payment = visit.pay("ana", tip=200)
    visit.do(cm.VoidLine("burger", "cold", "a1"), MANAGER)
    visit.do(cm.StartRefund("r1", payment, {"burger": {"ana": 1450}}, 0, 200, "staff"), MANAGER)
    assert last(visit) == {"guest_credit": 1450, "tips_payable": 200, "refunds_due": -1650}
    visit.do(cm.EndRefund("r1", succeeded=True), SYSTEM)
    assert last(visit) == {"refunds_due": 1650, "stripe_clearing": -1650}
    visit.do(cm.EndRefund("r1", succeeded=False), SYSTEM)
    assert last(visit) == {"stripe_clearing": 1650, "guest_credit": -1450, "tips_payable": -200}


def test_what_a_visit_that_was_given_up_owes_is_written_off_until_it_is_paid_after_all() -> None:
    visit = table_of("ana")
    visit.order("ana", burger=1450)
    payment = visit.start("ana")
    visit.do(cm.ReleasePayment(payment, "walked out"), MANAGER)
    visit.do(cm.ObservePayment(payment, "canceled", 0), SYSTEM)
    visit.do(cm.AbandonSession("walked out"), MANAGER)
    assert last(visit) == {"write_off": 1450, "bill_receivable": -1450}
    visit.do(cm.ObservePayment(payment, "succeeded", 1450), SYSTEM)
    assert last(visit) == {"stripe_clearing": 1450, "write_off": -1450}


@pytest.mark.parametrize(
    ("outcome", "books"),
    [
        ("won", [{"stripe_clearing": 1450, "dispute_suspense": -1450}, {}]),
        ("lost", [{"write_off": 1450, "dispute_suspense": -1450}]),
    ],
)
def test_a_dispute_is_in_suspense_then_reversed_or_written_off(
    outcome: Literal["won", "lost"], books: list[Amounts]
) -> None:
    visit = table_of("ana")
    visit.order("ana", burger=1450)
    payment, at = visit.pay("ana"), visit.bill.version
    visit.record(ev.DisputeOpened("d", payment, 1450), ev.DisputeFundsMoved("d", payment, 1450))
    if outcome == "won":
        visit.record(ev.DisputeFundsMoved("d", payment, -1450))
    visit.record(ev.DisputeClosed("d", payment, outcome))
    found = [amounts for _, amounts, _ in bookings(visit.log)[at:]]
    assert found == [{}, {"stripe_clearing": -1450, "dispute_suspense": 1450}, *books]
