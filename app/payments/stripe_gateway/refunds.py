"""Refunds at Stripe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.payments.gateway import CreateRefund, Refund
from app.payments.stripe_gateway.wire import PAGE_SIZE, Wire, read, write
from app.payments.stripe_objects import read_refund
from app.payments.units import to_stripe

if TYPE_CHECKING:  # A good part of the SDK's loading time, for names that only the type checker needs.
    from stripe.params import RefundCreateParams


class Refunds(Wire):
    """The part of the gateway that is about refunds."""

    async def refund(self, params: CreateRefund, *, key: str, sends: int = 1, account: str | None = None) -> Refund:
        """Give money back."""
        asked: RefundCreateParams = {
            "payment_intent": params.intent_id,
            "amount": to_stripe(params.amount, params.currency),
            "reason": params.reason,
            "metadata": {"refund": params.refund, "environment": self.environment},
        }
        if params.reverse_transfer:
            asked["reverse_transfer"] = True
        if params.refund_application_fee:
            asked["refund_application_fee"] = True
        async with self.call(account, sends):
            refund = await self.v1.refunds.create_async(asked, write(key, account))
            return read_refund(refund.to_dict())

    async def retrieve_refund(self, refund_id: str, *, account: str | None = None) -> Refund:
        """Fetch the refund as it is now."""
        async with self.call(account):
            found = await self.v1.refunds.retrieve_async(refund_id, {}, read(account))
            return read_refund(found.to_dict())

    async def refunds_of(self, intent_id: str, *, account: str | None = None) -> tuple[Refund, ...]:
        """All refunds of an intent, oldest first."""
        async with self.call(account):
            page = await self.v1.refunds.list_async({"payment_intent": intent_id, "limit": PAGE_SIZE}, read(account))
            found = [read_refund(one.to_dict()) async for one in page.auto_paging_iter()]
        return tuple(reversed(found))
