"""The shape of everything a client may send: strict, camelCase, nothing unknown. One class per command and request.

The socket's `do` frames, `POST …/commands` and the REST twins are all checked by these, and OpenAPI is made from them.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic.alias_generators import to_camel

from app.actions.errors import FieldError, Invalid
from app.domain.events import Method

AMOUNT_MAX = 10**12
PPM_MAX = 1_000_000
PARTS_MAX = 10_000
ITEMS_MAX = 64
NAME_MAX = 40

Id = Annotated[str, StringConstraints(min_length=1, max_length=40)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=NAME_MAX)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Amount = Annotated[int, Field(ge=0, le=AMOUNT_MAX)]
Ppm = Annotated[int, Field(ge=0, le=PPM_MAX)]
Parts = Annotated[int, Field(ge=0, le=PARTS_MAX)]


class Shape(BaseModel):
    """A JSON object: its members are checked without any conversion, and unknown ones are refused."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", strict=True, frozen=True, validate_by_name=True)


AnyShape = TypeVar("AnyShape", bound=Shape)


def read(shape: type[AnyShape], members: Mapping[str, object]) -> AnyShape:
    """Check `members` against `shape`; raises Invalid that names every wrong one by its wire name."""
    try:
        return shape.model_validate(members, by_alias=True, by_name=False)
    except ValidationError as error:
        raise Invalid([_field_error(one) for one in error.errors(include_url=False, include_input=False)]) from None


def _field_error(error: Mapping[str, Any]) -> FieldError:
    return FieldError(tuple(str(part) for part in error["loc"]), str(error["type"]), str(error["msg"]))


# Commands, by their `k`


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


# Requests that are not commands


class GuestsPay(Shape):
    """`pays`: the dues of these guests."""

    guests: Annotated[list[Id], Field(min_length=1, max_length=64)]


class LinesPay(Shape):
    """`pays`: what is unpaid of these lines."""

    lines: Annotated[list[Id], Field(min_length=1, max_length=ITEMS_MAX)]


class SharesPay(Shape):
    """`pays`: k shares of an even split."""

    shares: Annotated[int, Field(ge=1, le=1000)]


class PaymentRequest(Shape):
    """`POST …/payment`. `amount` alone is a free contribution; `includeOrders` pays the lines of those orders.

    Gift cards come with the issue that names them.
    """

    payment_method: Literal["card", "cash", "terminal"]
    include_orders: Annotated[list[Id], Field(min_length=1, max_length=ITEMS_MAX)] | None = None
    amount: Annotated[int, Field(ge=1, le=AMOUNT_MAX)] | None = None
    tip_amount: Amount = 0
    pays: Literal["mine", "everything", "open"] | GuestsPay | LinesPay | SharesPay | None = None
    expected_amount: Amount | None = None
    confirmation_token: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None

    @property
    def method(self) -> Method:
        """The tender, as the bill calls it."""
        return self.payment_method


class JoinRequest(Shape):
    """`POST /guest-sessions`."""

    code: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    name: Name | None = None
    pin: Annotated[str, StringConstraints(min_length=1, max_length=12)] | None = None
    visit: Literal["join", "new"] | None = None


class OpenRequest(Shape):
    """`POST /table-sessions`."""

    table_id: Id
    covers: Annotated[int, Field(ge=1, le=1000)] | None = None


class LoginRequest(Shape):
    """`POST /staff/login`."""

    email: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=254)]
    password: Annotated[str, StringConstraints(min_length=1, max_length=256)]


class AvailabilityRequest(Shape):
    """`PATCH /menu-items/{id}`: `left` is a count of portions, `null` for as many as are ordered."""

    available: bool | None = None
    left: Annotated[int, Field(ge=0, le=100_000)] | None = None


class ServiceRequest(Shape):
    """`PATCH /tables/{id}`: a cleared table is free again."""

    service: Literal["free", "to_clean"]
