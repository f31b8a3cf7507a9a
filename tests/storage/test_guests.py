import pytest
import sqlalchemy as sa

from app.storage import guests
from app.storage.database import Database
from app.storage.log import Add, Log, Put, Taken
from app.storage.sealing import Sealer
from tests.storage.making import NOON, opening, seat


@pytest.fixture(autouse=True)
async def visit(log: Log, database: Database) -> None:
    ana = seat("s1", "ana", guests.hashed("ana's phone"))
    ana.token_hash = guests.hashed("secret")
    await log.append(opening("s1", rows=(Add(ana), Put(guests.named(database.sealer, "s1", "ana", "Ana")))))


async def test_a_token_stands_for_its_guest_until_it_is_revoked(database: Database) -> None:
    found = await guests.by_token(database, "secret")
    assert found is not None
    assert (found.guest_id, found.stream, found.approved) == ("ana", "s1", True)
    assert await guests.by_token(database, "guess") is None
    await guests.revoke(database, "s1", "ana", NOON)
    assert await guests.by_token(database, "secret") is None


async def test_the_seats_of_a_table_share_what_they_have_in_common(database: Database) -> None:
    ben = seat("s1", "ben", guests.hashed("ben's phone"))
    ben.token_hash = guests.hashed("ben's secret")
    await guests.add(database, ben)
    tokens = ["secret", "ben's secret", "guess"]
    found = await guests.seats(database, tokens)
    assert {token: seat.guest_id for token, seat in found.items()} == {"secret": "ana", "ben's secret": "ben"}
    assert found["secret"].stream is found["ben's secret"].stream
    assert found["secret"].restaurant_id is found["ben's secret"].restaurant_id
    await guests.revoke(database, "s1", "ben", NOON)
    assert set(await guests.seats(database, tokens)) == {"secret"}


async def test_a_device_finds_its_seat_again_and_gets_a_new_token(database: Database) -> None:
    await guests.revoke(database, "s1", "ana", NOON)
    found = await guests.by_device(database, "s1", "ana's phone")
    assert found is not None
    await guests.renew(database, found.id, "second secret")
    assert await guests.by_token(database, "secret") is None
    renewed = await guests.by_token(database, "second secret")
    assert renewed is not None
    assert renewed.guest_id == "ana"
    assert await guests.by_device(database, "s1", "another phone") is None


async def test_a_device_has_one_seat_in_a_visit(database: Database) -> None:
    with pytest.raises(Taken):
        await guests.add(database, seat("s1", "ben", guests.hashed("ana's phone")))


async def test_somebody_waits_until_they_are_let_in_once(database: Database) -> None:
    ben = seat("s1", "ben")
    ben.approved = False
    await guests.add(database, ben)
    assert [row.approved for row in await guests.sessions(database, "s1")] == [True, False]
    assert await guests.approve(database, "s1", "ben")
    assert not await guests.approve(database, "s1", "ben")
    assert not await guests.approve(database, "s1", "nobody")


async def test_names_lie_beside_the_log_and_can_change(database: Database) -> None:
    await guests.name(database, "s1", "ben", "Ben")
    await guests.name(database, "s1", "ana", "Anna")
    assert await guests.names(database, "s1") == {"ana": "Anna", "ben": "Ben"}
    assert await guests.names(database, "s2") == {}
    await guests.name(database, "s2", "cem", "Cem")
    assert await guests.names_at(database, ["s1", "s2", "s3"]) == {
        "s1": {"ana": "Anna", "ben": "Ben"},
        "s2": {"cem": "Cem"},
    }


async def test_what_lies_in_the_database_does_not_say_the_name(database: Database) -> None:
    (kept,) = await database.rows(sa.text("SELECT name FROM guest_names"))
    assert kept[0].startswith(database.sealer.prefix)
    assert "Ana" not in kept[0]


async def test_a_name_whose_key_is_lost_is_left_out(database: Database, url: str) -> None:
    stranger = await Database.open(url, sealer=Sealer(("another key",)))
    assert await guests.names(stranger, "s1") == {"ana": ""}
    await stranger.close()
