"""Payments: started, looked at, let go of, and their receipts."""

from contextlib import nullcontext
from functools import partial

from starlette.responses import Response

from app.actions import confirming, payments
from app.actions.payments import PaymentStarted
from app.actions.shapes import ConfirmRequest, PaymentRequest
from app.web import answers, limits
from app.web.calls import Asked
from app.web.giftcards import guessed
from app.web.shapes import Nothing

CREATED = 201


async def start(asked: Asked[PaymentRequest]) -> Response:
    """Start a payment; the share is held until it ends."""
    admit = partial(limits.spend, asked, limits.PAYMENTS)
    async with guessed(asked) if asked.body.code else nullcontext():
        started = await payments.start(
            asked.desk, asked.session, asked.body, by=asked.by, payment=asked.subject, admit=admit
        )
    location = {"location": f"/api/v1/payments/{started.id}"}
    return answers.json(told(started), CREATED, location)


async def pay(asked: Asked[ConfirmRequest]) -> Response:
    """Try the payer's card with what their page collected: the first one, or another after a decline."""
    token, attempt = asked.body.confirmation_token, asked.subject or ""
    tried = await confirming.pay(asked.desk, asked.path("payment"), token, by=asked.by, attempt=attempt)
    return answers.json(told(tried))


async def read(asked: Asked[Nothing]) -> Response:
    """Say where a payment stands."""
    return answers.json(told(await payments.state(asked.desk, asked.path("payment"), by=asked.by)))


async def cancel(asked: Asked[Nothing]) -> Response:
    """Let go of the share; what the provider knows of is cancelled there first."""
    return answers.json(told(await payments.cancel(asked.desk, asked.path("payment"), by=asked.by)))


async def status(asked: Asked[Nothing]) -> Response:
    """Say what is paid, what is being paid and what is left."""
    return answers.json(await payments.status(asked.desk, asked.session))


async def receipt(asked: Asked[Nothing]) -> Response:
    """Show what was paid, for its payer and staff."""
    return answers.json(await payments.receipt_of(asked.desk, asked.path("payment"), by=asked.by))


async def receipt_page(asked: Asked[Nothing]) -> Response:
    """Show what was paid, as a page."""
    receipt = await payments.receipt_of(asked.desk, asked.path("payment"), by=asked.by)
    return asked.house.pages.html(asked.request, "receipt.html", receipt)


def _charge(payment: PaymentStarted) -> int:
    return payment.amount + payment.tip_amount + payment.rounding


def told(payment: PaymentStarted) -> dict[str, object]:
    """A payment as its payer's own page reads it. Nothing of it may be cached, logged or shown to others."""
    members: dict[str, object] = {
        "id": payment.id,
        "tableSessionId": payment.table_session_id,
        "status": payment.status,
        "paymentMethod": payment.method,
        "currency": payment.currency,
        "amount": payment.amount,
        "tipAmount": payment.tip_amount,
        "rounding": payment.rounding or None,
        "surplus": payment.surplus or None,
        "refunding": payment.refunding or None,
        "refunded": payment.refunded or None,
        "disputed": payment.disputed or None,
        "refundable": payment.refundable,
        "given": payment.given,
        "change": None if payment.given is None else payment.given - _charge(payment),
        "reference": payment.reference,
        "giftCard": payment.gift_card,
        "expiresAt": payment.expires_at,
        "publishableKey": payment.publishable_key,
        "clientSecret": payment.client_secret,
        "nextAction": payment.next_action,
        "checking": payment.checking or None,
        "decline": payment.decline,
        "receiptUrl": f"/receipts/{payment.receipt_token}" if payment.receipt_token else None,
    }
    return {name: value for name, value in members.items() if value is not None}
