"""Every page, in every state that matters: readable by everybody, still, light, and silent towards strangers."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser import measures
from tests.browser.conftest import Hire, OpenWindow, Seat
from tests.browser.guests import ASKS, PAYS, Guest
from tests.browser.restaurant import Restaurant, furnish
from tests.browser.staff import Member
from tests.browser.windows import OFFLINE, TABLET, Line, Window
from tests.web.house import House
from tests.web.people import Guest as Diner

pytestmark = pytest.mark.browser

FIRST_VIEW_BYTES_MAX = 50_000
FIRST_SCRIPTS_BYTES_MAX = 20_000
LIVE_BYTES_MAX = 100_000
MANY, GUESTS = 40, 14
LONG = "Maximiliane-Charlotte von und zu Hohenst"
EVERYTHING = ("Burrata", "Olives from Sicily", "Sea bream", "Tiramisu", "Riesling, bottle", "Espresso", "Pale ale")

Show = Callable[[Member], Awaitable[None]]


@pytest.fixture(scope="module")
async def restaurant(house: House) -> Restaurant:
    """A restaurant with a name as long as names get."""
    return await furnish(house, "Gasthaus zum Goldenen Hirschen am Marktplatz", currency="USD", taxInclusive=False)


@pytest.fixture(scope="module")
async def busy(restaurant: Restaurant) -> Diner:
    """Table 1 has everything at once: many guests and lines, long names, a call, cash and a card in flight."""
    first = await restaurant.sit("1", LONG)
    others = [await restaurant.sit("1", f"Guest number {number}") for number in range(2, GUESTS + 1)]
    for number in range(MANY // 4):
        dishes = [EVERYTHING[(number + step) % len(EVERYTHING)] for step in range(4)]
        await restaurant.order(others[number % len(others)], *dishes)
    await restaurant.order(first, "Burrata")
    await others[0].pay(paymentMethod="cash")
    await others[1].pay()
    await others[2].post("/requests", {"kind": "waiter"})
    await others[3].post("/requests", {"kind": "bill"})
    return first


@pytest.fixture(scope="module")
async def manager(browser: Browser, restaurant: Restaurant, busy: Diner) -> AsyncIterator[Member]:
    """One manager at one window, who looks at everything in turn."""
    own = await Window.open(browser, viewport=TABLET)
    yield await Member(own, await own.page(), restaurant, "manager").on_the_floor()
    await own.context.close()
    assert own.odd() == []
    assert own.hosts <= restaurant.hosts


async def is_good(page: Page) -> None:
    flaws = await measures.flaws(page)
    assert not flaws, "\n".join(flaws)


# Staff


async def the_floor(_: Member) -> None:
    """As it is."""


async def the_wall(member: Member) -> None:
    await member.press("Wall view")


async def a_table(member: Member) -> None:
    await member.look_at("1")
    await expect(member.section("Items").get_by_role("listitem")).to_have_count(MANY + 1)


async def a_discounted_table(member: Member) -> None:
    await a_table(member)
    await member.press("Discount")
    await member.dialog().get_by_role("button", name="10 %").click()
    await member.dialog().get_by_role("button", name="Kitchen too slow").click()
    await member.answer("Give the discount")
    await expect(member.section("Sum")).to_contain_text("Kitchen too slow")


async def a_free_table(member: Member) -> None:
    await member.look_at("3")


def dialog(*buttons: str) -> Show:
    """The question behind a button of the table."""

    async def show(member: Member) -> None:
        await a_table(member)
        for button in buttons:
            await member.page.get_by_role("complementary").get_by_role("button", name=button).first.click()
        await expect(member.dialog()).to_be_visible()

    return show


async def a_discount_on_a_line(member: Member) -> None:
    await dialog("Tiramisu")(member)
    await member.choose("Discount")


async def dishes_to_add(member: Member) -> None:
    await dialog("Add items")(member)
    await expect(member.dialog().get_by_role("button", name="Espresso")).to_be_visible()


async def a_dish_to_add(member: Member) -> None:
    await dishes_to_add(member)
    await member.dialog().get_by_role("button", name="Smash burger").click()


async def the_kitchen(member: Member) -> None:
    await member.page.get_by_role("link", name="Kitchen").click()
    await member.ready()


async def what_has_run_out(member: Member) -> None:
    await the_kitchen(member)
    await member.press("Sold out…")
    await expect(member.dialog().get_by_role("button", name="Sold out Tiramisu")).to_be_visible()


FLOOR: dict[str, Show] = {
    "the floor": the_floor,
    "the wall": the_wall,
    "a table": a_table,
    "a discounted table": a_discounted_table,
    "a free table": a_free_table,
    "dishes to add": dishes_to_add,
    "a dish to add": a_dish_to_add,
    "a line": dialog("Tiramisu"),
    "a discount on a line": a_discount_on_a_line,
    "a discount": dialog("Discount"),
    "the service charge": dialog("Service charge"),
    "how many people": dialog("People"),
    "where to move": dialog("Move table"),
    "money to take": dialog("Take payment"),
    "cash to confirm": dialog("Confirm cash"),
    "a payment to release": dialog("Release this share"),
    "a walk-out": dialog("End visit"),
    "the kitchen": the_kitchen,
    "what has run out": what_has_run_out,
}


@pytest.mark.parametrize("scene", FLOOR)
async def test_every_page_of_the_staff_is_good(manager: Member, scene: str) -> None:
    await manager.page.goto("about:blank")
    await manager.page.goto(f"{manager.restaurant.url}/staff/floor")
    await manager.ready()
    await FLOOR[scene](manager)
    await is_good(manager.page)


async def test_the_door_for_staff_is_good(window: OpenWindow, restaurant: Restaurant) -> None:
    own = await window(r"status of 401")
    member = Member(own, await own.page(), restaurant, "waiter")
    await member.log_in("wrong")
    await expect(member.page.get_by_role("alert")).to_be_visible()
    await is_good(member.page)


async def test_the_focus_is_never_under_a_bar(hire: Hire, busy: Diner) -> None:
    member = await hire("waiter", viewport={"width": 390, "height": 844})
    hidden = await measures.covered(member.page, 15)
    await member.look_at("1")
    hidden += await measures.covered(member.page, MANY + 20)
    assert not hidden, "\n".join(hidden)


# Guests


async def test_a_first_guest_sees_a_good_menu_and_an_empty_bill(seat: Seat, restaurant: Restaurant) -> None:
    ana = await seat("Ana", "2")
    await is_good(ana.page)
    await ana.go_to("Bill")
    await is_good(ana.page)


async def test_a_large_party_is_good(seat: Seat, busy: Diner) -> None:
    ana = await seat("Ana", "1")
    await expect(ana.page.get_by_role("main").get_by_role("button", name="More about")).to_have_count(MANY + 1)
    await is_good(ana.page)
    hidden = await measures.covered(ana.page, MANY + 20)
    assert not hidden, "\n".join(hidden)


async def test_paying_is_good_from_the_form_to_the_receipt(seat: Seat, restaurant: Restaurant) -> None:
    ana = await seat("Ana", "4")
    await ana.choose("Burrata")
    await ana.order()
    await is_good(ana.page)
    await ana.pay_button().click()
    await ana.type_card(ASKS)
    await is_good(ana.page)
    await ana.press_pay()
    await expect(ana.dialog("3-D Secure")).to_be_visible()
    assert await measures.violations(ana.page) == []
    await ana.button("Complete authentication").click()
    await expect(ana.dialog("Paid")).to_be_visible()
    await is_good(ana.page)
    await ana.button("Done").click()
    await expect(ana.page.get_by_text("All paid").first).to_be_visible()
    await is_good(ana.page)
    await ana.page.get_by_role("link", name="Receipt").first.click()
    await expect(ana.page.get_by_role("heading", level=1)).to_be_visible()
    await is_good(ana.page)


async def test_without_a_line_the_page_says_so_and_is_good(window: OpenWindow, restaurant: Restaurant) -> None:
    own = await window(OFFLINE)
    page = await own.page()
    line = await Line.over(page, frames=1_000, delay_ms=0)
    ana = Guest(own, page, "Ana", line)
    await ana.scan(restaurant.scan("5"))
    await ana.choose("Burrata")
    await ana.order()
    # What was ordered came late and made the bill longer; from here on nothing may move.
    await ana.page.evaluate("window.shifts.length = 0")
    await line.down()
    await expect(ana.page.get_by_text("No connection. Last update")).to_be_visible()
    await is_good(ana.page)
    await line.up()
    await ana.pay_button().click()
    await ana.type_card(PAYS)
    await ana.press_pay()
    await ana.sees_paid(1338)


async def test_the_first_view_is_light(window: OpenWindow, restaurant: Restaurant, busy: Diner) -> None:
    page = await (await window()).page()
    await page.goto(restaurant.scan("1"))
    await expect(page.get_by_role("button", name="Your name and seat")).to_be_enabled()
    sizes: dict[str, int] = dict(await page.evaluate(SIZES))
    # The painted bill is the document and what its head names; the line to the room comes after the first paint.
    first = [page.url, *await page.evaluate(NAMED)]
    scripts = sum(sizes[address] for address in first if address.endswith(".js"))
    assert scripts <= FIRST_SCRIPTS_BYTES_MAX, sizes
    assert sum(sizes[address] for address in first) <= FIRST_VIEW_BYTES_MAX, sizes
    assert sum(sizes.values()) <= LIVE_BYTES_MAX, sizes


NAMED = """[...document.querySelectorAll("link[rel=stylesheet], link[rel=modulepreload], script[src]")]
  .map((one) => one.href ?? one.src)"""

# Bodies as they came over the wire, by address.
SIZES = """[...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
  .map((one) => [one.name, one.encodedBodySize])"""
