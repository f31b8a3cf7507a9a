"""The bill's side of the room engine: who may enter which room, what is seen there, and what is told after a commit.

`Live` answers what the engine asks (`realtime.channel.Channel`); `Bulletin` tells it what was committed
(`app.actions.desk.Announcer`). Every event is encoded once, here, for every phone on every node.
"""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from zlib import crc32

import orjson
import structlog

from app.actions import errors, floor, frames, guests, perform, sessions, staff
from app.actions.access import SEAT_COOKIE, STAFF_COOKIE, Access, GuestAccess, StaffAccess, bare_cookie
from app.actions.desk import Advance, Desk
from app.actions.roles import WHO
from app.domain.bill import Bill
from app.domain.commands import SYSTEM, Actor
from app.domain.tile import summary
from app.domain.view import JSON, patch
from app.storage.together import Together
from realtime.channel import Handshake, Identity, Snapshot
from realtime.errors import NotAdmitted, NotSignedIn
from realtime.frames import Ack, Do, Err, Position, Published, encode_event
from realtime.hub import Hub

log = structlog.get_logger()

TABLE, FLOOR = "table:", "floor:"
TILE_CHANGED = "tile.changed"
SEATS_MAX = 20


@dataclass(frozen=True, slots=True)
class Badges:
    """All that one connection may act as: a phone can have seats at several tables, a browser may be staff too.

    Thousands of idle phones hold one of these each, and nearly all have a single seat.
    """

    seats: tuple[GuestAccess, ...]
    staff: StaffAccess | None

    def seat(self, stream: str) -> GuestAccess | None:
        """The guest that this connection is at one table."""
        return next((seat for seat in self.seats if seat.stream == stream), None)

    def access(self, stream: str) -> Access | None:
        """What this connection is at one table: its guest, or staff."""
        return self.seat(stream) or self.staff

    def actor(self, stream: str, k: str) -> Actor | None:
        """Who does `k` there: the guest, unless only staff may."""
        seat = self.seat(stream)
        if seat is not None and (self.staff is None or k not in WHO or WHO[k].guests):
            return seat.actor
        return self.staff.actor if self.staff else None


class Live:
    """The channel behind the rooms of bills and floors."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        # A storm of phones asks these of the database for many at once.
        self._seats = Together(partial(guests.seated, desk))
        self._heads = Together(desk.log.heads)
        self._commands = Together(desk.log.highest_commands)

    async def identify(self, handshake: Handshake, token: str | None) -> Identity:
        """Say who is connecting, by the token of their hello or by their cookies."""
        badges = await (self._by_token(token) if token else self._by_cookies(handshake.cookies))
        if badges.seats:
            newest = max(badges.seats, key=attrgetter("stream"))
            return Identity(newest.guest_id, "guest", newest.guest_id, badges)
        if badges.staff is not None:
            return Identity(badges.staff.staff_id, "staff", None, badges)
        raise NotSignedIn

    async def _by_token(self, token: str) -> Badges:
        if seat := await self._seats.get(token):
            return Badges((seat,), None)
        return Badges((), await staff.authenticate(self._desk, token))

    async def _by_cookies(self, cookies: Mapping[str, str]) -> Badges:
        bare = {bare_cookie(name): value for name, value in cookies.items()}
        tokens = [bare[name] for name in sorted(bare, reverse=True) if name.startswith(SEAT_COOKIE)][:SEATS_MAX]
        found = await asyncio.gather(*map(self._seats.get, tokens))
        member = await staff.authenticate(self._desk, bare[STAFF_COOKIE]) if STAFF_COOKIE in bare else None
        return Badges(tuple({seat.stream: seat for seat in found if seat}.values()), member)

    async def admit(self, room: str, who: Identity) -> None:
        """Let `who` into `room`: a guest to the own table, staff to every table and the floor of their restaurant."""
        badges: Badges = who.data
        if room.startswith(FLOOR):
            if badges.staff is None or badges.staff.restaurant_id != room.removeprefix(FLOOR):
                raise NotAdmitted
            return
        access = badges.access(stream := room.removeprefix(TABLE))
        if not room.startswith(TABLE) or access is None:
            raise NotAdmitted
        try:
            await sessions.may_enter(self._desk, stream, access)
        except errors.NotFound:
            raise NotAdmitted from None

    async def snapshot(self, room: str) -> Snapshot:
        """Read position and state of a room."""
        if room.startswith(FLOOR):
            return Snapshot("", 0, orjson.dumps(await floor.floor(self._desk, room.removeprefix(FLOOR))))
        stream = room.removeprefix(TABLE)
        now = await sessions.glimpse(self._desk, stream, await self._heads.get(stream))
        return Snapshot(now.epoch, now.version, orjson.dumps(now.view))

    async def events_since(self, room: str, epoch: str, n: int) -> list[Published] | None:
        """Read the events of a table after `n`; a floor has no history."""
        if not room.startswith(TABLE):
            return None
        bodies = await sessions.events_since(self._desk, room.removeprefix(TABLE), epoch, n)
        if bodies is None:
            return None
        return [Published(room, epoch, n + 1 + place, body) for place, body in enumerate(bodies)]

    async def heads(self, rooms: Collection[str]) -> Mapping[str, Position]:
        """Read the newest positions, those of tables in one read."""
        streams = [room.removeprefix(TABLE) for room in rooms if room.startswith(TABLE)]
        found = await self._desk.log.heads(streams) if streams else {}
        positions = {TABLE + stream: Position(head.epoch, head.version) for stream, head in found.items()}
        for room in rooms:
            if room.startswith(FLOOR):
                seen = await floor.floor(self._desk, room.removeprefix(FLOOR))
                positions[room] = Position("", crc32(orjson.dumps(seen)))
        return positions

    async def highest_command(self, room: str, cid: str) -> int:
        """Return the highest committed command number of this client at a table."""
        if not room.startswith(TABLE):
            return 0
        return await self._commands.get((room.removeprefix(TABLE), cid)) or 0

    async def handle(self, room: str, who: Identity, command: Do, cid: str) -> Ack | Err:
        """Apply a command exactly once, and answer after the commit."""
        stream, k = room.removeprefix(TABLE), command.kind
        actor = who.data.actor(stream, k) if room.startswith(TABLE) else None
        if actor is None:
            return Err("forbidden", room, command.id)
        try:
            key = perform.key_of(cid, command.id, k, command.data)
            done = await perform.perform(self._desk, stream, k, command.data, by=actor, key=key)
        except errors.ActionError as error:
            return _refused(error, room, command)
        except Exception:
            log.exception("a command failed", room=room, k=k)
            return Err("internal", room, command.id, retry=True)
        return Ack(command.id, room, done.version, done.dup)


def _refused(error: errors.ActionError, room: str, command: Do) -> Err:
    retry = isinstance(error, errors.Unavailable | errors.TooMany)
    unknown = isinstance(error, errors.Invalid) and any(one.path == ("k",) for one in error.errors)
    return Err("bad_request" if unknown else error.code, room, command.id, retry=retry, msg=error.detail or None)


class Bulletin:
    """Tells the rooms what was committed. It is made before the hub and hangs silent until `open`."""

    def __init__(self) -> None:
        self._hub: Hub | None = None
        self._desk: Desk | None = None

    def open(self, hub: Hub, desk: Desk) -> None:
        """From now on, tell `hub`."""
        self._hub, self._desk = hub, desk

    def advanced(self, advance: Advance) -> None:
        """Send every event to its table, and what it changes of the tiles to the floor.

        What was committed stays committed: a phone that is not told learns of it by the next look at the heads.
        """
        try:
            self._send(advance)
        except Exception:
            log.exception("a commit could not be announced", stream=advance.stream)

    def _send(self, advance: Advance) -> None:
        if self._hub is None or self._desk is None:
            return
        idle = self._desk.policies.session_idle
        bodies = frames.encoded(advance.stream, advance.steps, advance.names, idle=idle)
        room = frames.table_room(advance.stream)
        for step, body in zip(advance.steps, bodies, strict=True):
            self._hub.publish(Published(room, advance.epoch, step.event.seq, body))
        last = advance.steps[-1]
        self._tiles(last.after.restaurant_id, tiles(advance.steps[0].before, last.after), by=last.event.by)

    def _tiles(self, restaurant_id: str, changed: JSON, *, by: str) -> None:
        if self._hub is None or self._desk is None or not changed:
            return
        room = frames.floor_room(restaurant_id)
        body = encode_event(room, 0, TILE_CHANGED, at=self._desk.now(), by=by, patch={"tables": changed})
        self._hub.publish(Published(room, "", 0, body))

    def table_changed(self, restaurant_id: str, table_id: str) -> None:
        """Send one tile as its rows have it now."""
        if self._hub is not None:
            self._hub.spawn(self._send_tile(restaurant_id, table_id))

    async def _send_tile(self, restaurant_id: str, table_id: str) -> None:
        if self._desk is None:
            return
        tile = await floor.tile(self._desk, restaurant_id, table_id)
        if tile is not None:
            self._tiles(restaurant_id, {table_id: {"session": None, **tile}}, by=SYSTEM.id)

    def removed(self, stream: str, guest_id: str) -> None:
        """Send a guest out of the room."""
        if self._hub is not None:
            self._hub.kick(frames.table_room(stream), guest_id)


def tiles(before: Bill, after: Bill) -> JSON:
    """What of the floor changes with a bill: a merge patch of `tables`, with absolute values."""
    old = summary(before) if before.version and not before.is_over else {}
    gone = {"service": "to_clean", "money": floor.EMPTY_MONEY, "session": None}
    if after.is_over:
        return {after.table_id: gone}
    new = summary(after)
    if before.version and before.table_id != after.table_id:
        return {before.table_id: gone, after.table_id: new}
    changed = patch(old, new)
    if "session" in changed:
        # The version goes with every change, so that an older tile never overwrites a newer one.
        changed["session"] = {**changed["session"], "id": after.session, "version": after.version}
    return {after.table_id: changed} if changed else {}
