import re
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from playwright.async_api import Browser
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from tests.services import Served

VENDOR = Path(__file__).parents[1] / "static" / "vendor"

PAGE = '<!doctype html><title>Bill</title><main></main><script type="module" src="/page.js"></script>'
SCRIPT = """
import { html, render, signal, computed, useState } from "/vendor/ui.js"
const due = signal(1250)
const text = computed(() => `due ${due.value}`)
const Bill = () => {
  const [taps, setTaps] = useState(0)
  const pay = () => { setTaps(taps + 1); due.value -= 250 }
  return html`<p>${text}</p><button onClick=${pay}>paid ${taps} times</button>`
}
render(html`<${Bill} />`, document.querySelector("main"))
"""


def page(_: object) -> HTMLResponse:
    return HTMLResponse(PAGE)


def script(_: object) -> HTMLResponse:
    return HTMLResponse(SCRIPT, media_type="text/javascript")


async def test_the_bundle_draws_signals_and_hooks_in_a_browser(
    serve: Callable[..., AbstractAsyncContextManager[Served]], browser: Browser
) -> None:
    app = Starlette(
        routes=[Route("/", page), Route("/page.js", script), Mount("/vendor", StaticFiles(directory=VENDOR))]
    )
    async with serve(app) as at:
        tab = await browser.new_page()
        await tab.goto(at.url)
        await tab.get_by_role("button").click()
        await tab.get_by_role("button", name="paid 1 times").click()
        assert await tab.get_by_text("due").inner_text() == "due 750"
        await tab.close()


def test_every_export_has_its_type() -> None:
    assert exports("entry.js") == exports("ui.d.ts")


def test_the_licences_travel_with_the_bundle() -> None:
    text = (VENDOR / "LICENSES.txt").read_text()
    assert all(name in text for name in ("preact 11", "@preact/signals 2", "@preact/signals-core 1", "htm 3"))


def exports(name: str) -> set[str]:
    """Names of values that a module of the vendor folder exports."""
    lists = re.findall(r"export \{(.*?)\}", (VENDOR / name).read_text(), re.DOTALL)
    names = [name.strip() for names in lists for name in names.split(",")]
    return {name for name in names if name and not name.startswith("type ")}
