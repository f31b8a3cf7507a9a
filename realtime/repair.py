"""Repairs what the bus lost: asks the log for the heads of our rooms and fills what is missing.

While the bus works that is a glance every few seconds; whenever messages may have been missed (a new subscription, a
probe of our own that did not come back) it happens at once; and while the bus is down it is how events travel.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Coroutine, Sequence
from random import Random
from typing import Any, Protocol

import structlog

from realtime.broker import Broker, Kind, Message
from realtime.channel import Channel, Clock, Limits, Position, Timer
from realtime.room import Room

log = structlog.get_logger()

COUNTED = ("behind", "doubts", "failures", "filled", "skips")


class Ward(Protocol):
    """The hub as repair sees it."""

    clock: Clock
    node: str
    rooms: dict[str, Room]

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run in the background; failures are logged."""

    def flush(self, room: Room) -> None:
        """Deliver what waits in the room."""

    def reset(self, room: Room, position: Position) -> None:
        """Begin another history, and let the clients come again."""

    def skip(self, room: Room) -> None:
        """Make the clients of a room without a log ask for a snapshot."""


class Repair:
    """Watches over the bus and over the rooms of one hub."""

    def __init__(self, ward: Ward, channel: Channel, broker: Broker, limits: Limits, random: Random) -> None:
        self._ward = ward
        self._channel = channel
        self._broker = broker
        self._limits = limits
        self._random = random
        self._timers: dict[str, Timer] = {}
        self._filling: set[str] = set()
        self._heads_seen: dict[str, Position] = {}
        self._is_checking = False
        self._is_doubtful = False
        self._is_log_lost = False
        self._probed_at = ward.clock.now()
        self.is_bus_alive = True
        self.counts: Counter[str] = Counter(dict.fromkeys(COUNTED, 0))

    @property
    def is_healthy(self) -> bool:
        """Whether the bus carries our messages, as far as anybody can tell."""
        return self._broker.is_up and self.is_bus_alive

    def start(self) -> None:
        """Begin to probe and to check."""
        self._probed_at = self._ward.clock.now()
        self._probe()
        self._beat()

    def stop(self) -> None:
        """Do nothing more."""
        for timer in self._timers.values():
            timer.cancel()

    # --- the bus -----------------------------------------------------------------------------------------------------

    def doubted(self) -> None:
        """Messages may have been missed: check all heads now."""
        self.counts["doubts"] += 1
        self._is_doubtful = bool(self._ward.rooms)
        self._beat()

    def probed(self) -> None:
        """A probe of ours came back."""
        self._probed_at = self._ward.clock.now()
        if not self.is_bus_alive:
            self.is_bus_alive = True
            log.info("the bus carries messages again")
            self.doubted()

    def probe_age_s(self) -> float:
        """Return how long ago a probe came back."""
        return self._ward.clock.now() - self._probed_at

    def _probe(self) -> None:
        if self.is_bus_alive and self.probe_age_s() > self._limits.probe_timeout_s:
            self.is_bus_alive = False
            log.warning("the bus is silent, polling the log instead", silent_s=round(self.probe_age_s(), 1))
            self._broker.reconnect()
            self.doubted()
        self._broker.publish(Message(Kind.PROBE, self._ward.node, "", 0, b""))
        self._again("probe", self._limits.probe_s)

    # --- the heads ---------------------------------------------------------------------------------------------------

    def _beat(self) -> None:
        if not self._is_checking and self._ward.rooms:
            self._is_checking = True
            self._ward.spawn(self._check_all())
        self._again("beat", self._limits.heads_check_s if self.is_healthy else self._poll_s())

    def _poll_s(self) -> float:
        return self._random.uniform(*self._limits.bus_down_poll_s)

    def _again(self, what: str, delay_s: float) -> None:
        if what in self._timers:
            self._timers[what].cancel()
        callback = self._beat if what == "beat" else self._probe
        self._timers[what] = self._ward.clock.call_later(delay_s, callback)

    async def _check_all(self) -> None:
        is_doubtful, self._is_doubtful = self._is_doubtful, False
        try:
            names = [name for name, room in self._ward.rooms.items() if room.epoch is not None]
            for start in range(0, len(names), self._limits.heads_batch):
                await self._check(names[start : start + self._limits.heads_batch], is_doubtful=is_doubtful)
        except Exception as error:  # noqa: BLE001 (a host's storage fails in its own ways)
            # What we wanted to know we still want to know.
            self._is_doubtful = self._is_doubtful or is_doubtful
            self._note_failure(error)
        else:
            self._note_success()
        finally:
            self._is_checking = False

    async def _check(self, names: Sequence[str], *, is_doubtful: bool) -> None:
        heads = await self._channel.heads(names)
        for name in names:
            room = self._ward.rooms.get(name)
            if room is None or room.epoch is None:
                continue
            if room.is_logged:
                self._compare(room, heads.get(name))
            else:
                self._compare_unlogged(room, heads.get(name), is_doubtful=is_doubtful)

    def _compare(self, room: Room, head: Position | None) -> None:
        if head is None:
            return
        if head.epoch != room.epoch:
            self._ward.reset(room, head)
        elif head.n > room.n:
            self.counts["behind"] += 1
            self.fill(room)

    def _compare_unlogged(self, room: Room, head: Position | None, *, is_doubtful: bool) -> None:
        """Guess whether a room without a log missed something: in doubt always, else if it changed unheard."""
        before = self._heads_seen.get(room.name, head)
        if head is not None:
            self._heads_seen[room.name] = head
        had_news, room.has_news = room.has_news, False
        if is_doubtful or (head != before and not had_news):
            self.counts["skips"] += 1
            self._ward.skip(room)

    def _note_failure(self, error: Exception) -> None:
        self.counts["failures"] += 1
        if not self._is_log_lost:
            # Once, not several times a second for as long as it lasts.
            self._is_log_lost = True
            log.error("the log cannot be read, trying again", exc_info=error)

    def _note_success(self) -> None:
        if self._is_log_lost:
            self._is_log_lost = False
            log.info("the log can be read again")

    # --- one room ----------------------------------------------------------------------------------------------------

    def fill(self, room: Room) -> None:
        """Read what the room misses from the log, in the background, once at a time."""
        if room.name not in self._filling and room.is_logged:
            self._filling.add(room.name)
            self._ward.spawn(self._fill(room))

    def verify(self, room: Room) -> None:
        """Ask the log whose history is the true one, in the background."""
        if room.name not in self._filling:
            self._filling.add(room.name)
            self._ward.spawn(self._verify(room))

    def forget(self, room: Room) -> None:
        """Let go of a room that is closed."""
        self._heads_seen.pop(room.name, None)

    async def _fill(self, room: Room) -> None:
        try:
            events = await self._channel.events_since(room.name, room.epoch or "", room.n)
            if events is None:
                await self._adopt_head(room)
            else:
                self.counts["filled"] += len(events)
                room.fill(events, self._ward.clock.now())
                self._ward.flush(room)
        except Exception as error:  # noqa: BLE001
            self._note_failure(error)
        finally:
            # Also when the log could not be read: then this hole waits like a new one, or for the next check.
            room.settle(self._ward.clock.now())
            self._filling.discard(room.name)

    async def _verify(self, room: Room) -> None:
        try:
            await self._adopt_head(room)
        except Exception as error:  # noqa: BLE001
            self._note_failure(error)
        finally:
            self._filling.discard(room.name)

    async def _adopt_head(self, room: Room) -> None:
        head = (await self._channel.heads([room.name])).get(room.name)
        if head is not None and head.epoch and head.epoch != room.epoch:
            self._ward.reset(room, head)
