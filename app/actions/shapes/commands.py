"""The shape of `d` for every command `k`."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from app.actions.shapes.shape import (
    ITEMS_MAX,
    Amount,
    Id,
    Name,
    Parts,
    Ppm,
    Reason,
    Shape,
    Text,
)


class Nothing(Shape):
    """A command that says it all by its name."""


class Rename(Shape):
    """`guest.rename`: what I am called."""

    name: Name


class RemoveGuest(Shape):
    """`guest.remove`: staff take a phone off the table."""

    guest: Id
    reason: Reason = "removed by staff"


class ApproveGuest(Shape):
    """`guest.approve`: let a newcomer in."""

    guest: Id


class AddCompanion(Shape):
    """`companion.add`: a person without a phone, looked after by the one who adds them."""

    name: Name | None = None


class WantedItem(Shape):
    """One position of an order."""

    menu_item_id: Id
    quantity: Annotated[int, Field(ge=1, le=99)]
    modifier_ids: Annotated[list[Id], Field(max_length=20)] = Field(default_factory=list)
    note: Text = ""


class PlaceOrder(Shape):
    """`order.place`."""

    items: Annotated[list[WantedItem], Field(min_length=1, max_length=ITEMS_MAX)]


class SetClaim(Shape):
    """`claims.set`: `parts` of a line for a guest; 0 gives back."""

    line: Id
    guest: Id
    parts: Parts


class SetSplit(Shape):
    """`split.set`: `shares` with `even`, `percents` (parts per million by guest) with `percent`."""

    mode: Literal["items", "even", "percent", "amounts"]
    shares: Annotated[int, Field(ge=1, le=1000)] | None = None
    percents: dict[Id, Ppm] | None = None


class SetParts(Shape):
    """`parts.set`: k shares of an even split, parts per million, or an own amount."""

    guest: Id
    shares: Parts | None = None
    amount: Amount | None = None


class MakeRequest(Shape):
    """`request.make`."""

    kind: Literal["waiter", "bill", "water", "other"]


class RemindGuests(Shape):
    """`guests.remind`: those who still owe; without `guests` everybody who does."""

    guests: Annotated[list[Id], Field(min_length=1, max_length=64)] | None = None


class OneRequest(Shape):
    """`request.claim` and `request.answer`."""

    request: Id


class SetLineStatus(Shape):
    """`line.status`."""

    lines: Annotated[list[Id], Field(min_length=1, max_length=ITEMS_MAX)]
    status: Literal["placed", "preparing", "ready", "served"]


class OneLine(Shape):
    """`line.void` and `line.comp`."""

    line: Id
    reason: Reason


class DiscountLine(Shape):
    """`line.discount`: a percent (`ppm`) or an amount in menu prices."""

    line: Id
    reason: Reason
    ppm: Ppm = 0
    amount: Amount = 0


class SetDiscount(Shape):
    """`discount.set`: off what is unpaid (`rest`) or off everything (`all`)."""

    reason: Reason
    ppm: Ppm = 0
    amount: Amount = 0
    scope: Literal["rest", "all"] = "rest"


class RemoveDiscount(Shape):
    """`discount.remove`."""

    discount: Id


class SetServiceCharge(Shape):
    """`service_charge.set`."""

    ppm: Ppm
    from_covers: Annotated[int, Field(ge=0, le=1000)] = 0


class SetCovers(Shape):
    """`covers.set`."""

    covers: Annotated[int, Field(ge=1, le=1000)]


class MoveSession(Shape):
    """`session.move`: the party sits at another table now."""

    table: Id


class EndSession(Shape):
    """`session.close`, `session.reopen` and `session.abandon`."""

    reason: Text = ""


class ConfirmPayment(Shape):
    """`payment.confirm`: staff hold the cash or the terminal's slip."""

    payment: Id
    given: Amount | None = None
    reference: Annotated[str, StringConstraints(min_length=1, max_length=80)] | None = None


class ReleasePayment(Shape):
    """`payment.release`: a manager forces a share free."""

    payment: Id
    reason: Reason


class KeepPayment(Shape):
    """`payment.keep`: the payer is still busy paying."""

    payment: Id


COMMANDS: Mapping[str, type[Shape]] = {
    "guest.rename": Rename,
    "guest.leave": Nothing,
    "guest.remove": RemoveGuest,
    "guest.approve": ApproveGuest,
    "companion.add": AddCompanion,
    "order.place": PlaceOrder,
    "claims.set": SetClaim,
    "split.set": SetSplit,
    "parts.set": SetParts,
    "request.make": MakeRequest,
    "guests.remind": RemindGuests,
    "request.claim": OneRequest,
    "request.answer": OneRequest,
    "line.status": SetLineStatus,
    "line.void": OneLine,
    "line.comp": OneLine,
    "line.discount": DiscountLine,
    "discount.set": SetDiscount,
    "discount.remove": RemoveDiscount,
    "service_charge.set": SetServiceCharge,
    "covers.set": SetCovers,
    "session.move": MoveSession,
    "session.close": EndSession,
    "session.reopen": EndSession,
    "session.abandon": EndSession,
    "payment.confirm": ConfirmPayment,
    "payment.release": ReleasePayment,
    "payment.keep": KeepPayment,
}
"""The shape of `d` for every command `k`."""
