"""What may happen next, and how often: guests, staff, faults, time. Every choice comes from the world's chance."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from app.domain.commands import BackAll, BackAmount, BackCredit, BackSurplus
from stripe_sandbox import disputes, errors, faults, refunds
from tests.simulation.people import Guest

if TYPE_CHECKING:
    from tests.simulation.evening import Evening

__all__ = ["LONG", "PROLOGUE", "RARE", "STEPS", "Nobody", "Step"]

Step = Callable[["Evening"], Coroutine[Any, Any, None]]

PEOPLE_MAX = 6


class Nobody(Exception):
    """There is nobody, or nothing, that a step could be about."""


NAMES = ("Ana", "Ben", "Cleo", "Dan", "Eve", "Finn", "Gus", "Hana", "Ines", "Jo")


# Guests


async def join(evening: Evening) -> None:
    """Somebody scans the code of a table."""
    world = evening.world
    if len(evening.guests) >= PEOPLE_MAX:
        raise Nobody
    name = f"{world.chance.choice(NAMES)} {evening.steps}"
    code = world.chance.choice(list(world.place.codes.values())[:2])
    evening.guests.append(await Guest.joins(world, name, code, evening.pages))


async def leave(evening: Evening) -> None:
    """Somebody goes."""
    guest = evening.guest()
    await guest.do("guest.leave")
    evening.goes(guest)


async def order(evening: Evening) -> None:
    """A guest orders."""
    chance, menu = evening.world.chance, evening.world.place.menu.items
    dishes = [chance.choice(menu) for _ in range(chance.choice((1, 1, 2)))]
    items = [{"menuItemId": dish.id, "quantity": chance.choice((1, 1, 2))} for dish in dishes]
    await evening.guest().do("order.place", items=items)


async def claim(evening: Evening) -> None:
    """A guest takes parts of a line, or gives them back."""
    guest = evening.guest()
    line = evening.line(guest.stream)
    parts = evening.world.chance.choice((0, 1, 1, 2))
    await guest.do("claims.set", line=line.id, guest=guest.access.guest_id, parts=parts)


async def split(evening: Evening) -> None:
    """The table divides otherwise."""
    guest, chance = evening.guest(), evening.world.chance
    mode = chance.choice(("items", "items", "even", "percent", "amounts"))
    more: dict[str, Any] = {}
    if mode == "even":
        more = {"shares": chance.randint(1, 4)}
    if mode == "percent":
        people = [each.id for each in evening.bill(guest.stream).present][:2]
        more = {"percents": {each: chance.choice((300_000, 500_000)) for each in people}}
    await guest.do("split.set", mode=mode, **more)


async def parts(evening: Evening) -> None:
    """A guest takes shares, or names an amount."""
    guest, chance = evening.guest(), evening.world.chance
    mode = evening.bill(guest.stream).split.mode
    more = {"amount": chance.randint(1, 3000)} if mode == "amounts" else {"shares": chance.randint(0, 2)}
    await guest.do("parts.set", guest=guest.access.guest_id, **more)


async def pay(evening: Evening) -> None:
    """A guest pays, in one of all the ways."""
    guest, chance = evening.guest(), evening.world.chance
    if guest.is_busy:
        raise Nobody
    request: dict[str, Any] = {
        "paymentMethod": chance.choice(("card", "card", "card", "card", "cash", "terminal")),
        "tipAmount": chance.choice((0, 0, 100, 333)),
    }
    request |= _pays(evening, guest)
    guest.paying = evening.begin(f"{guest.name} pays", guest.pays(**request))


def _pays(evening: Evening, guest: Guest) -> dict[str, Any]:
    chance, bill = evening.world.chance, evening.bill(guest.stream)
    match chance.choices(("mine", "everything", "open", "guests", "lines", "amount"), weights=(8, 3, 2, 1, 1, 2))[0]:
        case "guests":
            return {"pays": {"guests": [chance.choice(list(bill.guests))]}}
        case "lines":
            return {"pays": {"lines": [evening.line(guest.stream).id]}}
        case "amount":
            return {"amount": chance.randint(50, 3000)}
        case way:
            return {"pays": way}


# Staff


async def confirm(evening: Evening) -> None:
    """Staff hold the cash."""
    member, stream, payment = evening.staff_with_payment(lambda each: each.method != "card" and each.is_open)
    await member.do(stream, "payment.confirm", payment=payment)


async def let_go(evening: Evening) -> None:
    """Staff give a payment up."""
    member, _, payment = evening.staff_with_payment(lambda each: each.is_open)
    await member.cancels(payment)


async def release(evening: Evening) -> None:
    """A manager forces a share free."""
    _, stream, payment = evening.staff_with_payment(lambda each: each.holds)
    await evening.team[0].do(stream, "payment.release", payment=payment, reason="the guest is gone")


async def take_the_rest(evening: Evening) -> None:
    """Staff take what is left, in cash."""
    member, stream = evening.member(), evening.stream()
    await member.pays(stream, paymentMethod="cash")


async def adjust(evening: Evening) -> None:
    """Staff take something off."""
    chance, member, stream = evening.world.chance, evening.member(), evening.stream()
    line = evening.line(stream)
    match chance.choice(("void", "comp", "discount", "bill")):
        case "discount":
            await member.do(stream, "line.discount", line=line.id, reason="slow", amount=chance.randint(1, 500))
        case "bill":
            scope = chance.choice(("rest", "all"))
            await member.do(
                stream, "discount.set", reason="friends", ppm=chance.choice((100_000, 333_333)), scope=scope
            )
        case kind:
            await member.do(stream, f"line.{kind}", line=line.id, reason="cold")


async def charge_service(evening: Evening) -> None:
    """Staff change the service charge."""
    member, stream, chance = evening.member(), evening.stream(), evening.world.chance
    await member.do(stream, "service_charge.set", ppm=chance.choice((0, 100_000)), fromCovers=chance.randint(0, 3))


async def move(evening: Evening) -> None:
    """The party sits somewhere else."""
    table = evening.world.chance.choice(list(evening.world.place.tables.values()))
    await evening.member().do(evening.stream(), "session.move", table=table)


async def remove(evening: Evening) -> None:
    """Staff take a phone off the table."""
    guest = evening.guest()
    await evening.member().do(guest.stream, "guest.remove", guest=guest.access.guest_id)
    evening.goes(guest)


async def end_visit(evening: Evening) -> None:
    """Staff close, reopen or give up a visit."""
    kind = evening.world.chance.choice(("close", "close", "reopen", "abandon"))
    await evening.member().do(evening.stream(), f"session.{kind}", reason="the evening is over")


async def refund(evening: Evening) -> None:
    """Staff send money back: all, a part, the credits; a waiter asks for it."""
    chance = evening.world.chance
    member, _, payment = evening.staff_with_payment(lambda each: each.status == "succeeded")
    what = chance.choice((BackAll(), BackAmount(chance.randint(1, 1500)), BackCredit(), BackSurplus()))
    await member.refunds(payment, what, owed_again=chance.random() < 0.3)


async def decide(evening: Evening) -> None:
    """The manager decides what a waiter asked for."""
    found = evening.asked_refunds()
    if not found:
        raise Nobody
    await evening.team[0].approves(evening.world.chance.choice(found))


async def refund_by_hand(evening: Evening) -> None:
    """Somebody sends money back in Stripe's dashboard."""
    stripe, chance = evening.world.stripe, evening.world.chance
    taken = [each for each in evening.auditor.intents if each["status"] == "succeeded"]
    if not taken:
        raise Nobody
    with suppress(errors.ApiError):
        refunds.from_dashboard(stripe, {"payment_intent": chance.choice(taken)["id"], "amount": chance.randint(1, 700)})
    stripe.commit()


async def dispute(evening: Evening) -> None:
    """A payer's bank wants money back, or has decided."""
    stripe, chance = evening.world.stripe, evening.world.chance
    going_on = [each for each in stripe.store.all("dispute") if each["status"] in disputes.OPEN]
    taken = [each for each in evening.auditor.intents if each["status"] == "succeeded"]
    if not taken:
        raise Nobody
    with suppress(errors.ApiError):
        if going_on and chance.random() < 0.6:
            disputes.become(stripe, chance.choice(going_on), chance.choice(("won", "lost")))
        else:
            disputes.start(stripe, {"payment_intent": chance.choice(taken)["id"]})
    stripe.commit()


async def group(evening: Evening) -> None:
    """Somebody asks the whole table to pay together."""
    guest = evening.guest()
    if guest.is_busy:
        raise Nobody
    table = [each for each in evening.guests if each.stream == guest.stream]
    guest.paying = evening.begin(f"{guest.name} gathers the table", guest.gathers(table))


async def tab(evening: Evening) -> None:
    """A guest opens a tab."""
    guest = evening.guest()
    if guest.is_busy:
        raise Nobody
    estimate = evening.world.chance.choice((1000, 3000, 10_000))
    guest.paying = evening.begin(f"{guest.name} opens a tab", guest.opens_tab(estimate))


async def end_tab(evening: Evening) -> None:
    """A tab is captured, raised or given back."""
    hold = evening.tab()
    await evening.member().ends_tab(hold, evening.world.chance.choice(("capture", "capture", "raise", "release")))


# What goes wrong


async def crash(evening: Evening) -> None:
    """A process dies, after a few more steps of whatever it does."""
    node = evening.world.some_node()
    if node is not None:
        node.fuse = evening.world.chance.randint(1, 25)
        evening.world.say(f"{node.name} dies after {node.fuse} more steps")


async def restart(evening: Evening) -> None:
    """Dead processes are started again."""
    if len(evening.world.alive) == len(evening.world.nodes):
        raise Nobody
    evening.world.restart()


async def weather(evening: Evening) -> None:
    """The network changes."""
    chance, weather = evening.world.chance, evening.world.weather
    kind = chance.choices(("calm", "rough", "late", "outage"), weights=(4, 3, 1, 1))[0]
    weather.lost, weather.answer_lost = (0.15, 0.2) if kind == "rough" else (0.0, 0.0)
    weather.late, weather.outage = (0.2 if kind == "late" else 0.0), kind == "outage"
    evening.world.say(f"the weather is {kind}")


async def fault(evening: Evening) -> None:
    """Stripe has a bad moment."""
    chance = evening.world.chance
    made = dict(chance.choice(FAULTS))
    made["times"] = chance.randint(1, 3)
    evening.world.say(f"a fault: {made}")
    faults.add(evening.world.stripe, made)


FAULTS: tuple[dict[str, Any], ...] = (
    {"fault": "error", "status": 500, "effect": "none"},
    {"fault": "error", "status": 500, "effect": "done"},
    {"fault": "error", "status": 500, "effect": "done", "saved": True, "shouldRetry": False},
    {"fault": "error", "status": 503, "effect": "none"},
    {"fault": "error", "status": 429, "effect": "none", "retryAfter": 3},
    {"fault": "error", "status": 409, "code": "lock_timeout", "effect": "none"},
    {"fault": "cut", "effect": "none"},
    {"fault": "cut", "effect": "done"},
    {"fault": "garbled"},
    {"fault": "truncated"},
    {"fault": "slow", "effect": "done", "seconds": 4},
    {"fault": "slow", "effect": "none", "seconds": 20},
    {"fault": "drop"},
    {"fault": "drop", "event": "payment_intent.succeeded"},
    {"fault": "duplicate", "copies": 2},
    {"fault": "twin"},
    {"fault": "delay", "seconds": 70},
    {"fault": "reorder"},
)


async def clock(evening: Evening) -> None:
    """The clock of a process jumps."""
    node = evening.world.some_node()
    if node is not None:
        node.skew = timedelta(seconds=evening.world.chance.choice((0, -2, 3, 45, -45, 600, -600)))
        evening.world.say(f"the clock of {node.name} is wrong by {node.skew}")


async def no_database(evening: Evening) -> None:
    """The database is away for a moment, for one process."""
    node = evening.world.some_node()
    if node is not None:
        node.no_database_until = evening.world.loop.time() + evening.world.chance.choice((0.05, 1.0, 8.0))
        evening.world.say(f"{node.name} has no database")


# Time


async def wait(evening: Evening) -> None:
    """Some minutes pass."""
    await evening.world.pass_(evening.world.chance.choice((5.0, 20.0, 60.0, 400.0)))


async def wait_long(evening: Evening) -> None:
    """Everybody looks into their phones."""
    await evening.world.pass_(evening.world.chance.choice((1300.0, 3600.0)))


async def night(evening: Evening) -> None:
    """A night passes."""
    evening.world.say("a night passes")
    for _ in range(3):
        await evening.world.skip(8 * 3600.0)


STEPS: tuple[tuple[int, Step], ...] = (
    (5, join),
    (1, leave),
    (10, order),
    (6, claim),
    (3, split),
    (2, parts),
    (20, pay),
    (4, confirm),
    (2, let_go),
    (2, release),
    (1, take_the_rest),
    (4, refund),
    (2, decide),
    (2, refund_by_hand),
    (1, dispute),
    (2, group),
    (2, tab),
    (3, end_tab),
    (3, adjust),
    (1, charge_service),
    (1, move),
    (1, remove),
    (1, end_visit),
    (4, crash),
    (6, restart),
    (3, weather),
    (6, fault),
    (2, clock),
    (1, no_database),
    (6, wait),
)
RARE: tuple[Step, ...] = (wait_long, night)
LONG: tuple[Step, ...] = (wait, *RARE)
PROLOGUE: dict[int, Step] = {1: join, 2: order, 3: join, 4: order}
"""How an evening begins: with people who owe something."""
