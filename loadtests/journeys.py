"""Guests and waiters under load: `locust -f loadtests/journeys.py --demo demo.json`, with a web UI or `--headless`.

Guests come in parties: scan the code, follow the table over a socket, read the menu, order, claim, share, split, pay by
card through the sandbox, leave. Waiters follow the floor and do what it asks for. Every phone checks that it sees every
event once. The exit status is 1 if too much failed or the slow end of the answers is too slow.
"""

import random
import secrets
import sys
import time
from argparse import Namespace
from collections.abc import Collection
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any

import gevent
from locust import FastHttpUser, constant, events, task
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment
from locust.exception import StopUser
from locust.stats import StatsEntry

from loadtests.house import House, Table
from loadtests.phones import Failed, Line, Room

Json = dict[str, Any]

ROUNDS = (2, 4)
TIPS = (0, 0, 100, 250)
OVER_THE_SOCKET, SHARING, REGRET, SPLITTING, DECLINED = 0.5, 0.6, 0.2, 0.15, 0.05
# What is measured beside answers: how fast news travels, and how fast the provider's.
NOT_ANSWERS = ("EV", "PAY", "JOURNEY")
# What a bill that others change at the same time may answer to anybody.
OVERTAKEN = frozenset(
    {"already_paid", "share_being_paid", "amount_changed", "session_closed", "payment_open", "line_voided"}
)
BILL_IS_FULL = OVERTAKEN | {"too_many"}
NOT_TO_PAY = OVERTAKEN | {"nothing_to_pay", "below_minimum", "conflict", "payment_blocked"}
NEEDS_APPROVAL = "needs_approval"
APPROVED_WITHIN_S = 10.0
# A card in many hands looks stolen, so everybody takes one of those that the sandbox has.
CARDS = (
    *("visa", "visa_debit", "mastercard", "mastercard_2series", "mastercard_debit", "mastercard_prepaid", "amex"),
    *("amex_2", "discover", "discover_2", "discover_debit", "diners", "diners_14", "jcb", "unionpay", "unionpay_debit"),
    *("unionpay_19", "gb", "fr", "de", "ch", "jp"),
)
TOO_LATE_TO_SERVE = OVERTAKEN | {"not_found", "still_owed", "conflict", "review_decided"}


@events.init_command_line_parser.add_listener
def _options(parser: LocustArgumentParser) -> None:
    # A text, not a path: the page shows every option and writes it as JSON.
    parser.add_argument("--demo", default="demo.json", help="file with the output of ./run demo --json")
    parser.add_argument("--seats", type=int, default=6, help="guests of one party")
    parser.add_argument("--evenings", type=int, default=0, help="stop after so many guests have paid and left")
    parser.add_argument("--pace", type=float, default=1.0, help="seconds that a guest thinks, on average")
    parser.add_argument("--fail-ratio", type=float, default=0.001, help="exit with 1 above this share of failures")
    parser.add_argument("--p95-ms", type=float, default=500.0, help="exit with 1 above this 95th percentile")


@events.init.add_listener
def _open_house(environment: Environment, **_: Any) -> None:
    options = environment.parsed_options
    if options is None or not (demo := Path(options.demo)).exists():
        return
    environment.house = House.read(demo, options.seats)
    environment.host = environment.host or environment.house.base


@events.user_error.add_listener
def _is_a_failure(user_instance: Any, exception: Exception, **_: Any) -> None:
    # Despite its name it is the set of tasks that failed.
    user_instance.user.environment.events.request.fire(
        request_type="JOURNEY", name="as planned", response_time=0, response_length=0, exception=exception, context={}
    )


@events.quitting.add_listener
def _judge(environment: Environment, **_: Any) -> None:
    options = environment.parsed_options
    if options is None or not options.headless:
        return
    answers = StatsEntry(environment.stats, "answers", "")
    for entry in environment.stats.entries.values():
        if entry.method not in NOT_ANSWERS:
            answers.extend(entry)
    fail_ratio = environment.stats.total.fail_ratio
    p95_ms = answers.get_response_time_percentile(0.95)
    is_good = answers.num_requests > 0 and fail_ratio <= options.fail_ratio and p95_ms <= options.p95_ms
    environment.process_exit_code = 0 if is_good else 1
    for error in environment.stats.errors.values():
        print(f"{error.occurrences} x {error.method} {error.name}: {error.error}", file=sys.stderr)
    print(
        f"{'Good' if is_good else 'Not good'}: {fail_ratio:.2%} failed (at most {options.fail_ratio:.2%}), "
        f"95 % of {answers.num_requests} answers within {p95_ms:.0f} ms (at most {options.p95_ms:.0f})",
        file=sys.stderr,
    )


class Diner(FastHttpUser):
    """What guests and waiters have in common."""

    abstract = True
    wait_time = constant(0)
    refused = ""
    """The code of the newest refusal that was allowed."""

    @property
    def house(self) -> House:
        """The restaurant under load."""
        if not hasattr(self.environment, "house"):
            raise StopUser("there is no restaurant: give --demo a file with the output of ./run demo --json")
        house: House = self.environment.house
        return house

    @property
    def options(self) -> Namespace:
        """The command line."""
        options: Namespace = self.environment.parsed_options
        return options

    def think(self) -> None:
        """Do nothing for a while."""
        gevent.sleep(random.uniform(0.2, 1.8) * self.options.pace)

    def ask(
        self, method: str, path: str, name: str, body: Json | None = None, allowed: Collection[str] = (), **headers: str
    ) -> Json | None:
        """One request; None if the server refused with one of the `allowed` codes."""
        with self.client.request(
            method, f"/api/v1{path}", name=name, json=body, headers=headers, catch_response=True
        ) as answer:
            told: Json = answer.json() if answer.content else {}
            if HTTPStatus.OK <= answer.status_code < HTTPStatus.BAD_REQUEST:
                return told
            if told.get("code") in allowed:
                self.refused = told["code"]
                answer.success()
                return None
            # Without any answer the status is 0, and what happened is said by the error.
            answer.failure(answer.error or f"{answer.status_code} {told.get('code')}: {told.get('detail')}")
            raise Failed(f"{name}: {answer.status_code} {told.get('code')}")


class Guest(Diner):
    """A phone that comes, eats, pays and goes, again and again."""

    weight = 10

    @task
    def evening(self) -> None:
        """One visit."""
        table = self.house.seat()
        is_first = table.sit()
        try:
            Visit(self, table, is_first=is_first).play()
            self.house.evenings += 1
        finally:
            table.leave()
            self.house.moved()
        if 0 < self.options.evenings <= self.house.evenings:
            gevent.spawn(self.environment.runner.quit)


class Visit:
    """One guest at one table. Constructing it is scanning the code and sitting down."""

    def __init__(self, guest: Guest, table: Table, *, is_first: bool) -> None:
        self._guest = guest
        self._house = guest.house
        self._table = table
        guest.client.cookiejar.clear()
        guest.client.get(f"/t/{table.code}", name="/t/{code}")
        wish = {"code": table.code, "name": f"Guest {secrets.token_hex(2)}", "visit": "new" if is_first else "join"}
        joined = guest.ask("POST", "/guest-sessions", "POST /guest-sessions", wish)
        assert joined is not None
        table.lay()
        self._house.moved()
        self.id: str = joined["guest"]["id"]
        self._token: str = joined["token"]
        self._path = f"/table-sessions/{joined['tableSession']['id']}"
        self._room = f"table:{joined['tableSession']['id']}"
        self._card = f"pm_card_{random.choice(CARDS)}"
        self._line = Line(guest.environment, self._house.base, [self._room], token=self._token)

    def play(self) -> None:
        """Everything between sitting down and leaving."""
        try:
            self._read_menu()
            for _ in range(random.randint(*ROUNDS)):
                self._guest.think()
                if not self._order():
                    break
                self._have_fun()
            self._guest.think()
            self._settle(is_last=self._table.finish())
            self._call("DELETE", "/guest-sessions/me", "DELETE /guest-sessions/me", allowed=OVERTAKEN)
        finally:
            self._line.close()

    @property
    def _view(self) -> Json:
        return self._line.rooms[self._room].view

    def _call(
        self, method: str, path: str, name: str, body: Json | None = None, allowed: Collection[str] = (), **more: str
    ) -> Json | None:
        return self._guest.ask(method, path, name, body, allowed, authorization=f"Bearer {self._token}", **more)

    def _read_menu(self) -> None:
        menu = self._guest.ask("GET", f"/menus/{self._house.restaurant}", "GET /menus/{id}")
        assert menu is not None
        dishes = [item for category in menu["categories"] for item in category["items"]]
        # A dish that is counted runs out in the middle of a night of load.
        self._house.menu = [item for item in dishes if item["available"] and item.get("left") is None]

    def _have_fun(self) -> None:
        if random.random() < SHARING:
            self._guest.think()
            self._share()
        if random.random() < SPLITTING:
            mode = random.choice(("even", "items"))
            self._line.call(self._room, "split.set", OVERTAKEN, mode=mode)

    def _order(self) -> bool:
        """Order something; False when it is time to pay."""
        items = [self._house.dish(random.randrange(100)) for _ in range(random.randint(1, 2))]
        if random.random() < OVER_THE_SOCKET:
            return self._line.call(self._room, "order.place", BILL_IS_FULL, items=items)["t"] == "ack"
        placed = self._call("POST", f"{self._path}/orders", "POST …/orders", {"items": items}, BILL_IS_FULL)
        if placed is None:
            return False
        self._line.until(self._room, lambda room: room.n >= placed["n"], "my order")
        return True

    def _share(self) -> None:
        lines = self._view["lines"]
        of_others = [line for line, each in lines.items() if each["unpaid"] > 0 and self.id not in each["claims"]]
        for line in random.sample(of_others, min(2, len(of_others))):
            self._line.call(self._room, "claims.set", OVERTAKEN, line=line, guest=self.id, parts=1)
            if random.random() < REGRET:
                self._line.call(self._room, "claims.set", OVERTAKEN, line=line, guest=self.id, parts=0)

    # --- paying ------------------------------------------------------------------------------------------------------

    def _settle(self, *, is_last: bool) -> None:
        if self._view["guests"].get(self.id, {}).get("due"):
            self._pay("mine")
        if is_last and self._view["totals"]["unpaid"] > 0:
            self._pay("everything")

    def _pay(self, pays: str) -> None:
        wish: Json = {"paymentMethod": "card", "pays": pays, "tipAmount": random.choice(TIPS)}
        started = self._start(wish)
        if started is None:
            return
        if random.random() < DECLINED:
            self._confirm(started, "pm_card_visa_chargeDeclined", HTTPStatus.PAYMENT_REQUIRED)
        self._confirm(started, self._card, HTTPStatus.OK)
        with self._guest.environment.events.request.measure("PAY", "confirmed to seen"):
            self._line.until(self._room, lambda room: _is_paid(room, started["id"]), "my payment")

    def _start(self, wish: Json) -> Json | None:
        """Ask to pay; a payment that looks odd waits until a waiter has approved it. None if there is nothing to do."""
        until = time.monotonic() + APPROVED_WITHIN_S
        allowed = NOT_TO_PAY | {NEEDS_APPROVAL}
        while True:
            headers = {"idempotency-key": secrets.token_hex(16)}
            started = self._call("POST", f"{self._path}/payment", "POST …/payment", wish, allowed, **headers)
            if started is not None or self._guest.refused != NEEDS_APPROVAL or time.monotonic() > until:
                return started
            self._guest.think()
            with suppress(Failed):
                self._line.until(self._room, self._is_decided, "the waiter's word")

    def _is_decided(self, room: Room) -> bool:
        return not any(one.get("by") == self.id for one in room.view["requests"].values())

    def _confirm(self, started: Json, card: str, status: HTTPStatus) -> None:
        """What the browser does with the card's number: it goes to the provider alone."""
        secret = started["clientSecret"]
        intent = secret.partition("_secret_")[0]
        with self._guest.client.post(
            f"{self._house.sandbox}/v1/payment_intents/{intent}/confirm",
            name=f"sandbox: confirm, {'paid' if status == HTTPStatus.OK else 'declined'}",
            data={"client_secret": secret, "payment_method": card, "return_url": self._house.base},
            headers={"authorization": f"Bearer {self._house.publishable_key}"},
            catch_response=True,
        ) as answer:
            if answer.status_code == status:
                answer.success()
            else:
                answer.failure(f"the sandbox answered {answer.status_code}: {answer.text}")


def _is_paid(room: Room, payment: str) -> bool:
    return bool(room.view["payments"].get(payment, {}).get("status") == "succeeded")


class Waiter(Diner):
    """A tablet with the floor on it, and somebody who does what it asks for."""

    fixed_count = 2

    def on_start(self) -> None:
        """Sign in and follow the floor."""
        person = next(one for one in self.house.staff if one["role"] == "waiter")
        login = {"email": person["email"], "password": person["password"]}
        self.ask("POST", "/staff/login", "POST /staff/login", login)
        cookie = "; ".join(f"{one.name}={one.value}" for one in self.client.cookiejar)
        self._floor = f"floor:{self.house.restaurant}"
        self._line = Line(self.environment, self.house.base, [self._floor], cookie=cookie)

    def on_stop(self) -> None:
        """Hang up."""
        if hasattr(self, "_line"):
            self._line.close()

    @task
    def walk(self) -> None:
        """Look at the floor, decide about payments that look odd, and serve one table."""
        self.think()
        self._approve()
        tiles = [tile for tile in self._line.rooms[self._floor].view["tables"].values() if "session" in tile]
        waiting = [tile for tile in tiles if tile["service"] in ("ordering", "cooking")]
        if waiting:
            self._serve(random.choice(waiting)["session"]["id"])

    def _approve(self) -> None:
        found = self._do("GET", "/reviews?state=open", "GET /reviews")
        for review in (found or {}).get("reviews", []):
            word = {"reason": "They sit at their table."}
            self._do("POST", f"/reviews/{review['id']}/allow", "POST /reviews/{id}/allow", word)

    def _serve(self, session: str) -> None:
        seen = self._do("GET", f"/table-sessions/{session}", "GET …/{id} (staff)")
        if seen is None:
            return
        lines = [line for line, each in seen["view"]["lines"].items() if each["status"] in ("placed", "preparing")]
        if lines:
            command = {"cid": secrets.token_hex(8), "id": 1, "k": "line.status"}
            given = {**command, "d": {"lines": lines, "status": "served"}}
            self._do("POST", f"/table-sessions/{session}/commands", "POST …/commands line.status", given)

    def _do(self, method: str, path: str, name: str, body: Json | None = None) -> Json | None:
        headers = {"x-acting-as": "staff", "origin": self.house.base}
        return self.ask(method, path, name, body, TOO_LATE_TO_SERVE, **headers)
