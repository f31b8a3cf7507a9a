"""Restaurants with an account of their own: where their money goes, what the platform takes, and what was paid out."""

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import structlog

from app.actions import errors
from app.actions.access import StaffAccess
from app.actions.desk import Desk
from app.actions.roles import HOUSE, OWNER, check_role
from app.actions.shapes import ConnectRequest
from app.domain import ledger
from app.domain.pricing import MILLION
from app.domain.refusals import Refusal
from app.domain.view import timestamp
from app.payments.gateway import CreateIntent, GatewayError, Unknown
from app.storage import fees, payments, restaurants
from app.storage.log import Change, Write
from app.storage.tables import Payment, Restaurant

log = structlog.get_logger()

ABOUT_FEES = frozenset({"charge.updated", "charge.refunded", "charge.refund.updated", "refund.updated"})
"""Events after which a charge's fee may be another."""

ACCOUNT = re.compile(r"acct_[A-Za-z0-9_]{1,58}")
WAIT_S = 5
SETTLES_AFTER = timedelta(minutes=1)
LOOKED_BACK = timedelta(days=4)


@dataclass(frozen=True, slots=True)
class Terms:
    """Where a restaurant's card money goes and what of it stays with the platform."""

    destination: str | None = None
    ppm: int = 0
    fixed: int = 0

    def fee(self, base: int, step: int) -> int:
        """The application fee of a payment of `base` without its tip, in whole steps, and never more than there is."""
        if self.destination is None:
            return 0
        over = MILLION * step
        share = (2 * base * self.ppm + over) // (2 * over) * step
        return min(base, share + self.fixed // step * step)

    def directed(self, params: CreateIntent, base: int, step: int) -> CreateIntent:
        """The same intent, with its money on the way to the restaurant's own account if it has one."""
        return replace(params, destination=self.destination, application_fee=self.fee(base, step))

    def noted(self, payment: str, base: int, step: int) -> tuple[Write, ...]:
        """The row of an append that remembers it: refunds have to take the money back from there."""
        if self.destination is None:
            return ()
        values = {"destination": self.destination, "application_fee": self.fee(base, step)}
        return (Change(Payment, {"id": payment}, values),)


async def terms(desk: Desk, restaurant_id: str) -> Terms:
    """What holds for a card payment that starts now."""
    house = await restaurants.restaurant(desk.database, restaurant_id)
    if house is None or house.stripe_account is None:
        return Terms()
    return Terms(house.stripe_account, house.application_fee_ppm, house.application_fee_fixed)


# Fees, known only some time after the success


async def book_fee(desk: Desk, payment: str) -> bool:
    """Look at what was kept of a payment and book what the ledger lacks of it; False while nobody knows it yet.

    The provider's fee is the platform's to pay where the money went to the restaurant's own account: there the
    application fee is what the restaurant pays. Raises `app.payments.gateway.Unknown`.
    """
    row = await payments.payment(desk.database, payment)
    if row is None or row.state != "succeeded" or row.charge_id is None:
        return False
    found = await desk.gateway.settlement(row.charge_id, account=row.account)
    if found.fee is None:
        return False
    account = ledger.APPLICATION_FEE if found.destination else ledger.PROVIDER_FEES
    fee = found.application_fee or 0 if found.destination else found.fee
    if await fees.book(desk.database, row, account, fee, desk.now(), destination=found.destination):
        log.info("a fee was booked", payment=payment, account=account)
    return True


async def book_missing_fees(desk: Desk) -> None:
    """Look for fees whose event never came."""
    now = desk.now()
    missing = await fees.missing(desk.database, now - LOOKED_BACK, now - SETTLES_AFTER)
    for payment in missing:
        try:
            await book_fee(desk, payment)
        except GatewayError as error:
            log.warning("a fee could not be asked for", payment=payment, error=repr(error))
            break


# Settings and payouts


async def settings(desk: Desk, *, by: StaffAccess) -> dict[str, Any]:
    """`GET /connect`."""
    check_role(by.role, HOUSE)
    return _told(await _house(desk, by))


async def change(desk: Desk, asked: ConnectRequest, *, by: StaffAccess) -> dict[str, Any]:
    """`PUT /connect`: an owner says where card money goes from now on. What was started keeps its terms."""
    check_role(by.role, OWNER)
    house = await _house(desk, by)
    if asked.stripe_account is not None and not ACCOUNT.fullmatch(asked.stripe_account):
        raise errors.Invalid([errors.FieldError(("stripeAccount",), "invalid", "an account's id begins with acct_")])
    house.stripe_account = asked.stripe_account
    house.application_fee_ppm = asked.application_fee_ppm
    house.application_fee_fixed = asked.application_fee_fixed
    hours, _, minutes = asked.day_starts_at.partition(":")
    house.day_starts_minutes = 60 * int(hours) + int(minutes)
    await restaurants.save(desk.database, house)
    return _told(house)


async def payouts(desk: Desk, *, by: StaffAccess, limit: int = 20) -> dict[str, Any]:
    """`GET /payouts`. Raises `Refused` (`not_connected`) and `Unavailable` (`provider_unavailable`)."""
    check_role(by.role, HOUSE)
    house = await _house(desk, by)
    if house.stripe_account is None:
        raise errors.Refused(Refusal("not_connected", "This restaurant has no account of its own at the provider."))
    try:
        found = await desk.gateway.payouts(limit=limit, account=house.stripe_account)
    except Unknown as error:
        wait = int(error.retry_after or WAIT_S)
        detail = "the payment provider does not answer"
        raise errors.Unavailable(detail, retry_after_s=wait, code="provider_unavailable") from error
    listed = [
        {
            "id": one.id,
            "amount": one.amount,
            "currency": one.currency,
            "status": one.status,
            "arrivesOn": one.arrives.date().isoformat(),
            "createdAt": timestamp(one.created),
        }
        for one in found
    ]
    return {"account": house.stripe_account, "payouts": listed}


async def _house(desk: Desk, by: StaffAccess) -> Restaurant:
    house = await restaurants.restaurant(desk.database, by.restaurant_id)
    if house is None:
        raise errors.NotFound("there is no such restaurant")
    return house


def _told(house: Restaurant) -> dict[str, Any]:
    hours, minutes = divmod(house.day_starts_minutes, 60)
    told = {
        "stripeAccount": house.stripe_account,
        "applicationFeePpm": house.application_fee_ppm,
        "applicationFeeFixed": house.application_fee_fixed,
        "dayStartsAt": f"{hours:02}:{minutes:02}",
    }
    return {name: value for name, value in told.items() if value is not None}
