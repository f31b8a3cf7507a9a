"""Lines and parties that go to another table: both streams change, or none."""

import pytest

from app.domain import commands as cm
from app.domain.decide import followed
from app.domain.moving import TwoDecisions, merge, move_lines
from app.domain.refusals import Refusal
from tests.domain.visit import MANAGER, Visit, me

NEW_YORK = 88_750


def two_tables() -> tuple[Visit, Visit]:
    """Ana and Bob share wine at one table, Cy has soup at the other."""
    left, right = Visit(tax_ppm=NEW_YORK, session="left"), Visit(tax_ppm=NEW_YORK, session="right")
    left.join("ana", "bob")
    right.join("cy")
    left.order("ana", tea=333, cake=650)
    left.order(None, wine=3000)
    left.claim("ana", "wine")
    left.claim("bob", "wine", 2)
    right.order("cy", soup=900)
    return left, right


def record(left: Visit, right: Visit, outcome: TwoDecisions) -> None:
    """Both in one append, with what follows from it."""
    assert not isinstance(outcome, Refusal), outcome
    left.record(*followed(left.bill, outcome[0], left.now))
    right.record(*followed(right.bill, outcome[1], right.now))


def code_of(outcome: TwoDecisions) -> str:
    assert isinstance(outcome, Refusal)
    return outcome.code


def test_moved_lines_carry_their_stored_charges() -> None:
    left, right = two_tables()
    tea = left.line("tea").charge
    record(left, right, move_lines(left.bill, right.bill, ("tea", "wine"), "moved"))
    assert right.line("tea").charge == tea
    assert right.bill.running.taxes[NEW_YORK].exact == (333 + 3000 + 900) * NEW_YORK
    assert left.bill.running.taxes[NEW_YORK].exact == 650 * NEW_YORK
    assert list(left.bill.lines) == ["cake"]
    assert [line.n for line in right.bill.lines.values()] == [1, 2, 3]


def test_claims_stay_behind_with_guests_who_stay() -> None:
    left, right = two_tables()
    record(left, right, move_lines(left.bill, right.bill, ("wine",), "moved"))
    assert right.line("wine").claims == {}
    assert right.open == right.line("wine").charged


def test_claims_go_along_when_their_guests_do() -> None:
    left, right = two_tables()
    right.join("bob")
    record(left, right, move_lines(left.bill, right.bill, ("wine",), "moved"))
    assert right.line("wine").claims == {"bob": 2}


def test_lines_with_money_in_them_do_not_move() -> None:
    left, right = two_tables()
    payment = left.start("ana")
    assert code_of(move_lines(left.bill, right.bill, ("wine",), "moved")) == "share_being_paid"
    left.succeed(payment)
    assert code_of(move_lines(left.bill, right.bill, ("tea",), "moved")) == "already_paid"
    assert code_of(move_lines(left.bill, right.bill, (), "moved")) == "not_found"
    assert code_of(move_lines(left.bill, right.bill, ("gone",), "moved")) == "not_found"


def test_what_is_left_may_be_paid_in_full() -> None:
    left, right = two_tables()
    left.pay("ana", cm.PayLines(("tea", "cake")))
    record(left, right, move_lines(left.bill, right.bill, ("wine",), "moved"))
    assert left.bill.status == "settled"


def test_merging_brings_guests_phones_and_unsettled_lines_over() -> None:
    left, right = two_tables()
    left.pay("ana", cm.PayLines(("tea",)))
    record(left, right, merge(left.bill, right.bill, "merged"))
    assert (left.bill.status, left.bill.merged_into, list(left.bill.lines)) == ("closed", "right", ["tea"])
    assert list(right.bill.guests) == ["cy", "ana", "bob"]
    assert right.line("wine").claims == {"ana": 1, "bob": 2}
    assert left.kinds[-4:] == ["guest.left", "guest.left", "session.merged", "session.closed"]


def test_a_visit_with_a_payment_under_way_or_a_line_paid_in_part_does_not_merge() -> None:
    left, right = two_tables()
    payment = left.start("ana")
    assert code_of(merge(left.bill, right.bill, "merged")) == "share_being_paid"
    left.succeed(payment)
    assert code_of(merge(left.bill, right.bill, "merged")) == "already_paid"


def test_a_companion_comes_along_with_their_host() -> None:
    left, right = two_tables()
    left.do(cm.JoinGuest("kid", "red", companion_of="ana"), me("ana"))
    record(left, right, merge(left.bill, right.bill, "merged"))
    assert right.bill.guests["kid"].companion_of == "ana"


def test_the_service_charge_begins_when_the_parties_together_are_large_enough() -> None:
    left, right = (Visit(service_ppm=100_000, from_covers=3, session=name) for name in ("left", "right"))
    left.join("ana", "bob")
    left.order("ana", tea=300)
    right.join("cy")
    record(left, right, merge(left.bill, right.bill, "merged"))
    assert right.line("tea").charge.service == 30


def test_an_even_split_gives_everybody_who_comes_a_share() -> None:
    left, right = two_tables()
    right.do(cm.SetSplit("even"))
    record(left, right, merge(left.bill, right.bill, "merged"))
    assert right.bill.split.parts == {"cy": 1, "ana": 1, "bob": 1}
    assert right.bill.split.shares == 3


@pytest.mark.parametrize("decide", [lambda a, b: merge(a, b, "m"), lambda a, b: move_lines(a, b, ("tea",), "m")])
def test_a_visit_that_ended_takes_and_gives_nothing(decide: object) -> None:
    left, right = two_tables()
    right.do(cm.AbandonSession("walked out"), MANAGER)
    assert code_of(decide(left.bill, right.bill)) == "session_closed"  # type: ignore[operator]
    assert code_of(decide(right.bill, left.bill)) == "session_closed"  # type: ignore[operator]


def test_lines_do_not_move_between_restaurants_that_count_differently() -> None:
    left, _ = two_tables()
    assert code_of(move_lines(left.bill, Visit("EUR", session="far").bill, ("tea",), "m")) == "invalid"
    assert code_of(merge(left.bill, left.bill, "m")) == "invalid"


def test_whoever_sat_at_the_other_table_before_sits_there_again() -> None:
    left, right = two_tables()
    right.join("ana")
    right.do(cm.LeaveGuest("ana"), me("ana"))
    record(left, right, merge(left.bill, right.bill, "merged"))
    assert [guest.id for guest in right.bill.present] == ["cy", "ana", "bob"]


def test_a_visit_that_gave_away_the_comp_that_settled_it_is_open() -> None:
    left, right = two_tables()
    right.do(cm.CompLine("soup", "birthday", "c"), MANAGER)
    assert right.status == "settled"
    record(right, left, move_lines(right.bill, left.bill, ("soup",), "moved"))
    assert right.status == "open"
