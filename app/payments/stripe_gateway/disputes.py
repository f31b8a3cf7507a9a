"""Disputes at Stripe: looked at only, answered in its dashboard."""

from app.payments.gateway import Dispute
from app.payments.stripe_gateway.wire import PAGE_SIZE, Wire, read
from app.payments.stripe_objects import read_dispute


class Disputes(Wire):
    """The part of the gateway that is about disputes."""

    async def retrieve_dispute(self, dispute_id: str, *, account: str | None = None) -> Dispute:
        """Fetch the dispute as it is now."""
        async with self.call(account):
            found = await self.v1.disputes.retrieve_async(dispute_id, {}, read(account))
            return read_dispute(found.to_dict())

    async def disputes_of(self, intent_id: str, *, account: str | None = None) -> tuple[Dispute, ...]:
        """All disputes of an intent, oldest first."""
        async with self.call(account):
            page = await self.v1.disputes.list_async({"payment_intent": intent_id, "limit": PAGE_SIZE}, read(account))
            found = [read_dispute(one.to_dict()) async for one in page.auto_paging_iter()]
        return tuple(reversed(found))
