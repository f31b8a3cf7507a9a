"""Gift cards and passes: shown to whoever bought them, redeemed by their code, kept in order by a manager.

A code follows from the card's id and our keys. It is kept as a hash, and shown to the buyer alone.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from app.actions import codes, errors
from app.actions.access import Access, GuestAccess, StaffAccess
from app.actions.desk import Desk
from app.actions.roles import FLOOR, HOUSE, check_role
from app.actions.shapes import CardChange
from app.domain import commands as c
from app.domain.bill import Bill
from app.domain.refusals import Refusal
from app.domain.view import timestamp
from app.storage import payments, tenders
from app.storage.tables import GiftCard, GiftCardUse

__all__ = ["balance", "bought_with", "change", "listed", "of_receipt", "paid_with", "presented"]

PAGE_SIZE = 50


async def presented(desk: Desk, bill: Bill, code: str) -> c.GiftCard:
    """What the card with this code can pay on this bill.

    Raises `Refused`: `unknown_gift_card`, `gift_card_blocked`, `gift_card_expired`, `gift_card_not_for_this` (another
    currency).
    """
    row = await _found(desk, bill.restaurant_id, code)
    now, figures = desk.now(), {"giftCard": row.id}
    if row.state != "active":
        raise errors.Refused(Refusal("gift_card_blocked", "This gift card is blocked.", figures))
    if row.valid_from > now or (row.valid_until is not None and row.valid_until <= now):
        raise errors.Refused(Refusal("gift_card_expired", "This gift card is not valid now.", figures))
    if row.currency != bill.currency:
        raise errors.Refused(Refusal("gift_card_not_for_this", "This gift card is in another currency.", figures))
    return c.GiftCard(row.id, row.balance, row.uses_left, tuple(row.item_ids))


async def _found(desk: Desk, restaurant_id: str, code: str) -> GiftCard:
    row = await tenders.by_code(desk.database, restaurant_id, codes.gift_code_hash(codes.read_gift_code(code)))
    if row is None:
        raise errors.Refused(Refusal("unknown_gift_card", "No gift card of this restaurant has this code."))
    return row


async def balance(desk: Desk, restaurant_id: str, code: str) -> dict[str, Any]:
    """What is on the card with this code. Raises `Refused` (`unknown_gift_card`)."""
    return _shown(await _found(desk, restaurant_id, code))


async def paid_with(desk: Desk, payment: str) -> dict[str, Any] | None:
    """The card that a payment was made with, as its payer may see it."""
    use = await tenders.use_of(desk.database, payment)
    card = await tenders.card(desk.database, use.card_id) if use else None
    if card is None:
        return None
    shown = {"id": card.id, "last4": card.last4, "balance": card.balance, "usesLeft": card.uses_left}
    return {name: value for name, value in shown.items() if value is not None}


async def bought_with(desk: Desk, payment: str, *, by: Access) -> dict[str, Any]:
    """`GET /payments/{id}/gift-cards`: what the payment granted, codes and all, for its payer.

    Staff see the codes of what they took the money for themselves, and no others. Raises `NotFound`, `NotAllowed`.
    """
    row = await payments.payment(desk.database, payment)
    if row is None or not _is_near(row.stream, row.restaurant_id, by):
        raise errors.NotFound("there is no such payment")
    if isinstance(by, GuestAccess):
        if row.guest_id != by.guest_id:
            raise errors.NotFound("there is no such payment of yours")
    else:
        check_role(by.role, FLOOR)
        if row.guest_id is not None:
            raise errors.NotAllowed("codes are shown to whoever bought the cards")
    return {"giftCards": await of_receipt(desk, payment)}


def _is_near(stream: str, restaurant_id: str, by: Access) -> bool:
    return stream == by.stream if isinstance(by, GuestAccess) else restaurant_id == by.restaurant_id


async def of_receipt(desk: Desk, payment: str, *, codes_too: bool = True) -> list[dict[str, Any]]:
    """The cards that a payment granted; with their codes for the buyer's own page."""
    cards = await tenders.sold_with(desk.database, payment)
    return [{**_shown(card), **(_code(desk, card) if codes_too else {})} for card in cards]


def _code(desk: Desk, card: GiftCard) -> dict[str, str]:
    """The code follows from the key that was the newest when the card was sold; without that key nobody can say it."""
    for key in desk.policies.signing_keys:
        code = codes.gift_code((key,), card.id)
        if codes.gift_code_hash(code) == card.code_hash:
            return {"code": codes.spaced(code)}
    return {}


def _shown(card: GiftCard) -> dict[str, Any]:
    is_pass = card.kind == "pass"
    shown = {
        "id": card.id,
        "name": card.name,
        "kind": card.kind,
        "currency": card.currency,
        "value": None if is_pass else card.value,
        "balance": card.balance,
        "uses": card.uses,
        "usesLeft": card.uses_left,
        "items": list(card.item_ids) if is_pass else None,
        "validFrom": timestamp(card.valid_from),
        "validUntil": timestamp(card.valid_until) if card.valid_until else None,
        "state": card.state,
        "last4": card.last4,
    }
    return {name: value for name, value in shown.items() if value is not None}


# For the manager


async def listed(desk: Desk, *, by: StaffAccess, state: str | None = None, before: str | None = None) -> dict[str, Any]:
    """`GET /gift-cards`: every card of the house, the newest first, with what it was used for and without its code."""
    check_role(by.role, HOUSE)
    if state not in (None, "active", "blocked"):
        raise errors.Invalid([errors.FieldError(("state",), "one_of", "active or blocked")])
    cards = await tenders.cards(desk.database, by.restaurant_id, state=state, before=before, limit=PAGE_SIZE)
    uses = await tenders.uses_of(desk.database, [card.id for card in cards])
    told: dict[str, Any] = {"giftCards": [_managed(card, uses[card.id]) for card in cards]}
    return {**told, **({"next": cards[-1].id} if len(cards) == PAGE_SIZE else {})}


def _managed(card: GiftCard, uses: Sequence[GiftCardUse]) -> dict[str, Any]:
    sold = {"soldAt": timestamp(card.created_at), "tableSessionId": card.sold_in, "paymentId": card.payment_id}
    return {**_shown(card), **sold, "usedFor": [_use(use) for use in uses]}


def _use(use: GiftCardUse) -> Mapping[str, Any]:
    at = timestamp(use.created_at)
    return {"paymentId": use.payment_id, "amount": use.amount, "at": at, "returned": use.returned}


async def change(desk: Desk, card: str, request: CardChange, *, by: StaffAccess) -> dict[str, Any]:
    """Block a card, let it be used again, or move its end. Raises `NotFound`, `NotAllowed`, `Invalid`."""
    check_role(by.role, HOUSE)
    row = await tenders.card(desk.database, card)
    if row is None or row.restaurant_id != by.restaurant_id:
        raise errors.NotFound("there is no such gift card")
    if request.valid_until is not None and request.valid_until.tzinfo is None:
        raise errors.Invalid([errors.FieldError(("validUntil",), "timezone_aware", "say the time zone")])
    values = {"state": request.state, "valid_until": request.valid_until}
    if changed := {name: value for name, value in values.items() if value is not None}:
        await tenders.change_card(desk.database, card, changed)
    found = await tenders.card(desk.database, card)
    return _managed(found or row, (await tenders.uses_of(desk.database, [card]))[card])
