"""One process of the product, as far as it matters here: a desk over the shared database, and what it is doing.

A process dies at an await: its tasks are cancelled, its memory is gone, and whatever of it still runs finds every door
shut. What it had put on the wire arrives all the same.
"""

import asyncio
import contextvars
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa
from sqlmodel.ext.asyncio.session import AsyncSession

from app.actions.desk import Desk, Policies
from app.actions.shelf import Shelf
from app.ids import CROCKFORD, Ulids
from app.jobs import Worker
from app.payments.keys import StripeKeys
from app.payments.stripe_gateway import StripeGateway
from app.storage.appends import Unavailable
from app.storage.database import Database
from app.storage.log import Log
from tests.simulation.wires import StripeWire

if TYPE_CHECKING:
    from tests.simulation.world import World

__all__ = ["HOME", "Died", "Node", "tracking"]

T = TypeVar("T")

HOME: contextvars.ContextVar["Node | None"] = contextvars.ContextVar("home", default=None)
"""The process that a task belongs to; None for guests, Stripe and the weather."""

KEYS = ("k" * 40,)
STEP_S = (0.0, 0.004)
NEVER_S = 1e9


class Died(ConnectionError):
    """The process died before it answered."""


class NodeDatabase(Database):
    """The shared database as one process reaches it: every statement takes a moment, in which others act."""

    def __init__(self, node: "Node") -> None:
        super().__init__(node.world.engine, sqlite=node.world.runtime)
        self._node = node

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        await self._node.step("database")
        async with super().read() as session:
            yield session

    async def rows(
        self, query: sa.Executable, parameters: Mapping[str, object] | None = None
    ) -> Sequence[sa.Row[*tuple[Any, ...]]]:
        await self._node.step("database")
        return await super().rows(query, parameters)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        await self._node.step("database")
        async with super().write() as session:
            yield session
        # It is committed; whether the one who asked hears of it is another question.
        await self._node.step("database")

    def turn(self) -> AbstractAsyncContextManager[object]:
        return self._turned()

    @asynccontextmanager
    async def _turned(self) -> AsyncIterator[object]:
        async with super().turn() as turn:
            if asyncio.current_task() is not None and asyncio.current_task().get_name() == "log writer":  # type: ignore[union-attr]
                await self._node.step("database")
            yield turn


class Node:
    """A process. `fuse` is after how many more steps it dies, `skew` how wrong its clock goes."""

    def __init__(self, world: "World", name: str) -> None:
        self.world = world
        self.name = name
        self.is_alive = True
        self.fuse: int | None = None
        self.skew = timedelta()
        self.no_database_until = 0.0
        self.tasks: dict[asyncio.Task[Any], None] = {}
        self._chance = Random(world.chance.random())
        self._context = contextvars.copy_context()
        self._context.run(HOME.set, self)
        self.desk = self._open()
        self.spawn(Worker(self.desk, interval_s=NEVER_S).run())

    def _open(self) -> Desk:
        chance, clock = self._chance, self.clock
        database = NodeDatabase(self)
        log = Log(database, codec=self.world.codec, new_epoch=lambda: "".join(chance.choices(CROCKFORD, k=10)))
        gateway = StripeGateway(
            StripeKeys("sk_test_sandbox", ("whsec_sandbox",)),
            environment="simulation",
            api_base="http://stripe.test",
            transport=StripeWire(self),
            clock=clock,
            monotonic=self.world.loop.time,
            chance=chance.random,
        )
        return Desk(
            database,
            log,
            gateway,
            Shelf(log, database),
            announce=self.world.ear,
            policies=Policies(environment="simulation", signing_keys=KEYS, publishable_key="pk_test_sandbox"),
            clock=clock,
            new_id=Ulids(lambda: int(clock().timestamp() * 1000), chance.getrandbits),
            new_token=lambda: f"{chance.getrandbits(256):064x}",
            sleep=self.sleep,
            chance=Random(chance.random()),
        )

    def clock(self) -> datetime:
        """What its clock shows."""
        return self.world.now() + self.skew

    async def step(self, where: str) -> None:
        """The moment between two steps: others act, and this is where the process may die or be left without."""
        self._count_down()
        await asyncio.sleep(self._chance.uniform(*STEP_S))
        self._count_down()
        if where == "database" and self.world.loop.time() < self.no_database_until:
            raise Unavailable("the database is away")

    def _count_down(self) -> None:
        if self.fuse is not None and self.is_alive:
            self.fuse -= 1
            if self.fuse <= 0:
                self.die()
        if not self.is_alive:
            raise asyncio.CancelledError

    async def sleep(self, seconds: float) -> None:
        """Wait, as long as it lives."""
        await asyncio.sleep(seconds)
        if not self.is_alive:
            raise asyncio.CancelledError

    def spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Run something in this process."""
        return self.world.loop.create_task(work, context=self._context.copy())

    async def call(self, work: Callable[[Desk], Awaitable[T]]) -> T:
        """Ask this process for something over a wire; raises `Died` where no answer comes."""
        if not self.is_alive:
            raise Died(self.name)

        async def answer() -> T:
            await self.step("request")
            done = await work(self.desk)
            await self.step("answer")
            return done

        task = self.spawn(answer())
        await asyncio.wait({task})
        if task.cancelled():
            raise Died(self.name)
        return task.result()

    def die(self) -> None:
        """As by kill -9."""
        if not self.is_alive:
            return
        self.is_alive = False
        self.world.say(f"{self.name} dies")
        for task in list(self.tasks):
            if task is not asyncio.current_task():
                task.cancel()

    async def gone(self) -> None:
        """Wait until nothing of it is left."""
        while self.tasks:
            await asyncio.wait(list(self.tasks))


def tracking(loop: asyncio.AbstractEventLoop, coroutine: Any, **more: Any) -> asyncio.Task[Any]:
    """A task factory: every task knows the process that it dies with."""
    context: contextvars.Context | None = more.get("context")
    home = context.get(HOME) if context is not None else HOME.get()
    task: asyncio.Task[Any] = asyncio.Task(coroutine, loop=loop, **more)
    if home is not None:
        home.tasks[task] = None
        task.add_done_callback(lambda done: home.tasks.pop(done, None))
        if not home.is_alive:
            task.cancel()
    return task
