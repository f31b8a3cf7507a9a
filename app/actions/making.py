"""From what was asked to what the domain decides: ids of new things, the menu, names, and rows that change along."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from app.actions import bills, errors, hold_calls, orders, shapes
from app.actions.desk import Desk
from app.domain import commands as c
from app.domain.bill import Bill
from app.storage import guests, restaurants
from app.storage.log import Change, Put, Write
from app.storage.tables import GuestSession

COLORS = (
    "amber", "teal", "violet", "coral", "olive", "sky", "rose", "lime", "indigo", "copper", "mint", "plum",
)  # fmt: skip
ANIMALS = (
    "Fox", "Otter", "Heron", "Lynx", "Badger", "Wren", "Hare", "Seal", "Finch", "Marten", "Owl", "Tern",
    "Mole", "Ibex", "Crane", "Newt",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Made:
    """Commands that are decided and appended together, with the rows and the follow-up that belong to them."""

    commands: tuple[c.Command, ...]
    rows: bills.Rows | None = None
    table_id: str | None = None
    afterwards: Callable[[Bill], Awaitable[None]] | None = None


def color_of(place: int) -> str:
    """The colour of the guest who joined as number `place`, from 0."""
    return COLORS[place % len(COLORS)]


def default_name(place: int) -> str:
    """What a guest is called who gives no name: a colour and an animal, different for everybody at a table."""
    return f"{color_of(place).title()} {ANIMALS[(place * 7 + place // len(COLORS)) % len(ANIMALS)]}"


def name_row(desk: Desk, stream: str, guest: str, name: str) -> bills.Rows:
    """The row beside the log that says what a guest is called."""
    row = guests.named(desk.database.sealer, stream, guest, name)
    return lambda _bill, _facts: (Put(row),)


async def make(desk: Desk, stream: str, k: str, asked: shapes.Shape, by: c.Actor) -> Made:
    """Prepare one command. Raises `NotFound` and `Refused` where what it names is not there."""
    if k in PLAIN:
        return Made((PLAIN[k](desk, asked, by),))
    return await PREPARED[k](desk, stream, asked, by)


def _one_of(ppm: int, amount: int) -> tuple[int, int]:
    if bool(ppm) == bool(amount):
        raise errors.Invalid([errors.FieldError(("ppm",), "one_of", "give either ppm or amount, above 0")])
    return ppm, amount


async def _order(desk: Desk, stream: str, asked: shapes.PlaceOrder, by: c.Actor) -> Made:
    bill = (await bills.newest(desk, stream)).bill
    wanted, portions = await orders.look_up(desk, bill, asked.items)
    guest = by.id if by.kind == "guest" else None
    return Made((c.PlaceOrder(desk.new_id(), guest, wanted),), lambda _bill, _facts: portions)


async def _rename(desk: Desk, stream: str, asked: shapes.Rename, by: c.Actor) -> Made:
    return Made((c.RenameGuest(by.id),), name_row(desk, stream, by.id, asked.name))


async def _companion(desk: Desk, stream: str, asked: shapes.AddCompanion, by: c.Actor) -> Made:
    bill = (await bills.newest(desk, stream)).bill
    guest, place = desk.new_id(), len(bill.guests)
    name = asked.name or default_name(place)
    return Made((c.JoinGuest(guest, color_of(place), companion_of=by.id),), name_row(desk, stream, guest, name))


async def _remove(desk: Desk, stream: str, asked: shapes.RemoveGuest, _by: c.Actor) -> Made:
    async def afterwards(_bill: Bill) -> None:
        desk.announce.removed(stream, asked.guest)

    rows = await _revoking(desk, stream, asked.guest)
    return Made((c.RemoveGuest(asked.guest, asked.reason),), rows, afterwards=afterwards)


async def _leave(desk: Desk, stream: str, _asked: shapes.Nothing, by: c.Actor) -> Made:
    async def afterwards(_bill: Bill) -> None:
        desk.announce.removed(stream, by.id)

    return Made((c.LeaveGuest(by.id),), await _revoking(desk, stream, by.id), afterwards=afterwards)


async def _revoking(desk: Desk, stream: str, guest: str) -> bills.Rows:
    """Rows that end the tokens of a guest."""
    now, seats = desk.now(), await _seats(desk, stream, guest)
    rows = tuple(Change(GuestSession, {"id": seat.id}, {"revoked_at": now}) for seat in seats)
    return lambda _bill, _facts: rows


async def _seats(desk: Desk, stream: str, guest: str) -> list[GuestSession]:
    return [seat for seat in await guests.sessions(desk.database, stream) if seat.guest_id == guest]


async def _approve(desk: Desk, stream: str, asked: shapes.ApproveGuest, _by: c.Actor) -> Made:
    waiting = (seat for seat in await _seats(desk, stream, asked.guest) if not seat.approved)
    seats = [seat for seat in waiting if seat.revoked_at is None]
    if not seats:
        raise errors.NotFound("nobody with this id waits to be let in")
    bill = (await bills.newest(desk, stream)).bill
    answered = tuple(
        c.AnswerRequest(request.id)
        for request in bill.requests.values()
        if request.what == "join" and request.guest == asked.guest
    )

    def rows(_bill: Bill, _facts: object) -> tuple[Write, ...]:
        return tuple(Change(GuestSession, {"id": seat.id}, {"approved": True}) for seat in seats)

    return Made((c.JoinGuest(asked.guest, color_of(len(bill.guests))), *answered), rows)


async def _move(desk: Desk, stream: str, asked: shapes.MoveSession, _by: c.Actor) -> Made:
    bill = (await bills.newest(desk, stream)).bill
    table = await restaurants.table(desk.database, asked.table)
    if table is None or table.restaurant_id != bill.restaurant_id:
        raise errors.NotFound("there is no such table")

    async def afterwards(after: Bill) -> None:
        desk.announce.table_changed(after.restaurant_id, bill.table_id)

    rows = _leaving(bill.table_id) if table.id != bill.table_id else None
    return Made((c.MoveSession(table.id, table.label),), rows, table_id=table.id, afterwards=afterwards)


async def _keep(desk: Desk, stream: str, asked: shapes.KeepPayment, by: c.Actor) -> Made:
    bill = (await bills.newest(desk, stream)).bill
    payment = bill.payments.get(asked.payment)
    if payment is None or payment.guest != by.id:
        raise errors.NotFound("there is no such payment of yours")
    policies = desk.policies
    until = min(desk.now() + policies.payment_lifetime, payment.at + policies.payment_lifetime_max)
    return Made((c.KeepPayment(payment.id, until),))


async def _close(desk: Desk, _stream: str, asked: shapes.EndSession, _by: c.Actor) -> Made:
    return Made((c.CloseSession(asked.reason),), to_clean, afterwards=partial(hold_calls.send_planned, desk))


async def _abandon(desk: Desk, _stream: str, asked: shapes.EndSession, _by: c.Actor) -> Made:
    return Made((c.AbandonSession(asked.reason),), to_clean, afterwards=partial(hold_calls.send_planned, desk))


def to_clean(bill: Bill, _facts: object) -> tuple[Write, ...]:
    """A visit that ends leaves a table to clean."""
    return (restaurants.serviced(bill.table_id, "to_clean"),) if bill.is_over else ()


def _leaving(table_id: str) -> bills.Rows:
    return lambda _bill, _facts: (restaurants.serviced(table_id, "to_clean"),)


PLAIN: Mapping[str, Callable[[Desk, Any, c.Actor], c.Command]] = {
    "claims.set": lambda _, d, __: c.SetClaim(d.line, d.guest, d.parts),
    "split.set": lambda _, d, __: c.SetSplit(d.mode, d.shares, d.percents),
    "parts.set": lambda _, d, __: c.SetParts(d.guest, d.shares, d.amount),
    "request.make": lambda desk, d, by: c.MakeRequest(desk.new_id(), d.kind, by.id),
    "guests.remind": lambda _, d, __: c.RemindGuests(tuple(d.guests or ())),
    "request.claim": lambda _, d, __: c.ClaimRequest(d.request),
    "request.answer": lambda _, d, __: c.AnswerRequest(d.request),
    "line.status": lambda _, d, __: c.SetLineStatus(tuple(dict.fromkeys(d.lines)), d.status),
    "line.void": lambda desk, d, __: c.VoidLine(d.line, d.reason, desk.new_id()),
    "line.comp": lambda desk, d, __: c.CompLine(d.line, d.reason, desk.new_id()),
    "line.discount": lambda desk, d, __: c.DiscountLine(d.line, d.reason, desk.new_id(), *_one_of(d.ppm, d.amount)),
    "discount.set": lambda desk, d, __: c.SetDiscount(desk.new_id(), d.reason, d.scope, *_one_of(d.ppm, d.amount)),
    "discount.remove": lambda _, d, __: c.RemoveDiscount(d.discount),
    "service_charge.set": lambda _, d, __: c.SetServiceCharge(d.ppm, d.from_covers),
    "covers.set": lambda _, d, __: c.SetCovers(d.covers),
    "session.reopen": lambda _, d, __: c.ReopenSession(d.reason or "reopened by staff"),
    "payment.confirm": lambda _, d, __: c.ConfirmPayment(d.payment, d.given, d.reference),
    "payment.release": lambda _, d, __: c.ReleasePayment(d.payment, d.reason),
}
"""Commands that say it all themselves."""

PREPARED: Mapping[str, Callable[[Desk, str, Any, c.Actor], Awaitable[Made]]] = {
    "guest.rename": _rename,
    "guest.leave": _leave,
    "guest.remove": _remove,
    "guest.approve": _approve,
    "companion.add": _companion,
    "order.place": _order,
    "session.move": _move,
    "session.close": _close,
    "session.abandon": _abandon,
    "payment.keep": _keep,
}
"""Commands that need something looked up first, or rows that change along."""
