import sqlalchemy as sa

from app.actions import backlog, proof
from app.storage import ledger
from app.storage.database import execute
from app.storage.verify import verify
from tests.actions.evening import Evening
from tests.actions.test_drawer import cash


async def test_what_happened_before_the_ledger_is_booked_once_and_as_it_would_have_been(evening: Evening) -> None:
    await cash(evening, "Ana", "Burger", given=2000)
    await evening.seat("Bob", "2")
    database = evening.desk.database
    before = await ledger.balances(database, evening.restaurant, evening.clock())
    trigger = "ledger_entries_are_kept" + ("_DELETE" if database.dialect == "sqlite" else " ON ledger_entries")
    async with database.write() as session:  # As a database from before looks after its migration.
        await execute(session, sa.text(f"DROP TRIGGER {trigger}"))
        await execute(session, sa.text("DELETE FROM ledger_entries"))
    assert not (await verify(database, proof.replay)).is_clean
    assert [await backlog.book_missing(database), await backlog.book_missing(database)] == [1, 0]
    assert await ledger.balances(database, evening.restaurant, evening.clock()) == before
    assert (await verify(database, proof.replay)).faults == []
