"""Staff with a phone or a tablet: what they do on the floor and in the kitchen."""

import re

from playwright.async_api import Locator, Page, expect

from tests.browser import figures
from tests.browser.restaurant import Restaurant
from tests.browser.windows import Window
from tests.web.crew import PASSWORD


class Member:
    """Somebody who works here, at one of the staff's pages."""

    def __init__(self, window: Window, page: Page, restaurant: Restaurant, role: str) -> None:
        self.window, self.page, self.restaurant, self.role = window, page, restaurant, role

    async def log_in(self, password: str = PASSWORD) -> None:
        """Through the door, to the floor."""
        await self.page.goto(f"{self.restaurant.url}/staff")
        await self.page.get_by_label("E-mail").fill(self.restaurant.people[self.role])
        await self.page.get_by_label("Password").fill(password)
        await self.page.get_by_role("button", name="Log in").click()

    async def through_the_door(self) -> "Member":
        """Logged in by hand; the page that is theirs is alive."""
        await self.log_in()
        await self.page.wait_for_url("**/staff/kitchen" if self.role == "kitchen" else "**/staff/floor")
        await self.ready()
        return self

    async def on_the_floor(self) -> "Member":
        """Logged in already; the page that is theirs is alive."""
        door = f"{self.restaurant.url}/api/v1/staff/login"
        who = {"email": self.restaurant.people[self.role], "password": PASSWORD}
        # The browser keeps the cookie that this sets.
        answer = await self.page.context.request.post(door, data=who, headers={"origin": self.restaurant.url})
        assert answer.ok, await answer.text()
        await self.page.goto(f"{self.restaurant.url}/staff/{'kitchen' if self.role == 'kitchen' else 'floor'}")
        await self.ready()
        return self

    async def ready(self) -> None:
        """The page has taken over from its HTML."""
        await expect(self.page.locator("body")).to_have_attribute("data-ready", "yes")

    # The floor

    def tile(self, label: str) -> Locator:
        """A table among the tables."""
        return self.page.get_by_role("region", name="Tables").get_by_role(
            "button", name=re.compile(rf"^Table {label}\b")
        )

    async def look_at(self, label: str) -> None:
        """Open the table's bill."""
        await self.tile(label).click()
        await expect(self.bill(label)).to_be_visible()

    def bill(self, label: str) -> Locator:
        """The table that is being looked at."""
        return self.page.get_by_role("complementary", name=f"Table {label}", exact=True)

    def section(self, name: str) -> Locator:
        """A part of that table's bill."""
        return self.page.get_by_role("complementary").get_by_role("region", name=name)

    def line(self, dish: str) -> Locator:
        """A line of that bill."""
        return self.section("Items").get_by_role("button").filter(has_text=dish)

    def column(self, name: str) -> Locator:
        """A column of the kitchen."""
        return self.page.get_by_role("region", name=name)

    # Dialogs

    async def press(self, name: str) -> None:
        """A button of the page."""
        await self.page.get_by_role("button", name=name, exact=True).click()

    def dialog(self, name: str = "") -> Locator:
        """The question that is open."""
        return self.page.get_by_role("dialog", name=name) if name else self.page.get_by_role("dialog")

    async def choose(self, option: str) -> None:
        """One of a few in the open question."""
        # The radio button lies under its own label.
        await self.dialog().get_by_role("radio", name=option, exact=True).check(force=True)

    async def answer(self, button: str) -> None:
        """Press a button of the open question, which then closes."""
        dialog = self.dialog()
        await dialog.get_by_role("button", name=button, exact=True).click()
        await expect(dialog).to_be_hidden()

    async def hears(self, words: str) -> None:
        """The one calm line says so."""
        await expect(self.page.get_by_role("status").filter(has_text=words)).to_be_visible()

    # Looking

    async def differs(self, view: figures.View, label: str) -> list[str]:
        """The figures of the books that the floor does not show, nor the table's bill beside it."""
        bill = self.bill(label)
        items = await self.section("Items").get_by_role("listitem").all_inner_texts()
        guests = await self.section("Who owes what").get_by_role("listitem").all_inner_texts()
        return [
            *figures.missing([figures.price(view["totals"]["total"])], [await self.tile(label).inner_text()]),
            *figures.missing(figures.sums(view), [await bill.inner_text()]),
            *figures.unlike(figures.charges(view), items),
            *figures.unlike(figures.owing(view), guests),
        ]
