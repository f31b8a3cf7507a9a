"""A guest with a phone: what people do on the guest page, by what they see and hear there."""

from playwright.async_api import Locator, Page, expect

from tests.browser import figures
from tests.browser.windows import Line, Window

PAYS, ASKS, NO_MONEY = "4242424242424242", "4000002500003155", "4000000000009995"


class Guest:
    """Somebody at a table. `page` is the tab in front of them."""

    def __init__(self, window: Window, page: Page, name: str, line: Line | None = None) -> None:
        self.window, self.page, self.name = window, page, name
        self.network = line

    def __repr__(self) -> str:
        return f"{self.name} at {self.page.url[-12:]}, complaints {self.window.complaints}"

    # Arriving

    async def scan(self, address: str) -> None:
        """Open the address on the table's code; a seat is taken when the own name can be pressed."""
        await self.page.goto(address)
        await expect(self.button("Your name and seat")).to_be_enabled()

    async def say_name(self) -> None:
        """Be called something else than an animal."""
        await self.button("Your name and seat").click()
        dialog = self.dialog()
        await dialog.get_by_label("Your name").fill(self.name)
        await dialog.get_by_role("button", name="Save").click()
        await expect(dialog).to_be_hidden()

    async def second_tab(self) -> "Guest":
        """The same person has the same table open in another tab, behind this one."""
        page = await self.window.page()
        await page.goto(self.page.url)
        await self.page.bring_to_front()
        return Guest(self.window, page, self.name)

    # Ordering

    async def go_to(self, tab: str) -> None:
        """To the bill or to the menu."""
        await self.page.get_by_role("navigation").get_by_role("button", name=tab).click()

    async def choose(self, dish: str, *choices: str, note: str = "", times: int = 1) -> None:
        """Put a dish of the menu into the order, with what it asks for."""
        await self.go_to("Menu")
        await self.page.get_by_role("button", name=f"{dish}, ").first.click()
        if not choices and not note:
            return
        dialog = self.dialog(dish)
        for choice in choices:
            await dialog.get_by_label(choice).check()
        for _ in range(times - 1):
            await dialog.get_by_role("button", name="How many: more").click()
        if note:
            await dialog.get_by_label("A word to the kitchen").fill(note)
        await dialog.get_by_role("button", name="Add for").click()
        await expect(dialog).to_be_hidden()

    async def order(self) -> None:
        """Send it to the kitchen; the page goes back to the bill by itself."""
        await self.button("See your order").click()
        await self.dialog("Your order").get_by_role("button", name="Order for").click()
        await expect(self.page.get_by_text("Ordered. The kitchen has it.")).to_be_visible()

    # Splitting

    def line(self, dish: str) -> Locator:
        """A line of the bill."""
        return self.page.get_by_role("main").get_by_role("listitem").filter(has=self.button(f"More about {dish}"))

    async def tap(self, dish: str, *, mine: bool = True) -> None:
        """Take a line, or a part of it; or give it back."""
        tile = self.line(dish).get_by_role("button").first
        await tile.click()
        await expect(tile).to_have_attribute("aria-pressed", "true" if mine else "false")

    async def split(self, mode: str) -> Locator:
        """Open the sheet of the split at one of its modes."""
        await self.button("Change").click()
        dialog = self.dialog("How do you split?")
        # The radio button lies under its own label, as in every segmented control.
        await dialog.get_by_role("radio", name=mode).check(force=True)
        return dialog

    async def split_evenly(self, shares: int) -> None:
        """Cut the bill into so many shares."""
        dialog = await self.split("Evenly")
        sheet = dialog.get_by_role("group", name="Shares in all")
        while int(await sheet.get_by_role("status").inner_text()) < shares:
            await sheet.get_by_role("button", name="more").click()
        await dialog.get_by_role("button", name="Split evenly").click()
        await expect(dialog).to_be_hidden()

    async def split_by_dish(self) -> None:
        """Everybody pays what they had."""
        dialog = await self.split("Dishes")
        await dialog.get_by_role("button", name="Pay by dish").click()
        await expect(dialog).to_be_hidden()

    async def take_one_more_share(self, now: int, of: int) -> None:
        """Take k of the shares; everybody has one to begin with."""
        await self.button("Your shares: more").click()
        await expect(self.page.get_by_text(f"You take {now} of {of} shares")).to_be_visible()

    # Paying

    def pay_button(self) -> Locator:
        """The bar at the foot of the page."""
        return self.page.get_by_role("button", name="Pay $")

    async def type_card(self, number: str) -> None:
        """Fill in the provider's form."""
        for label, text in (("Card number", number), ("Expiry MM / YY", "1234"), ("CVC", "123")):
            await self.page.get_by_label(label).fill(text)

    async def press_pay(self) -> None:
        """Pay with the card that is typed in."""
        await self.dialog("Pay").get_by_role("button", name="Pay $").click()

    async def sees_paid(self, amount: int) -> None:
        """The green end of a payment; then back to the table."""
        dialog = self.dialog("Paid")
        await expect(dialog.get_by_role("status")).to_contain_text(figures.price(amount))
        await dialog.get_by_role("button", name="Done").click()
        await expect(dialog).to_be_hidden()

    # Looking

    def button(self, name: str) -> Locator:
        """A button by its name."""
        return self.page.get_by_role("button", name=name)

    def dialog(self, name: str = "") -> Locator:
        """The sheet, or the page over the page, that is open."""
        return self.page.get_by_role("dialog", name=name) if name else self.page.get_by_role("dialog")

    async def differs(self, view: figures.View) -> list[str]:
        """The figures of the books that this page does not show."""
        me = figures.who(view, self.name)
        seats = await self.page.get_by_role("region", name="Who is here").get_by_role("listitem").all_inner_texts()
        rows = self.page.get_by_role("main").get_by_role("listitem").filter(has=self.button("More about"))
        bill = figures.bill(view)
        return [
            *figures.missing(figures.head(view), [await self.page.get_by_role("banner").first.inner_text()]),
            *figures.unlike(figures.people(view, me), seats[:-1]),
            *figures.unlike(bill, await rows.all_inner_texts()),
        ]
