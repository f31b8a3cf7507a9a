"""The house's pages on the real server: what happened this evening stands in every section, to the cent."""

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Hire
from tests.browser.restaurant import Restaurant
from tests.browser.staff import Member

pytestmark = pytest.mark.browser

SECTIONS = {
    "day": "Close of day", "drawer": "Drawer", "refunds": "Refunds", "disputes": "Disputes", "payouts": "Payouts",
    "reviews": "Reviews", "findings": "Findings", "audit": "Audit log", "bookings": "Bookings", "gifts": "Gift cards",
    "tips": "Tips", "analytics": "Analytics",
}  # fmt: skip
NOT_CONNECTED = r"payouts"


async def look_at(manager: Member, section: str) -> str:
    """Open a section; its words once its answers are here."""
    await manager.page.goto(f"{manager.restaurant.url}/staff/house#{section}")
    await expect(manager.page.get_by_role("heading", level=2, name=SECTIONS[section])).to_be_visible()
    await expect(manager.page.get_by_text("Loading…", exact=True)).to_have_count(0)
    return str(await manager.page.get_by_role("main").inner_text())


async def test_every_section_understands_what_the_server_says(restaurant: Restaurant, hire: Hire) -> None:
    ana = await restaurant.sit("1")
    await restaurant.order(ana, "Burrata")
    payment = (await ana.pay(paymentMethod="cash", tipAmount=100)).json()["id"]
    manager = await hire("manager", NOT_CONNECTED)
    await manager.look_at("1")
    await manager.press("Confirm cash")
    await manager.answer("I have the cash")
    said = {section: await look_at(manager, section) for section in SECTIONS}
    for words in said.values():
        assert not [odd for odd in ("undefined", "NaN", "[object", "Try again") if odd in words], words
    assert "$14.38" in said["day"]
    assert "$14.38" in said["analytics"]
    assert payment


async def test_a_drawer_is_opened_used_and_counted(restaurant: Restaurant, hire: Hire) -> None:
    waiter = await hire("waiter")
    await waiter.page.get_by_role("link", name="House").click()
    await waiter.page.get_by_label("Money in it to begin with").fill("200")
    await waiter.press("Open the drawer with $200.00")
    ana = await restaurant.sit("1")
    await restaurant.order(ana, "Burrata")
    await ana.pay(paymentMethod="cash")
    await waiter.page.get_by_role("link", name="Floor").click()
    await waiter.look_at("1")
    await waiter.press("Confirm cash")
    await waiter.answer("I have the cash")
    await waiter.page.get_by_role("link", name="House").click()
    await expect(waiter.page.get_by_role("main")).to_contain_text("$213.38")
    await waiter.page.get_by_label("Counted").fill("213.00")
    await waiter.press("Close the drawer")
    await expect(waiter.page.get_by_role("status").filter(has_text="$213.00 counted")).to_contain_text("-$0.38")
