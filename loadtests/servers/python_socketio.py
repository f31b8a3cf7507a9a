"""python-socketio as an ASGI application under uvicorn: `python -m loadtests.servers.python_socketio PORT [REDIS]`."""

import sys
from collections import Counter
from typing import Any
from urllib.parse import parse_qs

import socketio
import uvicorn

REDIS = sys.argv[2] if len(sys.argv) > 2 else None  # noqa: PLR2004 (program, port, redis)
SERVER = socketio.AsyncServer(
    async_mode="asgi",
    client_manager=socketio.AsyncRedisManager(REDIS) if REDIS else None,
    ping_interval=3600,
    ping_timeout=3600,
    http_compression=False,
)
NUMBERS: Counter[str] = Counter()
ROOM_OF: dict[str, str] = {}


async def come(sid: str, environ: dict[str, Any]) -> None:
    """Enter the room that the address names."""
    ROOM_OF[sid] = parse_qs(environ["QUERY_STRING"])["room"][0]
    await SERVER.enter_room(sid, ROOM_OF[sid])


async def say(sid: str, message: dict[str, Any]) -> None:
    """Number the message and emit it to the room."""
    room = ROOM_OF[sid]
    NUMBERS[room] += 1
    message["seq"] = NUMBERS[room]
    await SERVER.emit("m", message, room=room)


def main() -> None:
    """Serve until killed."""
    SERVER.on("connect", come)
    SERVER.on("m", say)
    uvicorn.run(
        socketio.ASGIApp(SERVER),
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
