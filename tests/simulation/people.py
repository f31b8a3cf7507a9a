"""Guests with their phones and staff with theirs: they ask, ask again when no answer comes, and believe their pages."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx

from app.actions import errors, groups, guests, holds, payments, perform, refunds, shapes
from app.actions.access import GuestAccess, StaffAccess
from app.actions.desk import Desk
from app.actions.payments import PaymentStarted
from app.domain.commands import Back
from app.payments.gateway import GatewayError
from app.storage.appends import Unavailable
from tests.simulation.nodes import Died
from tests.simulation.wires import browser_call
from tests.simulation.world import World

__all__ = ["Guest", "Member", "NoAnswer", "Page"]

T = TypeVar("T")

TRIES = 4
LOOKS = 5
BROKEN = (Died, Unavailable, errors.Unavailable, GatewayError)
CARDS = (
    "pm_card_visa",
    "pm_card_visa",
    "pm_card_visa",
    "pm_card_mastercard",
    "pm_card_visa_chargeDeclined",
    "pm_card_visa_chargeDeclinedInsufficientFunds",
    "pm_card_authenticationRequired",
    "pm_card_threeDSecureRequiredChargeDeclined",
    "pm_card_processing",
    "pm_card_refundFail",
    "pm_card_pendingRefund",
    "pm_card_processingDeclined",
)


class NoAnswer(Exception):
    """Nobody answered, however often the phone asked."""


async def asked(world: World, work: Callable[[Desk], Awaitable[T]]) -> T:
    """Ask some process, and another one when no answer comes. Raises what the product says, or `NoAnswer`."""
    for _ in range(TRIES):
        node = world.some_node()
        try:
            if node is not None:
                return await node.call(work)
        except BROKEN as error:
            world.say(f"no answer: {type(error).__name__}")
        await asyncio.sleep(world.chance.uniform(0.2, 3.0))
    raise NoAnswer


@dataclass
class Page:
    """What a payer's page has been told about one payment."""

    payment: str
    told: PaymentStarted | None = None
    was_told_paid: bool = False

    def hears(self, told: PaymentStarted) -> PaymentStarted:
        """Remember what the server says."""
        self.told = told
        self.was_told_paid |= told.status == "succeeded"
        return told


@dataclass
class Member:
    """Somebody of the staff with a phone. `count` numbers what they ask for."""

    world: World
    access: StaffAccess
    count: int = 0

    async def do(self, stream: str, k: str, **d: Any) -> None:
        """A command, sent until it is answered, always under the same number."""
        self.count += 1
        await _do(self.world, self.access, stream, f"staff-{self.access.role}", (self.count, k, d))

    async def pays(self, stream: str, **request: Any) -> None:
        """Staff take money for the table."""
        await _started(self.world, stream, self.access, Page(self.world.new_id()), request)

    async def refunds(self, payment: str, what: Back, *, owed_again: bool) -> None:
        """Staff send money back, or ask for it."""
        batch, access = self.world.new_id(), self.access
        await asked(
            self.world,
            lambda desk: refunds.of_payment(
                desk, payment, what, tip=0, reason="sorry", owed_again=owed_again, by=access, batch=batch
            ),
        )

    async def approves(self, refund: str) -> None:
        """A manager decides what somebody asked for."""
        await asked(self.world, lambda desk: refunds.approve(desk, refund, by=self.access))

    async def ends_tab(self, hold: str, how: str) -> None:
        """Staff capture, raise or give back a tab."""

        def end(desk: Desk) -> Awaitable[object]:
            match how:
                case "capture":
                    return holds.capture(desk, hold, shapes.CaptureRequest(), by=self.access)
                case "raise":
                    return holds.raise_(desk, hold, shapes.RaiseRequest(estimate=20_000), by=self.access)
                case _:
                    return holds.release(desk, hold, by=self.access)

        await asked(self.world, end)

    async def cancels(self, payment: str) -> None:
        """Staff let go of somebody's payment."""
        await asked(self.world, lambda desk: payments.cancel(desk, payment, by=self.access))


@dataclass
class Guest:
    """A phone at a table."""

    world: World
    name: str
    access: GuestAccess
    pages: list[Page]
    count: int = 0
    paying: asyncio.Task[None] | None = None
    asked_for: set[str] = field(default_factory=set)

    @classmethod
    async def joins(cls, world: World, name: str, code: str, pages: list[Page]) -> "Guest":
        """Scan the code; the device's cookie makes a second try the same guest."""
        device = f"device-{name}"
        visit: guests.Visit = "join" if world.chance.random() < 0.5 else "new"
        joined = await asked(world, lambda desk: guests.join(desk, code, name=name, device=device, visit=visit))
        access = GuestAccess(joined.guest_id, joined.stream, world.place.team[0].restaurant_id)
        return cls(world, name, access, pages)

    @property
    def is_busy(self) -> bool:
        """Whether they are paying just now."""
        return self.paying is not None and not self.paying.done()

    @property
    def stream(self) -> str:
        """The visit they are part of."""
        return self.access.stream

    async def do(self, k: str, **d: Any) -> None:
        """A command, sent until it is answered, always under the same number."""
        self.count += 1
        cid = f"phone-{self.access.guest_id}"
        await _do(self.world, self.access, self.stream, cid, (self.count, k, d))

    async def pays(self, **request: Any) -> None:
        """Tap on pay, and go on from there."""
        page = Page(self.world.new_id())
        self.pages.append(page)
        if request["paymentMethod"] == "card" and self.world.chance.random() < 0.25:
            request["confirmationToken"] = await self._token()
        told = await _started(self.world, self.stream, self.access, page, request)
        if told.method == "card":
            await self.uses_card(page)

    async def gathers(self, table: list["Guest"]) -> None:
        """Ask everybody to pay together; those whose phones are here do."""
        world, group = self.world, self.world.new_id()
        request = shapes.GroupRequest()
        told = await asked(world, lambda desk: groups.start(desk, self.stream, request, by=self.access, group=group))
        for guest in table:
            if guest.access.guest_id in told.payments:
                page = Page(told.payments[guest.access.guest_id])
                self.pages.append(page)
                world.spawn(_ignored(guest.uses_card(page)))

    async def opens_tab(self, estimate: int) -> None:
        """Leave a card for the evening."""
        world, hold = self.world, self.world.new_id()
        request = shapes.HoldRequest(estimate=estimate)
        told = await asked(world, lambda desk: holds.place(desk, self.stream, request, by=self.access, hold=hold))
        if told.client_secret is not None:
            await self._confirm(told.client_secret)

    async def _token(self) -> str:
        card = self.world.chance.choice(CARDS)
        form = {"payment_method": card, "return_url": "http://splittable.test/t"}
        made = await browser_call(self.world, "/v1/confirmation_tokens", form)
        if "id" not in made:
            raise httpx.ReadError(str(made))
        return str(made["id"])

    async def uses_card(self, page: Page) -> None:
        """The page with the card form: looks, keeps, confirms, gives up."""
        world = self.world
        for _ in range(world.chance.randint(2, LOOKS)):
            await asyncio.sleep(world.chance.choice((0.1, 0.5, 2.0, 20.0)))
            told = page.hears(await asked(world, lambda desk: payments.state(desk, page.payment, by=self.access)))
            if told.status in ("succeeded", "canceled", "refused"):
                return
            if told.client_secret is None:
                continue
            match world.chance.choices(("confirm", "keep", "cancel", "leave"), weights=(14, 2, 1, 1))[0]:
                case "confirm":
                    await self._confirm(told.client_secret)
                case "keep":
                    await self.do("payment.keep", payment=page.payment)
                case "cancel":
                    page.hears(await asked(world, lambda desk: payments.cancel(desk, page.payment, by=self.access)))
                case "leave":
                    return

    async def _confirm(self, secret: str) -> None:
        world, intent = self.world, secret.partition("_secret_")[0]
        form = {"client_secret": secret, "return_url": "http://splittable.test/t"}
        card = world.chance.choice(CARDS)
        said = await browser_call(world, f"/v1/payment_intents/{intent}/confirm", {**form, "payment_method": card})
        status = said.get("status") or said.get("error", {}).get("code")
        world.say(f"{self.name} pays with {card}: {status}")
        if status != "requires_action" or world.chance.random() < 0.2:
            return
        await asyncio.sleep(world.chance.choice((1.0, 5.0, 100.0)))
        answer = world.chance.choice(("succeeded", "succeeded", "failed"))
        said = await browser_call(
            world, f"/v1/3ds2/{intent}/authenticate", {"client_secret": secret, "outcome": answer}
        )
        world.say(f"{self.name} answers the bank: {said.get('status') or said.get('error', {}).get('code')}")


async def _started(
    world: World, stream: str, by: GuestAccess | StaffAccess, page: Page, request: dict[str, Any]
) -> PaymentStarted:
    """One tap, or two in a row: both are the same payment, as its Idempotency-Key makes them."""
    wanted = shapes.read(shapes.PaymentRequest, request)

    def start() -> Awaitable[PaymentStarted]:
        return asked(world, lambda desk: payments.start(desk, stream, wanted, by=by, payment=page.payment))

    if world.chance.random() < 0.1:
        world.spawn(_ignored(start()))
    return page.hears(await start())


async def _ignored(second: Awaitable[object]) -> None:
    try:
        await second
    except (errors.ActionError, NoAnswer, httpx.HTTPError):
        return


async def _do(
    world: World, by: GuestAccess | StaffAccess, stream: str, cid: str, asking: tuple[int, str, dict[str, Any]]
) -> None:
    number, k, d = asking
    key = perform.key_of(cid, number, k, d)
    await asked(world, lambda desk: perform.perform(desk, stream, k, d, by=by.actor, key=key))
