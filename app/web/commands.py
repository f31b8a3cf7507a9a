"""Commands over HTTP: the socket's own door, and a twin with a path of its own for each of them.

Every twin says in one line which command it is. What the command may do is decided where the socket's is decided.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from starlette.responses import Response

from app.actions import perform
from app.actions import shapes as bodies
from app.storage.log import CommandKey
from app.web import answers, shapes
from app.web.calls import Asked

CREATED = 201


async def do(asked: Asked[shapes.DoCommand]) -> Response:
    """Do any command of the socket; sent again with the same cid and id, it is done once."""
    body = asked.body
    return await _applied(asked, body.k, body.d, key=perform.key_of(body.cid, body.id, body.k, body.d))


# Guests


async def order(asked: Asked[bodies.PlaceOrder]) -> Response:
    """Place an order."""
    return await _applied(asked, "order.place", _members(asked.body), status=CREATED)


async def remind(asked: Asked[bodies.RemindGuests]) -> Response:
    """Remind those who still owe; at most once a minute."""
    return await _applied(asked, "guests.remind", _members(asked.body))


async def claim(asked: Asked[shapes.ClaimParts]) -> Response:
    """Claim a line, share it, or give it back (0 parts)."""
    where = {"line": asked.path("line"), "guest": asked.path("guest")}
    return await _applied(asked, "claims.set", where | _members(asked.body))


async def split(asked: Asked[bodies.SetSplit]) -> Response:
    """Choose how the table splits."""
    return await _applied(asked, "split.set", _members(asked.body))


async def parts(asked: Asked[shapes.GuestParts]) -> Response:
    """Take k shares, or name an amount."""
    return await _applied(asked, "parts.set", {"guest": asked.path("guest")} | _members(asked.body))


async def companion(asked: Asked[bodies.AddCompanion]) -> Response:
    """Add somebody who has no phone."""
    return await _applied(asked, "companion.add", _members(asked.body), status=CREATED)


async def ask(asked: Asked[bodies.MakeRequest]) -> Response:
    """Ask the waiter for something."""
    return await _applied(asked, "request.make", _members(asked.body), status=CREATED)


async def keep_paying(asked: Asked[shapes.Nothing]) -> Response:
    """Tell that the payer is still busy paying."""
    return await _applied(asked, "payment.keep", {"payment": asked.path("payment")})


# Staff


async def claim_request(asked: Asked[shapes.Nothing]) -> Response:
    """Say that you are on your way."""
    return await _applied(asked, "request.claim", {"request": asked.path("request")})


async def answer_request(asked: Asked[shapes.Nothing]) -> Response:
    """Say that it is done."""
    return await _applied(asked, "request.answer", {"request": asked.path("request")})


async def remove_guest(asked: Asked[shapes.MaybeBecause]) -> Response:
    """Take a phone off the table."""
    return await _applied(asked, "guest.remove", {"guest": asked.path("guest")} | _members(asked.body))


async def approve_guest(asked: Asked[shapes.Nothing]) -> Response:
    """Let a newcomer in."""
    return await _applied(asked, "guest.approve", {"guest": asked.path("guest")})


async def add_lines(asked: Asked[bodies.PlaceOrder]) -> Response:
    """Enter an order for the table; its lines are nobody's until somebody claims them."""
    return await _applied(asked, "order.place", _members(asked.body), status=CREATED)


async def void_line(asked: Asked[shapes.Because]) -> Response:
    """Take a line off the bill as if it never happened."""
    return await _applied(asked, "line.void", {"line": asked.path("line")} | _members(asked.body))


async def comp_line(asked: Asked[shapes.Because]) -> Response:
    """Give a line on the house."""
    return await _applied(asked, "line.comp", {"line": asked.path("line")} | _members(asked.body))


async def discount_line(asked: Asked[shapes.LineDiscount]) -> Response:
    """Give a line for less."""
    return await _applied(asked, "line.discount", {"line": asked.path("line")} | _members(asked.body))


async def line_status(asked: Asked[shapes.LineStatus]) -> Response:
    """Say how far the kitchen is with a line."""
    return await _applied(asked, "line.status", {"lines": [asked.path("line")]} | _members(asked.body))


async def discount(asked: Asked[bodies.SetDiscount]) -> Response:
    """Give the whole bill for less."""
    return await _applied(asked, "discount.set", _members(asked.body), status=CREATED)


async def remove_discount(asked: Asked[shapes.Nothing]) -> Response:
    """Take a discount of the bill back."""
    return await _applied(asked, "discount.remove", {"discount": asked.path("discount")})


async def service_charge(asked: Asked[bodies.SetServiceCharge]) -> Response:
    """Set the service charge of this bill."""
    return await _applied(asked, "service_charge.set", _members(asked.body))


async def covers(asked: Asked[bodies.SetCovers]) -> Response:
    """Say how many people there are."""
    return await _applied(asked, "covers.set", _members(asked.body))


async def move(asked: Asked[shapes.MoveTable]) -> Response:
    """Take the whole visit to another table; phones stay attached."""
    return await _applied(asked, "session.move", {"table": asked.body.table_id})


async def close(asked: Asked[bodies.EndSession]) -> Response:
    """End a visit that owes nothing."""
    return await _applied(asked, "session.close", _members(asked.body))


async def abandon(asked: Asked[bodies.EndSession]) -> Response:
    """End a visit that still owes: a walk-out."""
    return await _applied(asked, "session.abandon", _members(asked.body))


async def reopen(asked: Asked[bodies.EndSession]) -> Response:
    """Open a settled visit again."""
    return await _applied(asked, "session.reopen", _members(asked.body))


async def confirm_payment(asked: Asked[shapes.TakenMoney]) -> Response:
    """Confirm cash or a terminal's slip."""
    return await _applied(asked, "payment.confirm", {"payment": asked.path("payment")} | _members(asked.body))


async def release_payment(asked: Asked[shapes.Because]) -> Response:
    """Force the share of a payment free; the payment stays watched."""
    return await _applied(asked, "payment.release", {"payment": asked.path("payment")} | _members(asked.body))


async def _applied(
    asked: Asked[Any], k: str, d: Mapping[str, object], *, status: int = 200, key: CommandKey | None = None
) -> Response:
    done = await perform.perform(asked.desk, asked.session, k, d, by=asked.by.actor, key=key)
    return answers.json({"n": done.version, "dup": done.dup}, status)


def _members(body: BaseModel) -> dict[str, object]:
    # Only what was sent: the command's own shape knows the defaults.
    return body.model_dump(by_alias=True, exclude_unset=True)
