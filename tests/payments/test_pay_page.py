"""The pages' payment module and the sandbox's card form, in a real browser under a strict policy."""

import dataclasses
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from app.payments.gateway import CreateIntent
from app.payments.stripe_gateway import StripeGateway
from tests import services
from tests.stripe_sandbox.process import Running

pytestmark = pytest.mark.browser

PAY_JS = Path(__file__).parents[2] / "static" / "shared" / "pay.js"
PAGE_JS = Path(__file__).with_name("pay_page.js")
HTML = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Pay</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="/style.css">
<main><h1>Pay</h1><div id="card"></div><button id="pay">Pay now</button><button id="token">Collect</button>
<button id="unmount">Close</button><p role="status"></p></main><script type="module" src="/page.js"></script></html>"""
CSS = "html { color-scheme: light dark } body { color: CanvasText; background: Canvas; font-family: system-ui }"
DINNER = CreateIntent("P1", "T1", "R1", 1250, "EUR")
WORKS, NO_MONEY, ASKS = "4242424242424242", "4000000000009995", "4000002500003155"


def host(sandbox_url: str) -> Starlette:
    """A site that allows scripts and connections to itself and the sandbox, and nothing inline."""
    policy = (
        f"default-src 'none'; script-src 'self' {sandbox_url}; connect-src 'self' {sandbox_url}; style-src 'self'; "
        "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )

    async def page(_request: Request) -> Response:
        return HTMLResponse(HTML, headers={"content-security-policy": policy})

    async def script(request: Request) -> Response:
        return FileResponse(PAY_JS if request.url.path.startswith("/static") else PAGE_JS, media_type="text/javascript")

    async def style(_request: Request) -> Response:
        return Response(CSS, media_type="text/css")

    scripts = [Route(path, script) for path in ("/page.js", "/static/shared/pay.js")]
    return Starlette(routes=[Route("/", page), Route("/style.css", style), *scripts])


class Phone:
    """A browser window at the payment page, and everything that its console complained about."""

    def __init__(self, page: Page, site: str, running: Running) -> None:
        self.page, self.site, self.running = page, site, running
        self.complaints: list[str] = []
        page.on("console", lambda message: self.complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    async def open(self, secret: str | None = None, **query: str) -> None:
        """Go to the page; with a client secret it pays, without one it collects."""
        given = {"js": f"{self.running.url}/stripe.js", "pk": self.running.publishable_key, **query}
        await self.page.goto(f"{self.site}/?{urlencode(given | ({'secret': secret} if secret else {}))}")
        if "resume" not in query and "js" not in query:
            await expect(self.page.locator("body")).to_have_attribute("data-ready", "1")

    async def fill(self, number: str, expiry: str = "1234", cvc: str = "123") -> None:
        """Type a card into the form."""
        for label, text in (("Card number", number), ("Expiry MM / YY", expiry), ("CVC", cvc)):
            await self.page.get_by_label(label).fill("")
            await self.page.get_by_label(label).press_sequentially(text)

    async def press(self, name: str) -> None:
        """Press a button by its name."""
        await self.page.get_by_role("button", name=name, exact=True).click()

    async def result(self) -> dict[str, Any]:
        """What the module said in the end."""
        status = self.page.get_by_role("status")
        await expect(status).not_to_be_empty()
        found: dict[str, Any] = json.loads(await status.inner_text())
        await status.evaluate("status => { status.textContent = '' }")
        return found


@pytest.fixture(scope="session")
async def site(sandbox_process: Running) -> AsyncIterator[str]:
    async with services.serve(host(sandbox_process.url)) as at:
        yield at.url


@pytest.fixture
async def phone(browser: Browser, site: str, running: Running) -> AsyncIterator[Phone]:
    context = await browser.new_context(viewport={"width": 390, "height": 844})
    yield Phone(await context.new_page(), site, running)
    await context.close()


@pytest.fixture
async def secret(gateway: StripeGateway) -> str:
    intent = await gateway.create_intent(DINNER, key="pay:P1:create")
    assert intent.client_secret
    return intent.client_secret


async def status_of(gateway: StripeGateway, secret: str) -> str:
    return (await gateway.retrieve_intent(secret.partition("_secret_")[0])).status


async def test_a_good_card_pays(phone: Phone, gateway: StripeGateway, secret: str) -> None:
    await phone.open(secret)
    await phone.fill(WORKS)
    await expect(phone.page.get_by_label("Card number")).to_have_value("4242 4242 4242 4242")
    await expect(phone.page.get_by_label("Expiry")).to_have_value("12 / 34")
    await phone.press("Pay now")
    assert await phone.result() == {"status": "succeeded", "message": "", "code": "succeeded"}
    assert await status_of(gateway, secret) == "succeeded"
    assert phone.complaints == []


async def test_after_a_decline_another_card_pays(phone: Phone, gateway: StripeGateway, secret: str) -> None:
    await phone.open(secret)
    await phone.fill(NO_MONEY)
    await phone.press("Pay now")
    declined = {"status": "declined", "message": "Your card has insufficient funds.", "code": "insufficient_funds"}
    assert await phone.result() == declined
    await phone.fill(WORKS)
    await phone.press("Pay now")
    assert (await phone.result())["status"] == "succeeded"
    assert await status_of(gateway, secret) == "succeeded"


@pytest.mark.parametrize(
    ("button", "told", "status"),
    [
        ("Complete authentication", ("succeeded", "succeeded"), "succeeded"),
        ("Fail authentication", ("declined", "payment_intent_authentication_failure"), "requires_payment_method"),
    ],
)
async def test_3d_secure_is_answered_in_the_page(
    phone: Phone, gateway: StripeGateway, secret: str, button: str, told: tuple[str, str], status: str
) -> None:
    await phone.open(secret)
    await phone.fill(ASKS)
    await phone.press("Pay now")
    await expect(phone.page.get_by_role("dialog", name="3-D Secure")).to_be_visible()
    await phone.press(button)
    result = await phone.result()
    assert (result["status"], result["code"]) == told
    assert await status_of(gateway, secret) == status
    assert phone.complaints == []


async def test_closing_the_banks_question_is_a_no(phone: Phone, secret: str) -> None:
    await phone.open(secret)
    await phone.fill(ASKS)
    await phone.press("Pay now")
    await expect(phone.page.get_by_role("dialog")).to_be_visible()
    await phone.page.keyboard.press("Escape")
    assert (await phone.result())["status"] == "declined"


async def test_a_reload_in_the_middle_of_3d_secure_asks_again(phone: Phone, secret: str) -> None:
    await phone.open(secret)
    await phone.fill(ASKS)
    await phone.press("Pay now")
    await expect(phone.page.get_by_role("dialog")).to_be_visible()
    await phone.open(secret, resume="1")
    await phone.press("Complete authentication")
    assert (await phone.result())["status"] == "succeeded"
    await phone.open(secret, resume="1")
    assert (await phone.result())["status"] == "succeeded"


async def test_the_server_confirms_with_what_the_page_collected(phone: Phone, gateway: StripeGateway) -> None:
    await phone.open()
    await phone.fill(ASKS)
    await phone.press("Collect")
    token = (await phone.result())["token"]
    asked = dataclasses.replace(DINNER, confirmation_token=token, return_url=phone.site)
    intent = await gateway.create_intent(asked, key="pay:P1:create")
    assert (intent.status, bool(intent.client_secret)) == ("requires_action", True)
    await phone.open(intent.client_secret, resume="1")
    await phone.press("Complete authentication")
    assert (await phone.result())["status"] == "succeeded"


@pytest.mark.parametrize(
    ("card", "code"),
    [
        (("4242", "1234", "123"), "incomplete_number"),
        (("4242424242424241", "1234", "123"), "invalid_number"),
        ((WORKS, "12", "123"), "incomplete_expiry"),
        ((WORKS, "0120", "123"), "invalid_expiry_year_past"),
        ((WORKS, "1234", "1"), "incomplete_cvc"),
    ],
)
async def test_a_card_that_cannot_be_is_pointed_out_before_anything_is_sent(
    phone: Phone, secret: str, card: tuple[str, str, str], code: str
) -> None:
    await phone.open(secret)
    await phone.fill(*card)
    await phone.press("Pay now")
    told = await phone.result()
    assert (told["status"], told["code"]) == ("error", code)
    await expect(phone.page.get_by_text(told["message"])).to_be_visible()
    assert [line["operation"] for line in phone.running.journal()] == ["payment_intents.create"]


async def test_a_connection_lost_after_the_charge_is_no_second_charge(phone: Phone, secret: str) -> None:
    phone.running.fault("cut", operation="payment_intents.confirm", effect="done")
    await phone.open(secret)
    await phone.fill(WORKS)
    await phone.press("Pay now")
    assert (await phone.result())["status"] == "succeeded"
    # Chromium sends a request again by itself when a connection that it kept open breaks.
    outcomes = [line["outcome"] for line in phone.running.journal(operation="payment_intents.confirm")]
    assert (outcomes[0], set(outcomes[1:]) <= {"refused"}) == ("executed", True)


async def test_with_nobody_to_ask_the_outcome_is_unknown(phone: Phone, secret: str) -> None:
    await phone.open(secret)
    await phone.fill(WORKS)
    phone.running.fault("cut", operation="payment_intents.*", times=0)
    await phone.press("Pay now")
    told = await phone.result()
    assert (told["status"], told["code"]) == ("error", "unknown")


async def test_a_slow_card_is_processing(phone: Phone, secret: str) -> None:
    await phone.open(secret)
    await phone.fill("4000000000008773")
    await phone.press("Pay now")
    assert (await phone.result())["status"] == "processing"


async def test_what_was_paid_elsewhere_meanwhile_is_paid(phone: Phone, gateway: StripeGateway, secret: str) -> None:
    await phone.open(secret)
    await phone.fill(WORKS)
    intent_id = secret.partition("_secret_")[0]
    await gateway.confirm_intent(intent_id, "pm_card_visa", key="pay:P1:confirm:1", return_url=phone.site)
    await phone.press("Pay now")
    assert (await phone.result())["status"] == "succeeded"


async def test_a_script_that_does_not_load_is_said_so_and_may_be_tried_again(phone: Phone, secret: str) -> None:
    await phone.open(secret, js=f"{phone.running.url}/nothing.js")
    assert await phone.result() == {"thrown": "Stripe.js could not be loaded"}


async def test_a_test_card_can_be_chosen_and_the_form_closed(phone: Phone, secret: str) -> None:
    await phone.open(secret)
    await phone.page.get_by_label("Fill in a test card").select_option("4242 4242 4242 4242")
    await phone.press("Pay now")
    assert (await phone.result())["status"] == "succeeded"
    await phone.press("Close")
    await expect(phone.page.get_by_label("Card number")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_form_and_the_banks_question_are_accessible(
    browser: Browser, site: str, running: Running, gateway: StripeGateway, scheme: str
) -> None:
    context = await browser.new_context(viewport={"width": 390, "height": 844}, color_scheme=scheme)  # type: ignore[arg-type]
    phone = Phone(await context.new_page(), site, running)
    intent = await gateway.create_intent(DINNER, key="pay:P1:create")
    await phone.open(intent.client_secret)
    await phone.press("Pay now")
    found = (await Axe().run(phone.page)).response["violations"]
    await phone.fill(ASKS)
    await phone.press("Pay now")
    await expect(phone.page.get_by_role("dialog")).to_be_visible()
    found += (await Axe().run(phone.page)).response["violations"]
    await context.close()
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []
