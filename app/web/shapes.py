"""Bodies of the REST twins whose path already names the line, guest, payment or request.

They are the shapes of :mod:`app.actions.shapes` less what the path says; whatever has no path of its own is used from
there as it is. Strict, camelCase, and closed to members nobody knows.
"""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator

from app.actions.shapes import Amount, Id, Parts, Ppm, Reason, Shape

INTEGER_MAX = 2**53 - 1
"""The largest integer that every JSON reader keeps exact."""


class Nothing(Shape):
    """No members; the body may be missing altogether."""


class Unread(Shape):
    """A body that the handler reads by itself: signed bytes, a posted form."""


class DoCommand(Shape):
    """A command of the socket: the same names, the same data, the same answer."""

    cid: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_.:-]{1,64}$")]
    id: Annotated[int, Field(ge=1, le=INTEGER_MAX)]
    k: Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,32}\.[a-z_]{1,32}$")]
    d: dict[str, Any] = Field(default_factory=dict)


class ClaimParts(Shape):
    """How many parts of the line the guest takes; 0 gives it back."""

    parts: Parts


class GuestParts(Shape):
    """So many shares of an even split, or an own amount: one of the two."""

    shares: Parts | None = None
    amount: Amount | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> "GuestParts":
        if (self.shares is None) == (self.amount is None):
            raise ValueError("give either shares or amount")
        return self


class MoveTable(Shape):
    """Take the whole visit to another table."""

    table_id: Id


class Because(Shape):
    """Something that needs a reason."""

    reason: Reason


class Noted(Shape):
    """What somebody found out."""

    note: Reason


class MaybeBecause(Shape):
    """Something that may have a reason."""

    reason: Reason | None = None


class LineStatus(Shape):
    """How far the kitchen is."""

    status: Literal["placed", "preparing", "ready", "served"]


class LineDiscount(Shape):
    """A line for less: a rate or an amount off."""

    reason: Reason
    ppm: Ppm = 0
    amount: Amount = 0


class TakenMoney(Shape):
    """What staff hold in their hands: the cash given, or the reference on the terminal's slip."""

    given: Amount | None = None
    reference: Annotated[str, StringConstraints(min_length=1, max_length=80)] | None = None
