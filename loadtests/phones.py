"""A phone's line to its table under gevent: one WebSocket, the rooms it follows, commands that wait for their answer.

It holds what a page holds (the view of every room, grown by merge patches) and complains as a page could not: about a
hole in the numbers, an event twice, a command without an answer.
"""

import contextlib
import itertools
import json
import secrets
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import gevent
import websocket
from gevent.event import AsyncResult, Event
from locust.env import Environment

from app.domain.view import merge
from realtime.frames import SUBPROTOCOL

Json = dict[str, Any]

ANSWER_TIMEOUT_S = 10
JOIN_ANSWERS = ("snap", "resumed", "err")


class Failed(Exception):
    """What must not happen happened; the message says what."""


@dataclass
class Room:
    """What is known of one room; `came_with` is the number of its snapshot."""

    view: Json = field(default_factory=dict)
    epoch: str = ""
    n: int = 0
    came_with: int = 0


class Line:
    """One connection, opened and joined when the constructor returns. `call` sends commands, `until` waits."""

    def __init__(
        self, environment: Environment, base: str, rooms: Collection[str], *, token: str = "", cookie: str = ""
    ) -> None:
        self.rooms = {room: Room() for room in rooms}
        self.ended: int | None = None
        self._environment = environment
        self._numbers = itertools.count(1)
        self._waiting: dict[int, AsyncResult] = {}
        self._unjoined = set(rooms)
        self._joined = AsyncResult()
        self._news = Event()
        address = base.replace("http", "ws", 1) + "/api/v1/live"
        hello: Json = {"t": "hello", "v": 1, "cid": secrets.token_hex(8), "app": "loadtest"}
        hello["rooms"] = [{"r": room} for room in rooms]
        if token:
            hello["token"] = token
        with environment.events.request.measure("WS", "connect and join"):
            self._socket = websocket.create_connection(
                address,
                timeout=ANSWER_TIMEOUT_S,
                subprotocols=[SUBPROTOCOL],
                enable_multithread=True,
                # Only a browser has an origin, and only a browser has cookies.
                origin=base if cookie else None,
                suppress_origin=not cookie,
                cookie=cookie or None,
            )
            self._socket.settimeout(None)
            self._reader = gevent.spawn(self._read)
            self._send(hello)
            self._joined.get(timeout=ANSWER_TIMEOUT_S)

    def call(self, room: str, k: str, allowed: Collection[str] = (), **d: Any) -> Json:
        """Send a command and give the frame that answers it: `ack`, or `err` with one of the `allowed` codes."""
        number = next(self._numbers)
        self._waiting[number] = answer = AsyncResult()
        with self._environment.events.request.measure("WSC", k):
            try:
                self._send({"t": "do", "id": number, "r": room, "k": k, "d": d})
                frame: Json = answer.get(timeout=ANSWER_TIMEOUT_S)
            finally:
                self._waiting.pop(number, None)
            if frame["t"] == "err" and frame["code"] not in allowed:
                raise Failed(f"{k}: {frame['code']} {frame.get('msg', '')}")
        return frame

    def until(self, room: str, wanted: Callable[[Room], bool], what: str) -> None:
        """Wait until the room is as `wanted`, or the line ended. Raises `Failed` with `what` was waited for."""
        deadline = time.monotonic() + ANSWER_TIMEOUT_S
        while not wanted(self.rooms[room]) and self.ended is None:
            self._news.clear()
            if not self._news.wait(max(0.0, deadline - time.monotonic())):
                raise Failed(f"{what}: not seen in {room} at {self.rooms[room].n}")

    def close(self) -> None:
        """Hang up."""
        if self.ended is None:
            self.ended = 0
        self._reader.kill(block=False)
        with contextlib.suppress(websocket.WebSocketException, OSError):
            self._socket.send_close()
        # Its close() waits for the answer and swallows whatever happens meanwhile, even the end of the test.
        self._socket.shutdown()

    # --- what comes in -----------------------------------------------------------------------------------------------

    def _read(self) -> None:
        while True:
            try:
                text = self._socket.recv()
            except (websocket.WebSocketException, OSError):
                text = ""
            if not text:
                self._hung_up()
                return
            self._take(json.loads(text))

    def _take(self, frame: Json) -> None:
        match frame["t"]:
            case "ping":
                self._send({"t": "pong"})
            case "ev":
                self._event(frame)
            case "snap":
                self.rooms[frame["r"]] = Room(frame["d"], frame["e"], frame["n"], frame["n"])
            case "bye":
                self.ended = frame["code"]
        if frame["t"] in JOIN_ANSWERS and frame.get("r") in self._unjoined:
            self._answered(frame)
        elif (waiting := self._waiting.get(frame.get("id", 0))) is not None:
            waiting.set(frame)
        self._news.set()

    def _answered(self, frame: Json) -> None:
        self._unjoined.discard(frame["r"])
        if frame["t"] == "err" and not self._joined.ready():
            self._joined.set_exception(Failed(f"cannot join {frame['r']}: {frame['code']}"))
        elif not self._unjoined and not self._joined.ready():
            self._joined.set()

    def _event(self, frame: Json) -> None:
        room = self.rooms[frame["r"]]
        if frame["n"] <= room.came_with:
            return  # It was committed a moment before the snapshot was read, and told a moment after.
        if frame["n"] != room.n + 1:
            self._report("WS", "every event once", 0.0, Failed(f"{frame['r']}: {frame['n']} after {room.n}"))
        if frame["n"] > room.n:
            room.view, room.n = merge(room.view, frame["d"]), frame["n"]
        came_after = datetime.now(UTC) - datetime.fromisoformat(frame["at"])
        self._report("EV", "decided to seen", came_after.total_seconds() * 1000, None)

    def _hung_up(self) -> None:
        if self.ended is None:
            self.ended = -1
            self._report("WS", "stays open", 0.0, Failed("the line was lost without a bye"))
        for waiting in [*self._waiting.values(), self._joined]:
            if not waiting.ready():
                waiting.set_exception(Failed(f"the line ended with {self.ended}"))
        self._news.set()

    def _send(self, frame: Json) -> None:
        self._socket.send(json.dumps(frame))

    def _report(self, kind: str, name: str, took_ms: float, failure: Exception | None) -> None:
        self._environment.events.request.fire(
            request_type=kind,
            name=name,
            response_time=took_ms,
            response_length=0,
            exception=failure,
            context={},
        )
