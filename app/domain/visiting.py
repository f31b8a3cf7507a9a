"""Deciding about the visit itself: its opening, who is there, requests to the staff, and its end."""

from datetime import datetime

from app.domain import holding
from app.domain.bill import Bill, Guest
from app.domain.commands import (
    AbandonSession,
    Actor,
    AnswerRequest,
    ClaimRequest,
    CloseSession,
    JoinGuest,
    LeaveGuest,
    MakeRequest,
    MoveSession,
    OpenSession,
    RemoveGuest,
    RenameGuest,
    ReopenSession,
)
from app.domain.deciding import GUEST, Decision, acts_for, after, is_staff, unless_over
from app.domain.events import (
    OPEN,
    ClaimsChanged,
    Fact,
    GuestJoined,
    GuestLeft,
    GuestRemoved,
    GuestRenamed,
    PartsChanged,
    RequestAnswered,
    RequestClaimed,
    RequestMade,
    SessionAbandoned,
    SessionClosed,
    SessionEnding,
    SessionMoved,
    SessionOpened,
    SessionReopened,
)
from app.domain.refusals import Refusal
from app.domain.split import consumed

__all__ = [
    "GUESTS_MAX",
    "abandon",
    "answer_request",
    "claim_request",
    "close",
    "ended",
    "free_share",
    "join",
    "leave",
    "make_request",
    "move",
    "open_session",
    "remove",
    "rename",
    "reopen",
]

GUESTS_MAX = 64
REQUESTS_MAX = 32

OF_A_PERSON = frozenset({"join", "review"})
"""Requests that stand for somebody: each of them has one of their own, where the others are the table's."""


def open_session(bill: Bill, command: OpenSession, by: Actor, now: datetime) -> Decision:
    """Begin a visit; its stream was empty before."""
    if bill.version:
        return Refusal("session_closed", "This visit was opened before.", {"status": bill.status})
    return (
        SessionOpened(
            session=command.session,
            table_id=command.table_id,
            table_label=command.table_label,
            restaurant_id=command.restaurant_id,
            restaurant_name=command.restaurant_name,
            currency=command.currency,
            tax_inclusive=command.tax_inclusive,
            service_ppm=command.service_ppm,
            service_tax_ppm=command.service_tax_ppm,
            service_from_covers=command.service_from_covers,
            covers=command.covers,
        ),
    )


# Guests


def join(bill: Bill, command: JoinGuest, by: Actor, now: datetime) -> Decision:
    """Seat a guest, or seat one again who had left."""
    if refusal := unless_over(bill) or _may_join(bill, command, by):
        return refusal
    known = bill.guests.get(command.guest)
    if known and known.present:
        return ()
    joined = GuestJoined(command.guest, command.color, command.companion_of)
    return (joined, *free_share(bill, command.guest))


def _may_join(bill: Bill, command: JoinGuest, by: Actor) -> Refusal | None:
    known, host = bill.guests.get(command.guest), command.companion_of
    if known and known.removed:
        return Refusal("forbidden", "Staff have ended your visit at this table.")
    if host is not None and (host not in bill.guests or not bill.guests[host].present):
        return Refusal("not_found", "There is no such guest at this table.")
    if host is not None and not acts_for(bill, by, host):
        return Refusal("forbidden", "You may bring companions of your own.")
    if len(bill.present) >= GUESTS_MAX:
        return Refusal("too_many", f"A table has at most {GUESTS_MAX} guests.", {"max": GUESTS_MAX})
    return None


def free_share(bill: Bill, guest: str) -> tuple[PartsChanged, ...]:
    """In an even split whoever joins takes a free share, or there is one share more."""
    split = bill.split
    if split.mode != "even" or guest in split.parts:
        return ()
    taken = sum(split.parts.values()) + consumed(bill).get(OPEN, 0)
    return (PartsChanged(guest, 1, max(split.shares, taken + 1)),)


def rename(bill: Bill, command: RenameGuest, by: Actor, now: datetime) -> Decision:
    """Note that a name beside the log has changed."""
    guest = bill.guests.get(command.guest)
    if guest is None:
        return Refusal("not_found", "There is no such guest at this table.")
    if not acts_for(bill, by, command.guest):
        return Refusal("forbidden", "You may rename yourself and your companions.")
    return unless_over(bill) or (GuestRenamed(command.guest),)


def leave(bill: Bill, command: LeaveGuest, by: Actor, now: datetime) -> Decision:
    """Get up: claims and parts without money in them are given back, companions leave too."""
    guest = bill.guests.get(command.guest)
    if guest is None:
        return Refusal("not_found", "There is no such guest at this table.")
    if not acts_for(bill, by, command.guest):
        return Refusal("forbidden", "You may leave for yourself and your companions.")
    if refusal := unless_over(bill):
        return refusal
    return tuple(fact for each in _party_of(bill, guest) for fact in (*_given_back(bill, each), GuestLeft(each.id)))


def remove(bill: Bill, command: RemoveGuest, by: Actor, now: datetime) -> Decision:
    """Staff end a guest's visit."""
    if not is_staff(by):
        return Refusal("forbidden", "Only staff may remove a guest.")
    guest = bill.guests.get(command.guest)
    if guest is None:
        return Refusal("not_found", "There is no such guest at this table.")
    if refusal := unless_over(bill):
        return refusal
    if guest.removed:
        return ()
    return (*_given_back(bill, guest), GuestRemoved(guest.id, command.reason))


def _party_of(bill: Bill, guest: Guest) -> list[Guest]:
    """The guest last, after the companions who have no phone to stay with."""
    companions = [each for each in bill.present if each.companion_of == guest.id]
    return [*companions, guest] if guest.present else companions


def _given_back(bill: Bill, guest: Guest) -> tuple[Fact, ...]:
    """Claims and parts that the guest neither paid nor is paying become free again."""
    facts: list[Fact] = []
    for line in bill.lines.values():
        parts = line.claims.get(guest.id, 0)
        if parts and not line.held(guest.id):
            given = parts if line.settled or line.reserved else 0
            facts.append(ClaimsChanged(line.id, guest.id, 0, line.open_parts + given))
    used = consumed(bill).get(guest.id, 0)
    if bill.split.parts.get(guest.id, 0) > used:
        facts.append(PartsChanged(guest.id, used, bill.split.shares))
    return tuple(facts)


# Requests to the staff


def make_request(bill: Bill, command: MakeRequest, by: Actor, now: datetime) -> Decision:
    """A second call for the same thing is the first one: it is not made again while it stands."""
    if refusal := unless_over(bill):
        return refusal
    asked = [each for each in bill.requests.values() if each.what == command.what]
    if any(each.guest == command.guest or command.what not in OF_A_PERSON for each in asked):
        return ()
    if len(bill.requests) >= REQUESTS_MAX:
        return Refusal("too_many", "There are too many open requests at this table.", {"max": REQUESTS_MAX})
    return (RequestMade(command.request, command.what, command.guest),)


def claim_request(bill: Bill, command: ClaimRequest, by: Actor, now: datetime) -> Decision:
    """A member of staff goes, so that two do not: the second one is told who goes already."""
    if not is_staff(by):
        return Refusal("forbidden", "Only staff may do this.")
    request = bill.requests.get(command.request)
    if request is None:
        return Refusal("not_found", "This request was answered or never made.")
    if request.claimed_by not in (None, by.id):
        return Refusal("request_claimed", "Somebody is on the way already.", {"claimedBy": request.claimed_by})
    return () if request.claimed_by else (RequestClaimed(request.id, by.id),)


def answer_request(bill: Bill, command: AnswerRequest, by: Actor, now: datetime) -> Decision:
    """What was asked for is done; whoever asked may take it back."""
    request = bill.requests.get(command.request)
    if request is None:
        return Refusal("not_found", "This request was answered or never made.")
    may = is_staff(by) or (request.what == "join" and by.id in bill.guests)
    may = may or (request.guest == by.id and request.what != "review")
    return (RequestAnswered(request.id),) if may else Refusal("forbidden", "Only staff may do this.")


# Moving, closing, opening again


def move(bill: Bill, command: MoveSession, by: Actor, now: datetime) -> Decision:
    """The party changes its table."""
    if not is_staff(by):
        return Refusal("forbidden", "Only staff may do this.")
    if refusal := unless_over(bill):
        return refusal
    return () if command.table_id == bill.table_id else (SessionMoved(command.table_id, command.table_label),)


def close(bill: Bill, command: CloseSession, by: Actor, now: datetime) -> Decision:
    """End a visit that owes nothing and has no payment in doubt."""
    if not is_staff(by):
        return Refusal("forbidden", "Only staff may do this.")
    if bill.is_over:
        return ()
    if refusal := _in_flight(bill):
        return refusal
    facts = holding.wound_up(bill, now)
    newer = after(bill, facts, now)
    left = newer.unpaid - holding.to_come(newer)
    if left > 0:
        return Refusal("still_owed", "This table still owes money.", {"unpaid": left})
    return _ending(newer, facts, command.reason, walk_out=False)


def abandon(bill: Bill, command: AbandonSession, by: Actor, now: datetime) -> Decision:
    """End a visit that still owes: a walk-out. Tabs are taken for what their guests owe, and never for others."""
    if not is_staff(by):
        return Refusal("forbidden", "Only staff may do this.")
    if bill.is_over:
        return ()
    if refusal := _in_flight(bill):
        return refusal
    facts = holding.wound_up(bill, now)
    return _ending(after(bill, facts, now), facts, command.reason, walk_out=True)


def _ending(newer: Bill, facts: tuple[Fact, ...], reason: str, *, walk_out: bool) -> tuple[Fact, ...]:
    """The end now, or as soon as the money of a tab that is being taken has come, or will not come."""
    if not holding.is_taking(newer):
        return (*facts, _end(newer, reason, walk_out=walk_out))
    is_said = newer.ending == ("abandon" if walk_out else "close")
    return facts if is_said else (*facts, SessionEnding(reason, walk_out))


def _end(bill: Bill, reason: str, *, walk_out: bool) -> SessionAbandoned | SessionClosed:
    return SessionAbandoned(bill.unpaid, reason) if walk_out and bill.unpaid else SessionClosed(reason)


def ended(bill: Bill) -> SessionAbandoned | SessionClosed | None:
    """The end that staff asked for, once nothing keeps the visit open any more."""
    if not bill.ending or bill.is_over or bill.open_payments or holding.is_taking(bill):
        return None
    walk_out = bill.ending == "abandon"
    return _end(bill, bill.ending_reason, walk_out=walk_out) if walk_out or not bill.unpaid else None


def _in_flight(bill: Bill) -> Refusal | None:
    """Money in doubt keeps a visit open; a tab that is being taken ends it by itself."""
    for payment in bill.open_payments:
        if payment.id in bill.holds:
            continue
        figures = {"payment": payment.id, "guest": payment.guest or OPEN}
        return Refusal("share_being_paid", f"{GUEST} is paying right now.", figures)
    return None


def reopen(bill: Bill, command: ReopenSession, by: Actor, now: datetime) -> Decision:
    """Let a visit go on that was settled, closed or abandoned."""
    if not is_staff(by):
        return Refusal("forbidden", "Only staff may do this.")
    if bill.merged_into:
        return Refusal("session_closed", "This visit went on at another table.", {"session": bill.merged_into})
    if bill.status in ("open", "settling") and not bill.ending:
        return ()
    return (SessionReopened(command.reason),)
