"""Stripe's published test cards and the tokens that stand for them, and what each of them does."""

from dataclasses import dataclass
from typing import Literal

Challenge = Literal["never", "optional", "always", "broken"]
"""Whether the bank asks the payer: not enrolled, only when asked for, always, or the question itself fails."""

Dispute = Literal["never", "fraudulent", "inquiry"]
"""Whether the payer's bank asks for the money back a few seconds later, or only asks."""

Later = Literal["now", "succeeds", "fails"]
"""Whether the outcome is known at once or a few seconds later."""


Raise = Literal["never", "agrees", "declines"]
"""What the bank says to raising a hold: not offered, yes, or no although it is offered."""


@dataclass(frozen=True, slots=True)
class Decline:
    """What the card's bank answers instead of the money."""

    code: str
    decline_code: str | None
    message: str


@dataclass(frozen=True, slots=True)
class Card:
    """One test card. `token` is its ready-made payment method, `title` what the overview page calls it."""

    number: str
    title: str
    token: str
    brand: str = "visa"
    funding: str = "credit"
    country: str = "US"
    decline: Decline | None = None
    challenge: Challenge = "never"
    charge: Later = "now"
    refund: Later = "now"
    dispute: Dispute = "never"
    raises: Raise = "never"

    @property
    def last4(self) -> str:
        """The four digits a receipt may show."""
        return self.number[-4:]


def _declined(decline_code: str, message: str = "Your card was declined.") -> Decline:
    return Decline("card_declined", decline_code, message)


GENERIC = _declined("generic_decline")
INSUFFICIENT = _declined("insufficient_funds", "Your card has insufficient funds.")
PROCESSING = Decline(
    "processing_error",
    "processing_error",
    "An error occurred while processing your card. Try again in a little bit.",
)

CARDS = (
    Card("4242424242424242", "Visa", "pm_card_visa", raises="agrees"),
    Card("4000056655665556", "Visa (debit)", "pm_card_visa_debit", funding="debit"),
    Card("5555555555554444", "Mastercard", "pm_card_mastercard", "mastercard", raises="agrees"),
    Card("2223003122003222", "Mastercard (2-series)", "pm_card_mastercard_2series", "mastercard"),
    Card("5200828282828210", "Mastercard (debit)", "pm_card_mastercard_debit", "mastercard", "debit"),
    Card("5105105105105100", "Mastercard (prepaid)", "pm_card_mastercard_prepaid", "mastercard", "prepaid"),
    Card("378282246310005", "American Express", "pm_card_amex", "amex"),
    Card("371449635398431", "American Express", "pm_card_amex_2", "amex"),
    Card("6011111111111117", "Discover", "pm_card_discover", "discover"),
    Card("6011000990139424", "Discover", "pm_card_discover_2", "discover"),
    Card("6011981111111113", "Discover (debit)", "pm_card_discover_debit", "discover", "debit"),
    Card("3056930009020004", "Diners Club", "pm_card_diners", "diners"),
    Card("36227206271667", "Diners Club (14 digits)", "pm_card_diners_14", "diners"),
    Card("3566002020360505", "JCB", "pm_card_jcb", "jcb"),
    Card("6200000000000005", "UnionPay", "pm_card_unionpay", "unionpay"),
    Card("6200000000000047", "UnionPay (debit)", "pm_card_unionpay_debit", "unionpay", "debit"),
    Card("6205500000000000004", "UnionPay (19 digits)", "pm_card_unionpay_19", "unionpay"),
    Card("4000008260000000", "Visa, United Kingdom", "pm_card_gb", country="GB"),
    Card("4000002500000003", "Visa, France", "pm_card_fr", country="FR"),
    Card("4000002760000016", "Visa, Germany", "pm_card_de", country="DE"),
    Card("4000007560000009", "Visa, Switzerland", "pm_card_ch", country="CH"),
    Card("4000003920000003", "Visa, Japan", "pm_card_jp", country="JP"),
    Card("4000000000000002", "Declined", "pm_card_visa_chargeDeclined", decline=GENERIC),
    Card(
        "4000000000009995",
        "Declined: insufficient funds",
        "pm_card_visa_chargeDeclinedInsufficientFunds",
        decline=INSUFFICIENT,
    ),
    Card(
        "4000000000009987",
        "Declined: lost card",
        "pm_card_visa_chargeDeclinedLostCard",
        decline=_declined("lost_card"),
    ),
    Card(
        "4000000000009979",
        "Declined: stolen card",
        "pm_card_visa_chargeDeclinedStolenCard",
        decline=_declined("stolen_card"),
    ),
    Card(
        "4000000000000069",
        "Declined: expired card",
        "pm_card_chargeDeclinedExpiredCard",
        decline=Decline("expired_card", "expired_card", "Your card has expired."),
    ),
    Card(
        "4000000000000127",
        "Declined: incorrect CVC",
        "pm_card_chargeDeclinedIncorrectCvc",
        decline=Decline("incorrect_cvc", "incorrect_cvc", "Your card's security code is incorrect."),
    ),
    Card(
        "4000000000000119",
        "Declined: processing error",
        "pm_card_chargeDeclinedProcessingError",
        decline=PROCESSING,
    ),
    Card(
        "4000000000006975",
        "Declined: too many purchases",
        "pm_card_visa_chargeDeclinedVelocityLimitExceeded",
        decline=_declined(
            "card_velocity_exceeded",
            "Your card was declined for making repeated attempts too frequently or exceeding its amount limit.",
        ),
    ),
    Card("4000000000000341", "Declined after attaching", "pm_card_chargeCustomerFail", decline=GENERIC),
    Card("4100000000000019", "Blocked as fraudulent", "pm_card_radarBlock", decline=_declined("fraudulent")),
    Card("4000002500003155", "3-D Secure required", "pm_card_authenticationRequiredOnSetup", challenge="always"),
    Card("4000002760003184", "3-D Secure always required", "pm_card_authenticationRequired", challenge="always"),
    Card("4000000000003220", "3-D Secure 2 required", "pm_card_threeDSecure2Required", challenge="always"),
    Card(
        "4000008260003178",
        "3-D Secure, then insufficient funds",
        "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds",
        decline=INSUFFICIENT,
        challenge="always",
    ),
    Card(
        "4000008400001629",
        "3-D Secure, then declined",
        "pm_card_threeDSecureRequiredChargeDeclined",
        decline=GENERIC,
        challenge="always",
    ),
    Card(
        "4000008400001280",
        "3-D Secure cannot be done",
        "pm_card_threeDSecureRequiredProcessingError",
        challenge="broken",
    ),
    Card("4000000000003055", "3-D Secure supported", "pm_card_threeDSecureOptional", challenge="optional"),
    Card("4000000000000077", "Funds available at once", "pm_card_bypassPending"),
    Card("4000000000007726", "Refund arrives later", "pm_card_pendingRefund", refund="succeeds"),
    Card("4000000000005126", "Refund fails later", "pm_card_refundFail", refund="fails"),
    Card("4000000000000259", "Disputed as fraudulent", "pm_card_createDispute", dispute="fraudulent"),
    Card("4000000000001976", "Inquiry by the bank", "pm_card_createDisputeInquiry", dispute="inquiry"),
    # Stripe has slow outcomes only for other kinds of payment; these three numbers are this sandbox's own.
    Card("4000000000008773", "Processing, then paid", "pm_card_processing", charge="succeeds"),
    Card("4000000000008807", "Raise of a hold declined", "pm_card_raiseDeclined", raises="declines"),
    Card(
        "4000000000008781",
        "Processing, then declined",
        "pm_card_processingDeclined",
        decline=GENERIC,
        charge="fails",
    ),
)

BY_NUMBER = {card.number: card for card in CARDS}
BY_TOKEN = {card.token: card for card in CARDS}

_FIRST_DIGITS = (("34", "amex"), ("37", "amex"), ("62", "unionpay"), ("35", "jcb"), ("36", "diners"), ("30", "diners"),
                 ("6", "discover"), ("5", "mastercard"), ("2", "mastercard"), ("4", "visa"))  # fmt: skip


def passes_luhn(number: str) -> bool:
    """Whether the check digit at the end fits the digits before it."""
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number))]
    return sum(value - 9 * (value > 9) for value in doubled) % 10 == 0


def brand_of(number: str) -> str:
    """The brand that the first digits name."""
    return next((brand for first, brand in _FIRST_DIGITS if number.startswith(first)), "unknown")
