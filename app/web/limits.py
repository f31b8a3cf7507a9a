"""How often somebody may do something: per guest, per table, per address where nobody is known yet.

Never per address alone where people can be told apart: all phones of a restaurant's Wi-Fi share one.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any

from app.actions.access import GuestAccess
from app.web.errors import Problem

if TYPE_CHECKING:
    from app.web.calls import Asked

Key = Callable[["Asked[Any]"], str | None]


@dataclass(frozen=True, slots=True)
class Limit:
    """One request every ``interval_ms`` in the long run, and ``burst`` of them at once.

    ``of`` says whose they are; None where the limit has nothing to say about a request.
    """

    name: str
    interval_ms: int
    burst: int
    of: Key

    def key(self, asked: "Asked[Any]") -> str | None:
        """The bucket of this caller, if there is one."""
        whose = self.of(asked)
        return None if whose is None else f"{self.name}:{whose}"


def caller(asked: "Asked[Any]") -> str:
    """A guest, or a member of staff."""
    who = asked.by
    return who.guest_id if isinstance(who, GuestAccess) else who.staff_id


def table(asked: "Asked[Any]") -> str:
    """A table session."""
    return asked.session


def house(asked: "Asked[Any]") -> str:
    """The restaurant of whoever asks."""
    return asked.by.restaurant_id


def code(asked: "Asked[Any]") -> str:
    """The code of a physical table."""
    return str(asked.body.code)


def guessing(asked: "Asked[Any]") -> str | None:
    """The same, for those who say its PIN: four digits are soon tried through."""
    return str(asked.body.code) if asked.body.pin is not None else None


def account(asked: "Asked[Any]") -> str:
    """Somebody who tries to log in, by the address they give."""
    return str(asked.body.email).strip().lower()


def guesser(asked: "Asked[Any]") -> str:
    """Somebody who tries to log in, from where they do it."""
    return f"{account(asked)}:{address(asked)}"


def named_house(asked: "Asked[Any]") -> str:
    """A restaurant that the path names, for those who are nobody's guest yet."""
    return asked.path("restaurant")


def address(asked: "Asked[Any]") -> str:
    """The other end of the connection, as far as our proxies tell."""
    return asked.request.client.host if asked.request.client else "unknown"


COMMANDS = (Limit("commands", 50, 200, caller), Limit("table", 10, 600, table))
PERSON = COMMANDS[:1]
READS = (Limit("reads", 20, 200, caller),)
STAFF = (Limit("staff", 50, 100, caller),)
PAYMENTS = (
    Limit("payments", 6_000, 10, caller),
    Limit("table-payments", 1_000, 60, table),
    Limit("house-payments", 100, 600, house),
)
PAYMENT_TRIES = (Limit("payment-tries", 2_000, 25, caller), Limit("payment-addresses", 50, 2_000, address), *COMMANDS)
"""Counts what the bill refuses too, which is told as what it is for longer than a person would go on trying."""

WRONG_CODES = (Limit("wrong-gift-codes", 60_000, 10, caller), Limit("house-gift-codes", 2_000, 100, house))
"""Counts failures only. A code is too long to be guessed; this makes trying it pointless and visible."""

REFUNDS = (Limit("refunds", 12_000, 5, caller),)
"""Five a minute: money leaves the house."""

CARD_TRIES = (*PAYMENT_TRIES[:1], *PERSON)
CASH_FORMS = PAYMENTS[:1]
BOOKINGS = (Limit("bookings", 20_000, 20, named_house), Limit("booking-addresses", 60_000, 10, address))
"""Nobody is known yet: per restaurant and, widely, per address; tables that are held keep others away."""

ENDINGS = (Limit("payment-ends", 2_000, 30, caller),)
JOINS = (Limit("joins", 1_000, 100, code), Limit("pins", 20_000, 20, guessing), Limit("arrivals", 2, 5_000, address))
LOGINS = (Limit("logins", 1_000, 120, account), Limit("login-addresses", 200, 600, address))
WRONG_LOGINS = Limit("wrong-logins", 6_000, 10, guesser)
"""Counts failures only: whoever knows the password may come and go, whoever else tries it from elsewhere."""


async def demand_patience(asked: "Asked[Any]", limit: Limit) -> None:
    """Problem ``too_many`` where ``limit`` is used up; takes nothing from it."""
    key = limit.key(asked)
    # One per millisecond and one at once: what is left to wait for is the whole of what was taken.
    taken_ms = await asked.request.state["buckets"].take(key, interval_ms=1, burst=1) if key else 0
    wait_ms = taken_ms - limit.interval_ms * (limit.burst - 1)
    if wait_ms > 0:
        raise _turned_away(asked, limit, wait_ms)


async def spend(asked: "Asked[Any]", limits: Iterable[Limit]) -> None:
    """Take one from each bucket; Problem ``too_many`` with Retry-After where one is empty."""
    buckets = asked.request.state["buckets"]
    for limit in limits:
        key = limit.key(asked)
        wait_ms = await buckets.take(key, interval_ms=limit.interval_ms, burst=limit.burst) if key else 0
        if wait_ms > 0:
            raise _turned_away(asked, limit, wait_ms)


def _turned_away(asked: "Asked[Any]", limit: Limit, wait_ms: int) -> Problem:
    asked.house.metrics.limited(limit.name)
    wait_s = max(1, ceil(wait_ms / 1000))
    detail, headers = f"Try again in {wait_s} s.", {"retry-after": str(wait_s)}
    return Problem("too_many", detail, headers=headers, members={"limit": limit.name})
