import asyncio
from datetime import datetime, timedelta

from app.storage import idempotency
from app.storage.database import Database
from app.storage.idempotency import STALE, InProgress, OtherBody, Replay, Started, Verdict
from app.storage.log import Log
from tests.storage.making import NOON, opening

HOUR = timedelta(hours=1)


async def begin(database: Database, body: bytes = b"a", subject: str = "p1", now: datetime = NOON) -> Verdict:
    return await idempotency.begin(database, "r1:g1", "key", body, subject=subject, now=now)


async def complete(database: Database, status: int) -> None:
    await idempotency.complete(database, "r1:g1", "key", status=status, body=b"{}", now=NOON)


async def test_a_request_is_done_once_and_answered_again(database: Database) -> None:
    assert await begin(database) == Started("p1", resumed=False)
    await complete(database, 201)
    assert await begin(database, subject="p2") == Replay(201, b"{}")


async def test_of_many_at_once_one_is_started(database: Database) -> None:
    verdicts = await asyncio.gather(*(begin(database) for _ in range(8)))
    assert sorted(type(verdict).__name__ for verdict in verdicts) == ["InProgress"] * 7 + ["Started"]
    assert InProgress(60) in verdicts


async def test_another_body_is_not_the_same_request(database: Database) -> None:
    await begin(database)
    assert await begin(database, b"b") == OtherBody()
    await complete(database, 201)
    assert await begin(database, b"b") == OtherBody()


async def test_keys_of_others_are_others(database: Database) -> None:
    await begin(database)
    other = await idempotency.begin(database, "r1:g2", "key", b"b", subject="p2", now=NOON)
    assert other == Started("p2", resumed=False)


async def test_a_dead_request_is_gone_on_with_by_one(database: Database) -> None:
    await begin(database)
    assert await begin(database, now=NOON + STALE) == InProgress(1)
    later = NOON + STALE + timedelta(seconds=1)
    verdicts = await asyncio.gather(*(begin(database, subject="p2", now=later) for _ in range(4)))
    assert verdicts.count(Started("p1", resumed=True)) == 1
    assert verdicts.count(InProgress(60)) == 3


async def test_our_own_error_is_not_an_answer(database: Database) -> None:
    await begin(database)
    await complete(database, 503)
    assert await begin(database, subject="p2") == Started("p1", resumed=True)
    await idempotency.release(database, "r1:g1", "key", NOON)
    assert await begin(database, subject="p3") == Started("p1", resumed=True)


async def test_a_success_is_kept_for_a_day_and_a_refusal_for_an_hour(database: Database) -> None:
    for status, kept in ((201, 24 * HOUR), (409, HOUR)):
        key = str(status)
        await idempotency.begin(database, "s", key, b"a", subject="p1", now=NOON)
        await idempotency.complete(database, "s", key, status=status, body=b"{}", now=NOON)
        just_before = NOON + kept - timedelta(seconds=1)
        same = await idempotency.begin(database, "s", key, b"a", subject="p2", now=just_before)
        assert same == Replay(status, b"{}")
        fresh = await idempotency.begin(database, "s", key, b"b", subject="p2", now=NOON + kept)
        assert fresh == Started("p2", resumed=False)


async def test_the_answer_can_be_kept_by_the_append_that_earns_it(database: Database, log: Log) -> None:
    await begin(database)
    row = idempotency.completed("r1:g1", "key", status=201, body=b"{}", now=NOON)
    await log.append(opening("s1", rows=(row,)))
    assert await begin(database) == Replay(201, b"{}")


async def test_what_is_past_its_time_is_purged(database: Database) -> None:
    await begin(database)
    assert await idempotency.purge(database, NOON + HOUR) == 0
    assert await idempotency.purge(database, NOON + 24 * HOUR) == 1
