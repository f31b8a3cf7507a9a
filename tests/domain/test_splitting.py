"""Claims and parts: who may take what, and what is refused."""

import pytest

from app.domain import commands as cm
from app.domain.splitting import PARTS_MAX
from tests.domain.visit import MANAGER, WAITER, Visit, me, sharing, table_of


def test_claiming_again_is_no_fact() -> None:
    assert sharing(3000, "ana").do(cm.SetClaim("wine", "ana", 1), me("ana")) == ()


def test_a_guest_claims_for_themselves_and_their_companions() -> None:
    visit = sharing(3000, "ana", "bob")
    visit.do(cm.JoinGuest("kid", "red", companion_of="ana"), me("ana"))
    visit.do(cm.SetClaim("wine", "kid", 1), me("ana"))
    assert visit.refused(cm.SetClaim("wine", "kid", 2), me("bob")).code == "forbidden"
    visit.do(cm.SetClaim("wine", "kid", 2), WAITER)
    assert visit.dues == {"ana": 750, "bob": 750, "kid": 1500}


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (cm.SetClaim("beer", "ana", 1), "not_found"),
        (cm.SetClaim("wine", "zoe", 1), "not_found"),
        (cm.SetClaim("wine", "ana", -1), "invalid"),
        (cm.SetClaim("wine", "ana", PARTS_MAX + 1), "invalid"),
    ],
)
def test_an_impossible_claim_is_refused(command: cm.SetClaim, code: str) -> None:
    assert sharing(3000, "ana").refused(command, WAITER).code == code


def test_a_voided_line_is_not_claimed() -> None:
    visit = sharing(3000, "ana")
    visit.do(cm.VoidLine("wine", "wrong", "v"))
    assert visit.refused(cm.SetClaim("wine", "ana", 2), me("ana")).code == "line_voided"


def test_a_line_without_unpaid_money_is_not_joined_and_the_refusal_names_who_has_it() -> None:
    visit = sharing(3000, "ana")
    visit.join("bob")
    payment = visit.start("ana")
    refusal = visit.refused(cm.SetClaim("wine", "bob", 1), me("bob"))
    assert (refusal.code, refusal.figures["guest"]) == ("share_being_paid", "ana")
    visit.succeed(payment)
    refusal = visit.refused(cm.SetClaim("wine", "bob", 1), me("bob"))
    assert (refusal.code, refusal.figures["guest"]) == ("already_paid", "ana")


def test_nobody_gives_back_what_they_are_paying_or_have_paid() -> None:
    visit = sharing(3000, "ana", "bob")
    payment = visit.start("ana")
    assert visit.refused(cm.SetClaim("wine", "ana", 0), me("ana")).code == "share_being_paid"
    visit.succeed(payment)
    assert visit.refused(cm.SetClaim("wine", "ana", 0), me("ana")).code == "already_paid"
    visit.claim("bob", "wine", 0)
    assert (visit.dues, visit.open) == ({}, 1500)


def test_parts_beyond_what_was_paid_are_given_back() -> None:
    visit = sharing(3000, "ana", "bob")
    visit.pay("ana", cm.PayAmount(500))
    visit.claim("ana", "wine", 3)
    visit.claim("ana", "wine", 1)
    assert (visit.dues, visit.open) == ({"ana": 250, "bob": 750}, 1500)


def test_whoever_left_takes_nothing_more() -> None:
    visit = sharing(3000, "ana", "bob")
    visit.do(cm.LeaveGuest("bob"), me("bob"))
    assert visit.refused(cm.SetClaim("wine", "bob", 1), WAITER).code == "not_found"
    visit.do(cm.SetSplit("even"))
    assert visit.refused(cm.SetParts("bob", shares=1), WAITER).code == "not_found"
    assert visit.refused(cm.SetSplit("percent", percents={"bob": 1}), WAITER).code == "not_found"


# The split


def test_the_same_split_again_is_no_fact() -> None:
    visit = sharing(3000, "ana", "bob")
    assert visit.do(cm.SetSplit("items")) == ()
    visit.do(cm.SetSplit("even"))
    assert visit.do(cm.SetSplit("even")) == ()


def test_the_number_of_shares_is_never_below_those_taken() -> None:
    visit = sharing(3000, "ana", "bob", "cy")
    visit.do(cm.SetSplit("even", 5))
    assert visit.open == 1200
    visit.do(cm.SetSplit("even", 1))
    assert (visit.bill.split.shares, visit.open) == (3, 0)


def test_more_shares_than_there_are_make_the_number_grow() -> None:
    visit = sharing(3000, "ana", "bob")
    visit.do(cm.SetSplit("even"))
    visit.do(cm.SetParts("ana", shares=2), me("ana"))
    assert (visit.bill.split.shares, visit.dues) == (3, {"ana": 2000, "bob": 1000})


def test_shares_that_are_being_paid_are_not_given_back() -> None:
    visit = sharing(3000, "ana", "bob")
    visit.do(cm.SetSplit("even"))
    payment = visit.start("ana")
    assert visit.refused(cm.SetParts("ana", shares=0), me("ana")).code == "share_being_paid"
    visit.succeed(payment)
    assert visit.refused(cm.SetParts("ana", shares=0), me("ana")).code == "already_paid"


def test_more_than_a_hundred_percent_is_refused() -> None:
    visit = sharing(3000, "ana", "bob")
    refusal = visit.refused(cm.SetSplit("percent", percents={"ana": 600_000, "bob": 400_001}), me("ana"))
    assert (refusal.code, refusal.figures) == ("percent_over_100", {"sum": 1_000_001})


@pytest.mark.parametrize(
    "command",
    [
        cm.SetSplit("even", 0),
        cm.SetSplit("even", 100),
        cm.SetSplit("items", 3),
        cm.SetSplit("percent"),
        cm.SetSplit("even", percents={"ana": 1}),
        cm.SetSplit("percent", percents={"ana": -1}),
    ],
)
def test_an_impossible_split_is_refused(command: cm.SetSplit) -> None:
    assert sharing(3000, "ana", "bob").refused(command).code == "invalid"


def test_only_guests_of_the_table_and_staff_choose_the_split() -> None:
    visit = sharing(3000, "ana")
    assert visit.refused(cm.SetSplit("even"), me("zoe")).code == "forbidden"
    assert visit.refused(cm.SetParts("zoe", shares=1), me("zoe")).code == "not_found"


def test_a_named_amount_is_at_most_what_is_unpaid_less_the_names_of_others() -> None:
    visit = sharing(3000, "ana", "bob")
    visit.do(cm.SetSplit("amounts"))
    visit.do(cm.SetParts("ana", amount=2000), me("ana"))
    refusal = visit.refused(cm.SetParts("bob", amount=1001), me("bob"))
    assert (refusal.code, refusal.figures["amount"]) == ("amount_changed", 1000)
    visit.do(cm.SetParts("bob", amount=1000), me("bob"))
    assert visit.do(cm.SetParts("bob", amount=1000), me("bob")) == ()


@pytest.mark.parametrize("amount", [-10, 15])
def test_a_named_amount_is_in_whole_steps_and_not_negative(amount: int) -> None:
    visit = table_of("ana", currency="KWD")
    visit.order(None, wine=3000)
    visit.do(cm.SetSplit("amounts"))
    assert visit.refused(cm.SetParts("ana", amount=amount), me("ana")).code == "invalid"


def test_parts_belong_to_their_mode() -> None:
    visit = sharing(3000, "ana")
    assert visit.refused(cm.SetParts("ana", shares=1), me("ana")).code == "invalid"
    assert visit.refused(cm.SetParts("ana", amount=1), me("ana")).code == "invalid"
    assert visit.refused(cm.SetParts("ana"), me("ana")).code == "invalid"
    visit.do(cm.SetSplit("even"))
    assert visit.refused(cm.SetParts("ana", shares=-1), me("ana")).code == "invalid"


def test_a_new_even_split_with_fewer_shares_leaves_out_whoever_has_paid() -> None:
    visit = table_of("ana", "bob", "cy")
    visit.order("ana", soup=900)
    visit.order(None, wine=3000)
    visit.pay("ana")
    visit.do(cm.SetSplit("even", 2))
    assert visit.dues == {"bob": 1500, "cy": 1500}


def test_after_the_end_nothing_is_divided_anew() -> None:
    visit: Visit = sharing(3000, "ana")
    visit.do(cm.AbandonSession("walked out"), MANAGER)
    commands: list[cm.Command] = [cm.SetClaim("wine", "ana", 2), cm.SetSplit("even"), cm.SetParts("ana", shares=1)]
    assert {visit.refused(command).code for command in commands} == {"session_closed"}
