"""Forms of the guest page where no script runs: "I pay in cash" and back, each answered by the page itself."""

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response

from app.actions import guests, payments
from app.actions.access import GuestAccess
from app.actions.errors import ActionError, NotSignedIn
from app.actions.shapes import PaymentRequest, read
from app.web import access, bodies, limits
from app.web.calls import Asked
from app.web.errors import Problem
from app.web.shapes import Unread

SEE_OTHER = 303
LINE = "line."
SENTENCES = {
    "already_paid": "Somebody has paid for this already. What is left is shown below.",
    "approval_pending": "Somebody at the table has to let you in first.",
    "below_minimum": "This is too little to pay on its own.",
    "choose_visit": "The party before you has just paid. Please ask the waiter to open the table for you.",
    "forbidden": "This phone may not do that.",
    "invalid": "Please choose what you pay for.",
    "line_voided": "A dish that you chose was taken off the bill.",
    "not_open": "The table is not open yet. Please ask the waiter.",
    "nothing_to_pay": "There is nothing for you to pay right now.",
    "payment_ended": "This payment has ended already.",
    "payment_open": "You are paying already. The waiter is on the way.",
    "session_closed": "This visit is over.",
    "share_being_paid": "Somebody is paying for this right now.",
    "too_many": "That was too often. Please wait a minute, or ask the waiter.",
    "unavailable": "This does not work right now. Please try again in a moment.",
    "wrong_pin": "This table has a PIN. Please pay with the waiter.",
}
"""What a page without scripts says after a form was refused, by the code that it comes back with."""
OTHERWISE = "That did not work. Please pay with the waiter."


@dataclass(frozen=True, slots=True)
class Seat:
    """A seat at the table; ``token`` and ``device`` are there when it was taken just now."""

    guest: GuestAccess
    token: str = ""
    device: str = ""


async def pay_cash(asked: Asked[Unread]) -> Response:
    """Hold the ticked lines (or everything, or my share) for cash; the waiter comes and confirms."""
    try:
        fields = await bodies.form(asked.request, asked.site.body_bytes_max)
        seat = await _sit(asked)
        await limits.spend(replace(asked, who=seat.guest), limits.CASH_FORMS)
        await payments.start(asked.desk, seat.guest.stream, _wanted(fields), by=seat.guest)
    except (ActionError, Problem) as error:
        return _back(asked, problem=error.code)
    return _remembered(asked, seat, _back(asked))


async def cancel_cash(asked: Asked[Unread]) -> Response:
    """Let go of what was held for cash."""
    try:
        fields = await bodies.form(asked.request, asked.site.body_bytes_max)
        seat = await _sit(asked)
        await payments.cancel(asked.desk, fields.get("payment", ""), by=seat.guest)
    except (ActionError, Problem) as error:
        return _back(asked, problem=error.code)
    return _remembered(asked, seat, _back(asked))


def sentence(code: str | None) -> str | None:
    """What to say about a refused form; never the code itself, which anybody can write into an address."""
    return None if code is None else SENTENCES.get(code, OTHERWISE)


def _wanted(fields: dict[str, str]) -> PaymentRequest:
    lines = [name.removeprefix(LINE) for name in fields if name.startswith(LINE)]
    pays: object = {"lines": lines} if lines else fields.get("pays", "mine")
    return read(PaymentRequest, {"paymentMethod": "cash", "pays": pays})


async def _sit(asked: Asked[Unread]) -> Seat:
    """The seat this phone has at the table, or a new one under the restaurant's join policy."""
    cookies = access.Cookies.of(asked.request, asked.site)
    arrival = await guests.arrive(asked.desk, asked.path("code"))
    token = cookies.seat(arrival.stream) if arrival.stream else None
    if token and (guest := await guests.authenticate(asked.desk, token)):
        return Seat(guest)
    device = cookies.device or asked.desk.new_token()
    joined = await guests.join(asked.desk, asked.path("code"), device=device)
    taken = await guests.authenticate(asked.desk, joined.token)
    if taken is None:
        raise NotSignedIn
    return Seat(taken, joined.token, device)


def _remembered(asked: Asked[Unread], seat: Seat, answer: Response) -> Response:
    if seat.token:
        access.keep_seat(answer, asked.site, seat.guest.stream, seat.token)
        access.keep_device(answer, asked.site, seat.device)
    return answer


def _back(asked: Asked[Unread], **said: str) -> Response:
    address = f"/t/{asked.path('code')}" + (f"?{urlencode(said)}" if said else "")
    return RedirectResponse(address, SEE_OTHER)
