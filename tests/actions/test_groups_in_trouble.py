"""Groups under everything that goes wrong at once: in the end everybody was charged, or nobody was.

Each seed is an evening of its own: cards are declined, answers are lost before or after their effect, processes die
between any two steps, the clock jumps over the deadline. Then the trouble ends, the jobs do what is left, and the
provider is asked what it took.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from random import Random

import pytest

from app.actions import errors, groups, payments, shapes
from app.actions.groups import GroupTold
from app.actions.guests import Joined
from app.payments.gateway import GatewayError
from tests.actions.conftest import MakeDesk
from tests.actions.evening import Evening, Provider, access

SEEDS = (106, 109)
PAYERS = ("Ana", "Ben", "Cy")
CARDS = (
    "pm_card_visa",
    "pm_card_visa",
    "pm_card_visa",
    "pm_card_visa_chargeDeclined",
    "pm_card_authenticationRequired",
)
OPERATIONS = ("create", "capture", "cancel", "retrieve")


class Trouble:
    """One table, several processes, and a die that decides what happens next."""

    def __init__(self, seed: int, make_desk: MakeDesk, provider: Provider) -> None:
        self.dice, self.make_desk, self.provider = Random(seed), make_desk, provider
        self.people: list[Joined] = []
        self.evening: Evening

    async def begin(self) -> None:
        self.evening = await Evening.at(await self.make_desk(provider=self.provider.url))
        for name in PAYERS:
            seat = await self.evening.seat(name)
            await self.evening.order(seat, self.dice.choice(["Burger", "Pasta"]))
            self.people.append(seat)

    @property
    def stream(self) -> str:
        return self.people[0].stream

    async def propose(self) -> GroupTold | None:
        asked = shapes.read(shapes.GroupRequest, {"deadlineS": self.dice.choice([60, 600])})
        with suppress(errors.ActionError, GatewayError):
            return await groups.start(self.evening.desk, self.stream, asked, by=access(self.people[0]))
        return None

    async def pay(self) -> None:
        """Somebody pays the own share, if their page knows the secret by now."""
        bill = await self.evening.bill(self.stream)
        who = self.dice.choice(self.people)
        mine = [each for each in bill.payments.values() if each.guest == who.guest_id and each.is_open and each.group]
        if not mine:
            return
        with suppress(errors.ActionError, GatewayError, AssertionError):
            told = await payments.state(self.evening.desk, mine[0].id, by=access(who))
            await self.provider.confirm(told, self.dice.choice(CARDS))
            await payments.state(self.evening.desk, mine[0].id, by=access(who))

    async def work(self) -> None:
        with suppress(GatewayError):
            await self.evening.work()

    async def wait(self) -> None:
        self.evening.clock.pass_(seconds=self.dice.choice([5, 31, 31, 65]))

    async def die(self) -> None:
        """The process is gone with all it held in its hands; another one comes, on the same database."""
        desk = await self.make_desk(provider=self.provider.url, clock=self.evening.clock)
        self.evening = await Evening.at(desk)

    async def break_(self) -> None:
        operation = f"payment_intents.{self.dice.choice(OPERATIONS)}"
        effect = self.dice.choice(["none", "done"])
        await self.provider.fault("cut", operation=operation, effect=effect, times=self.dice.randint(1, 2))

    async def let_go(self) -> None:
        bill = await self.evening.bill(self.stream)
        for group in bill.groups.values():
            with suppress(errors.ActionError, GatewayError):
                await groups.cancel(self.evening.desk, group.id, by=access(self.dice.choice(self.people)))

    async def heal(self) -> None:
        """Nothing goes wrong any more, and time passes until there is nothing left to do."""
        await self.provider.heal()
        await self.die()
        for _ in range(6):
            self.evening.clock.pass_(minutes=11)
            for _ in range(3):
                await self.work()


@pytest.mark.parametrize("seed", SEEDS)
async def test_everybody_was_charged_or_nobody(make_desk: MakeDesk, provider: Provider, seed: int) -> None:
    trouble = Trouble(seed, make_desk, provider)
    await trouble.begin()
    await trouble.propose()
    steps: list[tuple[int, Callable[[], Awaitable[object]]]] = [
        (8, trouble.pay),
        (3, trouble.work),
        (2, trouble.wait),
        (2, trouble.die),
        (3, trouble.break_),
        (1, trouble.let_go),
        (1, trouble.propose),
    ]
    for _, step in trouble.dice.choices(steps, weights=[weight for weight, _ in steps], k=25):
        await step()
    await trouble.heal()
    bill = await trouble.evening.bill(trouble.stream)
    held = {intent["metadata"]["payment"]: intent["status"] for intent in await provider.intents()}
    assert bill.open_payments == []
    for group in bill.groups.values():
        ends = {held.get(payment, "canceled") for payment in group.payments}
        assert (ends, group.status) in (({"succeeded"}, "succeeded"), ({"canceled"}, "released"))
        assert {bill.payments[payment].status == "succeeded" for payment in group.payments} == {ends == {"succeeded"}}
