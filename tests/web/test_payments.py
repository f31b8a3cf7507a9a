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


async def test_a_payment_needs_a_key_and_says_so_before_anything_about_its_body(house: House, guest: Guest) -> None:
    await guest.order(house.here)
    for body in ({"paymentMethod": "card"}, {"paymentMethod": "shells"}, {}):
        answer = await guest.post("/payment", body)
        assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_required")
    assert (await guest.view())["payments"] == {}


@pytest.mark.parametrize("key", ["with space", "ä", "x" * 256])
async def test_a_key_is_short_printable_text(guest: Guest, key: str) -> None:
    headers = {b"idempotency-key": key.encode()}
    answer = await guest.http.post(f"{guest.path}/payment", json={"paymentMethod": "card"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


async def test_a_double_tap_is_one_payment_and_two_equal_answers(house: House, guest: Guest) -> None:
    """F03."""
    await guest.order(house.here)
    first = await guest.pay("tap")
    second = await guest.pay("tap")
    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert second.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert len((await guest.view())["payments"]) == 1


async def test_two_taps_at_once_are_one_payment(house: House, guest: Guest) -> None:
    """F05: whoever comes while the first runs is told to come again, and then hears the same answer."""
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
    """F04."""
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


async def collected(house: House, card: str) -> str:
    """What the card form hands over instead of confirming by itself."""
    key = {"authorization": "Bearer sk_test_sandbox"}
    async with httpx2.AsyncClient(base_url=house.sandbox.url, trust_env=False) as stripe:
        made = await stripe.post("/v1/test_helpers/confirmation_tokens", data={"payment_method": card}, headers=key)
    return str(made.json()["id"])


async def test_a_token_creates_and_confirms_in_one_step_and_another_one_tries_another_card(
    house: House, guest: Guest
) -> None:
    await guest.order(house.here)
    declined = await guest.pay(confirmationToken=await collected(house, "pm_card_visa_chargeDeclined"))
    started = declined.json()
    assert (declined.status_code, started["status"], started["decline"]) == (201, "awaiting", "generic_decline")
    body = {"confirmationToken": await collected(house, "pm_card_visa")}
    path = f"{V1}/payments/{started['id']}/pay"
    assert (await guest.http.post(path, json=body)).json()["code"] == "idempotency_key_required"
    paid = await guest.http.post(path, json=body, headers=keyed("second-card"))
    assert (paid.status_code, paid.json()["status"]) == (200, "succeeded")
    again = await guest.http.post(path, json=body, headers=keyed("second-card"))
    assert again.headers["idempotent-replayed"] == "true"
    late = await guest.http.post(path, json=body, headers=keyed())
    assert (late.status_code, late.json()["code"]) == (409, "already_paid")


async def test_a_bank_that_asks_is_answered_in_the_browser(house: House, guest: Guest) -> None:
    await guest.order(house.here)
    token = await collected(house, "pm_card_authenticationRequired")
    asked = (await guest.pay(confirmationToken=token)).json()
    assert (asked["status"], asked["nextAction"]) == ("awaiting", "requires_action")
    assert asked["clientSecret"].startswith("pi_")


async def test_only_the_payer_tries_a_card(house: House, guest: Guest, waiter: Member) -> None:
    second = await sit(house, table=guest.table)
    await guest.order(house.here)
    started = (await guest.pay()).json()
    body, path = {"confirmationToken": "ctoken_1"}, f"{V1}/payments/{started['id']}/pay"
    assert (await second.http.post(path, json=body, headers=keyed())).status_code == 404
    staff = await waiter.http.post(path, json=body, headers=keyed())
    assert (staff.status_code, staff.json()["code"]) == (403, "forbidden")


async def test_a_tip_has_a_bound(house: House, guest: Guest) -> None:
    await guest.order(house.here)
    for tip, status in ((100_01, 422), (100_00, 201)):
        assert (await guest.pay(tipAmount=tip)).status_code == status


async def test_cash_given_and_change_stand_on_the_answer_and_on_the_receipt(
    house: House, guest: Guest, waiter: Member
) -> None:
    await guest.order(house.here)
    started = (await guest.pay(paymentMethod="cash", tipAmount=100)).json()
    path = f"/payments/{started['id']}/confirm"
    short = await waiter.at(guest, path, {"given": 1678}, key=new_id())
    assert (short.status_code, short.json()["amount"]) == (422, 1679)
    await waiter.at(guest, path, {"given": 2000}, key=new_id())
    told = (await guest.http.get(f"{V1}/payments/{started['id']}")).json()
    assert (told["given"], told["change"]) == (2000, 321)
    receipt = (await guest.http.get(f"{V1}/payments/{started['id']}/receipt")).json()["payment"]
    assert (receipt["given"], receipt["change"]) == (2000, 321)


async def test_a_terminals_slip_has_a_reference(house: House, guest: Guest, waiter: Member) -> None:
    await guest.order(house.here)
    started = (await guest.pay(paymentMethod="terminal")).json()
    body = {"reference": "slip 4711"}
    await waiter.at(guest, f"/payments/{started['id']}/confirm", body, key=new_id())
    assert (await guest.http.get(f"{V1}/payments/{started['id']}")).json()["reference"] == "slip 4711"


async def test_the_payment_status_says_who_owes_what(house: House, guest: Guest) -> None:
    second = await sit(house, table=guest.table)
    await guest.order(house.here)
    await second.order(house.here, "Bread")
    await guest.pay(tipAmount=50)
    told = (await second.get("/payment-status")).json()
    assert told["guests"][guest.id] == {"due": 0, "reserved": 1579, "settled": 0}
    assert told["guests"][second.id] == {"due": 300, "reserved": 0, "settled": 0}
    assert (told["currency"], told["tipAmount"], told["refundedAmount"]) == ("USD", 0, 0)
    assert (told["canAcceptNewPayment"], told["payments"][0]["status"]) == (True, "awaiting")
    assert "lastPaymentAt" not in told


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


@pytest.mark.parametrize("path", ["/merge", "/lines/x/move"])
async def test_what_comes_later_does_not_answer_yet(guest: Guest, path: str) -> None:
    assert (await guest.post(path)).status_code == 404


async def test_pdf_receipts_do_not_answer_yet(guest: Guest) -> None:
    assert (await guest.http.get(f"{V1}/payments/{new_id()}/receipt.pdf")).status_code == 404
