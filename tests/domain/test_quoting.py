"""What a payment pays: every form of `pays`, and where the money goes in each kind of split."""

import pytest

from app.domain import commands as cm
from app.domain.quoting import Quote, fitting, quote
from app.domain.refusals import Refusal
from tests.domain.visit import MANAGER, WAITER, Visit, me, sharing, table_of


def quoted(visit: Visit, payment: str) -> dict[str, dict[str, int]]:
    return visit.payment(payment).allocations


def dinner() -> Visit:
    """Ana has soup, Bob has steak, they share wine with Cy, and nobody has taken the water."""
    visit = table_of("ana", "bob", "cy")
    visit.order("ana", soup=900)
    visit.order("bob", steak=3000)
    visit.order(None, wine=3000, water=500)
    for guest in ("ana", "bob", "cy"):
        visit.claim(guest, "wine")
    return visit


# Items


def test_mine_is_my_part_of_every_line() -> None:
    visit = dinner()
    assert quoted(visit, visit.start("ana")) == {"soup": {"ana": 900}, "wine": {"ana": 1000}}


def test_a_treat_pays_the_dues_of_others_for_them() -> None:
    visit = dinner()
    payment = visit.start("ana", cm.PayGuests(("bob", "ana", "bob")))
    assert quoted(visit, payment) == {
        "soup": {"ana": 900},
        "steak": {"bob": 3000},
        "wine": {"ana": 1000, "bob": 1000},
    }
    assert visit.dues == {"cy": 1000}
    visit.succeed(payment)
    assert visit.view["guests"]["bob"]["settled"] == 4000


def test_open_money_is_paid_for_the_payer() -> None:
    visit = dinner()
    assert quoted(visit, visit.start("cy", cm.PayOpen())) == {"water": {"cy": 500}}
    assert visit.dues == {"ana": 1900, "bob": 4000, "cy": 1000}


def test_named_lines_are_paid_whole_each_part_for_its_guest() -> None:
    visit = dinner()
    payment = visit.start("cy", cm.PayLines(("wine", "water")))
    assert quoted(visit, payment) == {"wine": {"ana": 1000, "bob": 1000, "cy": 1000}, "water": {"cy": 500}}


def test_everything_is_all_that_is_left() -> None:
    visit = dinner()
    visit.pay("ana")
    payment = visit.start("bob", cm.PayEverything())
    assert visit.payment(payment).amount == 5500
    assert (visit.dues, visit.open) == ({}, 0)


def test_staff_take_a_tender_for_the_table() -> None:
    visit = dinner()
    visit.start(None, cm.PayEverything(), "cash")
    assert visit.line("water").reserved == {"": 500}
    assert visit.line("steak").reserved == {"bob": 3000}


def test_a_free_amount_goes_to_own_dues_then_to_open_lines_then_to_the_rest() -> None:
    visit = dinner()
    payment = visit.start("ana", cm.PayAmount(1900 + 500 + 1000))
    assert quoted(visit, payment) == {
        "soup": {"ana": 900},
        "water": {"ana": 500},
        "steak": {"bob": 600},
        "wine": {"ana": 1000, "bob": 200, "cy": 200},
    }


def test_more_than_is_left_is_refused_with_the_figure() -> None:
    visit = dinner()
    visit.start("bob")
    refusal = visit.refused(visit.starting("ana", cm.PayAmount(3401)), me("ana"))
    assert (refusal.code, refusal.figures["amount"]) == ("amount_changed", 3400)


@pytest.mark.parametrize("amount", [0, -1])
def test_a_free_amount_is_above_nothing(amount: int) -> None:
    visit = dinner()
    assert visit.refused(visit.starting("ana", cm.PayAmount(amount)), me("ana")).code == "invalid"


def test_a_free_amount_of_dinars_is_in_tens_of_fils() -> None:
    visit = sharing(10_000, "ana", currency="KWD")
    assert visit.refused(visit.starting("ana", cm.PayAmount(1005)), me("ana")).code == "invalid"


@pytest.mark.parametrize(
    ("pays", "code"),
    [
        (cm.PayLines(("cake",)), "not_found"),
        (cm.PayGuests(("zoe",)), "not_found"),
        (cm.PayShares(1), "invalid"),
        (cm.PayGuests(()), "already_paid"),
    ],
)
def test_what_is_not_there_is_not_paid(pays: cm.Pays, code: str) -> None:
    visit = dinner()
    assert visit.refused(visit.starting("ana", pays), me("ana")).code == code


def test_a_line_without_anything_left_says_who_has_it() -> None:
    visit = dinner()
    visit.start("bob")
    assert visit.refused(visit.starting("ana", cm.PayLines(("steak",))), me("ana")).figures["guest"] == "bob"
    visit.do(cm.VoidLine("water", "spilled", "v"))
    assert visit.refused(visit.starting("ana", cm.PayLines(("water",))), me("ana")).code == "line_voided"


def test_what_somebody_else_is_paying_for_me_is_not_paid_twice() -> None:
    visit = sharing(3000, "ana", "bob")
    payment = visit.start("ana", cm.PayGuests(("bob",)))
    refusal = visit.refused(visit.starting("bob", cm.PayMine()), me("bob"))
    assert (refusal.code, refusal.figures) == ("share_being_paid", {"guest": "ana", "payment": payment})
    visit.succeed(payment)
    assert visit.refused(visit.starting("bob", cm.PayMine()), me("bob")).code == "already_paid"


# Even shares


def test_in_an_even_split_my_share_goes_to_my_own_lines_first() -> None:
    visit = dinner()
    visit.do(cm.SetSplit("even"))
    payment = visit.start("bob")
    assert visit.payment(payment).amount == 2467
    assert quoted(visit, payment) == {"steak": {"bob": 2467}}
    assert visit.payment(payment).consumes == {"bob": 1}


def test_k_shares_take_free_ones_and_use_them_up() -> None:
    visit = table_of("ana", "bob")
    visit.order(None, steak=9000)
    visit.do(cm.SetSplit("even", 3))
    payment = visit.start("ana", cm.PayShares(2))
    assert (visit.payment(payment).amount, visit.payment(payment).consumes) == (6000, {"ana": 2})
    assert (visit.dues, visit.open) == ({"bob": 3000}, 0)


def test_more_shares_than_are_free_make_more_of_them() -> None:
    visit = table_of("ana", "bob")
    visit.order(None, steak=9000)
    visit.do(cm.SetSplit("even"))
    payment = visit.start("ana", cm.PayShares(2))
    assert (visit.payment(payment).amount, visit.bill.split.shares) == (6000, 3)
    assert visit.dues == {"bob": 3000}


def test_one_of_my_two_shares() -> None:
    visit = table_of("ana", "bob")
    visit.order(None, steak=9000)
    visit.do(cm.SetSplit("even", 3))
    visit.do(cm.SetParts("ana", shares=2), me("ana"))
    payment = visit.pay("ana", cm.PayShares(1))
    assert visit.payment(payment).amount == 3000
    assert visit.dues == {"ana": 3000, "bob": 3000}


def test_a_treat_uses_the_shares_of_the_treated_up() -> None:
    visit = table_of("ana", "bob", "cy")
    visit.order(None, steak=9000)
    visit.do(cm.SetSplit("even"))
    payment = visit.start("ana", cm.PayGuests(("bob", "cy")))
    assert (visit.payment(payment).amount, visit.payment(payment).consumes) == (6000, {"bob": 1, "cy": 1})
    assert visit.dues == {"ana": 3000}


def test_everything_uses_all_parts_up() -> None:
    visit = table_of("ana", "bob")
    visit.order(None, steak=9000)
    visit.do(cm.SetSplit("percent", percents={"ana": 250_000}))
    payment = visit.start("bob", cm.PayEverything())
    assert visit.payment(payment).consumes == {"ana": 250_000, "": 750_000}


def test_the_open_part_of_a_percent_split() -> None:
    visit = table_of("ana", "bob")
    visit.order(None, steak=9000)
    visit.do(cm.SetSplit("percent", percents={"ana": 250_000}))
    payment = visit.pay("bob", cm.PayOpen())
    assert (visit.payment(payment).amount, visit.dues, visit.open) == (6750, {"ana": 2250}, 0)


def test_open_money_of_a_line_does_not_count_as_the_payers_own_due_of_it() -> None:
    visit = sharing(3000, "ana", "bob", "cy")
    visit.pay("ana")
    visit.claim("cy", "wine", 0)
    visit.do(cm.SetSplit("percent", percents={"cy": 100_000}))
    payment = visit.start("bob", cm.PayOpen())
    assert (visit.payment(payment).amount, quoted(visit, payment)) == (1800, {"wine": {"bob": 1800}})


def test_a_treat_that_reaches_into_the_payers_own_line() -> None:
    visit = sharing(3000, "ana", "bob", "cy")
    visit.pay("ana")
    visit.claim("cy", "wine", 0)
    visit.do(cm.SetSplit("percent", percents={"cy": 800_000, "bob": 200_000}))
    payment = visit.start("bob", cm.PayGuests(("cy",)))
    assert (visit.payment(payment).amount, quoted(visit, payment)) == (1600, {"wine": {"bob": 1600}})


def test_a_quote_whose_parts_are_not_its_amount_is_an_error() -> None:
    with pytest.raises(ValueError, match="are not 5"):
        Quote(5, {"wine": {"ana": 4}})


# What fits


def test_what_fits_is_at_most_what_is_unpaid_of_lines_that_are_there() -> None:
    visit = sharing(3000, "ana", "bob")
    visit.pay("ana")
    assert fitting(visit.bill, {"wine": {"ana": 1000, "bob": 1000}, "gone": {"ana": 5}}) == {
        "wine": {"ana": 1000, "bob": 500}
    }


def test_a_quote_of_nothing_is_a_refusal() -> None:
    assert isinstance(quote(table_of("ana").bill, "ana", cm.PayMine()), Refusal)


def test_a_comp_leaves_nothing_to_pay() -> None:
    visit = table_of("ana")
    visit.order("ana", soup=900)
    visit.do(cm.CompLine("soup", "sorry", "c"), MANAGER)
    assert visit.refused(visit.starting("ana", cm.PayMine()), WAITER).code == "already_paid"
