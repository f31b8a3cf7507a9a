"""What staff, policies and the provider send back: shares of it, and what the bill says afterwards."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import commands as cm
from app.domain.events import RefundAsked, RefundDeclined, RefundStarted
from app.domain.giving_back import shares_of
from app.domain.money import allocate
from app.domain.payment import total_of
from app.domain.refunding import Share
from app.domain.refusals import Refusal
from tests.domain.visit import MANAGER, SYSTEM, WAITER, Visit, me, sharing


def give(
    visit: Visit, what: cm.Back, payment: str | None = None, *, tip: int = 0, owed_again: bool = False, n: int = 8
) -> cm.GiveBack:
    ids = tuple(visit.new("refund") for _ in range(n))
    return cm.GiveBack(ids, payment, what, "staff", "cold", tip, owed_again)


def started(visit: Visit) -> list[RefundStarted]:
    return [event.fact for event in visit.log if isinstance(event.fact, RefundStarted)]


def paid() -> tuple[Visit, str]:
    """Ana has paid for the wine, with a tip."""
    visit = sharing(3000, "ana")
    return visit, visit.pay("ana", tip=300)


def test_everything_goes_back_with_its_tip_and_the_table_owes_nothing() -> None:
    visit, payment = paid()
    visit.do(give(visit, cm.BackAll(), payment), MANAGER)
    assert (visit.bill.status, visit.line("wine").charged, visit.line("wine").comped) == ("settled", 0, True)
    assert visit.view["payments"][payment]["refunding"] == 3300
    assert visit.view["totals"]["refunding"] == 3300
    assert visit.refused(give(visit, cm.BackAll(), payment), MANAGER).code == "nothing_to_refund"


def test_goodwill_makes_the_line_cheaper_by_the_same_amount() -> None:
    visit, payment = paid()
    visit.do(give(visit, cm.BackAmount(1001), payment), MANAGER)
    assert (visit.bill.status, visit.line("wine").charged, visit.line("wine").unpaid) == ("settled", 1999, 0)


def test_what_is_owed_again_is_owed_by_whom_it_was_paid_for() -> None:
    visit, payment = paid()
    visit.do(give(visit, cm.BackAmount(1001), payment, owed_again=True), MANAGER)
    assert (visit.bill.status, visit.dues) == ("settling", {"ana": 1001})


def test_a_credit_goes_back_without_making_anything_cheaper() -> None:
    visit, payment = paid()
    visit.do(cm.DiscountLine("wine", "corked", "d", amount=500))
    visit.do(give(visit, cm.BackCredit(), payment), MANAGER)
    assert (visit.line("wine").charged, visit.line("wine").unpaid) == (2500, 0)
    assert visit.refused(give(visit, cm.BackCredit(), payment), MANAGER).code == "nothing_to_refund"


def test_beyond_its_credit_a_line_is_made_cheaper_by_the_rest_alone() -> None:
    visit, payment = paid()
    visit.do(cm.DiscountLine("wine", "corked", "d", amount=500))
    visit.do(give(visit, cm.BackAmount(800), payment), MANAGER)
    assert (visit.line("wine").charged, visit.line("wine").unpaid) == (2200, 0)


def test_a_line_that_somebody_is_paying_for_is_made_cheaper_after_the_money_has_left_it() -> None:
    visit = sharing(3000, "ana", "bob")
    payment = visit.pay("ana")
    visit.start("bob")
    visit.do(give(visit, cm.BackAmount(700), payment), MANAGER)
    assert (visit.line("wine").charged, visit.line("wine").reserved, visit.line("wine").unpaid) == (
        2300,
        {"bob": 1500},
        0,
    )


def test_a_closed_visit_still_sends_money_back() -> None:
    visit, payment = paid()
    visit.do(cm.CloseSession("bye"))
    visit.do(give(visit, cm.BackAmount(700), payment), MANAGER)
    assert (visit.bill.status, visit.line("wine").charged) == ("closed", 2300)


def test_lines_go_back_as_the_payment_settled_them() -> None:
    visit = sharing(3000, "ana")
    visit.order("ana", tea=400)
    payment = visit.pay("ana")
    assert shares_of(visit.bill, payment, cm.BackLines(("tea", "tea"))) == [Share(payment, {"tea": {"ana": 400}})]
    visit.do(give(visit, cm.BackLines(("tea",)), payment, tip=0), MANAGER)
    assert visit.refused(give(visit, cm.BackLines(("tea",)), payment), MANAGER).code == "nothing_to_refund"


def test_tips_go_back_by_choice_alone() -> None:
    visit, payment = paid()
    visit.do(give(visit, cm.BackAmount(500), payment, tip=100), MANAGER)
    assert [(fact.allocations, fact.tip) for fact in started(visit)] == [({"wine": {"ana": 500}}, 100)]
    assert visit.refused(give(visit, cm.BackAmount(0), payment, tip=201), MANAGER).code == "amount_changed"
    visit.do(give(visit, cm.BackAmount(0), payment, tip=200), MANAGER)


def test_cash_is_back_at_once_and_coins_pay_what_coins_can() -> None:
    visit = Visit("CHF")
    visit.join("ana")
    visit.order("ana", fondue=2787)
    payment = visit.pay("ana", method="cash")
    assert visit.payment(payment).charge == 2785
    visit.do(give(visit, cm.BackAmount(1393), payment), MANAGER)
    visit.do(give(visit, cm.BackAmount(1393), payment), MANAGER)
    visit.do(give(visit, cm.BackAll(), payment), MANAGER)
    assert [fact.rounding for fact in started(visit)] == [2, -3, -1]
    assert visit.payment(payment).returned == 2785
    assert all(refund.status == "succeeded" for refund in visit.bill.refunds.values())


@given(total=st.integers(1, 3000), cuts=st.lists(st.integers(1, 900), max_size=4))
def test_cash_that_goes_back_in_parts_is_never_more_than_what_was_taken(total: int, cuts: Sequence[int]) -> None:
    visit = Visit("CHF")
    visit.join("ana")
    visit.order("ana", fondue=total)
    payment = visit.pay("ana", method="cash")
    for cut in cuts:
        visit.attempt(give(visit, cm.BackAmount(cut), payment), MANAGER)
        assert 0 <= visit.payment(payment).returned <= visit.payment(payment).charge
    visit.attempt(give(visit, cm.BackAll(), payment), MANAGER)
    assert visit.payment(payment).returned == visit.payment(payment).charge


def test_a_surplus_goes_back_with_its_whole_tip_where_nothing_could_be_settled() -> None:
    visit = sharing(3000, "ana", "bob")
    late = visit.start("ana", tip=200)
    visit.do(cm.ReleasePayment(late, "phone died"), MANAGER)
    visit.pay("bob", cm.PayEverything())
    visit.succeed(late)
    assert shares_of(visit.bill, late, cm.BackSurplus()) == [Share(late, {}, 1500, 200)]
    visit.do(give(visit, cm.BackSurplus(), late), SYSTEM)
    assert visit.payment(late).surplus == 0


def test_a_surplus_of_a_payment_that_settled_something_keeps_its_tip() -> None:
    visit = sharing(3000, "ana", "bob")
    late = visit.start("ana", tip=200)
    visit.do(cm.ReleasePayment(late, "phone died"), MANAGER)
    visit.pay("bob", cm.PayAmount(2000))
    visit.succeed(late)
    assert shares_of(visit.bill, late, cm.BackSurplus()) == [Share(late, {}, 500, 0)]


def test_what_the_provider_sent_back_is_taken_from_what_is_owed_first_and_from_the_tip_last() -> None:
    visit = sharing(3000, "ana")
    visit.order("ana", tea=400)
    payment = visit.pay("ana", tip=300)
    visit.do(cm.VoidLine("tea", "cold", "v"))
    assert shares_of(visit.bill, payment, cm.BackTotal(400)) == [Share(payment, {"tea": {"ana": 400}})]
    (share,) = _shares(visit, payment, cm.BackTotal(500))
    assert (share.allocations["tea"], total_of(share.allocations), share.tip) == ({"ana": 400}, 500, 0)
    (share,) = _shares(visit, payment, cm.BackTotal(3700))
    assert (share.base, share.tip) == (3400, 300)
    assert isinstance(shares_of(visit.bill, payment, cm.BackTotal(3701)), Refusal)


def _shares(visit: Visit, payment: str | None, what: cm.Back) -> list[Share]:
    shares = shares_of(visit.bill, payment, what)
    assert not isinstance(shares, Refusal)
    return shares


# F36


@given(
    prices=st.lists(st.integers(200, 9_999), min_size=1, max_size=4),
    amount=st.integers(1, 40_000),
    before=st.integers(0, 3_000),
    tax=st.sampled_from([None, 88_750, 200_000]),
)
def test_f36_a_sum_off_a_split_is_exact_deterministic_and_never_more_than_anybody_has(
    prices: list[int], amount: int, before: int, tax: int | None
) -> None:
    """F36: over three payers, one of whom has got something back already, to the last cent."""
    visit = Visit(tax_ppm=tax)
    visit.join("ana", "bob", "cy")
    visit.order(None, **{f"dish{n}": price for n, price in enumerate(prices)})
    visit.do(cm.SetSplit("even"))
    payments = [visit.pay(guest) for guest in ("ana", "bob", "cy")]
    visit.attempt(give(visit, cm.BackAmount(before), payments[0]), MANAGER)
    left = {each: total_of(visit.payment(each).settled) for each in payments}
    shares = shares_of(visit.bill, None, cm.BackAmount(amount))
    if amount > sum(left.values()):
        assert isinstance(shares, Refusal)
        return
    assert not isinstance(shares, Refusal)
    assert sum(share.base for share in shares) == amount
    assert all(share.base <= left[share.payment] for share in shares)
    assert shares_of(visit.bill, None, cm.BackAmount(amount)) == shares
    fair, _ = allocate(amount, [visit.payment(each).amount - visit.payment(each).refunded for each in payments])
    if all(part <= left[each] for part, each in zip(fair, payments, strict=True)):
        given_back = {share.payment: share.base for share in shares}
        assert [given_back.get(each, 0) for each in payments] == fair
    visit.do(give(visit, cm.BackAmount(amount)), MANAGER)
    assert visit.bill.unpaid == 0
    assert visit.bill.status == "settled"


def test_one_decision_starts_all_refunds_of_a_table_or_none() -> None:
    visit = sharing(1000, "ana", "bob", "cy")
    for guest in ("ana", "bob", "cy"):
        visit.pay(guest)
    assert visit.refused(give(visit, cm.BackAmount(100), n=2), MANAGER).code == "amount_changed"
    command = give(visit, cm.BackAmount(100), n=3)
    visit.do(command, MANAGER)
    assert [fact.refund for fact in started(visit)] == list(command.refunds)
    assert visit.do(command, MANAGER) == (), "decided before"


@pytest.mark.parametrize("what", [cm.BackAll(), cm.BackLines(("wine",)), cm.BackSurplus(), cm.BackTotal(5)])
def test_of_a_whole_table_only_a_sum_or_its_credits_go_back(what: cm.Back) -> None:
    visit, _ = paid()
    assert visit.refused(give(visit, what), MANAGER).code == "invalid"


def test_who_may_and_of_what() -> None:
    visit, payment = paid()
    assert visit.refused(give(visit, cm.BackAll(), payment), me("ana")).code == "forbidden"
    assert visit.refused(give(visit, cm.BackAll(), "unknown"), MANAGER).code == "not_found"
    visit.do(cm.ObserveDispute("dp", payment, 3300, 3300), SYSTEM)
    assert visit.refused(give(visit, cm.BackAll(), payment), MANAGER).code == "payment_disputed"


# Asking


def test_asking_and_being_told_no_are_written_down_and_move_nothing() -> None:
    visit, payment = paid()
    before = visit.view
    ask = cm.AskRefund("r", payment, cm.BackAmount(700), "cold", tip=100)
    assert visit.do(ask, WAITER) == (RefundAsked("r", payment, 700, 100, "cold"),)
    assert visit.do(cm.DeclineRefund("r", "it was warm"), MANAGER) == (RefundDeclined("r", "it was warm"),)
    assert {**visit.view["totals"]} == before["totals"]
    assert visit.refused(cm.AskRefund("s", payment, cm.BackAmount(9999), "much"), WAITER).code == "amount_changed"
    for command in (ask, cm.DeclineRefund("r", "no")):
        assert visit.refused(command, me("ana")).code == "forbidden"
