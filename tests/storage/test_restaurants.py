from datetime import timedelta

from app.storage import restaurants
from app.storage.database import Database
from app.storage.log import Log
from tests.storage.making import HOUSE, NOON, append, opening


async def test_the_floor_is_every_table_with_its_open_visit(database: Database, log: Log) -> None:
    await log.append(opening("over", "t1", status="closed"))
    await log.append(opening("s1", "t2", status="settling", summary={"total": 1200}))
    floor = await restaurants.floor(database, HOUSE)
    assert [place.table.id for place in floor] == ["t1", "t2", "t3"]
    assert [place.session and place.session.id for place in floor] == [None, "s1", None]
    visit = floor[1].session
    assert visit is not None
    assert (visit.version, visit.status, visit.opened_at, visit.summary) == (1, "settling", NOON, {"total": 1200})
    assert await restaurants.floor(database, "another house") == []


async def test_one_table_of_the_floor(database: Database, log: Log) -> None:
    await log.append(opening("s1", "t2"))
    place = await restaurants.floor_table(database, "t2")
    assert place is not None
    assert place.session is not None
    assert place.session.id == "s1"
    assert await restaurants.floor_table(database, "nowhere") is None


async def test_a_table_knows_its_open_visit(database: Database, log: Log) -> None:
    assert await restaurants.open_session(database, "t1") is None
    await log.append(opening("s1"))
    visit = await restaurants.open_session(database, "t1")
    assert visit is not None
    assert visit.id == "s1"
    await log.append(append("s1", 1, status="abandoned"))
    assert await restaurants.open_session(database, "t1") is None
    assert (await restaurants.table_session(database, "s1")) is not None
    assert await restaurants.open_sessions(database, HOUSE) == []


async def test_a_visit_in_which_nothing_happens_is_idle(database: Database, log: Log) -> None:
    await log.append(opening("s1", "t1"))
    await log.append(opening("s2", "t2", at=NOON + timedelta(hours=1)))
    await log.append(opening("s3", "t3", status="closed"))
    idle = await restaurants.idle_sessions(database, NOON + timedelta(minutes=1))
    assert [row.id for row in idle] == ["s1"]
    assert [row.id for row in await restaurants.open_sessions(database, HOUSE)] == ["s1", "s2"]


async def test_a_rotated_code_needs_a_higher_version(database: Database) -> None:
    before = await restaurants.table(database, "t1")
    assert before is not None
    assert await restaurants.rotate_code(database, "t1") == before.code_version + 1
    assert await restaurants.rotate_code(database, "nowhere") is None


async def test_a_table_is_to_be_cleaned_when_its_visit_closes(database: Database, log: Log) -> None:
    await log.append(opening("s1", status="closed", rows=(restaurants.serviced("t1", "to_clean"),)))
    assert [table.service for table in await restaurants.tables(database, HOUSE)] == ["to_clean", "free", "free"]
    await restaurants.set_service(database, "t1", "free")
    assert [table.service for table in await restaurants.tables(database, HOUSE)] == ["free", "free", "free"]


async def test_the_pin_of_a_visit_can_change(database: Database, log: Log) -> None:
    await log.append(opening("s1"))
    await restaurants.set_pin(database, "s1", "4711")
    visit = await restaurants.table_session(database, "s1")
    assert visit is not None
    assert visit.pin == "4711"


async def test_a_house_that_was_changed_is_kept(database: Database) -> None:
    house = await restaurants.restaurant(database, HOUSE)
    assert house is not None
    house.join_policy = "pin"
    house.tip_presets = [100_000, 150_000]
    await restaurants.save(database, house)
    assert [(row.join_policy, row.tip_presets) for row in await restaurants.restaurants(database)] == [
        ("pin", [100_000, 150_000])
    ]
