import dataclasses
from typing import Any

import pytest

from app.payments.gateway import (
    BadSignature,
    CreateIntent,
    Declined,
    Gateway,
    GatewayError,
    Misused,
    Refused,
    Unavailable,
    Unknown,
)
from app.payments.stripe_gateway import StripeGateway


def test_the_errors_form_the_tree_that_callers_rely_on() -> None:
    assert issubclass(Unavailable, Unknown)
    assert issubclass(Declined, Refused)
    assert issubclass(Misused, Refused)
    assert not issubclass(Unknown, Refused)
    assert all(issubclass(one, GatewayError) for one in (Unknown, Refused, BadSignature))


@pytest.mark.parametrize("wrong", [{"amount": 0}, {"amount": -5}, {"confirmation_token": "ctoken_1"}])
def test_an_intent_that_nobody_could_pay_is_not_even_asked_for(wrong: dict[str, Any]) -> None:
    good = CreateIntent("P1", "T1", "R1", 1250, "EUR")
    with pytest.raises(ValueError, match=r"an intent needs|needs a return_url"):
        dataclasses.replace(good, **wrong)


def test_stripe_is_a_gateway(gateway: StripeGateway) -> None:
    as_protocol: Gateway = gateway
    assert as_protocol is gateway
