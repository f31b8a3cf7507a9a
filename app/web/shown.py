"""The table as everybody sees it: the view of the socket, of the API and inside the page."""

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


class Named(Reply):
    """Something with an id and a name."""

    id: str
    name: str


class Labelled(Reply):
    """A table."""

    id: str
    label: str


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
    reminded_at: datetime | None = None


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
    product: Annotated[str | None, Field(description="it sells a giftCard or a pass")] = None
    granted: bool | None = None


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
    group: Annotated[str | None, Field(description="those who pay together")] = None
    amount: Amount
    tip: Amount
    status: PaymentStatus
    expires_at: datetime | None = None
    surplus: Amount | None = None
    refunded: Amount | None = None
    disputed: bool | None = None
    allocations: Annotated[dict[str, ByGuest], Field(description="by line id, by guest id")]


class GroupView(Reply):
    """People who pay together: everybody is charged, or nobody is."""

    by: Annotated[str | None, Field(description="the guest who proposed it; absent: staff did")] = None
    status: Literal["open", "capturing", "succeeded", "released"]
    started_at: datetime
    deadline: datetime
    amount: Amount
    tip: Amount
    payments: Annotated[dict[str, str], Field(description="payment id to the guest who pays it")]
    waiting: list[str]
    ready: list[str]
    reminded_at: datetime | None = None
    reminders: int | None = None
    reason: str | None = None
    ended_at: datetime | None = None


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
    groups: dict[str, GroupView] | None = None
