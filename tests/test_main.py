"""Where the parts meet: what is opened is closed, and a wrong database or provider is said in time."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.main import OutdatedSchema, create_app, limits, open_desk, opened, policies, site
from app.web.metrics import Metrics
from realtime.uvicorn_protocol import FastWebSocketProtocol
from tests.actions.conftest import MakeDatabase, furnished, pytest_generate_tests, url
from tests.nodes import settings
from tests.services import free_port

__all__ = ["furnished", "pytest_generate_tests", "url"]


async def test_a_database_of_an_older_shape_is_refused_in_words(make_database: MakeDatabase) -> None:
    given = settings(await make_database("sqlite"), port=8000)
    async with AsyncExitStack() as stack:
        with pytest.raises(OutdatedSchema, match="splittable migrate"):
            await open_desk(given, stack)


async def test_whatever_is_opened_is_closed(url: str) -> None:
    before = asyncio.all_tasks()
    async with opened(settings(url, port=8000), Metrics()) as state:
        assert state["hub"].is_ready
        assert set(state["probes"]) == {"db", "stripe"}
        await state["probes"]["db"]()
        with pytest.raises(ConnectionError):
            await state["probes"]["stripe"]()
    assert {task for task in asyncio.all_tasks() - before if not task.done()} == set()


async def test_with_redis_there_is_a_probe_for_it(url: str, redis_url: str) -> None:
    async with opened(settings(url, port=8000, redis_url=redis_url), Metrics()) as state:
        await state["probes"]["redis"]()


async def test_a_node_shows_its_figures(url: str, serve: Callable[..., Any]) -> None:
    port = free_port()
    app = create_app(settings(url, port=port))
    async with serve(app, ws=FastWebSocketProtocol, port=port) as at, httpx.AsyncClient(base_url=at.url) as http:
        told = (await http.get("/metrics")).text
        health = (await http.get("/health")).json()
    assert "splittable_realtime_sockets 0.0" in told
    assert "splittable_log_waiting 0.0" in told
    assert health["checks"] == {"db": "ok", "redis": "off", "stripe": "failing", "realtime": "ok"}


def test_settings_reach_the_rooms_that_need_them() -> None:
    chosen: dict[str, Any] = {"session_grace_s": 60, "payment_lifetime_s": 90, "ping_interval_s": 7}
    chosen |= {"frame_bytes_max": 2048}
    given = settings("sqlite+aiosqlite:///x", port=8000, **chosen)
    assert policies(given).session_grace == timedelta(seconds=60)
    assert policies(given).payment_lifetime == timedelta(seconds=90)
    assert (limits(given).ping_s, limits(given).frame_bytes) == (7, 2048)
    assert site(given).pay == {"js": "http://127.0.0.1:9/stripe.js", "publishableKey": "pk_test_sandbox"}
    assert site(given).payment_origin == "http://127.0.0.1:9"
