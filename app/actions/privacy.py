"""What is kept of a person, told to them or to a manager, and erased. Amounts and ids stay: the books need them."""

from collections.abc import Mapping
from typing import Any

from app.actions import audit, bills, errors, guests, making
from app.actions.access import Access, GuestAccess, StaffAccess
from app.actions.desk import Desk
from app.actions.roles import HOUSE, check_role
from app.actions.shelf import Kept
from app.domain.refusals import Refusal
from app.storage import audit as entries
from app.storage import guests as seats
from app.storage import payments, privacy, reviews
from app.storage.audit import Entry
from app.storage.tables import Payment


async def export(desk: Desk, stream: str, guest: str, *, by: Access) -> dict[str, Any]:
    """Everything that is kept of a guest of one visit. Raises `NotFound`, `NotAllowed`."""
    kept = await _find(desk, stream, guest, by)
    await entries.note(desk.database, audit.entry(desk, by, "person.exported", guest, {"tableSession": stream}))
    person = kept.bill.guests[guest]
    sessions = [seat for seat in await seats.sessions(desk.database, stream) if seat.guest_id == guest]
    paid = [row for row in await payments.of_stream(desk.database, stream) if row.guest_id == guest]
    judged = await reviews.of_guest(desk.database, stream, guest)
    events = [event for event in await desk.log.since(stream) if event.by == guest]
    return {
        "guest": _present({"id": guest, "name": kept.names.get(guest), "color": person.color}),
        "tableSession": {"id": stream, "openedAt": kept.bill.opened_at, "status": kept.bill.status},
        "contacts": await privacy.contacts(desk.database, stream, guest),
        "sessions": [_present({"createdAt": each.created_at, "revokedAt": each.revoked_at}) for each in sessions],
        "payments": [_payment(row) for row in paid],
        "events": [{"at": event.at, "kind": event.fact.kind} for event in events],
        "reviews": [{"at": each.created_at, "verdict": each.verdict, "state": each.state} for each in judged],
    }


async def erase(desk: Desk, stream: str, guest: str, *, by: Access) -> dict[str, int]:
    """Erase who a guest was; at a running visit they leave first. Raises `NotFound`, `NotAllowed`, `Refused`.

    `payment_open`: their money is under way, and they have to hear of it. What stays is amounts, ids and the chain.
    """
    kept = await _find(desk, stream, guest, by)
    await _leave(desk, stream, guest, kept)

    def entry(erased: Mapping[str, int]) -> Entry:
        return audit.entry(desk, by, "person.erased", guest, {"tableSession": stream, **erased})

    erased = await privacy.erase(desk.database, stream, guest, entry)
    desk.shelf.forget(stream)
    return erased


async def _leave(desk: Desk, stream: str, guest: str, kept: Kept) -> None:
    bill, person = kept.bill, kept.bill.guests[guest]
    for payment in bill.payments.values():
        if payment.guest == guest and payment.is_open:
            figures = {"payment": payment.id, "guest": guest}
            raise errors.Refused(Refusal("payment_open", "A payment of theirs is under way; end it first.", figures))
    if not bill.is_over and person.present:
        # Whoever sits there too is told a name that says nothing, and then that they left.
        place = list(bill.guests).index(guest)
        await guests.rename(desk, GuestAccess(guest, stream, bill.restaurant_id), making.default_name(place))
        await guests.leave(desk, GuestAccess(guest, stream, bill.restaurant_id))


async def _find(desk: Desk, stream: str, guest: str, by: Access) -> Kept:
    if isinstance(by, StaffAccess):
        check_role(by.role, HOUSE)
    kept = await bills.newest(desk, stream)
    is_theirs = by.guest_id == guest and by.stream == stream if isinstance(by, GuestAccess) else True
    if guest not in kept.bill.guests or kept.bill.restaurant_id != by.restaurant_id or not is_theirs:
        raise errors.NotFound("there is no such guest")
    return kept


def _payment(row: Payment) -> dict[str, Any]:
    members = {
        "id": row.id,
        "method": row.method,
        "currency": row.currency,
        "amount": row.amount,
        "tip": row.tip,
        "captured": row.captured,
        "refunded": row.refunded,
        "state": row.state,
        "card": f"{row.card_brand} {row.card_last4}" if row.card_last4 else None,
        "createdAt": row.created_at,
    }
    return _present(members)


def _present(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
