from datetime import datetime, timedelta

import pytest

from app.actions import proof, reconciling, webhooks
from app.actions.findings import raise_finding
from app.actions.reconciling import Report
from app.storage import findings, payments
from app.storage.tables import Payment
from app.storage.verify import verify
from tests.actions.evening import Evening, Provider
from tests.actions.test_holds import capture, tab
from tests.actions.test_webhooks import event, signed

HOUR = timedelta(hours=1)


async def _since(paying: Evening, hours: float = 24) -> Report:
    return await reconciling.reconcile(paying.desk, paying.desk.now() - hours * HOUR)


async def _ordered(paying: Evening, *dishes: str) -> str:
    ana = await paying.seat("Ana")
    await paying.order(ana, *(dishes or ("Burger",)))
    return ana.stream


async def _paid(paying: Evening, provider: Provider) -> Payment:
    """A payment that the provider has taken, and we have not looked at."""
    ana = await paying.seat("Ana")
    await paying.order(ana, "Burger")
    started = await paying.pay(ana, ana.stream, tipAmount=100)
    await provider.confirm(started)
    row = await payments.payment(paying.desk.database, started.id)
    assert row is not None
    return row


async def _intent(paying: Evening, provider: Provider, stream: str, amount: int, **metadata: str) -> str:
    """Money that the provider has of ours and that no backup knows of; the id of its payment."""
    payment = paying.desk.new_id()
    named = {"payment": payment, "table_session": stream, "restaurant": paying.restaurant, "environment": "development"}
    data = {f"metadata[{name}]": value for name, value in {**named, **metadata}.items()}
    data |= {"amount": str(amount), "currency": "usd", "confirm": "true", "payment_method": "pm_card_visa"}
    data |= {"return_url": "http://x.example"}
    key = {"authorization": "Bearer sk_test_sandbox", "idempotency-key": f"pay:{payment}:create"}
    made = await provider.http.post("/v1/payment_intents", data=data, headers=key)
    assert made.json()["status"] == "succeeded", made.text
    return payment


async def _open(paying: Evening) -> dict[str, int]:
    return await findings.counts(paying.desk.database)


async def test_days_that_agree_leave_nothing(paying: Evening, provider: Provider) -> None:
    row = await _paid(paying, provider)
    await paying.desk.gateway.ping()
    paying.clock.pass_(seconds=31)
    await paying.work()
    report = await _since(paying)
    assert (report.intents, report.repaired, report.differences) == (1, 0, 0)
    assert (await paying.bill(row.stream)).status == "settled"
    assert await _open(paying) == {}


async def test_money_that_we_have_not_seen_is_repaired_by_a_look(paying: Evening, provider: Provider) -> None:
    row = await _paid(paying, provider)
    report = await _since(paying)
    assert (report.repaired, report.differences) == (1, 0)
    assert (await paying.bill(row.stream)).status == "settled"
    again = await _since(paying)
    assert (again.repaired, again.differences) == (0, 0)


async def test_money_that_does_not_fit_its_payment_is_a_finding(paying: Evening, provider: Provider) -> None:
    stream = await _ordered(paying)
    row = await _paid(paying, provider)
    await _intent(paying, provider, stream, 999, payment=row.id)
    report = await _since(paying)
    assert (report.intents, report.differences) == (2, 1)
    assert await _open(paying) == {"missing_here": 1}
    assert (await paying.bill(row.stream)).payments[row.id].status == "succeeded"


async def test_a_payment_that_the_provider_has_lost_is_a_finding_until_it_is_there(
    paying: Evening, provider: Provider
) -> None:
    row = await _paid(paying, provider)
    paying.clock.pass_(hours=1)
    fault = {"operation": "payment_intents.retrieve", "status": 404, "code": "resource_missing", "times": 1}
    paying.clock.pass_(hours=1)
    await provider.fault("error", **fault)
    report = Report(paying.desk.now())
    await reconciling._missing_there(paying.desk, row, report)  # noqa: SLF001 - a list never forgets one
    assert report.differences == 1
    assert await findings.subjects(paying.desk.database, "missing_there") == {row.id}


async def test_what_a_restored_backup_lost_is_imported_and_nobody_is_charged_again(
    paying: Evening, provider: Provider
) -> None:
    """F56."""
    stream = await _ordered(paying, "Burger", "Pasta")
    payment = await _intent(paying, provider, stream, 1079, tip="100")
    report = await _since(paying)
    assert (report.imported, report.differences) == (1, 0)
    bill = await paying.bill(stream)
    assert (bill.payments[payment].amount, bill.payments[payment].tip, bill.unpaid) == (979, 100, 1580)
    row = await payments.payment(paying.desk.database, payment)
    assert row is not None
    assert row.evidence is not None
    assert (row.captured, row.evidence["imported"], row.next_look_at) == (1079, True, None)
    again = await _since(paying)
    assert (again.imported, again.differences) == (0, 0)
    assert (await verify(paying.desk.database, proof.replay)).faults == []
    assert len(await provider.journal("payment_intents.create")) == 1


async def test_an_event_about_a_lost_payment_imports_it_too(paying: Evening, provider: Provider) -> None:
    """F56."""
    stream = await _ordered(paying)
    payment = await _intent(paying, provider, stream, 1579)
    (intent,) = await provider.intents()
    raw = event(intent)
    await webhooks.receive(paying.desk, raw, signed(raw))
    await paying.work()
    bill = await paying.bill(stream)
    assert (bill.status, bill.payments[payment].status) == ("settled", "succeeded")


@pytest.mark.parametrize(
    ("amount", "metadata", "kind"),
    [
        (9999, {}, "missing_here"),
        (1579, {"table_session": "of a lost evening"}, "orphan"),
        (1579, {"table_session": "x", "restaurant": "of somebody else"}, "orphan"),
    ],
    ids=["more than is left", "a lost visit", "a lost restaurant"],
)
async def test_what_cannot_be_booked_is_left_to_people(
    paying: Evening, provider: Provider, amount: int, metadata: dict[str, str], kind: str
) -> None:
    stream = await _ordered(paying)
    await _intent(paying, provider, stream, amount, **metadata)
    report = await _since(paying)
    assert (report.imported, report.differences) == (0, 1)
    assert await _open(paying) == {kind: 1}
    assert (await paying.bill(stream)).payments == {}


async def test_other_servers_on_the_same_account_are_left_alone(paying: Evening, provider: Provider) -> None:
    stream = await _ordered(paying)
    await _intent(paying, provider, stream, 1579, environment="staging")
    report = await _since(paying)
    assert (report.intents, await _open(paying)) == (0, {})


async def test_a_refund_of_the_dashboard_is_found_in_the_list(paying: Evening, provider: Provider) -> None:
    row = await _paid(paying, provider)
    await _since(paying)
    newer = await payments.payment(paying.desk.database, row.id)
    assert newer is not None
    key = {"authorization": "Bearer sk_test_sandbox"}
    made = await provider.http.post("/v1/refunds", data={"payment_intent": newer.intent_id, "amount": 500}, headers=key)
    assert made.is_success, made.text
    report = await _since(paying)
    assert (report.refunds, report.repaired) == (1, 1)
    newest = await payments.payment(paying.desk.database, row.id)
    assert newest is not None
    assert newest.refunded == 500
    assert (await _since(paying)).repaired == 0


async def test_a_dispute_that_nobody_told_us_of_is_found_in_the_list(paying: Evening, provider: Provider) -> None:
    row = await _paid(paying, provider)
    await _since(paying)
    (intent,) = await provider.intents()
    opened = await provider.http.post("/_sandbox/disputes", json={"charge": intent["latest_charge"]})
    assert opened.is_success, opened.text
    report = await _since(paying)
    assert (report.disputes, report.repaired) == (1, 1)
    assert (await paying.bill(row.stream)).payments[row.id].disputed
    assert (await _since(paying)).repaired == 0


async def test_tabs_open_and_captured_are_no_difference(paying: Evening, provider: Provider) -> None:
    ana, ben = await paying.seat("Ana"), await paying.seat("Ben", "2")
    hold = await tab(paying, provider, ana)
    await paying.order(ana, "Burger")
    await capture(paying, hold.id, ana)
    await tab(paying, provider, ben)
    report = await _since(paying)
    assert (report.intents, report.repaired, report.differences) == (2, 0, 0)
    assert await _open(paying) == {}


async def test_a_payment_open_for_a_day_is_a_finding_until_it_ends(paying: Evening, provider: Provider) -> None:
    ana = await paying.seat("Ana")
    await paying.order(ana, "Burger")
    started = await paying.pay(ana, ana.stream)
    await reconciling.find_open_too_long(paying.desk)
    assert await _open(paying) == {}
    paying.clock.pass_(hours=24, minutes=1)
    await reconciling.find_open_too_long(paying.desk)
    assert await findings.subjects(paying.desk.database, "open_24h") == {started.id}
    await provider.confirm(started)
    await reconciling.reconcile(paying.desk, datetime.fromtimestamp(0, tz=paying.desk.now().tzinfo))
    await reconciling.find_open_too_long(paying.desk)
    assert await _open(paying) == {}


async def test_a_finding_ends_when_the_object_is_right_by_now(paying: Evening, provider: Provider) -> None:
    row = await _paid(paying, provider)
    await raise_finding(paying.desk, "mismatch", row.id, stream=row.stream, facts={})
    await reconciling.look_again(paying.desk)
    assert await _open(paying) == {"mismatch": 1}
    await _since(paying)
    await reconciling.look_again(paying.desk)
    assert await _open(paying) == {}
