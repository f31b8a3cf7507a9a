"""Money that takes more than one person or more than one step: refunds, tabs, groups, gift cards."""

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Hire, Seat
from tests.browser.guests import PAYS, Guest
from tests.browser.restaurant import Restaurant

pytestmark = pytest.mark.browser

BURRATA = 1338


async def orders_burrata(guest: Guest) -> None:
    await guest.choose("Burrata")
    await guest.order()


async def pays(guest: Guest, amount: int = BURRATA) -> None:
    await guest.pay_button().click()
    await guest.type_card(PAYS)
    await guest.press_pay()
    await guest.sees_paid(amount)


async def test_what_staff_refund_the_guest_sees_coming_back(restaurant: Restaurant, seat: Seat, hire: Hire) -> None:
    ana, manager = await seat("Ana", "1"), await hire("manager")
    await orders_burrata(ana)
    await pays(ana)
    await manager.look_at("1")
    await manager.section("Payments").get_by_role("button", name="Refund").click()
    await manager.choose("Amount")
    await manager.dialog().get_by_label("Amount, at most $13.38").fill("5")
    await manager.dialog().get_by_role("button", name="Guest unhappy").click()
    await manager.answer("Refund $5.00")
    await manager.hears("The money is on its way back.")
    await expect(ana.page.get_by_role("region", name="Money back to you")).to_contain_text("$5.00 was refunded.")
    await expect(manager.section("Payments")).to_contain_text("$5.00 refunded")
    await ana.page.get_by_role("link", name="Receipt").first.click()
    await expect(ana.page.get_by_role("main")).to_contain_text("-$5.00")
    await expect(ana.page.get_by_role("region", name="Refunds")).to_contain_text("arrived")


async def test_a_credit_goes_back_in_one_tap(restaurant: Restaurant, seat: Seat, hire: Hire) -> None:
    ana, waiter = await seat("Ana", "1"), await hire("waiter")
    await orders_burrata(ana)
    await pays(ana)
    await waiter.look_at("1")
    await waiter.line("Burrata").click()
    await waiter.choose("Comp")
    await waiter.dialog().get_by_label("Reason").fill("cold")
    await waiter.answer("It is on the house")
    await expect(ana.page.get_by_role("region", name="Money back to you")).to_contain_text("$13.38")
    give = waiter.section("Credits").get_by_role("button", name="Give $13.38 back")
    await give.click()
    await expect(ana.page.get_by_role("region", name="Money back to you")).to_contain_text("$13.38 was refunded.")
    await expect(give).to_be_hidden()


async def test_a_tab_is_opened_and_pays_for_what_was_had(restaurant: Restaurant, seat: Seat, hire: Hire) -> None:
    ana, waiter = await seat("Ana", "1"), await hire("waiter")
    await orders_burrata(ana)
    await ana.button("Other ways").click()
    await ana.button("Tab").click()
    panel = ana.dialog("Open a tab")
    await panel.get_by_label("About how much").fill("40")
    await panel.get_by_role("button", name="Open a tab").click()
    await ana.type_card(PAYS)
    await panel.get_by_role("button", name="Hold $48.00 on my card").click()
    panel = ana.dialog("Tab")
    await expect(panel).to_contain_text("You owe $13.38 so far.")
    await waiter.look_at("1")
    await expect(waiter.section("Tabs")).to_contain_text("$48.00")
    await panel.get_by_role("button", name="Take $13.38 from the tab").click()
    await expect(ana.dialog("Open a tab")).to_contain_text("$13.38 was taken from your tab.")
    await expect(waiter.section("Payments")).to_contain_text("$13.38")


async def test_a_group_pays_together_or_not_at_all(restaurant: Restaurant, seat: Seat) -> None:
    ana, ben = await seat("Ana", "1"), await seat("Ben", "1")
    await orders_burrata(ana)
    await orders_burrata(ben)
    await ana.button("Other ways").click()
    await ana.button("Everybody pays together").click()
    await ana.type_card(PAYS)
    await ana.press_pay()
    await expect(ana.dialog("Your card is ready")).to_contain_text("1 of 2 cards are ready")
    await expect(ben.page.get_by_role("region", name="Pay together")).to_contain_text("Still to come: you")
    await ben.button("Let it go").click()
    await expect(ana.page.get_by_text("Nobody was charged").first).to_be_visible()
    assert (await restaurant.books(await restaurant.visit("1")))["totals"]["settled"] == 0


async def test_a_group_that_is_complete_is_charged(restaurant: Restaurant, seat: Seat) -> None:
    ana, ben = await seat("Ana", "1"), await seat("Ben", "1")
    await orders_burrata(ana)
    await orders_burrata(ben)
    await ana.button("Other ways").click()
    await ana.button("Everybody pays together").click()
    for guest in (ana, ben):
        if guest is ben:
            await ben.button("Give your card").click()
        await guest.type_card(PAYS)
        await guest.press_pay()
    await ana.sees_paid(BURRATA)
    await ben.sees_paid(BURRATA - 1)
    assert (await restaurant.books(await restaurant.visit("1")))["tableSession"]["status"] == "settled"


async def test_a_gift_card_is_bought_and_pays_elsewhere(restaurant: Restaurant, seat: Seat, hire: Hire) -> None:
    manager = await hire("manager")
    await manager.page.goto(f"{restaurant.url}/staff/house#gifts")
    await manager.press("New product")
    await manager.dialog().get_by_label("Name on the menu").fill("Gift card 50")
    await manager.dialog().get_by_label("Price", exact=True).fill("50")
    await manager.answer("Put it on the menu")
    await expect(manager.page.get_by_role("main")).to_contain_text("Gift card over $50.00")
    ana, ben = await seat("Ana", "1"), await seat("Ben", "2")
    await ana.choose("Gift card 50")
    await ana.order()
    await pays(ana, 5000)
    codes = ana.page.get_by_role("region", name="Your gift cards")
    code = await codes.locator(".code").inner_text()
    await orders_burrata(ben)
    await ben.button("Other ways").click()
    await ben.button("Gift card").click()
    await ben.dialog("Gift card").get_by_label("Code of").fill(code)
    await ben.button("See what is on it").click()
    await expect(ben.dialog("Gift card")).to_contain_text("$50.00 is on it.")
    await ben.button("Pay $13.38 with it").click()
    await expect(ben.dialog("Gift card")).to_contain_text("$36.62 is left on it.")
    await ben.button("Done").click()
    await expect(ben.page.get_by_text("All paid").first).to_be_visible()
