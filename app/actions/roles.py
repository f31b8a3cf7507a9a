"""Which command is whose: the "who" column of the API's table of commands, in one place."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.actions import errors
from app.domain.commands import Actor

OWNER = frozenset({"owner"})
HOUSE = frozenset({"owner", "manager"})
FLOOR = HOUSE | {"waiter"}
KITCHEN = FLOOR | {"kitchen"}
NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Who:
    """`guests` of the table may, and staff with one of the roles in `staff`."""

    guests: bool
    staff: frozenset[str]


WHO: Mapping[str, Who] = {
    "guest.rename": Who(guests=True, staff=NOBODY),
    "guest.leave": Who(guests=True, staff=NOBODY),
    "guest.remove": Who(guests=False, staff=FLOOR),
    "guest.approve": Who(guests=True, staff=FLOOR),
    "companion.add": Who(guests=True, staff=NOBODY),
    "order.place": Who(guests=True, staff=FLOOR),
    "claims.set": Who(guests=True, staff=FLOOR),
    "split.set": Who(guests=True, staff=FLOOR),
    "parts.set": Who(guests=True, staff=FLOOR),
    "request.make": Who(guests=True, staff=NOBODY),
    "guests.remind": Who(guests=True, staff=FLOOR),
    "request.claim": Who(guests=False, staff=FLOOR),
    "request.answer": Who(guests=False, staff=FLOOR),
    "line.status": Who(guests=False, staff=KITCHEN),
    "line.void": Who(guests=False, staff=FLOOR),
    "line.comp": Who(guests=False, staff=FLOOR),
    "line.discount": Who(guests=False, staff=FLOOR),
    "discount.set": Who(guests=False, staff=FLOOR),
    "discount.remove": Who(guests=False, staff=FLOOR),
    "service_charge.set": Who(guests=False, staff=FLOOR),
    "covers.set": Who(guests=False, staff=FLOOR),
    "session.move": Who(guests=False, staff=FLOOR),
    "session.close": Who(guests=False, staff=FLOOR),
    "session.reopen": Who(guests=False, staff=FLOOR),
    "session.abandon": Who(guests=False, staff=FLOOR),
    "payment.confirm": Who(guests=False, staff=FLOOR),
    "payment.release": Who(guests=False, staff=HOUSE),
    "payment.keep": Who(guests=True, staff=NOBODY),
}


def check_command(k: str, by: Actor) -> None:
    """Raise `NotAllowed` unless this kind of person may do `k`."""
    who = WHO[k]
    allowed = who.guests if by.kind == "guest" else by.kind == "system" or by.role in who.staff
    if not allowed:
        raise errors.NotAllowed(f"{k} is not yours to do")


def check_role(role: str, allowed: frozenset[str]) -> None:
    """Raise `NotAllowed` unless staff with this role may."""
    if role not in allowed:
        raise errors.NotAllowed("your role does not allow this")
