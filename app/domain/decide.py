"""The one door to a changed bill: what a command makes happen, or why it may not."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from app.domain import (
    charging,
    disputing,
    giving_back,
    granting,
    grouping,
    holding,
    importing,
    paying,
    refunding,
    reserving,
    splitting,
    visiting,
)
from app.domain import commands as cmd
from app.domain.bill import Bill, is_paid_in_full
from app.domain.deciding import Decision, after
from app.domain.events import Fact, PaymentCanceled, PaymentReleased, SessionSettled
from app.domain.refusals import Refusal

__all__ = ["DECISIONS", "decide", "followed"]


def decide(bill: Bill, command: cmd.Command, *, by: cmd.Actor, now: datetime) -> tuple[Fact, ...] | Refusal:
    """Say what ``command`` makes happen to ``bill``, with everything that follows from it at once.

    No fact at all is an answer too: it had happened before, or there was nothing to do.
    """
    decided = _from_outside(bill, command, by) or DECISIONS[type(command)](bill, command, by, now)
    return decided if isinstance(decided, Refusal) else followed(bill, decided, now)


ABOUT_THE_TABLE = cmd.JoinGuest | cmd.RenameGuest | cmd.SetSplit | cmd.MakeRequest | cmd.AnswerRequest
"""Commands that name no share of the one who asks, and so would not notice that they are gone."""


def _from_outside(bill: Bill, command: cmd.Command, by: cmd.Actor) -> Refusal | None:
    """Whoever has left may sit down again, and has no say in what the table does."""
    guest = bill.guests.get(by.id) if by.kind == "guest" else None
    if guest is None or guest.present or not isinstance(command, ABOUT_THE_TABLE):
        return None
    returns = isinstance(command, cmd.JoinGuest) and command.guest == by.id
    return None if returns else Refusal("forbidden", "You are not at this table any more.")


FREES_MONEY = (PaymentCanceled, PaymentReleased)


def followed(bill: Bill, facts: tuple[Fact, ...], now: datetime) -> tuple[Fact, ...]:
    """``facts`` and what they bring about: a service charge begins, a surplus fits, a bill is settled."""
    if not facts:
        return facts
    newer = after(bill, facts, now)
    more: list[Fact] = []
    if service := charging.service_follows_covers(newer):
        more.append(service)
        newer = after(newer, (service,), now)
    while _frees_money(facts) and (applied := paying.surplus_that_fits(newer)):
        more.append(applied)
        newer = after(newer, (applied,), now)
    for follows in (grouping.follows(newer, facts), granting.granted(newer)):
        more += follows
        newer = after(newer, follows, now)
    if not newer.is_over and newer.status != "settled" and is_paid_in_full(newer) and not is_paid_in_full(bill):
        more.append(SessionSettled())
        newer = after(newer, (SessionSettled(),), now)
    if ended := visiting.ended(newer):
        more.append(ended)
    return (*facts, *more)


def _frees_money(facts: tuple[Fact, ...]) -> bool:
    return any(isinstance(fact, FREES_MONEY) for fact in facts)


DECISIONS: Mapping[type[cmd.Command], Callable[[Bill, Any, cmd.Actor, datetime], Decision]] = {
    cmd.OpenSession: visiting.open_session,
    cmd.JoinGuest: visiting.join,
    cmd.RenameGuest: visiting.rename,
    cmd.LeaveGuest: visiting.leave,
    cmd.RemoveGuest: visiting.remove,
    cmd.SetCovers: charging.set_covers,
    cmd.PlaceOrder: charging.place_order,
    cmd.SetLineStatus: charging.set_line_status,
    cmd.VoidLine: charging.adjust_line,
    cmd.CompLine: charging.adjust_line,
    cmd.DiscountLine: charging.adjust_line,
    cmd.SetDiscount: charging.set_discount,
    cmd.RemoveDiscount: charging.remove_discount,
    cmd.SetServiceCharge: charging.set_service_charge,
    cmd.SetClaim: splitting.set_claim,
    cmd.SetSplit: splitting.set_split,
    cmd.SetParts: splitting.set_parts,
    cmd.StartPayment: paying.start,
    cmd.ImportPayment: importing.bring_in,
    cmd.KeepPayment: paying.keep,
    cmd.CancelPayment: paying.cancel,
    cmd.ExpirePayment: paying.expire,
    cmd.ReleasePayment: paying.release,
    cmd.RefusePayment: paying.refuse,
    cmd.StartGroup: grouping.start,
    cmd.ReleaseGroup: grouping.release,
    cmd.RemindGroup: grouping.remind,
    cmd.RemindGuests: grouping.remind_guests,
    cmd.ConfirmPayment: paying.confirm,
    cmd.ObservePayment: paying.observe,
    cmd.ApplySurplus: paying.apply_surplus,
    cmd.PlaceHold: holding.place,
    cmd.RaiseHold: holding.raise_,
    cmd.CaptureHold: holding.capture,
    cmd.ReleaseHold: holding.release,
    cmd.AlertHold: holding.alert,
    cmd.RefuseHold: holding.refuse,
    cmd.ObserveHold: holding.observe,
    cmd.BookSession: reserving.book,
    cmd.EndBooked: reserving.end,
    cmd.StartRefund: refunding.start,
    cmd.GiveBack: giving_back.give_back,
    cmd.AskRefund: giving_back.ask,
    cmd.DeclineRefund: giving_back.decline,
    cmd.EndRefund: refunding.end,
    cmd.ObserveDispute: disputing.observe,
    cmd.MakeRequest: visiting.make_request,
    cmd.ClaimRequest: visiting.claim_request,
    cmd.AnswerRequest: visiting.answer_request,
    cmd.MoveSession: visiting.move,
    cmd.CloseSession: visiting.close,
    cmd.AbandonSession: visiting.abandon,
    cmd.ReopenSession: visiting.reopen,
}
