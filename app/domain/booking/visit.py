"""Booking facts about the visit."""

from app.domain import events as ev
from app.domain.bill import Bill, Guest, Request
from app.domain.booking import Bookings
from app.domain.copying import replace


def _session_opened(_: Bill, fact: ev.SessionOpened, event: ev.Event) -> Bill:
    return Bill(
        status="open",
        session=fact.session,
        table_id=fact.table_id,
        table_label=fact.table_label,
        restaurant_id=fact.restaurant_id,
        restaurant_name=fact.restaurant_name,
        currency=fact.currency,
        tax_inclusive=fact.tax_inclusive,
        service_ppm=fact.service_ppm,
        service_tax_ppm=fact.service_tax_ppm,
        service_from_covers=fact.service_from_covers,
        service_applies=fact.service_ppm > 0 and (fact.covers or 0) >= fact.service_from_covers,
        covers_set=fact.covers,
        opened_at=event.at,
    )


def _session_moved(bill: Bill, fact: ev.SessionMoved, _: ev.Event) -> Bill:
    return replace(bill, table_id=fact.table_id, table_label=fact.table_label)


def _covers_changed(bill: Bill, fact: ev.CoversChanged, _: ev.Event) -> Bill:
    return replace(bill, covers_set=fact.covers)


def _guest_joined(bill: Bill, fact: ev.GuestJoined, _: ev.Event) -> Bill:
    guest = Guest(fact.guest, fact.color, fact.companion_of)
    return replace(bill, guests={**bill.guests, fact.guest: guest})


def _guest_renamed(bill: Bill, _: ev.GuestRenamed, __: ev.Event) -> Bill:
    return bill


def _guest_left(bill: Bill, fact: ev.GuestLeft, _: ev.Event) -> Bill:
    return replace(bill, guests={**bill.guests, fact.guest: replace(bill.guests[fact.guest], left=True)})


def _guest_removed(bill: Bill, fact: ev.GuestRemoved, _: ev.Event) -> Bill:
    return replace(bill, guests={**bill.guests, fact.guest: replace(bill.guests[fact.guest], removed=True)})


def _request_made(bill: Bill, fact: ev.RequestMade, event: ev.Event) -> Bill:
    request = Request(fact.request, fact.what, fact.guest, event.at)
    return replace(bill, requests={**bill.requests, fact.request: request})


def _request_claimed(bill: Bill, fact: ev.RequestClaimed, _: ev.Event) -> Bill:
    claimed = replace(bill.requests[fact.request], claimed_by=fact.staff)
    return replace(bill, requests={**bill.requests, fact.request: claimed})


def _request_answered(bill: Bill, fact: ev.RequestAnswered, _: ev.Event) -> Bill:
    left = {request: each for request, each in bill.requests.items() if request != fact.request}
    return replace(bill, requests=left)


def _session_settled(bill: Bill, _: ev.SessionSettled, event: ev.Event) -> Bill:
    return replace(bill, status="settled", settled_at=event.at)


def _session_reopened(bill: Bill, _: ev.SessionReopened, event: ev.Event) -> Bill:
    opened_at = event.at if bill.booked_for else bill.opened_at
    return replace(bill, status="settling", ending="", ending_reason="", booked_for=None, opened_at=opened_at)


def _session_booked(bill: Bill, fact: ev.SessionBooked, _: ev.Event) -> Bill:
    return replace(bill, status="closed", booked_for=fact.at, covers_set=fact.people)


def _session_merged(bill: Bill, fact: ev.SessionMerged, _: ev.Event) -> Bill:
    return replace(bill, merged_into=fact.into)


def _session_closed(bill: Bill, _: ev.SessionClosed, __: ev.Event) -> Bill:
    return replace(bill, status="closed", requests={}, ending="", ending_reason="", booked_for=None)


def _session_abandoned(bill: Bill, _: ev.SessionAbandoned, __: ev.Event) -> Bill:
    return replace(bill, status="abandoned", requests={}, ending="", ending_reason="")


BOOKINGS: Bookings = {
    ev.SessionOpened: _session_opened,
    ev.SessionMoved: _session_moved,
    ev.CoversChanged: _covers_changed,
    ev.GuestJoined: _guest_joined,
    ev.GuestRenamed: _guest_renamed,
    ev.GuestLeft: _guest_left,
    ev.GuestRemoved: _guest_removed,
    ev.RequestMade: _request_made,
    ev.RequestClaimed: _request_claimed,
    ev.RequestAnswered: _request_answered,
    ev.SessionSettled: _session_settled,
    ev.SessionReopened: _session_reopened,
    ev.SessionBooked: _session_booked,
    ev.SessionMerged: _session_merged,
    ev.SessionClosed: _session_closed,
    ev.SessionAbandoned: _session_abandoned,
}
