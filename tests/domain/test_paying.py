"""Payments under way: held, declined, cancelled, expired, released, late, and money that does not fit."""

from datetime import timedelta

import pytest

from app.domain import commands as cm
from tests.domain.visit import SYSTEM, WAITER, me, sharing, table_of


def news(payment: str, status: str, **more: object) -> cm.ObservePayment:
    return cm.ObservePayment(payment, status, more.pop("captured", 0), **more)  # type: ignore[arg-type]


# Starting


def test_a_started_payment_holds_its_share_and_the_rest_is_for_the_others() -> None:
    visit = sharing(3000, "ana", "bob")
    payment = visit.start("ana")
    assert visit.line("wine").reserved == {"ana": 1500}
    assert (visit.dues, visit.bill.status) == ({"bob": 1500}, "settling")
    assert visit.payment(payment).status == "initiated"


def test_what_is_ordered_meanwhile_adds_to_the_rest() -> None:
    visit = table_of("ana")
    visit.order("ana", soup=900)
    payment = visit.start("ana")
    visit.order("ana", tea=300)
    assert visit.dues == {"ana": 300}
    visit.succeed(payment)
    assert (visit.bill.status, visit.dues) == ("settling", {"ana": 300})


def test_a_second_payment_is_refused_with_the_id_of_the_first() -> None:
    visit = sharing(3000, "ana", "bob")
    payment = visit.start("ana")
    refusal = visit.refused(visit.starting("ana", cm.PayEverything()), me("ana"))
    assert (refusal.code, refusal.figures["payment"]) == ("payment_open", payment)
    visit.start("bob")


def test_a_payment_that_was_started_is_not_started_again() -> None:
    visit = table_of("ana")
    visit.order("ana", soup=900)
    taking = visit.starting(None, cm.PayEverything(), method="cash")
    visit.do(taking, WAITER)
    visit.order("ana", tea=300)
    assert visit.do(taking, WAITER) == ()
    assert visit.bill.reserved == 900


def test_a_share_that_changed_since_it_was_seen_is_refused_with_both_figures() -> None:
    visit = sharing(3000, "ana", "bob")
    refusal = visit.refused(visit.starting("ana", cm.PayMine(), expected=3000), me("ana"))
    assert (refusal.code, refusal.figures) == ("amount_changed", {"amount": 1500, "expectedAmount": 3000})
    visit.do(visit.starting("ana", cm.PayMine(), expected=1500), me("ana"))


def test_a_due_below_the_card_minimum_is_paid_along_or_in_cash() -> None:
    visit = table_of("ana", "bob")
    visit.order("ana", mint=49)
    visit.order("bob", tea=300)
    refusal = visit.refused(visit.starting("ana", cm.PayMine()), me("ana"))
    assert (refusal.code, refusal.figures["minimum"]) == ("below_minimum", 50)
    assert refusal.figures["works"] == ["cash", "treat"]
    visit.pay("ana", method="cash")
    visit.pay("bob")
    assert visit.bill.status == "settled"


def test_the_card_minimum_itself_is_paid_by_card() -> None:
    visit = table_of("ana")
    visit.order("ana", mint=50)
    visit.pay("ana")
    assert visit.bill.status == "settled"


def test_a_tip_is_an_amount_of_the_payment_and_not_of_the_bill() -> None:
    visit = sharing(3000, "ana", "bob")
    payment = visit.pay("ana", tip=300)
    assert (visit.payment(payment).charge, visit.line("wine").settled_total) == (1800, 1500)
    assert (visit.view["totals"]["tips"], visit.view["guests"]["ana"]["tip"]) == (300, 300)


@pytest.mark.parametrize("tip", [-1, 10_001])
def test_a_tip_beyond_reason_is_refused(tip: int) -> None:
    visit = sharing(3000, "ana", "bob")
    assert visit.refused(visit.starting("ana", cm.PayMine(), tip=tip), me("ana")).code == "invalid"


@pytest.mark.parametrize(("price", "rounding"), [(1002, -2), (1003, 2), (1005, 0)])
def test_swiss_cash_is_rounded_and_the_due_is_settled_in_full(price: int, rounding: int) -> None:
    visit = table_of("ana", currency="CHF")
    visit.order("ana", soup=price)
    payment = visit.pay("ana", method="cash")
    assert visit.payment(payment).rounding == rounding
    assert visit.payment(payment).charge % 5 == 0
    assert (visit.line("soup").settled_total, visit.bill.status) == (price, "settled")


def test_a_card_is_not_rounded() -> None:
    visit = table_of("ana", currency="CHF")
    visit.order("ana", soup=1002)
    assert visit.payment(visit.pay("ana")).rounding == 0


def test_who_may_pay() -> None:
    visit = sharing(3000, "ana", "bob")
    assert visit.refused(visit.starting("ana", cm.PayMine()), me("bob")).code == "forbidden"
    assert visit.refused(visit.starting(None, cm.PayEverything(), "cash"), me("bob")).code == "forbidden"
    assert visit.refused(visit.starting(None, cm.PayEverything()), WAITER).code == "invalid"
    assert visit.refused(visit.starting("zoe", cm.PayMine()), WAITER).code == "not_found"
    assert visit.refused(visit.starting("ana", cm.PayMine(), "giftCard"), me("ana")).code == "invalid"
    visit.do(visit.starting("ana", cm.PayMine(), "cash"), WAITER)


# Under way


def test_a_decline_keeps_the_share_and_another_card_may_be_tried() -> None:
    visit = sharing(3000, "ana", "bob")
    payment = visit.start("ana")
    visit.do(news(payment, "awaiting", decline="insufficient_funds", attempt="1"), SYSTEM)
    assert visit.do(news(payment, "awaiting", decline="insufficient_funds", attempt="1"), SYSTEM) == ()
    assert visit.line("wine").reserved == {"ana": 1500}
    assert visit.payment(payment).decline == "insufficient_funds"
    assert len(visit.payment(payment).declined_at) == 1
    visit.succeed(payment)
    assert visit.line("wine").settled == {"ana": 1500}


def test_the_bank_asks_and_the_payment_goes_on() -> None:
    visit = sharing(3000, "ana")
    payment = visit.start("ana")
    visit.do(news(payment, "awaiting", action=True), SYSTEM)
    assert visit.view["payments"][payment]["action"] is True
    visit.do(news(payment, "processing"), SYSTEM)
    visit.do(news(payment, "authorized"), SYSTEM)
    visit.succeed(payment)
    assert visit.kinds[-5:] == [
        "payment.awaiting",
        "payment.processing",
        "payment.authorized",
        "payment.succeeded",
        "session.settled",
    ]


@pytest.mark.parametrize("status", ["awaiting", "processing", "authorized", "canceled", "succeeded"])
def test_news_after_success_changes_nothing(status: str) -> None:
    visit = sharing(3000, "ana")
    payment = visit.pay("ana")
    assert visit.do(news(payment, status, decline="late", attempt="old"), SYSTEM) == ()


@pytest.mark.parametrize("status", ["awaiting", "processing"])
def test_news_of_an_older_attempt_does_not_undo_an_authorization(status: str) -> None:
    visit = sharing(3000, "ana")
    payment = visit.start("ana")
    visit.do(news(payment, "authorized"), SYSTEM)
    assert visit.do(news(payment, status, decline="late", attempt="old"), SYSTEM) == ()


def test_only_the_provider_confirms_a_card_and_only_staff_confirm_cash() -> None:
    visit = sharing(3000, "ana", "bob")
    card, cash = visit.start("ana"), visit.start("bob", method="cash")
    assert visit.refused(cm.ConfirmPayment(card), WAITER).code == "forbidden"
    assert visit.refused(cm.ConfirmPayment(cash), me("bob")).code == "forbidden"
    assert visit.refused(news(card, "succeeded"), WAITER).code == "forbidden"
    visit.do(cm.ConfirmPayment(cash, given=2000), WAITER)
    assert visit.refused(cm.ConfirmPayment(cash), WAITER).code == "already_paid"


def test_less_cash_than_is_due_is_not_confirmed() -> None:
    visit = sharing(3000, "ana")
    cash = visit.start("ana", method="cash")
    assert visit.refused(cm.ConfirmPayment(cash, given=2999), WAITER).figures == {"amount": 3000}


def test_a_payment_that_was_given_up_is_not_confirmed() -> None:
    visit = sharing(3000, "ana")
    cash = visit.start("ana", method="cash")
    visit.do(cm.CancelPayment(cash, known=False, reason="left"), me("ana"))
    assert visit.refused(cm.ConfirmPayment(cash), WAITER).code == "payment_ended"


def test_a_sign_of_life_moves_the_end_at_most_once_a_minute() -> None:
    visit = sharing(3000, "ana", "bob")
    payment = visit.start("ana")
    end = visit.payment(payment).expires_at
    assert end
    assert visit.do(cm.KeepPayment(payment, end + timedelta(seconds=59)), me("ana")) == ()
    visit.do(cm.KeepPayment(payment, end + timedelta(seconds=60)), me("ana"))
    assert visit.payment(payment).expires_at == end + timedelta(seconds=60)
    assert visit.refused(cm.KeepPayment(payment, end), me("bob")).code == "forbidden"


# Ending without money


def test_cancelling_gives_the_share_back_and_the_visit_is_open_again() -> None:
    visit = sharing(3000, "ana", "bob")
    payment = visit.start("ana")
    assert visit.refused(cm.CancelPayment(payment, known=False, reason="no"), me("bob")).code == "forbidden"
    visit.do(cm.CancelPayment(payment, known=False, reason="changed my mind"), me("ana"))
    assert (visit.dues, visit.bill.status) == ({"ana": 1500, "bob": 1500}, "open")
    assert visit.do(cm.CancelPayment(payment, known=False, reason="again"), me("ana")) == ()


def test_a_payment_that_the_provider_knows_is_cancelled_there_first() -> None:
    visit = sharing(3000, "ana", "bob")
    payment = visit.start("ana")
    visit.do(cm.CancelPayment(payment, known=True, reason="changed my mind"), me("ana"))
    assert visit.line("wine").reserved == {"ana": 1500}
    assert visit.do(cm.CancelPayment(payment, known=True, reason="again"), me("ana")) == ()
    visit.do(news(payment, "canceled"), SYSTEM)
    assert visit.line("wine").reserved == {}


def test_a_payment_expires_when_its_time_is_over_and_not_before() -> None:
    visit = sharing(3000, "ana", "bob")
    payment = visit.start("ana")
    assert visit.do(cm.ExpirePayment(payment, known=False), SYSTEM) == ()
    visit.now += timedelta(minutes=6)
    assert visit.refused(cm.ExpirePayment(payment, known=False), me("bob")).code == "forbidden"
    visit.do(cm.ExpirePayment(payment, known=False), SYSTEM)
    assert visit.payment(payment).status == "canceled"


def test_success_that_outruns_the_cancel_settles() -> None:
    visit = sharing(3000, "ana")
    payment = visit.start("ana")
    visit.now += timedelta(minutes=6)
    visit.do(cm.ExpirePayment(payment, known=True), SYSTEM)
    visit.succeed(payment)
    assert (visit.payment(payment).surplus, visit.bill.status) == (0, "settled")


def test_a_payment_that_the_provider_would_not_create_frees_its_share() -> None:
    visit = sharing(3000, "ana", "bob")
    payment = visit.start("ana")
    visit.do(cm.RefusePayment(payment, "amount_too_small"), SYSTEM)
    assert visit.payment(payment).status == "refused"
    assert visit.dues == {"ana": 1500, "bob": 1500}
    assert visit.do(cm.RefusePayment(payment, "amount_too_small"), SYSTEM) == ()


def test_a_payment_that_went_through_is_not_cancelled() -> None:
    visit = sharing(3000, "ana")
    payment = visit.pay("ana")
    assert visit.refused(cm.CancelPayment(payment, known=True, reason="no"), me("ana")).code == "already_paid"


def test_an_unknown_payment_is_not_found() -> None:
    visit = sharing(3000, "ana")
    now = visit.now
    commands: list[cm.Command] = [
        cm.KeepPayment("p", now),
        cm.CancelPayment("p", known=False, reason=""),
        cm.ExpirePayment("p", known=False),
        cm.ReleasePayment("p", ""),
        cm.RefusePayment("p", ""),
        cm.ConfirmPayment("p"),
        news("p", "canceled"),
        cm.ApplySurplus("p"),
    ]
    assert {visit.refused(command, SYSTEM).code for command in commands} == {"not_found"}


def test_the_bank_asks_again_after_a_decline() -> None:
    visit = sharing(3000, "ana")
    payment = visit.start("ana")
    visit.do(news(payment, "awaiting", action=True), SYSTEM)
    again = news(payment, "awaiting", action=True, decline="declined", attempt="1")
    visit.do(again, SYSTEM)
    assert visit.payment(payment).action
    assert visit.do(again, SYSTEM) == ()


def test_swiss_cash_is_rounded_with_its_tip() -> None:
    visit = table_of("ana", currency="CHF")
    visit.order("ana", soup=1000)
    payment = visit.payment(visit.start("ana", method="cash", tip=3))
    assert (payment.rounding, payment.charge) == (2, 1005)
