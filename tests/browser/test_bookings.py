"""A table booked from home: a card that is only asked to hold, the house that sees it, and the way back."""

from datetime import timedelta

import pytest
from playwright.async_api import expect

from app.storage import bookings
from tests.browser import measures
from tests.browser.conftest import Hire, OpenWindow
from tests.browser.guests import PAYS, Guest
from tests.browser.restaurant import Restaurant

pytestmark = pytest.mark.browser

NOT_BOOKABLE = r"status of 409"


async def test_a_table_is_booked_with_a_card_and_cancelled(
    restaurant: Restaurant, window: OpenWindow, hire: Hire
) -> None:
    desk = restaurant.house.desk
    await bookings.set_rules(desk.database, restaurant.id, {"bookable": True, "no_show_amount": 2000})
    own = await window()
    page = await own.page()
    ana = Guest(own, page, "Ana")
    await page.goto(f"{restaurant.url}/book/{restaurant.id}")
    day = (desk.now() + timedelta(days=3)).date().isoformat()
    await page.get_by_label("Day").fill(day)
    await page.get_by_role("group", name="Time").get_by_role("button").first.click()
    await page.get_by_label("Your name").fill("Ana Lindt")
    await page.get_by_label("Telephone or e-mail").fill("ana@example.com")
    await expect(page.get_by_role("main")).to_contain_text("$40.00 is held on your card, not charged.")
    flaws = [*await measures.violations(page), *await measures.small_targets(page), *await measures.overflows(page)]
    assert not flaws, "\n".join(flaws)
    await ana.button("Book for").click()
    await ana.type_card(PAYS)
    await ana.button("Hold $40.00 on my card").click()
    await expect(page.get_by_role("heading", name="See you then")).to_be_visible()
    await expect(page.get_by_role("main")).to_contain_text("$40.00 is held on your card.")
    await page.reload()
    await expect(page.get_by_role("heading", name="See you then")).to_be_visible()
    waiter = await hire("waiter")
    await waiter.page.goto(f"{restaurant.url}/staff/house#bookings")
    await waiter.page.get_by_label("Day", exact=True).fill(day)
    await expect(waiter.page.get_by_role("main")).to_contain_text("$40.00 held on a card")
    await ana.button("Cancel the booking").click()
    await ana.button("Yes, cancel it").click()
    await expect(page.get_by_role("heading", name="Cancelled")).to_be_visible()


async def test_a_restaurant_that_takes_no_bookings_says_so(restaurant: Restaurant, window: OpenWindow) -> None:
    await bookings.set_rules(restaurant.house.desk.database, restaurant.id, {"bookable": False})
    page = await (await window(NOT_BOOKABLE)).page()
    await page.goto(f"{restaurant.url}/book/{restaurant.id}")
    await expect(page.get_by_role("alert")).to_contain_text("takes no bookings here")
