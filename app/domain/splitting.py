"""Deciding who takes what: claims of lines, and parts of the bill (domain.md, "Who pays what")."""

from datetime import datetime

from app.domain.bill import Bill, Line
from app.domain.commands import Actor, SetClaim, SetParts, SetSplit
from app.domain.copying import replace
from app.domain.deciding import GUEST, Decision, acts_for, held_line, unless_over
from app.domain.events import OPEN, ClaimsChanged, PartsChanged, SplitChanged
from app.domain.refusals import Refusal
from app.domain.split import MILLION, consumed, is_pinned, joining_order, weights

__all__ = ["PARTS_MAX", "set_claim", "set_parts", "set_split"]

PARTS_MAX = 99
SHARES_MAX = 99


def _actor_refused(bill: Bill, by: Actor, guest: str) -> Refusal | None:
    if guest not in bill.guests:
        return Refusal("not_found", "There is no such guest at this table.")
    if not acts_for(bill, by, guest):
        return Refusal("forbidden", "You may choose for yourself and your companions.")
    return unless_over(bill)


# Claims


def set_claim(bill: Bill, command: SetClaim, by: Actor, now: datetime) -> Decision:
    """Take parts of a line, or give them back."""
    line = bill.lines.get(command.line)
    if line is None:
        return Refusal("not_found", "There is no such line on this bill.")
    if refusal := _actor_refused(bill, by, command.guest):
        return refusal
    if not 0 <= command.parts <= PARTS_MAX:
        return Refusal("invalid", f"Parts are 0 to {PARTS_MAX}.", {"max": PARTS_MAX})
    if line.voided:
        return Refusal("line_voided", f"{line.name} was taken off the bill.", {"line": line.id})
    has = line.claims.get(command.guest, 0)
    if command.parts == has:
        return ()
    return _take(bill, line, command) if command.parts > has else _give_back(bill, line, command)


def _take(bill: Bill, line: Line, command: SetClaim) -> Decision:
    """Parts that somebody gave back are taken first; beyond them the line is divided among more."""
    if not bill.guests[command.guest].present:
        return Refusal("not_found", "This guest has left the table.")
    if line.unpaid <= 0:
        return held_line(bill, line)
    more = command.parts - line.claims.get(command.guest, 0)
    return (ClaimsChanged(line.id, command.guest, command.parts, max(0, line.open_parts - more)),)


def _give_back(bill: Bill, line: Line, command: SetClaim) -> Decision:
    """Nobody gives back what they paid or are paying. On a line with money in it, given parts become open parts."""
    given = line.claims[command.guest] - command.parts
    open_parts = line.open_parts + (given if line.settled or line.reserved else 0)
    claims = {guest: parts for guest, parts in line.claims.items() if guest != command.guest}
    if command.parts:
        claims[command.guest] = command.parts
    lighter = replace(line, claims=claims, open_parts=open_parts)
    if line.held(command.guest) and is_pinned(lighter, command.guest, joining_order(bill), bill.step):
        code = "share_being_paid" if line.reserved.get(command.guest) else "already_paid"
        sentence = f"{GUEST} {'is paying' if line.reserved.get(command.guest) else 'has paid'} for {line.name}."
        return Refusal(code, sentence, {"line": line.id, "guest": command.guest})
    return (ClaimsChanged(line.id, command.guest, command.parts, open_parts),)


# Parts of the bill


def set_split(bill: Bill, command: SetSplit, by: Actor, now: datetime) -> Decision:
    """Choose how unpaid money is divided."""
    if by.kind == "guest" and by.id not in bill.guests:
        return Refusal("forbidden", "Guests of this table choose how to split.")
    if refusal := unless_over(bill) or _bad_split(bill, command):
        return refusal
    match command.mode:
        case "even":
            return _even(bill, command.shares)
        case "percent":
            return _changed(bill, SplitChanged("percent", 0, {g: p for g, p in (command.percents or {}).items() if p}))
        case _:
            return _changed(bill, SplitChanged(command.mode, 0, {}))


def _bad_split(bill: Bill, command: SetSplit) -> Refusal | None:
    if command.shares is not None and (command.mode != "even" or not 1 <= command.shares <= SHARES_MAX):
        return Refusal("invalid", f"An even split has 1 to {SHARES_MAX} shares.", {"max": SHARES_MAX})
    percents = command.percents
    if (percents is None) != (command.mode != "percent"):
        return Refusal("invalid", "Percents belong to the mode percent.")
    if percents is None:
        return None
    if any(guest not in bill.guests or not bill.guests[guest].present for guest in percents):
        return Refusal("not_found", "There is no such guest at this table.")
    if any(parts < 0 for parts in percents.values()):
        return Refusal("invalid", "A percent is not below 0.")
    if sum(percents.values()) > MILLION:
        return Refusal("percent_over_100", "These percents add up to more than 100 %.", {"sum": sum(percents.values())})
    return None


def _changed(bill: Bill, fact: SplitChanged) -> Decision:
    """The same choice again starts no new round, unless all parts of the old one are used up."""
    split = bill.split
    same = (split.mode, split.shares, split.parts) == (fact.mode, fact.shares, fact.parts)
    return () if same and not consumed(bill) else (fact,)


def _even(bill: Bill, shares: int | None) -> Decision:
    """Everybody present takes one share of N.

    While a round of an even split is under way only N changes, never below what is taken. Otherwise a new one begins;
    where fewer shares than people were asked for, those who have paid before and owe nothing are left out.
    """
    if _is_under_way(bill):
        taken = sum(bill.split.parts.values()) + consumed(bill).get(OPEN, 0)
        number = max(taken, shares or bill.split.shares)
        return () if number == bill.split.shares else _renumbered(bill, number)
    sharers = _sharers(bill, shares)
    number = max(len(sharers), shares or len(sharers) or 1)
    return (SplitChanged("even", number, dict.fromkeys(sharers, 1)),)


def _is_under_way(bill: Bill) -> bool:
    left = weights(bill)
    return bill.split.mode == "even" and bool(left.guests or left.open)


def _renumbered(bill: Bill, number: int) -> Decision:
    """``PartsChanged`` of somebody who keeps their parts carries the new number of shares."""
    guest = next((guest for guest in bill.guests if guest in bill.split.parts), OPEN)
    return (PartsChanged(guest, bill.split.parts.get(guest, 0), number),)


def _sharers(bill: Bill, shares: int | None) -> list[str]:
    present = [guest.id for guest in bill.present]
    if shares is None or shares >= len(present):
        return present
    paid = {guest for line in bill.lines.values() for guest in line.settled}
    owing = [guest for guest in present if guest not in paid]
    return present if len(owing) == len(present) else [*owing]


def set_parts(bill: Bill, command: SetParts, by: Actor, now: datetime) -> Decision:
    """Take shares of an even split, or name an own amount."""
    if refusal := _actor_refused(bill, by, command.guest):
        return refusal
    if (command.shares is None) == (command.amount is None):
        return Refusal("invalid", "Name shares or an amount.")
    if not bill.guests[command.guest].present:
        return Refusal("not_found", "This guest has left the table.")
    mode = "even" if command.shares is not None else "amounts"
    if bill.split.mode != mode:
        return Refusal("invalid", f"The bill is not split by {mode} now.", {"mode": bill.split.mode})
    return _take_shares(bill, command) if command.shares is not None else _name_amount(bill, command)


def _take_shares(bill: Bill, command: SetParts) -> Decision:
    shares, split = command.shares or 0, bill.split
    if not 0 <= shares <= SHARES_MAX:
        return Refusal("invalid", f"Shares are 0 to {SHARES_MAX}.", {"max": SHARES_MAX})
    used = consumed(bill)
    if shares < used.get(command.guest, 0):
        return _used_up(bill, command.guest)
    if shares == split.parts.get(command.guest, 0):
        return ()
    others = sum(parts for guest, parts in split.parts.items() if guest != command.guest) + used.get(OPEN, 0)
    return (PartsChanged(command.guest, shares, max(split.shares, others + shares)),)


def _name_amount(bill: Bill, command: SetParts) -> Decision:
    amount = command.amount or 0
    if amount < 0 or amount % bill.step:
        return Refusal("invalid", f"An amount is not below 0 and in whole steps of {bill.step}.", {"step": bill.step})
    used = consumed(bill).get(command.guest, 0)
    names = weights(bill).guests
    others = sum(parts for guest, parts in names.items() if guest != command.guest)
    left = max(0, bill.unpaid - others)
    if amount > left:
        detail = "This is more than what is left to name."
        return Refusal("amount_changed", detail, {"amount": left, "expectedAmount": amount})
    if used + amount == bill.split.parts.get(command.guest, 0):
        return ()
    return (PartsChanged(command.guest, used + amount, 0),)


def _used_up(bill: Bill, guest: str) -> Refusal:
    for payment in bill.payments.values():
        if payment.holds and guest in payment.consumes:
            figures = {"guest": payment.guest or OPEN, "payment": payment.id}
            return Refusal("share_being_paid", f"{GUEST} is paying these shares right now.", figures)
    return Refusal("already_paid", f"{GUEST} has paid these shares.", {"guest": guest})
