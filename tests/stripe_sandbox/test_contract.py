"""The sandbox against what Stripe's own package says of the API: what may be sent, and what comes back."""

import inspect
import sys
import typing
from typing import Any, get_args, get_origin

import pytest
import stripe
import stripe.params
from stripe._stripe_object import StripeObject

from stripe_sandbox import intents, refunds
from tests.stripe_sandbox.bench import Bench

# What Stripe itself leaves out of the objects of a plain account, though the annotations say otherwise.
ABSENT = {
    "payment_intent": {"hooks", "managed_payments", "payment_details", "payment_record", "presentment_details"},
    "charge": {"authorization_code", "level3", "presentment_details", "refunds", "transfer"},
    "refund": {
        "customer",
        "customer_account",
        "description",
        "failure_balance_transaction",
        "failure_reason",
        "instructions_email",
        "next_action",
        "payment_method",
        "pending_reason",
        "presentment_details",
    },
    "event": {"account", "context"},
    "customer": {
        "business_name",
        "cash_balance",
        "deleted",
        "individual_name",
        "invoice_credit_balance",
        "sources",
        "subscriptions",
        "tax",
        "tax_ids",
    },
    "confirmation_token": set(),
    "balance_transaction": set(),
    "application_fee": set(),
    "payout": set(),
    "transfer": set(),
}
OBJECTS: dict[str, type[StripeObject]] = {
    "application_fee": stripe.ApplicationFee,
    "balance_transaction": stripe.BalanceTransaction,
    "charge": stripe.Charge,
    "confirmation_token": stripe.ConfirmationToken,
    "customer": stripe.Customer,
    "event": stripe.Event,
    "payment_intent": stripe.PaymentIntent,
    "payment_method": stripe.PaymentMethod,
    "payout": stripe.Payout,
    "refund": stripe.Refund,
    "transfer": stripe.Transfer,
}


class Names(dict[str, Any]):
    """Where annotations find their names: Stripe's classes are made when they are first asked for."""

    def __missing__(self, name: str) -> Any:
        # Some are imported under a second name; what is nowhere to be found may be anything.
        return getattr(stripe, name.removesuffix("Resource"), Any)


def members(cls: type[StripeObject]) -> dict[str, Any]:
    """The annotations of an object's class, resolved, without those of the class itself."""
    own = {**vars(typing), **vars(sys.modules[cls.__module__])}
    hints = typing.get_type_hints(cls, own, Names({**own, **vars(cls)}))
    return {
        name: hint
        for name, hint in hints.items()
        if name in cls.__annotations__ and get_origin(hint) is not typing.ClassVar
    }


def fits(value: Any, hint: Any) -> bool:
    """Whether a JSON value is what the annotation says; nested objects are checked member by member."""
    origin = get_origin(hint)
    if hint is Any or origin is typing.Literal:
        return hint is Any or value in get_args(hint)
    if origin is typing.Union:
        return any(fits(value, one) for one in get_args(hint))
    if origin in {list, dict}:
        inner = get_args(hint)[-1]
        return isinstance(value, origin) and all(
            fits(one, inner) for one in (value.values() if origin is dict else value)
        )
    if isinstance(origin or hint, type) and issubclass(origin or hint, StripeObject):
        return isinstance(value, dict) and fits_object(value, origin or hint)
    return value is None if hint is type(None) else isinstance(value, hint)


def fits_object(value: dict[str, Any], cls: type[StripeObject]) -> bool:
    """Whether an object has members that its class names only, each of the type it names."""
    if not inspect.get_annotations(cls):
        return True
    hints = members(cls)
    return set(value) <= {"object", *hints} and all(fits(value[name], hints[name]) for name in hints if name in value)


@pytest.fixture
def made(bench: Bench) -> Bench:
    """A sandbox in which a bit of everything has happened."""
    back = {"return_url": "https://t.test/"}
    paid = bench.intent("pm_card_visa", metadata={"payment": "P1"})
    bench.post("refunds", {"payment_intent": paid["id"], "amount": "100", "reason": "requested_by_customer"})
    failing = bench.intent("pm_card_refundFail")
    bench.post("refunds", {"payment_intent": failing["id"]})
    bench.intent("pm_card_authenticationRequired")
    bench.intent("pm_card_authenticationRequired", use_stripe_sdk="true")
    bench.intent("pm_card_processing")
    held = bench.intent("pm_card_visa", capture_method="manual")
    bench.post(f"payment_intents/{held['id']}/capture", {"amount_to_capture": "1000"})
    canceled = bench.intent("pm_card_visa", capture_method="manual")
    bench.post(f"payment_intents/{canceled['id']}/cancel", {"cancellation_reason": "abandoned"})
    bench.call(
        "POST", f"payment_intents/{bench.intent()['id']}/confirm", {"payment_method": "pm_card_radarBlock", **back}
    )
    bench.post("test_helpers/confirmation_tokens", {"payment_method": "pm_card_visa", **back})
    bench.post("customers", {"name": "Ada"})
    account = bench.post("accounts", {"type": "express"})["id"]
    bench.intent("pm_card_visa", transfer_data={"destination": account}, application_fee_amount="50")
    bench.post("payouts", {"amount": "500", "currency": "eur"}, account=account)
    bench.later(5)
    return bench


@pytest.mark.parametrize("kind", OBJECTS)
def test_every_object_has_the_members_that_stripe_names_and_no_others(made: Bench, kind: str) -> None:
    known = set(members(OBJECTS[kind]))
    for body in made.sandbox.store.all(kind):
        shown = {name for name in body if not name.startswith("_")}
        assert shown <= known
        if kind != "payment_method":
            assert known - shown <= ABSENT[kind]


@pytest.mark.parametrize("kind", OBJECTS)
def test_every_member_has_the_type_that_stripe_names(made: Bench, kind: str) -> None:
    hints = members(OBJECTS[kind])
    bodies = made.sandbox.store.all(kind)
    assert bodies
    wrong = [
        (name, body[name]) for body in bodies for name in hints if name in body and not fits(body[name], hints[name])
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("accepted", "params"),
    [
        (intents._CREATE, stripe.params.PaymentIntentCreateParams),  # noqa: SLF001
        (intents._CONFIRM, stripe.params.PaymentIntentConfirmParams),  # noqa: SLF001
        (intents._CHANGEABLE, stripe.params.PaymentIntentUpdateParams),  # noqa: SLF001
        (refunds._CREATE, stripe.params.RefundCreateParams),  # noqa: SLF001
    ],
)
def test_nothing_is_accepted_that_stripe_does_not_know(accepted: frozenset[str], params: Any) -> None:
    # The client secret is how a browser proves that it may confirm; servers never send it.
    assert accepted - {"client_secret"} <= set(params.__annotations__)


def test_every_event_is_of_a_type_that_stripe_has(made: Bench) -> None:
    known = str(stripe.params.WebhookEndpointCreateParams.__annotations__["enabled_events"])
    types = set(made.events())
    assert types >= {"payment_intent.succeeded", "payment_intent.payment_failed", "charge.refunded", "refund.failed"}
    assert [one for one in types if f"'{one}'" not in known] == []
