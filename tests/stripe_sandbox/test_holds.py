import pytest

from stripe_sandbox.store import Obj
from tests.stripe_sandbox.bench import Bench

WISHED = {"card": {"request_incremental_authorization": "if_available"}}


def held(bench: Bench, token: str = "pm_card_visa", *, wished: bool = True) -> Obj:
    options = {"payment_method_options": WISHED} if wished else {}
    return bench.intent(token, capture_method="manual", expand=["latest_charge"], **options)


def path(intent: Obj) -> str:
    return f"payment_intents/{intent['id']}/increment_authorization"


def test_a_hold_is_raised_on_the_same_card_and_captured_whole(bench: Bench) -> None:
    intent = held(bench)
    card = intent["latest_charge"]["payment_method_details"]["card"]
    assert card["incremental_authorization"] == {"status": "available"}
    raised = bench.post(path(intent), {"amount": "2000", "expand": ["latest_charge"]})
    charge = raised["latest_charge"]
    assert (raised["amount"], raised["amount_capturable"], raised["status"]) == (2000, 2000, "requires_capture")
    assert (charge["amount"], charge["payment_method_details"]["card"]["amount_authorized"]) == (2000, 2000)
    assert bench.events()[-1] == "payment_intent.amount_capturable_updated"
    taken = bench.post(f"payment_intents/{intent['id']}/capture", {"amount_to_capture": "1900"})
    assert (taken["amount"], taken["amount_received"]) == (2000, 1900)


def test_a_declined_raise_leaves_the_hold_as_it_was(bench: Bench) -> None:
    """F41."""
    intent = held(bench, "pm_card_raiseDeclined")
    status, error = bench.refused(path(intent), {"amount": "2000"}, key="hold:1:raise:1")
    assert (status, error["code"], error["payment_intent"]["amount"]) == (402, "card_declined", 1250)
    assert bench.refused(path(intent), {"amount": "2000"}, key="hold:1:raise:1")[0] == 402
    taken = bench.post(f"payment_intents/{intent['id']}/capture")
    assert taken["amount_received"] == 1250


@pytest.mark.parametrize(
    ("token", "wished"), [("pm_card_amex", True), ("pm_card_visa", False)], ids=["card", "not asked for"]
)
def test_a_hold_whose_bank_does_not_offer_it_is_not_raised(bench: Bench, token: str, wished: bool) -> None:
    intent = held(bench, token, wished=wished)
    card = intent["latest_charge"]["payment_method_details"]["card"]
    assert card["incremental_authorization"] == {"status": "unavailable"}
    assert bench.refused(path(intent), {"amount": "2000"})[0] == 400


@pytest.mark.parametrize("amount", [{}, {"amount": "1250"}, {"amount": "1000"}, {"amount": "x"}])
def test_a_raise_needs_a_larger_amount(bench: Bench, amount: dict[str, str]) -> None:
    assert bench.refused(path(held(bench)), amount)[0] == 400


def test_only_a_hold_is_raised(bench: Bench) -> None:
    paid = bench.intent("pm_card_visa")
    status, error = bench.refused(path(paid), {"amount": "2000"})
    assert (status, error["code"]) == (400, "payment_intent_unexpected_state")
