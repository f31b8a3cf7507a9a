"""`splittable demo`: one command from nothing to a restaurant in full swing."""

import argparse
import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing
from http.cookiejar import CookieJar, DefaultCookiePolicy
from random import Random
from typing import Any

import httpx
import orjson
import segno

from app import telemetry
from app.actions import house, tables
from app.demo import evening, place, scene
from app.demo.menu import CURRENCY, PASSWORD, PLAN, STAFF
from app.demo.people import Json, Waiter
from app.demo.place import SANDBOX_KEYS, Place
from app.demo.processes import Child, ChildFailed
from app.demo.scene import LIVE_TABLE, Stage
from app.main import open_desk
from app.storage import restaurants, schema

OK, FAILED = 0, 1
PAGES = {"kitchen": "/staff/kitchen"}


def options(parser: argparse.ArgumentParser) -> None:
    """The demo's command line."""
    parser.add_argument("--host", default="127.0.0.1", help="0.0.0.0 lets phones of the same network in")
    parser.add_argument("--port", type=int, help="default: 8000, or another one if that is taken")
    parser.add_argument("--reset", action="store_true", help="begin with an empty restaurant")
    parser.add_argument("--quiet", action="store_true", help="no simulated guests")
    parser.add_argument("--json", action="store_true", help="print one line of JSON when ready, and nothing else")


def run(arguments: argparse.Namespace) -> int:
    """Open the restaurant and keep it open until a signal, or until one of its processes dies."""
    telemetry.configure("WARNING", "console")
    try:
        asyncio.run(_until_told(arguments))
    except ChildFailed as failure:
        print(failure, file=sys.stderr)
        return FAILED
    return OK


async def _until_told(arguments: argparse.Namespace) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    at = place.find(host=arguments.host, port=arguments.port, reset=arguments.reset)
    async with AsyncExitStack() as stack:
        opening = asyncio.create_task(_open(stack, at, arguments))
        told = asyncio.create_task(stop.wait())
        await asyncio.wait([opening, told], return_when=asyncio.FIRST_COMPLETED)
        if not opening.done():
            opening.cancel()
            await asyncio.gather(opening, return_exceptions=True)
            return
        watched = [*opening.result(), told]
        try:
            done, _ = await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in watched:
                task.cancel()
            await asyncio.gather(*watched, return_exceptions=True)


async def _open(stack: AsyncExitStack, at: Place, arguments: argparse.Namespace) -> "list[asyncio.Task[Any]]":
    """Start everything, say where it is, and answer with what must not end by itself."""
    is_new = await _furnish(at)
    sandbox = await Child.start("sandbox", at.sandbox_arguments(), {}, at.folder)
    stack.push_async_callback(sandbox.stop)
    server = await Child.start("server", ["app", "serve", "--env-file", ""], at.environment(), at.folder)
    stack.push_async_callback(server.stop)
    await sandbox.until_it_answers(f"http://127.0.0.1:{at.sandbox_port}/")
    await server.until_it_answers(f"{at.here}/health/ready")
    stage = await stack.enter_async_context(_stage(at))
    if is_new:
        await scene.play(stage)
    if not arguments.quiet:
        await evening.arrive(stage)
    facts = await _facts(at, stage)
    _say(facts, as_json=arguments.json)
    watched = [asyncio.create_task(child.until_it_ends()) for child in (sandbox, server)]
    if not arguments.quiet:
        watched.append(asyncio.create_task(evening.go_on(stage, Random())))
    return watched


async def _furnish(at: Place) -> bool:
    """Bring the database to its shape and make the restaurant; False if it was there already."""
    settings = at.settings()
    await schema.migrate(settings.database_url)
    async with AsyncExitStack() as stack:
        desk = await open_desk(settings, stack)
        if await restaurants.restaurants(desk.database):
            return False
        restaurant = await house.create(desk, house.read(PLAN))
        for role, email, name in STAFF:
            await house.add_staff(desk, restaurant, house.Person(email, name, role, PASSWORD))
    return True


@contextlib.asynccontextmanager
async def _stage(at: Place) -> AsyncIterator[Stage]:
    settings = at.settings()
    async with AsyncExitStack() as stack:
        desk = await open_desk(settings, stack)
        restaurant = (await restaurants.restaurants(desk.database))[0]
        codes = {table.label: table.code for table in await tables.qr_codes(desk, restaurant.id)}
    api = f"{at.here}/api/v1"
    # One client for many phones keeps no cookies: with them the server would take all of them for one phone.
    no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    async with httpx.AsyncClient(base_url=api, timeout=20, cookies=no_cookies) as http:
        waiter = await Waiter.sign_in(api, STAFF[0][1], PASSWORD)
        async with aclosing(waiter.http):
            menu: Json = (await http.get(f"/menus/{restaurant.id}")).json()
            dishes = {item["name"]: item for category in menu["categories"] for item in category["items"]}
            yield Stage(restaurant.id, http, f"http://127.0.0.1:{at.sandbox_port}", codes, dishes, waiter)


async def _facts(at: Place, stage: Stage) -> Json:
    """Everything that a person or a script needs to take part."""
    seen = await stage.waiter.call("GET", "/floor")
    free = {tile["label"] for tile in seen["tables"].values() if "session" not in tile}
    return {
        "api": at.api,
        "tables": [
            {"label": label, "code": code, "url": f"{at.public}/t/{code}", "free": label in free}
            for label, code in stage.codes.items()
        ],
        "restaurant": {"id": stage.restaurant, "currency": CURRENCY, "taxInclusive": PLAN["taxInclusive"]},
        "staff": [
            {"role": role, "email": email, "password": PASSWORD, "url": at.public + PAGES.get(role, "/staff/floor")}
            for role, email, _ in STAFF
        ],
        "sandbox": {"url": at.sandbox, "publishableKey": SANDBOX_KEYS["publishable"]},
    }


def _say(facts: Json, *, as_json: bool) -> None:
    if as_json:
        print(orjson.dumps(facts).decode(), flush=True)
        return
    table = next(table for table in facts["tables"] if table["label"] == LIVE_TABLE)
    segno.make(table["url"], error="l").terminal(compact=True)
    print(f"\n{PLAN['name']} is open.\n")
    print(f"  Guest, table {LIVE_TABLE}   {table['url']}")
    for person in facts["staff"]:
        print(f"  {person['role'].title():<14}   {person['url']}   {person['email']}   {person['password']}")
    print(f"  Card payments    test card 4242 4242 4242 4242; more at {facts['sandbox']['url']}/")
    print("\nPress Ctrl-C to close it.", flush=True)
