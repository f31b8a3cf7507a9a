from datetime import timedelta

import pytest

from app.storage import staff
from app.storage.database import Database
from app.storage.guests import hashed
from app.storage.tables import Staff, StaffSession
from tests.storage.making import HOUSE, NOON

LATER = NOON + timedelta(hours=14)


@pytest.fixture(autouse=True)
async def waiter(database: Database) -> None:
    wes = Staff(
        id="w1",
        restaurant_id=HOUSE,
        email=" Wes@Casa.test ",
        name="Wes",
        role="waiter",
        password_hash="a",
        created_at=NOON,
    )
    await staff.save(database, wes)
    login = StaffSession(id="l1", staff_id="w1", token_hash=hashed("secret"), created_at=NOON, expires_at=LATER)
    await staff.log_in(database, login)


async def test_an_account_is_found_however_its_address_is_capitalised(database: Database) -> None:
    found = await staff.by_email(database, "WES@casa.test")
    assert found is not None
    assert (found.id, found.email) == ("w1", "wes@casa.test")
    assert await staff.by_email(database, "nobody@casa.test") is None


async def test_a_login_ends_by_time_and_by_logging_out(database: Database) -> None:
    assert (await staff.by_token(database, "secret", NOON)) is not None
    assert await staff.by_token(database, "guess", NOON) is None
    assert await staff.by_token(database, "secret", LATER) is None
    await staff.log_out(database, "secret", NOON)
    assert await staff.by_token(database, "secret", NOON) is None


async def test_every_login_of_somebody_can_be_revoked_at_once(database: Database) -> None:
    second = StaffSession(id="l2", staff_id="w1", token_hash=hashed("tablet"), created_at=NOON, expires_at=LATER)
    await staff.log_in(database, second)
    await staff.revoke_all(database, "w1", NOON)
    assert await staff.by_token(database, "secret", NOON) is None
    assert await staff.by_token(database, "tablet", NOON) is None


async def test_who_does_not_work_here_any_more_is_not_let_in(database: Database) -> None:
    wes = await staff.by_id(database, "w1")
    assert wes is not None
    wes.active = False
    await staff.save(database, wes)
    assert await staff.by_token(database, "secret", NOON) is None
    assert await staff.by_email(database, "wes@casa.test") is None


async def test_a_hash_can_be_replaced_by_a_costlier_one(database: Database) -> None:
    await staff.rehash(database, "w1", "b")
    wes = await staff.by_id(database, "w1")
    assert wes is not None
    assert wes.password_hash == "b"
