"""Mistakes that somebody could make, each one as a small change of the source, and who must find it.

`simulation`: some evening goes wrong. Otherwise the tests that are named.
"""

from dataclasses import dataclass
from pathlib import Path

__all__ = ["PLANTS", "ROOT", "SIMULATION", "Plant"]

ROOT = Path(__file__).parents[2]
SIMULATION = "simulation"


@dataclass(frozen=True)
class Plant:
    """One mistake: in `file`, `old` becomes `new`."""

    name: str
    file: str
    old: str
    new: str
    finder: str = SIMULATION

    def planted(self, root: Path) -> str:
        """The file with the mistake in it. Raises ValueError where the source is no longer what it was."""
        source = (root / self.file).read_text()
        if source.count(self.old) != 1:
            raise ValueError(f"{self.name}: {self.file} does not hold this once: {self.old!r}")
        return source.replace(self.old, self.new)


PLANTS: tuple[Plant, ...] = (
    Plant(
        "a fresh key for every attempt",
        "app/actions/calls.py",
        "CreateIntent(**orjson.loads(call.parameters)), key=call.key, sends=sends",
        'CreateIntent(**orjson.loads(call.parameters)), key=f"{call.key}:{sends}", sends=sends',
    ),
    Plant(
        "a lost answer is taken for a failure",
        "app/actions/calls.py",
        """    except Refused as refused:
        await _refused(desk, call, row, refused.code)
        return
    await record(desk, row, intent, answered=call.key)
    if sends""",
        """    except (Refused, Unknown) as refused:
        await _refused(desk, call, row, getattr(refused, "code", "lost"))
        return
    await record(desk, row, intent, answered=call.key)
    if sends""",
    ),
    Plant(
        "a cancel that was refused is believed to have happened",
        "app/actions/calls.py",
        """        await payments.mark_ended(desk.database, call.key, "refused", desk.now(), error=refused.code)
        await observe(desk, row.id)
""",
        """        await payments.mark_ended(desk.database, call.key, "refused", desk.now(), error=refused.code)
        from app.domain.commands import CancelPayment

        await bills.change(desk, row.stream, CancelPayment(row.id, False, "staff"), by=SYSTEM)
""",
    ),
    Plant(
        "what is sent is not marked as sent",
        "app/storage/payments.py",
        """            state="sent",
            sends=""",
        """            state="planned",
            sends=""",
    ),
    Plant(
        "a call that was sent once is forgotten",
        "app/storage/payments.py",
        'OPEN_CALLS = ("planned", "sent")',
        'OPEN_CALLS = ("planned",)',
    ),
    Plant(
        "jobs take calls without a lease",
        "app/storage/payments.py",
        """        for row in due:
            row.next_at = now + lease
""",
        "",
        "tests/storage/test_payments.py",
    ),
    Plant(
        "the version on which something was decided is not compared",
        "app/storage/batch.py",
        "if head is None or opening is not None or head.version != append.expected:",
        "if head is None or opening is not None:",
    ),
    Plant(
        "a command's number is not remembered",
        "app/actions/bills.py",
        "command=wish.key,",
        "command=None,",
        "tests/actions/test_bills.py",
    ),
    Plant(
        "expiry frees the share at once",
        "app/domain/paying.py",
        '    if payment.method != "card" or not known:\n',
        "    if True:\n",
    ),
    Plant(
        "a decline frees the share",
        "app/domain/paying.py",
        "        facts.append(PaymentDeclined(payment.id, command.decline, command.attempt))\n",
        "        return (PaymentCanceled(payment.id, command.decline),)\n",
    ),
    Plant(
        "a success is booked on top of what is booked",
        "app/domain/paying.py",
        """    if payment.status == "succeeded":
        return ()
    if command.status == "succeeded":""",
        """    if command.status == "succeeded":""",
    ),
    Plant(
        "a success after a forced release is dropped",
        "app/domain/paying.py",
        """    if payment.holds:
        return (_succeeded(payment),)
    fits =""",
        """    if payment.holds:
        return (_succeeded(payment),)
    if payment.released:
        return ()
    fits =""",
        "tests/domain/test_late_success.py",
    ),
    Plant(
        "late money takes the places of others",
        "app/domain/paying.py",
        "    fits = fitting(bill, payment.allocations)\n    surplus",
        "    fits = payment.allocations\n    surplus",
        "tests/domain/test_late_success.py",
    ),
    Plant(
        "the amount is not the one that was decided",
        "app/actions/payments.py",
        "            amount=started.amount + started.tip,\n",
        "            amount=after.unpaid + started.tip or started.amount,\n",
    ),
    Plant(
        "a payment that was started is started again",
        "app/domain/paying.py",
        "    if command.payment in bill.payments:\n        return ()\n",
        "",
        "tests/domain/test_paying.py",
    ),
    Plant(
        "the tip settles lines",
        "app/domain/paying.py",
        "    return PaymentSucceeded(payment.id, payment.allocations, 0, given, reference)\n",
        """    line, guests = next(iter(payment.allocations.items()))
    more = {**guests, next(iter(guests)): next(iter(guests.values())) + payment.tip}
    return PaymentSucceeded(payment.id, {**payment.allocations, line: more}, 0, given, reference)
""",
    ),
    Plant(
        "a surplus is kept",
        "app/actions/remedies.py",
        '        if payment.status == "succeeded" and payment.surplus:\n',
        '        if payment.status == "succeeded" and payment.surplus < 0:\n',
        "tests/actions/test_remedies.py",
    ),
    Plant(
        "a refund that is on its way does not count",
        "app/domain/booking/refunds.py",
        "    after = with_payment(settle(bill, fact.allocations, -1), paid)\n",
        "    after = with_payment(bill, replace(paid, settled=payment.settled))\n",
    ),
    Plant(
        "a webhook is acknowledged before it is stored",
        "app/actions/webhooks.py",
        "    if not await inbox.receive(desk.database, row):\n        return False\n",
        """    import asyncio

    desk.looked["task"] = asyncio.ensure_future(inbox.receive(desk.database, row))  # type: ignore[assignment]
""",
    ),
    Plant(
        "a webhook's word is taken for the truth",
        "app/actions/webhooks.py",
        """    about = orjson.loads(row.body)
""",
        """    about = orjson.loads(row.body)
    if row.type == "payment_intent.payment_failed" and about["payment"]:
        from app.actions import bills
        from app.domain.commands import SYSTEM, CancelPayment

        failed = await payments.payment(desk.database, about["payment"])
        if failed is not None:
            await bills.change(desk, failed.stream, CancelPayment(failed.id, False, "provider"), by=SYSTEM)
        return
""",
    ),
    Plant(
        "an event is done before it is worked on",
        "app/jobs.py",
        """            await webhooks.process(desk, row)
""",
        """            await inbox.done(desk.database, row, desk.now())
            await webhooks.process(desk, row)
""",
        "tests/test_jobs.py",
    ),
    Plant(
        "the payment and its call are two appends",
        "app/actions/payments.py",
        "    await bills.change(desk, stream, command, by=by.actor, rows=rows)\n",
        """    changed = await bills.change(desk, stream, command, by=by.actor)
    if rows is not None:
        from app.domain.commands import SYSTEM

        more = rows(changed.bill, tuple(event.fact for event in changed.events))
        await bills.change(desk, stream, by=SYSTEM, rows=lambda _bill, _facts: more)
""",
        "tests/actions/test_payments.py",
    ),
    Plant(
        "an object of another amount is taken as evidence",
        "app/actions/observing.py",
        '        return "amount"\n',
        "        return None\n",
        "tests/actions/test_observing.py",
    ),
)
