"""Choosing modifiers, and what a menu may not be."""

from dataclasses import replace

import pytest

from app.domain.menu import Category, Menu, MenuError, MenuItem, Modifier, ModifierGroup, ServiceCharge, check, choose
from app.domain.pricing import ServiceRule

RARE, MEDIUM = Modifier("m-rare", "rare"), Modifier("m-medium", "medium")
EGG, BACON, TRUFFLE = (
    Modifier("m-egg", "egg", 150),
    Modifier("m-bacon", "bacon", 200),
    Modifier("m-truffle", "truffle", 900),
)
BURGER = MenuItem(
    id="burger",
    name="Burger",
    description="with chips",
    price=1450,
    tax_ppm=88_750,
    modifier_groups=(
        ModifierGroup("doneness", "Doneness", 1, 1, (RARE, MEDIUM)),
        ModifierGroup("extras", "Extras", 0, 2, (EGG, BACON, TRUFFLE)),
    ),
)


def menu_of(*items: MenuItem, currency: str = "USD") -> Menu:
    return Menu(currency, tax_inclusive=False, service=None, tip_presets=(), categories=(Category("c", "All", items),))


def code_of(outcome: object) -> str:
    assert isinstance(outcome, MenuError)
    return outcome.code


def test_modifiers_come_in_the_order_of_the_menu() -> None:
    assert choose(BURGER, ("m-bacon", "m-rare", "m-egg")) == (RARE, EGG, BACON)


@pytest.mark.parametrize(
    ("modifier_ids", "subject"),
    [
        ((), "doneness"),
        (("m-rare", "m-medium"), "doneness"),
        (("m-rare", "m-egg", "m-bacon", "m-truffle"), "extras"),
        (("m-rare", "m-unknown"), "m-unknown"),
        (("m-rare", "m-egg", "m-egg"), "m-egg"),
    ],
)
def test_a_choice_against_the_rules_names_what_is_wrong(modifier_ids: tuple[str, ...], subject: str) -> None:
    outcome = choose(BURGER, modifier_ids)
    assert isinstance(outcome, MenuError)
    assert (outcome.code, outcome.subject) == ("invalid", subject)


@pytest.mark.parametrize("item", [replace(BURGER, available=False), replace(BURGER, left=0)])
def test_a_sold_out_item_cannot_be_chosen(item: MenuItem) -> None:
    assert code_of(choose(item, ("m-rare",))) == "sold_out"


def test_an_item_with_some_left_can_be_chosen() -> None:
    assert choose(replace(BURGER, left=1), ("m-rare",)) == (RARE,)


def test_a_menu_finds_its_items() -> None:
    menu = menu_of(BURGER)
    assert menu.item("burger") is BURGER
    assert menu.item("soup") is None


def test_prices_of_a_dinar_menu_are_whole_steps_of_ten() -> None:
    soup = MenuItem("soup", "Soup", "", 2505)
    assert check(menu_of(replace(soup, price=2500), currency="KWD")) is None
    assert code_of(check(menu_of(soup, currency="KWD"))) == "invalid"
    assert check(menu_of(soup, currency="USD")) is None


@pytest.mark.parametrize(
    "item",
    [
        replace(BURGER, price=-1),
        replace(BURGER, modifier_groups=(ModifierGroup("g", "G", 0, 1, (Modifier("m", "M", -5),)),)),
        replace(BURGER, modifier_groups=(ModifierGroup("g", "G", 2, 2, (EGG,)),)),
        replace(BURGER, modifier_groups=(ModifierGroup("g", "G", 2, 1, (EGG, BACON)),)),
        replace(BURGER, modifier_groups=(ModifierGroup("g", "G", -1, 1, (EGG,)),)),
    ],
)
def test_an_impossible_menu_is_refused(item: MenuItem) -> None:
    assert code_of(check(menu_of(item))) == "invalid"


def test_a_service_charge_starts_when_the_party_is_large_enough() -> None:
    service = ServiceCharge(180_000, from_covers=6, tax_ppm=88_750)
    assert service.rule(5) is None
    assert service.rule(6) == ServiceRule(180_000, 88_750)
