"""What a payment provider says about money after it was taken: fees, transfers, its own list of it, and payouts.

Amounts are in our minor unit of `currency` (upper case).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

TransactionKind = Literal["charge", "refund", "refund_failure", "dispute", "other"]
"""What a line of the provider's balance is about; `other` is none of ours to compare."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of a charge. None is what the provider does not know yet: at the success it knows nothing of it.

    `fee` is what the provider kept. On a charge that was passed on to a restaurant's own account, `application_fee` is
    what the platform took of it, less what refunds gave back, `transfer_id` names the transfer to `destination`.
    """

    charge_id: str
    currency: str
    fee: int | None
    application_fee: int | None = None
    transfer_id: str | None = None
    destination: str | None = None


@dataclass(frozen=True, slots=True)
class BalanceTransaction:
    """A line of the provider's balance: `amount` came in (or went out, below 0), of which it kept `fee`.

    `source_id` is the charge or refund behind it, `intent_id` the intent of that, `metadata` what we gave with it.
    """

    id: str
    kind: TransactionKind
    provider_kind: str
    amount: int
    fee: int
    currency: str
    source_id: str | None
    intent_id: str | None
    restaurant: str | None
    environment: str | None
    created: datetime


@dataclass(frozen=True, slots=True)
class Payout:
    """Money on its way from the provider to a restaurant's bank."""

    id: str
    amount: int
    currency: str
    status: str
    arrives: datetime
    created: datetime


class Settling(Protocol):
    """The part of a payment provider that is about money after it was taken. Everything may raise as its rest does."""

    async def settlement(self, charge_id: str, *, account: str | None = None) -> Settlement:
        """What became of a charge, as far as the provider knows by now."""

    async def balance_transactions(
        self, since: datetime, until: datetime, *, account: str | None = None
    ) -> tuple[BalanceTransaction, ...]:
        """The lines of the balance made from `since` until before `until`, oldest first."""

    async def payouts(self, *, limit: int = 20, account: str | None = None) -> tuple[Payout, ...]:
        """The newest payouts of an account, newest first."""
