"""What one writes first: a set of sockets per room and a loop that awaits each send.

`python -m loadtests.servers.naive_starlette PORT [REDIS]`
"""

import asyncio
import sys
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from loadtests.servers.rooms import HELLO, Rooms

MEMBERS: dict[str, set[WebSocket]] = defaultdict(set)


async def send(room: str, text: str) -> None:
    """Send to one after another."""
    for member in tuple(MEMBERS[room]):
        with suppress(WebSocketDisconnect, RuntimeError):
            await member.send_text(text)


ROOMS = Rooms(send, sys.argv[2] if len(sys.argv) > 2 else None)  # noqa: PLR2004 (program, port, redis)


async def live(websocket: WebSocket) -> None:
    """One member of one room."""
    room = websocket.path_params["room"]
    await websocket.accept()
    await websocket.send_text(HELLO)
    MEMBERS[room].add(websocket)
    try:
        async for text in websocket.iter_text():
            await ROOMS.say(room, text)
    finally:
        MEMBERS[room].discard(websocket)


@asynccontextmanager
async def lifespan(_: Starlette) -> AsyncIterator[None]:
    """Listen to Redis as long as we serve."""
    listening = asyncio.create_task(ROOMS.listen())
    yield
    listening.cancel()


def main() -> None:
    """Serve until killed."""
    uvicorn.run(
        Starlette(routes=[WebSocketRoute("/ws/{room}", live)], lifespan=lifespan),
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_ping_interval=None,
        access_log=False,
        log_config=None,
        backlog=4096,
    )


if __name__ == "__main__":
    main()
