"""What is counted of payments, as it is committed."""

from datetime import timedelta

from app.actions.desk import Step
from app.actions.measuring import REASONS_MAX, Measures, Spread
from app.domain import events as ev
from app.domain.events import Event
from tests.actions.evening import Evening, Provider
from tests.actions.test_drawer import cash
from tests.domain.visit import sharing


def test_a_spread_counts_each_value_in_the_bucket_it_reaches() -> None:
    spread = Spread.over((1.0, 5.0))
    for value in (0.5, 1.0, 1.1, 9.0):
        spread.add(value)
    assert (spread.counts, spread.total) == ([2, 1, 1], 11.6)


def test_reasons_that_nobody_can_have_are_one() -> None:
    visit, measures = sharing(3000, "ana"), Measures()
    payment = visit.start("ana")
    for number in range(REASONS_MAX + 5):
        event = Event(visit.bill.version + 1, visit.now, "", ev.PaymentDeclined(payment, f"reason {number}"))
        measures.committed([Step(event, visit.bill, visit.bill)])
    reasons = {labels[0]: count for (_, labels), count in measures.counts.items()}
    assert (len(reasons), reasons["other"]) == (REASONS_MAX + 1, 5)


async def test_an_evening_is_counted_by_outcome_method_tip_and_split(evening: Evening) -> None:
    ana = await evening.seat("Ana")
    await cash(evening, "Ana", "Burger")
    await evening.order(ana, "Pasta")
    started = await evening.pay(ana, ana.stream, paymentMethod="terminal", tipAmount=98)
    evening.clock.pass_(seconds=4)
    await evening.do(evening.team["waiter"], ana.stream, "payment.confirm", payment=started.id)
    counts = evening.desk.measures.counts
    assert counts["payments", ("cash", "succeeded")] == counts["payments", ("terminal", "succeeded")] == 1
    assert (counts["visits", ("opened",)], counts["visits_paid", ("no",)]) == (1, 1)
    seconds = evening.desk.measures.spreads["payment_seconds", ("terminal",)]
    assert 4 < seconds.total < 5
    assert evening.desk.measures.spreads["tip_percent", ()].total == 10


async def test_declines_are_counted_by_reason_and_events_by_their_age(paying: Evening, provider: Provider) -> None:
    ana = await paying.seat("Ana")
    await paying.order(ana, "Burger")
    started = await paying.pay(ana, ana.stream)
    await provider.confirm(started, "pm_card_visa_chargeDeclinedInsufficientFunds")
    paying.clock.pass_(seconds=31)
    await paying.work()
    measures = paying.desk.measures
    assert measures.counts["payment_declines", ("insufficient_funds",)] == 1
    measures.worked_on(paying.clock.now - timedelta(seconds=7), paying.clock.now)
    measures.worked_on(None, paying.clock.now)
    assert measures.spreads["webhook_lag_seconds", ()].total == 7


async def test_losing_a_race_is_counted(evening: Evening) -> None:
    evening.desk.measures.conflicted()
    assert evening.desk.measures.counts["bill_conflicts", ()] == 1
