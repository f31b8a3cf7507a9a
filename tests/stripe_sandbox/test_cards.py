import pytest

from stripe_sandbox import cards
from stripe_sandbox.cards import Card
from tests.stripe_sandbox.bench import Bench

DECLINED = {
    "4000000000000002": ("card_declined", "generic_decline"),
    "4000000000009995": ("card_declined", "insufficient_funds"),
    "4000000000009987": ("card_declined", "lost_card"),
    "4000000000009979": ("card_declined", "stolen_card"),
    "4000000000000069": ("expired_card", "expired_card"),
    "4000000000000127": ("incorrect_cvc", "incorrect_cvc"),
    "4000000000000119": ("processing_error", "processing_error"),
    "4000000000006975": ("card_declined", "card_velocity_exceeded"),
    "4000000000000341": ("card_declined", "generic_decline"),
    "4100000000000019": ("card_declined", "fraudulent"),
    "4000008400001280": ("processing_error", "processing_error"),
}
ASKED = {"4000002500003155", "4000002760003184", "4000000000003220", "4000008260003178", "4000008400001629"}
SLOW = {"4000000000008773", "4000000000008781"}
PLAIN = [card for card in cards.CARDS if card.number not in DECLINED.keys() | ASKED | SLOW]


def test_every_number_has_its_check_digit_and_no_two_cards_share_a_number_or_a_token() -> None:
    assert all(cards.passes_luhn(card.number) for card in cards.CARDS)
    assert len(cards.BY_NUMBER) == len(cards.BY_TOKEN) == len(cards.CARDS)
    assert not cards.passes_luhn("4242424242424241")


@pytest.mark.parametrize("card", PLAIN, ids=lambda card: card.token)
def test_every_plain_card_pays(bench: Bench, card: Card) -> None:
    intent = bench.intent(card.token, expand=["latest_charge"])
    shown = intent["latest_charge"]["payment_method_details"]["card"]
    assert (intent["status"], intent["amount_received"]) == ("succeeded", 1250)
    assert (shown["brand"], shown["last4"], shown["funding"]) == (card.brand, card.last4, card.funding)


@pytest.mark.parametrize(("number", "codes"), DECLINED.items())
def test_every_declining_card_declines_for_its_reason(bench: Bench, number: str, codes: tuple[str, str]) -> None:
    status, error = bench.refused(
        "payment_intents",
        {
            "amount": "1250",
            "currency": "eur",
            "payment_method": cards.BY_NUMBER[number].token,
            "confirm": "true",
            "return_url": "https://table.test/",
        },
    )
    intent = bench.get(f"payment_intents/{error['payment_intent']['id']}")
    assert (status, error["type"], (error["code"], error["decline_code"])) == (402, "card_error", codes)
    assert (intent["status"], intent["payment_method"]) == ("requires_payment_method", None)
    assert intent["last_payment_error"]["message"] == error["message"]
    assert bench.get(f"charges/{error['charge']}")["status"] == "failed"
    assert bench.events() == ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"]


@pytest.mark.parametrize("number", sorted(ASKED))
def test_every_card_with_3d_secure_waits_for_the_payer(bench: Bench, number: str) -> None:
    assert bench.intent(cards.BY_NUMBER[number].token)["status"] == "requires_action"


@pytest.mark.parametrize("number", sorted(SLOW))
def test_every_slow_card_is_processing_first(bench: Bench, number: str) -> None:
    assert bench.intent(cards.BY_NUMBER[number].token)["status"] == "processing"
