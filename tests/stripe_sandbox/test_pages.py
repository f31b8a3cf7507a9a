import re
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import stripe

from tests.stripe_sandbox.process import Running

TOKEN = "pm_card_threeDSecure2Required"


@pytest.fixture
def question(sdk: stripe.StripeClient) -> str:
    """The address of the bank's page for a payment that waits for it."""
    made = sdk.v1.payment_intents.create(
        {
            "amount": 1250,
            "currency": "eur",
            "confirm": True,
            "payment_method": TOKEN,
            "return_url": "https://t.test/back?x=1",
        }
    )
    assert made.next_action
    assert made.next_action.redirect_to_url
    assert made.next_action.redirect_to_url.url
    return made.next_action.redirect_to_url.url


@pytest.mark.parametrize(("outcome", "status"), [("succeeded", "succeeded"), ("failed", "requires_payment_method")])
def test_the_bank_asks_and_sends_the_payer_back(
    sdk: stripe.StripeClient, question: str, outcome: str, status: str
) -> None:
    page = httpx.get(question, trust_env=False)
    back = httpx.post(question, data={"outcome": outcome}, trust_env=False)
    query = parse_qs(urlsplit(back.headers["location"]).query)
    assert "Complete authentication" in page.text
    assert (back.status_code, query["x"], query["redirect_status"]) == (303, ["1"], [outcome])
    assert sdk.v1.payment_intents.retrieve(query["payment_intent"][0]).status == status
    assert httpx.get(question, trust_env=False).status_code == 409


def test_the_bank_asks_only_who_knows_the_client_secret(question: str) -> None:
    assert httpx.get(question[:-3] + "xxx", trust_env=False).status_code == 404


def test_the_overview_shows_cards_events_and_requests(running: Running, sdk: stripe.StripeClient) -> None:
    sdk.v1.payment_intents.create({"amount": 1250, "currency": "eur"}, {"idempotency_key": "<b>k</b>"})
    page = httpx.get(running.url, trust_env=False)
    assert page.status_code == 200
    for text in ("4242 4242 4242 4242", "payment_intent.created", "payment_intents.create", "&lt;b&gt;k&lt;/b&gt;"):
        assert text in page.text
    assert not re.search(r"<script|style=", page.text)


def test_the_card_form_and_the_style_are_served(running: Running) -> None:
    script = httpx.get(f"{running.url}/stripe.js", trust_env=False)
    style = httpx.get(f"{running.url}/pages.css", trust_env=False)
    assert script.headers["content-type"].startswith("text/javascript")
    assert "window.Stripe" in script.text
    assert style.headers["content-type"].startswith("text/css")
