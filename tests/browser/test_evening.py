"""One evening of three guests and a waiter, in real browsers, from the scan to the empty table."""

from dataclasses import dataclass, field

import httpx2
import pytest
from playwright.async_api import expect

from tests.browser import figures
from tests.browser.conftest import Hire, Seat
from tests.browser.guests import ASKS, NO_MONEY, PAYS, Guest
from tests.browser.restaurant import Restaurant
from tests.browser.staff import Member
from tests.browser.windows import DECLINED, until_none

pytestmark = pytest.mark.browser

TABLE = "5"
CASH = 1000


@dataclass
class Party:
    """Everybody who looks at this table tonight."""

    restaurant: Restaurant
    waiter: Member
    ana: Guest
    ben: Guest
    cleo: Guest
    tabs: list[Guest] = field(default_factory=list)

    async def books(self) -> figures.View:
        """The visit by the database."""
        return figures.balanced(await self.restaurant.books(await self.restaurant.visit(TABLE)))

    async def agree(self, *absent: Guest) -> figures.View:
        """All pages show what the database has, to the cent."""
        view: figures.View = {}

        async def look() -> list[str]:
            view.update(await self.books())
            present = [guest for guest in (self.ana, self.ben, self.cleo, *self.tabs) if guest not in absent]
            wrong = [f"{guest.name}: {each}" for guest in present for each in await guest.differs(view)]
            return wrong + [f"floor: {each}" for each in await self.waiter.differs(view, TABLE)]

        await until_none(look)
        return view

    async def due(self, *guests: Guest) -> int:
        """What they owe by the books."""
        view = await self.books()
        return sum(view["guests"][figures.who(view, guest.name)]["due"] for guest in guests)

    async def payment(self, guest: Guest) -> dict[str, int]:
        """The newest payment of somebody, by the books."""
        view = await self.books()
        own = [one for one in view["payments"].values() if one["guest"] == figures.who(view, guest.name)]
        found: dict[str, int] = max(own, key=lambda one: one["at"])
        return found


async def test_an_evening_from_the_scan_to_the_empty_table(restaurant: Restaurant, hire: Hire, seat: Seat) -> None:
    party = await arrive(restaurant, hire, seat)
    await order(party)
    await share(party)
    await split_evenly_while_one_is_away(party)
    await pay_after_a_decline(party)
    await call_the_waiter(party)
    await name_an_amount_and_pay_it_in_cash(party)
    await treat_through_the_banks_question(party)
    await compare_with_the_bank(party)
    await look_at_the_receipt(party)
    await leave(party)


async def arrive(restaurant: Restaurant, hire: Hire, seat: Seat) -> Party:
    waiter = await hire("waiter")
    await expect(waiter.tile(TABLE)).to_contain_text("Free")
    ana = await seat("Ana", TABLE, DECLINED)
    await expect(waiter.tile(TABLE)).to_contain_text("Seated")
    await waiter.look_at(TABLE)
    party = Party(restaurant, waiter, ana, await seat("Ben", TABLE), await seat("Cleo", TABLE, far=True))
    party.tabs.append(await party.ben.second_tab())
    for guest in (party.ana, party.ben, party.cleo, *party.tabs):
        await guest.go_to("Bill")
    assert len((await party.agree())["guests"]) == 3
    return party


async def order(party: Party) -> None:
    await party.ana.choose("Burrata")
    await party.ana.choose("Riesling, bottle")
    await party.ana.order()
    await party.ben.choose("Smash burger", "Bacon", "Truffle mash", note="no pickles")
    await party.ben.choose("Pale ale")
    await party.ben.order()
    await party.cleo.choose("Sorbet", "Mango", times=2)
    await party.cleo.order()
    view = await party.agree()
    assert [line["name"] for line in view["lines"].values() if line["modifiers"]] == ["Smash burger", "Sorbet"]


async def share(party: Party) -> None:
    await party.ben.tap("Riesling, bottle")
    await expect(party.ana.line("Riesling, bottle")).to_contain_text("Ben and you, ½ each")
    await party.cleo.tap("Riesling, bottle")
    await expect(party.ben.line("Riesling, bottle")).to_contain_text("Ana, Cleo, and you, ⅓ each")
    await party.ana.button("More about Burrata").click()
    await party.ana.dialog("Burrata").get_by_role("button", name="Not mine").click()
    await party.ana.dialog("Burrata").get_by_role("button", name="Close").click()
    await expect(party.ben.line("Burrata")).to_contain_text("Nobody has taken this yet")
    assert (await party.agree())["totals"]["open"] == 1338
    await party.ben.tap("Burrata")
    await party.ben.button("Undo").click()
    await expect(party.cleo.line("Burrata")).to_contain_text("Nobody has taken this yet")
    await party.cleo.tap("Burrata")
    await party.agree()


async def split_evenly_while_one_is_away(party: Party) -> None:
    assert party.cleo.network
    await party.cleo.network.down()
    await party.ana.split_evenly(4)
    await party.ana.take_one_more_share(2, of=4)
    view = await party.agree(party.cleo)
    assert sorted(guest["due"] for guest in view["guests"].values()) == [2179, 2180, 4359]
    await expect(party.cleo.page.get_by_text("No connection. Last update")).to_be_visible()
    await expect(party.cleo.pay_button()).to_be_disabled()
    await party.cleo.network.up()
    await party.agree()
    await party.ben.split_by_dish()
    await party.agree()


async def pay_after_a_decline(party: Party) -> None:
    ana, due = party.ana, await party.due(party.ana)
    await ana.button("10%").click()
    await ana.pay_button().click()
    await ana.type_card(NO_MONEY)
    await ana.press_pay()
    await expect(ana.page.get_by_role("alert")).to_contain_text("not enough money on this card")
    payment = await party.payment(ana)
    assert (payment["amount"], payment["tip"]) == (due, (due + 5) // 10)
    assert (await party.agree(ana))["totals"]["reserved"] == due
    await ana.type_card(PAYS)
    await ana.press_pay()
    await ana.sees_paid(due + payment["tip"])
    assert (await party.agree())["totals"]["settled"] == due


async def call_the_waiter(party: Party) -> None:
    cleo, waiter = party.cleo, party.waiter
    await cleo.button("Call the waiter").click()
    await cleo.dialog("Call the waiter").get_by_role("button", name="Please come").click()
    await expect(waiter.tile(TABLE)).to_contain_text("Waiter called")
    await waiter.section("Calls").get_by_role("button", name="I go").click()
    await cleo.button("Call the waiter").click()
    await expect(cleo.dialog("Call the waiter")).to_contain_text("Somebody is on the way")
    await waiter.section("Calls").get_by_role("button", name="Done").click()
    await expect(cleo.dialog("Call the waiter")).not_to_contain_text("Somebody is on the way")
    await cleo.dialog("Call the waiter").get_by_role("button", name="Close").click()
    await expect(waiter.section("Calls")).to_be_hidden()


async def name_an_amount_and_pay_it_in_cash(party: Party) -> None:
    ben, waiter = party.ben, party.waiter
    dialog = await ben.split("Amounts")
    await dialog.get_by_role("button", name="Name amounts").click()
    await dialog.get_by_label("You", exact=True).fill("10")
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog.get_by_role("button", name="Save")).to_be_disabled()
    await dialog.get_by_role("button", name="Close").click()
    assert await party.due(ben) == CASH
    await party.agree()
    await ben.button("Pay cash").click()
    await expect(ben.dialog("Pay cash")).to_contain_text(figures.price(CASH))
    await expect(waiter.tile(TABLE)).to_contain_text("Cash to collect · ")
    await waiter.section("Payments").get_by_role("button", name="Confirm cash").click()
    await waiter.dialog("Cash: $10.00").get_by_label("Given").fill("20")
    await expect(waiter.dialog()).to_contain_text("Change $10.00")
    await waiter.answer("I have the cash")
    await ben.sees_paid(CASH)
    await party.agree()


async def treat_through_the_banks_question(party: Party) -> None:
    ben = party.ben
    await ben.split_by_dish()
    due = await party.due(ben, party.cleo)
    await ben.button("Other ways").click()
    await ben.dialog("Who owes what").get_by_role("button", name="Pay for Cleo").click()
    await ben.dialog("Who owes what").get_by_role("button", name="for you and Cleo").click()
    await ben.press_pay()
    await ben.type_card(ASKS)
    await ben.press_pay()
    await expect(ben.dialog("3-D Secure")).to_be_visible()
    await party.agree(ben)
    await ben.page.reload()
    await expect(ben.dialog("3-D Secure")).to_be_visible()
    await ben.button("Complete authentication").click()
    await ben.sees_paid(due)
    view = await party.agree()
    assert (view["tableSession"]["status"], view["totals"]["unpaid"]) == ("settled", 0)
    await expect(party.waiter.tile(TABLE)).to_contain_text("Paid")


async def compare_with_the_bank(party: Party) -> None:
    async with httpx2.AsyncClient(base_url=party.restaurant.house.sandbox.url, trust_env=False) as http:
        listed = await http.get("/v1/payment_intents", headers={"authorization": "Bearer sk_test_sandbox"})
    taken = [
        one["amount_received"] for one in listed.json()["data"] if one["metadata"]["restaurant"] == party.restaurant.id
    ]
    cards = [one for one in (await party.books())["payments"].values() if one["method"] == "card"]
    assert sum(taken) == sum(one["amount"] + one["tip"] for one in cards)


async def look_at_the_receipt(party: Party) -> None:
    payment = await party.payment(party.ana)
    await party.ana.page.get_by_role("link", name="Receipt").first.click()
    total = figures.price(payment["amount"] + payment["tip"])
    await expect(party.ana.page.get_by_role("heading", name="Chez Margot")).to_be_visible()
    await expect(party.ana.page.get_by_role("main")).to_contain_text(f"Total{total}")
    await party.ana.page.go_back()
    await party.agree()


async def leave(party: Party) -> None:
    await party.waiter.press("End visit")
    await party.waiter.hears("The visit is over.")
    for guest in (party.ana, party.ben, party.cleo, *party.tabs):
        await expect(guest.page.get_by_text("This visit is over. Thank you")).to_be_visible()
    await party.waiter.press("Cleaned, free again")
    await expect(party.waiter.tile(TABLE)).to_contain_text("Free")
