"""What people see: the card form's script, the bank's page of a redirect, and an overview of the sandbox."""

import datetime as dt
from collections.abc import Awaitable, Callable, Sequence
from html import escape
from pathlib import Path
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from stripe_sandbox import cards, errors, forms, intents
from stripe_sandbox.sandbox import Call, Sandbox
from stripe_sandbox.store import Obj

SCRIPT = Path(__file__).with_name("stripe.js")
STYLE = Path(__file__).with_name("pages.css")

LATEST = 30

_POLICY = "default-src 'none'; style-src 'self'; img-src data:; form-action *; base-uri 'none'; frame-ancestors 'none'"

Page = Callable[[Request], Awaitable[Response]]


def routes(sandbox: Sandbox) -> list[Route]:
    """The pages of this sandbox."""
    return [
        Route("/", _bound(sandbox, _overview), methods=["GET"]),
        Route("/stripe.js", _script, methods=["GET"]),
        Route("/pages.css", _style, methods=["GET"]),
        Route("/3ds/{id}", _bound(sandbox, _bank), methods=["GET"]),
        Route("/3ds/{id}", _bound(sandbox, _bank_answer), methods=["POST"]),
    ]


def _bound(sandbox: Sandbox, page: Callable[[Sandbox, Request], Awaitable[Response]]) -> Page:
    async def bound(request: Request) -> Response:
        try:
            return await page(sandbox, request)
        except errors.ApiError as error:
            return _html("Not possible", f"<p>{escape(str(error))}</p>", error.status)

    return bound


async def _script(_request: Request) -> Response:
    headers = {"access-control-allow-origin": "*", "cache-control": "no-cache"}
    return Response(SCRIPT.read_bytes(), media_type="text/javascript", headers=headers)


async def _style(_request: Request) -> Response:
    return Response(STYLE.read_bytes(), media_type="text/css")


def _html(title: str, main: str, status: int = 200) -> HTMLResponse:
    page = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<title>{escape(title)}</title><link rel="icon" href="data:,"><link rel="stylesheet" href="/pages.css">'
        f"<main><h1>{escape(title)}</h1>{main}</main></html>"
    )
    return HTMLResponse(page, status, headers={"content-security-policy": _POLICY, "cache-control": "no-store"})


def _call(request: Request, **params: str) -> Call:
    """The page acts for the payer: like a browser with the intent's client secret."""
    secret = request.query_params.get("payment_intent_client_secret", "")
    return Call(method="POST", path=request.url.path, params={"client_secret": secret, **params}, publishable=True)


async def _bank(sandbox: Sandbox, request: Request) -> Response:
    """The bank's question after a redirect."""
    intent = intents.find(sandbox, _call(request), request.path_params["id"])
    if intent["status"] != "requires_action":
        return _html("3-D Secure", "<p>This payment does not wait for an authentication.</p>", 409)
    buttons = (
        '<form method="post"><button name="outcome" value="succeeded">Complete authentication</button> '
        '<button name="outcome" value="failed">Fail authentication</button></form>'
    )
    return _html("3-D Secure", f"<p>This is the page of a bank that does not exist.</p>{buttons}")


async def _bank_answer(sandbox: Sandbox, request: Request) -> Response:
    """Note the answer and send the payer back to where they came from."""
    form = forms.decode((await request.body()).decode(errors="replace"))
    call = _call(request, outcome=forms.text(form, "outcome") or "failed")
    before = intents.find(sandbox, call, request.path_params["id"])
    action = (before["next_action"] or {}).get("redirect_to_url")
    intent = intents.authenticate(sandbox, call, before["id"])
    sandbox.commit()
    if action is None:
        return _html("3-D Secure", "<p>You can close this page.</p>")
    return RedirectResponse(_back(action["return_url"], intent), 303)


def _back(return_url: str, intent: Obj) -> str:
    outcome = "failed" if intent["status"] == "requires_payment_method" else "succeeded"
    query = {
        "payment_intent": intent["id"],
        "payment_intent_client_secret": intent["client_secret"],
        "redirect_status": outcome,
    }
    return f"{return_url}{'&' if '?' in return_url else '?'}{urlencode(query)}"


async def _overview(sandbox: Sandbox, _request: Request) -> Response:
    """The test cards, the latest events and the latest requests."""
    cards_ = [(_spaced(card.number), card.title, card.token) for card in cards.CARDS]
    events = [
        (_time(one["created"]), one["type"], one["data"]["object"]["id"], "owed" if one["pending_webhooks"] else "done")
        for one in reversed(sandbox.store.all("event")[-LATEST:])
    ]
    calls = [
        (_time(one["at"]), one["operation"], str(one["status"]), one["outcome"], one["key"] or "")
        for one in reversed(sandbox.store.all("journal")[-LATEST:])
    ]
    main = (
        "<p>A stand-in for Stripe. Any future date and any CVC will do. No money moves.</p>"
        + _table("Test cards", ("Number", "What it does", "Token"), cards_)
        + _table("Latest events", ("At", "Type", "About", "Webhook"), events)
        + _table("Latest requests", ("At", "Operation", "Status", "Outcome", "Key"), calls)
    )
    return _html("Stripe sandbox", main)


def _table(title: str, heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<h2>{escape(title)}</h2><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _spaced(number: str) -> str:
    return " ".join(number[place : place + 4] for place in range(0, len(number), 4))


def _time(at: float) -> str:
    return dt.datetime.fromtimestamp(at, dt.UTC).strftime("%H:%M:%S")
