import httpx
import stripe

from tests.stripe_sandbox.process import Running


def test_pages_of_other_origins_may_not_control_it(running: Running) -> None:
    with httpx.Client(base_url=running.url, trust_env=False) as http:
        foreign = http.post("/_sandbox/reset", headers={"origin": "https://evil.test"})
        own = http.post("/_sandbox/reset", headers={"origin": running.url})
    assert (foreign.status_code, own.status_code) == (403, 200)


def test_a_request_that_makes_no_sense_is_told_so(running: Running) -> None:
    with httpx.Client(base_url=running.url, trust_env=False) as http:
        no_json = http.post("/_sandbox/faults", content=b"{")
        no_fault = http.post("/_sandbox/faults", json={"fault": "flood"})
        no_event = http.post("/_sandbox/events/evt_no/deliver")
    assert [no_json.status_code, no_fault.status_code, no_event.status_code] == [400, 400, 404]


def test_faults_are_listed_with_how_often_they_struck_and_taken_away(
    running: Running, sdk: stripe.StripeClient
) -> None:
    running.fault("slow", seconds=0, times=0)
    sdk.v1.events.list()
    (fault,) = running.control("GET", "faults")["data"]
    assert (fault["fault"], fault["fired"]) == ("slow", 1)
    assert running.control("DELETE", "faults")["data"] == []


def test_a_slow_card_can_be_hastened(running: Running, sdk: stripe.StripeClient) -> None:
    made = sdk.v1.payment_intents.create(
        {
            "amount": 1250,
            "currency": "eur",
            "confirm": True,
            "payment_method": "pm_card_processing",
            "return_url": "https://t.test/",
        }
    )
    running.control("POST", f"objects/{made.id}/finish")
    assert sdk.v1.payment_intents.retrieve(made.id).status == "succeeded"


def test_a_reset_forgets_everything(running: Running, sdk: stripe.StripeClient) -> None:
    sdk.v1.payment_intents.create({"amount": 1250, "currency": "eur"}, {"idempotency_key": "k"})
    running.fault("cut")
    running.reset()
    assert sdk.v1.payment_intents.list().data == []
    assert sdk.v1.payment_intents.create({"amount": 1300, "currency": "eur"}, {"idempotency_key": "k"}).amount == 1300


def test_the_webhook_can_be_read_and_changed(running: Running) -> None:
    running.send_events_to("http://127.0.0.1:1/x", secret="whsec_new")
    endpoint = running.control("GET", "webhooks")
    assert (endpoint["url"], endpoint["secrets"]) == ("http://127.0.0.1:1/x", ["whsec_new"])
