"""The floor and the kitchen in a real browser: what staff see, what they can do, and what they may not."""

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import pytest
from playwright.async_api import Browser, WebSocketRoute, expect

from tests.browser import figures
from tests.browser.conftest import Hire, OpenWindow, Seat
from tests.browser.restaurant import Restaurant, furnish
from tests.browser.staff import Member
from tests.browser.windows import LOST, TABLET, Window, until_none
from tests.web.house import House
from tests.web.people import Guest

pytestmark = pytest.mark.browser

# Burrata 12.50 and 7 % tax, Pale ale 5.20 and 19 %.
BURRATA, ALE = 1338, 619
SHIFT_TABLES = 30
REFUSED = r"responded with a status of 40[13]"


@dataclass(frozen=True, slots=True)
class Shift:
    """A waiter at one window, and the tables that nobody sat at yet."""

    restaurant: Restaurant
    waiter: Member
    labels: Iterator[str]


async def agreed(waiter: Member, label: str) -> figures.View:
    """The floor shows what the database has; that, once it does."""
    view: figures.View = {}

    async def look() -> list[str]:
        view.update(figures.balanced(await waiter.restaurant.books(await waiter.restaurant.visit(label))))
        return await waiter.differs(view, label)

    await until_none(look)
    return view


@pytest.fixture(scope="module")
async def shift(browser: Browser, house: House) -> AsyncIterator[Shift]:
    """A waiter at one window for all tests that look at one table, each at a table of its own."""
    labels = [str(number) for number in range(1, SHIFT_TABLES + 1)]
    restaurant = await furnish(house, labels=labels, currency="USD", taxInclusive=False)
    own = await Window.open(browser, viewport=TABLET)
    waiter = await Member(own, await own.page(), restaurant, "waiter").on_the_floor()
    yield Shift(restaurant, waiter, iter(labels))
    await own.context.close()
    assert own.odd() == []
    assert own.hosts <= restaurant.hosts


@pytest.fixture
async def table(shift: Shift) -> str:
    """A table nobody sat at yet."""
    return next(shift.labels)


@pytest.fixture
async def ana(shift: Shift, table: str) -> Guest:
    """Somebody at that table who has ordered two things."""
    guest = await shift.restaurant.sit(table, "Ana")
    await shift.restaurant.order(guest, "Burrata", "Pale ale")
    return guest


@pytest.fixture
async def cleo(restaurant: Restaurant) -> Guest:
    """The same in a restaurant of the test alone, at table 1."""
    guest = await restaurant.sit("1", "Cleo")
    await restaurant.order(guest, "Burrata", "Pale ale")
    return guest


@pytest.fixture
async def waiter(shift: Shift, table: str, ana: Guest) -> Member:
    """The waiter, who looks at it."""
    member = shift.waiter
    if await member.dialog().count():
        # A question that a test before could not answer is not this one's.
        await member.page.reload()
        await member.ready()
    await member.look_at(table)
    return member


# The floor by itself


async def test_the_floor_follows_what_guests_do(restaurant: Restaurant, hire: Hire) -> None:
    waiter = await hire("waiter")
    tile = waiter.tile("2")
    await expect(tile).to_contain_text("Free")
    ben = await restaurant.sit("2", "Ben")
    await expect(tile).to_contain_text("Seated")
    await restaurant.order(ben, "Burrata")
    await expect(tile).to_contain_text("Ordering")
    await expect(tile).to_contain_text("$13.38")
    await ben.post("/requests", {"kind": "bill"})
    await expect(tile).to_contain_text("Bill asked")
    await ben.pay(paymentMethod="cash", pays="mine")
    await expect(tile).to_contain_text("Paying 1 of 1")


async def test_who_needs_somebody_comes_first_and_is_said(restaurant: Restaurant, hire: Hire) -> None:
    waiter = await hire("waiter")
    ben = await restaurant.sit("6", "Ben")
    await ben.post("/requests", {"kind": "waiter"})
    tiles = waiter.page.get_by_role("region", name="Tables").get_by_role("button")
    await expect(tiles.first).to_contain_text("6")
    await expect(waiter.page.get_by_text("1 needs you")).to_be_visible()
    todo = waiter.page.get_by_role("complementary", name="What to do next")
    await todo.get_by_role("button", name="Waiter called").click()
    await waiter.section("Calls").get_by_role("button", name="Done").click()
    await expect(waiter.page.get_by_text("all calm")).to_be_visible()


async def test_a_waiter_may_look_at_their_own_tables_only(hire: Hire) -> None:
    waiter = await hire("waiter")
    await waiter.look_at("3")
    await waiter.bill("3").get_by_role("button", name="My table").click()
    await waiter.press("My tables")
    await expect(waiter.page.get_by_role("region", name="Tables").get_by_role("button")).to_have_count(1)
    await waiter.page.reload()
    await waiter.ready()
    await expect(waiter.tile("3")).to_contain_text("my table")


async def test_the_wall_shows_every_table_without_scrolling(hire: Hire) -> None:
    waiter = await hire("waiter", viewport={"width": 1920, "height": 1080})
    await waiter.press("Wall view")
    await expect(waiter.page.locator("main[data-wall]")).to_be_visible()
    assert await waiter.page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    sizes = await waiter.page.locator(".tile-service").evaluate_all(
        "(all) => all.map((one) => parseFloat(getComputedStyle(one).fontSize))"
    )
    assert min(sizes) >= 24
    await waiter.press("Wall view")
    await expect(waiter.page.locator("main[data-wall]")).to_be_hidden()


async def test_without_sockets_the_floor_still_lives(restaurant: Restaurant, window: OpenWindow) -> None:
    own = await window(r"WebSocket connection to")
    page = await own.page()

    async def refuse(socket: WebSocketRoute) -> None:
        await socket.close(code=LOST)

    await page.route_web_socket("**/api/v1/live", refuse)
    waiter = await Member(own, page, restaurant, "waiter").on_the_floor()
    ben = await restaurant.sit("2", "Ben")
    await restaurant.order(ben, "Burrata")
    await expect(waiter.tile("2")).to_contain_text("$13.38")
    await waiter.look_at("2")
    await waiter.press("People")
    await waiter.dialog().get_by_role("button", name="People: more").click()
    await waiter.answer("Set")
    await expect(waiter.bill("2")).to_contain_text("2 people")
    await restaurant.order(ben, "Pale ale")
    await expect(waiter.section("Items")).to_contain_text("Pale ale")


# One table


async def test_a_party_without_phones_is_seated_and_served(restaurant: Restaurant, hire: Hire) -> None:
    waiter = await hire("waiter")
    await waiter.look_at("4")
    await waiter.page.get_by_label("People").fill("3")
    await waiter.press("Open the table")
    await waiter.press("Add items")
    dialog = waiter.dialog()
    await dialog.get_by_label("Find a dish").fill("steak")
    await dialog.get_by_role("button", name="Steak frites").click()
    await dialog.get_by_label("Medium").check()
    await dialog.get_by_label("Truffle mash").check()
    await dialog.get_by_label("Note for the kitchen").fill("for the child")
    await dialog.get_by_role("button", name="Add", exact=True).click()
    await dialog.get_by_role("button", name="Espresso").click()
    await waiter.answer("Order 2")
    view = await agreed(waiter, "4")
    names = {line["name"]: [each["name"] for each in line["modifiers"]] for line in view["lines"].values()}
    assert names == {"Steak frites": ["Medium", "Truffle mash"], "Espresso": []}
    assert (view["tableSession"]["covers"], view["totals"]["open"]) == (3, view["totals"]["total"])
    await expect(waiter.line("Steak frites")).to_contain_text("for the child")


@pytest.mark.parametrize(
    ("what", "button", "total", "word"),
    [("Void", "Take it off the bill", ALE, "Void"), ("Comp", "It is on the house", ALE, "On the house")],
)
async def test_a_dish_leaves_the_bill_with_a_reason(
    waiter: Member, table: str, what: str, button: str, total: int, word: str
) -> None:
    await waiter.line("Burrata").click()
    await waiter.choose(what)
    await expect(waiter.dialog().get_by_role("button", name=button)).to_be_disabled()
    await waiter.dialog().get_by_role("button", name="Wrong order").click()
    await waiter.answer(button)
    await expect(waiter.line("Burrata")).to_contain_text(word)
    assert (await agreed(waiter, table))["totals"]["total"] == total


async def test_a_dish_gets_cheaper(waiter: Member, table: str) -> None:
    await waiter.line("Burrata").click()
    await waiter.choose("Discount")
    await waiter.dialog().get_by_role("button", name="50 %").click()
    await waiter.dialog().get_by_label("Reason").fill("served cold")
    await waiter.answer("Give the discount")
    assert (await agreed(waiter, table))["totals"]["total"] == 669 + ALE


async def test_the_bill_gets_cheaper_and_dear_again(waiter: Member, table: str) -> None:
    await waiter.press("Discount")
    await waiter.choose("Amount")
    await waiter.dialog().get_by_label("Amount off").fill("3")
    await waiter.dialog().get_by_role("button", name="Regular guest").click()
    await waiter.answer("Give the discount")
    assert (await agreed(waiter, table))["totals"]["discount"] == 300
    await waiter.section("Sum").get_by_role("button", name="Remove").click()
    await waiter.hears("The discount is gone.")
    assert (await agreed(waiter, table))["totals"]["total"] == BURRATA + ALE


async def test_people_and_service_are_set(waiter: Member, table: str) -> None:
    await waiter.press("People")
    await waiter.dialog().get_by_role("button", name="People: more").click()
    await waiter.answer("Set")
    await waiter.press("Service charge")
    await waiter.dialog().get_by_label("Percent").fill("12,5")
    await waiter.dialog().get_by_role("button", name="People: less").first.click(click_count=5)
    await waiter.answer("Set")
    view = await agreed(waiter, table)
    assert view["tableSession"]["covers"] == 2
    assert view["serviceCharge"] == {"ppm": 125_000, "fromCovers": 1, "applies": True}


async def test_a_guest_is_taken_off_the_table(waiter: Member, table: str) -> None:
    await waiter.section("Who owes what").get_by_role("button", name="Remove Ana").click()
    await waiter.answer("Take off")
    assert (await agreed(waiter, table))["totals"]["open"] == BURRATA + ALE


# Money


async def test_cash_is_taken_and_the_change_is_counted(waiter: Member, table: str) -> None:
    await waiter.press("Take payment")
    await waiter.dialog().get_by_label("Tip").fill("0.43")
    await waiter.dialog().get_by_role("button", name="Cash $20.00").click()
    await waiter.dialog("Cash: $20.00").get_by_label("Given").fill("15")
    await expect(waiter.dialog()).to_contain_text("$5.00 is missing")
    await waiter.dialog().get_by_label("Given").fill("50")
    await expect(waiter.dialog()).to_contain_text("Change $30.00")
    await waiter.answer("I have the cash")
    view = await agreed(waiter, table)
    assert (view["tableSession"]["status"], view["totals"]["settled"], view["totals"]["tips"]) == ("settled", 1957, 43)


async def test_the_terminal_has_a_number(waiter: Member, table: str) -> None:
    await waiter.section("Who owes what").get_by_role("button", name="Take", exact=True).click()
    await waiter.choose("Terminal")
    await waiter.dialog().get_by_role("button", name="Terminal $19.57").click()
    await waiter.dialog("Terminal: $19.57").get_by_label("Number of the slip").fill("0042")
    await waiter.answer("The terminal says paid")
    assert (await agreed(waiter, table))["tableSession"]["status"] == "settled"


async def test_a_guests_cash_is_confirmed_or_let_go(waiter: Member, table: str, ana: Guest) -> None:
    await ana.pay(paymentMethod="cash")
    await waiter.section("Payments").get_by_role("button", name="Cancel").click()
    await waiter.answer("Cancel it")
    await expect(waiter.section("Payments")).to_be_hidden()
    await ana.pay(paymentMethod="cash")
    await waiter.section("Payments").get_by_role("button", name="Confirm cash").click()
    await waiter.answer("I have the cash")
    assert (await agreed(waiter, table))["totals"]["unpaid"] == 0


# The end of a visit


async def test_a_paid_visit_ends_by_a_tap_that_can_be_taken_back(waiter: Member, table: str, ana: Guest) -> None:
    await ana.pay(paymentMethod="cash")
    await waiter.section("Payments").get_by_role("button", name="Confirm cash").click()
    await waiter.answer("I have the cash")
    await waiter.press("End visit")
    await expect(waiter.tile(table)).to_contain_text("To clean")
    await waiter.press("Reopen")
    await expect(waiter.bill(table)).to_contain_text("Paid in full")
    await agreed(waiter, table)
    await waiter.press("End visit")
    await waiter.press("Cleaned, free again")
    await expect(waiter.tile(table)).to_contain_text("Free")


async def test_who_left_without_paying_is_a_walk_out(waiter: Member, table: str) -> None:
    await waiter.press("End visit")
    await expect(waiter.dialog("This table still owes money")).to_contain_text("$19.57 is not paid")
    await waiter.dialog().get_by_label("Reason").fill("ran")
    await waiter.answer("End it as a walk-out")
    await expect(waiter.tile(table)).to_contain_text("To clean")


async def test_a_party_moves_with_everything_it_has(shift: Shift, waiter: Member, table: str) -> None:
    free = next(shift.labels)
    await waiter.press("Move table")
    await waiter.answer(free)
    await expect(waiter.tile(table)).not_to_contain_text("$")
    await waiter.look_at(free)
    assert (await agreed(waiter, free))["totals"]["total"] == BURRATA + ALE


# The kitchen


async def test_the_kitchen_bumps_and_takes_back(restaurant: Restaurant, hire: Hire, cleo: Guest) -> None:
    cook = await hire("kitchen")
    new, preparing = cook.column("New"), cook.column("Preparing")
    await new.get_by_role("button", name="Start Burrata").click()
    await expect(preparing).to_contain_text("Burrata")
    await expect(new).not_to_contain_text("Burrata")
    await cook.press("Undo")
    await expect(new).to_contain_text("Burrata")
    await new.get_by_role("button", name="Start all").click()
    await preparing.get_by_role("button", name="All ready").click()
    await cook.column("Ready").get_by_role("button", name="All served").click()
    await expect(cook.column("Ready")).to_contain_text("Nothing here.")
    # The kitchen shows a bump at once and offers to take it back when the server has it.
    await expect(cook.page.get_by_role("status").filter(has_text="served")).to_be_visible()
    assert {line["status"] for line in (await cleo.view())["lines"].values()} == {"served"}
    await restaurant.order(cleo, "Tiramisu")
    await expect(new).to_contain_text("Tiramisu")


async def test_what_has_run_out_is_sold_out_on_the_guests_menu(hire: Hire, seat: Seat) -> None:
    cook = await hire("kitchen")
    await cook.press("Sold out…")
    await cook.dialog().get_by_role("button", name="Sold out Tiramisu").click()
    await expect(cook.dialog().get_by_role("button", name="Back on Tiramisu")).to_be_visible()
    ben = await seat("Ben", "3")
    await ben.go_to("Menu")
    await expect(ben.page.get_by_role("listitem").filter(has_text="Tiramisu")).to_contain_text("Sold out")
    await expect(ben.page.get_by_role("button", name="Tiramisu, ")).to_have_count(0)


# Doors


async def test_a_wrong_password_is_said_and_keeps_what_was_typed(restaurant: Restaurant, window: OpenWindow) -> None:
    own = await window(REFUSED)
    somebody = Member(own, await own.page(), restaurant, "waiter")
    await somebody.log_in("wrong")
    await expect(somebody.page.get_by_role("alert")).to_contain_text("do not belong together")
    await expect(somebody.page.get_by_label("E-mail")).to_have_value(restaurant.people["waiter"])
    await somebody.through_the_door()


async def test_a_cook_comes_to_the_kitchen(restaurant: Restaurant, window: OpenWindow) -> None:
    own = await window()
    cook = await Member(own, await own.page(), restaurant, "kitchen").through_the_door()
    await expect(cook.page).to_have_url(re.compile("/staff/kitchen$"))


async def test_a_waiter_is_not_a_manager(hire: Hire, cleo: Guest) -> None:
    waiter = await hire("waiter")
    await waiter.look_at("1")
    await cleo.pay()
    await expect(waiter.section("Payments")).to_contain_text("Waiting")
    await expect(waiter.page.get_by_role("button", name="Release this share")).to_have_count(0)
    manager = await hire("manager")
    await manager.look_at("1")
    await manager.press("Release this share")
    await manager.answer("Release it")
    # It is still watched, until the provider has let go of it as well.
    await expect(waiter.bill("1").get_by_text("Waiting")).to_have_count(0)
    assert (await agreed(waiter, "1"))["totals"]["reserved"] == 0


async def test_the_kitchen_gives_no_discounts(hire: Hire, cleo: Guest) -> None:
    cook = await hire("kitchen", REFUSED)
    await cook.page.get_by_role("link", name="Floor").click()
    await cook.look_at("1")
    await cook.line("Burrata").click()
    await cook.choose("Comp")
    await cook.dialog().get_by_label("Reason").fill("mine")
    await cook.dialog().get_by_role("button", name="It is on the house").click()
    await expect(cook.page.get_by_role("status").filter(has_text="not allowed")).to_be_visible()


async def test_who_logs_out_is_out(hire: Hire, restaurant: Restaurant) -> None:
    waiter = await hire("waiter")
    await waiter.page.get_by_role("button", name="Log out").click()
    await expect(waiter.page.get_by_role("button", name="Log in")).to_be_visible()
    await waiter.page.goto(f"{restaurant.url}/staff/floor")
    await expect(waiter.page.get_by_role("button", name="Log in")).to_be_visible()
