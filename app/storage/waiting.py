"""Which kinds of work are due: one read instead of a claim of each, most of which would take nothing.

A claim is a transaction that writes, and on SQLite there is one writer: workers that find nothing to do, every second
on every node, must not stand in its way.
"""

from datetime import datetime
from typing import Literal, get_args

import sqlalchemy as sa
from sqlmodel import col

from app.storage.database import Database
from app.storage.payments import ENDED, OPEN_CALLS
from app.storage.tables import GroupPayment, Hold, InboxRow, Payment, Refund, Remedy, StripeCall

Kind = Literal["events", "calls", "looks", "expiries", "reminders", "holds", "remedies"]

NOW: sa.BindParameter[datetime] = sa.bindparam("now")


def _conditions() -> dict[Kind, tuple[sa.ColumnElement[bool], ...]]:
    """What makes a row of each kind due, as its claim says."""
    return {
        "events": (sa.exists().where(col(InboxRow.state) == "received", col(InboxRow.next_at) <= NOW),),
        "calls": (sa.exists().where(col(StripeCall.state).in_(OPEN_CALLS), col(StripeCall.next_at) <= NOW),),
        "looks": (sa.exists().where(col(Payment.next_look_at) <= NOW),),
        "expiries": (sa.exists().where(col(Payment.expires_at) <= NOW, col(Payment.state).not_in(ENDED)),),
        "reminders": (sa.exists().where(col(GroupPayment.state) == "open", col(GroupPayment.remind_at) <= NOW),),
        "holds": (sa.exists().where(col(Hold.next_at) <= NOW),),
        "remedies": (
            sa.exists().where(col(Remedy.due_at) <= NOW),
            sa.exists().where(col(Refund.next_look_at) <= NOW),
        ),
    }


QUERY = sa.select(*(sa.or_(*conditions).label(kind) for kind, conditions in _conditions().items()))


async def kinds(database: Database, now: datetime) -> frozenset[Kind]:
    """The kinds of work of which something is due. Others may take it before you do."""
    (found,) = await database.rows(QUERY, {"now": now})
    return frozenset(kind for kind, is_due in zip(get_args(Kind), found, strict=True) if is_due)
