"""Answers about the books."""

import datetime as dt
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from app.web.shown import Amount, Method, Ppm, Reply

Basis = Literal["hours", "points", "served"]


class Sales(Reply):
    """What was sold. ``gross`` is what the menu says; discounts, comps and voids are in menu prices too."""

    gross: Amount
    discounts: Amount
    comps: Amount
    voids: Amount
    net: Amount
    service: Amount
    tax: Amount
    total: Amount


class TaxOfRate(Reply):
    """One rate: the net sales at it, and its tax (that of a taxed service charge included)."""

    rate_ppm: Ppm
    net: Amount
    tax: Amount


class TipsOfDay(Reply):
    """Tips that came in, and what of tips went back."""

    collected: Amount
    refunded: Amount


class OfMethod(Reply):
    """One way to pay."""

    method: Method
    payments: int
    amount: Amount
    refunds: int
    refunded: Amount
    net: Amount


class Taken(Reply):
    """All payments together: ``base + tips + rounding = total``."""

    count: int
    base: Amount
    tips: Amount
    rounding: Amount
    total: Amount


class GivenBack(Reply):
    """Refunds: those that arrived, and what set out on this day and did not arrive on it."""

    count: int
    amount: Amount
    on_their_way: Amount


class Fees(Reply):
    """What the provider kept, and what the platform took of money that went to the restaurant's own account."""

    provider: Amount
    application: Amount


class LeftOpen(Reply):
    """What was open at the end of the day."""

    receivable: Amount
    credits: Amount
    refunds_on_their_way: Amount
    disputed: Amount
    tips_payable: Amount
    gift_cards: Amount


class Drawer(Reply):
    """The cash drawer: ``opening + carried + cashIn - change - handedBack`` is expected."""

    id: str
    currency: str
    opened_at: datetime
    opened_by: str | None = None
    opening: Amount
    carried: Amount
    cash_in: Amount
    change: Amount
    handed_back: Amount
    expected: Amount
    counted_at: datetime | None = None
    counted_by: str | None = None
    counted: Amount | None = None
    difference: Amount | None = None
    note: str | None = None


class CurrentDrawer(Reply):
    """The one that is open; nothing, where none is."""

    drawer: Drawer | None = None


class Difference(Reply):
    """Money that only one side knows, or knows otherwise."""

    kind: Literal["missing_here", "missing_there", "amount"]
    stripe_id: str | None = None
    payment_id: str | None = None
    ours: Amount | None = None
    theirs: Amount | None = None


class Compared(Reply):
    """Our card money beside the provider's; only ``reachable`` where the provider does not answer."""

    reachable: bool
    captured: Amount | None = None
    refunded: Amount | None = None
    ours: dict[str, int] | None = None
    differences: list[Difference] | None = None


class DayReport(Reply):
    """One business day."""

    date: dt.date
    from_: Annotated[datetime, Field(alias="from")]
    to: datetime
    timezone: str
    currency: str
    is_over: bool
    visits: int
    sales: Sales
    taxes: list[TaxOfRate]
    tips: TipsOfDay
    methods: list[OfMethod]
    payments: Taken
    refunds: GivenBack
    fees: Fees
    written_off: Amount
    open: LeftOpen
    drawers: list[Drawer]
    stripe: Compared
    balanced: bool


class Payout(Reply):
    """Money on its way to the restaurant's bank."""

    id: str
    amount: Amount
    currency: str
    status: Annotated[str, Field(description="paid, pending, in_transit, canceled or failed")]
    arrives_on: dt.date
    created_at: datetime


class Payouts(Reply):
    """The newest first."""

    account: str
    payouts: list[Payout]


class Connection(Reply):
    """Where card money goes. The fee is of the amount without the tip."""

    stripe_account: str | None = None
    application_fee_ppm: Ppm
    application_fee_fixed: Amount
    day_starts_at: str


class TipRule(Reply):
    """How tips are shared; ``from`` is absent where nobody ever said, and hours count."""

    by: Basis
    points: dict[str, int]
    from_: Annotated[dt.date | None, Field(alias="from")] = None


class Shift(Reply):
    """Somebody worked."""

    id: str
    staff_id: str
    name: str
    role: str
    date: dt.date
    minutes: int


class Shifts(Reply):
    """By day."""

    shifts: list[Shift]


class TeamMember(Reply):
    """Somebody who works here, or did."""

    id: str
    name: str
    role: str
    active: bool


class Team(Reply):
    """By name."""

    team: list[TeamMember]


class TipShare(Reply):
    """What somebody gets."""

    staff_id: str
    name: str
    role: str
    minutes: int
    amount: Amount


class TipDay(Reply):
    """One business day: what came in and who gets it, by the id of their account."""

    date: dt.date
    by: Basis
    pool: Amount
    undistributed: Amount
    shares: dict[str, int]


class TipPool(Reply):
    """``distributed + undistributed = pool``."""

    from_: Annotated[dt.date, Field(alias="from")]
    to: dt.date
    currency: str
    pool: Amount
    distributed: Amount
    undistributed: Amount
    staff: list[TipShare]
    days: list[TipDay]


class StatementDay(Reply):
    """One day of somebody's statement."""

    date: dt.date
    by: Basis
    minutes: int
    pool: Amount
    amount: Amount


class TipStatement(TipShare):
    """What one member of staff gets, day by day."""

    from_: Annotated[dt.date, Field(alias="from")]
    to: dt.date
    currency: str
    days: list[StatementDay]


class MethodFigures(Reply):
    """One way to pay."""

    count: int
    amount: Amount


class PaymentAnalytics(Reply):
    """Payments as figures. Rates are shares of 1, ``avgTipPercentage`` is percent: for reading, not for counting."""

    restaurant_id: str
    date_from: dt.date
    date_to: dt.date
    currency: str
    total_transactions: int
    total_amount: Amount
    payment_methods: dict[str, MethodFigures]
    avg_tip_percentage: float
    split_payment_rate: float
    total_tips: Amount
    refunded_amount: Amount
    refund_rate: float
    average_amount: Amount
    success_rate: float
    declines: dict[str, int]
    by_day: list[dict[str, Any]]
    by_hour: list[dict[str, int]]
