"""What takes its time, looked at in the thorough run: outages, locks, shutdowns, two nodes, a restored backup."""

import asyncio
import os
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest
from hypothesis import settings

from app.storage import payments
from tests.actions.evening import Evening, open_desk
from tests.journeys.city import City, city, in_background
from tests.journeys.processes import ROOT
from tests.nodes import Phone, Problem, eventually

IS_THOROUGH = settings.get_current_profile_name() == "thorough"

pytestmark = pytest.mark.skipif(not IS_THOROUGH, reason="takes minutes: ./run test --all")

CREATE = "payment_intents.create"


async def _paid(built: City, phone: Phone, payment: str) -> None:
    await built.confirm(await built.known(phone, payment))
    await phone.until_view(lambda view: view["payments"][payment]["status"] == "succeeded")


def _status(view: dict[str, Any], payment: str) -> str:
    found: str = view["payments"][payment]["status"]
    return found


# F52


async def test_while_the_provider_is_away_nothing_is_lost_and_everything_goes_on_when_it_is_back(
    tmp_path: Path, url: str, house: Evening, redis_of: dict[str, object]
) -> None:
    """F52."""
    async with city(tmp_path, url, house, **redis_of) as built:
        await built.start()
        diners = [await built.diner(f"G{n}", str(n % 6 + 1)) for n in range(7)]
        built.built.sandbox.kill()
        doubtful = [(phone, await phone.pay()) for phone in diners[:5]]
        assert all(started["checking"] for _, started in doubtful)
        with pytest.raises(Problem) as refused:
            await diners[5].pay()
        assert (refused.value.status, refused.value.code) == (503, "provider_unavailable")
        assert diners[5].view["guests"][diners[5].guest]["reserved"] == 0
        cash = await diners[6].pay(paymentMethod="cash")
        assert cash["status"] == "awaiting"
        held = [phone.view["guests"][phone.guest]["reserved"] for phone, _ in doubtful]
        assert held == [started["amount"] for _, started in doubtful]
        await built.built.sandbox.start()
        await asyncio.gather(*(_paid(built, phone, started["id"]) for phone, started in doubtful))
        await _paid(built, diners[5], (await eventually(lambda: _again(diners[5])))["id"])
        await built.sound()


async def _again(phone: Phone) -> dict[str, Any] | None:
    try:
        started: dict[str, Any] = await phone.pay()
    except Problem as problem:
        if problem.code == "provider_unavailable":
            return None
        raise
    return started


# F51


async def test_a_webhook_that_cannot_be_stored_is_not_acknowledged_and_comes_again(
    tmp_path: Path, url: str, house: Evening, redis_of: dict[str, object], request: pytest.FixtureRequest
) -> None:
    """F51: 503, no partial effect, and one effect afterwards."""
    async with city(tmp_path, url, house, **redis_of) as built:
        await built.start()
        phone = await built.diner("Ana", "1")
        started = await phone.pay()
        async with _database_away(url, request):
            await built.confirm(started)
            await eventually(lambda: _answered(built, 503))
        await phone.until_view(lambda view: _status(view, started["id"]) == "succeeded")
        await eventually(lambda: _answered(built, 200))
        await built.sound()


async def _answered(built: City, status: int) -> bool:
    paid = [one for one in await built.events() if one["type"] == "payment_intent.succeeded"]
    return any(status in each["answers"] for one in paid for each in one["deliveries"])


@asynccontextmanager
async def _database_away(url: str, request: pytest.FixtureRequest) -> AsyncIterator[None]:
    """SQLite's file is locked by somebody; PostgreSQL throws everybody out and lets nobody in."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(_file(url), isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
            other.execute("ROLLBACK")
        return
    name = _file(url)
    await _administer(request, f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false', _thrown_out(name))
    yield
    await _administer(request, f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')


def _thrown_out(name: str) -> str:
    return f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"


async def _administer(request: pytest.FixtureRequest, *statements: str) -> None:
    server = request.getfixturevalue("postgres_url").replace("+asyncpg", "")
    connection = await asyncpg.connect(server)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


# F55


async def test_a_shutdown_in_the_middle_of_a_call_leaves_it_in_doubt_and_the_same_key_resolves_it(
    tmp_path: Path, url: str, house: Evening, redis_of: dict[str, object]
) -> None:
    """F55."""
    async with city(tmp_path, url, house, shutdown_timeout_s=1, **redis_of) as built:
        await built.start()
        phone = await built.diner("Ana", "1")
        slow = await built.fault("slow", operation=CREATE, effect="done")
        await in_background(phone.pay("one-key"))
        await built.struck(slow)
        await phone.until_view(lambda view: len(view["payments"]) > 0)
        await asyncio.to_thread(built.node.stop)
        (payment,) = phone.view["payments"]
        call = await payments.call(house.desk.database, f"pay:{payment}:create")
        assert call is not None
        assert (call.state, call.sends) == ("sent", 1)
        await built.heal()
        await built.node.start()
        await built.end_leases()
        await built.come_back()
        await _paid(built, phone, payment)
        assert len(await built.intents_of(payment)) == 1
        await built.sound()


# F54


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
async def test_two_nodes_send_nothing_twice(
    tmp_path: Path, url: str, house: Evening, redis_of: dict[str, object]
) -> None:
    """F54: each send is one of one node: the sandbox's journal has as many as the books."""
    async with city(tmp_path, url, house, **redis_of) as built:
        other, _ = built.built.node(url, port=None, **redis_of)
        await asyncio.gather(built.start(), other.start())
        diners = [await built.diner(f"G{n}", str(n % 6 + 1)) for n in range(12)]
        await built.fault("cut", operation=CREATE, effect="done", times=0, chance=0.5)
        started = await asyncio.gather(*(phone.pay() for phone in diners))
        await built.heal()
        pairs = list(zip(diners, started, strict=True))
        await asyncio.gather(*(_paid(built, phone, payment["id"]) for phone, payment in pairs))
        await built.sound()
        lines = Counter(line["key"] for line in await built.journal() if line["operation"] == CREATE)
        for payment in started:
            call = await payments.call(house.desk.database, f"pay:{payment['id']}:create")
            assert call is not None
            assert lines[call.key] == call.sends
        assert not any(line["status"] == 409 for line in await built.journal())


# F27


async def test_a_share_whose_time_is_over_is_free_only_when_the_provider_has_let_go(
    tmp_path: Path, url: str, house: Evening, redis_of: dict[str, object]
) -> None:
    """F27: the bank's question is a sign of life; who is silent is cancelled; who paid meanwhile has paid."""
    async with city(tmp_path, url, house, payment_lifetime_s=30, payment_lifetime_max_s=120, **redis_of) as built:
        await built.start()
        asked, silent, late = [await built.diner(name, str(n + 1)) for n, name in enumerate(("Ana", "Ben", "Cem"))]
        first, second, third = [await phone.pay() for phone in (asked, silent, late)]
        await built.fault("drop", payment=third["id"], times=0)
        await built.confirm(third)
        ends = asked.view["payments"][first["id"]]["expiresAt"]
        await built.confirm(first, "pm_card_threeDSecure2Required")
        await asyncio.gather(
            asked.until_view(lambda view: view["payments"][first["id"]].get("expiresAt", "") > ends, within_s=90),
            silent.until_view(lambda view: _status(view, second["id"]) == "canceled", within_s=90),
            late.until_view(lambda view: _status(view, third["id"]) == "succeeded", within_s=90),
        )
        assert silent.view["guests"][silent.guest]["reserved"] == 0
        assert (await built.intents_of(second["id"]))[0]["status"] == "canceled"
        await asked.call("POST", f"/payments/{first['id']}/cancel", {})
        await asked.until_view(lambda view: _status(view, first["id"]) == "canceled")
        await built.sound()


# F56


async def test_a_restored_backup_gets_its_payments_back_and_nobody_is_charged_again(
    tmp_path: Path, url: str, house: Evening, redis_of: dict[str, object], request: pytest.FixtureRequest
) -> None:
    """F56."""
    async with city(tmp_path, url, house, **redis_of) as built:
        await built.start()
        ana, ben = [await built.diner(name, str(n + 1)) for n, name in enumerate(("Ana", "Ben"))]
        bens = await ben.pay()
        await asyncio.to_thread(built.node.stop)
        backup = await _copied(url, request)
        await built.node.start()
        await built.come_back()
        anas = await ana.pay(tipAmount=200)
        cem = await built.diner("Cem", "3")
        cems = await cem.pay()
        for phone, started in ((ana, anas), (ben, bens), (cem, cems)):
            await _paid(built, phone, started["id"])
        built.node.kill()
        charged = len(await built.journal())
        _run("restored", backup)
        built.node.environment = {**built.node.environment, "SPLITTABLE_DATABASE_URL": backup}
        await built.node.start()
        async with _house(backup) as restored:
            for phone, started in ((ana, anas), (ben, bens)):
                await eventually(partial(_is_paid, restored, phone.stream, started["id"]))
            assert (await restored.bill(ana.stream)).payments[anas["id"]].tip == 200
            ana.epoch = ""
            await ana.connect(built.at)
            with pytest.raises(Problem) as refused:
                await ana.pay()
            assert refused.value.code in {"nothing_to_pay", "already_paid", "session_closed"}
            built.house = restored
            lost = await built.intents_of(cems["id"])
            assert [one["status"] for one in lost] == ["succeeded"]
            posts = [line for line in (await built.journal())[charged:] if line["method"] == "POST"]
            assert posts == []


async def _is_paid(house: Evening, stream: str, payment: str) -> bool:
    found = (await house.bill(stream)).payments.get(payment)
    return found is not None and found.status == "succeeded"


@asynccontextmanager
async def _house(url: str) -> AsyncIterator[Evening]:
    async with AsyncExitStack() as stack:
        yield await Evening.at(await open_desk(stack, url))


async def _copied(url: str, request: pytest.FixtureRequest) -> str:
    """A backup of the database, as a database of its own. No node may run."""
    make = request.getfixturevalue("make_database")
    if url.startswith("postgresql"):
        await _administer(request, _thrown_out(_file(url)))
        copied: str = await make("postgresql", template=url)
        return copied
    copied = await make("sqlite")
    with closing(sqlite3.connect(_file(url))) as one, closing(sqlite3.connect(_file(copied))) as other:
        one.backup(other)
    return copied


def _file(url: str) -> str:
    """The file of an SQLite database, the name of one on PostgreSQL."""
    return urlsplit(url).path.removeprefix("/")


def _run(command: str, url: str) -> None:
    environment = {**os.environ, "SPLITTABLE_DATABASE_URL": url}
    arguments = [sys.executable, "-m", "app", command]
    subprocess.run(arguments, cwd=ROOT, env=environment, check=True, capture_output=True)
