"""Make the README's pictures: `.venv/bin/python docs/screenshots.py`, after `./run test` has set everything up.

It opens a demo of its own in a folder that is thrown away (what `./run demo --json --quiet` opens), sits people
down, and writes docs/images/*.png with at most 256 colours each.
"""  # noqa: INP001 - a script, not a package

import asyncio
import base64
import os
import shutil
import signal
import struct
import sys
import tempfile
import zlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Literal

import httpx
import orjson
from playwright.async_api import Browser, Page, ViewportSize, async_playwright

from app.demo.people import Guest

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
TABLE, NEXT_TABLE = "12", "11"
PHONE = ViewportSize(width=390, height=844)
TABLET = ViewportSize(width=1180, height=780)
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")
DISHES = {
    "Ana": ("Burrata", "Steak frites", "Côtes du Rhône, bottle"),
    "Ben": ("Sea bream", "Riesling, glass"),
    "Cleo": ("Bowl of the day", "Tiramisu"),
}

REDUCE = """async (data) => {
  const image = new Image(); image.src = "data:image/png;base64," + data; await image.decode()
  const canvas = new OffscreenCanvas(image.width, image.height), pen = canvas.getContext("2d")
  pen.drawImage(image, 0, 0)
  const pixels = new Uint32Array(pen.getImageData(0, 0, image.width, image.height).data.buffer), counts = new Map()
  for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) ?? 0) + 1)
  const colours = [...counts].sort((a, b) => b[1] - a[1]).map(([colour]) => colour)
  const parts = (c) => [c & 255, (c >> 8) & 255, (c >> 16) & 255], palette = colours.slice(0, 256).map(parts)
  const nearest = (colour) => {
    const [r, g, b] = parts(colour)
    let best = 0, least = Infinity
    palette.forEach(([x, y, z], place) => {
      const far = (x - r) ** 2 + (y - g) ** 2 + (z - b) ** 2
      if (far < least) [best, least] = [place, far]
    })
    return best
  }
  const places = new Map(colours.map((colour, n) => [colour, n < 256 ? n : nearest(colour)]))
  let text = ""
  for (const pixel of pixels) text += String.fromCharCode(places.get(pixel))
  return { width: image.width, height: image.height, palette, places: btoa(text) }
}"""
"""A screenshot as its 256 most frequent colours; rarer ones become the nearest of them."""


@asynccontextmanager
async def demo(folder: str) -> AsyncIterator[dict[str, Any]]:
    """Open a demo without simulated guests; what it prints is what it yields."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "app", "demo", "--json", "--quiet", "--port", "0"),
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout  # noqa: S101 - it was asked for
    try:
        yield orjson.loads(await process.stdout.readline())
    finally:
        process.send_signal(signal.SIGINT)
        await process.wait()


async def dine(stack: AsyncExitStack, facts: dict[str, Any], code: str) -> list[Guest]:
    """Ana, Ben and Cleo order, share a bottle and a dessert; Ben has paid, Ana is paying, Cleo holds the phone."""
    people = [await _sit(stack, facts, code, name) for name in DISHES]
    menu = await _menu(people[0].http, facts["restaurant"]["id"])
    for guest in people:
        await guest.order(*(_item(menu, name) for name in DISHES[guest.name]))
    ana, ben, cleo = people
    lines = {line["name"]: id_ for id_, line in (await ana.look())["lines"].items()}
    for guest in (ben, cleo):
        await guest.claim(lines["Côtes du Rhône, bottle"])
    await ana.claim(lines["Tiramisu"])
    await ben.pay_by_card(tipAmount=300)
    await ana.start_payment(tipAmount=0)
    return people


async def dine_together(stack: AsyncExitStack, facts: dict[str, Any], code: str) -> list[Guest]:
    """Dora and Emil, who want to pay together: her card is ready, his phone asks for his."""
    dora, emil = [await _sit(stack, facts, code, name) for name in ("Dora", "Emil")]
    menu = await _menu(dora.http, facts["restaurant"]["id"])
    await dora.order(_item(menu, "Confit duck leg"), _item(menu, "Riesling, bottle"))
    await emil.order(_item(menu, "Sea bream"), _item(menu, "Espresso"))
    lines = {line["name"]: id_ for id_, line in (await dora.look())["lines"].items()}
    await emil.claim(lines["Riesling, bottle"])
    key = {"idempotency-key": "together"}
    group = await dora.call("POST", f"/table-sessions/{dora.session}/group-payments", {"deadlineS": 600}, **key)
    await dora.confirm(group["payment"])
    return [dora, emil]


async def _sit(stack: AsyncExitStack, facts: dict[str, Any], code: str, name: str) -> Guest:
    # Each phone has cookies of its own.
    http = await stack.enter_async_context(httpx.AsyncClient(base_url=facts["api"], timeout=20))
    return await Guest.join(http, facts["sandbox"]["url"], code, name)


async def _menu(http: httpx.AsyncClient, restaurant: str) -> dict[str, Any]:
    menu = (await http.get(f"/menus/{restaurant}")).json()
    return {item["name"]: item for category in menu["categories"] for item in category["items"]}


def _item(menu: dict[str, Any], name: str) -> dict[str, Any]:
    """A dish with the first answer to each question that must be answered."""
    groups = menu[name].get("modifierGroups", [])
    answers = [group["modifiers"][place]["id"] for group in groups for place in range(group["min"])]
    return {"menuItemId": menu[name]["id"], "quantity": 1, "modifierIds": answers}


async def photograph(browser: Browser, facts: dict[str, Any], url: str, people: list[Guest]) -> None:
    """Take every picture of the evening of three."""
    *others, cleo = people
    for guest in others:
        await _phone(browser, url, guest, "light")
    light = await _phone(browser, url, cleo, "light")
    await light.locator(".person:has(.avatar:not(.away))").nth(len(people) - 1).wait_for()
    await _keep(light, "guest-light")
    dark = await _phone(browser, url, cleo, "dark")
    await dark.locator(".share-ways").last.scroll_into_view_if_needed()
    await _keep(dark, "guest-dark")
    await _photograph_house(browser, facts)


async def photograph_together(browser: Browser, url: str, guest: Guest) -> None:
    """The phone of somebody whose card is still to come."""
    page = await _phone(browser, url, guest, "light", people=2)
    together = page.get_by_role("region", name="Pay together")
    await together.get_by_text("1 of 2 cards are ready").wait_for()
    await together.scroll_into_view_if_needed()
    await _keep(page, "guest-together")


async def _phone(
    browser: Browser, url: str, guest: Guest, scheme: Literal["light", "dark"], people: int = len(DISHES)
) -> Page:
    """The guest's phone, which knows the seat that was taken."""
    context = await browser.new_context(viewport=PHONE, device_scale_factor=2, color_scheme=scheme)
    for name, value in guest.http.cookies.items():
        # Below the address of the code it would be a cookie of that path alone.
        await context.add_cookies([{"name": name, "value": value, "url": url.partition("/t/")[0]}])
    page = await context.new_page()
    await page.goto(url)
    await page.locator(".person").nth(people).wait_for()
    return page


async def _photograph_house(browser: Browser, facts: dict[str, Any]) -> None:
    page, floor = await _log_in(browser, facts, "waiter")
    await _keep(page, "floor")
    answer = await page.request.get(f"{facts['api']}/floor")
    tables = (await answer.json())["tables"]
    chosen = next(id_ for id_, tile in tables.items() if tile["label"] == TABLE)
    await page.evaluate("id => { location.hash = id }", chosen)
    await page.get_by_text("Steak frites").first.wait_for()
    await _keep(page, "table")
    await _ask_for_a_refund(page)
    await page.goto(floor.replace("/floor", "/kitchen"))
    await page.get_by_text("Sea bream").first.wait_for()
    await _keep(page, "kitchen")
    await _photograph_books(browser, facts)


async def _ask_for_a_refund(page: Page) -> None:
    """Somebody else has to approve what a waiter gives back."""
    await page.get_by_role("button", name="Refund Ben").click()
    question = page.get_by_role("dialog")
    await question.get_by_role("radio", name="Amount").check(force=True)
    await question.get_by_label("Amount, at most").fill("9.50")
    await question.get_by_role("button", name="Guest unhappy").click()
    await question.get_by_role("button", name="Refund €9.50").click()
    await question.wait_for(state="hidden")


async def _photograph_books(browser: Browser, facts: dict[str, Any]) -> None:
    """What the evening came to, as its manager sees it."""
    page, floor = await _log_in(browser, facts, "manager")
    await page.goto(floor.replace("/floor", "/house#refunds"))
    await page.get_by_role("button", name="Approve €9.50").wait_for()
    await _keep(page, "refunds")
    await page.goto(floor.replace("/floor", "/house#day"))
    await page.get_by_text("How it was paid").wait_for()
    await _keep(page, "day")


async def _log_in(browser: Browser, facts: dict[str, Any], role: str) -> tuple[Page, str]:
    """A tablet on the floor, and its address there."""
    member = next(one for one in facts["staff"] if one["role"] == role)
    page = await browser.new_page(viewport=TABLET, color_scheme="light")
    await page.goto(member["url"])
    await page.get_by_label("E-mail").fill(member["email"])
    await page.get_by_label("Password").fill(member["password"])
    await page.get_by_role("button", name="Log in").click()
    await page.locator(".tiles").wait_for()
    return page, page.url.partition("#")[0]


async def _keep(page: Page, name: str) -> None:
    await page.wait_for_timeout(1500)  # What glows because it just changed has calmed down.
    taken = await page.screenshot(animations="disabled")
    # An empty page of its own: those of the demo forbid pictures from elsewhere.
    assert page.context.browser  # noqa: S101 - it has one
    blank = await page.context.browser.new_page()
    reduced = await blank.evaluate(REDUCE, base64.b64encode(taken).decode())
    await blank.close()
    (IMAGES / f"{name}.png").write_bytes(png(reduced))


def png(picture: dict[str, Any]) -> bytes:
    """A PNG with a palette."""
    width, height, places = picture["width"], picture["height"], base64.b64decode(picture["places"])
    rows = b"".join(b"\0" + places[start : start + width] for start in range(0, width * height, width))
    chunks = {
        b"IHDR": struct.pack("!IIBBBBB", width, height, 8, 3, 0, 0, 0),
        b"PLTE": b"".join(map(bytes, picture["palette"])),
        b"IDAT": zlib.compress(rows, 9),
        b"IEND": b"",
    }
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in chunks.items())


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack("!I", len(body)) + kind + body + struct.pack("!I", zlib.crc32(kind + body))


def chromium() -> str | None:
    """The browser: CHROMIUM, or one on the path, or Playwright's own."""
    found = (os.environ.get("CHROMIUM"), *map(shutil.which, CHROMIUMS))
    return next((path for path in found if path), None)


async def main() -> None:
    """Open, sit down, photograph, close."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        async with demo(folder) as facts, AsyncExitStack() as stack, async_playwright() as playwright:
            tables = {one["label"]: one for one in facts["tables"]}
            people = await dine(stack, facts, tables[TABLE]["code"])
            browser = await playwright.chromium.launch(executable_path=chromium())
            await photograph(browser, facts, tables[TABLE]["url"], people)
            _, emil = await dine_together(stack, facts, tables[NEXT_TABLE]["code"])
            await photograph_together(browser, tables[NEXT_TABLE]["url"], emil)
            await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
