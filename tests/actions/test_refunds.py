"""Refunds as staff ask for them."""

import asyncio

import pytest

from app.actions import errors, refunds
from tests.actions.evening import Evening, Provider
from tests.actions.returning import BURGER, give_back, give_back_over, paid, pay, row_of


async def test_a_refund_goes_out_at_once_and_ends_with_what_the_provider_holds(
    paying: Evening, provider: Provider
) -> None:
    ana, payment = await paid(paying, provider, tipAmount=200)
    (refund,) = await give_back(paying, payment.id)
    assert (refund.state, refund.amount, refund.tip) == ("succeeded", BURGER, 200)
    bill = await paying.bill(ana.stream)
    assert (bill.payments[payment.id].returned, bill.unpaid, bill.status) == (BURGER + 200, 0, "settled")
    (line,) = await provider.journal("refunds.create")
    assert (line["key"], line["outcome"]) == (f"ref:{refund.id}:create", "executed")
