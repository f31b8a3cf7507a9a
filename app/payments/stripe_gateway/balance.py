"""What Stripe keeps, passes on and pays out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from app.payments.settling import BalanceTransaction, Payout, Settlement, TransactionKind
from app.payments.stripe_gateway.wire import PAGE_SIZE, Wire, read
from app.payments.units import from_stripe

if TYPE_CHECKING:  # A good part of the SDK's loading time, for names that only the type checker needs.
    from stripe.params import BalanceTransactionListParams

TRANSACTIONS_MAX = 10_000

_KINDS: Mapping[str, TransactionKind] = {
    "charge": "charge",
    "payment": "charge",
    "refund": "refund",
    "payment_refund": "refund",
    "refund_failure": "refund_failure",
    "payment_failure_refund": "refund_failure",
    "adjustment": "dispute",
}
_SETTLED = ["application_fee", "balance_transaction"]


class Balance(Wire):
    """The part of the gateway that is about money after it was taken."""

    async def settlement(self, charge_id: str, *, account: str | None = None) -> Settlement:
        """What became of a charge, as far as Stripe knows by now."""
        async with self.call(account):
            found = await self.v1.charges.retrieve_async(charge_id, {"expand": _SETTLED}, read(account))
            return read_settlement(found.to_dict())

    async def balance_transactions(
        self, since: datetime, until: datetime, *, account: str | None = None
    ) -> tuple[BalanceTransaction, ...]:
        """The lines of the balance made from `since` until before `until`, oldest first."""
        asked: BalanceTransactionListParams = {
            "created": {"gte": int(since.timestamp()), "lt": int(until.timestamp())},
            "limit": PAGE_SIZE,
            "expand": ["data.source"],
        }
        found: list[BalanceTransaction] = []
        async with self.call(account):
            page = await self.v1.balance_transactions.list_async(asked, read(account))
            async for one in page.auto_paging_iter():
                found.append(read_transaction(one.to_dict()))
                if len(found) >= TRANSACTIONS_MAX:
                    break
        return tuple(reversed(found))

    async def payouts(self, *, limit: int = 20, account: str | None = None) -> tuple[Payout, ...]:
        """The newest payouts of an account, newest first."""
        async with self.call(account):
            page = await self.v1.payouts.list_async({"limit": limit}, read(account))
            return tuple(_payout(one.to_dict()) for one in page.data)


def read_settlement(charge: Mapping[str, Any]) -> Settlement:
    """What a charge says of its fees; what is still null at Stripe is None (it is right after the success)."""
    currency = str(charge["currency"]).upper()
    booked, fee = charge.get("balance_transaction"), charge.get("application_fee")
    settled_in = str(booked["currency"]).upper() if isinstance(booked, Mapping) else ""
    return Settlement(
        charge_id=charge["id"],
        currency=currency,
        # A fee in another currency (the account's) is none that these books could hold.
        fee=from_stripe(booked["fee"], currency) if isinstance(booked, Mapping) and settled_in == currency else None,
        application_fee=from_stripe(fee["amount"] - fee["amount_refunded"], currency)
        if isinstance(fee, Mapping)
        else None,
        transfer_id=_id_of(charge.get("transfer")),
        destination=_id_of((charge.get("transfer_data") or {}).get("destination")),
    )


def read_transaction(line: Mapping[str, Any]) -> BalanceTransaction:
    """A line of the balance with what is known of its source."""
    currency, source = str(line["currency"]).upper(), line.get("source")
    about: Mapping[str, Any] = source if isinstance(source, Mapping) else {}
    metadata = about.get("metadata") or {}
    return BalanceTransaction(
        id=line["id"],
        kind=_KINDS.get(str(line["type"]), "other"),
        provider_kind=str(line["type"]),
        amount=from_stripe(line["amount"], currency),
        fee=from_stripe(line["fee"], currency),
        currency=currency,
        source_id=_id_of(source),
        intent_id=_id_of(about.get("payment_intent")),
        restaurant=metadata.get("restaurant"),
        environment=metadata.get("environment"),
        created=datetime.fromtimestamp(line["created"], UTC),
    )


def _payout(document: Mapping[str, Any]) -> Payout:
    currency = str(document["currency"]).upper()
    return Payout(
        id=document["id"],
        amount=from_stripe(document["amount"], currency),
        currency=currency,
        status=str(document["status"]),
        arrives=datetime.fromtimestamp(document["arrival_date"], UTC),
        created=datetime.fromtimestamp(document["created"], UTC),
    )


def _id_of(reference: Any) -> str | None:
    found = reference.get("id") if isinstance(reference, Mapping) else reference
    return found if isinstance(found, str) else None
