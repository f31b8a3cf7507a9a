"""Two guests who keep ordering, claiming and sometimes paying at one table, so that a newcomer sees the page live."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from random import Random

import httpx
import orjson
import structlog
from websockets import Subprotocol
from websockets.asyncio.client import connect

from app.demo.people import Guest, Json, Refused
from app.demo.scene import LIVE_TABLE, Stage
from realtime.frames import SUBPROTOCOL

log = structlog.get_logger()

PAUSE_S = (4.0, 12.0)
UNPAID_MAX = 8
LINES_MAX = 45
SHARING, REGRET = 0.35, 0.15
NAMES = ("Ana", "Ben")
FAVOURITES = ("Olives from Sicily", "Pale ale", "Espresso", "Burrata", "Sorbet", "Riesling, glass", "Tiramisu")


async def arrive(stage: Stage) -> None:
    """Take the seats, so that the table is taken from the first moment."""
    await stage.seat(LIVE_TABLE, *NAMES)


async def go_on(stage: Stage, chance: Random) -> None:
    """Play until cancelled. Whatever the table answers, there is a next minute."""
    await asyncio.gather(*(_guest(stage, name, chance) for name in NAMES))


async def _guest(stage: Stage, name: str, chance: Random) -> None:
    while True:
        try:
            (guest,) = await stage.seat(LIVE_TABLE, name)
            async with _present(guest):
                await _dine(stage, guest, chance)
        except (Refused, httpx.HTTPError, OSError) as problem:
            log.debug("a simulated guest starts over", name=name, problem=repr(problem))
        await asyncio.sleep(chance.uniform(*PAUSE_S))


@asynccontextmanager
async def _present(guest: Guest) -> AsyncIterator[None]:
    """Be seen at the table: a socket that listens and answers the heartbeat."""
    task = asyncio.create_task(_listen(guest))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _listen(guest: Guest) -> None:
    address = str(guest.http.base_url).replace("http", "ws", 1).rstrip("/") + "/live"
    room = {"r": f"table:{guest.session}"}
    async with connect(address, subprotocols=[Subprotocol(SUBPROTOCOL)], proxy=None) as socket:
        await socket.send(_json({"t": "hello", "v": 1, "cid": guest.id, "token": guest.token, "rooms": [room]}))
        async for frame in socket:
            if orjson.loads(frame)["t"] == "ping":
                await socket.send(_json({"t": "pong"}))


def _json(frame: Json) -> str:
    return orjson.dumps(frame).decode()


async def _dine(stage: Stage, guest: Guest, chance: Random) -> None:
    """One visit: a few rounds of ordering and claiming, then pay, and stay for the next."""
    while True:
        await asyncio.sleep(chance.uniform(*PAUSE_S))
        view = await guest.look()
        if view["tableSession"]["status"] in ("closed", "abandoned"):
            return
        # A share that somebody else took a moment ago is no reason to leave.
        with suppress(Refused):
            await _act(stage, guest, view, chance)


async def _act(stage: Stage, guest: Guest, view: Json, chance: Random) -> None:
    unpaid = {line: each for line, each in view["lines"].items() if each["unpaid"] > 0}
    mine = [line for line, each in unpaid.items() if guest.id in each["claims"]]
    others = [line for line in unpaid if line not in mine]
    if view["tableSession"]["status"] == "settled" and len(view["lines"]) > LINES_MAX:
        await stage.waiter.do(guest.session, "close")
    elif len(unpaid) >= UNPAID_MAX and view["guests"][guest.id]["due"]:
        await guest.pay_by_card(tipAmount=chance.choice((0, 0, 100, 250)))
    elif others and chance.random() < SHARING:
        await guest.claim(chance.choice(others))
    elif len(mine) > 1 and chance.random() < REGRET:
        await guest.claim(chance.choice(mine), parts=0)
    elif len(view["lines"]) <= LINES_MAX:
        await guest.order(stage.item(chance.choice(FAVOURITES)))
