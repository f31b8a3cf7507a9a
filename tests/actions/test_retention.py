import asyncio
from pathlib import Path

import pytest

from app.actions import proof, retention
from app.actions.errors import NotFound
from app.storage import audit, ledger
from app.storage import retention as kept
from app.storage.verify import verify
from tests.actions.conftest import MakeDesk
from tests.actions.evening import Evening, Provider


async def ended(evening: Evening) -> str:
    """A visit that was paid for and closed."""
    guest = await evening.seat("Ana")
    await evening.order(guest, "Burger")
    started = await evening.pay(guest, guest.stream, paymentMethod="cash")
    await evening.do(evening.team["waiter"], guest.stream, "payment.confirm", payment=started.id)
    await evening.do(evening.team["waiter"], guest.stream, "session.close")
    return guest.stream


async def test_names_go_after_a_month_and_payments_after_seven_years(evening: Evening) -> None:
    stream, database = await ended(evening), evening.desk.database
    live = await evening.seat("Ben", "2")
    await retention.tidy(evening.desk)
    evening.clock.pass_(days=31)
    await retention.tidy(evening.desk)
    evening.desk.shelf.forget(stream)
    assert (await evening.bill(stream)).payments
    assert (await kept.sweep_sessions(database, evening.clock())).names == 0
    evening.clock.pass_(days=7 * 365)
    await retention.tidy(evening.desk)
    with pytest.raises(NotFound):
        await evening.bill(stream)
    assert (await evening.bill(live.stream)).guests
    report = await verify(database, proof.replay)
    assert report.faults == []
    assert [one.entry.subject for one in await audit.newest(database, evening.restaurant)] == [stream]


async def test_a_visit_is_forgotten_with_its_payments_and_their_journal_but_not_what_was_booked(
    paying: Evening, provider: Provider
) -> None:
    guest = await paying.seat("Ana")
    await paying.order(guest, "Burger")
    started = await paying.pay(guest, guest.stream)
    await provider.confirm(started)
    paying.clock.pass_(seconds=31)
    await paying.work()
    await paying.do(paying.team["waiter"], guest.stream, "session.close")
    later = paying.clock.now.replace(year=paying.clock.now.year + 10)
    before = await ledger.balances(paying.desk.database, paying.restaurant, later)
    assert await kept.forget(paying.desk.database, guest.stream, later, later)
    assert (await verify(paying.desk.database, proof.replay)).faults == []
    assert await ledger.balances(paying.desk.database, paying.restaurant, later) == before
    assert before["stripe_clearing"] == 1579


async def test_the_audit_log_goes_after_three_years(evening: Evening) -> None:
    await audit.note(
        evening.desk.database, audit.Entry(evening.restaurant, evening.clock(), "anna", "staff.login", "anna")
    )
    evening.clock.pass_(days=3 * 365 + 1)
    await retention.tidy(evening.desk)
    (left,) = await audit.newest(evening.desk.database, evening.restaurant)
    assert left.entry.what == "audit.forgotten"
    assert (await verify(evening.desk.database, proof.replay)).faults == []


async def test_the_heads_are_kept_where_the_operator_says(make_desk: MakeDesk, tmp_path: Path) -> None:
    evening = await Evening.at(await make_desk(heads_directory=tmp_path))
    await evening.seat("Ana")
    await retention.tidy(evening.desk)
    (file,) = await asyncio.to_thread(lambda: list(tmp_path.iterdir()))
    assert file.read_bytes().count(b'"head"') == 1
