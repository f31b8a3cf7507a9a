"""Calls about an intent that is there: the payer's card is tried with what the browser collected, or its hold taken."""

from typing import Any

import orjson

from app.actions.desk import Desk
from app.actions.findings import raise_finding
from app.actions.observing import observe, record
from app.payments.gateway import Declined, Misused, Refused, Unknown
from app.storage import payments
from app.storage.tables import Payment, StripeCall

CONFIRM = "confirm"


def confirm_key(payment: str, n: int) -> str:
    """The key of a confirm: `n` counts what people decided, never attempts."""
    return f"pay:{payment}:confirm:{n}"


async def _about(desk: Desk, call: StripeCall) -> tuple[Payment, str, dict[str, Any]]:
    row = await payments.payment(desk.database, call.subject)
    if row is None or row.intent_id is None:
        raise LookupError(f"call {call.key} is about no intent")
    return row, row.intent_id, orjson.loads(call.parameters)


async def confirm(desk: Desk, call: StripeCall, sends: int) -> None:
    """Try the payer's card with what their page collected. Raises `Unknown` where the end stays in doubt."""
    row, intent_id, asked = await _about(desk, call)
    try:
        intent = await desk.gateway.confirm_intent(
            intent_id, asked["token"], key=call.key, return_url=asked["return_url"], sends=sends, account=call.account
        )
    except Declined as declined:
        if declined.intent is None:
            raise Unknown("declined without an intent") from declined
        intent = declined.intent
    except Misused:
        raise
    except Refused as refused:
        await _ended(desk, call, refused)
        return
    await record(desk, row, intent, answered=call.key)


async def capture(desk: Desk, call: StripeCall, sends: int) -> None:
    """Take what is held on the payer's card. Raises `Unknown` where the end stays in doubt."""
    row, intent_id, asked = await _about(desk, call)
    try:
        intent = await desk.gateway.capture_intent(
            intent_id, asked["amount"], asked["currency"], key=call.key, sends=sends, account=call.account
        )
    except Misused:
        raise
    except Refused as refused:
        # Taken before, or let go by the bank or by somebody in the dashboard: what the provider holds decides.
        await _ended(desk, call, refused)
        newer = await payments.payment(desk.database, row.id)
        if newer is None or newer.state != "succeeded":
            facts = {"problem": "capture refused", "code": refused.code, "amount": asked["amount"]}
            await raise_finding(desk, "mismatch", row.id, stream=row.stream, facts=facts)
        return
    await record(desk, row, intent, answered=call.key)


async def _ended(desk: Desk, call: StripeCall, refused: Refused) -> None:
    await payments.mark_ended(desk.database, call.key, "refused", desk.now(), error=refused.code)
    await observe(desk, call.subject)


async def look(desk: Desk, call: StripeCall) -> None:
    """The key is too old to be sent again: what the provider holds says how it ended. Raises `Unknown`."""
    await observe(desk, call.subject)
    await payments.mark_ended(desk.database, call.key, "looked_up", desk.now())
