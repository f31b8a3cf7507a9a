import pytest

from app.domain import commands as cm
from app.domain.voucher import Grant
from tests.domain.visit import MANAGER, SYSTEM, Visit, me, sharing, table_of

CARD = Grant("giftCard", 5000, valid_days=730)


def selling(table: Visit, name: str = "voucher", quantity: int = 1, price: int = 5000) -> None:
    line = cm.WantedLine(name, "menu-card", "Gift card", quantity, price, (), None, grants=CARD)
    table.do(cm.PlaceOrder(table.new("order"), "ana", (line,)), me("ana"))


def giving(table: Visit, guest: str, card: cm.GiftCard, pays: cm.Pays | None = None, tip: int = 0) -> cm.StartPayment:
    return table.starting(guest, pays or cm.PayMine(), "giftCard", tip, gift_card=card)


def holding(balance: int) -> cm.GiftCard:
    return cm.GiftCard("card", balance)


def test_what_sells_gift_cards_has_no_tax_no_service_and_no_discount() -> None:
    table = Visit("USD", tax_ppm=100_000, service_ppm=180_000)
    table.join("ana")
    table.do(cm.SetDiscount("d1", "regulars", "all", ppm=100_000), MANAGER)
    selling(table)
    table.do(cm.SetDiscount("d2", "regulars", "all", amount=100), MANAGER)
    table.do(cm.SetServiceCharge(200_000, 0), MANAGER)
    line = table.line("voucher")
    assert (line.charged, line.charge.tax, line.charge.service) == (5000, 0, 0)
    assert table.view["lines"]["voucher"]["product"] == "giftCard"


def test_a_gift_card_is_granted_with_the_payment_that_settles_its_line() -> None:
    table = table_of("ana")
    selling(table, quantity=2)
    payment = table.pay("ana")
    assert table.kinds[-3:] == ["payment.succeeded", "voucher.granted", "session.settled"]
    fact = next(event.fact for event in table.log if event.fact.kind == "voucher.granted")
    assert (fact.payment, fact.cards) == (payment, ("voucher-1", "voucher-2"))  # type: ignore[union-attr]
    assert table.view["lines"]["voucher"]["granted"] is True


def test_half_a_line_grants_nothing_and_the_last_payer_gets_it_once() -> None:
    table = table_of("ana", "bob")
    selling(table)
    table.claim("bob", "voucher")
    table.pay("ana")
    assert "voucher.granted" not in table.kinds
    last = table.pay("bob")
    table.order("ana", tea=300)
    table.pay("ana")
    assert table.kinds.count("voucher.granted") == 1
    assert table.line("voucher").granted == last


@pytest.mark.parametrize("gone", [cm.CompLine("voucher", "present", "d"), cm.VoidLine("voucher", "mistake", "d")])
def test_what_nobody_paid_grants_nothing(gone: cm.Command) -> None:
    table = table_of("ana")
    selling(table)
    table.order("ana", tea=300)
    table.do(gone, MANAGER)
    table.pay("ana")
    assert "voucher.granted" not in table.kinds


def test_a_gift_card_pays_at_once_what_it_holds_and_no_more() -> None:
    table = table_of("ana")
    table.order("ana", steak=3000)
    table.do(giving(table, "ana", holding(1200)), me("ana"))
    assert table.kinds[-2:] == ["payment.started", "payment.succeeded"]
    assert (table.dues, table.bill.payments.popitem()[1].reference) == ({"ana": 1800}, "card")


def test_a_gift_card_that_holds_more_pays_the_due_and_the_tip() -> None:
    table = table_of("ana")
    table.order("ana", steak=3000)
    command = giving(table, "ana", holding(5000), tip=300)
    table.do(command, me("ana"))
    assert (table.payment(command.payment).charge, table.status) == (3300, "settled")


def test_an_empty_gift_card_pays_nothing() -> None:
    table = table_of("ana")
    table.order("ana", steak=3000)
    assert table.refused(giving(table, "ana", holding(0)), me("ana")).code == "gift_card_empty"
    assert table.refused(giving(table, "ana", holding(200), tip=200), me("ana")).code == "gift_card_empty"


def test_three_decimal_currencies_keep_their_steps() -> None:
    table = table_of("ana", currency="KWD")
    table.order("ana", steak=3000)
    command = giving(table, "ana", holding(1_234))
    table.do(command, me("ana"))
    assert table.payment(command.payment).amount == 1_230


def test_gift_cards_are_not_bought_with_gift_cards() -> None:
    table = table_of("ana")
    selling(table)
    assert table.refused(giving(table, "ana", holding(9000)), me("ana")).code == "gift_card_not_for_this"


def test_half_a_share_of_an_even_split_is_not_used_up() -> None:
    table = sharing(3000, "ana", "bob")
    table.do(cm.SetSplit("even"), me("ana"))
    refusal = table.refused(giving(table, "ana", holding(1000)), me("ana"))
    assert (refusal.code, refusal.figures) == ("gift_card_short", {"balance": 1000, "amount": 1500})
    table.do(giving(table, "ana", holding(1000), cm.PayAmount(1000)), me("ana"))
    assert sum(table.dues.values()) == 2000


def test_a_named_amount_is_used_up_as_far_as_it_is_paid() -> None:
    table = sharing(3000, "ana", "bob")
    table.do(cm.SetSplit("amounts"), me("ana"))
    table.do(cm.SetParts("ana", amount=2000), me("ana"))
    table.do(giving(table, "ana", holding(1500)), me("ana"))
    assert (table.dues, table.open) == ({"ana": 500}, 1000)


def lunches(uses: int | None) -> cm.GiftCard:
    return cm.GiftCard("pass", None, uses, ("menu-soup",))


def test_a_pass_pays_whole_dishes_one_use_a_piece() -> None:
    table = table_of("ana")
    table.order("ana", soup=800, quantity=2)
    table.order("ana", steak=3000)
    assert table.refused(giving(table, "ana", lunches(1)), me("ana")).code == "gift_card_not_for_this"
    table.do(giving(table, "ana", lunches(2)), me("ana"))
    assert table.dues == {"ana": 3000}


def test_a_membership_has_no_end_of_uses() -> None:
    table = table_of("ana")
    table.order("ana", soup=800, quantity=9)
    table.do(giving(table, "ana", lunches(None)), me("ana"))
    assert table.status == "settled"


def test_a_used_up_pass_says_so_and_no_pass_pays_a_tip() -> None:
    table = table_of("ana")
    table.order("ana", soup=800)
    assert table.refused(giving(table, "ana", lunches(0)), me("ana")).code == "gift_card_empty"
    assert table.refused(giving(table, "ana", lunches(3), tip=100), me("ana")).code == "invalid"


def test_half_of_a_shared_dish_is_not_for_a_pass() -> None:
    table = table_of("ana", "bob")
    table.order("ana", soup=800)
    table.claim("bob", "soup")
    assert table.refused(giving(table, "ana", lunches(3)), me("ana")).code == "gift_card_not_for_this"


def test_a_gift_card_must_be_shown_to_pay_with_one() -> None:
    table = table_of("ana")
    table.order("ana", soup=800)
    assert table.refused(table.starting("ana", cm.PayMine(), "giftCard"), me("ana")).code == "invalid"
    assert table.refused(table.starting("ana", cm.PayMine(), gift_card=holding(100)), me("ana")).code == "invalid"


def test_a_surplus_that_fits_a_voucher_grants_it() -> None:
    table = table_of("ana", "bob")
    selling(table)
    late = table.start("ana")
    table.do(cm.ReleasePayment(late, "phone died"), MANAGER)
    table.succeed(late)
    assert table.line("voucher").granted == late
    table.do(cm.ObservePayment(late, "succeeded", 5000), SYSTEM)
    assert table.kinds.count("voucher.granted") == 1
