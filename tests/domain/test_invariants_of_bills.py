"""`app.domain.invariants` against damage done by hand; tests/domain/invariants.py is another reading of the same."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain import commands as cm
from app.domain import events as ev
from app.domain.bill import EMPTY, Bill, Line
from app.domain.events import Event
from app.domain.evolve import evolve
from app.domain.invariants import broken, broken_by
from app.domain.payment import Payment
from app.domain.pricing import Charge, Diffusion, Portion
from tests.domain.evening import load, replay
from tests.domain.visit import Visit, sharing
from tests.domain.walks import walk


def proved(events: Iterable[Event]) -> list[str]:
    """What is wrong after any of the events, looking at all of the bill and at what changed of it alike."""
    bill, found = EMPTY, list[str]()
    for event in events:
        after = evolve(bill, event)
        assert broken(after, bill) == broken(after)
        found += broken(after) + broken_by(event, bill, after)
        bill = after
    return found


def test_the_written_evening_is_clean() -> None:
    streams: dict[str, list[Event]] = {}
    for turn in (turn for turns in replay(load()["steps"]) for turn in turns):
        streams.setdefault(turn.stream, []).extend(turn.events)
    assert [proved(events) for events in streams.values()] == [[]] * len(streams)


@pytest.mark.parametrize("seed", range(3000, 3010))
def test_a_random_evening_is_clean(seed: int) -> None:
    assert [what for visit in walk(seed).visits for what in proved(visit.log)] == []


@pytest.fixture
def visit() -> Visit:
    """Two share a wine of 30.00 with a tax and a service charge; ana has paid with a card, bob is paying cash."""
    visit = Visit(tax_ppm=88_750, service_ppm=180_000)
    visit.join("ana", "bob")
    visit.order("ana", wine=3000)
    visit.claim("bob", "wine")
    visit.pay("ana")
    visit.start("bob", method="cash")
    return visit


def with_line(bill: Bill, **changes: object) -> Bill:
    line: Line = replace(bill.lines["wine"], **changes)  # type: ignore[arg-type]
    return replace(bill, lines={**bill.lines, "wine": line})


def with_charge(bill: Bill, **changes: object) -> Bill:
    charge: Charge = replace(bill.lines["wine"].charge, **changes)  # type: ignore[arg-type]
    return with_line(bill, charge=charge)


def with_payment(bill: Bill, number: int, **changes: object) -> Bill:
    payment: Payment = replace(list(bill.payments.values())[number], **changes)  # type: ignore[arg-type]
    return replace(bill, payments={**bill.payments, payment.id: payment})


def strayed(portion: Portion | None, cents: int) -> Portion:
    assert portion is not None
    return replace(portion, amount=portion.amount + cents)


def more_service(bill: Bill, cents: int) -> Bill:
    """The service charge is off by so much, and everything that repeats it agrees."""
    charge = bill.lines["wine"].charge
    portion = strayed(charge.service_portion, cents)
    so_far = bill.running.service[portion.ppm]
    service = {portion.ppm: Diffusion(so_far.exact, so_far.assigned + cents)}
    after = with_charge(bill, service=charge.service + cents, service_portion=portion)
    return replace(after, running=replace(bill.running, service=service))


def more_tax(bill: Bill, cents: int) -> Bill:
    charge = bill.lines["wine"].charge
    portion = strayed(charge.taxes[0], cents)
    so_far = bill.running.taxes[portion.ppm]
    taxes = {portion.ppm: Diffusion(so_far.exact, so_far.assigned + cents)}
    after = with_charge(bill, tax=charge.tax + cents, taxes=(portion,))
    return replace(after, running=replace(bill.running, taxes=taxes))


def test_an_undamaged_bill_is_clean(visit: Visit) -> None:
    assert broken(visit.bill) == []


def unpaid(bill: Bill) -> Line:
    return replace(bill.lines["wine"], settled={}, reserved={})


DAMAGE: dict[str, Callable[[Bill], Bill]] = {
    "what is settled of line wine is not what payments settled": lambda bill: with_line(bill, settled={"ana": 1}),
    "what is reserved of line wine is not what payments hold": lambda bill: with_line(bill, reserved={}),
    "payments have money in line wine, which is not there": lambda bill: replace(bill, lines={}),
    "line wine has negative money in it": lambda bill: with_line(bill, settled={"ana": -1}),
    "line wine has a negative charge": lambda bill: with_charge(bill, net=-1),
    "the parts of what line wine is charged do not add up": lambda bill: with_charge(bill, tax=267),
    "dues and open money are not what is unpaid": lambda bill: replace(
        bill, lines={"wine": unpaid(bill), "copy": unpaid(bill)}
    ),
    "a due is negative, or the open money is": lambda bill: with_line(
        bill, settled={"ana": 5_000, "bob": -2_000}, reserved={}
    ),
    "what is unpaid cannot be divided": lambda bill: with_line(
        bill, claims={"ana": 1, "bob": -1}, settled={}, reserved={}
    ),
    "the allocations of payment payment-2 are not its amount": lambda bill: with_payment(bill, 0, amount=1),
    "what was captured of payment payment-2 is not where it went": lambda bill: with_payment(bill, 0, surplus=1),
    "what was captured of payment payment-3 is not where it went": lambda bill: with_payment(bill, 1, refunded=1),
    "more of line wine is reserved than was unpaid": lambda bill: with_line(bill, reserved={"bob": 9_999}),
    "the tax of line wine at 88750 ppm is a step or more from its exact value": lambda bill: more_tax(bill, 2),
    "the service charge of line wine is a step or more from its exact value": lambda bill: more_service(bill, -1),
    "the visit is settled, and not paid in full": lambda bill: replace(bill, status="settled"),
    "payment payment-2 is paid, which no payment can be": lambda bill: with_payment(bill, 0, status="paid"),
    "the running totals of taxes are not the sum of the lines": lambda bill: replace(
        bill, running=replace(bill.running, taxes={})
    ),
    "the running totals of the service charge are not the sum of the lines": lambda bill: replace(
        bill, running=replace(bill.running, service={200_000: Diffusion(1, 1)})
    ),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_damage_is_named(visit: Visit, what: str) -> None:
    damaged = DAMAGE[what](visit.bill)
    found = broken(damaged)
    assert [each for each in found if what in each] != []
    assert broken(damaged, visit.bill) == found


def test_what_was_looked_at_is_not_looked_at_again(visit: Visit) -> None:
    damaged = with_charge(visit.bill, tax=267)
    assert broken(damaged) != broken(replace(damaged), damaged) == []


def test_a_cent_too_much_tax_is_within_a_step_where_the_exact_value_has_a_fraction() -> None:
    visit = sharing(333, "ana")
    visit.order("ana", tax_ppm=88_750, bread=333)
    bread = visit.line("bread").charge.taxes[0]
    assert (bread.amount, bread.exact) == (30, 29_553_750)
    assert broken(visit.bill) == []


def said(visit: Visit, fact: ev.Fact, seconds: int = 0) -> list[str]:
    """What the next event of the visit breaks."""
    event = Event(visit.bill.version + 1, visit.now + timedelta(seconds=seconds), "", fact)
    return broken_by(event, visit.bill, evolve(visit.bill, event))


def test_nobody_may_say_settled_of_a_bill_that_is_not_paid(visit: Visit) -> None:
    assert said(visit, ev.SessionSettled()) == [
        "invariant 10: the visit is said to be settled, and is not paid in full"
    ]


def test_a_bill_that_is_paid_must_say_settled_in_the_same_append(visit: Visit) -> None:
    paid = ev.PaymentSucceeded("payment-3", visit.payment("payment-3").allocations, 0)
    event = Event(visit.bill.version + 1, visit.now, "", paid)
    visit.bill = evolve(visit.bill, event)
    assert said(visit, ev.SessionSettled()) == []
    assert said(visit, ev.CoversChanged(3), seconds=1) == [
        "invariant 10: the visit was paid in full, and nothing said that it is settled"
    ]


def test_staff_may_hold_open_what_is_paid(visit: Visit) -> None:
    visit.do(cm.ConfirmPayment("payment-3"))
    visit.do(cm.ReopenSession("another round"))
    assert said(visit, ev.CoversChanged(3), seconds=1) == []
