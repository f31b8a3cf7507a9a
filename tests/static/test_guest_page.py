"""The guest page in a real browser: every state readable by everybody, every tap answered, nothing moves by itself."""

import gzip
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from app.domain import commands as c
from app.web.rendering import Pages
from app.web.static import Tree
from tests.static.phone import Drawer, Phone, Server
from tests.static.scenes import SCENES, Table, closed, empty, menu, party, paying, split, tab

pytestmark = pytest.mark.browser

SHIFT_MAX = 0.02
FIRST_VIEW_BYTES_MAX = 50_000
FIRST_SCRIPTS_BYTES_MAX = 20_000

Open = Callable[..., Any]


@pytest.fixture(scope="module")
async def drawer(browser: Browser, site: str, tree: Tree) -> AsyncIterator[Drawer]:
    """Phones for all of these tests."""
    made = Drawer(browser, site, tree)
    yield made
    await made.close()


@pytest.fixture
async def opened(drawer: Drawer) -> AsyncIterator[Open]:
    """`await opened(table, dark=…)` is a phone at that table, live."""
    async with AsyncExitStack() as stack:

        async def opening(
            table: Table, *, live: bool = True, page: dict[str, Any] | None = None, **look: bool
        ) -> Phone:
            held = await stack.enter_async_context(drawer.phone(page or table.page(), Server(table), **look))
            if live:
                await held.is_live()
            return held

        yield opening


async def is_good(held: Phone) -> None:
    assert await held.violations() == []
    assert await held.small_targets() == []
    assert await held.page.evaluate("window.shifted") < SHIFT_MAX
    assert held.complaints == []


@pytest.mark.parametrize("scene", SCENES)
async def test_every_state_is_readable_by_everybody_and_moves_nothing(opened: Open, scene: str) -> None:
    await is_good(await opened(SCENES[scene](), live=scene != "closed"))


@pytest.mark.parametrize("scene", ["empty", "paying", "settled", "service"])
async def test_so_it_is_in_the_dark(opened: Open, scene: str) -> None:
    await is_good(await opened(SCENES[scene](), dark=True))


@pytest.mark.parametrize("scene", ["paying", "many"])
async def test_so_it_is_on_a_desk(opened: Open, scene: str) -> None:
    await is_good(await opened(SCENES[scene](), wide=True))


SHEETS = {
    "line": lambda page: page.get_by_role("button", name="More about Tiramisu").click(),
    "who owes what": lambda page: page.get_by_role("button", name="Other ways").click(),
    "how to split": lambda page: page.get_by_role("button", name="Change").click(),
    "why": lambda page: page.get_by_role("button", name="Why").click(),
    "me": lambda page: page.get_by_role("button", name="Your name and seat").click(),
    "help": lambda page: page.get_by_role("button", name="Call the waiter").click(),
    "friend": lambda page: page.get_by_role("button", name="Add a friend").click(),
}


@pytest.mark.parametrize("name", SHEETS)
async def test_every_sheet_is_readable_by_everybody(opened: Open, name: str) -> None:
    held = await opened(party())
    await SHEETS[name](held.page)
    await expect(held.page.get_by_role("dialog")).to_be_visible()
    assert await held.violations() == []
    assert await held.small_targets() == []
    assert held.complaints == []


@pytest.mark.parametrize("mode", ["even", "percent", "amounts"])
async def test_every_way_to_split_is_readable_by_everybody(opened: Open, mode: str) -> None:
    held = await opened(split(mode))
    await held.page.get_by_role("button", name="Change").click()
    await expect(held.page.get_by_role("dialog")).to_be_visible()
    assert await held.violations() == []


MONEY: dict[str, tuple[Callable[[], Table], tuple[str, ...]]] = {
    "a gift card": (party, ("Other ways", "Gift card")),
    "a tab to open": (party, ("Other ways", "Tab")),
    "a tab": (tab, ("Show",)),
}


@pytest.mark.parametrize("name", MONEY)
async def test_every_other_way_to_pay_is_readable_by_everybody(opened: Open, name: str) -> None:
    scene, buttons = MONEY[name]
    held = await opened(scene())
    held.server.answers["H1"] = lambda _: (200, {"id": "H1", "status": "authorized", "amount": 12_000, "guest": "mia"})
    for button in buttons:
        await held.page.get_by_role("button", name=button, exact=True).click()
    await expect(held.page.get_by_role("dialog")).to_be_visible()
    assert await held.violations() == []
    assert await held.small_targets() == []
    assert held.complaints == []


async def test_who_still_owes_is_told_by_the_table(opened: Open) -> None:
    held = await opened(party())
    held.server.tell(lambda table: table.do(c.RemindGuests(), c.Actor("guest", "ana")))
    await expect(held.page.get_by_role("status").filter(has_text="The table asks: €20.65 of yours")).to_be_visible()


async def test_a_sheet_that_cannot_come_is_said_and_comes_with_the_network(opened: Open) -> None:
    held = await opened(party())
    await held.page.route("**/guest/friend.js", lambda route: route.abort())
    await held.page.get_by_role("button", name="Add a friend").click()
    await expect(held.page.get_by_role("status").filter(has_text="No connection")).to_be_visible()
    await held.page.unroute("**/guest/friend.js")
    await held.page.get_by_role("button", name="Add a friend").click()
    await expect(held.page.get_by_role("dialog")).to_be_visible()
    assert all("ERR_FAILED" in complaint for complaint in held.complaints)


async def test_a_gift_card_that_is_too_small_pays_its_part(opened: Open) -> None:
    held = await opened(party())
    held.server.answers["balance"] = lambda _: (
        200, {"id": "c", "kind": "giftCard", "balance": 500, "currency": "EUR", "state": "active", "last4": "9F2K"},
    )  # fmt: skip
    held.server.answers["payment"] = lambda body: (
        201, {"id": "PG", "status": "succeeded", "amount": body["amount"], "tipAmount": 0,
              "giftCard": {"id": "c", "last4": "9F2K", "balance": 0}},
    )  # fmt: skip
    await held.page.get_by_role("button", name="Other ways").click()
    await held.page.get_by_role("button", name="Gift card").click()
    await held.page.get_by_label("Code of").fill("7K2M-9F2K")
    await held.page.get_by_role("button", name="See what is on it").click()
    await held.page.get_by_role("button", name="Pay €5.00 with it").click()
    await expect(held.page.get_by_text("€0.00 is left on it.")).to_be_visible()
    (body,) = [body for name, body, _ in held.server.calls if name == "payment"]
    assert body == {"paymentMethod": "giftCard", "code": "7K2M-9F2K", "amount": 500, "tipAmount": 0}


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("payment_blocked", "This phone cannot pay by card right now"),
        ("needs_approval", "The waiter has to say yes"),
        ("provider_unavailable", "Card payments do not work right now"),
    ],
)
async def test_what_stands_in_the_way_of_a_card_leaves_cash(opened: Open, code: str, words: str) -> None:
    held = await opened(party())
    held.server.answers["payment"] = lambda _: (409, {"code": code, "detail": "no"})
    await held.page.locator(".bar .primary").click()
    await expect(held.page.get_by_role("alert")).to_contain_text(words)
    await expect(held.page.get_by_role("dialog").get_by_role("button", name="Pay cash")).to_be_visible()
    assert await held.violations() == []


async def test_a_new_table_opens_without_moving_anything(opened: Open) -> None:
    table = empty()
    joined = {"guest": {"id": "mia", "name": "Mia", "color": "amber"}, "view": table.view}
    page = {**table.page(None), "view": None, "tableSession": None}
    held = await opened(table, live=False, page={k: v for k, v in page.items() if v is not None})
    session = {"id": "S1", "epoch": "x", "version": table.bill.version}
    held.server.answers["guest-sessions"] = lambda _: (201, joined | {"token": "t", "tableSession": session})
    await held.page.reload()
    await held.is_live()
    assert await held.page.evaluate("window.shifted") < SHIFT_MAX


async def test_the_first_view_is_light(opened: Open, tree: Tree) -> None:
    held = await opened(party(), fresh=True)
    html = len(gzip.compress(Pages(tree).text("guest.html", party().page()).encode(), 6))
    first = await held.page.evaluate("""
        [...document.querySelectorAll("link[rel=stylesheet], link[rel=modulepreload], script[src]")]
          .map((one) => new URL(one.href ?? one.src).pathname)
    """)
    scripts = sum(held.weights[path] for path in first if path.endswith(".js"))
    assert scripts <= FIRST_SCRIPTS_BYTES_MAX
    files = sum(weight for path, weight in held.weights.items() if path.startswith("/static/"))
    assert html + files <= FIRST_VIEW_BYTES_MAX


async def test_a_tap_takes_a_dish_and_another_gives_it_back(opened: Open) -> None:
    held = await opened(party())
    bread = held.page.get_by_role("button", name="Bread and olives", exact=False).first
    await bread.click()
    await expect(bread).to_have_attribute("aria-pressed", "true")
    await bread.click()
    await expect(bread).to_have_attribute("aria-pressed", "false")
    assert held.server.commands == [
        {"k": "claims.set", "line": "L0", "guest": "mia", "parts": parts} for parts in (1, 0)
    ]


async def test_a_tap_can_be_undone(opened: Open) -> None:
    held = await opened(party())
    await held.page.get_by_role("button", name="Tagliatelle").first.click()
    await held.page.get_by_role("button", name="Undo").click()
    await expect(held.page.get_by_role("button", name="Tagliatelle").first).to_have_attribute("aria-pressed", "true")
    assert [command["parts"] for command in held.server.commands] == [0, 1]


async def test_a_refused_tap_is_taken_back_and_says_why(opened: Open) -> None:
    held = await opened(party())
    held.server.refusals["claims.set"] = {"code": "already_paid", "msg": "Ana has paid for Bread and olives"}
    bread = held.page.get_by_role("button", name="Bread and olives").first
    await bread.click()
    await expect(held.page.get_by_role("status").filter(has_text="Ana has paid for Bread and olives")).to_be_visible()
    await expect(bread).to_have_attribute("aria-pressed", "false")


async def test_what_a_peer_changes_is_shown_glows_and_is_said(opened: Open) -> None:
    held = await opened(party())
    held.server.tell(lambda table: table.claim("ana", "L0"))
    row = held.page.locator(".line", has_text="Bread and olives")
    await expect(row).to_contain_text("Ana has this")
    await expect(row).to_have_attribute("data-glow", "true")
    await expect(held.page.locator("[aria-live=polite]").first).to_have_text("Ana took Bread and olives")
    await expect(row).to_have_attribute("data-glow", "false")


async def test_the_figures_add_up_on_screen(opened: Open) -> None:
    table = paying()
    held = await opened(table)
    totals = table.view["totals"]
    words = await held.page.locator(".sums").inner_text()
    shown = [int(part.split("€")[1].split()[0].replace(".", "")) for part in words.split("\n") if "€" in part]
    assert shown == [totals["unpaid"], totals["total"], totals["settled"], totals["reserved"]]
    assert totals["unpaid"] + totals["settled"] + totals["reserved"] == totals["total"]


async def test_a_stale_page_says_so_and_does_not_pay(opened: Open) -> None:
    table = party()
    held = await opened(table, live=False, fresh=True)
    await held.page.clock.install()
    await held.page.reload()
    await held.is_live()
    held.server.is_down = True
    await held.server.socket.close(code=1006, reason="")
    await held.page.clock.run_for(12_000)
    await expect(held.page.get_by_text("Last update 1")).to_be_visible()
    await expect(held.page.locator(".bar .primary")).to_be_disabled()
    assert await held.violations() == []


async def test_a_share_that_changed_is_shown_with_both_figures_and_asked_again(opened: Open) -> None:
    held = await opened(party())
    changed = {"code": "amount_changed", "detail": "The share has changed", "amount": 1500, "expectedAmount": 2065}
    held.server.answers["payment"] = lambda body: (409, changed)
    await held.page.locator(".bar .primary").click()
    await expect(held.page.get_by_text("You saw €20.65. It is €15.00 now.")).to_be_visible()
    assert await held.violations() == []
    await held.page.get_by_role("button", name="Pay €15.00").click()
    await expect(held.page.get_by_role("alert")).to_be_visible()
    sent = [body["expectedAmount"] for name, body, _ in held.server.calls if name == "payment"]
    assert sent == [2065, 1500]


async def test_a_remainder_that_no_card_could_pay_may_be_paid_along(opened: Open) -> None:
    table = party()
    mia, unpaid = c.Actor("guest", "mia"), table.bill.unpaid
    table.do(c.SetSplit("amounts"), mia)
    table.do(c.SetParts("mia", amount=unpaid - 30), mia)
    held = await opened(table)
    await expect(held.page.get_by_text("€0.30 would be left, too little for a card.")).to_be_visible()
    await held.page.get_by_role("button", name="Pay it along").click()
    await expect(held.page.locator(".pay-sum")).to_have_text(f"€{unpaid // 100}.{unpaid % 100:02}")


async def test_a_lost_answer_starts_no_second_payment(opened: Open) -> None:
    held = await opened(party(), fresh=True)
    held.server.answers["payment"] = lambda body: (0, {})
    await held.page.clock.install()
    await held.page.locator(".bar .primary").click()
    await held.page.clock.run_for(60_000)
    await held.page.get_by_role("button", name="Try again").click()
    await held.page.clock.run_for(60_000)
    keys = {key for name, _, key in held.server.calls if name == "payment"}
    assert len(keys) == 1
    assert len(held.server.calls) > 1


async def test_cash_waits_for_the_waiter_and_then_is_paid(opened: Open) -> None:
    held = await opened(party())

    def start(body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        assert body == {"paymentMethod": "cash", "tipAmount": 0, "expectedAmount": 2065, "pays": "mine"}
        mia = c.Actor("guest", "mia")
        held.server.tell(lambda table: table.do(c.StartPayment("PC", "mia", "cash", c.PayMine(), 0, 2065, None), mia))
        return 201, {"id": "PC", "paymentMethod": "cash", "status": "initiated", "amount": 2065, "tipAmount": 0}

    held.server.answers["payment"] = start
    await held.page.get_by_role("button", name="Pay cash").click()
    await expect(held.page.get_by_text("Give it to the waiter")).to_be_visible()
    waiter = c.Actor("staff", "waiter", "waiter")
    held.server.tell(lambda table: table.do(c.ConfirmPayment("PC"), waiter))
    await expect(held.page.get_by_role("heading", name="Paid", exact=True)).to_be_visible()
    assert await held.violations() == []


async def test_an_order_is_put_together_and_sent_as_one(opened: Open) -> None:
    held = await opened(empty())
    page = held.page
    await page.get_by_role("button", name="Ribeye steak").click()
    await page.get_by_label("Medium").check()
    await page.get_by_label("Fries").check()
    await page.get_by_label("A word to the kitchen").fill("no salt")
    await page.get_by_role("button", name="Add for €36.00").click()
    await page.get_by_role("button", name="Tiramisu").click()
    assert await held.violations() == []
    await page.get_by_role("button", name="See your order").click()
    await page.get_by_role("button", name="Order for €43.50").click()
    await expect(page.get_by_text("Ordered. The kitchen has it.")).to_be_visible()
    assert held.server.commands == [
        {"k": "order.place", "items": [
            {"menuItemId": "steak", "quantity": 1, "modifierIds": ["medium", "fries"], "note": "no salt"},
            {"menuItemId": "tiramisu", "quantity": 1, "modifierIds": [], "note": ""},
        ]}
    ]  # fmt: skip


async def test_a_dish_with_a_choice_to_make_asks_for_it(opened: Open) -> None:
    held = await opened(empty())
    await held.page.get_by_role("button", name="Ribeye steak").click()
    await held.page.get_by_role("button", name="Add for").click()
    await expect(held.page.get_by_role("alert")).to_have_text("Please choose.")


async def test_a_table_with_a_pin_asks_for_it(opened: Open) -> None:
    table = empty()
    page = {"code": "C1", "restaurant": {"id": "R1", "name": "Da Enzo"}, "table": {"id": "T1", "label": "7"}}
    page |= {"joinPolicy": "pin", "menu": menu(), "pay": {}, "now": "2026-11-21T19:00:00Z"}
    held = await opened(table, live=False, page=page)
    wrong = {"code": "wrong_pin", "detail": "The table's PIN is another one"}
    held.server.answers["guest-sessions"] = lambda body: (403, wrong)
    await held.page.get_by_label("PIN of the table").fill("0000")
    assert await held.violations() == []
    await held.page.get_by_role("button", name="Join").click()
    await expect(held.page.get_by_role("alert")).to_have_text("These are not the four digits of this table.")
    assert await held.page.evaluate("window.shifted") < SHIFT_MAX


async def test_a_visit_that_is_over_can_only_be_read(opened: Open) -> None:
    held = await opened(closed(), live=False)
    await expect(held.page.get_by_text("This visit is over.")).to_be_visible()
    assert await held.page.locator("button.line-tap").count() == 0


async def test_without_scripts_the_bill_and_the_menu_are_there(browser: Browser, site: str, tree: Tree) -> None:
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    html = Pages(tree).text("guest.html", party().page())
    await page.route("**/t/*", lambda route: route.fulfill(body=html, content_type="text/html"))
    await page.goto(f"{site}/t/C1")
    await expect(page.locator(".line").first).to_be_visible()
    await expect(page.locator(".dish").first).to_be_visible()
    await expect(page.get_by_role("button", name="Tell the waiter")).to_be_visible()
    await context.close()


async def test_what_the_server_says_is_never_markup(opened: Open) -> None:
    table = party()
    table.names["ana"] = "<img src=x onerror=alert(1)>"
    table.do(c.RenameGuest("ana"), c.Actor("guest", "ana"))
    held = await opened(table)
    assert await held.page.locator("img").count() == 0
    assert "<img" in await held.page.locator(".people").inner_text()
    assert json.dumps(held.complaints) == "[]"


@pytest.mark.parametrize(
    ("ana", "words"),
    [
        ("Ana", "Ben, Ana, and you, ⅓ each"),
        ("Anastasia von Thurn", "Ben, Anastasia von Thurn, and you, ⅓ each"),
        ("Christopher Featherstonehaugh", "⅓ each: Ben, Christopher Featherstonehaugh, and you"),
    ],
)
async def test_the_share_of_a_dish_is_never_cut_off_and_moves_nothing(opened: Open, ana: str, words: str) -> None:
    table = party()
    table.names["ana"] = ana
    table.do(c.RenameGuest("ana"), c.Actor("guest", "ana"))
    for guest in ("mia", "ben"):
        table.claim(guest, "L0")
    held = await opened(table)
    held.server.tell(lambda table: table.claim("ana", "L0"))
    shown = held.page.locator(".line", has_text="Bread and olives").locator(".line-words")
    await expect(shown).to_have_text(words)
    # Names may be cut off, the figure never: it stands first, or everything fits.
    fits = await shown.evaluate("(one) => one.scrollWidth <= one.clientWidth && one.scrollHeight <= one.clientHeight")
    assert fits or words.startswith("⅓")
    assert await held.page.evaluate("window.shifted") < SHIFT_MAX
