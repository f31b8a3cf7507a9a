"""Intents at Stripe: made, looked at, found again, confirmed, cancelled, captured."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from app.payments.gateway import (
    CancelReason,
    CreateIntent,
    Intent,
)
from app.payments.stripe_gateway.wire import PAGE_SIZE, Wire, intent_of, read, write
from app.payments.units import to_stripe

if TYPE_CHECKING:  # A good part of the SDK's loading time, for names that only the type checker needs.
    from stripe.params import PaymentIntentCaptureParams, PaymentIntentConfirmParams, PaymentIntentCreateParams

PAGES_MAX = 50

_WITH_CHARGE = ["latest_charge"]
_CLOCKS_APART = timedelta(minutes=1)


class Intents(Wire):
    """The part of the gateway that is about intents."""

    async def create_intent(
        self, params: CreateIntent, *, key: str, sends: int = 1, account: str | None = None
    ) -> Intent:
        """Create an intent, confirmed in the same step when the parameters hold a confirmation token."""
        asked = self._create_params(params)
        async with self.call(account, sends):
            return intent_of(await self.v1.payment_intents.create_async(asked, write(key, account)))

    def _create_params(self, params: CreateIntent) -> PaymentIntentCreateParams:
        asked: PaymentIntentCreateParams = {
            "amount": to_stripe(params.amount, params.currency),
            "currency": params.currency.lower(),
            "automatic_payment_methods": {"enabled": True},
            "metadata": {
                "payment": params.payment,
                "table_session": params.table_session,
                "restaurant": params.restaurant,
                "environment": self.environment,
            },
            "expand": _WITH_CHARGE,
        }
        if params.tip:
            asked["metadata"]["tip"] = str(params.tip)
        if params.capture == "manual":
            asked["capture_method"] = "manual"
            asked["payment_method_options"] = {"card": {"request_incremental_authorization": "if_available"}}
        if params.destination:
            asked["transfer_data"] = {"destination": params.destination}
        if params.destination and params.application_fee:
            asked["application_fee_amount"] = to_stripe(params.application_fee, params.currency)
        if params.description:
            asked["description"] = params.description
        if params.confirmation_token and params.return_url:
            asked["confirm"] = True
            asked["confirmation_token"] = params.confirmation_token
            asked["return_url"] = params.return_url
            asked["use_stripe_sdk"] = True
        return asked

    async def retrieve_intent(self, intent_id: str, *, account: str | None = None) -> Intent:
        """Fetch the intent as it is now."""
        async with self.call(account):
            found = await self.v1.payment_intents.retrieve_async(intent_id, {"expand": _WITH_CHARGE}, read(account))
            return intent_of(found)

    async def find_intent(
        self, payment_id: str, *, since: datetime | None = None, account: str | None = None
    ) -> Intent | None:
        """Find our payment's intent by its metadata: in the complete list since then, else in the search index."""
        async with self.call(account):
            found = None if since is None else await self._listed(payment_id, since - _CLOCKS_APART, account)
            if found is None:
                found = await self._searched(payment_id, account)
        ours = [intent for intent in found if intent.metadata.get("environment") == self.environment]
        # There is one, unless somebody copied it by hand: then the one with money behind it counts.
        return max(ours, key=lambda intent: (intent.amount_received, intent.amount_capturable), default=None)

    async def _searched(self, payment_id: str, account: str | None) -> list[Intent]:
        query = f"metadata['payment']:'{payment_id}'"
        found = await self.v1.payment_intents.search_async(
            {"query": query, "limit": PAGE_SIZE, "expand": ["data.latest_charge"]}, read(account)
        )
        return [intent_of(one) for one in found.data]

    async def _listed(self, payment_id: str, since: datetime, account: str | None) -> list[Intent] | None:
        """None where the list is so long that the index has caught up long ago."""
        page = await self.v1.payment_intents.list_async(
            {"created": {"gte": int(since.timestamp())}, "limit": PAGE_SIZE, "expand": ["data.latest_charge"]},
            read(account),
        )
        found: list[Intent] = []
        for _ in range(PAGES_MAX):
            found += [intent_of(one) for one in page.data if one.metadata.to_dict().get("payment") == payment_id]
            if found or not page.has_more:
                return found
            page = await page.next_page_async()
        return None

    async def confirm_intent(
        self,
        intent_id: str,
        token: str,
        *,
        key: str,
        return_url: str,
        sends: int = 1,
        account: str | None = None,
    ) -> Intent:
        """Try to pay the intent with a confirmation token or a payment method."""
        asked: PaymentIntentConfirmParams = {
            "return_url": return_url,
            "use_stripe_sdk": True,
            "expand": _WITH_CHARGE,
        }
        if token.startswith("ctoken_"):
            asked["confirmation_token"] = token
        else:
            asked["payment_method"] = token
        async with self.call(account, sends):
            return intent_of(await self.v1.payment_intents.confirm_async(intent_id, asked, write(key, account)))

    async def cancel_intent(
        self,
        intent_id: str,
        *,
        key: str,
        reason: CancelReason = "abandoned",
        sends: int = 1,
        account: str | None = None,
    ) -> Intent:
        """Let go of the intent."""
        async with self.call(account, sends):
            canceled = await self.v1.payment_intents.cancel_async(
                intent_id, {"cancellation_reason": reason, "expand": _WITH_CHARGE}, write(key, account)
            )
            return intent_of(canceled)

    async def capture_intent(
        self,
        intent_id: str,
        amount: int,
        currency: str,
        *,
        key: str,
        sends: int = 1,
        account: str | None = None,
        application_fee: int | None = None,
    ) -> Intent:
        """Take `amount` of a hold and release the rest."""
        asked: PaymentIntentCaptureParams = {"amount_to_capture": to_stripe(amount, currency), "expand": _WITH_CHARGE}
        if application_fee is not None:
            asked["application_fee_amount"] = to_stripe(application_fee, currency)
        async with self.call(account, sends):
            return intent_of(await self.v1.payment_intents.capture_async(intent_id, asked, write(key, account)))
