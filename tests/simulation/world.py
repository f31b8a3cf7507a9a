"""One seed's world: its time, its chance, Stripe, the processes, the weather, and the story of what happened."""

import asyncio
import contextvars
import hashlib
import sqlite3
from collections.abc import Coroutine
from datetime import datetime, timedelta
from random import Random
from typing import Any, TypeVar

from app.actions.desk import Silence
from app.ids import Ulids
from stripe_sandbox.courier import Courier
from stripe_sandbox.sandbox import Config, Sandbox
from stripe_sandbox.web import create_app
from tests.simulation.loop import VirtualLoop
from tests.simulation.nodes import Node, tracking
from tests.simulation.place import OPENED, RUNTIME, Place
from tests.simulation.wires import HookWire, Weather

__all__ = ["World"]

T = TypeVar("T")

NODES = 3
GLANCE_S = 20.0
RING_S = 1.0
RING_MAX_S = 60.0
BEAT_S = 300.0
"""How seldom the jobs are rung for what is done by the clock: each node would look every second."""

DUE = """
SELECT min(at) FROM (
    SELECT min(next_at) AS at FROM stripe_calls WHERE state IN ('planned', 'sent')
    UNION ALL SELECT min(next_at) FROM inbox WHERE state = 'received'
    UNION ALL SELECT min(next_look_at) FROM payments
    UNION ALL SELECT min(next_look_at) FROM refunds
    UNION ALL SELECT min(due_at) FROM remedies
    UNION ALL SELECT min(next_at) FROM holds
    UNION ALL SELECT min(expires_at) FROM payments WHERE state NOT IN ('succeeded', 'canceled', 'refused')
)
"""


class World:
    """Everything that one seed decides about. `say` adds a line to its story."""

    def __init__(self, seed: int, place: Place) -> None:
        self.seed, self.place = seed, place
        self.chance = Random(seed)
        self.loop = VirtualLoop()
        self.loop.set_task_factory(tracking)
        self.loop.set_exception_handler(lambda _loop, _context: None)
        self.engine, self.runtime, self.codec = place.engine, RUNTIME, place.codec
        self.story: list[str] = []
        self.weather = Weather()
        self.ear = Silence()
        self.acknowledged: dict[str, None] = {}
        self.nodes: list[Node] = []
        self.new_id = Ulids(lambda: int(self.now().timestamp() * 1000), Random(seed).getrandbits)
        self._outside = contextvars.copy_context()
        self._running: dict[asyncio.Task[Any], None] = {}
        self._ring_s = RING_S
        self._rung_at = 0.0
        self.stripe = self._open_stripe()
        self.stripe_app = create_app(self.stripe, sleep=asyncio.sleep)
        place.clean()
        self.books = sqlite3.connect(place.file, isolation_level=None)

    def _open_stripe(self) -> Sandbox:
        config = Config(webhook_url="http://splittable.test/hooks", retry_base_s=2.0, settle_s=2.0)
        chance = Random(self.chance.random())
        return Sandbox(config, clock=lambda: self.now().timestamp(), chance=chance)

    def begin(self) -> None:
        """Start Stripe's courier and the processes."""
        self.courier = Courier(self.stripe, transport=HookWire(self))
        self.spawn(self.courier.run())
        self.nodes = [Node(self, f"node {number}") for number in range(1, NODES + 1)]

    def now(self) -> datetime:
        """The true time."""
        return OPENED + timedelta(seconds=self.loop.time())

    def say(self, line: str) -> None:
        """Add a line to the story."""
        self.story.append(f"{self.loop.time():10.3f}  {line}")

    @property
    def digest(self) -> str:
        """A name for exactly this story."""
        return hashlib.sha256("\n".join(self.story).encode()).hexdigest()

    def spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Let something happen outside of every process."""
        task = self.loop.create_task(work, context=self._outside.copy())
        self._running[task] = None
        task.add_done_callback(lambda done: self._running.pop(done, None))
        return task

    @property
    def alive(self) -> list[Node]:
        """The processes that live."""
        return [node for node in self.nodes if node.is_alive]

    def some_node(self) -> Node | None:
        """A process that lives, as a balancer picks it."""
        return self.chance.choice(self.alive) if self.alive else None

    def restart(self) -> None:
        """Start a process in the place of each that died."""
        for place, node in enumerate(self.nodes):
            if not node.is_alive:
                self.nodes[place] = Node(self, node.name)
                self.say(f"{node.name} starts")

    # Time

    async def pass_(self, seconds: float) -> None:
        """Let time pass; the jobs of the processes are rung when something is due, as their clocks would."""
        until, self._ring_s = self.loop.time() + seconds, RING_S
        while (left := until - self.loop.time()) > 0:
            await asyncio.sleep(min(left, self._until_due()))
            if self._is_due() or self.loop.time() - self._rung_at >= BEAT_S:
                self.ring()

    async def skip(self, seconds: float) -> None:
        """Let time pass at once, as if all machines had slept; then they have a minute."""
        await asyncio.sleep(seconds)
        for node in self.alive:
            node.desk.wake.set()
        await self.pass_(60.0)

    def ring(self) -> None:
        """Wake the jobs of some process."""
        node = self.some_node()
        self._rung_at = self.loop.time()
        if node is not None:
            node.desk.wake.set()

    def _until_due(self) -> float:
        due = self._due()
        if due is None:
            return GLANCE_S
        wait = due - self.loop.time()
        if wait > 0:
            self._ring_s = RING_S
            return min(wait + 0.001, GLANCE_S)
        # Somebody was told already, or is at it.
        self._ring_s = min(RING_MAX_S, self._ring_s * 1.5)
        return self._ring_s

    def _is_due(self) -> bool:
        due = self._due()
        return due is not None and due <= self.loop.time()

    def _due(self) -> float | None:
        """When something in the database is due, in the loop's time."""
        (at,) = self.books.execute(DUE).fetchone()
        return (datetime.fromisoformat(f"{at}+00:00") - OPENED).total_seconds() if at else None

    # The end

    async def end(self) -> None:
        """Nobody does anything any more."""
        for node in self.nodes:
            node.die()
        for task in list(self._running):
            if task is not asyncio.current_task():
                task.cancel()
        await asyncio.gather(*(node.gone() for node in self.nodes))
        await asyncio.gather(
            *(task for task in self._running if task is not asyncio.current_task()), return_exceptions=True
        )
        await self.courier.close()
        await self.engine.dispose()
        self.books.close()
