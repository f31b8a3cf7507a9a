"""Who is measured side by side in the fan-out benchmark, and how to talk to each."""

import asyncio
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from loadtests.goals import PRODUCT
from loadtests.rig import (
    HERE,
    LOAD_CORE,
    Client,
    Load,
    Missing,
    Server,
    Talk,
    built,
    loading,
    node_modules,
    pin,
    python_modules,
    serving,
)
from loadtests.seeding import environment, seed
from realtime.frames import SUBPROTOCOL
from tests.services import MissingError, redis_program, redis_server

EVENT_BYTES = 300
SETTLE_S = 1.2

Command = Sequence[str | Path]


def _plain(room: str, number: int) -> Client:
    return Client(f"/ws/{room}", _padded('{"ns":$NS$,"text":"%s"}', beside=len('"seq":100000,')))


def _socket_io(room: str, number: int) -> Client:
    message = _padded('42["m",{"ns":$NS$,"text":"%s"}]', beside=len('"seq":100000,'))
    return Client(f"/socket.io/?EIO=4&transport=websocket&room={room}", message, hello="40")


def _ours(room: str, number: int) -> Client:
    name = f"table:{room}"
    hello = {"t": "hello", "v": 1, "cid": f"c{number}", "token": f"g{number}", "rooms": [{"r": name}]}
    around = f'{{"t":"ev","r":"{name}","n":100000,"k":"say","at":"2026-11-21T18:04:05.123456Z","by":"g1000",'
    asked = f'{{"t":"do","id":$ID$,"r":"{name}","k":"say","d":'
    message = _padded('{"ns":$NS$,"text":"%s"}', beside=len(around) + len('"m":"c1000:1000","d":}'))
    return Client("/api/v1/live", f"{asked}{message}}}", hello=json.dumps(hello))


def _padded(message: str, *, beside: int) -> str:
    """Fill up so that an event has the same size on every wire, give or take its number."""
    return message % ("x" * (EVENT_BYTES - beside - len(message.replace("$NS$", "1" * 15))))


@dataclass(frozen=True)
class Peer:
    """A server: how to start it (`command` raises `Missing` where that cannot be), and how its clients talk.

    `redis` adds to the command what makes several processes of it one; `needs_redis` says that one alone needs it too.
    """

    name: str
    command: Callable[[], Command]
    client: Callable[[str, int], Client]
    talk: Talk
    redis: Callable[[str], Command] | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    needs_redis: bool = False

    def start(self, stack: ExitStack, clients: Sequence[Client], *, redis: str | None = None) -> "Running":
        """Start it, two processes of it with a Redis between them, with a load generator in front."""
        command, count = list(self.command()), 2 if redis else 1
        if redis is None and self.needs_redis:
            redis = own_redis(stack)[0]
        if redis is not None and self.redis is not None:
            command += self.redis(redis)
        servers = [stack.enter_context(serving(command, self.environment)) for _ in range(count)]
        load = stack.enter_context(loading(self.talk, clients, [server.port for server in servers]))
        return Running(self, servers, load)


@dataclass
class Running:
    """A peer with its load."""

    peer: Peer
    servers: list[Server]
    load: Load

    @property
    def pids(self) -> list[int]:
        """Its processes."""
        return [server.process.pid for server in self.servers]


def own_redis(stack: ExitStack) -> tuple[str, int]:
    """A Redis on the core of loads: its address and its process. Raises `MissingError` where there is none."""
    redis = stack.enter_context(redis_server())
    assert redis.process is not None
    pin(redis.process.pid, LOAD_CORE)
    return redis.url, redis.process.pid


def _python(module: str) -> Callable[[], Command]:
    return lambda: (sys.executable, "-m", f"loadtests.servers.{module}", "{port}")


def _node(script: str) -> Callable[[], Command]:
    def command() -> Command:
        node_modules()
        return ("node", HERE / "servers" / script, "{port}")

    return command


def _channels() -> Command:
    python_modules()
    try:
        redis_program()
    except MissingError as missing:
        raise Missing(str(missing)) from None
    return (sys.executable, "-m", "loadtests.servers.django_channels", "{port}")


def _floor(*options: str) -> Callable[[], Command]:
    return lambda: (built("floor"), "{port}", *options)


PLAIN = Talk(count='{"', ready="", stamp="ns")
SOCKET_IO = Talk(count="42", ready="40", stamp="ns")
OURS = Talk(count='{"t":"ev"', ready='{"t":"snap"', protocol=SUBPROTOCOL, stamp="ns")


def _last(redis: str) -> Command:
    return (redis,)


PEERS = {
    peer.name: peer
    for peer in (
        Peer("ours", _python("ours"), _ours, OURS, lambda redis: ("--redis", redis)),
        Peer("C coalescing", _floor("coalesce"), _plain, PLAIN),
        Peer("C", _floor(), _plain, PLAIN),
        Peer("node ws", _node("node_ws.js"), _plain, PLAIN, _last),
        Peer("socket.io", _node("socket_io.js"), _socket_io, SOCKET_IO, _last),
        Peer("websockets broadcast", _python("websockets_broadcast"), _plain, PLAIN, _last),
        Peer("naive Starlette", _python("naive_starlette"), _plain, PLAIN, _last),
        Peer("python-socketio", _python("python_socketio"), _socket_io, SOCKET_IO, _last),
        Peer("Django Channels", _channels, _plain, PLAIN, _last, needs_redis=True),
    )
}


@cache
def product(folder: Path, count: int, people: int) -> Peer:
    """The whole product on SQLite, with so many guests who have joined and ordered, in parties of `people`.

    The same for the same arguments: to seat thousands takes its time.
    """
    url = f"sqlite+aiosqlite:///{folder / 'product.sqlite3'}"
    parties = asyncio.run(seed(url, [people] * (count // people + 1), 1))
    seats = [seat for party in parties for seat in party]

    def client(_: str, number: int) -> Client:
        seat = seats[number]
        hello = {"t": "hello", "v": 1, "cid": f"c{number}", "token": seat.token}
        return Client("/api/v1/live", "{}", hello=json.dumps({**hello, "rooms": [{"r": f"table:{seat.stream}"}]}))

    command = (sys.executable, "-m", "app", "serve", "--env-file", "", "--port", "{port}")
    return Peer(PRODUCT, lambda: command, client, OURS, environment=environment(url))


def available(names: Sequence[str]) -> tuple[list[Peer], list[str]]:
    """The peers of these names that can run here, and a line for each that cannot."""
    found, absent = [], []
    for name in names:
        try:
            PEERS[name].command()
            found.append(PEERS[name])
        except Missing as missing:
            absent.append(f"{name} is left out: {missing}")
    return found, absent
