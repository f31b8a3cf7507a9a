import asyncio
from typing import Any

import httpx2
import pytest

from app.actions.payments import PaymentStarted
from app.ids import new_id
from app.web.payments import told
from tests.web.house import V1, House
from tests.web.people import Guest, Member, keyed, sit


async def confirm(house: House, payment: dict[str, Any], card: str = "pm_card_visa") -> None:
    """Do in the sandbox what the card form in the browser does."""
    intent = payment["clientSecret"].partition("_secret_")[0]
    form = {"payment_method": card, "client_secret": payment["clientSecret"], "return_url": "https://example.org"}
    key = {"authorization": f"Bearer {payment['publishableKey']}"}
    async with httpx2.AsyncClient(base_url=house.sandbox.url, trust_env=False) as stripe:
        answer = await stripe.post(f"/v1/payment_intents/{intent}/confirm", data=form, headers=key)
        assert answer.status_code in {200, 402}, answer.text


async def ended(guest: Guest, payment: str) -> dict[str, Any]:
    """The payment once it is over, or as it is after some patience."""
    told: dict[str, Any] = {}
    for _ in range(100):
        told = (await guest.http.get(f"{V1}/payments/{payment}")).json()
        if told["status"] in {"succeeded", "canceled", "refused"}:
            break
        await asyncio.sleep(0.05)
    return told


async def test_a_card_payment_goes_from_start_to_receipt(house: House, guest: Guest) -> None:
    await guest.order(house.here)
    answer = await guest.pay(tipAmount=200)
    started = answer.json()
    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    assert (started["amount"], started["tipAmount"], started["tableSessionId"]) == (1579, 200, guest.stream)
    assert started["clientSecret"].startswith("pi_")
    assert started["publishableKey"] == "pk_test_sandbox"
    assert started["status"] in {"initiated", "awaiting"}
    await confirm(house, started)
    over = await ended(guest, started["id"])
    assert over["status"] == "succeeded"
    paid = (await guest.get("/payment-status")).json()
    assert (paid["totalAmount"], paid["paidAmount"], paid["remainingAmount"]) == (1579, 1579, 0)
    assert paid["lastPaymentAt"]
    receipt = await guest.http.get(f"{V1}/payments/{started['id']}/receipt")
    assert receipt.status_code == 200
    assert (await guest.http.get(over["receiptUrl"])).status_code == 200


async def test_the_secret_of_a_payment_is_its_payers_alone(house: House, guest: Guest, waiter: Member) -> None:
    await guest.order(house.here)
    started = (await guest.pay()).json()
    others = await sit(house, table=guest.table)
    for text in ((await others.get()).text, (await others.get("/payment-status")).text):
        assert "_secret_" not in text
    assert (await guest.http.get(f"{V1}/payments/{started['id']}")).json()["clientSecret"] == started["clientSecret"]


async def test_a_payment_needs_a_key(house: House, guest: Guest) -> None:
    await guest.order(house.here)
    answer = await guest.post("/payment", {"paymentMethod": "card"})
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_required")
    assert (await guest.view())["payments"] == {}


@pytest.mark.parametrize("key", ["with space", "ä", "x" * 256])
async def test_a_key_is_short_printable_text(guest: Guest, key: str) -> None:
    headers = {b"idempotency-key": key.encode()}
    answer = await guest.http.post(f"{guest.path}/payment", json={"paymentMethod": "card"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


async def test_a_double_tap_is_one_payment_and_two_equal_answers(house: House, guest: Guest) -> None:
    await guest.order(house.here)
    first = await guest.pay("tap")
    second = await guest.pay("tap")
    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert second.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert len((await guest.view())["payments"]) == 1


async def test_two_taps_at_once_are_one_payment(house: House, guest: Guest) -> None:
    await guest.order(house.here)
    both = await asyncio.gather(*(guest.pay("at-once") for _ in range(4)))
    for answer in both:
        assert answer.status_code == 201 or (
            answer.json()["code"] == "duplicate_in_progress" and answer.headers["retry-after"]
        )
    assert any(answer.status_code == 201 for answer in both)
    assert (await guest.pay("at-once")).headers["idempotent-replayed"] == "true"
    assert len((await guest.view())["payments"]) == 1


async def test_a_key_used_for_another_body_is_refused(house: House, guest: Guest) -> None:
    await guest.order(house.here)
    await guest.pay("same")
    answer = await guest.pay("same", tipAmount=100)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert len((await guest.view())["payments"]) == 1


async def test_keys_of_two_guests_are_two_keys(house: House, guest: Guest) -> None:
    second = await sit(house, table=guest.table)
    await guest.order(house.here)
    await second.order(house.here)
    assert {(await guest.pay("k")).status_code, (await second.pay("k")).status_code} == {201}
    assert len((await guest.view())["payments"]) == 2


async def test_a_refusal_is_kept_under_its_key_too(guest: Guest) -> None:
    first = await guest.pay("early")
    assert first.status_code == 409
    again = await guest.pay("early")
    assert (again.content, again.headers["idempotent-replayed"]) == (first.content, "true")
    assert again.headers["content-type"] == "application/problem+json"


async def test_a_body_that_was_never_understood_keeps_no_key(house: House, guest: Guest) -> None:
    await guest.order(house.here)
    assert (await guest.pay("typo", tipAmount=-1)).status_code == 422
    assert (await guest.pay("typo")).status_code == 201


@pytest.mark.parametrize(
    ("body", "amount"),
    [
        ({"pays": "mine"}, 1579),
        ({"pays": "everything"}, 3157),
        ({"amount": 1000}, 1000),
        ({"pays": "mine", "expectedAmount": 1579}, 1579),
    ],
)
async def test_it_may_be_said_in_many_ways_what_is_paid(
    house: House, guest: Guest, body: dict[str, Any], amount: int
) -> None:
    second = await sit(house, table=guest.table)
    await guest.order(house.here)
    await second.order(house.here)
    assert (await guest.pay(**body)).json()["amount"] == amount


async def test_lines_orders_guests_and_shares_may_be_named(house: House, guest: Guest) -> None:
    second = await sit(house, table=guest.table)
    line = await guest.order(house.here)
    await second.order(house.here, "Mint", 90)
    order = (await guest.view())["lines"]
    orders = {number: each for number, each in (await guest.view())["orders"].items() if line in each["lines"]}
    ways: list[dict[str, Any]] = [
        {"pays": {"lines": [line]}},
        {"includeOrders": list(orders)},
        {"pays": {"guests": [second.id]}},
    ]
    for way in ways:
        started = await guest.pay(**way)
        assert started.status_code == 201, started.text
        assert started.json()["amount"] in {each["charged"] for each in order.values()}
        assert (await guest.http.post(f"{V1}/payments/{started.json()['id']}/cancel")).status_code == 200
    await guest.put("/split", {"mode": "even", "shares": 2})
    assert (await guest.pay(pays={"shares": 1})).status_code == 201


@pytest.mark.parametrize(
    "body",
    [
        {"amount": 0},
        {"amount": -5},
        {"amount": "1200"},
        {"amount": 12.5},
        {"amount": 10**15},
        {"tipAmount": -1},
        {"pays": "nothing"},
        {"pays": {"lines": []}},
        {"pays": {"lines": ["a"], "guests": ["b"]}},
        {"pays": {"shares": 0}},
        {"pays": 5},
        {"includeOrders": "all"},
        {"paymentMethod": "giftCard"},
        {"paymentMethod": "bitcoin"},
        {"currency": "EUR"},
        {"pays": "mine", "includeOrders": ["o"]},
    ],
)
async def test_nonsense_starts_nothing(house: House, guest: Guest, body: dict[str, Any]) -> None:
    await guest.order(house.here)
    answer = await guest.pay(**body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert answer.json()["errors"]
    assert (await guest.view())["payments"] == {}


async def test_a_tampered_amount_is_refused_with_the_right_one(house: House, guest: Guest) -> None:
    await guest.order(house.here)
    answer = await guest.pay(pays="mine", expectedAmount=100)
    assert (answer.status_code, answer.json()["code"]) == (409, "amount_changed")
    assert 1579 in answer.json().values()
    assert 100 in answer.json().values()


async def test_things_of_another_table_cannot_be_paid_here(house: House, guest: Guest) -> None:
    neighbour = await sit(house)
    line = await neighbour.order(house.here)
    await guest.order(house.here)
    for pays in ({"lines": [line]}, {"guests": [neighbour.id]}):
        assert (await guest.pay(pays=pays)).status_code == 404
    assert (await guest.pay(includeOrders=[new_id()])).status_code == 404


async def test_a_share_that_is_being_paid_is_held(house: House, guest: Guest) -> None:
    second = await sit(house, table=guest.table)
    line = await guest.order(house.here)
    started = (await guest.pay()).json()
    answer = await second.pay(pays={"lines": [line]})
    assert (answer.status_code, answer.json()["code"]) == (409, "share_being_paid")
    status = (await second.get("/payment-status")).json()
    assert (status["reservedAmount"], status["remainingAmount"]) == (1579, 0)
    assert (await guest.http.post(f"{V1}/payments/{started['id']}/cancel")).status_code == 200
    assert (await ended(guest, started["id"]))["status"] == "canceled"
    assert (await second.pay(pays={"lines": [line]})).status_code == 201


async def test_a_second_payment_of_the_same_guest_names_the_first(house: House, guest: Guest) -> None:
    await guest.order(house.here)
    first = (await guest.pay(amount=500)).json()
    answer = await guest.pay(amount=500)
    assert (answer.status_code, answer.json()["code"]) == (409, "payment_open")
    assert first["id"] in answer.json().values()


async def test_a_declined_card_keeps_the_share_and_another_card_pays(house: House, guest: Guest) -> None:
    await guest.order(house.here)
    started = (await guest.pay()).json()
    await confirm(house, started, "pm_card_visa_chargeDeclined")
    told = (await guest.http.get(f"{V1}/payments/{started['id']}")).json()
    assert told["status"] == "awaiting"
    assert (await guest.get("/payment-status")).json()["reservedAmount"] == 1579
    await confirm(house, started)
    assert (await ended(guest, started["id"]))["status"] == "succeeded"


async def test_cash_is_held_until_staff_confirm_it_once(house: House, guest: Guest, waiter: Member) -> None:
    await guest.order(house.here)
    started = (await guest.pay(paymentMethod="cash")).json()
    assert "clientSecret" not in started
    confirm_path = f"/payments/{started['id']}/confirm"
    assert (await guest.post(confirm_path, {}, headers=keyed())).status_code == 403
    assert (await waiter.at(guest, confirm_path, {"given": 2000}, key="drawer")).status_code == 200
    assert (await waiter.at(guest, confirm_path, {"given": 2000}, key="drawer")).headers["idempotent-replayed"]
    again = await waiter.at(guest, confirm_path, {"given": 2000})
    assert (again.status_code, again.json()["code"]) in {(409, "payment_ended"), (409, "already_paid")}
    assert (await guest.view())["tableSession"]["status"] == "settled"


def test_the_payer_is_told_what_cash_is_rounded_by() -> None:
    cash = PaymentStarted("p", "s", "awaiting", "cash", "CHF", 903, 0, None, rounding=2)
    assert told(cash)["rounding"] == 2
    assert told(cash).keys().isdisjoint({"surplus", "clientSecret", "expiresAt"})


async def test_the_payers_page_keeps_a_payment_alive(house: House, guest: Guest) -> None:
    await guest.order(house.here)
    started = (await guest.pay()).json()
    assert (await guest.post(f"/payments/{started['id']}/keep")).status_code == 200


async def test_only_a_manager_forces_a_share_free(house: House, guest: Guest, waiter: Member) -> None:
    await guest.order(house.here)
    started = (await guest.pay()).json()
    path = f"/payments/{started['id']}/release"
    assert (await waiter.at(guest, path, {"reason": "gone"})).status_code == 403


@pytest.mark.parametrize("path", ["/refunds", "/merge", "/lines/x/move"])
async def test_what_comes_later_does_not_answer_yet(guest: Guest, path: str) -> None:
    assert (await guest.post(path)).status_code == 404


async def test_refunds_and_pdf_receipts_do_not_answer_yet(guest: Guest) -> None:
    for method, path in (("POST", "refunds"), ("GET", "receipt.pdf")):
        assert (await guest.http.request(method, f"{V1}/payments/{new_id()}/{path}")).status_code == 404
    assert (await guest.http.get(f"{V1}/analytics/payments")).status_code == 404
