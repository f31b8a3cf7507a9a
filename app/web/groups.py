"""People who pay together: proposed, looked at, given up, reminded."""

from functools import partial

from starlette.responses import Response

from app.actions import groups
from app.actions.groups import GroupTold
from app.actions.shapes import GroupRequest
from app.web import answers, limits, payments
from app.web.calls import Asked
from app.web.shapes import Nothing

CREATED = 201


async def start(asked: Asked[GroupRequest]) -> Response:
    """Propose to pay together; every share is held on its payer's card, and all are taken, or none."""
    admit = partial(limits.spend, asked, limits.PAYMENTS)
    made = await groups.start(asked.desk, asked.session, asked.body, by=asked.by, group=asked.subject, admit=admit)
    return answers.json(told(made), CREATED, {"location": f"/api/v1/group-payments/{made.id}"})


async def read(asked: Asked[Nothing]) -> Response:
    """Say where a group stands, with the own share of the one who asks."""
    return answers.json(told(await groups.state(asked.desk, asked.path("group"), by=asked.by)))


async def cancel(asked: Asked[Nothing]) -> Response:
    """Give the group up: every share is let go, and nobody is charged."""
    return answers.json(told(await groups.cancel(asked.desk, asked.path("group"), by=asked.by)))


async def remind(asked: Asked[Nothing]) -> Response:
    """Tell the room who is waited for; at most once a minute."""
    return answers.json(told(await groups.remind(asked.desk, asked.path("group"), by=asked.by)))


def told(group: GroupTold) -> dict[str, object]:
    """A group as a page reads it. The own share holds a secret: nothing of this may be cached or logged."""
    members: dict[str, object] = {
        "id": group.id,
        "tableSessionId": group.table_session_id,
        "status": group.status,
        "reason": group.reason or None,
        "deadline": group.deadline,
        "currency": group.currency,
        "amount": group.amount,
        "tipAmount": group.tip_amount,
        "payments": group.payments,
        "waiting": list(group.waiting),
        "payment": payments.told(group.payment) if group.payment else None,
    }
    return {name: value for name, value in members.items() if value is not None}
