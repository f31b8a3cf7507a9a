"""A city in which everything fails: nodes and the sandbox as processes, faults on request, and the proof afterwards.

Time is not waited for where the books say when something is due: the leases of a process that was killed are ended in
the database, which is what half a minute would have done.
"""

import asyncio
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa
from sqlmodel import col

from app.actions import proof
from app.storage import findings, inbox, payments
from app.storage.database import execute
from app.storage.tables import InboxRow, Payment, Refund, Remedy, StripeCall
from app.storage.verify import verify
from tests.actions.evening import Evening
from tests.journeys.processes import Process, Town, town
from tests.nodes import ANEW, TRUST, Phone, answer, eventually
from tests.services import free_port

ID = "[0-9A-HJKMNP-TV-Z]{26}"
KEYS = re.compile(rf"pay:{ID}:(create|cancel(:\d+)?|(confirm|capture):\d+)|ref:{ID}:create|hold:{ID}:[a-z]+(:\d+)?")
SECRET = {"authorization": "Bearer sk_test_sandbox"}
BROWSER = {"authorization": "Bearer pk_test_sandbox"}
LONG_AGO = timedelta(minutes=10)


@dataclass
class City:
    """One sandbox, and the nodes of one database. `while_away` is what happens while no node runs."""

    built: Town
    url: str
    house: Evening
    http: httpx.AsyncClient
    node: Process
    at: str
    settings: dict[str, object]
    phones: list[Phone] = field(default_factory=list)
    staff: dict[str, httpx.AsyncClient] = field(default_factory=dict)
    while_away: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    _tables: list[str] = field(default_factory=list)

    async def start(self) -> None:
        """Start everything at once."""
        await asyncio.gather(self.built.sandbox.start(), self.node.start())

    # People

    def free_table(self) -> str:
        """The label of a table at which nobody sits yet."""
        self._tables = self._tables or list(self.house.codes)
        return self._tables.pop()

    async def guest(self, name: str, table: str) -> Phone:
        """Somebody who has joined and follows the table."""
        phone = await Phone.join(self.at, self.house.codes[table], name)
        self.phones.append(phone)
        await phone.connect()
        return phone

    async def diner(self, name: str, table: str | None = None, dish: str = "Burger") -> Phone:
        """The same, having ordered; at a table of their own unless it is named."""
        phone = await self.guest(name, table or self.free_table())
        await phone.order(self.house.wanted(dish))
        await phone.until_view(lambda view: any(line["orderedBy"] == phone.guest for line in view["lines"].values()))
        return phone

    async def ask(self, role: str, method: str, path: str, body: Any = None) -> Any:
        """What a member of staff asks, under a new key each time. Raises `Problem`."""
        headers = {"idempotency-key": self.house.desk.new_id()}
        return answer(await self.staff[role].request(method, f"/api/v1{path}", json=body, headers=headers))

    async def shows(self, path: str, **members: Any) -> bool:
        """Whether what a manager sees there has come so far."""
        found = await self.staff["manager"].get(f"/api/v1{path}")
        return found.is_success and all(found.json().get(name) == value for name, value in members.items())

    async def pay(self, phone: Phone, fault: dict[str, Any] | None = None, **request: Any) -> dict[str, Any]:
        """Start a payment whose create meets the fault, and nobody else's at another table."""
        if fault is not None:
            await self.fault(operation="payment_intents.create", session=phone.stream, **fault)
        started: dict[str, Any] = await phone.pay(**request)
        return started

    async def confirm(self, started: dict[str, Any], card: str = "pm_card_visa") -> None:
        """What the payer's browser does with the client secret."""
        intent = intent_in(started)
        asked = {"client_secret": started["clientSecret"], "payment_method": card, "return_url": "http://x.example"}
        said = await self.http.post(f"/v1/payment_intents/{intent}/confirm", data=asked, headers=BROWSER)
        assert said.status_code in (200, 402), said.text

    async def token(self) -> str:
        """What a browser hands over that confirms in one step."""
        asked = {"payment_method": "pm_card_visa"}
        made = await self.http.post("/v1/test_helpers/confirmation_tokens", data=asked, headers=SECRET)
        found: str = made.json()["id"]
        return found

    async def known(self, phone: Phone, payment: str) -> dict[str, Any]:
        """What the payer's page is told of a payment, once the doubt about its create is over."""

        async def told() -> dict[str, Any] | None:
            state: dict[str, Any] = await phone.call("GET", f"/payments/{payment}")
            return None if state.get("checking") else state

        found: dict[str, Any] = await eventually(told)
        return found

    async def come_back(self) -> None:
        """Everybody's phone finds the node again."""
        for phone in self.phones:
            await phone.close()
            await phone.connect(self.at)

    # What goes wrong

    async def control(self, what: str, **given: Any) -> dict[str, Any]:
        """What only the provider's dashboard, banks and time do."""
        made = await self.http.post(f"/_sandbox/{what}", json=given)
        assert made.is_success, made.text
        found: dict[str, Any] = made.json()
        return found

    async def fault(self, fault: str, **more: Any) -> str:
        made: str = (await self.control("faults", fault=fault, **more))["id"]
        return made

    async def lift(self, fault: str) -> None:
        """End one fault."""
        await self.http.delete(f"/_sandbox/faults/{fault}")

    async def struck(self, fault: str) -> None:
        """Wait until a fault has done what it is there for."""

        async def fired() -> bool:
            known = (await self.http.get("/_sandbox/faults")).json()["data"]
            return any(one["id"] == fault and one["fired"] for one in known)

        await eventually(fired)

    async def heal(self) -> None:
        await self.http.delete("/_sandbox/faults")

    async def end_leases(self) -> None:
        """What a killed process had taken is due at once."""
        at = self.house.clock() - LONG_AGO
        due = (
            sa.update(Remedy).values(due_at=at),
            sa.update(Refund).where(col(Refund.next_look_at).is_not(None)).values(next_look_at=at),
            sa.update(StripeCall).where(col(StripeCall.state).in_(payments.OPEN_CALLS)).values(next_at=at),
            sa.update(InboxRow).where(col(InboxRow.state) == "received").values(next_at=at),
            sa.update(Payment).where(col(Payment.next_look_at).is_not(None)).values(next_look_at=at),
        )
        async with self.house.desk.database.write() as session:
            for query in due:
                await execute(session, query)

    # What is true afterwards

    async def intents(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while True:
            query = {"limit": 100, **({"starting_after": found[-1]["id"]} if found else {})}
            page = (await self.http.get("/v1/payment_intents", params=query, headers=SECRET)).json()
            found += page["data"]
            if not page["has_more"]:
                return found

    async def intents_of(self, payment: str) -> list[dict[str, Any]]:
        return [one for one in await self.intents() if one["metadata"].get("payment") == payment]

    async def events(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.http.get("/_sandbox/events")).json()["data"]
        return found

    async def journal(self) -> list[dict[str, Any]]:
        lines: list[dict[str, Any]] = (await self.http.get("/_sandbox/journal")).json()["data"]
        return lines

    async def quiet(self) -> None:
        """Until nothing is under way: no event to deliver or to work on, no call whose end nobody knows."""
        await eventually(self._is_quiet)

    async def _is_quiet(self) -> bool:
        if not (await self.http.get("/_sandbox/quiet", params={"timeout": 0})).json()["quiet"]:
            return False
        database = self.house.desk.database
        waiting = (await inbox.counts(database)).get("received", 0)
        return not waiting and (await payments.oldest_open_call(database))[0] == 0

    async def sound(self, *expected: str) -> None:
        """Everything that must be true when it is quiet. `expected`: the kinds of findings that belong to the row."""
        await self.quiet()
        database = self.house.desk.database
        assert (await verify(database, proof.replay)).faults == []
        assert set(await findings.counts(database)) == set(expected)
        assert "dead" not in await inbox.counts(database)
        await self._books_agree()
        await self._journal_is_clean()

    async def _books_agree(self) -> None:
        """Every intent that took money is one payment of ours with that amount, and the other way round."""
        taken = {one["metadata"]["payment"]: one["amount_received"] for one in await self.intents() if _took(one)}
        ours = sa.select(col(Payment.id), col(Payment.captured))
        ours = ours.where(col(Payment.state) == "succeeded", col(Payment.method) == "card")
        assert {row[0]: row[1] for row in await self.house.desk.database.rows(ours)} == taken

    async def _journal_is_clean(self) -> None:
        """Every write has a key of ours, one set of parameters for each key, and one effect at most."""
        asked: dict[str, set[str]] = defaultdict(set)
        effects: dict[str, int] = defaultdict(int)
        for line in await self.journal():
            if line["method"] != "POST" or line["byBrowser"] or "test_helpers" in line["path"]:
                continue
            assert KEYS.fullmatch(line["key"] or ""), line
            asked[line["key"]].add(repr(line["params"]))
            effects[line["key"]] += line["outcome"] == "executed"
        assert {key for key, params in asked.items() if len(params) > 1} == set()
        assert {key for key, count in effects.items() if count > 1} == set()


def intent_in(started: dict[str, Any]) -> str:
    """The intent that a client secret belongs to."""
    intent: str = started["clientSecret"].partition("_secret_")[0]
    return intent


def _took(intent: dict[str, Any]) -> bool:
    return bool(intent["status"] == "succeeded")


@asynccontextmanager
async def city(folder: Path, url: str, house: Evening, **settings: object) -> AsyncIterator[City]:
    """A sandbox whose events go to one node; nothing is started yet, all is ended with the block."""
    port = free_port()
    with town(folder, webhooks_to=port) as built:
        node, at = built.node(url, port=port, **settings)
        async with httpx.AsyncClient(base_url=built.sandbox_url, timeout=60, verify=TRUST, limits=ANEW) as http:
            made = City(built, url, house, http, node, at, settings)
            try:
                yield made
            finally:
                await asyncio.gather(*(phone.close() for phone in made.phones), return_exceptions=True)


Row = Callable[[City], AsyncIterator[None]]
"""One line of the catalogue: everything up to the moment at which the node is killed, then what is true after it."""


async def up_to_the_kill(rows: list[AsyncIterator[None]]) -> None:
    """Bring every row to the moment of the kill."""
    await asyncio.gather(*(_told(row, anext(row)) for row in rows))


async def to_the_end(rows: list[AsyncIterator[None]]) -> None:
    """Let every row see that what must be true is true."""

    async def end(row: AsyncIterator[None]) -> None:
        async for _ in row:
            raise AssertionError("a row has one kill")

    await asyncio.gather(*(_told(row, end(row)) for row in rows))


async def _told(row: AsyncIterator[None], step: Awaitable[None]) -> None:
    """Which of the rows it was that went wrong."""
    try:
        await step
    except (Exception, asyncio.CancelledError) as error:
        error.add_note(f"row: {getattr(row, '__name__', row)}")
        raise


async def in_background(work: Awaitable[Any]) -> "asyncio.Task[Any]":
    """A request whose answer nobody will see."""

    async def run() -> Any:
        try:
            return await work
        except (httpx.HTTPError, OSError, ValueError) as error:
            return error

    return asyncio.create_task(run())
