"""What a restaurant can show for a disputed payment: who ordered what and when, who agreed to pay it, and every event.

Names of people are left out: the bank knows its card holder, and the events hold ids only.
"""

from typing import Any

import orjson

from app.actions import bills, disputes
from app.actions.access import StaffAccess
from app.actions.desk import Desk
from app.actions.receipts import receipt_of
from app.actions.refund_lists import dispute as told_dispute
from app.actions.refund_lists import told
from app.domain.bill import Bill
from app.domain.events import Event
from app.domain.view import timestamp
from app.storage import refunds
from app.storage.tables import Payment


async def bundle(desk: Desk, dispute: str, *, by: StaffAccess) -> dict[str, Any]:
    """`GET /disputes/{dispute}/evidence`: itemised bill, visit, payment, refunds, receipt and events.

    Raises `NotFound`.
    """
    row, payment = await disputes.one(desk, dispute, by=by)
    bill = (await bills.newest(desk, row.stream)).bill
    events = await desk.log.since(row.stream)
    receipt = await receipt_of(desk, payment.id, by=by)
    return {
        "dispute": await told_dispute(desk, dispute, by=by),
        "madeAt": timestamp(desk.now()),
        "restaurant": receipt["restaurant"],
        "visit": _visit(bill, events),
        "bill": _bill(bill),
        "payment": {**_evidence(payment), "receipt": _without_names(receipt)},
        "refunds": await told(desk, await refunds.of_payment(desk.database, payment.id)),
        "events": [_event(event) for event in events],
    }


def _without_names(receipt: dict[str, Any]) -> dict[str, Any]:
    payment = {name: value for name, value in receipt["payment"].items() if name != "guest"}
    lines = [{name: value for name, value in line.items() if name != "for"} for line in receipt["lines"]]
    return {**receipt, "payment": payment, "lines": lines}


def _visit(bill: Bill, events: list[Event]) -> dict[str, Any]:
    """When they came, when they went, and how many they were."""
    shown = {
        "tableSessionId": bill.session,
        "table": bill.table_label,
        "covers": bill.covers,
        "openedAt": timestamp(bill.opened_at) if bill.opened_at else None,
        "settledAt": timestamp(bill.settled_at) if bill.settled_at else None,
        "closedAt": next((timestamp(each.at) for each in events if each.fact.kind == "session.closed"), None),
    }
    return {name: value for name, value in shown.items() if value is not None}


def _bill(bill: Bill) -> dict[str, Any]:
    lines = sorted(bill.lines.values(), key=lambda line: line.n)
    return {
        "currency": bill.currency,
        "lines": [
            {
                "n": line.n,
                "name": line.name,
                "quantity": line.quantity,
                "orderedAt": timestamp(line.at),
                "orderedBy": line.ordered_by or "staff",
                "charged": line.charged,
                "settled": line.settled_total,
                "claims": dict(line.claims),
            }
            for line in lines
        ],
        "total": sum(line.charged for line in lines),
    }


def _evidence(payment: Payment) -> dict[str, Any]:
    """What the provider itself said of the payment when it succeeded."""
    shown = {
        "id": payment.id,
        "guest": payment.guest_id,
        "startedAt": timestamp(payment.created_at),
        "amount": payment.amount,
        "tipAmount": payment.tip,
        "currency": payment.currency,
        "card": f"{payment.card_brand} {payment.card_last4}" if payment.card_last4 else None,
        "provider": payment.evidence,
    }
    return {name: value for name, value in shown.items() if value is not None}


def _event(event: Event) -> dict[str, Any]:
    return {
        "n": event.seq,
        "at": timestamp(event.at),
        "by": event.by,
        "kind": event.fact.kind,
        "facts": orjson.loads(orjson.dumps(event.fact)),
    }
