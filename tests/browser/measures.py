"""What makes a page good for everybody, measured in the page itself."""

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Page

SHIFT_MAX = 0.02
TARGET_PX = 44
NARROW, PHONE = 320, 390

# A control is as large as what can be hit: a radio button's or a checkbox's label counts. Links in a sentence are free.
TARGETS = """(least) => [...document.querySelectorAll("button, a.button, input, select, summary, .tile")]
  .filter((one) => !one.closest("[inert]") && !one.classList.contains("link"))
  .filter((one) => !document.querySelector("dialog[open]") || one.closest("dialog[open]"))
  .map((one) => (["radio", "checkbox"].includes(one.type) ? (one.closest("label") ?? one) : one))
  .map((one) => [one, one.getBoundingClientRect()])
  .filter(([, box]) => box.width > 0 && box.height > 0 && (box.width < least - 0.5 || box.height < least - 0.5))
  .map(([one, box]) => `${one.outerHTML.slice(0, 100)}: ${Math.round(box.width)}×${Math.round(box.height)}`)"""

# What is wider than the screen on purpose scrolls by itself.
OVERFLOW = """() => document.documentElement.scrollWidth <= innerWidth ? [] :
  [...document.querySelectorAll("body *")].filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
    .filter((one) => !one.closest(".people, .jump, .wide, .house-nav"))
    .map((one) => one.outerHTML.slice(0, 100)).slice(0, 5)"""

# Where the focus is, something else must not lie on it.
COVERED = """async () => {
  // What is scrolled into view is there with the next frame.
  await new Promise((seen) => requestAnimationFrame(() => requestAnimationFrame(seen)))
  const focused = document.activeElement, one = focused.closest("label") ?? focused, box = one.getBoundingClientRect()
  if (one === document.body || !box.width) return ""
  const on = document.elementFromPoint(box.x + Math.min(box.width, innerWidth) / 2, box.y + box.height / 2)
  return on && (one.contains(on) || on.contains(one)) ? "" : `${one.outerHTML.slice(0, 120)} is under ${on?.className}`
}"""

SHIFTS = """
window.shifts = []
new PerformanceObserver((list) => {
  for (const entry of list.getEntries())
    if (!entry.hadRecentInput)
      window.shifts.push([entry.value, entry.sources.map((one) => one.node?.outerHTML?.slice(0, 90))])
}).observe({ type: "layout-shift", buffered: true })
"""


AXE = f"() => {{ if (!window.axe) {{ {AXE_SCRIPT} }} }}"

# What is behind a dialog is out of reach, and a scene of its own; the dark differs from the light in colours alone.
# The card form is the provider's.
LOOK = """async (rules) => {
  const where = document.querySelector("dialog[open]") ?? document.querySelector(".panel") ?? document
  const options = { resultTypes: ["violations"], ...(rules ? { runOnly: rules } : {}) }
  const { violations } = await axe.run({ include: [where], exclude: [[".card-form"]] }, options)
  return violations.flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.html.slice(0, 160)}`))
}"""
SCHEMES: dict[Any, list[str]] = {"dark": ["color-contrast"], "light": []}


async def violations(page: Page) -> list[str]:
    """What axe finds, in the light and in the dark."""
    await page.evaluate(AXE)
    found: list[str] = []
    for scheme, rules in SCHEMES.items():
        # Without motion: a colour on its way from one scheme to the other is in neither.
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found += [f"{scheme}: {each}" for each in await page.evaluate(LOOK, rules or None)]
    return found


async def overflows(page: Page) -> list[str]:
    """What sticks out to the right: on a phone, on a narrow one, and with letters twice as large."""
    before = page.viewport_size
    found: list[str] = []
    for width, size in ((PHONE, "100%"), (NARROW, "100%"), (PHONE, "200%")):
        await page.set_viewport_size({"width": width, "height": 844})
        await page.evaluate("(size) => (document.documentElement.style.fontSize = size)", size)
        found += [f"{width} px, {size}: {each}" for each in await page.evaluate(OVERFLOW)]
    await page.evaluate("document.documentElement.style.fontSize = ''")
    if before:
        await page.set_viewport_size(before)
    return found


async def small_targets(page: Page) -> list[str]:
    """Controls that a thumb would miss."""
    found: list[str] = await page.evaluate(TARGETS, TARGET_PX)
    return found


async def flaws(page: Page) -> list[str]:
    """All that is measured, in one go."""
    return [*await shifted(page), *await violations(page), *await small_targets(page), *await overflows(page)]


async def shifted(page: Page) -> list[str]:
    """What moved by itself, if it is too much."""
    shifts: list[Any] = await page.evaluate("window.shifts")
    total = sum(value for value, _ in shifts)
    return [f"moved by {value:.3f}: {what}" for value, what in shifts] if total >= SHIFT_MAX else []


async def covered(page: Page, tabs: int) -> list[str]:
    """Where the focus goes under something, within so many presses of Tab."""
    found: list[str] = []
    for _ in range(tabs):
        await page.keyboard.press("Tab")
        found.append(await page.evaluate(COVERED))
    return [each for each in found if each]
