"""Deciding about gift cards and passes: what they pay, and when a line that sells them grants them."""

from app.domain.bill import Bill, Line
from app.domain.commands import GiftCard
from app.domain.events import Allocations, VoucherGranted
from app.domain.payment import total_of
from app.domain.quoting import Quote, fitting
from app.domain.refusals import Refusal

__all__ = ["covered", "granted"]


def covered(bill: Bill, quoted: Quote, card: GiftCard, tip: int) -> Quote | Refusal:
    """What ``card`` pays of the quoted share: as much as it holds, or the whole lines that a pass is for.

    What sells gift cards is paid with money. In a split by parts of the bill half a share cannot be used up: there a
    card that holds less says so, and pays an amount where the payer names one.
    """
    payable = {line: guests for line, guests in quoted.allocations.items() if bill.lines[line].product is None}
    if card.balance is None:
        return _by_pass(bill, payable, card, tip)
    left = (card.balance - tip) // bill.step * bill.step
    paid = fitting(bill, payable, at_most=max(0, left))
    amount = total_of(paid)
    if amount == quoted.amount:
        return quoted
    if not payable:
        return Refusal("gift_card_not_for_this", "A gift card cannot pay for this.", {"giftCard": card.card})
    figures = {"balance": card.balance, "amount": quoted.amount}
    if not amount:
        return Refusal("gift_card_empty", "There is nothing left on this gift card.", figures)
    if quoted.consumes and bill.split.mode != "amounts":
        detail = "This gift card holds less than the share. Say which amount it is to pay."
        return Refusal("gift_card_short", detail, figures)
    return Quote(amount, paid, _used_up(quoted.consumes, amount), quoted.taken)


def _used_up(consumes: dict[str, int], amount: int) -> dict[str, int]:
    """Of named amounts as much as was paid of them, one after another."""
    used: dict[str, int] = {}
    for guest, parts in consumes.items():
        used[guest] = min(parts, amount)
        amount -= used[guest]
    return {guest: parts for guest, parts in used.items() if parts}


def _by_pass(bill: Bill, payable: Allocations, card: GiftCard, tip: int) -> Quote | Refusal:
    """One use for each piece; a line that somebody shares or that costs more uses than there are is left alone."""
    if tip:
        return Refusal("invalid", "A pass pays dishes, and no tip.", {"max": 0})
    uses, paid = card.uses, dict[str, dict[str, int]]()
    for line in (bill.lines[each] for each in payable):
        whole = sum(payable[line.id].values()) == line.charged
        if whole and line.menu_item_id in card.items and (uses is None or line.quantity <= uses):
            paid[line.id] = payable[line.id]
            uses = None if uses is None else uses - line.quantity
    if not paid:
        empty = card.uses == 0
        code = "gift_card_empty" if empty else "gift_card_not_for_this"
        detail = "This pass is used up." if empty else "This pass is not for anything of this."
        return Refusal(code, detail, {"giftCard": card.card})
    return Quote(total_of(paid), paid)


def granted(bill: Bill) -> tuple[VoucherGranted, ...]:
    """Gift cards and passes whose line is settled by now and that nobody has got yet."""
    if not bill.sums.sells:
        return ()
    return tuple(
        VoucherGranted(line.id, buyer, tuple(f"{line.id}-{n}" for n in range(1, line.quantity + 1)))
        for line in bill.lines.values()
        if line.product is not None and not line.granted and _is_settled(line) and (buyer := _buyer(bill, line))
    )


def _is_settled(line: Line) -> bool:
    is_sold = line.charged > 0 and not (line.voided or line.comped)
    return is_sold and line.settled_total >= line.charged


def _buyer(bill: Bill, line: Line) -> str | None:
    """The payment that paid the last of it."""
    paid = [each for each in bill.payments.values() if line.id in each.settled and each.succeeded_at is not None]
    return max(paid, key=lambda each: each.succeeded_at or each.at).id if paid else None
