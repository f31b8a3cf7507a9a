"""One town for all tests of the engine, and what each of them leaves behind: nobody, and two nodes that run."""

from collections.abc import AsyncIterator, Iterator

import pytest
from hypothesis import settings

from tests import services
from tests.engine.town import Town, town
from tests.services import PostgresServer, RedisServer


@pytest.fixture(scope="session")
def own_postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL of these tests alone, which keeps its word when it crashes."""
    with services.postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def own_redis() -> Iterator[RedisServer]:
    """A Redis of these tests alone."""
    with services.redis_server() as server:
        yield server


@pytest.fixture(scope="session")
async def shared_town(
    own_postgres: PostgresServer, own_redis: RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Town]:
    """Two nodes that run; in a thorough run also until they have closed their last room."""
    async with town(tmp_path_factory.mktemp("town"), own_postgres, own_redis) as built:
        yield built
        if settings.get_current_profile_name() == "thorough":
            await built.up()
            await built.empty()


@pytest.fixture
async def built(shared_town: Town) -> AsyncIterator[Town]:
    """The town with both nodes up. Afterwards everybody leaves and the gauges are back at zero."""
    await shared_town.up()
    yield shared_town
    await shared_town.leave()
    await shared_town.idle()
