"""Money on its way back."""

import pytest

from app.domain import commands as cm
from app.domain.decide import followed
from app.domain.events import Allocations
from app.domain.moving import move_lines
from app.domain.refunding import Share, credits_of, spread
from app.domain.refusals import Refusal
from tests.domain.visit import MANAGER, SYSTEM, Visit, me, sharing


def back(payment: str, allocations: Allocations | None = None, *, surplus: int = 0, tip: int = 0) -> cm.StartRefund:
    return cm.StartRefund("refund", payment, allocations or {}, surplus, tip, "staff")


def paid() -> tuple[Visit, str]:
    """Ana has paid her half of the wine, with a tip."""
    visit = sharing(3000, "ana", "bob")
    return visit, visit.pay("ana", tip=300)


def money(visit: Visit, payment: str) -> tuple[int, int, int]:
    """Settled on the line, on its way back, and back."""
    return visit.line("wine").settled_total, visit.payment(payment).refunding, visit.payment(payment).refunded


def test_a_refund_leaves_the_line_when_it_starts() -> None:
    visit, payment = paid()
    visit.do(back(payment, {"wine": {"ana": 500}}), MANAGER)
    assert money(visit, payment) == (1000, 500, 0)
    assert visit.dues == {"ana": 500, "bob": 1500}
    visit.do(cm.EndRefund("refund", succeeded=True), SYSTEM)
    assert money(visit, payment) == (1000, 0, 500)


def test_a_failed_refund_goes_back_into_the_line() -> None:
    visit, payment = paid()
    visit.do(back(payment, {"wine": {"ana": 500}}), MANAGER)
    visit.do(cm.EndRefund("refund", succeeded=False), SYSTEM)
    assert money(visit, payment) == (1500, 0, 0)
    assert visit.do(cm.EndRefund("refund", succeeded=False), SYSTEM) == ()


def test_a_refund_that_succeeded_may_still_fail() -> None:
    visit, payment = paid()
    visit.do(back(payment, {"wine": {"ana": 500}}, tip=300), MANAGER)
    visit.do(cm.EndRefund("refund", succeeded=True), SYSTEM)
    assert visit.view["totals"]["tips"] == 0
    visit.do(cm.EndRefund("refund", succeeded=False), SYSTEM)
    assert money(visit, payment) == (1500, 0, 0)
    assert visit.view["totals"]["tips"] == 300
    visit.do(_tip_of(payment, 300), MANAGER)


def test_a_failed_refund_never_crowds_out_a_payment_in_flight() -> None:
    visit, payment = paid()
    visit.do(back(payment, {"wine": {"ana": 1500}}), MANAGER)
    visit.start("bob", cm.PayEverything())
    visit.do(cm.EndRefund("refund", succeeded=False), SYSTEM)
    assert money(visit, payment) == (0, 0, 0)
    assert visit.payment(payment).surplus == 1500


def test_a_failed_refund_of_a_line_that_moved_away_stays_with_the_payment() -> None:
    visit, payment = paid()
    other = Visit(session="other")
    visit.do(back(payment, {"wine": {"ana": 1500}}), MANAGER)
    outcome = move_lines(visit.bill, other.bill, ("wine",), "order")
    assert not isinstance(outcome, Refusal)
    visit.record(*followed(visit.bill, outcome[0], visit.now))
    visit.do(cm.EndRefund("refund", succeeded=False), SYSTEM)
    assert visit.payment(payment).surplus == 1500


def test_a_failed_refund_of_a_credit_is_a_credit_again() -> None:
    visit, payment = paid()
    visit.do(cm.CompLine("wine", "corked", "c"), MANAGER)
    assert visit.bill.status == "settled"
    visit.do(back(payment, {"wine": {"ana": 1500}}), MANAGER)
    assert (visit.bill.status, visit.line("wine").unpaid) == ("settled", 0)
    visit.do(cm.EndRefund("refund", succeeded=False), SYSTEM)
    assert (visit.bill.status, visit.line("wine").unpaid) == ("settled", -1500)


def test_planned_refunds_count_at_once() -> None:
    visit, payment = paid()
    visit.do(back(payment, {"wine": {"ana": 1000}}, tip=200), MANAGER)
    assert visit.do(back(payment, {"wine": {"ana": 1000}}), MANAGER) == ()
    for more in (cm.StartRefund("r2", payment, {"wine": {"ana": 501}}, 0, 0, "staff"), _tip_of(payment, 101)):
        assert visit.refused(more, MANAGER).code == "amount_changed"
    visit.do(_tip_of(payment, 100), MANAGER)


def _tip_of(payment: str, tip: int) -> cm.StartRefund:
    return cm.StartRefund("r3", payment, {}, 0, tip, "staff")


@pytest.mark.parametrize(
    ("allocations", "surplus", "tip"),
    [
        ({"wine": {"ana": 1501}}, 0, 0),
        ({"wine": {"ana": 0}}, 0, 0),
        ({"wine": {"ana": -5}}, 0, 0),
        ({"wine": {"bob": 5}}, 0, 0),
        ({"soup": {"ana": 5}}, 0, 0),
        ({}, 1, 0),
        ({}, -1, 0),
        ({}, 0, 301),
    ],
)
def test_more_than_the_payment_has_is_not_sent_back(allocations: Allocations, surplus: int, tip: int) -> None:
    visit, payment = paid()
    assert visit.refused(back(payment, allocations, surplus=surplus, tip=tip), MANAGER).code == "amount_changed"


def test_what_a_refund_needs() -> None:
    visit, payment = paid()
    started = visit.start("bob")
    assert visit.refused(back(payment), MANAGER).code == "invalid"
    assert visit.refused(back("unknown", tip=1), MANAGER).code == "not_found"
    assert visit.refused(back(started, {"wine": {"bob": 5}}), MANAGER).code == "amount_changed"
    assert visit.refused(back(payment, tip=1), me("ana")).code == "forbidden"
    assert visit.refused(cm.EndRefund("refund", succeeded=True), SYSTEM).code == "not_found"
    visit.do(back(payment, tip=1), MANAGER)
    assert visit.refused(cm.EndRefund("refund", succeeded=True), MANAGER).code == "forbidden"


def test_a_surplus_is_sent_back_with_its_tip() -> None:
    visit = sharing(3000, "ana", "bob")
    late = visit.start("ana", tip=200)
    visit.do(cm.ReleasePayment(late, "phone died"), MANAGER)
    visit.pay("bob", cm.PayEverything())
    visit.succeed(late)
    visit.do(cm.StartRefund("refund", late, {}, 1500, 200, "surplus"), SYSTEM)
    visit.do(cm.EndRefund("refund", succeeded=True), SYSTEM)
    assert (visit.payment(late).surplus, visit.payment(late).refunded) == (0, 1500)
    assert visit.view["payments"][late]["refunded"] == 1700


def test_a_goodwill_refund_owes_again_what_no_comp_covers() -> None:
    visit = sharing(3000, "ana")
    payment = visit.pay("ana")
    visit.do(back(payment, {"wine": {"ana": 1000}}), MANAGER)
    assert (visit.bill.status, visit.dues) == ("settling", {"ana": 1000})
    visit.do(cm.DiscountLine("wine", "goodwill", "d", amount=1000), MANAGER)
    assert (visit.bill.status, visit.dues) == ("settled", {})


# Whose money goes back


def test_a_credit_belongs_to_the_payments_that_settled_the_line_in_proportion() -> None:
    visit = sharing(3000, "ana", "bob")
    visit.claim("bob", "wine", 2)
    visit.order("ana", tea=300)
    first, second = visit.pay("ana"), visit.pay("bob")
    visit.do(cm.DiscountLine("wine", "corked", "d", amount=1000), MANAGER)
    assert credits_of(visit.bill) == [
        Share(first, {"wine": {"ana": 333}}),
        Share(second, {"wine": {"bob": 667}}),
    ]


def test_a_void_gives_each_payer_back_exactly_their_allocations() -> None:
    visit = sharing(1000, "ana", "bob", "cy")
    treat, own = visit.pay("ana", cm.PayGuests(("ana", "bob"))), visit.pay("cy")
    visit.do(cm.VoidLine("wine", "corked", "v"))
    assert credits_of(visit.bill) == [
        Share(treat, {"wine": {"ana": 333, "bob": 334}}),
        Share(own, {"wine": {"cy": 333}}),
    ]


def test_without_a_credit_nothing_goes_back() -> None:
    visit, _ = paid()
    assert credits_of(visit.bill) == []


def test_a_sum_off_a_split_goes_over_the_payments_by_what_they_captured() -> None:
    visit = sharing(1000, "ana", "bob", "cy")
    payments = [visit.pay(guest) for guest in ("ana", "bob", "cy")]
    shares = spread(visit.bill, 100)
    assert shares == [
        Share(payments[0], {"wine": {"ana": 33}}),
        Share(payments[1], {"wine": {"bob": 34}}),
        Share(payments[2], {"wine": {"cy": 33}}),
    ]


def test_a_sum_off_a_split_is_capped_by_what_a_payment_has_left_and_the_next_gives_the_rest() -> None:
    visit = sharing(2000, "ana", "bob")
    first, second = visit.pay("ana"), visit.pay("bob")
    visit.do(back(first, {"wine": {"ana": 900}}), MANAGER)
    assert spread(visit.bill, 600) == [Share(first, {"wine": {"ana": 100}}), Share(second, {"wine": {"bob": 500}})]
    visit.do(cm.EndRefund("refund", succeeded=True), SYSTEM)
    assert spread(visit.bill, 1100) == [Share(first, {"wine": {"ana": 100}}), Share(second, {"wine": {"bob": 1000}})]


def test_more_than_all_payments_have_left_is_refused_with_the_figure() -> None:
    visit, _ = paid()
    refusal = spread(visit.bill, 1501)
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.figures) == ("amount_changed", {"amount": 1500})
    assert isinstance(spread(visit.bill, 0), Refusal)


def test_a_surplus_takes_its_part_of_a_sum() -> None:
    visit = sharing(3000, "ana", "bob")
    late = visit.start("ana")
    visit.do(cm.ReleasePayment(late, "phone died"), MANAGER)
    visit.pay("bob", cm.PayAmount(2000))
    visit.succeed(late)
    shares = spread(visit.bill, 350)
    assert not isinstance(shares, Refusal)
    assert shares[0] == Share(late, {"wine": {"ana": 100}}, surplus=50)
