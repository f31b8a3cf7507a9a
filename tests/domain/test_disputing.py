"""Disputes as facts."""

from app.domain import commands as cm
from app.domain.payment import Dispute
from tests.domain.visit import MANAGER, SYSTEM, Visit, sharing


def said(payment: str, withdrawn: int = 3000, outcome: str | None = None, dispute: str = "dp") -> cm.ObserveDispute:
    return cm.ObserveDispute(dispute, payment, 3000, withdrawn, outcome)  # type: ignore[arg-type]


def paid() -> tuple[Visit, str]:
    visit = sharing(3000, "ana")
    return visit, visit.pay("ana")


def test_a_dispute_opens_takes_money_and_ends() -> None:
    visit, payment = paid()
    visit.do(said(payment), SYSTEM)
    assert visit.bill.disputes == {"dp": Dispute("dp", payment, 3000, "open", 3000)}
    assert visit.view["payments"][payment]["disputed"] is True
    assert visit.do(said(payment), SYSTEM) == (), "twice is once"
    visit.do(said(payment, 0, "won"), SYSTEM)
    assert visit.bill.disputes == {"dp": Dispute("dp", payment, 3000, "won", 0)}
    assert visit.view["payments"][payment]["disputed"] is False


def test_f37_whatever_is_heard_last_is_what_the_provider_holds() -> None:
    visit, payment = paid()
    visit.do(said(payment, 0, "won"), SYSTEM)
    assert visit.kinds[-2:] == ["dispute.opened", "dispute.closed"]
    assert visit.do(said(payment, 0, "won"), SYSTEM) == ()
    visit.do(said(payment, 3000, "lost"), SYSTEM)
    assert visit.bill.disputes["dp"].status == "lost"


def test_an_inquiry_that_was_closed_may_come_back_as_a_dispute() -> None:
    visit, payment = paid()
    visit.do(said(payment, 0, "withdrawn"), SYSTEM)
    visit.do(said(payment, 3000), SYSTEM)
    assert visit.bill.disputes["dp"] == Dispute("dp", payment, 3000, "open", 3000)


def test_one_that_is_open_is_enough() -> None:
    visit, payment = paid()
    visit.do(said(payment, 1000), SYSTEM)
    visit.do(said(payment, 1000, dispute="second"), SYSTEM)
    visit.do(said(payment, 0, "won"), SYSTEM)
    assert visit.payment(payment).disputed


def test_only_the_provider_is_believed_and_only_about_payments_that_are_there() -> None:
    visit, payment = paid()
    assert visit.refused(said(payment), MANAGER).code == "forbidden"
    assert visit.refused(said("unknown"), SYSTEM).code == "not_found"
