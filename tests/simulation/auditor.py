"""What must be true after every step, and what must be true once everything is quiet (docs/domain.md, payments.md).

The auditor reads the database behind everybody's back, folds every bill itself, and opens Stripe's own books.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import orjson

from app.actions import proof
from app.domain.bill import EMPTY, Bill
from app.domain.events import Event
from app.domain.evolve import evolve
from app.domain.hold import Hold
from app.domain.invariants import broken, broken_by
from app.domain.payment import Payment
from app.domain.split import dues
from app.domain.tile import summary
from app.payments.units import to_stripe
from tests.domain.books import Books
from tests.simulation.people import Page
from tests.simulation.world import World

__all__ = ["Auditor", "Violation"]

LIVE = ("requires_payment_method", "requires_confirmation", "requires_action", "processing", "requires_capture")
KEYS = ("pay:", "ref:", "hold:")


class Violation(AssertionError):
    """Something that must always be true is not."""


class Auditor:
    """Follows the log and compares."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.bills: dict[str, Bill] = {}
        self.accounts: dict[str, Books] = {}
        self.causes: dict[tuple[str, str], list[datetime]] = {}
        self._read = 0
        self._codec = world.codec
        self._hashes: dict[str, bytes] = {}
        self._known: set[str] = set()

    @property
    def payments(self) -> Iterator[tuple[str, Payment]]:
        """Every payment of every bill, with its stream."""
        return ((stream, each) for stream, bill in self.bills.items() for each in bill.payments.values())

    def check(self, pages: list[Page]) -> None:
        """Everything that must hold now. Raises `Violation`."""
        changed = dict.fromkeys(self._follow())
        found = [what for stream in changed for what in self._of_rows(stream)]
        found += self._of_stripe()
        found += self._of_calls()
        found += self._of_inbox()
        found += self._of_pages(pages)
        if new := [what for what in found if what not in self._known]:
            raise Violation("; ".join(new))

    def _rows(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        return self.world.books.execute(query, parameters).fetchall()

    # The log

    def _follow(self) -> Iterator[str]:
        """Fold what was committed since; says which streams that were."""
        query = "SELECT rowid, stream, body FROM events WHERE rowid > ? ORDER BY rowid"
        for rowid, stream, body in self._rows(query, self._read):
            self._read = rowid
            self._enter(stream, self._codec.decode(body))
            yield stream

    def _enter(self, stream: str, event: Event) -> None:
        before = self.bills.get(stream, EMPTY)
        self.world.say(f"    {stream[-4:]} {event.seq} {event.fact.kind} {getattr(event.fact, 'payment', '')[-4:]}")
        after = evolve(before, event)
        self.bills[stream] = after
        if event.cause is not None:
            seen = self.causes.setdefault((stream, event.cause), [])
            if not seen or event.at != seen[-1]:
                seen.append(event.at)
        if wrong := [*broken(after, before), *broken_by(event, before, after)]:
            raise Violation(f"{event.fact.kind}: {'; '.join(wrong)}")
        account = self.accounts.setdefault(stream, Books(after.step, after.tax_inclusive))
        account.enter(event.fact)

    def _of_rows(self, stream: str) -> Iterator[str]:
        """The rows beside the log say what the log says, and the second bookkeeper agrees."""
        bill = self.bills[stream]
        ((version, status, told),) = self._rows(
            "SELECT version, status, summary FROM table_sessions WHERE id = ?", stream
        )
        if (version, status) != (bill.version, bill.status) or orjson.loads(told) != _json(summary(bill)):
            yield f"the head of {stream} is not what its log says"
        said = proof.repeated(bill)
        names = next(iter(said.values())).keys() if said else ()
        for payment, columns in said.items():
            ((row),) = self._rows(f"SELECT {', '.join(names)} FROM payments WHERE id = ?", payment) or [()]
            if [_plain(value) for value in columns.values()] != [_plain(value) for value in row]:
                yield f"the row of payment {payment} differs from the log: {columns} and {row}"
        yield from self._of_dues(stream, bill)

    def _of_dues(self, stream: str, bill: Bill) -> Iterator[str]:
        account, owed = self.accounts[stream], dues(bill)
        if account.unpaid != bill.unpaid:
            yield f"the second bookkeeper finds {account.unpaid} unpaid on {stream}, the bill {bill.unpaid}"
        said = ({guest: due for guest, due in owed.guests.items() if due}, owed.open)
        if account.dues() != said:
            yield f"the second bookkeeper divides {stream} otherwise: {account.dues()} and {said}"

    # Stripe's books

    def _of_stripe(self) -> Iterator[str]:
        known, tabs = (
            dict(self._all_payments()),
            {each.id: each for bill in self.bills.values() for each in bill.holds.values()},
        )
        taken: dict[str, str] = {}
        for intent in self.intents:
            subject = intent["metadata"].get("payment", "")
            if taken.setdefault(subject, intent["id"]) != intent["id"]:
                yield f"payment {subject} has two intents"
            if subject in tabs:
                yield from _of_tab(intent, tabs[subject], known.get(subject))
            elif subject in known:
                yield from _of_intent(intent, known[subject])
            else:
                yield f"intent {intent['id']} was made for nothing in the log"
        for payment in known.values():
            if payment.method == "card" and payment.status == "succeeded" and payment.id not in taken:
                yield f"payment {payment.id} is paid, and Stripe knows nothing of it"
        yield from self._of_refunds()

    @property
    def intents(self) -> list[dict[str, Any]]:
        """Every intent that Stripe has."""
        return self.world.stripe.store.all("payment_intent")

    def _of_refunds(self) -> Iterator[str]:
        """A refund of ours is one refund at Stripe, of the amount that was decided."""
        ours = dict(self._rows("SELECT id, amount + tip + rounding FROM refunds WHERE payment_id IS NOT NULL"))
        seen: dict[str, str] = {}
        for refund in self.world.stripe.store.all("refund"):
            name = (refund["metadata"] or {}).get("refund")
            if name is None:
                continue
            if seen.setdefault(name, refund["id"]) != refund["id"]:
                yield f"refund {name} was sent twice"
            if ours.get(name) != refund["amount"]:
                yield f"refund {name} is {ours.get(name)} here and {refund['amount']} at Stripe"

    def _all_payments(self) -> Iterator[tuple[str, Payment]]:
        return ((payment.id, payment) for _, payment in self.payments)

    def _of_calls(self) -> Iterator[str]:
        """What is to be sent under a key never changes, and only known keys reach Stripe."""
        for key, parameters in self._rows("SELECT key, parameters FROM stripe_calls"):
            if self._hashes.setdefault(key, parameters) != parameters:
                yield f"the parameters of {key} have changed"
        for line in self.world.stripe.store.all("journal"):
            if line["method"] == "POST" and not line["byBrowser"]:
                if not str(line["key"]).startswith(KEYS):
                    yield f"a write reached Stripe under the key {line['key']}"
                if line.get("code") == "idempotency_error":
                    yield f"the key {line['key']} was used with other parameters"

    def _of_inbox(self) -> Iterator[str]:
        """What was acknowledged is stored."""
        stored = {event for (event,) in self._rows("SELECT event_id FROM inbox")}
        for event in [event for event in self.world.acknowledged if event not in stored]:
            yield f"event {event} was acknowledged, and nobody has it"

    def _of_pages(self, pages: list[Page]) -> Iterator[str]:
        """A payer is charged what the page said, and what the page was told once stays true."""
        known = dict(self._all_payments())
        charged = {each["metadata"].get("payment"): each for each in self.intents}
        for page in pages:
            payment, intent, told = known.get(page.payment), charged.get(page.payment), page.told
            if told is None:
                continue
            if payment is None:
                yield f"a page was told of payment {page.payment}, which is not in the log"
                continue
            wanted = told.amount + told.tip_amount + told.rounding
            if wanted != payment.charge or (intent and intent["amount"] != to_stripe(wanted, told.currency)):
                yield f"the page of payment {page.payment} said {wanted}, and the payer is charged something else"
            if page.was_told_paid and payment.status != "succeeded":
                yield f"the page of payment {page.payment} was told that it is paid, and it is {payment.status}"

    # Quiet

    def unquiet(self) -> list[str]:
        """What still has to happen, once all is healed."""
        found = [f"payment {each.id} is {each.status}" for _, each in self.payments if each.is_open]
        found += [
            f"tab {each.id} is {each.status}"
            for bill in self.bills.values()
            for each in bill.holds.values()
            if each.is_live
        ]
        moving = self._rows("SELECT id, state FROM refunds WHERE state IN ('planned', 'pending')")
        found += [f"refund {refund} is {state}" for refund, state in moving]
        found += [f"{stream} waits to be put right" for (stream,) in self._rows("SELECT stream FROM remedies")]
        open_calls = self._rows("SELECT key FROM stripe_calls WHERE state IN ('planned', 'sent')")
        found += [f"call {key} is in doubt" for (key,) in open_calls]
        found += [
            f"event {event} waits" for (event,) in self._rows("SELECT event_id FROM inbox WHERE state = 'received'")
        ]
        found += [*self._unreturned(), *self._undecided()]
        store = self.world.stripe.store
        found += [f"Stripe still delivers {one['type']}" for one in store.all("delivery")]
        found += [f"Stripe still does {one['what']}" for one in store.all("timer") if one["what"] != "expire_hold"]
        return found

    def check_quiet(self) -> None:
        """What must hold once nothing is left to happen. Raises `Violation`."""
        found = [
            f"{bill.reserved} are still reserved on {stream}" for stream, bill in self.bills.items() if bill.reserved
        ]
        told = {subject for (subject,) in self._rows("SELECT subject FROM findings WHERE kind = 'dead_event'")}
        dead = self._rows("SELECT event_id FROM inbox WHERE state = 'dead'")
        found += [f"event {event} was given up in silence" for (event,) in dead if event not in told]
        found += [
            f"{each['id']} is still {each['status']} at Stripe" for each in self.intents if each["status"] in LIVE
        ]
        ours = sum(each.charge for _, each in self.payments if each.method == "card" and each.status == "succeeded")
        theirs = sum(each["amount_received"] for each in self.intents)
        if ours != theirs:
            found.append(f"we say {ours} were captured, Stripe says {theirs}")
        found += self._kept()
        found += [f"{cause} was done {len(times)} times" for (_, cause), times in self.causes.items() if len(times) > 1]
        if found:
            raise Violation("; ".join(found))

    def _undecided(self) -> Iterator[str]:
        """Every dispute comes to stand here as it stands there, even where all its events were lost."""
        ours = {each.id: each.status for bill in self.bills.values() for each in bill.disputes.values()}
        for dispute in self.world.stripe.store.all("dispute"):
            theirs = dispute["status"] if dispute["status"] in ("won", "lost") else "open"
            if ours.get(dispute["id"]) != theirs:
                yield f"dispute {dispute['id']} is {ours.get(dispute['id'])} here and {theirs} at Stripe"

    def _unreturned(self) -> Iterator[str]:
        """What was sent back comes to be what Stripe sent back, even where all its events were lost."""
        returned: Counter[str] = Counter()
        for refund in self.world.stripe.store.all("refund"):
            if refund["status"] == "succeeded":
                returned[refund["payment_intent"]] += refund["amount"]
        intent_of = {each["metadata"].get("payment"): each["id"] for each in self.intents}
        for _, payment in self.payments:
            theirs = returned[intent_of.get(payment.id, "")]
            if payment.method == "card" and payment.returned != theirs:
                yield f"we say {payment.returned} of payment {payment.id} went back, Stripe says {theirs}"

    def _kept(self) -> Iterator[str]:
        """Nothing that nobody was asked for is kept in silence."""
        laid_before_staff = {
            payment for (payment,) in self._rows("SELECT payment_id FROM refunds WHERE state = 'asked'")
        }
        for _, payment in self.payments:
            if payment.surplus and not payment.disputed and payment.id not in laid_before_staff:
                yield f"a surplus of {payment.surplus} on payment {payment.id} is nobody's business"


def _of_intent(intent: dict[str, Any], payment: Payment) -> Iterator[str]:
    """What one intent says, beside what the log says of its payment."""
    status, received = intent["status"], intent["amount_received"]
    if intent["amount"] != payment.charge:
        yield f"intent {intent['id']} asks for {intent['amount']}, payment {payment.id} for {payment.charge}"
    if payment.status == "succeeded" and (status, received) != ("succeeded", payment.charge):
        yield f"payment {payment.id} is paid, and Stripe says {status} with {received}"
    if payment.status in ("canceled", "refused") and status != "canceled":
        yield f"the share of payment {payment.id} is free, and Stripe may still take its money ({status})"


def _of_tab(intent: dict[str, Any], tab: Hold, payment: Payment | None) -> Iterator[str]:
    """What one intent says, beside what the log says of the tab it was made for."""
    status, received = intent["status"], intent["amount_received"]
    if tab.status == "captured" and (payment is None or (status, received) != ("succeeded", payment.charge)):
        yield f"tab {tab.id} is captured, and Stripe says {status} with {received}"
    if tab.status in ("released", "expired", "refused") and status != "canceled":
        yield f"tab {tab.id} is {tab.status}, and Stripe may still take its money ({status})"


def _json(value: Any) -> Any:
    return orjson.loads(orjson.dumps(value))


def _plain(value: Any) -> Any:
    """As SQLite keeps it."""
    if isinstance(value, bool):
        return int(value)
    return value.strftime("%Y-%m-%d %H:%M:%S.%f") if hasattr(value, "strftime") else value
