import pytest
import sqlalchemy as sa

from app.storage import audit, guests, inbox, privacy
from app.storage.audit import Entry
from app.storage.columns import table_of
from app.storage.database import Database, execute
from app.storage.log import Add, Log, Put
from app.storage.sealing import Sealer
from app.storage.tables import InboxRow
from tests.storage.making import NOON, opening, payment, seat

NEW = "another key of thirty-two characters"


@pytest.fixture(autouse=True)
async def visit(database: Database, log: Log) -> None:
    paid = payment("s1", id="p1", guest_id="ana", intent_id="pi_1", charge_id="ch_1")
    paid.card_brand, paid.card_last4 = "visa", "4242"
    rows = (Add(seat("s1", "ana")), Put(guests.named(database.sealer, "s1", "ana", "Ana")), Put(paid))
    await log.append(opening("s1", rows=rows))
    await inbox.receive(database, event("evt_1", "pi_1"))
    await inbox.receive(database, event("evt_2", "pi_2"))


def event(name: str, about: str) -> InboxRow:
    return InboxRow(
        source="stripe",
        event_id=name,
        type="payment_intent.succeeded",
        object_id=about,
        body=b"{}",
        payload=b'{"billing_details": {"name": "Ana"}}',
        received_at=NOON,
        next_at=NOON,
    )


async def count(database: Database, what: str) -> int:
    return int((await database.rows(sa.text(f"SELECT count(*) FROM {what}")))[0][0])


def said(erased: object) -> Entry:
    return Entry("r1", NOON, "anna", "person.erased", "ana", detail={"erased": str(erased)})


async def test_whatever_says_who_somebody_was_goes_and_amounts_stay(database: Database) -> None:
    erased = await privacy.erase(database, "s1", "ana", said)
    assert erased == {"names": 1, "sessions": 1, "contacts": 0, "events": 1, "cards": 1}
    assert await guests.names(database, "s1") == {}
    assert await count(database, "guest_sessions") == 0
    assert await count(database, "inbox WHERE payload IS NULL AND event_id = 'evt_1'") == 1
    assert await count(database, "inbox WHERE payload IS NULL") == 1
    assert await count(database, "payments WHERE card_last4 IS NULL AND amount = 1000 AND intent_id = 'pi_1'") == 1
    (entry,) = await audit.newest(database, "r1")
    assert entry.entry.what == "person.erased"


async def test_others_are_left_alone(database: Database) -> None:
    erased = await privacy.erase(database, "s2", "ana", said)
    assert set(erased.values()) == {0}
    assert await guests.names(database, "s1") == {"ana": "Ana"}


async def test_an_erasure_without_its_entry_does_not_happen(database: Database) -> None:
    def broken(_erased: object) -> Entry:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await privacy.erase(database, "s1", "ana", broken)
    assert await guests.names(database, "s1") == {"ana": "Ana"}


async def test_after_a_rotation_the_old_key_is_needed_no_more(database: Database, url: str) -> None:
    async with database.write() as session:
        await execute(session, sa.text("INSERT INTO guest_names (guest_id, stream, name) VALUES ('ben', 's1', 'Ben')"))
    assert await privacy.reseal(database) == 1
    rotating = await Database.open(url, sealer=Sealer((NEW, *OLD)))
    assert [await privacy.reseal(rotating) for _ in range(2)] == [4, 0]
    await rotating.close()
    later = await Database.open(url, sealer=Sealer((NEW,)))
    assert await guests.names(later, "s1") == {"ana": "Ana", "ben": "Ben"}
    async with later.read() as session:
        row = await session.get_one(InboxRow, ("stripe", "evt_1"))
    assert inbox.payload(later, row) == b'{"billing_details": {"name": "Ana"}}'
    await later.close()


OLD = ("development-only-key-for-data-of-nobody",)


async def test_what_no_key_opens_stays_as_it_is(database: Database, url: str) -> None:
    stranger = await Database.open(url, sealer=Sealer((NEW,)))
    assert await privacy.reseal(stranger) == 0
    await stranger.close()
    assert await guests.names(database, "s1") == {"ana": "Ana"}


def test_every_sealed_column_exists() -> None:
    for one in privacy.SEALED:
        assert {one.column, one.key} <= set(table_of(one.table).c.keys())
