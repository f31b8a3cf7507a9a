"""One simulated evening: steps, an audit after each, then everything is healed and must become quiet."""

import asyncio
import random
import sys
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx
import structlog

from app.actions import errors, proof
from app.domain.bill import Bill, Line
from app.domain.payment import Payment
from app.payments.gateway import GatewayError
from app.storage.appends import Unavailable
from app.storage.verify import verify
from stripe_sandbox import faults
from tests.simulation.auditor import Auditor, Violation
from tests.simulation.people import Guest, Member, NoAnswer, Page
from tests.simulation.place import place
from tests.simulation.steps import LONG, PROLOGUE, RARE, STEPS, Nobody, Step
from tests.simulation.wires import Weather
from tests.simulation.world import World

__all__ = ["Evening", "Outcome", "simulate"]

T = TypeVar("T")

STEPS_EACH = 60
TRIES = 8
STEP_S_MAX = 0.4
RARE_EACH = 0.006
A_MINUTE_S, AN_HOUR_S, HALF_A_DAY_S = 60.0, 3600.0, 12 * 3600.0
HEALING = (*[A_MINUTE_S] * 30, *[AN_HOUR_S] * 6, *[HALF_A_DAY_S] * 6)
"""How long everything may take to become quiet: what is in doubt is looked up after 23 hours."""

EXPECTED = (errors.ActionError, GatewayError, Unavailable, asyncio.CancelledError)
"""What a process may say it could not do. Anything else that reaches its log is a mistake of ours."""


FOUND_ANYWAY = ("never_answered", "open_24h", "dead_event", "refund_failed", "dispute_over_refund")
"""Findings that an outage, a failing refund or a payer's bank brings about. Any other one says that money is not where
it should be."""


@dataclass(frozen=True)
class Outcome:
    """What became of a seed. `problem` is None where everything held; `story` is what happened, line by line."""

    seed: int
    steps: int
    problem: str | None
    story: tuple[str, ...]
    digest: str


class Evening:
    """Who is there, and what they do."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.auditor = Auditor(world)
        self.guests: list[Guest] = []
        self.pages: list[Page] = []
        self.team = [Member(world, access) for access in world.place.team]
        self.alarms: list[str] = []
        self.steps = 0
        self.is_idle = False

    # Who and what a step is about

    def guest(self) -> Guest:
        """Somebody at a table."""
        return self._one_of(self.guests)

    def goes(self, guest: Guest) -> None:
        """Somebody has left, by themselves or not."""
        self.guests = [each for each in self.guests if each is not guest]

    def member(self) -> Member:
        """Somebody of the staff."""
        return self._one_of(self.team)

    def stream(self) -> str:
        """A visit, most of the time one that is going on."""
        going_on = [stream for stream, bill in self.auditor.bills.items() if not bill.is_over]
        return self._one_of(going_on or list(self.auditor.bills))

    def bill(self, stream: str) -> Bill:
        """A visit's bill, as the auditor knows it."""
        if stream not in self.auditor.bills:
            raise Nobody
        return self.auditor.bills[stream]

    def line(self, stream: str) -> Line:
        """A line of that bill."""
        return self._one_of(list(self.bill(stream).lines.values()))

    def staff_with_payment(self, which: Callable[[Payment], bool]) -> tuple[Member, str, str]:
        """Somebody of the staff, and such a payment."""
        found = [(stream, each.id) for stream, each in self.auditor.payments if which(each)]
        return (self.member(), *self._one_of(found))

    def _one_of(self, several: Sequence[T]) -> T:
        if not several:
            raise Nobody
        return self.world.chance.choice(several)

    def asked_refunds(self) -> list[str]:
        """What waiters have asked for, and nobody has decided."""
        return [row[0] for row in self.world.books.execute("SELECT id FROM refunds WHERE state = 'asked' ORDER BY id")]

    def tabs(self) -> list[str]:
        """The tabs that are open."""
        return [each.id for bill in self.auditor.bills.values() for each in bill.holds.values() if each.is_live]

    def tab(self) -> str:
        """One of them."""
        return self._one_of(self.tabs())

    def heard(self, level: str, said: dict[str, Any]) -> None:
        """A process logged something."""
        error = sys.exc_info()[1]
        if level not in ("error", "critical", "exception") or isinstance(error, EXPECTED):
            return
        if said.get("kind") in FOUND_ANYWAY:
            self.world.say(f"a finding: {said['kind']} {said.get('subject')}")
            return
        figures = ", ".join(f"{name} {value}" for name, value in said.items() if name not in ("event", "exc_info"))
        self.alarms.append(f"logged: {said.get('event')} ({figures}) {error!r}")

    # Living it

    def begin(self, what: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Let somebody do something while the evening goes on."""
        return self.world.spawn(self._done(what, work))

    async def _done(self, what: str, work: Coroutine[Any, Any, None]) -> None:
        world = self.world
        try:
            await work
            world.say(f"{what}: done")
        except errors.ActionError as error:
            world.say(f"{what}: {error.code}")
        except Nobody:
            self.is_idle = True
        except (NoAnswer, httpx.HTTPError) as error:
            world.say(f"{what}: {type(error).__name__}")
        except Exception as error:  # noqa: BLE001  # whatever it is, nobody expected it
            self.alarms.append(f"{what}: {error!r}")

    async def live(self, steps: int) -> None:
        """Step by step, with an audit after each; then heal, and wait for quiet."""
        self.world.begin()
        for _ in range(steps):
            await self._step()
        await self._heal()

    async def _step(self) -> None:
        self.steps += 1
        for _ in range(TRIES):
            if await self._did(PROLOGUE.get(self.steps) or random_step(self.world)):
                break
        await self.world.pass_(self.world.chance.choice((0.001, 0.01, 0.05, STEP_S_MAX, 2.0)))
        self._audit()

    async def _did(self, step: Step) -> bool:
        """Begin a step; whether there was anybody who could do it."""
        self.world.say(f"{self.steps}. {step.__name__}")
        self.is_idle = False
        doing = self.begin(step.__name__, step(self))
        await asyncio.sleep(0)
        if self.is_idle:
            self.world.story.pop()
        elif step in LONG:
            await doing
        return not self.is_idle

    def _audit(self) -> None:
        self.auditor.check(self.pages)
        if self.alarms:
            raise Violation("; ".join(self.alarms))

    async def _heal(self) -> None:
        """All faults end, everybody puts their phone away, staff see to the cash; then nothing may be left to do."""
        world = self.world
        world.say("all is healed")
        world.weather = Weather()
        faults.remove(world.stripe)
        for node in world.nodes:
            node.fuse, node.skew, node.no_database_until = None, node.skew * 0, 0.0
        world.restart()
        world.weather = Weather()
        await world.pass_(200.0)
        for wait in HEALING:
            # What was in doubt a minute ago had to wait: people try again.
            await self._see_to_the_cash()
            if not self.auditor.unquiet():
                break
            await (world.pass_(wait) if wait == A_MINUTE_S else world.skip(wait))
            self._audit()
        if left := self.auditor.unquiet():
            raise Violation(f"this never ended: {'; '.join(left)}")
        self._audit()
        self.auditor.check_quiet()
        await self._verify()

    async def _see_to_the_cash(self) -> None:
        self.auditor.check(self.pages)
        waiting = [
            (stream, each.id) for stream, each in self.auditor.payments if each.is_open and each.method != "card"
        ]
        for stream, payment in waiting:
            await self.begin("the cash", self.team[0].do(stream, "payment.confirm", payment=payment))
        for hold in self.tabs():
            await self.begin("the tab", self.team[0].ends_tab(hold, "release"))

    async def _verify(self) -> None:
        """The product's own proof finds nothing either."""
        report = await verify(self.world.alive[0].desk.database, proof.replay)
        if not report.is_clean:
            raise Violation("; ".join(f"{fault.stream} {fault.seq}: {fault.what}" for fault in report.faults))


def random_step(world: World) -> Step:
    """What happens next."""
    if world.chance.random() < RARE_EACH:
        return world.chance.choice(RARE)
    return world.chance.choices([step for _, step in STEPS], weights=[weight for weight, _ in STEPS])[0]


@contextmanager
def listening(evening: Evening) -> Iterator[None]:
    """Hear what the processes log: an error that nobody expects is a find."""
    processors = structlog.get_config()["processors"]
    before = list(processors)

    def hear(_logger: object, level: str, said: dict[str, Any]) -> dict[str, Any]:
        evening.heard(level, said)
        raise structlog.DropEvent

    processors[:] = [hear]
    try:
        yield
    finally:
        processors[:] = before


def simulate(seed: int, steps: int = STEPS_EACH) -> Outcome:
    """Live the evening of `seed`."""
    random.seed(seed)  # The SDK of Stripe spreads the repeats of its reads with it.
    world = World(seed, place())
    evening, problem = Evening(world), None
    asyncio.set_event_loop(world.loop)
    try:
        with listening(evening):
            problem = world.loop.run_until_complete(_lived(evening, steps))
    finally:
        asyncio.set_event_loop(None)
        world.loop.close()
    return Outcome(seed, evening.steps, problem, tuple(world.story), world.digest)


async def _lived(evening: Evening, steps: int) -> str | None:
    try:
        await evening.live(steps)
    except Exception as error:  # noqa: BLE001  # whatever went wrong is the outcome of this seed
        evening.world.say(f"PROBLEM: {error!r}")
        return f"{type(error).__name__}: {error}"
    finally:
        await evening.world.end()
    return None
