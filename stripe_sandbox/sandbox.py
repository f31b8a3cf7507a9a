"""One sandbox: its settings, what it knows, its clock and its chance. No network and no waiting in here."""

import copy
import random
import string
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from stripe_sandbox.store import Obj, Store

API_VERSION = "2026-10-28.endive"

_ALPHABET = string.ascii_letters + string.digits
_PREFIXES = {
    "account": "acct",
    "application_fee": "fee",
    "balance_transaction": "txn",
    "charge": "ch",
    "confirmation_token": "ctoken",
    "customer": "cus",
    "delivery": "dlv",
    "dispute": "dp",
    "event": "evt",
    "fault": "flt",
    "payment": "py",
    "payment_intent": "pi",
    "payment_method": "pm",
    "payout": "po",
    "refund": "re",
    "request": "req",
    "timer": "tmr",
    "transfer": "tr",
    "transfer_reversal": "trr",
}


@dataclass(frozen=True, slots=True)
class Config:
    """What the sandbox was started with. Times are in seconds.

    `processing_s` is how long an asynchronous card takes, `settle_s` how long until a charge gets its balance
    transaction, `refund_s` how long a slow refund takes, `dispute_s` how long until a card is disputed,
    `hold_s` how long an uncaptured charge lives.
    """

    secret_key: str = "sk_test_sandbox"  # noqa: S105 - the published default of a test double
    publishable_key: str = "pk_test_sandbox"
    webhook_url: str | None = None
    webhook_secret: str = "whsec_sandbox"  # noqa: S105 - the same
    processing_s: float = 3.0
    settle_s: float = 1.0
    refund_s: float = 3.0
    dispute_s: float = 3.0
    hold_s: float = 7 * 24 * 3600
    retry_base_s: float = 0.5
    retry_max_s: float = 600.0
    attempts_max: int = 16


@dataclass(frozen=True, slots=True)
class Call:
    """One request to the API, read and authenticated."""

    method: str = ""
    path: str = ""
    params: dict[str, Any] = field(default_factory=dict)
    key: str | None = None
    request_id: str | None = None
    account: str | None = None
    origin: str = ""
    publishable: bool = False


SELF = Call()
"""What the sandbox does by itself when a time has come: no request stands behind it."""


class Sandbox:
    """The state of one Stripe account. Two sandboxes with equal clocks and chance do the same."""

    def __init__(
        self,
        config: Config | None = None,
        store: Store | None = None,
        *,
        clock: Callable[[], float] = time.time,
        chance: random.Random | None = None,
    ) -> None:
        self.config = config or Config()
        self.store = store or Store()
        self.clock = clock
        self.chance = chance or random.SystemRandom()
        self.keys_in_use: set[str] = set()
        self.wake: Callable[[], None] = lambda: None
        """Called after each commit, so that whoever delivers events looks again."""

    def now(self) -> int:
        """The time in whole seconds, as Stripe stamps things."""
        return int(self.clock())

    def new_id(self, kind: str) -> str:
        """A fresh id with the kind's prefix: `pi_3Qb…`."""
        return f"{_PREFIXES[kind]}_{self.token(24)}"

    def token(self, length: int) -> str:
        """Unguessable letters and digits."""
        return "".join(self.chance.choices(_ALPHABET, k=length))

    def keep(self, kind: str, body: Obj) -> Obj:
        """Keep a document under its own id."""
        return self.store.put(kind, body["id"], body)

    def commit(self) -> None:
        """Make what happened last, then let the deliveries go."""
        self.store.commit()
        self.wake()


def public(body: Any) -> Any:
    """A copy without the members that are the sandbox's own."""
    if isinstance(body, dict):
        return {name: public(value) for name, value in body.items() if not name.startswith("_")}
    if isinstance(body, list):
        return [public(value) for value in body]
    return copy.copy(body)
