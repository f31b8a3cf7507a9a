import asyncio

import pytest

from app.domain.ledger import PROVIDER_FEES
from app.storage import fees, ledger
from app.storage.database import Database
from app.storage.log import Booking, Conflict, Log, Put
from tests.storage.making import HOUSE, NOON, append, facts, opening, payment

ORDER = {"bill_receivable": 1579, "sales:88750": -1450, "tax:88750": -129}
LATER = NOON.replace(hour=13)


def booking(seq: int, amounts: dict[str, int] = ORDER, kind: str = "order.placed") -> Booking:
    return Booking(seq, kind, "USD", amounts)


async def test_entries_are_written_with_their_event_or_not_at_all(database: Database, log: Log) -> None:
    await log.append(opening("s1", facts=facts(1, 2), bookings=(booking(2),)))
    with pytest.raises(Conflict):
        await log.append(append("s1", 1, bookings=(booking(3),)))
    async with database.read() as session:
        found = await ledger.of_stream(session, "s1")
    assert sorted(found) == sorted(("s1.2", account, amount) for account, amount in ORDER.items())
    assert await ledger.unbalanced(database) == []


async def test_what_was_booked_is_added_up_by_account_and_kind_within_a_time(database: Database, log: Log) -> None:
    await log.append(opening("s1", facts=facts(1, 2), bookings=(booking(1), booking(2))))
    paid = booking(3, {"cash_drawer": 1579, "bill_receivable": -1579}, "payment.succeeded")
    await log.append(append("s1", 2, bookings=(paid,), at=LATER))
    early = {(each.account, each.kind): each for each in await ledger.totals(database, HOUSE, NOON, LATER)}
    assert (early["tax:88750", "order.placed"].amount, early["tax:88750", "order.placed"].count) == (-258, 2)
    assert ("cash_drawer", "payment.succeeded") not in early
    end = LATER.replace(hour=14)
    assert (await ledger.balances(database, HOUSE, end))["bill_receivable"] == 1579
    assert await ledger.balances(database, "another", end) == {}
    assert await ledger.streams_with(database, HOUSE, "cash_drawer", LATER, end) == {"s1": 1579}


def test_entries_that_do_not_add_up_are_never_made() -> None:
    with pytest.raises(ValueError, match="add up"):
        ledger.entries("fee:1", "fee", {"a": 1, "b": -2}, restaurant=HOUSE, currency="USD", at=NOON)


def test_the_first_event_that_is_booked_otherwise_is_named() -> None:
    right = [("s1.2", account, amount) for account, amount in ORDER.items()]
    assert list(ledger.differences("s1", right, {2: ORDER})) == []
    assert list(ledger.differences("s1", [*right, ("fee:p:1", "stripe_clearing", 1)], {2: ORDER})) == []
    ((seq, what),) = ledger.differences("s1", right[1:], {2: ORDER, 3: ORDER})
    assert (seq, what) == (2, "the ledger says bill_receivable 0, not 1579")
    ((seq, what),) = ledger.differences("s1", right, {})
    assert (seq, what) == (2, "the ledger has entries of an event that books nothing")


async def test_a_fee_that_several_nodes_hear_of_is_booked_once(database: Database, log: Log) -> None:
    row = payment("s1", state="succeeded", charge_id="ch_1", captured=1000)
    await log.append(opening("s1", rows=(Put(row),)))
    assert await fees.missing(database, NOON, LATER) == [row.id]
    told = [fees.book(database, row, PROVIDER_FEES, 59, LATER, destination=None) for _ in range(4)]
    assert sorted(await asyncio.gather(*told)) == [False, False, False, True]
    assert await fees.book(database, row, PROVIDER_FEES, 30, LATER, destination=None)
    assert (await ledger.balances(database, HOUSE, LATER.replace(hour=14)))["provider_fees"] == 30
    assert await fees.missing(database, NOON, LATER) == []
