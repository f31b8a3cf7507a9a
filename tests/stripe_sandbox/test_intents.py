from typing import Any

import pytest

from tests.stripe_sandbox.bench import Bench

BACK = {"return_url": "https://table.test/"}


@pytest.mark.parametrize(
    ("params", "code", "param"),
    [
        ({"currency": "eur"}, "parameter_missing", "amount"),
        ({"amount": "1250"}, "parameter_missing", "currency"),
        ({"amount": "12.5", "currency": "eur"}, "parameter_invalid_integer", "amount"),
        ({"amount": "-5", "currency": "eur"}, "parameter_invalid_integer", "amount"),
        ({"amount": "49", "currency": "usd"}, "amount_too_small", "amount"),
        ({"amount": "1250", "currency": "eur", "tip": "1"}, "parameter_unknown", "tip"),
        ({"amount": "1250", "currency": "eur", "capture_method": "later"}, None, "capture_method"),
        ({"amount": "1250", "currency": "eur", "payment_method": "pm_no"}, "resource_missing", "payment_method"),
        ({"amount": "1250", "currency": "eur", "confirmation_token": "ctoken_1"}, None, "confirmation_token"),
        ({"amount": "1250", "currency": "eur", "customer": "cus_no"}, "resource_missing", "id"),
        (
            {"amount": "1250", "currency": "eur", "allowed_payment_method_types": ["ideal"]},
            None,
            "allowed_payment_method_types",
        ),
    ],
)
def test_a_create_that_makes_no_sense_is_refused_and_leaves_nothing(
    bench: Bench, params: dict[str, Any], code: str | None, param: str
) -> None:
    _, error = bench.refused("payment_intents", params)
    assert (error.get("code"), error["param"]) == (code, param)
    assert bench.sandbox.store.count("payment_intent") == bench.sandbox.store.count("event") == 0


def test_a_new_intent_waits_for_a_card(bench: Bench) -> None:
    intent = bench.intent(metadata={"payment": "P1"}, description="Table 4")
    assert intent["client_secret"].startswith(f"{intent['id']}_secret_")
    assert (intent["status"], intent["amount_received"], intent["livemode"]) == ("requires_payment_method", 0, False)
    assert (intent["metadata"], intent["description"]) == ({"payment": "P1"}, "Table 4")
    assert bench.events() == ["payment_intent.created"]


def test_an_intent_with_a_card_waits_to_be_confirmed(bench: Bench) -> None:
    intent = bench.intent(payment_method="pm_card_visa")
    assert intent["status"] == "requires_confirmation"
    assert bench.post(f"payment_intents/{intent['id']}/confirm", BACK)["status"] == "succeeded"


def test_create_and_confirm_in_one_step_with_a_confirmation_token(bench: Bench) -> None:
    token = bench.post("test_helpers/confirmation_tokens", {"payment_method": "pm_card_visa", **BACK})
    asked = {"amount": "1250", "currency": "eur", "confirm": "true", "confirmation_token": token["id"], **BACK}
    assert bench.post("payment_intents", asked)["status"] == "succeeded"
    assert "already used" in bench.refused("payment_intents", asked)[1]["message"]


def test_a_confirmation_token_is_good_for_twelve_hours(bench: Bench) -> None:
    token = bench.post("test_helpers/confirmation_tokens", {"payment_method": "pm_card_visa", **BACK})
    bench.time += 12 * 3600
    asked = {"amount": "1250", "currency": "eur", "confirm": "true", "confirmation_token": token["id"], **BACK}
    assert bench.refused("payment_intents", asked)[1]["code"] == "resource_missing"


def test_confirming_needs_a_way_back_unless_redirects_are_ruled_out(bench: Bench) -> None:
    asked = {"amount": "1250", "currency": "eur", "payment_method": "pm_card_visa", "confirm": "true"}
    assert bench.refused("payment_intents", asked)[1]["param"] == "return_url"
    never = {"automatic_payment_methods": {"enabled": "true", "allow_redirects": "never"}}
    assert bench.post("payment_intents", {**asked, **never})["status"] == "succeeded"
    assert bench.post("payment_intents", {**asked, "allowed_payment_method_types": ["card"]})["status"] == "succeeded"


def test_confirming_needs_a_card(bench: Bench) -> None:
    intent = bench.intent()
    assert "missing a payment method" in bench.refused(f"payment_intents/{intent['id']}/confirm", BACK)[1]["message"]


@pytest.mark.parametrize("step", ["confirm", "cancel", "capture"])
def test_a_paid_intent_is_over(bench: Bench, step: str) -> None:
    paid = bench.intent("pm_card_visa")
    status, error = bench.refused(f"payment_intents/{paid['id']}/{step}", {})
    assert (status, error["code"]) == (400, "payment_intent_unexpected_state")
    assert error["payment_intent"]["status"] == "succeeded"


@pytest.mark.parametrize("step", ["confirm", "cancel", "capture"])
def test_a_canceled_intent_is_over(bench: Bench, step: str) -> None:
    intent = bench.intent()
    canceled = bench.post(f"payment_intents/{intent['id']}/cancel", {"cancellation_reason": "abandoned"})
    assert (canceled["status"], canceled["cancellation_reason"]) == ("canceled", "abandoned")
    assert canceled["canceled_at"] == int(bench.time)
    assert bench.refused(f"payment_intents/{intent['id']}/{step}", {})[1]["code"] == "payment_intent_unexpected_state"


def test_a_processing_intent_cannot_be_canceled(bench: Bench) -> None:
    intent = bench.intent("pm_card_processing")
    assert bench.refused(f"payment_intents/{intent['id']}/cancel", {})[0] == 400


def test_a_hold_is_captured_in_part_and_the_rest_released(bench: Bench) -> None:
    held = bench.intent("pm_card_visa", capture_method="manual", expand=["latest_charge"])
    charge = held["latest_charge"]
    assert (held["status"], held["amount_capturable"], charge["captured"]) == ("requires_capture", 1250, False)
    assert charge["payment_method_details"]["card"]["capture_before"] == bench.time + 7 * 24 * 3600
    path = f"payment_intents/{held['id']}/capture"
    taken = bench.post(path, {"amount_to_capture": "1000", "expand": ["latest_charge"]})
    assert (taken["status"], taken["amount_received"], taken["amount_capturable"]) == ("succeeded", 1000, 0)
    assert (taken["latest_charge"]["amount_captured"], taken["latest_charge"]["amount_refunded"]) == (1000, 250)
    assert bench.refused(path, {})[1]["code"] == "payment_intent_unexpected_state"


def test_more_than_the_hold_cannot_be_captured(bench: Bench) -> None:
    held = bench.intent("pm_card_visa", capture_method="manual")
    _, error = bench.refused(f"payment_intents/{held['id']}/capture", {"amount_to_capture": "1251"})
    assert error["code"] == "amount_too_large"


def test_canceling_a_hold_gives_it_back(bench: Bench) -> None:
    held = bench.intent("pm_card_visa", capture_method="manual")
    canceled = bench.post(f"payment_intents/{held['id']}/cancel", {"expand": ["latest_charge"]})
    assert canceled["latest_charge"]["refunded"]
    assert bench.events()[-2:] == ["charge.refunded", "payment_intent.canceled"]


def test_a_hold_that_nobody_captures_lapses(bench: Bench) -> None:
    held = bench.intent("pm_card_visa", capture_method="manual")
    bench.later(7 * 24 * 3600)
    after = bench.get(f"payment_intents/{held['id']}")
    assert (after["status"], after["cancellation_reason"]) == ("canceled", "automatic")
    assert bench.events()[-1] == "charge.expired"


def test_the_amount_changes_only_while_nothing_is_paid(bench: Bench) -> None:
    intent = bench.intent()
    assert bench.post(f"payment_intents/{intent['id']}", {"amount": "1300"})["amount"] == 1300
    paid = bench.intent("pm_card_visa")
    assert bench.refused(f"payment_intents/{paid['id']}", {"amount": "1300"})[1]["payment_intent"]["amount"] == 1250
    assert bench.post(f"payment_intents/{paid['id']}", {"metadata": {"note": "x"}})["metadata"] == {"note": "x"}


def test_changing_an_intent_that_waits_for_the_bank_asks_again(bench: Bench) -> None:
    intent = bench.intent("pm_card_authenticationRequired")
    changed = bench.post(f"payment_intents/{intent['id']}", {"amount": "1300", "payment_method": "pm_card_visa"})
    assert (changed["status"], changed["next_action"]) == ("requires_confirmation", None)


def test_an_unknown_intent_is_missing(bench: Bench) -> None:
    answer = bench.call("GET", "payment_intents/pi_unknown")
    assert (answer.status, answer.body["error"]["code"]) == (404, "resource_missing")


def test_a_browser_sees_its_own_intent_and_not_all_of_it(bench: Bench) -> None:
    intent = bench.intent(metadata={"payment": "P1"})
    path, pk = f"payment_intents/{intent['id']}", bench.sandbox.config.publishable_key
    seen = bench.get(path, {"client_secret": intent["client_secret"]}, auth=pk)
    assert seen["status"] == "requires_payment_method"
    assert not {"metadata", "latest_charge", "customer"} & set(seen)
    assert bench.call("GET", path, {"client_secret": "pi_other_secret"}, auth=pk).status == 404
    assert bench.call("GET", path, auth=pk).status == 404


def test_another_accounts_intent_does_not_exist(bench: Bench) -> None:
    intent = bench.intent()
    assert bench.call("GET", f"payment_intents/{intent['id']}", account="acct_1").status == 404
