"""Money that the provider took for a visit whose log has lost it, as after a restored backup."""

from app.domain import commands as cm
from tests.domain.visit import MANAGER, SYSTEM, me, sharing


def test_lost_money_pays_what_is_left_and_belongs_to_nobody_in_particular() -> None:
    visit = sharing(3000, "ana", "bob")
    visit.do(cm.ImportPayment("lost", 1500, 200), SYSTEM)
    assert visit.bill.reserved == 1500
    visit.do(cm.ObservePayment("lost", "succeeded", 1700), SYSTEM)
    payment = visit.payment("lost")
    assert (payment.guest, payment.tip, payment.surplus, payment.status) == (None, 200, 0, "succeeded")
    assert visit.bill.unpaid == 1500


def test_lost_money_that_pays_everything_settles_the_bill() -> None:
    visit = sharing(3000, "ana", "bob")
    visit.do(cm.ImportPayment("lost", 3000), SYSTEM)
    visit.do(cm.ObservePayment("lost", "succeeded", 3000), SYSTEM)
    assert visit.bill.status == "settled"


def test_it_is_brought_in_once() -> None:
    visit = sharing(3000, "ana", "bob")
    visit.do(cm.ImportPayment("lost", 1500), SYSTEM)
    assert visit.do(cm.ImportPayment("lost", 1500), SYSTEM) == ()


def test_what_does_not_fit_is_for_people() -> None:
    visit = sharing(3000, "ana", "bob")
    assert visit.refused(cm.ImportPayment("lost", 3001), SYSTEM).code == "amount_changed"
    visit.pay("ana", cm.PayEverything())
    visit.do(cm.CloseSession("done"), MANAGER)
    assert visit.refused(cm.ImportPayment("lost", 100), SYSTEM).code == "session_closed"


def test_nobody_but_the_system_says_what_the_provider_has() -> None:
    visit = sharing(3000, "ana", "bob")
    for by in (me("ana"), MANAGER):
        assert visit.refused(cm.ImportPayment("lost", 1500), by).code == "forbidden"
