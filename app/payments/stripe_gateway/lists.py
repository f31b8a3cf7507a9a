"""What Stripe has of ours since a moment: intents, refunds, disputes, and events that no webhook of ours took."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import Any

import orjson
from stripe import ListObject

from app.payments.gateway import Dispute, Intent, Refund, Undelivered
from app.payments.stripe_gateway.wire import PAGE_SIZE, Wire, read
from app.payments.stripe_objects import read_dispute, read_event, read_intent, read_refund

Lister = Callable[[Any, Any], Awaitable[ListObject[Any]]]
Document = dict[str, Any]


class Lists(Wire):
    """The part of the gateway that compares whole days."""

    async def intents_since(self, since: datetime, *, account: str | None = None) -> AsyncIterator[Intent]:
        """Every intent made since then, the newest first, with its newest charge."""
        asked = {"expand": ["data.latest_charge"]}
        async for document in self._since(self.v1.payment_intents.list_async, since, account, asked):
            yield read_intent(document)

    async def refunds_since(self, since: datetime, *, account: str | None = None) -> AsyncIterator[Refund]:
        """Every refund made since then, the newest first."""
        async for document in self._since(self.v1.refunds.list_async, since, account):
            yield read_refund(document)

    async def disputes_since(self, since: datetime, *, account: str | None = None) -> AsyncIterator[Dispute]:
        """Every dispute opened since then, the newest first."""
        async for document in self._since(self.v1.disputes.list_async, since, account):
            yield read_dispute(document)

    async def undelivered_since(self, since: datetime, *, account: str | None = None) -> AsyncIterator[Undelivered]:
        """Every event since then that was not taken by a webhook, the newest first. Stripe keeps them for 30 days."""
        async for document in self._since(self.v1.events.list_async, since, account, {"delivery_success": False}):
            yield Undelivered(read_event(document), orjson.dumps(document))

    async def _since(
        self, lister: Lister, since: datetime, account: str | None, asked: Document | None = None
    ) -> AsyncIterator[Document]:
        """Documents page by page; each page is a call of its own, and nothing of it is open while it is worked on."""
        query: Document = {"created": {"gte": int(since.timestamp())}, "limit": PAGE_SIZE, **(asked or {})}
        while True:
            async with self.call(account):
                page = await lister(query, read(account))
            for one in page.data:
                yield one.to_dict(for_json=True)
            if not page.has_more or not page.data:
                return
            query["starting_after"] = page.data[-1].id
