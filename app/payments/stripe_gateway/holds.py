"""Holds at Stripe: money set aside by a manual capture, raised where the card's bank offers it."""

from app.payments.gateway import Intent
from app.payments.stripe_gateway.wire import Wire, intent_of, write
from app.payments.units import to_stripe


class Holds(Wire):
    """The part of the gateway that is about raising holds; they are made, captured and cancelled as intents."""

    async def raise_hold(
        self, intent_id: str, amount: int, currency: str, *, key: str, sends: int = 1, account: str | None = None
    ) -> Intent:
        """Ask the bank to set `amount` aside instead of what it holds now."""
        wanted = to_stripe(amount, currency)
        async with self.call(account, sends):
            raised = await self.v1.payment_intents.increment_authorization_async(
                intent_id, {"amount": wanted, "expand": ["latest_charge"]}, write(key, account)
            )
            return intent_of(raised)
