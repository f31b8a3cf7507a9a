"""What lines cost: orders, voids, comps, discounts and the service charge."""

import pytest

from app.domain import commands as cm
from app.domain.charging import LINES_MAX, QUANTITY_MAX
from app.domain.menu import Modifier
from app.domain.pricing import Diffusion
from tests.domain.visit import MANAGER, WAITER, Visit, me

NEW_YORK = 88_750


def evening(**house: int | None) -> Visit:
    """The lines of the design's example, entered by staff; Ana and Bob are there."""
    visit = Visit(tax_ppm=NEW_YORK, **house)  # type: ignore[arg-type]
    visit.join("ana", "bob")
    visit.order(None, burger=1450, pasta=1450, soup=900, beer=650, steak=1195)
    return visit


def taxes(visit: Visit) -> list[int]:
    return [line.charge.tax for line in visit.bill.lines.values()]


def void(line: str) -> cm.VoidLine:
    return cm.VoidLine(line, "sent back", f"void {line}")


def comp(line: str) -> cm.CompLine:
    return cm.CompLine(line, "our fault", f"comp {line}")


# Orders


def test_the_tax_of_an_evening_is_that_of_its_total() -> None:
    visit = evening()
    assert taxes(visit) == [129, 128, 80, 58, 106]
    assert visit.bill.running.taxes[NEW_YORK].assigned == 501


def test_a_voided_line_is_nothing_and_the_next_line_absorbs_the_difference() -> None:
    visit = evening()
    visit.do(void("soup"))
    assert visit.line("soup").charged == 0
    visit.order(None, tea=333)
    assert visit.line("tea").charge.tax == 30
    assert visit.bill.running.taxes[NEW_YORK] == Diffusion(5078 * NEW_YORK, 451)


def test_a_price_is_quantity_times_unit_price_with_modifiers() -> None:
    visit = Visit()
    extras = (Modifier("egg", "egg", 150), Modifier("rare", "rare"))
    wanted = cm.WantedLine("burgers", "burger", "Burger", 2, 1450, extras, None)
    visit.do(cm.PlaceOrder("order", None, (wanted,)))
    assert visit.line("burgers").charged == 2 * (1450 + 150)


def test_who_orders_on_the_phone_claims_the_line_and_what_staff_enter_is_open() -> None:
    visit = Visit()
    visit.join("ana")
    visit.order("ana", tea=300)
    visit.order(None, wine=2000)
    assert (visit.dues, visit.open) == ({"ana": 300}, 2000)


def test_lines_are_numbered_through_all_orders() -> None:
    visit = evening()
    visit.order(None, tea=300, cake=400)
    assert [line.n for line in visit.bill.lines.values()] == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (cm.WantedLine("l", None, "tea", 0, 300, (), None), "invalid"),
        (cm.WantedLine("l", None, "tea", QUANTITY_MAX + 1, 300, (), None), "invalid"),
        (cm.WantedLine("l", None, "tea", 1, -300, (), None), "invalid"),
        (cm.WantedLine("l", None, "tea", 1, 1_000_000_001, (), None), "invalid"),
    ],
)
def test_an_impossible_line_is_refused(line: cm.WantedLine, code: str) -> None:
    assert Visit().refused(cm.PlaceOrder("order", None, (line,))).code == code


def test_a_price_that_is_no_whole_step_is_refused() -> None:
    visit = Visit("KWD")
    wanted = cm.WantedLine("tea", None, "tea", 1, 1005, (), None)
    assert visit.refused(cm.PlaceOrder("order", None, (wanted,))).figures == {"step": 10}


def test_an_order_without_lines_or_with_too_many_is_refused() -> None:
    visit = Visit()
    many = tuple(cm.WantedLine(f"l{n}", None, "tea", 1, 1, (), None) for n in range(LINES_MAX + 1))
    assert visit.refused(cm.PlaceOrder("order", None, ())).code == "invalid"
    assert visit.refused(cm.PlaceOrder("order", None, many)).code == "invalid"


def test_guests_order_for_themselves_and_their_companions_only() -> None:
    visit = Visit()
    visit.join("ana", "bob")
    visit.do(cm.JoinGuest("kid", "red", companion_of="ana"), me("ana"))
    wanted = (cm.WantedLine("juice", None, "juice", 1, 400, (), None),)
    assert visit.refused(cm.PlaceOrder("order", "kid", wanted), me("bob")).code == "forbidden"
    assert visit.refused(cm.PlaceOrder("order", None, wanted), me("bob")).code == "forbidden"
    visit.do(cm.PlaceOrder("order", "kid", wanted), me("ana"))
    assert visit.dues == {"kid": 400}


def test_whoever_left_does_not_order() -> None:
    visit = Visit()
    visit.join("ana")
    visit.do(cm.LeaveGuest("ana"), me("ana"))
    wanted = (cm.WantedLine("tea", None, "tea", 1, 300, (), None),)
    assert visit.refused(cm.PlaceOrder("order", "ana", wanted), me("ana")).code == "not_found"


def test_the_kitchen_moves_lines_on_and_a_line_that_is_there_already_stays_out() -> None:
    visit = evening()
    visit.do(cm.SetLineStatus(("soup", "beer"), "preparing"))
    (fact,) = visit.do(cm.SetLineStatus(("soup", "steak"), "preparing"))
    assert fact.lines == ("steak",)  # type: ignore[union-attr]
    assert visit.do(cm.SetLineStatus(("soup",), "preparing")) == ()


def test_a_voided_line_is_not_served() -> None:
    visit = evening()
    visit.do(void("soup"))
    assert visit.refused(cm.SetLineStatus(("soup",), "served")).code == "line_voided"
    assert visit.refused(cm.SetLineStatus(("cake",), "served")).code == "not_found"


# Adjustments of one line


def test_a_discounted_line_is_taxed_on_its_new_price() -> None:
    visit = evening()
    visit.do(cm.DiscountLine("burger", "regular", "d1", ppm=200_000), MANAGER)
    assert (visit.line("burger").charge.price, visit.line("burger").charge.tax) == (1160, 103)
    assert visit.bill.running.taxes[NEW_YORK] == Diffusion((5645 - 290) * NEW_YORK, 475)


def test_an_amount_off_is_in_menu_prices_and_never_more_than_the_price() -> None:
    visit = Visit(tax_ppm=200_000, inclusive=True)
    visit.order(None, soup=900)
    visit.do(cm.DiscountLine("soup", "cold", "d1", amount=300), MANAGER)
    assert (visit.line("soup").charge.net, visit.line("soup").charge.tax) == (500, 100)
    visit.do(cm.DiscountLine("soup", "very cold", "d2", amount=5000), MANAGER)
    assert visit.line("soup").charged == 0


def test_a_comped_or_voided_line_ignores_what_comes_later() -> None:
    visit = evening()
    visit.do(cm.DiscountLine("soup", "cold", "d1", ppm=500_000), MANAGER)
    visit.do(comp("soup"), MANAGER)
    visit.do(cm.SetDiscount("d2", "birthday", "all", ppm=100_000), MANAGER)
    visit.do(cm.RemoveDiscount("d2"), MANAGER)
    assert visit.refused(cm.RemoveDiscount("d1"), MANAGER).code == "not_found"
    assert visit.refused(cm.DiscountLine("soup", "cold", "d3", ppm=500_000), MANAGER).code == "line_voided"
    assert visit.line("soup").charged == 0
    assert visit.line("soup").comped


def test_voiding_or_comping_twice_is_one_fact_and_a_comp_may_still_be_voided() -> None:
    visit = evening()
    visit.do(comp("soup"), MANAGER)
    assert visit.do(cm.CompLine("soup", "again", "again"), MANAGER) == ()
    visit.do(void("soup"))
    assert visit.do(cm.VoidLine("soup", "again", "again")) == ()
    assert visit.refused(comp("soup"), MANAGER).code == "line_voided"
    assert visit.line("soup").voided
    assert not visit.line("soup").comped


def test_an_adjustment_below_what_is_being_paid_is_refused_and_names_the_payer() -> None:
    visit = evening()
    visit.claim("ana", "soup")
    payment = visit.start("ana")
    refusal = visit.refused(void("soup"))
    assert refusal.code == "share_being_paid"
    assert refusal.figures == {"line": "soup", "guest": "ana", "payment": payment}
    visit.do(cm.CancelPayment(payment, known=False, reason="staff"))
    visit.do(void("soup"))


def test_an_adjustment_that_leaves_enough_for_the_payment_in_flight_is_allowed() -> None:
    visit = Visit()
    visit.join("ana", "bob")
    visit.order(None, wine=3000)
    visit.claim("ana", "wine")
    visit.claim("bob", "wine")
    visit.start("ana")
    visit.do(cm.DiscountLine("wine", "corked", "d1", amount=1500), MANAGER)
    assert visit.dues == {}
    assert visit.refused(cm.DiscountLine("wine", "corked", "d2", amount=1), MANAGER).code == "share_being_paid"


def test_voiding_what_was_paid_leaves_a_credit() -> None:
    visit = evening()
    visit.claim("ana", "soup")
    visit.pay("ana")
    visit.do(void("soup"))
    assert visit.line("soup").unpaid == -980
    assert visit.view["totals"]["credit"] == 980


@pytest.mark.parametrize(
    "command",
    [
        cm.DiscountLine("soup", "why not", "d"),
        cm.DiscountLine("soup", "why not", "d", ppm=1_000_001),
        cm.DiscountLine("soup", "why not", "d", ppm=1, amount=1),
        cm.DiscountLine("soup", "why not", "d", amount=-1),
        cm.SetDiscount("d", "why not", "rest"),
        cm.SetDiscount("d", "why not", "all", ppm=-1),
    ],
)
def test_a_discount_is_a_percent_or_an_amount(command: cm.Command) -> None:
    assert evening().refused(command, MANAGER).code == "invalid"


def test_guests_do_not_change_prices() -> None:
    visit = evening()
    commands: list[cm.Command] = [
        void("soup"),
        comp("soup"),
        cm.DiscountLine("soup", "please", "d", ppm=1),
        cm.SetDiscount("d", "please", "all", ppm=1),
        cm.RemoveDiscount("d"),
        cm.SetServiceCharge(0, 0),
        cm.SetCovers(1),
        cm.SetLineStatus(("soup",), "served"),
    ]
    assert {visit.refused(command, me("ana")).code for command in commands} == {"forbidden"}


# Bill-wide discounts


def test_a_percent_off_the_bill_meets_later_lines_until_it_is_removed() -> None:
    visit = Visit()
    visit.order(None, wine=2000)
    visit.do(cm.SetDiscount("d", "birthday", "rest", ppm=100_000), MANAGER)
    visit.order(None, cake=500)
    assert [line.charged for line in visit.bill.lines.values()] == [1800, 450]
    visit.do(cm.RemoveDiscount("d"), MANAGER)
    visit.order(None, tea=300)
    assert [line.charged for line in visit.bill.lines.values()] == [2000, 500, 300]


def test_an_amount_off_the_bill_is_spread_over_prices_and_does_not_meet_later_lines() -> None:
    visit = Visit()
    visit.order(None, wine=2000, tea=300, water=100)
    visit.do(cm.SetDiscount("d", "voucher", "all", amount=1000), MANAGER)
    visit.order(None, cake=500)
    assert [line.base_price - line.charged for line in visit.bill.lines.values()] == [833, 125, 42, 0]


def test_an_amount_off_is_capped_at_the_whole_bill() -> None:
    visit = Visit(tax_ppm=NEW_YORK)
    visit.order(None, tea=300)
    visit.do(cm.SetDiscount("d", "voucher", "all", amount=1000), MANAGER)
    assert visit.line("tea").charged == 0


def test_off_the_rest_never_makes_a_credit() -> None:
    visit = Visit(tax_ppm=NEW_YORK)
    visit.join("ana", "bob")
    visit.order("ana", soup=900)
    visit.order("bob", steak=3000)
    visit.pay("ana")
    visit.do(cm.SetDiscount("d", "slow kitchen", "rest", amount=500), MANAGER)
    assert (visit.line("soup").unpaid, visit.line("steak").charge.price) == (0, 2500)


def test_off_the_rest_of_a_line_that_is_paid_in_part_touches_only_what_is_unpaid() -> None:
    visit = Visit()
    visit.join("ana", "bob")
    visit.order(None, wine=3000)
    visit.claim("ana", "wine")
    visit.claim("bob", "wine")
    visit.pay("ana")
    visit.do(cm.SetDiscount("d", "slow kitchen", "rest", ppm=500_000), MANAGER)
    assert visit.dues == {"bob": 750}


def test_for_everybody_gives_payers_a_credit() -> None:
    visit = Visit()
    visit.join("ana", "bob")
    visit.order("ana", soup=900)
    visit.order("bob", steak=3000)
    visit.pay("ana")
    visit.do(cm.SetDiscount("d", "slow kitchen", "all", ppm=100_000), MANAGER)
    assert (visit.line("soup").unpaid, visit.dues) == (-90, {"bob": 2700})


def test_a_bill_wide_discount_below_a_payment_in_flight_is_refused() -> None:
    visit = Visit()
    visit.join("ana")
    visit.order("ana", soup=900)
    visit.start("ana")
    assert visit.refused(cm.SetDiscount("d", "slow", "all", ppm=100_000), MANAGER).code == "share_being_paid"
    visit.do(cm.SetDiscount("e", "slow", "rest", ppm=100_000), MANAGER)
    assert visit.line("soup").charged == 900


def test_an_unknown_discount_cannot_be_removed() -> None:
    assert evening().refused(cm.RemoveDiscount("d"), MANAGER).code == "not_found"


# Service charge


def test_eighteen_percent_service_from_six_people() -> None:
    visit = evening(service_ppm=180_000, from_covers=6)
    assert visit.view["totals"]["service"] == 0
    visit.do(cm.SetCovers(6))
    assert [line.charge.service for line in visit.bill.lines.values()] == [261, 261, 162, 117, 215]
    visit.order(None, tea=300)
    assert visit.line("tea").charge.service == 54


def test_the_service_charge_begins_with_the_guest_who_makes_the_party_large() -> None:
    visit = Visit(service_ppm=100_000, from_covers=2)
    visit.join("ana")
    visit.order("ana", soup=900)
    assert visit.dues == {"ana": 900}
    visit.join("bob")
    assert visit.dues == {"ana": 990}
    assert visit.kinds[-2:] == ["guest.joined", "service_charge.changed"]


def test_a_line_with_money_in_it_keeps_the_service_that_it_was_charged() -> None:
    visit = Visit(service_ppm=100_000, from_covers=3)
    visit.join("ana", "bob")
    visit.order("ana", soup=900)
    visit.order("bob", steak=3000)
    visit.start("ana")
    visit.do(cm.SetCovers(3))
    assert [line.charge.service for line in visit.bill.lines.values()] == [0, 300]


def test_staff_change_the_service_charge_and_too_few_people_end_it() -> None:
    visit = Visit(service_ppm=100_000, from_covers=2, covers=2)
    visit.order(None, soup=900)
    visit.do(cm.SetServiceCharge(200_000, 2), MANAGER)
    assert visit.line("soup").charge.service == 180
    visit.do(cm.SetCovers(1), WAITER)
    assert visit.line("soup").charge.service == 0
    assert visit.do(cm.SetServiceCharge(200_000, 2), MANAGER) == ()
    assert visit.refused(cm.SetServiceCharge(1_000_001, 2), MANAGER).code == "invalid"


def test_a_discount_keeps_the_service_rate_of_its_line() -> None:
    visit = Visit(service_ppm=100_000, covers=2)
    visit.order(None, soup=900)
    visit.do(cm.DiscountLine("soup", "cold", "d", ppm=500_000), MANAGER)
    assert (visit.line("soup").charge.price, visit.line("soup").charge.service) == (450, 45)


def test_heads_are_counted_within_reason_and_once() -> None:
    visit = Visit(covers=2)
    assert visit.do(cm.SetCovers(2)) == ()
    assert visit.refused(cm.SetCovers(-1)).code == "invalid"


def test_prices_of_a_visit_that_ended_stay() -> None:
    visit = evening()
    visit.do(cm.AbandonSession("walked out"), MANAGER)
    commands: list[cm.Command] = [
        void("soup"),
        cm.SetDiscount("d", "late", "all", ppm=1),
        cm.RemoveDiscount("d"),
        cm.SetServiceCharge(0, 0),
        cm.SetCovers(3),
        cm.PlaceOrder("o", None, (cm.WantedLine("l", None, "tea", 1, 1, (), None),)),
    ]
    assert {visit.refused(command, MANAGER).code for command in commands} == {"session_closed"}
