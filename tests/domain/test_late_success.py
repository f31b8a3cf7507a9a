"""Money that comes late: after a forced release, after a cancel, after the visit; and what becomes of a surplus."""

from app.domain import commands as cm
from app.domain.events import PaymentExpiring
from tests.domain.visit import MANAGER, SYSTEM, Visit, me, sharing


def canceled(payment: str) -> cm.ObservePayment:
    return cm.ObservePayment(payment, "canceled", 0)


def released(visit: Visit, guest: str) -> str:
    """A payment whose share staff forced free."""
    payment = visit.start(guest)
    visit.do(cm.ReleasePayment(payment, "phone died"), MANAGER)
    return payment


def test_a_forced_release_frees_the_share_and_the_payment_stays_watched() -> None:
    visit = sharing(3000, "ana", "bob")
    payment = released(visit, "ana")
    assert visit.dues == {"ana": 1500, "bob": 1500}
    assert visit.payment(payment).is_open
    assert visit.refused(cm.ReleasePayment(payment, "me"), me("ana")).code == "forbidden"
    assert visit.do(cm.ReleasePayment(payment, "again"), MANAGER) == ()
    assert visit.refused(cm.CloseSession("done")).code == "share_being_paid"


def test_a_late_success_settles_what_is_still_unpaid() -> None:
    visit = sharing(3000, "ana", "bob")
    payment = released(visit, "ana")
    visit.succeed(payment)
    assert (visit.payment(payment).surplus, visit.line("wine").settled) == (0, {"ana": 1500})


def test_a_late_success_after_somebody_paid_the_share_is_a_surplus() -> None:
    visit = sharing(3000, "ana", "bob")
    payment = released(visit, "ana")
    visit.pay("bob", cm.PayEverything())
    visit.succeed(payment)
    assert (visit.payment(payment).surplus, visit.line("wine").unpaid) == (1500, 0)
    assert visit.bill.status == "settled"


def test_captured_money_beats_an_intention() -> None:
    visit = sharing(3000, "ana", "bob")
    late = released(visit, "ana")
    contested = visit.start("bob", cm.PayEverything())
    visit.succeed(late)
    assert visit.log[-1].fact == PaymentExpiring(contested, "contested")
    assert visit.payment(late).surplus == 1500
    visit.do(canceled(contested), SYSTEM)
    assert visit.kinds[-2:] == ["payment.canceled", "surplus.applied"]
    assert (visit.payment(late).surplus, visit.line("wine").settled) == (0, {"ana": 1500})
    assert visit.dues == {"bob": 1500}


def test_a_payment_that_is_being_cancelled_already_is_not_told_twice() -> None:
    visit = sharing(3000, "ana", "bob")
    late = released(visit, "ana")
    contested = visit.start("bob", cm.PayEverything())
    visit.do(cm.CancelPayment(contested, known=True, reason="changed my mind"), me("bob"))
    visit.succeed(late)
    assert visit.kinds.count("payment.expiring") == 2  # the released one and this one
    assert visit.payment(contested).expiring == "changed my mind"


def test_a_contested_payment_that_succeeds_after_all_leaves_the_surplus() -> None:
    visit = sharing(3000, "ana", "bob")
    late = released(visit, "ana")
    contested = visit.start("bob", cm.PayEverything())
    visit.succeed(late)
    visit.succeed(contested)
    assert (visit.payment(late).surplus, visit.payment(contested).surplus) == (1500, 0)
    assert visit.bill.status == "settled"


def test_cash_that_nobody_confirmed_gives_way_at_once() -> None:
    visit = sharing(3000, "ana", "bob")
    late = released(visit, "ana")
    cash = visit.start("bob", cm.PayEverything(), "cash")
    visit.succeed(late)
    assert visit.payment(cash).status == "canceled"
    assert (visit.payment(late).surplus, visit.dues) == (0, {"bob": 1500})


def test_a_late_success_of_a_reduced_line_settles_what_it_still_costs() -> None:
    visit = sharing(3000, "ana")
    late = released(visit, "ana")
    visit.do(cm.DiscountLine("wine", "corked", "d", ppm=500_000), MANAGER)
    visit.succeed(late)
    assert (visit.payment(late).surplus, visit.line("wine").settled_total) == (1500, 1500)


def test_money_that_arrives_after_a_cancel_is_recorded() -> None:
    visit = sharing(3000, "ana", "bob")
    payment = visit.start("ana")
    visit.do(cm.CancelPayment(payment, known=False, reason="timeout"), SYSTEM)
    visit.succeed(payment)
    assert visit.line("wine").settled == {"ana": 1500}


def test_money_that_arrives_after_the_visit_ended_is_recorded() -> None:
    visit = sharing(3000, "ana", "bob")
    payment = visit.start("ana")
    visit.do(cm.CancelPayment(payment, known=False, reason="timeout"), SYSTEM)
    visit.do(cm.AbandonSession("walked out"), MANAGER)
    visit.succeed(payment)
    assert (visit.bill.status, visit.line("wine").settled) == ("abandoned", {"ana": 1500})


def test_a_surplus_is_applied_when_its_line_needs_it_again() -> None:
    visit = sharing(3000, "ana", "bob")
    late = released(visit, "ana")
    other = visit.pay("bob", cm.PayEverything())
    visit.succeed(late)
    assert visit.do(cm.ApplySurplus(late), SYSTEM) == ()
    visit.do(cm.StartRefund("r", other, {"wine": {"ana": 1500}}, 0, 0, "staff"), MANAGER)
    assert visit.refused(cm.ApplySurplus(late), me("ana")).code == "forbidden"
    visit.do(cm.ApplySurplus(late), SYSTEM)
    assert (visit.payment(late).surplus, visit.line("wine").unpaid) == (0, 0)


def test_releasing_cash_is_cancelling_it() -> None:
    visit = sharing(3000, "ana")
    cash = visit.start("ana", method="cash")
    visit.do(cm.ReleasePayment(cash, "left"), MANAGER)
    assert visit.payment(cash).status == "canceled"


def test_where_a_late_success_fits_in_part_whoever_joined_first_is_served() -> None:
    visit = sharing(3000, "zoe", "ana")
    late = visit.start("zoe", cm.PayGuests(("zoe", "ana")))
    visit.do(cm.ReleasePayment(late, "phone died"), MANAGER)
    visit.do(cm.DiscountLine("wine", "corked", "d", amount=1000), MANAGER)
    visit.succeed(late)
    assert (visit.line("wine").settled, visit.payment(late).surplus) == ({"zoe": 1500, "ana": 500}, 1000)


def test_a_surplus_never_takes_from_a_line_that_a_failed_refund_filled_again() -> None:
    visit = sharing(3000, "ana", "bob")
    late = released(visit, "ana")
    visit.pay("bob", cm.PayAmount(2000))
    visit.succeed(late)
    visit.do(cm.StartRefund("r", late, {"wine": {"ana": 1000}}, 0, 0, "staff"), MANAGER)
    visit.do(cm.ApplySurplus(late), SYSTEM)
    assert (visit.line("wine").settled["ana"], visit.payment(late).surplus) == (1000, 0)
    visit.do(cm.EndRefund("r", succeeded=False), SYSTEM)
    assert (visit.line("wine").settled["ana"], visit.line("wine").unpaid) == (2000, -500)
    assert visit.do(cm.ApplySurplus(late), SYSTEM) == ()
