"""Disputes: what the provider says of one, compared with what the log says of it."""

from datetime import datetime

from app.domain.bill import Bill
from app.domain.commands import Actor, ObserveDispute
from app.domain.deciding import Decision
from app.domain.events import DisputeClosed, DisputeFundsMoved, DisputeOpened, Fact
from app.domain.refusals import Refusal

__all__ = ["observe"]


def observe(bill: Bill, command: ObserveDispute, by: Actor, now: datetime) -> Decision:
    """Append what is new of a fetched dispute. Twice is the same as once, and the order of the news does not matter."""
    if by.kind != "system":
        return Refusal("forbidden", "Only the provider's own word counts.")
    if command.payment not in bill.payments:
        return Refusal("not_found", "There is no such payment.")
    known = bill.disputes.get(command.dispute)
    facts: list[Fact] = []
    if known is None or (command.outcome is None and known.status != "open"):
        facts.append(DisputeOpened(command.dispute, command.payment, command.amount))
    if moved := command.withdrawn - (known.withdrawn if known else 0):
        facts.append(DisputeFundsMoved(command.dispute, command.payment, moved))
    if command.outcome is not None and (known is None or known.status != command.outcome):
        facts.append(DisputeClosed(command.dispute, command.payment, command.outcome))
    return tuple(facts)
