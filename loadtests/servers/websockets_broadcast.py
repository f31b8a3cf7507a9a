"""The server of the `websockets` library with its `broadcast()`: `python -m loadtests.servers.websockets_broadcast`.

Arguments: PORT [REDIS].
"""

import asyncio
import sys
from collections import defaultdict

import uvloop
from websockets.asyncio.server import ServerConnection, broadcast, serve

from loadtests.servers.rooms import HELLO, Rooms

MEMBERS: dict[str, set[ServerConnection]] = defaultdict(set)


async def send(room: str, text: str) -> None:
    """Hand the message to all at once."""
    broadcast(MEMBERS[room], text)


ROOMS = Rooms(send, sys.argv[2] if len(sys.argv) > 2 else None)  # noqa: PLR2004 (program, port, redis)


async def live(connection: ServerConnection) -> None:
    """One member of one room."""
    assert connection.request is not None
    room = connection.request.path.rpartition("/")[2]
    await connection.send(HELLO)
    MEMBERS[room].add(connection)
    try:
        async for text in connection:
            await ROOMS.say(room, text)
    finally:
        MEMBERS[room].discard(connection)


async def main() -> None:
    """Serve until killed."""
    listening = asyncio.create_task(ROOMS.listen())
    async with serve(
        live, "127.0.0.1", int(sys.argv[1]), compression=None, ping_interval=None, open_timeout=60, backlog=4096
    ):
        await asyncio.Event().wait()
    listening.cancel()


if __name__ == "__main__":
    uvloop.run(main())
