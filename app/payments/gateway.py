"""What this server needs from a payment provider, and the ways in which it can fail.

The seam is small on purpose. Amounts cross it in the currency's minor unit as the rest of the server knows
it (1234 USD is $12.34, 1234 ISK is 1,234 krónur); a provider that counts differently converts behind it.

Every write takes a `key`: the caller's name for one decision of a person or a job, never for an attempt.
Sending the same key again is always safe and has at most one effect. `sends` says the how manieth send of
that key this is, because a refusal of a repeated request does not prove that the first one did nothing.

The errors form a tree. What the caller may conclude is in the class, not in a status code:

    GatewayError
    ├── Unknown              it may or may not have happened: the same key again, later
    │   └── Unavailable      this request was not even sent (the circuit is open)
    ├── Refused              definitive: this key will never have an effect
    │   ├── Declined         the card was declined; the intent waits for another one
    │   └── Misused          the key was used before with other parameters: our bug, freeze and alarm
    └── BadSignature         a webhook that was not sent by the provider, or not now, or not for us
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from app.payments.settling import Settling

IntentStatus = Literal[
    "requires_payment_method",
    "requires_confirmation",
    "requires_action",
    "processing",
    "requires_capture",
    "canceled",
    "succeeded",
    "other",
]
"""Where an intent stands. `other` is a status nobody decided about yet: it must move no money."""

RefundStatus = Literal["pending", "requires_action", "succeeded", "failed", "canceled", "other"]
"""Where a refund stands. Even `succeeded` may still become `failed`."""

DisputeStatus = Literal["open", "won", "lost", "withdrawn", "other"]
"""Where a dispute stands. `withdrawn`: the bank let go of it, or it never took money. `other` moves no money."""

CaptureMethod = Literal["automatic", "manual"]
"""`automatic` takes the money at once, `manual` holds it until `capture_intent`."""

CancelReason = Literal["abandoned", "duplicate", "fraudulent", "requested_by_customer"]
"""Why an intent was let go, in the provider's words."""

RefundReason = Literal["duplicate", "fraudulent", "requested_by_customer"]
"""Why money goes back, in the provider's words."""

Circuit = Literal["closed", "open", "half_open"]
"""Whether requests are sent (`closed`), held back (`open`) or tried one at a time (`half_open`)."""


@dataclass(frozen=True, slots=True)
class Card:
    """As much of a card as may be kept and shown: `Card("visa", "4242")`.

    `fingerprint` is the provider's word for the same card wherever it is used; it is not for showing.
    """

    brand: str
    last4: str
    fingerprint: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Decline:
    """Why the last attempt on an intent failed. `message` is written for the card holder."""

    code: str
    decline_code: str | None
    message: str


@dataclass(frozen=True, slots=True)
class Intent:
    """A payment as the provider holds it: the only evidence that money moved.

    `amount`, `amount_capturable`, `amount_received` and `amount_refunded` are in our minor unit of
    `currency` (upper case). `metadata` holds `payment`, `table_session`, `restaurant` and `environment` as
    they were given to `create_intent`. `client_secret` belongs to the payer's own session only: it is left out of
    the representation so that no log line carries it. `capture_before` is the end of a hold, where known,
    `can_raise` says whether its bank may be asked to set more aside.
    """

    id: str
    status: IntentStatus
    provider_status: str
    amount: int
    amount_capturable: int
    amount_received: int
    amount_refunded: int
    currency: str
    metadata: Mapping[str, str]
    client_secret: str | None = field(repr=False)
    last_error: Decline | None
    card: Card | None
    charge_id: str | None
    capture_before: datetime | None
    livemode: bool
    created: datetime
    capture: CaptureMethod = "automatic"
    can_raise: bool = False

    @property
    def payment_id(self) -> str | None:
        """The id of our payment this intent was made for, if it is one of ours."""
        return self.metadata.get("payment")


@dataclass(frozen=True, slots=True)
class Refund:
    """Money on its way back to a payer. `refund_id` is our id, absent for refunds made in the provider's dashboard."""

    id: str
    status: RefundStatus
    provider_status: str
    amount: int
    currency: str
    intent_id: str | None
    refund_id: str | None
    failure_reason: str | None
    created: datetime


@dataclass(frozen=True, slots=True)
class Dispute:
    """A payer's bank asks for money back. `withdrawn` is what the provider holds back of ours for it, by now.

    `respond_by` is when evidence must be there. Amounts are in our minor unit of `currency`.
    """

    id: str
    status: DisputeStatus
    provider_status: str
    amount: int
    withdrawn: int
    currency: str
    reason: str
    intent_id: str | None
    respond_by: datetime | None
    created: datetime


@dataclass(frozen=True, slots=True)
class CreateIntent:
    """The frozen parameters of a new intent. The same key must always come with an equal value.

    The money goes to `destination`, a restaurant's own account, where one is named, less `application_fee`.

    With `confirmation_token` (collected by the browser) the intent is created and confirmed in one step and
    `return_url` is required: it is where a bank sends the payer back to after a redirect. Without it the intent waits
    for the browser to confirm with the client secret. `tip` is how much of the amount is one, kept in the metadata.
    """

    payment: str
    table_session: str
    restaurant: str
    amount: int
    currency: str
    capture: CaptureMethod = "automatic"
    confirmation_token: str | None = None
    return_url: str | None = None
    description: str | None = None
    destination: str | None = None
    application_fee: int = 0
    tip: int | None = None

    def __post_init__(self) -> None:
        """Refuse what no provider could take: amounts below one and a confirmation without a way back."""
        if self.amount <= 0:
            raise ValueError("an intent needs a positive amount")
        if self.confirmation_token and not self.return_url:
            raise ValueError("confirming in one step needs a return_url")


@dataclass(frozen=True, slots=True)
class CreateRefund:
    """The frozen parameters of a refund of `amount` (our minor unit of `currency`) from one intent.

    Where the money went to a restaurant's own account, `reverse_transfer` takes it back from there, and
    `refund_application_fee` gives back our part of it.
    """

    refund: str
    intent_id: str
    amount: int
    currency: str
    reason: RefundReason = "requested_by_customer"
    reverse_transfer: bool = False
    refund_application_fee: bool = False


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """A verified trigger to look at something. It says what to fetch, never what happened to money.

    `object_id` is what the event is about (an intent, a charge, a refund; empty where the object has no id),
    `intent_id` the intent behind it and `payment_id` our payment from the metadata, both where the event names them.
    """

    id: str
    type: str
    object_id: str
    intent_id: str | None
    payment_id: str | None
    account: str | None
    livemode: bool
    created: datetime


@dataclass(frozen=True, slots=True)
class Undelivered:
    """An event that no webhook of ours took, fetched from the provider's list; `raw` is the event itself."""

    event: WebhookEvent
    raw: bytes


@dataclass(frozen=True, slots=True)
class Health:
    """What a probe of the provider found: `reachable` or the `reason` why not, the circuit, the round trip."""

    reachable: bool
    reason: str | None
    circuit: Circuit
    latency_ms: int | None
    checked_at: datetime


class GatewayError(Exception):
    """Anything that went wrong between this server and the payment provider."""


class Unknown(GatewayError):
    """It may or may not have happened. Keep the key, send it again later, never make a new one.

    `reason` is a short word for the log (`timeout`, `connection`, `rate_limited`, `lock_timeout`, `http_500`…),
    `retry_after` the seconds the provider asked to wait, where it said so.
    """

    def __init__(self, reason: str, *, status: int | None = None, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status
        self.retry_after = retry_after


class Unavailable(Unknown):
    """Nothing was sent: the provider failed so often that requests are held back until `retry_after` seconds passed.

    It is a kind of `Unknown` because an earlier send of the same key may have had its effect.
    """


class Refused(GatewayError):
    """The provider said no for good: with this key and these parameters nothing happened or ever will.

    `code` is the provider's word for why (`amount_too_small`, `resource_missing`, …), `param` the member it names.
    """

    def __init__(self, code: str, message: str = "", param: str | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.param = param


class Declined(Refused):
    """The card was declined. The intent exists and waits for another card; the share stays held.

    `message` is written for the card holder. `intent` is the intent after the decline, where the answer carried it.
    """

    def __init__(
        self, code: str, decline_code: str | None = None, message: str = "", intent: Intent | None = None
    ) -> None:
        super().__init__(code, message)
        self.decline_code = decline_code
        self.intent = intent


class Misused(Refused):
    """The key was used before with other parameters. That is our mistake: freeze the payment and raise an alarm."""

    def __init__(self, message: str = "") -> None:
        super().__init__("idempotency_error", message)


class BadSignature(GatewayError):
    """A webhook that must be answered with 400. `reason` never holds any part of the body or of the header.

    Reasons: `missing`, `mismatch`, `stale`, `future`, `not_text`, `not_an_event`, `wrong_mode`.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Gateway(Settling, Protocol):
    """A payment provider. Its coroutines talk to it and may raise `Unknown` or `Refused`; the rest do not.

    `account` names a restaurant's own account at the provider; without it the platform's account is meant.
    """

    async def create_intent(
        self, params: CreateIntent, *, key: str, sends: int = 1, account: str | None = None
    ) -> Intent:
        """Create an intent, and confirm it in the same step when a confirmation token is given.

        Raises `Declined` (carrying the intent, which exists) when the card was declined.
        """

    async def retrieve_intent(self, intent_id: str, *, account: str | None = None) -> Intent:
        """Fetch the intent as it is now. Raises `Refused("resource_missing")` when there is none."""

    async def find_intent(
        self, payment_id: str, *, since: datetime | None = None, account: str | None = None
    ) -> Intent | None:
        """Find the intent made for our payment by its metadata, for when the answer to the create was lost.

        With `since` (a little before the first send) the answer is read from the provider's own list and is
        complete; without it from the search index, which may lag behind by a minute.
        """

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
        """Try to pay the intent with what the browser collected (a confirmation token or a payment method)."""

    async def cancel_intent(
        self,
        intent_id: str,
        *,
        key: str,
        reason: CancelReason = "abandoned",
        sends: int = 1,
        account: str | None = None,
    ) -> Intent:
        """Let go of the intent. Raises `Refused("payment_intent_unexpected_state")` when it succeeded meanwhile."""

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
        """Take `amount` of a hold and release the rest; `application_fee` is the platform's part of it."""

    async def raise_hold(
        self, intent_id: str, amount: int, currency: str, *, key: str, sends: int = 1, account: str | None = None
    ) -> Intent:
        """Set `amount` aside instead of what is held. Raises `Declined`: then what was held stays held."""

    async def refund(self, params: CreateRefund, *, key: str, sends: int = 1, account: str | None = None) -> Refund:
        """Give money back. The answer may be `pending`; only a fetched refund says that it arrived."""

    async def retrieve_refund(self, refund_id: str, *, account: str | None = None) -> Refund:
        """Fetch the refund as it is now."""

    async def refunds_of(self, intent_id: str, *, account: str | None = None) -> tuple[Refund, ...]:
        """All refunds of an intent, those made in the provider's dashboard included, oldest first."""

    async def retrieve_dispute(self, dispute_id: str, *, account: str | None = None) -> Dispute:
        """Fetch the dispute as it is now."""

    async def disputes_of(self, intent_id: str, *, account: str | None = None) -> tuple[Dispute, ...]:
        """All disputes of an intent, oldest first."""

    async def ping(self, *, account: str | None = None) -> Health:
        """Say whether the provider answers. The result is kept for a few seconds; it never raises."""

    def intents_since(self, since: datetime, *, account: str | None = None) -> AsyncIterator[Intent]:
        """Every intent made since then, the newest first."""

    def refunds_since(self, since: datetime, *, account: str | None = None) -> AsyncIterator[Refund]:
        """Every refund made since then, the newest first."""

    def disputes_since(self, since: datetime, *, account: str | None = None) -> AsyncIterator[Dispute]:
        """Every dispute opened since then, the newest first."""

    def undelivered_since(self, since: datetime, *, account: str | None = None) -> AsyncIterator[Undelivered]:
        """Every event since then that was not taken by a webhook, the newest first."""

    def held_back_s(self, *, account: str | None = None) -> float:
        """For how many seconds nothing is sent for this account because the provider did not answer; 0: it is."""

    def verify_webhook(self, raw: bytes, signature: str | None) -> WebhookEvent:
        """Check who sent these bytes and when, and read what they are about. Raises `BadSignature`."""

    async def close(self) -> None:
        """Close the connections. Calling it twice is harmless."""
