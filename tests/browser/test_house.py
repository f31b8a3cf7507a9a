"""The house's pages on the real server: what happened this evening stands in every section, to the cent."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import expect

from app.actions.findings import raise_finding
from app.ids import new_id
from app.storage import bookings, risk
from app.storage.tables import CardTry
from tests.browser import figures
from tests.browser.conftest import Hire, Seat
from tests.browser.guests import PAYS
from tests.browser.restaurant import Restaurant
from tests.browser.staff import Member

pytestmark = pytest.mark.browser

SECTIONS = {
    "day": "Close of day", "drawer": "Drawer", "refunds": "Refunds", "disputes": "Disputes", "payouts": "Payouts",
    "reviews": "Reviews", "findings": "Findings", "audit": "Audit log", "bookings": "Bookings", "gifts": "Gift cards",
    "tips": "Tips", "analytics": "Analytics",
}  # fmt: skip
NOT_CONNECTED = r"payouts"
DISPUTED = "4000000000000259"
CONFLICT = r"status of 409"
NOT_VALID = r"status of 422"
TABLE = "1"


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
    await waiter.hears("The drawer is open.")
    ana = await restaurant.sit("1")
    await restaurant.order(ana, "Burrata")
    assert (await ana.pay(paymentMethod="cash")).status_code == 201
    await waiter.page.get_by_role("link", name="Floor").click()
    await waiter.look_at("1")
    await waiter.press("Confirm cash")
    await waiter.answer("I have the cash")
    await waiter.page.get_by_role("link", name="House").click()
    await expect(waiter.page.get_by_role("main")).to_contain_text("$213.38")
    await waiter.page.get_by_label("Counted").fill("213.00")
    await waiter.press("Close the drawer")
    await expect(waiter.page.get_by_role("status").filter(has_text="$213.00 counted")).to_contain_text("-$0.38")


async def test_a_waiters_refund_waits_for_a_second_person(restaurant: Restaurant, hire: Hire) -> None:
    waiter, manager = await hire("waiter"), await hire("manager")
    ana = await restaurant.sit(TABLE)
    await restaurant.order(ana, "Burrata")
    await ana.pay(paymentMethod="cash")
    await waiter.look_at(TABLE)
    await waiter.press("Confirm cash")
    await waiter.answer("I have the cash")
    await waiter.section("Payments").get_by_role("button", name="Refund").click()
    await waiter.dialog().get_by_role("button", name="Charged twice").click()
    await waiter.answer("Refund $13.38")
    await waiter.hears("A second person has to approve it")
    await look_at(manager, "refunds")
    await manager.page.get_by_role("button", name="Approve $13.38").click()
    await expect(manager.page.get_by_text("Nothing waits for a second person.")).to_be_visible()
    await manager.press("Refunded")
    await expect(manager.page.get_by_role("main")).to_contain_text("approved by Manager")
    await expect(waiter.section("Payments")).to_contain_text("$13.38 refunded")


async def test_a_card_payment_that_looks_odd_goes_on_when_staff_allow_it(
    restaurant: Restaurant, seat: Seat, hire: Hire
) -> None:
    ana, waiter = await seat("Ana", TABLE, CONFLICT), await hire("waiter")
    await ana.choose("Burrata")
    await ana.order()
    visit = await restaurant.visit(TABLE)
    own = figures.who(await restaurant.books(visit), "Ana")
    for _ in range(4):
        await risk.note(restaurant.house.desk.database, declined(restaurant, visit, own))
    await ana.pay_button().click()
    await expect(ana.page.get_by_role("alert")).to_contain_text("The waiter has to say yes")
    await waiter.look_at(TABLE)
    await waiter.section("Calls").get_by_role("link", name="Decide").click()
    await waiter.press("Allow Ana, $13.38")
    await waiter.dialog().get_by_label("Reason").fill("known guest")
    await waiter.answer("Allow")
    await ana.type_card(PAYS)
    await ana.press_pay()
    await ana.sees_paid(1338)


def declined(restaurant: Restaurant, visit: str, guest: str) -> CardTry:
    """A card of this guest that the bank declined just now."""
    return CardTry(
        payment_id=new_id(), attempt="ch_1", stream=visit, restaurant_id=restaurant.id, guest_id=guest,
        table_id=restaurant.tables[TABLE].table_id, outcome="declined", at=restaurant.house.desk.now(),
    )  # fmt: skip


async def test_a_dispute_comes_with_its_evidence(restaurant: Restaurant, seat: Seat, hire: Hire) -> None:
    ana, manager = await seat("Ana", TABLE), await hire("manager")
    await ana.choose("Burrata")
    await ana.order()
    await ana.pay_button().click()
    await ana.type_card(DISPUTED)
    await ana.press_pay()
    await ana.sees_paid(1338)
    await manager.look_at(TABLE)
    await expect(manager.section("Payments")).to_contain_text("Disputed")
    assert "that was not me" in await look_at(manager, "disputes")
    async with manager.page.expect_popup() as opening:
        await manager.page.get_by_role("link", name="See the evidence").click()
    evidence = await opening.value
    await expect(evidence.locator("body")).to_contain_text("Burrata")


async def test_a_finding_is_closed_with_a_note(restaurant: Restaurant, hire: Hire) -> None:
    manager = await hire("manager")
    facts = {"problem": "amount", "expected": 1579, "found": 1500, "currency": "usd"}
    await raise_finding(restaurant.house.desk, "mismatch", "pi_1", restaurant=restaurant.id, facts=facts)
    assert "$15.79" in await look_at(manager, "findings")
    await manager.page.get_by_role("button", name="Close with a note").click()
    await manager.dialog().get_by_label("What was it").fill("a trial of ours")
    await manager.answer("Close it")
    await expect(manager.page.get_by_text("Everything agrees, to the cent.")).to_be_visible()


async def test_a_booking_is_taken_and_seated(restaurant: Restaurant, hire: Hire) -> None:
    # Where guests cannot book by themselves, staff still can.
    await bookings.set_rules(restaurant.house.desk.database, restaurant.id, {"bookable": False})
    waiter = await hire("waiter", rf"{CONFLICT}|{NOT_VALID}")
    await look_at(waiter, "bookings")
    for day, is_over in ((datetime.now(UTC) - timedelta(days=2), True), (datetime.now(UTC) + timedelta(days=2), False)):
        await waiter.page.get_by_role("main").get_by_label("Day", exact=True).fill(f"{day:%Y-%m-%d}")
        await waiter.press("New booking")
        await waiter.dialog().get_by_label("Time").fill("20:00")
        await waiter.dialog().get_by_label("Name").fill("Ana Lindt")
        await waiter.dialog().get_by_label("Telephone").fill("+49 30 1234567")
        await waiter.dialog().get_by_role("button", name="Book for").click()
        if is_over:
            await expect(waiter.dialog().get_by_role("alert")).to_have_text("This is not a time that can be booked.")
            await waiter.dialog().get_by_role("button", name="Close").click()
    await expect(waiter.page.get_by_role("main")).to_contain_text("Ana Lindt · 2 people")
    await waiter.page.get_by_role("button", name="They are here Ana Lindt").click()
    await expect(waiter.page.get_by_role("main")).to_contain_text("Here")
