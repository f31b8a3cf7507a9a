"""The rooms and connections of this process: from the bus to the sockets, and what time makes happen in between."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from functools import partial
from random import Random
from typing import Any

import orjson
import structlog

from realtime.alarms import Alarms
from realtime.broker import Broker, Kind, Message
from realtime.catchup import CatchUp
from realtime.channel import Channel, Clock, Limits, LoopClock
from realtime.crowd import Client, Crowd
from realtime.errors import CloseCode, NotAdmitted
from realtime.figures import Figures
from realtime.frames import Head, Join, Position, Published, Sync, text_frame
from realtime.presence import Report
from realtime.repair import Repair
from realtime.room import Delivery, Room, Taken

log = structlog.get_logger()


class Hub:
    """All rooms and connections of one process, between the bus on one side and the sockets on the other."""

    def __init__(
        self,
        channel: Channel,
        broker: Broker,
        *,
        limits: Limits | None = None,
        clock: Clock | None = None,
        random: Random | None = None,
    ) -> None:
        self.channel = channel
        self.limits = limits or Limits()
        self.random = random or Random()  # noqa: S311 (spreads waits and names nodes, guards nothing)
        self.rooms: dict[str, Room] = {}
        self.figures = Figures()
        self.counts = self.figures.counts
        self.told_limits = {
            "frame_bytes": self.limits.frame_bytes,
            "burst": self.limits.burst,
            "per_s": self.limits.per_s,
        }
        self.node = f"{self.random.getrandbits(64):016x}"
        self._given_clock = clock
        self._broker = broker
        self._pins: Counter[str] = Counter()
        self._idle_since: dict[str, float] = {}
        self._rooms_opened = 0
        self._dirty: list[Room] = []
        self._answers: dict[Client, bytes] = {}
        self._moved: list[tuple[str, str]] = []
        self._is_flush_due = False
        self._waiting: dict[str, list[tuple[int, asyncio.Future[bool]]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    # --- life --------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Begin to listen to the bus. Call inside the running event loop, before the first connection."""
        self.clock: Clock = self._given_clock or LoopClock()
        self.crowd = Crowd(self.limits, self.clock, self.random)
        self._alarms = Alarms(self.clock, self._attend)
        self._repair = Repair(self, self.channel, self._broker, self.limits, self.random)
        self._catchup = CatchUp(self.channel, self.clock, self.limits, flush=self.flush, reset=self.reset)
        await self._broker.start(self)
        self._repair.start()
        self.crowd.start()

    @property
    def is_ready(self) -> bool:
        """Whether the bus works: false while the hub lives from polling the log, and while it drains."""
        return self._repair.is_healthy and not self.crowd.is_draining

    async def drain(self) -> None:
        """Say bye to every socket, spread over time, wait until they are gone, and stop."""
        window_s = self.crowd.begin_drain()
        # Who does not answer the bye is cut by its own connection; the limit is for what nobody thought of.
        await self.crowd.until_empty(window_s + 2 * self.limits.paused_s)
        self._repair.stop()
        self._alarms.stop()
        self.crowd.stop()
        await self._broker.close()
        if self._tasks:
            # A command that is being handled gets to its commit.
            await asyncio.wait(self._tasks, timeout=self.limits.drain_s)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run in the background; failures are logged."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.counts["failures_total"] += 1
            log.error("work in the background failed", exc_info=error)

    # --- what the host calls -----------------------------------------------------------------------------------------

    def publish(self, published: Published) -> None:
        """Send a committed event to our sockets and to every node. Never waits, never fails.

        A room without a log is numbered in the order in which the bus brings its events, to our own node too.
        """
        if published.n and (room := self.rooms.get(published.room)) is not None:
            self.figures.left(published.room, published.n, self.clock.now())
            self._take(room, published)
        self._broker.publish(Message(Kind.EVENT, published.room, published.epoch, published.n, published.body))

    def kick(self, room: str, identity: str | None = None, code: int = CloseCode.NOT_ALLOWED) -> None:
        """Send `identity` (everybody when None) out of `room`, on every node."""
        self._dismiss(room, identity, code)
        self._control(room, {"kick": identity, "code": int(code)})

    def announce(self, room: str, name: str) -> None:
        """Count `name` as present in `room` for the grace period though they have no socket (a long poll)."""
        self._control(room, {"touch": name})

    async def wait_beyond(self, room: str, n: int, timeout_s: float) -> bool:
        """Wait until the room has an event after `n`. False when there was none in time."""
        with self._pinned(room) as opened:
            if opened.epoch is None:
                await self._catchup.locate(opened)
            if opened.n > n:
                return True
            came: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
            self._waiting.setdefault(room, []).append((n, came))
            timer = self.clock.call_later(timeout_s, partial(_resolve, came, False))
            try:
                return await came
            finally:
                timer.cancel()
                self._still_waiting(room)

    def stats(self) -> dict[str, float]:
        """Count what is here now (`sockets`, `rooms`, ...) and what happened since the start (`..._total`)."""
        now = {
            "sockets": len(self.crowd),
            "rooms": len(self.rooms),
            "members": sum(len(room.members()) for room in self.rooms.values()),
            "sockets_watched": self.crowd.watched,
            "long_polls": sum(map(len, self._waiting.values())),
            "bus_up": int(self._repair.is_healthy),
            "bus_probe_age_s": self._repair.probe_age_s(),
        }
        joins = {f"joins_{why}_total": count for why, count in self._catchup.counts.items()}
        repairs = {f"repair_{what}_total": count for what, count in self._repair.counts.items()}
        return now | joins | repairs | self.counts

    # --- what the bus calls ------------------------------------------------------------------------------------------

    def doubted(self) -> None:
        """Messages may have been missed."""
        self._repair.doubted()

    def received(self, message: Message) -> None:
        """Take one message from the bus."""
        try:
            if message.kind is Kind.EVENT:
                if (room := self.rooms.get(message.room)) is not None:
                    self._take(room, Published(message.room, message.epoch, message.n, message.body))
            else:
                self._dispatch(message)
        except (KeyError, TypeError, ValueError):
            # Another version of us, or somebody else on our bus: it must not stop the messages behind it.
            self.counts["messages_refused_total"] += 1
            log.warning("a message on the bus cannot be read", kind=message.kind, room=message.room, exc_info=True)

    def _dispatch(self, message: Message) -> None:
        match message.kind:
            case Kind.PROBE:
                if message.room == self.node:
                    self._repair.probed()
            case Kind.PRESENCE:
                self._take_presence(message)
            case Kind.CONTROL:
                self._take_control(message.room, orjson.loads(message.body))

    def _take(self, room: Room, published: Published) -> None:
        match room.receive(published, self.clock.now()):
            case Taken.READY:
                self._dirty.append(room)
                self._flush_soon()
            case Taken.HELD:
                self.counts["events_held_total"] += 1
                self._wake_in_time(room)
            case Taken.FOREIGN:
                self._repair.verify(room)
            case Taken.KNOWN:
                self.counts["events_repeated_total"] += 1

    def _take_presence(self, message: Message) -> None:
        room = self.rooms.get(message.room)
        said = orjson.loads(message.body)
        if room is not None and said["node"] != self.node:
            room.presence.heard(said["node"], Report(tuple(said["here"]), said["ask"]), self.clock.now())
            self._wake_in_time(room)

    def _take_control(self, room: str, said: dict[str, Any]) -> None:
        if "touch" in said and room in self.rooms:
            self.rooms[room].presence.touch(said["touch"], self.clock.now())
            self._wake_in_time(self.rooms[room])
        elif said["node"] == self.node:
            return
        elif "kick" in said:
            self._dismiss(room, said["kick"], said["code"])
        elif "moved" in said:
            for identity, cid in said["moved"]:
                if client := self.crowd.find(identity, cid):
                    self._replace(client)

    def _control(self, room: str, said: dict[str, Any]) -> None:
        self._broker.publish(Message(Kind.CONTROL, room, "", 0, orjson.dumps({"node": self.node} | said)))

    # --- what a connection calls -------------------------------------------------------------------------------------

    def register(self, client: Client) -> None:
        """Let a client in whose identity is known now. Raises `Rejected`."""
        replaced = self.crowd.register(client)
        if replaced is not None:
            self._replace(replaced)
        self._moved.append((client.who.id, client.cid))
        if len(self._moved) == 1:
            self.clock.call_soon(self._tell_moved)

    def _tell_moved(self) -> None:
        """Tell the other nodes who came here in this turn; they close what the same client has left open there."""
        moved, self._moved = self._moved, []
        self._control("", {"moved": moved})

    async def join(self, client: Client, wish: Join, before: bytes = b"") -> None:
        """Let `client` into a room and bring it to the room's position, all in one write behind the frames `before`.

        Raises `NotAdmitted`, and then has written nothing.
        """
        if client in self.rooms.get(wish.room, ()):
            raise NotAdmitted("bad_request")
        kicks = self.crowd.kicks
        await self.channel.admit(wish.room, client.who)
        with self._pinned(wish.room) as room:
            outcome = await self._catchup.join(room, wish.since, client.cid)
            if room.is_full_for(client.who):
                raise NotAdmitted("room_full")
            self.crowd.refuse_kicked(wish.room, client.who.id, since=kicks)
            if client.is_open:
                client.entered(room.name)
                self._perform(room.enter(client, self.clock.now()))
                client.write(before + outcome.framed + room.presence_in_full())
                self._wake_in_time(room)

    async def sync(self, client: Client, asked: Sync) -> None:
        """Answer "what did I miss after n?" to a member of the room."""
        if client.is_paused:
            return  # It gets everything when it reads again; until then it must not pile up answers.
        room = self.rooms[asked.room]
        self.flush(room)
        if asked.n >= room.n:
            room.expect(asked.n, self.clock.now())
            self._wake_in_time(room)
            client.write(text_frame(Head(room.name, room.n).encode()))
        else:
            outcome = await self._catchup.sync(room, asked.n, client.cid)
            if not client.is_open:
                return
            client.write(outcome.framed)
        if asked.pv is not None and asked.pv != room.presence.pv:
            client.write(room.presence_in_full())

    def leave(self, client: Client, room: str) -> None:
        """Let `client` out of a room."""
        if opened := self.rooms.get(room):
            opened.leave(client, self.clock.now())
            self._wake_in_time(opened)

    def paused(self, client: Client, room: str) -> None:
        """The client's socket takes no more bytes."""
        if opened := self.rooms.get(room):
            opened.pause(client)

    def resumed(self, client: Client, room: str) -> bool:
        """The client's socket takes bytes again. False when it has missed too much to go on."""
        if opened := self.rooms.get(room):
            missed = opened.resume(client)
            if missed is None:
                return False
            if missed:
                client.write(missed)
            client.write(opened.presence_in_full())
        return True

    def answer(self, client: Client, framed: bytes) -> None:
        """Send what only `client` gets, at the end of this turn: in one write with what its room is told then."""
        self._answers[client] = self.unsent_answers(client) + framed
        self._flush_soon()

    def unsent_answers(self, client: Client) -> bytes:
        """Take the answers that `client` has not got yet, for somebody who writes to it now."""
        return self._answers.pop(client, b"")

    # --- deliveries --------------------------------------------------------------------------------------------------

    def flush(self, room: Room) -> None:
        """Deliver what waits in the room."""
        before = room.sent
        if delivery := room.flush():
            self._perform((delivery,))
            self.figures.written(room.name, before, room.sent, len(delivery.to), self.clock.now())
            if room.name in self._waiting:
                self._answer_waiting(room)
            for member in room.fallen():
                self.counts["ring_falls_total"] += 1
                member.close(CloseCode.TOO_SLOW)

    def reset(self, room: Room, position: Position) -> None:
        """Begin another history: everybody comes again, and gets a snapshot."""
        log.warning("a room has another history", room=room.name, epoch=position.epoch)
        for member in room.reset(position):
            member.close(CloseCode.RESYNC)

    def skip(self, room: Room) -> None:
        """Make the clients of a room without a log ask for a snapshot."""
        self._perform((room.skip(),))

    def _flush_soon(self) -> None:
        if not self._is_flush_due:
            self._is_flush_due = True
            self.clock.call_soon(self._flush_all)

    def _flush_all(self) -> None:
        self._is_flush_due = False
        dirty, self._dirty = self._dirty, []
        for room in dirty:
            self.flush(room)
        answers, self._answers = self._answers, {}
        for client, framed in answers.items():
            if client.is_open:
                client.write(framed)

    def _perform(self, deliveries: tuple[Delivery, ...] | list[Delivery]) -> None:
        for delivery in deliveries:
            framed, answers = delivery.framed, self._answers
            for member in delivery.to:
                write = member.write
                write(framed + answers.pop(member) if member in answers else framed)
            self.counts["writes_total"] += len(delivery.to)

    def _answer_waiting(self, room: Room) -> None:
        for n, came in self._waiting[room.name]:
            if room.n > n:
                _resolve(came, True)
        self._still_waiting(room.name)

    def _still_waiting(self, room: str) -> None:
        if still := [(n, came) for n, came in self._waiting.pop(room, ()) if not came.done()]:
            self._waiting[room] = still

    def _dismiss(self, room: str, identity: str | None, code: int) -> None:
        self.crowd.kicked(room, identity, code)
        if (opened := self.rooms.get(room)) is None:
            return
        for member in opened.members():
            if identity is None or member.who.id == identity:
                member.dismiss(room, code)
                opened.presence.dismiss(member.who.presence or "")

    def _replace(self, client: Client) -> None:
        self.crowd.forget(client)
        client.close(CloseCode.REPLACED)

    # --- rooms and time ----------------------------------------------------------------------------------------------

    @contextmanager
    def _pinned(self, name: str) -> Iterator[Room]:
        """Open a room, and keep it open meanwhile though it may have no members."""
        if (room := self.rooms.get(name)) is None:
            room = self._open(name)
        self._pins[name] += 1
        try:
            yield room
        finally:
            self._pins[name] -= 1

    def _open(self, name: str) -> Room:
        self._rooms_opened += 1
        first_ping_s = self.random.random() * self.limits.ping_s
        own_epoch = f"{self.node}.{self._rooms_opened}"
        room = Room(name, own_epoch, limits=self.limits, now=self.clock.now(), first_ping_s=first_ping_s)
        self.rooms[name] = room
        self._wake_in_time(room)
        return room

    def _drop(self, room: Room) -> None:
        del self.rooms[room.name]
        del self._pins[room.name], self._idle_since[room.name]
        self._repair.forget(room)

    def _wake_in_time(self, room: Room) -> None:
        self._alarms.set(room.name, room.wakes_at())

    def _attend(self, name: str) -> None:
        if (room := self.rooms.get(name)) is None:
            return
        now = self.clock.now()
        self._perform(room.tick(now))
        if report := room.presence.report(now):
            said = {"node": self.node, "here": report.names, "ask": report.ask}
            self._broker.publish(Message(Kind.PRESENCE, name, "", 0, orjson.dumps(said)))
        if room.has_hole(now):
            self._repair.fill(room)
        if self._is_idle(room, now):
            self._drop(room)
        else:
            self._wake_in_time(room)

    def _is_idle(self, room: Room, now: float) -> bool:
        if room.members() or self._pins[room.name]:
            self._idle_since.pop(room.name, None)
            return False
        return now - self._idle_since.setdefault(room.name, now) >= self.limits.idle_room_s


def _resolve(came: asyncio.Future[bool], value: bool) -> None:  # noqa: FBT001
    if not came.done():
        came.set_result(value)
