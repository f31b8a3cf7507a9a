"""A sandbox in the test's own hands: its clock stands still until told, and nothing goes over a network."""

import random
from typing import Any
from urllib.parse import urlencode

from stripe_sandbox import api, errors
from stripe_sandbox.api import Answer
from stripe_sandbox.sandbox import Config, Sandbox
from stripe_sandbox.store import Obj, Store

START = 1_800_000_000.0
WEBHOOK = "http://webhook.test/stripe"


class Bench:
    """Calls the API without a server. Parameters are what a form would carry: strings, lists and dicts of them."""

    def __init__(self, store: Store | None = None) -> None:
        self.time = START
        config = Config(webhook_url=WEBHOOK)
        self.sandbox = Sandbox(config, store, clock=lambda: self.time, chance=random.Random(1))

    def call(self, method: str, path: str, params: dict[str, Any] | None = None, **headers: str) -> Answer:
        """One request: `key=` is the idempotency key, `account=` the connected account, `auth=` the API key."""
        sent = {
            "authorization": f"Bearer {headers.get('auth', self.sandbox.config.secret_key)}",
            "idempotency-key": headers.get("key", ""),
            "stripe-account": headers.get("account", ""),
            "host": "sandbox.test",
        }
        query, body = ("", encode(params or {})) if method == "POST" else (encode(params or {}), "")
        try:
            call = api.read(self.sandbox, method, (f"/v1/{path}", query), sent, body.encode())
        except errors.ApiError as error:
            return Answer(error.status, error.body(), error.headers)
        return api.execute(self.sandbox, call)

    def post(self, path: str, params: dict[str, Any] | None = None, **headers: str) -> Obj:
        """A POST that must succeed."""
        answer = self.call("POST", path, params, **headers)
        assert answer.status == 200, answer.body
        return answer.body

    def get(self, path: str, params: dict[str, Any] | None = None, **headers: str) -> Obj:
        """A GET that must succeed."""
        answer = self.call("GET", path, params, **headers)
        assert answer.status == 200, answer.body
        return answer.body

    def refused(self, path: str, params: dict[str, Any] | None = None, **headers: str) -> tuple[int, Obj]:
        """The status and the error of a POST that must fail."""
        answer = self.call("POST", path, params, **headers)
        assert answer.status >= 400, answer.body
        return answer.status, answer.body["error"]

    def intent(self, token: str | None = None, **params: Any) -> Obj:
        """An intent over 12.50 euro, paid with `token` if one is given."""
        asked = {"amount": "1250", "currency": "eur", **params}
        if token:
            asked |= {"payment_method": token, "confirm": "true", "return_url": "https://table.test/"}
        return self.post("payment_intents", asked)

    def events(self) -> list[str]:
        """The types of all events, oldest first."""
        return [event["type"] for event in self.sandbox.store.all("event")]

    def later(self, seconds: float) -> None:
        """Let time pass and happen what it brings."""
        self.time += seconds
        api.tick(self.sandbox)


def encode(params: dict[str, Any]) -> str:
    """The form that Stripe's libraries would send."""
    return urlencode(list(_flat("", params)))


def _flat(path: str, value: Any) -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [pair for name, inner in value.items() for pair in _flat(f"{path}[{name}]" if path else name, inner)]
    if isinstance(value, list):
        return [pair for place, inner in enumerate(value) for pair in _flat(f"{path}[{place}]", inner)]
    return [(path, value)]
