import pytest

from stripe_sandbox.store import Obj
from tests.stripe_sandbox.bench import Bench

ALWAYS = "pm_card_authenticationRequired"


def answer(bench: Bench, intent: Obj, outcome: str) -> Obj:
    secret = {"client_secret": intent["client_secret"], "outcome": outcome}
    return bench.post(f"3ds2/{intent['id']}/authenticate", secret, auth="pk_test_sandbox")


def test_a_completed_authentication_pays(bench: Bench) -> None:
    intent = bench.intent(ALWAYS)
    assert answer(bench, intent, "succeeded")["status"] == "succeeded"
    charge = bench.get(f"payment_intents/{intent['id']}", {"expand": ["latest_charge"]})["latest_charge"]
    assert charge["payment_method_details"]["card"]["three_d_secure"]["result"] == "authenticated"
    assert bench.events() == [
        "payment_intent.created",
        "payment_intent.requires_action",
        "charge.succeeded",
        "payment_intent.succeeded",
    ]


def test_a_failed_authentication_asks_for_another_card(bench: Bench) -> None:
    after = answer(bench, bench.intent(ALWAYS), "failed")
    assert after["status"] == "requires_payment_method"
    assert after["last_payment_error"]["code"] == "payment_intent_authentication_failure"
    assert bench.events()[-1] == "payment_intent.payment_failed"


@pytest.mark.parametrize(
    ("token", "decline"),
    [
        ("pm_card_authenticationRequiredChargeDeclinedInsufficientFunds", "insufficient_funds"),
        ("pm_card_threeDSecureRequiredChargeDeclined", "generic_decline"),
    ],
)
def test_a_card_may_decline_after_the_authentication(bench: Bench, token: str, decline: str) -> None:
    after = answer(bench, bench.intent(token), "succeeded")
    assert after["status"] == "requires_payment_method"
    assert after["last_payment_error"]["decline_code"] == decline


def test_an_authentication_is_answered_once(bench: Bench) -> None:
    intent = bench.intent(ALWAYS)
    answer(bench, intent, "succeeded")
    status, error = bench.refused(f"3ds2/{intent['id']}/authenticate", {"client_secret": intent["client_secret"]})
    assert (status, error["code"]) == (400, "payment_intent_unexpected_state")


def test_a_server_is_sent_to_the_banks_page_and_a_script_asks_by_itself(bench: Bench) -> None:
    by_server = bench.intent(ALWAYS)["next_action"]
    by_script = bench.intent(ALWAYS, use_stripe_sdk="true")["next_action"]
    assert by_server["redirect_to_url"]["return_url"] == "https://table.test/"
    assert by_script["type"] == "use_stripe_sdk"


@pytest.mark.parametrize("how", ["off_session", "error_on_requires_action"])
def test_nobody_there_to_answer_is_a_decline(bench: Bench, how: str) -> None:
    asked = {"amount": "1250", "currency": "eur", "payment_method": ALWAYS, "confirm": "true", how: "true"}
    status, error = bench.refused("payment_intents", {**asked, "return_url": "https://table.test/"})
    assert (status, error["code"]) == (402, "authentication_required")


def test_a_supporting_card_is_asked_on_request_only(bench: Bench) -> None:
    wanted = {"card": {"request_three_d_secure": "any"}}
    assert bench.intent("pm_card_threeDSecureOptional")["status"] == "succeeded"
    assert bench.intent("pm_card_threeDSecureOptional", payment_method_options=wanted)["status"] == "requires_action"


def test_a_slow_card_pays_when_its_time_has_come(bench: Bench) -> None:
    intent = bench.intent("pm_card_processing")
    bench.later(2.9)
    assert bench.get(f"payment_intents/{intent['id']}")["status"] == "processing"
    bench.later(0.1)
    assert bench.get(f"payment_intents/{intent['id']}")["status"] == "succeeded"
    assert bench.events()[1:4] == ["payment_intent.processing", "charge.succeeded", "payment_intent.succeeded"]


def test_a_slow_card_may_decline_in_the_end(bench: Bench) -> None:
    intent = bench.intent("pm_card_processingDeclined")
    bench.later(3)
    after = bench.get(f"payment_intents/{intent['id']}")
    assert (after["status"], after["processing"]) == ("requires_payment_method", None)
    assert after["last_payment_error"]["decline_code"] == "generic_decline"


def test_after_a_decline_another_card_pays_the_same_intent(bench: Bench) -> None:
    intent = bench.intent()
    path, back = f"payment_intents/{intent['id']}/confirm", {"return_url": "https://table.test/"}
    assert bench.refused(path, {**back, "payment_method": "pm_card_visa_chargeDeclined"})[0] == 402
    paid = bench.post(path, {**back, "payment_method": "pm_card_visa"})
    assert (paid["status"], paid["last_payment_error"]) == ("succeeded", None)
