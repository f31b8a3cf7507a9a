"""Our room engine under uvicorn, with a host behind it that does as little as the peers' do: number and send on.

Protocol, socket options and the collector of cycles are as the product has them.

`python -m loadtests.servers.ours PORT [--redis URL]`
"""

import argparse
import os
from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute

from app.serving import Server
from realtime.broker_memory import MemoryBroker
from realtime.broker_redis import RedisBroker
from realtime.channel import Handshake, Identity, Limits, Snapshot
from realtime.entrance import entrance
from realtime.frames import Ack, Do, Position, Published, encode_event
from realtime.hub import Hub
from realtime.lean_protocol import LeanWebSocketProtocol
from realtime.socket import Door, endpoint

PROTOCOL = "realtime.lean_protocol:LeanWebSocketProtocol"
LIVE = "/api/v1/live"
EPOCH = "bench"
PLENTY = 10**9

# What protects a restaurant from a phone would only stop the load; what keeps silence away is not measured here.
LIMITS = Limits(
    burst=PLENTY,
    per_s=PLENTY,
    room_per_s=PLENTY,
    people_per_room=PLENTY,
    inbox=1024,
    ping_s=3600,
    silence_s=7200,
    hello_timeout_s=60,
)


class Echo:
    """A channel whose commands become events at once; its state is how many there were."""

    def __init__(self) -> None:
        self.hub: Hub
        self._numbers: Counter[str] = Counter()

    async def identify(self, handshake: Handshake, token: str | None) -> Identity:
        """Believe everybody."""
        return Identity(token or "", "guest", token)

    async def admit(self, room: str, who: Identity) -> None:
        """Admit everybody."""

    async def snapshot(self, room: str) -> Snapshot:
        """Give the state of a room."""
        return Snapshot(EPOCH, self._numbers[room], b'{"said":%d}' % self._numbers[room])

    async def events_since(self, room: str, epoch: str, n: int) -> list[Published] | None:
        """Remember nothing."""
        return None

    async def heads(self, rooms: Collection[str]) -> Mapping[str, Position]:
        """Know the rooms whose commands come to this process."""
        return {room: Position(EPOCH, self._numbers[room]) for room in rooms if self._numbers[room]}

    async def highest_command(self, room: str, cid: str) -> int:
        """Remember nothing."""
        return 0

    def handle(self, room: str, who: Identity, command: Do, cid: str) -> Ack:
        """Number what was said and send it to the room."""
        self._numbers[room] = n = self._numbers[room] + 1
        cause = f"{cid}:{command.id}"
        now = datetime.now(UTC)
        body = encode_event(room, n, command.kind, at=now, by=who.id, patch=command.data, cause=cause)
        self.hub.publish(Published(room, EPOCH, n, body))
        return Ack(command.id, room, n)


def application(channel: Echo, redis: str | None = None) -> Starlette:
    """The hub in an application that has nothing else."""
    hub = Hub(channel, RedisBroker(redis) if redis else MemoryBroker(), limits=LIMITS)
    channel.hub = hub

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await hub.start()
        yield

    return Starlette(routes=[WebSocketRoute(LIVE, endpoint(door(channel)))], lifespan=lifespan)


def door(channel: Echo) -> Door:
    """Where the sockets come in."""
    return Door(lambda _: channel.hub, [], path=LIVE)


def server_config(channel: Echo, port: int, redis: str | None = None) -> uvicorn.Config:
    """What the product's server is configured to, with the limits of the benchmark."""
    wire = protocol(os.environ.get("OUR_PROTOCOL", PROTOCOL), door(channel))
    return uvicorn.Config(
        application(channel, redis),
        port=port,
        loop="uvloop",
        http=entrance(wire) if issubclass(wire, LeanWebSocketProtocol) else "httptools",
        ws=wire,
        ws_max_size=LIMITS.frame_bytes,
        ws_per_message_deflate=False,
        ws_ping_interval=None,
        access_log=False,
        log_config=None,
        server_header=False,
        backlog=4096,
    )


def protocol(name: str, door: Door) -> Any:
    """The class behind `module:Class`, with the limits of the benchmark."""
    module, _, found = name.partition(":")
    own = {"__slots__": (), "limits": LIMITS, "door": door}
    return type("Protocol", (getattr(import_module(module), found),), own)


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("--redis")
    given = parser.parse_args()
    Server(server_config(Echo(), given.port, given.redis)).run()


if __name__ == "__main__":
    main()
