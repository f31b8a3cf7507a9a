"""Answers about a table, its people and its house."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from app.web.shown import Amount, Method, Named, PaymentStatus, Ppm, Reply, View


class Fault(Reply):
    """What is wrong with one member of a request."""

    field: str
    code: str
    detail: str


class ProblemDetails(Reply):
    """RFC 9457. Figures that explain a refusal are further members, in camelCase."""

    type: str
    title: str
    status: int
    detail: str
    code: Annotated[str, Field(description="a stable word, the same over the socket")]
    errors: list[Fault] | None = None
    trace_id: str | None = None


class Applied(Reply):
    """A command was applied; the stream stood at ``n`` afterwards. ``dup``: it had been applied before."""

    n: int
    dup: bool | None = None


class Guest(Reply):
    """A guest and how they are shown."""

    id: str
    name: str
    color: str


class Position(Reply):
    """Which version of which table session."""

    id: str
    epoch: str
    version: int


class Joined(Reply):
    """A seat at the table. The token is for scripts; a browser has it as a cookie."""

    token: str
    guest: Guest
    table_session: Position
    view: View
    pin: Annotated[str | None, Field(description="what those who come later are asked for")] = None


class SessionId(Reply):
    """Which table session."""

    id: str


class Waiting(Reply):
    """The newcomer knocked; the room says when somebody lets them in, and joining again with the token then works."""

    code: Literal["approval_pending"]
    detail: str
    token: str
    table_session: SessionId


class Opened(Reply):
    """A fresh table session."""

    table_session: Position
    view: View


class Snapshot(Reply):
    """A whole bill and its position."""

    epoch: str
    version: int
    view: View


class Events(Reply):
    """What happened after ``since``, as the frames of the socket; or, where only that helps, a whole view."""

    epoch: str
    version: int
    events: list[dict[str, Any]] | None = None
    why: Literal["first", "epoch", "too_far", "ahead"] | None = None
    view: View | None = None


class Modifier(Reply):
    """One answer to a question about a dish."""

    id: str
    name: str
    price: Amount


class ModifierGroup(Reply):
    """A question about a dish, with the least and the most answers."""

    id: str
    name: str
    min: int
    max: int
    modifiers: list[Modifier]


class MenuItem(Reply):
    """A dish."""

    id: str
    name: str
    description: str | None = None
    price: Amount
    tax_rate_ppm: Ppm | None = None
    available: bool
    left: int | None = None
    grants: Annotated[dict[str, Any] | None, Field(description="what it sells beside food")] = None
    modifier_groups: list[ModifierGroup]


class MenuCategory(Reply):
    """A heading of the menu."""

    id: str
    name: str
    items: list[MenuItem]


class Menu(Reply):
    """What there is to eat."""

    currency: str
    tax_inclusive: bool
    service_charge: Any = None
    tip_presets: list[Ppm]
    categories: list[MenuCategory]


class PaymentState(Reply):
    """Where a payment stands, for its payer or staff."""

    id: str
    table_session_id: str
    status: PaymentStatus
    payment_method: Method
    currency: str
    amount: Annotated[int, Field(description="minor units, without the tip")]
    tip_amount: Amount
    rounding: Annotated[int | None, Field(description="what cash is rounded by; may be below 0")] = None
    surplus: Annotated[int | None, Field(description="captured, and too late for any line: it goes back")] = None
    refunding: Annotated[int | None, Field(description="on its way back to the payer, tip included")] = None
    refunded: Annotated[int | None, Field(description="back with the payer, tip and rounding included")] = None
    disputed: Annotated[bool | None, Field(description="for staff: the payer's bank asks for it")] = None
    refundable: Annotated[dict[str, Any] | None, Field(description="for staff: what could be sent back now")] = None
    given: Annotated[int | None, Field(description="the cash that was handed over")] = None
    change: Annotated[int | None, Field(description="what of it goes back to the payer")] = None
    reference: Annotated[str | None, Field(description="on the terminal's slip")] = None
    gift_card: Annotated[dict[str, Any] | None, Field(description="the card it was paid with, and what is left")] = None
    expires_at: datetime | None = None
    publishable_key: str | None = None
    client_secret: str | None = None
    next_action: Literal["requires_action"] | None = None
    checking: bool | None = None
    decline: str | None = None
    receipt_url: str | None = None


class PaymentTotals(Reply):
    """What is paid and what is not. ``remainingAmount`` is without what is reserved."""

    total_amount: Amount
    paid_amount: Amount
    remaining_amount: Amount
    reserved_amount: Amount
    payments: list[dict[str, Any]]
    can_accept_new_payment: bool
    last_payment_at: datetime | None = None
    currency: str
    tip_amount: Amount
    refunded_amount: Amount
    guests: Annotated[dict[str, dict[str, int]], Field(description="due, reserved and settled, by guest id")]
    groups: dict[str, Any] | None = None


class Receipt(Reply):
    """What was paid, by whom, for what, with which taxes."""


class Member(Reply):
    """A member of staff."""

    id: str
    name: str
    role: Literal["owner", "manager", "waiter", "kitchen"]


class SignedIn(Reply):
    """Who is signed in, where."""

    staff: Member
    restaurant: Named


class Floor(Reply):
    """Every table of the restaurant, by table id."""

    tables: dict[str, dict[str, Any]]


class Kitchen(Reply):
    """What has to be made."""

    lines: list[dict[str, Any]]


class TableCode(Reply):
    """A table and the code on it."""

    id: str
    label: str
    area: str
    seats: int
    code: str
    url: str


class Tables(Reply):
    """The tables of the restaurant, in the order of the floor."""

    tables: list[TableCode]


class Health(Reply):
    """Whether something works."""

    status: Literal["ok", "failing", "off"]


class HealthOfAll(Reply):
    """How everything is."""

    status: Literal["ok", "degraded", "failing"]
    version: str
    checks: dict[str, Literal["ok", "failing", "off"]]


class Received(Reply):
    """The event is stored."""

    received: Literal[True]
