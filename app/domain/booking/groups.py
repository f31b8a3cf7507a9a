"""Booking facts about people who pay together."""

from app.domain import events as ev
from app.domain.bill import Bill
from app.domain.booking import Bookings
from app.domain.copying import replace
from app.domain.group import Group


def _with(bill: Bill, group: Group) -> Bill:
    return replace(bill, groups={**bill.groups, group.id: group})


def _group_started(bill: Bill, fact: ev.GroupStarted, event: ev.Event) -> Bill:
    members = {each: replace(bill.payments[each], group=fact.group) for each in fact.payments}
    group = Group(fact.group, fact.guest, dict(fact.payments), fact.deadline, event.at)
    return _with(replace(bill, payments={**bill.payments, **members}), group)


def _group_reminded(bill: Bill, fact: ev.GroupReminded, event: ev.Event) -> Bill:
    group = bill.groups[fact.group]
    return _with(bill, replace(group, reminded_at=event.at, reminders=group.reminders + 1))


def _group_capturing(bill: Bill, fact: ev.GroupCapturing, _: ev.Event) -> Bill:
    """What is being taken has no time that could run out."""
    group = bill.groups[fact.group]
    members = {each: replace(bill.payments[each], capturing=True, expires_at=None) for each in group.payments}
    return _with(replace(bill, payments={**bill.payments, **members}), replace(group, status="capturing"))


def _group_released(bill: Bill, fact: ev.GroupReleased, event: ev.Event) -> Bill:
    group = bill.groups[fact.group]
    return _with(bill, replace(group, status="released", reason=fact.reason, ended_at=event.at))


def _group_succeeded(bill: Bill, fact: ev.GroupSucceeded, event: ev.Event) -> Bill:
    return _with(bill, replace(bill.groups[fact.group], status="succeeded", ended_at=event.at))


def _guests_reminded(bill: Bill, fact: ev.GuestsReminded, event: ev.Event) -> Bill:
    reminded = {each: replace(bill.guests[each], reminded_at=event.at) for each in fact.guests}
    return replace(bill, guests={**bill.guests, **reminded})


BOOKINGS: Bookings = {
    ev.GroupStarted: _group_started,
    ev.GroupReminded: _group_reminded,
    ev.GroupCapturing: _group_capturing,
    ev.GroupReleased: _group_released,
    ev.GroupSucceeded: _group_succeeded,
    ev.GuestsReminded: _guests_reminded,
}
