"""One client: from its hello to its bye. Knows frames and rooms, and of the network only a `Wire`.

What a client sends is taken without waiting. A command that the host can answer at once is answered at once; whatever
has to wait goes into a bounded inbox, and a task works on it in order for as long as there is something in it: an idle
connection holds no task.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Sequence
from typing import Protocol

import structlog

from realtime.bucket import Bucket
from realtime.channel import Answer, Handshake, Identity
from realtime.errors import BadFrame, BadRequest, CloseCode, Malformed, NotAdmitted, Rejected, retry_ms
from realtime.frames import (
    Ack,
    Bye,
    Do,
    Err,
    Hello,
    Incoming,
    Join,
    Outgoing,
    Pong,
    Sync,
    Welcome,
    decode,
    text_frame,
)
from realtime.hub import Hub

log = structlog.get_logger()

NOBODY = Identity(id="", kind="nobody")
NO_HANDSHAKE = Handshake({}, {})
ANSWERS = (Ack, Err)
FAILURE = "a frame could not be handled"


class Wire(Protocol):
    """A WebSocket as the engine sees it. Nothing here waits."""

    def write(self, framed: bytes, /) -> None:
        """Send complete WebSocket frames."""

    def close(self, code: int) -> None:
        """Send a close frame behind everything that waits, and end the connection soon, whatever the peer does."""

    def abort(self) -> None:
        """Cut the connection and drop what waits."""


class Connection:
    """The protocol of one socket. A wire calls `received`, `received_binary`, `paused`, `resumed`, `lost`."""

    __slots__ = ("__weakref__", "_accepted_at", "_bucket", "_closing_at", "_handshake", "_has_said_hello", "_hub",
                 "_inbox", "_is_lost", "_is_working", "_number", "_paused_at", "_rooms", "_strikes", "_wire", "cid",
                 "heard_at", "who", "write")  # fmt: skip

    def __init__(self, hub: Hub, wire: Wire, handshake: Handshake) -> None:
        now = hub.clock.now()
        self._hub = hub
        self._wire = wire
        self._handshake: Handshake | None = handshake
        self._bucket = Bucket(hub.limits.burst, hub.limits.per_s, now)
        # Thousands of these are idle: one room is the rule, and an empty queue is none at all.
        self._rooms: tuple[str, ...] = ()
        self._inbox: deque[Hello | Do | Sync] | None = None
        self._accepted_at = now
        self._closing_at: float | None = None
        self._paused_at: float | None = None
        self._has_said_hello = self._is_working = self._is_lost = False
        self._strikes = 0
        self.who = NOBODY
        self.cid = ""
        self._number = hub.random.getrandbits(48)
        self.heard_at = now
        # The room writes to thousands of these in a row: no method of ours in between.
        self.write = wire.write
        hub.crowd.arrived(self)

    @property
    def sid(self) -> str:
        """The name of this connection in welcomes and logs."""
        return f"s_{self._number:012x}"

    @property
    def is_open(self) -> bool:
        """Whether it is neither closed nor closing."""
        return self._closing_at is None and not self._is_lost

    @property
    def is_paused(self) -> bool:
        """Whether the socket takes no more bytes for now."""
        return self._paused_at is not None

    def send(self, frame: Outgoing) -> None:
        """Write one frame to this client alone, behind the answers it has not got yet."""
        if not self._is_lost:
            self.write(self._hub.unsent_answers(self) + text_frame(frame.encode()))

    # --- what the wire tells -----------------------------------------------------------------------------------------

    def received(self, text: str) -> None:
        """Take a text message."""
        if self._closing_at is not None or self._is_lost:
            return
        hub = self._hub
        now = self.heard_at = hub.clock.now()
        if len(text) > hub.limits.frame_bytes:
            self.close(CloseCode.TOO_BIG)
            return
        try:
            frame: Incoming | BadFrame = decode(text)
        except BadFrame as error:
            frame = error
        # Each room has a heartbeat of its own, and a client of many rooms may answer every one.
        if not self._bucket.take(now, 1 / (1 + len(self._rooms)) if isinstance(frame, Pong) else 1.0):
            self.close(CloseCode.TOO_FAST)
        elif not self._has_said_hello:
            self._begin(frame)
        elif isinstance(frame, Do):
            self._command(frame)
        else:
            self._take(frame)

    def received_binary(self) -> None:
        """Take note of a binary message, which says nothing to us."""
        self.heard_at = self._hub.clock.now()
        if self.is_open and not self._has_said_hello:
            self.close(CloseCode.BAD_PROTOCOL)
        elif self.is_open:
            self._strike("binary frames say nothing here")

    def paused(self) -> None:
        """The socket takes no more bytes for now."""
        if self._paused_at is None:
            self._paused_at = self._hub.clock.now()
            self._hub.crowd.watch(self, closely=True)
            for room in self._rooms:
                self._hub.paused(self, room)

    def resumed(self) -> None:
        """The socket takes bytes again."""
        self._paused_at = None
        if not self.is_open:
            return
        self._hub.crowd.watch(self, closely=not self._has_said_hello)
        if not all(self._hub.resumed(self, room) for room in self._rooms):
            self._hub.counts["ring_falls_total"] += 1
            self.close(CloseCode.TOO_SLOW)

    def lost(self) -> None:
        """The connection is no more. A command that is being handled goes on; those behind it come again."""
        if not self._is_lost:
            self._is_lost = True
            self._leave_everything()
            self._hub.crowd.gone(self)

    def shutdown(self) -> None:
        """The server is stopping: everybody will be sent away, each at a moment of its own."""
        self._hub.crowd.begin_drain()

    # --- what the hub asks -------------------------------------------------------------------------------------------

    def close(self, code: int) -> None:
        """Say bye and close."""
        if not self.is_open:
            return
        self._closing_at = self._hub.clock.now()
        self._hub.counts[f"closed_{int(code)}_total"] += 1
        self._leave_everything()
        self._hub.crowd.watch(self, closely=True)
        self.send(Bye(code, retry_ms(code)))
        self._wire.close(code)

    def dismiss(self, room: str, code: int) -> None:
        """Leave one room, and close when it was the only one."""
        if room not in self._rooms:
            return
        if len(self._rooms) == 1:
            self.close(code)
            return
        self._rooms = tuple(each for each in self._rooms if each != room)
        self._hub.leave(self, room)
        self.send(Err("session_closed" if code == CloseCode.SESSION_CLOSED else "forbidden", room=room))

    def check(self, now: float) -> None:
        """Act on what has been waited for too long."""
        limits = self._hub.limits
        if self._paused_at is not None and now - self._paused_at > limits.paused_s:
            self._hub.counts["cut_total"] += 1
            self._wire.abort()
        elif self._closing_at is not None:
            if now - self._closing_at > limits.paused_s:
                self._wire.abort()
        elif not self._has_said_hello and now - self._accepted_at > limits.hello_timeout_s:
            self.close(CloseCode.NO_HELLO)

    # --- frames ------------------------------------------------------------------------------------------------------

    def _begin(self, frame: Incoming | BadFrame) -> None:
        if isinstance(frame, Hello):
            self._has_said_hello = True
            self._hub.crowd.watch(self, closely=self.is_paused)
            self._put(frame)
            return
        if isinstance(frame, BadFrame):
            self.send(Err("bad_request", msg=str(frame)))
        self.close(CloseCode.BAD_PROTOCOL)

    def _take(self, frame: Hello | Sync | Pong | BadFrame) -> None:
        match frame:
            case Pong():
                pass
            case Sync():
                self._put(frame)
            case Hello():
                self._strike("hello was said already")
            case Malformed():
                self._strike(str(frame))
            case BadRequest():
                self.send(Err("bad_request", room=frame.room, id=frame.id, msg=str(frame)))

    def _strike(self, reason: str) -> None:
        self._strikes += 1
        self.send(Err("bad_request", msg=reason))
        if self._strikes > 1:
            self.close(CloseCode.BAD_PROTOCOL)

    def _command(self, command: Do) -> None:
        """Answer at once, or put it where it can wait."""
        if self._is_working:
            self._put(command)
            return
        try:
            answer = self._begun(command)
        except Exception:
            log.exception(FAILURE, room=command.room, sid=self.sid)
            self._apologise(command)
            return
        if isinstance(answer, ANSWERS):
            self._answer(answer)
        else:
            self._put(command, answer)

    def _put(self, frame: Hello | Do | Sync, begun: Awaitable[Answer] | None = None) -> None:
        """Work on it, or let it wait behind what is worked on; `begun` is the coming answer to a command."""
        if not self._is_working:
            self._is_working = True
            self._hub.spawn(self._work(frame, begun))
            return
        if self._inbox is None:
            self._inbox = deque()
        if len(self._inbox) + 1 < self._hub.limits.inbox:
            self._inbox.append(frame)
        else:
            self._hub.counts["inbox_overflows_total"] += 1
            self.send(Err("too_many", room=getattr(frame, "room", None), id=getattr(frame, "id", None), retry=True))

    async def _work(self, frame: Hello | Do | Sync, begun: Awaitable[Answer] | None) -> None:
        try:
            await self._handle(frame, begun)
            while self._inbox and self.is_open:
                await self._handle(self._inbox.popleft())
        finally:
            self._is_working = False
            self._inbox = None

    async def _handle(self, frame: Hello | Do | Sync, begun: Awaitable[Answer] | None = None) -> None:
        try:
            match frame:
                case Hello():
                    await self._enter(frame)
                case Do():
                    answer = begun or self._begun(frame)
                    self._answer(answer if isinstance(answer, ANSWERS) else await answer)
                case Sync():
                    await self._sync(frame)
        except Rejected as rejected:
            self.close(rejected.code)
        except Exception:
            log.exception(FAILURE, room=getattr(frame, "room", None), sid=self.sid)
            self._apologise(frame)

    def _begun(self, command: Do) -> Answer | Awaitable[Answer]:
        name, hub = command.room, self._hub
        if name not in self._rooms:
            return Err("not_joined", room=name, id=command.id)
        if not hub.rooms[name].commands.take(hub.clock.now()):
            return Err("too_many", room=name, id=command.id, retry=True)
        return hub.channel.handle(name, self.who, command, self.cid)

    def _answer(self, answer: Answer) -> None:
        if self.is_open:
            self._hub.answer(self, text_frame(answer.encode()))

    def _apologise(self, frame: Hello | Do | Sync) -> None:
        self._hub.counts["failures_total"] += 1
        if isinstance(frame, Hello):
            self.close(CloseCode.INTERNAL)
        elif self.is_open:
            self.send(Err("internal", room=frame.room, id=getattr(frame, "id", None), retry=True))

    # --- rooms -------------------------------------------------------------------------------------------------------

    async def _enter(self, hello: Hello) -> None:
        if len(hello.rooms) > self._hub.limits.rooms_per_hello:
            self.send(Err("bad_request", msg="too many rooms"))
            raise Rejected(CloseCode.BAD_PROTOCOL)
        async with self._hub.crowd.joining():
            handshake, self._handshake = self._handshake, None
            who = await self._hub.channel.identify(handshake or NO_HANDSHAKE, hello.token)
            if not self.is_open:
                return
            self.who, self.cid = who, hello.cid
            self._hub.register(self)
            refused = await self._join_all(hello.rooms)
        if refused and not self._rooms and self.is_open:
            self.close(refused[0].close)

    def _welcome(self) -> bytes:
        hub = self._hub
        welcome = Welcome(sid=self.sid, now=hub.clock.utc(), ping_s=hub.limits.ping_s, limits=hub.told_limits)
        return text_frame(welcome.encode())

    async def _join_all(self, rooms: Sequence[Join]) -> list[NotAdmitted]:
        """Enter all rooms; the welcome goes in front of the first answer, in one write. Returns the refusals."""
        refused, before = [], self._welcome()
        for wish in rooms:
            if refusal := await self._join(wish, before):
                refused.append(refusal)
            before = b""
        if before and self.is_open:
            self.write(before)
        return refused

    async def _join(self, wish: Join, before: bytes) -> NotAdmitted | None:
        """Enter one room; the client gets exactly one answer, behind `before`. Returns the refusal, if it was that."""
        try:
            await self._hub.join(self, wish, before)
        except NotAdmitted as refusal:
            answer = refusal
        except Exception:
            self._hub.counts["failures_total"] += 1
            log.exception("a room could not be entered", room=wish.room, sid=self.sid)
            answer = NotAdmitted("internal", retry=True)
        else:
            return None
        if self.is_open:
            self.write(before + text_frame(Err(answer.code, room=wish.room, retry=answer.retry).encode()))
        return answer

    async def _sync(self, asked: Sync) -> None:
        if asked.room not in self._rooms:
            self.send(Err("not_joined", room=asked.room))
            return
        await self._hub.sync(self, asked)

    def entered(self, room: str) -> None:
        """The hub let us into a room."""
        self._rooms += (room,)

    def _leave_everything(self) -> None:
        rooms, self._rooms = self._rooms, ()
        for room in rooms:
            self._hub.leave(self, room)
        if self.cid:
            self._hub.crowd.forget(self)
        self._inbox = None
