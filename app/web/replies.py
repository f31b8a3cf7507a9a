"""What answers look like. The documentation is made from these, and the tests hold every answer against them."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

Amount = Annotated[int, Field(description="minor units of the currency")]
Ppm = Annotated[int, Field(description="parts per million")]
ByGuest = Annotated[dict[str, int], Field(description="by guest id")]
PaymentStatus = Literal["initiated", "awaiting", "processing", "authorized", "succeeded", "canceled", "refused"]
Method = Literal["card", "cash", "terminal", "giftCard"]
SessionStatus = Literal["open", "settling", "settled", "closed", "abandoned"]
LineStatus = Literal["placed", "preparing", "ready", "served", "voided", "comped"]


class Reply(BaseModel):
    """An answer. A member that is None here is absent on the wire."""

    model_config = ConfigDict(alias_generator=to_camel, extra="allow", frozen=True)


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


class Named(Reply):
    """Something with an id and a name."""

    id: str
    name: str


class Labelled(Reply):
    """A table."""

    id: str
    label: str


# The view


class SessionView(Reply):
    """The visit."""

    id: str
    status: SessionStatus
    covers: int
    table: Labelled
    restaurant: Named
    currency: str
    opened_at: datetime
    expires_at: datetime | None = None


class GuestView(Reply):
    """Somebody at the table: what they owe, are paying and have paid."""

    name: str | None = None
    color: str
    companion_of: str | None = None
    due: Amount
    reserved: Amount
    settled: Amount
    tip: Amount
    left: bool | None = None


class OrderView(Reply):
    """What was ordered together."""

    by: str | None = None
    at: datetime
    lines: list[str]


class LineView(Reply):
    """One position of the bill."""

    n: int
    menu_item_id: str | None = None
    name: str
    tax_rate_ppm: Ppm | None = None
    quantity: int
    unit_price: Amount
    modifiers: list[Any]
    net: Amount
    tax: Amount
    service: Amount
    charged: Amount
    unpaid: Amount
    reserved: Amount
    settled: Amount
    status: LineStatus
    ordered_by: str | None = None
    claims: ByGuest


class SplitView(Reply):
    """How what is unpaid is divided."""

    mode: Literal["items", "even", "percent", "amounts"]
    shares: int | None = None
    parts: ByGuest | None = None
    consumed: ByGuest | None = None
    amounts: ByGuest | None = None


class TotalsView(Reply):
    """``unpaid + reserved + settled - credit = total``."""

    subtotal: Amount
    discount: Amount
    service: Amount
    tax: Amount
    taxes: Annotated[dict[str, int], Field(description="by rate in ppm")]
    total: Amount
    reserved: Amount
    settled: Amount
    refunding: Amount
    unpaid: Amount
    open: Amount
    credit: Amount
    tips: Amount


class PaymentView(Reply):
    """One tender."""

    guest: str | None = None
    method: Method
    amount: Amount
    tip: Amount
    status: PaymentStatus
    expires_at: datetime | None = None
    surplus: Amount | None = None
    refunded: Amount | None = None
    disputed: bool | None = None
    allocations: Annotated[dict[str, ByGuest], Field(description="by line id, by guest id")]


class RequestView(Reply):
    """Somebody wants something."""

    kind: str
    by: str | None = None
    at: datetime
    claimed_by: str | None = None


class View(Reply):
    """A whole table, the same for everybody who may see it."""

    table_session: SessionView
    guests: dict[str, GuestView]
    orders: dict[str, OrderView]
    lines: dict[str, LineView]
    split: SplitView
    totals: TotalsView
    payments: dict[str, PaymentView]
    requests: dict[str, RequestView]
    discounts: dict[str, Any]
    service_charge: dict[str, Any] | None = None
    holds: dict[str, Any] | None = None


# Answers of calls


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
