"""Where the channels of the bus live in a Redis Cluster."""

from __future__ import annotations

import pytest

from realtime.redis_lanes import Uncovered, servers_of, slot_of
from tests.services import RedisServer


@pytest.mark.parametrize(("name", "slot"), [(b"foo", 12182), (b"bar", 5061), (b"123456789", 12739)])
def test_a_name_has_the_slot_that_the_specification_gives_it(name: bytes, slot: int) -> None:
    assert slot_of(name) == slot


async def test_a_server_that_does_not_know_its_name_is_the_one_that_was_asked(redis_cluster: RedisServer) -> None:
    address = {"host": "127.0.0.1", "port": redis_cluster.port}
    assert await servers_of(address, [b"a", b"b"]) == [(address, [b"a", b"b"])]


async def test_a_slot_that_nobody_serves_is_no_place(redis_cluster: RedisServer) -> None:
    redis_cluster.order("CLUSTER", "DELSLOTS", str(slot_of(b"a")))
    with pytest.raises(Uncovered):
        await servers_of({"host": "127.0.0.1", "port": redis_cluster.port}, [b"a"])
